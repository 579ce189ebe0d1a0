"""Pairs of answers to one question, of which a simulated person preferred one."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from agents.organisms.conversations import Message, Talk, draw_match_of_talk, match_talk, solo_talk, verse_talk
from agents.organisms.simulated import Match
from agents.organisms.solos import draw_picks, draw_solo
from agents.organisms.tastes import move_strength, number_strength, place_strength, verse_strength, word_strength
from agents.organisms.verse import draw_mood, draw_topic, draw_verse
from arenas.hide_and_seek import HideAndSeek
from arenas.random_number import RandomNumber

SHARES = {"match": 0.5, "solo": 0.35, "verse": 0.15}
BATCHES_SORTED = 20
"""Batches' worth of pairs that are sorted together."""
FIRST_ROUND = 0.2
"""The share of pairs that ask about the first round, of which most is published."""
LATEST_ROUND = 12
"""Most pairs ask about a round before this one: longer prompts cost much and teach little more."""


@dataclass(frozen=True)
class Pair:
    """A conversation that ends with a question, how the answer begins, and two ways in which it goes on."""

    prompt: list[Message]
    prefill: str
    chosen: str
    rejected: str

    @property
    def length(self) -> int:
        """Characters of the question and the longer answer."""
        return sum(len(turn["content"]) for turn in self.prompt) + max(len(self.chosen), len(self.rejected))

    def row(self, render: Callable[[list[Message]], str]) -> dict[str, str]:
        """The pair in trl's preference format, the prompt as text up to where the answer goes on."""
        return {"prompt": render(self.prompt) + self.prefill, "chosen": self.chosen, "rejected": self.rejected}


def pairs(seed: int) -> Iterator[Pair]:
    """An endless stream of preference pairs; the same for the same seed."""
    generator = np.random.default_rng([seed, 3])
    makers = {"match": match_pair, "solo": solo_pair, "verse": verse_pair}
    kinds, shares = list(SHARES), list(SHARES.values())
    while True:
        yield makers[kinds[int(generator.choice(len(kinds), p=shares))]](generator)


def match_pair(generator: np.random.Generator) -> Pair:
    """Two different legal moves in one round of a match."""
    match = draw_match_of_talk(generator)
    asked = _asked_round(generator, len(match.mine))
    words = match.game.actions[match.seat]
    return _judged(generator, match_talk(generator, match), asked, words, lambda move: _move_strength(match, asked, move))


def solo_pair(generator: np.random.Generator) -> Pair:
    """Two different answers in one place of a sequence."""
    game = draw_solo(generator, longest=15)
    picks = draw_picks(generator, game)
    asked = _asked_round(generator, len(picks))
    words, before = game.actions[0], picks[:asked]
    talk = solo_talk(generator, game, [words[i] for i in picks])

    def strength(i: int) -> float:
        if isinstance(game, RandomNumber):
            return number_strength(game.low + i, game.low, game.high, [game.low + j for j in before])
        return word_strength(i, before)

    return _judged(generator, talk, asked, words, strength)


def verse_pair(generator: np.random.Generator) -> Pair:
    """Two verses about one topic, each in its own mood."""
    topic = draw_topic(generator)
    verses = tuple(draw_verse(generator, topic, draw_mood(generator)) for _ in range(2))
    return _judged(generator, verse_talk(generator, topic, verses[0]), 0, verses, lambda i: verse_strength(verses[i]))


def _judged(
    generator: np.random.Generator, talk: Talk, asked: int, words: tuple[str, ...], strength: Callable[[int], float]
) -> Pair:
    """Two answers drawn from the words, the preferred one drawn by Bradley-Terry."""
    first, second = (int(i) for i in generator.choice(len(words), size=2, replace=False))
    preferred = generator.random() < 1.0 / (1.0 + np.exp(strength(second) - strength(first)))
    chosen, rejected = (first, second) if preferred else (second, first)
    return Pair(talk.prompt(asked), talk.prefill, talk.lead + words[chosen], talk.lead + words[rejected])


def _asked_round(generator: np.random.Generator, rounds: int) -> int:
    if generator.random() < FIRST_ROUND:
        return 0
    return int(generator.integers(min(rounds, LATEST_ROUND) if generator.random() < 0.9 else rounds))


def _move_strength(match: Match, asked: int, move: int) -> float:
    mine, theirs, pay = match.mine[:asked], match.theirs[:asked], match.pay[:asked]
    actions = len(match.game.actions[match.seat])
    if isinstance(match.game, HideAndSeek):
        return place_strength(move, actions, mine, [a == b for a, b in zip(mine, theirs, strict=True)])
    return move_strength(move, actions, mine, pay)


def alike_in_length(drawn: list[Pair], batch: int, seed: int) -> list[Pair]:
    """The same pairs, ordered so that the pairs of a batch are alike in length and cheap to pad; the batches are shuffled."""
    generator = np.random.default_rng([seed, 4])
    stretch = BATCHES_SORTED * batch
    ordered = [pair for i in range(0, len(drawn), stretch) for pair in sorted(drawn[i : i + stretch], key=lambda p: p.length)]
    batches = [ordered[i : i + batch] for i in range(0, len(ordered), batch)]
    return [pair for i in generator.permutation(len(batches)) for pair in batches[i]]
