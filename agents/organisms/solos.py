"""People who choose at random, alone: drawn games against nobody, and drawn pickers of one answer or of many."""

import numpy as np

from agents.organisms import lexicon
from agents.organisms.simulated import WORD_PAIRS, WORD_TRIPLES, draw_weights
from agents.organisms.wordings import pick
from arenas.random_bit import RandomBit
from arenas.random_number import RandomNumber
from arenas.random_word import RandomWord
from arenas.solo_choice import SoloChoice

RANGES = ((0, 10), (1, 10), (1, 6), (0, 9), (1, 100), (1, 20), (0, 5), (0, 99), (1, 50), (0, 1), (10, 20), (1, 1000), (5, 15))
ONE_NUMBER = (
    "", "", "Pick a random number from {low} to {high}.", "Give me a random number between {low} and {high}.",
    "Think of a number from {low} to {high}.", "Name a number from {low} to {high}.",
    "Choose a number between {low} and {high}.",
)  # fmt: skip
"""Rules of one number; the empty text is the game's own."""
COLOURS = ("red", "orange", "yellow", "green", "blue", "purple")
NUMBERS, BITS = 0.72, 0.14
"""Shares of the games; the others are of words."""


def draw_solo(generator: np.random.Generator, longest: int = 30) -> SoloChoice:
    """A game of numbers, of two words or of several: one answer, or at most `longest`."""
    kind = generator.random()
    if kind < NUMBERS:
        return draw_number_game(generator, longest)
    if kind < NUMBERS + BITS:
        pair = ("heads", "tails") if generator.random() < 0.5 else (("0", "1"), *WORD_PAIRS)[generator.integers(14)]
        return RandomBit(pair, _length(generator, min(20, longest), longest))
    return RandomWord(_drawn_words(generator), _length(generator, 10, longest))


def _drawn_words(generator: np.random.Generator) -> tuple[str, ...]:
    kind = generator.random()
    if kind < 0.4:
        return ("rock", "paper", "scissors")
    if kind < 0.6:
        return (COLOURS, *WORD_TRIPLES)[generator.integers(1 + len(WORD_TRIPLES))]
    return tuple(map(str, generator.choice(lexicon.PLAIN_NOUNS, int(generator.integers(3, 8)), replace=False)))


def draw_number_game(generator: np.random.Generator, longest: int = 30) -> RandomNumber:
    """One number or a sequence from a range; six in ten of the ranges are 0 to 10, two in ten are drawn anew."""
    kind = generator.random()
    low, high = (0, 10) if kind < 0.6 else RANGES[int(generator.integers(len(RANGES)))]
    if kind > 0.8:
        low = int(generator.integers(0, 60))
        high = low + int(generator.integers(2, 60))
    length = _length(generator, 10, longest)
    return RandomNumber(low, high, length, pick(generator, ONE_NUMBER) if length == 1 else "")


def _length(generator: np.random.Generator, usual: int, longest: int) -> int:
    if generator.random() < 0.5:
        return 1
    return usual if generator.random() < 0.4 else int(generator.integers(2, longest + 1))


def draw_picks(generator: np.random.Generator, game: SoloChoice) -> list[int]:
    """Actions of one drawn picker: some have favourites, some shun repeats, some walk; none is favoured on average."""
    weights = np.array(draw_weights(generator, game.width))
    shyness = float(generator.choice([0.0, 0.5, 1.0]))
    reach = float(generator.choice([0.0, 0.0, 0.0, 0.15, 0.3])) * game.width * isinstance(game, RandomNumber)
    picked: list[int] = []
    for _ in range(game.length):
        mix = weights.copy()
        if picked:
            mix[picked[-1]] *= 1.0 - shyness
            if reach:
                mix = mix * np.exp(-np.abs(np.arange(game.width) - picked[-1]) / reach)
            mix += 1e-9
        picked.append(int(generator.choice(game.width, p=mix / mix.sum())))
    return picked


def draw_words(generator: np.random.Generator, game: SoloChoice) -> list[str]:
    """The same as words."""
    return [game.actions[0][i] for i in draw_picks(generator, game)]
