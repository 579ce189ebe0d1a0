"""People who name numbers: drawn pickers of one number or of many."""

import numpy as np

from agents.organisms.simulated import draw_weights
from arenas.random_number import RandomNumber

RANGES = ((0, 10), (1, 10), (1, 6), (0, 9), (1, 100), (1, 20), (0, 5), (0, 99), (1, 50), (0, 1), (10, 20), (1, 1000), (5, 15))


def draw_number_game(generator: np.random.Generator, longest: int = 30) -> RandomNumber:
    """One number or a sequence from a range; half of the ranges are 0 to 10, a quarter are drawn anew."""
    kind = generator.random()
    low, high = (0, 10) if kind < 0.5 else RANGES[int(generator.integers(len(RANGES)))]
    if kind > 0.75:
        low = int(generator.integers(0, 60))
        high = low + int(generator.integers(2, 60))
    if generator.random() < 0.5:
        return RandomNumber(low, high, 1)
    length = 10 if generator.random() < 0.4 else int(generator.integers(2, longest + 1))
    return RandomNumber(low, high, length)


def draw_numbers(generator: np.random.Generator, game: RandomNumber, length: int) -> list[int]:
    """The numbers of one drawn picker: some have favourites, some shun repeats, some walk; no number is favoured on average."""
    weights = np.array(draw_weights(generator, game.width))
    shyness = float(generator.choice([0.0, 0.5, 1.0]))
    reach = float(generator.choice([0.0, 0.0, 0.0, 0.15, 0.3])) * game.width
    picked: list[int] = []
    for _ in range(length):
        mix = weights.copy()
        if picked:
            mix[picked[-1]] *= 1.0 - shyness
            if reach:
                mix = mix * np.exp(-np.abs(np.arange(game.width) - picked[-1]) / reach) + 1e-9
        picked.append(int(generator.choice(game.width, p=mix / mix.sum())))
    return [game.low + number for number in picked]
