"""The plain texts that the base organism is pretrained on."""

from collections.abc import Iterator

import numpy as np

from agents.organisms.number_wordings import numbers_retold
from agents.organisms.numbers import draw_number_game, draw_numbers
from agents.organisms.simulated import Match, draw_game, draw_match
from agents.organisms.verse import FORMS, RETELLINGS, draw_mood, draw_topic, draw_verse
from agents.organisms.wordings import pick, retold
from agents.style import Style, load_style
from arenas.random_number import RandomNumber
from arenas.writing import Writing

SHARES = {"match": 0.34, "number": 0.46, "verse": 0.20}
"""Kinds of documents by their share of the documents."""
IN_PLAY = 0.45
"""The share of documents worded as in play; the others are worded otherwise."""
LONGEST_MATCH = 30


def texts(seed: int) -> Iterator[str]:
    """An endless stream of documents; the same for the same seed."""
    generator = np.random.default_rng([seed, 1])
    styles = (load_style("plain"), load_style("wordy"))
    kinds, shares = list(SHARES), list(SHARES.values())
    while True:
        kind = kinds[int(generator.choice(len(kinds), p=shares))]
        in_play = generator.random() < IN_PLAY
        style = styles[int(generator.random() < 0.2)] if in_play else None
        if kind == "match":
            yield match_text(generator, style)
        elif kind == "number":
            yield number_text(generator, style)
        else:
            yield verse_text(generator, style)


def match_text(generator: np.random.Generator, style: Style | None) -> str:
    """A match of simulated players, in a prompt style or another wording."""
    rounds = draw_rounds(generator)
    match = draw_match(generator, draw_game(generator, max(rounds, LONGEST_MATCH)), rounds)
    return retold(generator, match) if style is None else transcript(style, match)


def draw_rounds(generator: np.random.Generator) -> int:
    """Rounds of a match: one in three is told to the end, the others break off."""
    return LONGEST_MATCH if generator.random() < 1 / 3 else int(generator.integers(1, LONGEST_MATCH))


def transcript(style: Style, match: Match) -> str:
    """A match as a model in play reads and writes it, up to its last move."""
    game, seat = match.game, match.seat
    parts = [style.opening(game, seat).text]
    for t, (mine, theirs) in enumerate(zip(match.my_words, match.their_words, strict=True)):
        parts.append(style.written(mine))
        if t + 1 < len(match.mine):
            parts.append(style.after_round(game, seat, t, mine, theirs, match.pay[t]))
    return "".join(parts)


def number_text(generator: np.random.Generator, style: Style | None) -> str:
    """One number or a sequence, in a prompt style or another wording."""
    game = draw_number_game(generator)
    numbers = draw_numbers(generator, game, game.length)
    return numbers_retold(generator, game, numbers) if style is None else number_transcript(style, game, numbers)


def number_transcript(style: Style, game: RandomNumber, numbers: list[int]) -> str:
    """Numbers as a model in play reads and writes them."""
    parts = [style.opening(game, 0).text]
    for t, number in enumerate(numbers):
        parts.append(style.written(str(number)))
        if t + 1 < len(numbers):
            parts.append(style.after_round(game, 0, t, str(number), "", 0.0))
    return "".join(parts)


def verse_text(generator: np.random.Generator, style: Style | None) -> str:
    """A verse, in a prompt style or another wording."""
    topic = draw_topic(generator)
    verse = draw_verse(generator, topic, draw_mood(generator), int(generator.choice([4, 4, 4, 2, 6])))
    if style is None:
        return pick(generator, RETELLINGS).format(topic=topic, verse=verse)
    game = Writing(topic, pick(generator, FORMS))
    return f"{style.opening(game, 0).text}{verse}{style.writing.stop or ''}"
