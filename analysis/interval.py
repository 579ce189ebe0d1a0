"""Means of stratified samples and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np


@dataclass
class Sample:
    """Count, mean and sum of squared deviations of numbers added one at a time (Welford 1962)."""

    count: int = 0
    mean: float = 0.0
    squares: float = 0.0

    def add(self, value: float) -> None:
        """Take one number in."""
        self.count += 1
        step = value - self.mean
        self.mean += step / self.count
        self.squares += step * (value - self.mean)


@dataclass(frozen=True)
class Estimate:
    """A mean, the variance of that mean, and its degrees of freedom; variance NaN where nothing says how sure it is."""

    mean: float
    variance: float
    freedom: float

    @property
    def half_width(self) -> float:
        """Half of the 95 % interval by Student's t; NaN where unknown, 0 where every match was the same."""
        if not self.variance > 0:
            return self.variance
        from scipy.special import stdtrit

        return float(stdtrit(self.freedom, 0.975) * np.sqrt(self.variance))


def stratified(samples: Sequence[Sample]) -> Estimate:
    """The mean of fixed strata in equal parts, each a random sample; degrees of freedom as in `averaged`.

    A stratum of one match has no variance of its own and borrows the pooled one of the others. As all that borrow share one
    number, the degrees of freedom are then never more than those of the pooled variance.
    """
    freedom = sum(sample.count - 1 for sample in samples)
    pooled = sum(sample.squares for sample in samples) / freedom if freedom else float("nan")
    parts = []
    for sample in samples:
        alone = sample.count < 2
        spread = pooled if alone else sample.squares / (sample.count - 1)
        variance = spread / sample.count
        parts.append(Estimate(sample.mean, variance, freedom if alone else sample.count - 1))
    mean = averaged(parts)
    borrowed = any(sample.count < 2 for sample in samples)
    return replace(mean, freedom=min(mean.freedom, float(freedom))) if borrowed else mean


def averaged(parts: Sequence[Estimate]) -> Estimate:
    """The mean of independent estimates in equal parts.

    Degrees of freedom lie halfway between those of Satterthwaite (1946), which are too few where parts have few, and those that
    are right on average where the parts are as unsure as each other (Welch 1947), which are too many where they are not.
    """
    if not parts:
        return Estimate(float("nan"), float("nan"), 0.0)
    variances = np.array([part.variance for part in parts]) / len(parts) ** 2
    total = float(variances.sum())
    mean = float(np.mean([part.mean for part in parts]))
    if not total > 0:
        return Estimate(mean, total, float(sum(part.freedom for part in parts)))
    freedoms = np.maximum([part.freedom for part in parts], 1.0)
    fewer = total**2 / float((variances**2 / freedoms).sum())
    more = total**2 / float((variances**2 / (freedoms + 2.0)).sum()) - 2.0
    return Estimate(mean, total, (fewer + min(more, float(freedoms.sum()))) / 2.0)
