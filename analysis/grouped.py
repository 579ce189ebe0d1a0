"""How sure a number is that was made from sums over groups of matches."""

import numpy as np

from analysis.interval import Estimate
from arenas.history import BoolArray, FloatArray, IntArray

ROUNDING = 1e-24
"""A variance as small as this is what adding floats leaves behind."""
HALVINGS = 16
"""Ways of halving the groups over which a choice made on one half is measured on the other."""


def without_each(sums: FloatArray) -> FloatArray:
    """The totals [G,...] over all groups but one each, of sums [G,...]."""
    return np.asarray(sums.sum(axis=0) - sums)


def jackknife(whole: float, left: FloatArray, sizes: FloatArray) -> Estimate:
    """A statistic, its bias of first order removed, with its variance; degrees of freedom are the groups less one.

    whole is the statistic of all groups, left [G] that of all but one each, sizes [G] how much a group weighs: the delete-m_j
    jackknife of Busing, Meijer & van der Leeden 1999. Groups of size 0 do not count.
    """
    counted = sizes > 0
    groups = int(counted.sum())
    if groups < 2:
        return Estimate(whole, float("nan"), 0.0)
    left, share = left[counted], sizes[counted] / sizes.sum()
    mean = groups * whole - float(((1.0 - share) * left).sum())
    pseudo = whole / share - (1.0 / share - 1.0) * left
    variance = float(((pseudo - mean) ** 2 / (1.0 / share - 1.0)).mean())
    return Estimate(mean, variance if variance > ROUNDING else 0.0, groups - 1.0)


def ratios(sums: FloatArray, counts: FloatArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Means [...] from sums [G,...] over counts [G,...], their variances, and the groups behind each.

    The variance of a ratio by linearisation, groups as clusters (Cochran 1977, section 6.3); NaN with fewer than two groups.
    """
    total = counts.sum(axis=0)
    groups = np.asarray((counts > 0).sum(axis=0))
    with np.errstate(divide="ignore", invalid="ignore"):
        means = sums.sum(axis=0) / total
        spread = ((sums - means * counts) ** 2).sum(axis=0) / total**2
        variances = np.where(groups > 1, spread * groups / (groups - 1.0), np.nan)
    return means, np.where(variances <= ROUNDING, 0.0, variances), groups


def halvings(counted: BoolArray) -> BoolArray:
    """Which groups [HALVINGS,G] are in the first half, where those that count are halved as evenly as can be; always so."""
    places = np.flatnonzero(counted)
    ranks = np.tile(np.arange(len(places)), (HALVINGS, 1))
    first = np.zeros((HALVINGS, len(counted)), dtype=np.bool_)
    first[:, places] = np.random.default_rng(len(places)).permuted(ranks, axis=1) < len(places) // 2
    return first


def of_the_best(best: float, left: FloatArray, sizes: FloatArray, chosen_apart: float) -> Estimate:
    """What the best of several answers wins, where several may be about as good.

    best is the largest mean of all groups, left [G] that of all but one each, sizes [G] how much a group weighs; chosen_apart
    is what answers win that were chosen on one half of the groups and measured on the other. The first is too high on average,
    the second too low: the estimate lies in the middle, and its interval holds with 95 % whatever lies between the two (Imbens
    & Manski 2004). So it holds the truth at a tie as well, where neither the jackknife nor cross-fitting does alone; where
    habits are so weak that the two differ, it is wider than it need be.
    """
    from scipy.special import stdtrit

    spread = jackknife(best, left, sizes)
    middle, apart = (best + chosen_apart) / 2.0, max(best - chosen_apart, 0.0)
    if np.isnan(spread.variance):
        return Estimate(middle, spread.variance, 0.0)
    deviation = float(np.sqrt(spread.variance))
    half = apart / 2.0 + (reach(apart / deviation, spread.freedom) * deviation if deviation else 0.0)
    variance = (half / float(stdtrit(spread.freedom, 0.975))) ** 2
    return Estimate(middle, variance if variance > ROUNDING else 0.0, spread.freedom)


def reach(apart: float, freedom: float) -> float:
    """The deviations that an interval has to reach beyond both ends of a range that is so many wide, to hold a point in it.

    From the 97.5 % quantile of Student's t at a point to the 95 % one at a wide range, where only one end can be missed.
    """
    from scipy.special import stdtr, stdtrit

    low, high = float(stdtrit(freedom, 0.95)), float(stdtrit(freedom, 0.975))
    for _ in range(30):
        middle = (low + high) / 2.0
        enough = stdtr(freedom, middle + apart) - stdtr(freedom, -middle) >= 0.95
        low, high = (low, middle) if enough else (middle, high)
    return high
