"""How sure a number is whose ratings share texts and raters."""

from collections.abc import Callable, Hashable, Sequence
from itertools import combinations

import numpy as np

from analysis.interval import Estimate
from arenas.history import FloatArray
from arenas.rating import Rating


def crossed_estimate(value: float, influence: FloatArray, ratings: Sequence[Rating]) -> Estimate:
    """A number with its variance, from each rating's influence [N] on it; NaN where fewer than two texts say anything.

    Ratings of one text vary together, and so do those of one rater: the covariance of every two ratings that share either is
    counted once (Cameron, Gelbach & Miller 2011; for pairs Aronow, Samii & Assenova 2015). With few raters that sum is poorly
    known, and never less is said than by texts alone; with one rater it speaks of this rater only, and with two who differ the
    95 % interval holds what others would say in some 80 % (RELIABILITY.md).
    """
    texts = {text for rating in ratings for text in rating.texts}
    if len(texts) < 2:
        return Estimate(value, float("nan"), 0.0)
    variance = _by_texts(influence, ratings)
    raters = {rating.rater for rating in ratings}
    if len(raters) > 1:
        by_raters = _squares(influence, [[rating.rater] for rating in ratings]) * len(raters) / (len(raters) - 1)
        both = sum(
            _by_texts(influence[[rating.rater == name for rating in ratings]], [r for r in ratings if r.rater == name])
            for name in raters
        )
        variance = max(variance, variance + by_raters - both)
    correction = len(texts) / (len(texts) - 1)
    return Estimate(value, max(variance, 0.0) * correction, float(len(texts) - 1))


def _by_texts(influence: FloatArray, ratings: Sequence[Rating]) -> float:
    """The sum of products of influences over every two ratings with a text in common, each two once."""
    shared = _squares(influence, [rating.texts for rating in ratings])
    # two ratings of one pair have two texts in common
    twice = _squares(influence, [list(combinations(sorted(rating.texts), 2)) for rating in ratings])
    # a rating meets itself even where that subtraction leaves a negative sum
    return max(shared - twice, float((influence**2).sum()))


def _squares(influence: FloatArray, clusters: Sequence[Sequence[Hashable]]) -> float:
    """The sum over clusters of the squared sum of the influences in them."""
    sums: dict[Hashable, float] = {}
    for weight, names in zip(influence.tolist(), clusters, strict=True):
        for name in names:
            sums[name] = sums.get(name, 0.0) + weight
    return float(sum(total**2 for total in sums.values()))


def crossed_mean(ratings: Sequence[Rating], number: Callable[[Rating], float]) -> Estimate:
    """The mean of a number over ratings, with its variance."""
    if not ratings:
        return Estimate(float("nan"), float("nan"), 0.0)
    values = np.array([number(rating) for rating in ratings], dtype=np.float64)
    mean = float(values.mean())
    return crossed_estimate(mean, (values - mean) / len(values), ratings)
