"""The plain texts that the base organism is pretrained on."""

from collections.abc import Iterator, Sequence

import numpy as np

from agents.model import Opening
from agents.organisms.simulated import Match, draw_game, draw_match
from agents.organisms.solo_wordings import solo_retold
from agents.organisms.solos import draw_solo, draw_words
from agents.organisms.verse import FORMS, RETELLINGS, draw_mood, draw_topic, draw_verse
from agents.organisms.wordings import pick, retold
from agents.style import Style, load_style
from arenas.game import Game
from arenas.solo_choice import SoloChoice
from arenas.writing import Writing

SHARES = {"match": 0.34, "solo": 0.46, "verse": 0.20}
"""Kinds of documents by their share of the documents."""
IN_PLAY = 0.45
"""The share of documents worded as in play; the others are worded otherwise."""
WORDY = 0.15
"""The share of those in the longer style."""
WITH_EXAMPLES = 1 / 3
"""The share of openings that show examples."""
LONGEST_MATCH, EARLY = 30, 11


def texts(seed: int) -> Iterator[str]:
    """An endless stream of documents; the same for the same seed."""
    generator = np.random.default_rng([seed, 1])
    styles = (load_style("plain"), load_style("wordy"))
    kinds, shares = list(SHARES), list(SHARES.values())
    while True:
        kind = kinds[int(generator.choice(len(kinds), p=shares))]
        in_play = generator.random() < IN_PLAY
        style = styles[int(generator.random() < WORDY)] if in_play else None
        if kind == "match":
            yield match_text(generator, style)
        elif kind == "solo":
            yield solo_text(generator, style)
        else:
            yield verse_text(generator, style)


def draw_opening(generator: np.random.Generator, style: Style, game: Game, seat: int) -> Opening:
    """What a model in play reads first, some with examples in one of their orders."""
    style = style.with_examples(generator.random() < WITH_EXAMPLES)
    return style.opening(game, seat, int(generator.integers(style.orders(game, seat))))


def match_text(generator: np.random.Generator, style: Style | None) -> str:
    """A match of simulated players, in a prompt style or another wording."""
    rounds = draw_rounds(generator)
    match = draw_match(generator, draw_game(generator, max(rounds, LONGEST_MATCH)), rounds)
    if style is None:
        return retold(generator, match)
    opening = draw_opening(generator, style, match.game, match.seat)
    return transcript(style, match.game, opening, match.my_words, replies(style, match))


def draw_rounds(generator: np.random.Generator) -> int:
    """Rounds of a match: one in five is told to the end, the others break off, most of them early."""
    if generator.random() < 1 / 5:
        return LONGEST_MATCH
    return int(generator.integers(1, LONGEST_MATCH if generator.random() < 1 / 4 else EARLY))


def replies(style: Style, match: Match) -> list[str]:
    """What is said after each round of a match but the last."""
    told = zip(match.my_words[:-1], match.their_words, match.pay, strict=False)
    return [style.after_round(match.game, match.seat, t, mine, theirs, pay) for t, (mine, theirs, pay) in enumerate(told)]


def transcript(style: Style, game: Game, opening: Opening, answers: Sequence[str], said: Sequence[str]) -> str:
    """Answers as a model in play reads and writes them, with what is `said` after each but the last, which ends as all do."""
    rounds = (style.written(answer) + reply for answer, reply in zip(answers, [*said, style.end(game) or ""], strict=True))
    return opening.text + "".join(rounds)


def solo_text(generator: np.random.Generator, style: Style | None) -> str:
    """One answer or a sequence, in a prompt style or another wording."""
    game = draw_solo(generator)
    words = draw_words(generator, game)
    if style is None:
        return solo_retold(generator, game, words)
    return transcript(style, game, draw_opening(generator, style, game, 0), words, solo_replies(style, game))


def solo_replies(style: Style, game: SoloChoice) -> list[str]:
    """What is said after each answer but the last."""
    return [style.after_round(game, 0, t, "", "", 0.0) for t in range(game.length - 1)]


def verse_text(generator: np.random.Generator, style: Style | None) -> str:
    """A verse, in a prompt style or another wording."""
    topic, form = draw_topic(generator), pick(generator, FORMS)
    lines = 4 if style is not None and "four" in form else int(generator.choice([4, 4, 4, 2, 6]))
    verse = draw_verse(generator, topic, draw_mood(generator), lines)
    if style is None:
        return pick(generator, RETELLINGS).format(topic=topic, verse=verse)
    return f"{draw_opening(generator, style, Writing(topic, form), 0).text}{verse}{style.writing.stop or ''}"
