"""How often a 95 % interval holds a planted truth: simulations, and what they come to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

import numpy as np

from analysis.interval import Estimate

SEED = 2026
SIMULATIONS, SOME = 2000, 400
"""Of what is quick, and of what is not: of 400 intervals that hold 95 %, .93 to .97 of them do so but in one test of twenty."""
LEAST, MOST = 0.93, 0.97


@dataclass(frozen=True)
class Held:
    """Simulated intervals [R] or [R,k], k to a simulation, with their estimates and what they should hold."""

    low: np.ndarray
    high: np.ndarray
    mean: np.ndarray
    truth: np.ndarray

    @property
    def coverage(self) -> float:
        """The share of known intervals that hold the truth, up to rounding."""
        known = ~np.isnan(self.low)
        inside = (self.low - 1e-9 <= self.truth) & (self.truth <= self.high + 1e-9)
        return float(inside[known].mean())

    @property
    def width(self) -> float:
        """Mean width."""
        return float(np.nanmean(self.high - self.low))

    @property
    def bias(self) -> float:
        """Of the estimates, in their standard deviations."""
        error = self.mean - self.truth
        return float(error.mean() / max(float(error.std()), 1e-300))


Interval = tuple[float, float, float]
"""Low, mean, high."""
Simulate = Callable[[int, np.random.Generator], Held]


@dataclass(frozen=True)
class Planted:
    """An estimator in a setting, and where its coverage is known to lie; `why` where that is not .93 to .97."""

    command: str
    estimator: str
    setting: str
    simulate: Simulate
    simulations: int = SIMULATIONS
    least: float = LEAST
    most: float = MOST
    why: str = ""

    @property
    def name(self) -> str:
        """As tests and tables call it."""
        return f"{self.command}: {self.estimator}, {self.setting}"

    def run(self, simulations: int | None = None) -> Held:
        """The simulations, on dice that follow from the name alone."""
        return _run(self, simulations or self.simulations)


@cache
def _run(planted: Planted, simulations: int) -> Held:
    digest = sha256(f"{SEED}/{planted.name}".encode()).digest()
    return planted.simulate(simulations, np.random.default_rng(int.from_bytes(digest[:8], "big")))


def of_estimate(estimate: Estimate) -> Interval:
    """As low, mean and high."""
    return estimate.mean - estimate.half_width, estimate.mean, estimate.mean + estimate.half_width


def held(intervals: Sequence[Interval | Sequence[Interval]], truth: float | Sequence[float] | np.ndarray) -> Held:
    """From an interval, or several, of each simulation and their truth or truths."""
    numbers = np.array(intervals, dtype=np.float64)
    low, mean, high = np.moveaxis(numbers, -1, 0)
    return Held(low, high, mean, np.broadcast_to(np.asarray(truth, dtype=np.float64), low.shape))
