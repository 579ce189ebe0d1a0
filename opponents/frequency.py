"""Counting what the other plays."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import FloatArray, IntArray
from arenas.play import Table
from opponents.learner import Learner
from opponents.opponent import OPPONENTS, shared
from opponents.predictor import Listener


@OPPONENTS.register("frequency")
@dataclass(frozen=True)
class Frequency(Learner):
    """Best answer to how often the other has played each action: fictitious play (Brown 1951).

    Every round counts `decay` times as much as the one after it: 1 forgets nothing, 0 sees only the last round (the geometric
    weights of Cheung & Friedman 1997). Each action starts with `prior` counts, which do not decay.
    """

    decay: float = 1.0
    prior: float = 1.0

    def __post_init__(self) -> None:
        within("decay", self.decay, 0.0, 1.0)
        within("prior", self.prior, 0.0, 1e6)

    def predictor(self, table: Table) -> Listener:
        """The counts."""
        return FrequencyCount(table, self.decay, self.prior)


class FrequencyCount(Listener):
    """Believes that the other goes on as often as so far."""

    def __init__(self, table: Table, decay: float, prior: float) -> None:
        super().__init__(table)
        self.decay = decay
        self.prior = prior * self.others_legal
        self.counts = np.zeros(self.others_legal.shape)  # [B,A]

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Count the other's moves."""
        self.counts *= self.decay
        self.counts[self.rows, theirs] += 1.0

    def belief(self) -> FloatArray:
        """The decayed counts; uniform where nothing has been counted."""
        counted = self.counts + self.prior
        return shared(np.where(counted.any(axis=1, keepdims=True), counted, self.others_legal))
