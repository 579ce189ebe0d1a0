"""Counting what the other plays."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import FloatArray, View
from arenas.play import Player, Table
from opponents.exploiter import Exploiter
from opponents.opponent import OPPONENTS, Opponent, shared


@OPPONENTS.register("frequency")
@dataclass(frozen=True)
class Frequency(Opponent):
    """Best answer to how often the other has played each action: fictitious play (Brown 1951).

    Every round counts `decay` times as much as the one after it: 1 forgets nothing, 0 sees only the last round (the geometric
    weights of Cheung & Friedman 1997). Each action starts with `prior` counts, which do not decay.
    """

    decay: float = 1.0
    prior: float = 1.0

    def __post_init__(self) -> None:
        within("decay", self.decay, 0.0, 1.0)
        within("prior", self.prior, 0.0, 1e6)

    def player(self, table: Table) -> Player:
        """An exploiter of the counts."""
        return Exploiter(table, FrequencyCount(table, self.decay, self.prior))


class FrequencyCount:
    """Believes that the other goes on as often as so far."""

    def __init__(self, table: Table, decay: float, prior: float) -> None:
        self.decay = decay
        self.others_legal = table.game.legal_by_seat[1 - table.seats]  # [B,A]
        self.prior = prior * self.others_legal
        self.counts = np.zeros(self.others_legal.shape)  # [B,A]
        self.rows = np.arange(table.rows)
        self.seen = 0

    def predict(self, view: View) -> FloatArray:
        """The decayed counts of the other's moves as a belief [B,A]; uniform where nothing has been counted."""
        for move in view.theirs[:, self.seen :].T:
            self.counts *= self.decay
            self.counts[self.rows, move] += 1.0
        self.seen = view.rounds_seen
        counted = self.counts + self.prior
        return shared(np.where(counted.any(axis=1, keepdims=True), counted, self.others_legal))
