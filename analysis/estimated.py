"""Statistics of distributions that are themselves estimates: shares of K draws, corrected for what few draws add."""

from collections.abc import Callable

import numpy as np

from arenas.history import FloatArray, IntArray

WHOLE = 1e-6
"""By how much a count that was stored as a share may miss a whole number."""
Statistic = Callable[[FloatArray, IntArray], FloatArray]
"""A number [r] of each of some distributions [r,A], which are those of the rows [r]."""


def debiased(statistic: Statistic, probs: FloatArray, draws: IntArray) -> FloatArray:
    """A statistic [R] of distributions that are the shares probs [R,A] of draws [R] each, by the jackknife over the draws.

    K theta - (K - 1) times its mean without one draw (Quenouille 1956; of entropies, Zahl 1977): it takes away the bias of
    first order that the plug-in has, by which few draws look surer than they are. NaN where there are fewer than two draws, or
    where probs are no shares of so many, as those of a mean over thoughts are not: its single parts are not kept.
    """
    found = np.full(len(probs), np.nan)
    counts = np.rint(probs * draws[:, None])
    shares = np.abs(probs * draws[:, None] - counts).max(axis=1, initial=0.0) <= WHOLE
    able = np.flatnonzero((draws > 1) & shares)
    without = np.zeros(len(probs))
    for action in range(probs.shape[1]):
        rows = able[counts[able, action] > 0]
        if len(rows):
            left = counts[rows]
            left[:, action] -= 1.0
            left /= draws[rows, None] - 1
            without[rows] += counts[rows, action] / draws[rows] * statistic(left, rows)
    if len(able):
        found[able] = draws[able] * statistic(probs[able], able) - (draws[able] - 1) * without[able]
    return found


def valid_draws(samples: IntArray, forfeit: FloatArray) -> IntArray:
    """Draws [...] that a distribution was made of: those among `samples` that were no forfeits."""
    return np.rint(samples * (1.0 - forfeit)).astype(np.int64)
