"""The bootstrap over matches that every comparison of this package uses, and the correction for many comparisons."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.interval import Estimate, Sample, averaged, stratified
from arenas.history import FloatArray

REPLICATES = 4000
MOST_UNITS = 64
"""Matches of a stratum that are drawn one by one: of more, that many groups are, which says as much of their mean."""
NOTHING = 1e-18
"""A variance of a mean below this is rounding: every match said the same."""

Strata = Sequence[FloatArray]
"""Numbers of single matches, one array for each set of players and seats."""


@dataclass(frozen=True)
class Interval:
    """A mean with its 95 % interval and the p-value of it being 0.

    `exact` where the dice decided nothing, so that the interval is the mean itself and there is no p-value (NaN).
    low, high and p are NaN where there was but one match of everything, which says nothing of the next.
    """

    mean: float
    low: float
    high: float
    p: float
    matches: int
    """Matches it rests on; those that are equal in every repeat count once."""
    variance: float
    """Of the mean."""
    exact: bool = False

    @property
    def beyond_doubt(self) -> bool:
        """Whether 0 lies outside; uncorrected for other comparisons."""
        return self.low > 1e-12 or self.high < -1e-12


def generator_for(seed: int, *words: str) -> np.random.Generator:
    """A generator of its own for each purpose, whatever else is computed and in whatever order."""
    digest = hashlib.sha256("/".join((str(seed), *words)).encode()).digest()
    return np.random.default_rng(int.from_bytes(digest[:16], "big"))


def mean_interval(parts: Sequence[Strata], generator: np.random.Generator, replicates: int = REPLICATES) -> Interval:
    """The mean over parts in equal shares, each the mean over its strata in equal shares, each a sample of matches.

    The interval is the percentile bootstrap over the matches of each stratum, one fewer drawn than there are, so that its
    variance is not too small (Rao & Wu 1988), and taken at the quantiles of Student's t (the expanded percentile interval of
    Hesterberg 2015). As few matches cannot be drawn in many ways, it reaches at least as far as Student's own. Twenty
    matches with a long tail it holds with 92 %. p is that of the t-test.
    """
    estimate = mean_estimate(parts)
    matches = sum(1 if _same(values) else len(values) for strata in parts for values in strata)
    nothing = float("nan")
    if not parts or np.isnan(estimate.variance):
        return Interval(estimate.mean, nothing, nothing, nothing, matches, nothing)
    if estimate.variance <= NOTHING:
        return Interval(estimate.mean, estimate.mean, estimate.mean, nothing, matches, 0.0, exact=True)
    from scipy.special import ndtr, stdtr, stdtrit

    drawn = mean_replicates(parts, generator, replicates)
    tail = float(ndtr(stdtrit(estimate.freedom, 0.025)))
    low, high = np.quantile(drawn, [tail, 1.0 - tail])
    low, high = min(low, estimate.mean - estimate.half_width), max(high, estimate.mean + estimate.half_width)
    p = 2.0 * float(stdtr(estimate.freedom, -abs(estimate.mean) / np.sqrt(estimate.variance)))
    return Interval(estimate.mean, float(low), float(high), p, matches, estimate.variance)


def student(estimate: Estimate, matches: int) -> Interval:
    """An estimate with the interval and p-value of Student's t."""
    from scipy.special import stdtr

    nothing = float("nan")
    if np.isnan(estimate.variance):
        return Interval(estimate.mean, nothing, nothing, nothing, matches, nothing)
    if estimate.variance <= NOTHING:
        return Interval(estimate.mean, estimate.mean, estimate.mean, nothing, matches, 0.0, exact=True)
    half = estimate.half_width
    p = 2.0 * float(stdtr(estimate.freedom, -abs(estimate.mean) / np.sqrt(estimate.variance)))
    return Interval(estimate.mean, estimate.mean - half, estimate.mean + half, p, matches, estimate.variance)


def mean_estimate(parts: Sequence[Strata]) -> Estimate:
    """The same mean with its variance in closed form."""
    return averaged([stratified([sample_of(values) for values in strata]) for strata in parts])


def mean_replicates(parts: Sequence[Strata], generator: np.random.Generator, replicates: int) -> FloatArray:
    """That mean [replicates] with the matches of each stratum drawn again.

    A stratum of one match borrows the spread of the others of its part, as in `analysis.interval.stratified`.
    """
    means = np.zeros(replicates)
    for strata in sorted(parts, key=signature):
        borrowed = _pooled_deviation(strata)
        for values in sorted(strata, key=lambda values: signature([values])):
            share = 1.0 / (len(parts) * len(strata))
            means += share * _drawn_means(values, borrowed, generator, replicates)
    return means


def sample_of(values: FloatArray) -> Sample:
    """Count, mean and squares of many numbers at once; numbers that are all equal have no spread by rounding either."""
    if _same(values):
        return Sample(len(values), float(values[0]), 0.0)
    return Sample(len(values), float(values.mean()), float(((values - values.mean()) ** 2).sum()))


def holm(p: Sequence[float]) -> list[float]:
    """p-values corrected for their number (Holm 1979); NaN, where nothing was tested, stays and is not counted."""
    corrected = np.array(p, dtype=np.float64)
    order = np.argsort(corrected, kind="stable")[: int((~np.isnan(corrected)).sum())]  # NaN comes last
    left = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(corrected[order] * left), 1.0)
    return [float(value) for value in corrected]


def _drawn_means(values: FloatArray, borrowed: float, generator: np.random.Generator, replicates: int) -> FloatArray:
    if len(values) == 1:
        return np.asarray(values[0] + borrowed * generator.standard_normal(replicates))
    if _same(values):
        return np.full(replicates, values[0])
    if len(values) <= MOST_UNITS:
        units = values
    else:
        units = np.array([part.mean() for part in np.array_split(values, MOST_UNITS)])
        units = units + (values.mean() - units.mean())
    drawn = generator.integers(0, len(units), (replicates, len(units) - 1))
    return np.asarray(units[drawn].mean(axis=1))


def _pooled_deviation(strata: Strata) -> float:
    samples = [sample_of(values) for values in strata]
    freedom = sum(sample.count - 1 for sample in samples)
    return float(np.sqrt(sum(sample.squares for sample in samples) / freedom)) if freedom else float("nan")


def _same(values: FloatArray) -> bool:
    return len(values) > 1 and bool((values == values[0]).all())


def signature(strata: Strata) -> tuple[float, ...]:
    """An order that follows from the numbers alone, so that names have no part in what is drawn."""
    whole = np.concatenate(list(strata))
    return (float(len(whole)), round(float(whole.sum()), 9), round(float((whole**2).sum()), 9))
