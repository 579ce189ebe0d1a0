"""How sure a number is that cannot be less than 0 and that chance alone makes larger, as what a context says of a move."""

from dataclasses import dataclass

import numpy as np

from analysis.grouped import jackknife
from arenas.history import FloatArray

FAR = 1000.0
"""From so many times its scale on, 0 is out of sight, and Student's t is as good."""
LEAST_FREEDOM = 0.5


@dataclass(frozen=True)
class Within:
    """A number with its 95 % interval; low and high are NaN where nothing says how sure it is."""

    mean: float
    low: float
    high: float

    def less_than(self, most: float) -> "Within":
        """What is left of `most`."""
        return Within(most - self.mean, most - self.high, most - self.low)


def never_negative(whole: float, left: FloatArray, sizes: FloatArray) -> Within:
    """A number that is 0 at least, and near 0 a sum of squares: a divergence, a mutual information, what entropy lacks.

    whole is its value in all groups, left [G] in all but one each, sizes [G] how much a group weighs. Near 0 such a number is a
    scale times a noncentral chi-square of some degrees of freedom: the jackknife's bias is scale times freedom and its variance
    four times scale times the number, which gives both. The interval holds the noncentralities that do not make the number
    surprising (Steiger & Fouladi 1997), at the tails of Student's t; far from 0 it is the jackknife's own. It may touch 0: a
    number that is 0 in truth it holds with 97.5 %, as only one end can miss it.
    """
    from scipy.special import ndtr, stdtrit

    estimate = jackknife(whole, left, sizes)
    mean = max(estimate.mean, 0.0)
    if np.isnan(estimate.variance):
        return Within(mean, estimate.variance, estimate.variance)
    if not estimate.variance > 0 or whole <= 0:
        return Within(mean, mean, mean)
    scale = estimate.variance / (4.0 * whole)
    if whole / scale > FAR:
        return Within(mean, max(estimate.mean - estimate.half_width, 0.0), estimate.mean + estimate.half_width)
    freedom = max((whole - estimate.mean) / scale, LEAST_FREEDOM)
    tail = float(ndtr(stdtrit(estimate.freedom, 0.025)))
    low, high = (scale * _noncentrality(whole / scale, freedom, share) for share in (1.0 - tail, tail))
    return Within(mean, min(low, mean), max(high, mean))


def _noncentrality(seen: float, freedom: float, share: float) -> float:
    """The noncentrality at which this share of values is at most `seen`; 0 if it is always less."""
    from scipy.special import chndtr

    low, high = 0.0, seen + 1.0
    if chndtr(seen, freedom, low) <= share:
        return 0.0
    while chndtr(seen, freedom, high) > share:
        low, high = high, 2.0 * high
    for _ in range(50):
        middle = (low + high) / 2.0
        low, high = (middle, high) if chndtr(seen, freedom, middle) > share else (low, middle)
    return high
