"""Whose texts are preferred: strengths of models from pairs."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis import davidson
from analysis.interval import Estimate
from analysis.ratings.crossed import crossed_estimate
from arenas.history import FloatArray, IntArray
from arenas.rating import FIRST, TIE, Rating

HALF = 0.5
"""Wins that every two models are given against each other, so that one that always won has a finite strength."""
POINTS = (1.0, 0.5, 0.0)
"""What a win, a tie and a loss bring the model named first."""


@dataclass(frozen=True)
class Strength:
    """How one model did in pairs."""

    model: str
    won: int
    tied: int
    lost: int
    strength: Estimate
    """Log-strength, 0 on average: where two models differ by d, the one is preferred e^d times as often as the other."""

    @property
    def share(self) -> float:
        """Wins and half the ties, of all pairs."""
        return (self.won + self.tied / 2) / max(self.won + self.tied + self.lost, 1)


def strengths(ratings: Sequence[Rating], models: Mapping[str, str]) -> list[Strength]:
    """The strengths of all models that were in answered pairs, strongest first.

    The model is that of Davidson (1970), which is Bradley & Terry's (1952) with ties, at its greatest likelihood.
    """
    pairs = sorted((rating for rating in ratings if rating.preference is not None), key=lambda rating: rating.id)
    names = sorted({models[text] for rating in pairs for text in rating.texts})
    if len(names) < 2:
        return []
    sides = np.array([[names.index(models[text]) for text in rating.texts] for rating in pairs])
    results = np.array([{FIRST: 0, TIE: 1}.get(str(rating.preference), 2) for rating in pairs])
    level, influence = fitted(sides, results, len(names))
    lines = []
    for place, name in enumerate(names):
        counts = Counter(np.concatenate([results[sides[:, 0] == place], 2 - results[sides[:, 1] == place]]).tolist())
        estimate = crossed_estimate(float(level[place]), influence[:, place], pairs)
        lines.append(Strength(name, counts[0], counts[1], counts[2], estimate))
    return sorted(lines, key=lambda line: (-line.strength.mean, line.model))


def fitted(sides: IntArray, results: IntArray, count: int) -> tuple[FloatArray, FloatArray]:
    """Log-strengths [K], 0 on average, of K models, and how far each of N pairs moved each of them [N,K].

    `sides` [N,2] are the models in the order shown, `results` [N] 0 for a win of the first, 1 for a tie, 2 for a loss.
    """
    wins, ties = HALF * (1.0 - np.eye(count)), np.zeros((count, count))
    first, second = sides.T
    np.add.at(wins, (first, second), results == 0)
    np.add.at(wins, (second, first), results == 2)
    np.add.at(ties, (first, second), results == 1)
    fit = davidson.fitted(wins, ties + ties.T)
    chances, rows = davidson.probabilities(fit.levels[first] - fit.levels[second], fit.ties), np.arange(len(sides))
    surprise = np.array(POINTS)[results] - chances @ np.array(POINTS)
    score = np.zeros((len(sides), count + 1))
    np.add.at(score, (rows, first), surprise)
    np.add.at(score, (rows, second), -surprise)
    score[:, count] = (results == 1) - chances[:, 1]
    return fit.levels, (score @ np.linalg.inv(fit.information))[:, :count]
