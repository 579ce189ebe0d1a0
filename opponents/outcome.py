"""Where the other goes after a win, a loss or a tie."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import FloatArray, IntArray
from arenas.play import Table
from opponents.exploiter import matrix_game
from opponents.learner import Learner
from opponents.opponent import OPPONENTS, shared
from opponents.predictor import Listener

EVEN = 1e-9
"""Pay this close to the game's value is neither a win nor a loss."""


@OPPONENTS.register("outcome")
@dataclass(frozen=True)
class OutcomeTransitions(Learner):
    """Best answer to how far the other moves on after each outcome: the conditional responses of Wang, Xu & Zhou 2014.

    What is counted is the step from the other's last action to its next, round the actions in their order, by whether the last
    round won, lost or tied (against the game's value), and with `memory` 2 by the outcome before that as well, and so on.
    """

    memory: int = 1
    decay: float = 1.0

    def __post_init__(self) -> None:
        within("memory", self.memory, 1, 4)
        within("decay", self.decay, 0.0, 1.0)

    def predictor(self, table: Table) -> Listener:
        """The counts by outcome."""
        return StepCount(table, self.memory, self.decay)


class StepCount(Listener):
    """Believes that the other goes on to step as often as so far after the same outcomes."""

    def __init__(self, table: Table, memory: int, decay: float) -> None:
        super().__init__(table)
        game = matrix_game(table)
        values = np.array([game.value(0), game.value(1)])
        self.gain = game.payoff - values[:, None, None]  # [2,A,A]
        self.seats, self.memory, self.decay = table.seats, memory, decay
        self.outcomes = 0
        self.situations = 3**memory
        self.actions = self.others_legal.sum(axis=1)  # [B]
        self.counts = np.zeros((table.rows, self.situations, self.width))
        self.situation = np.zeros(table.rows, dtype=np.int64)
        self.last: IntArray | None = None

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Count the other's step after the outcomes before, then note this round's outcome."""
        if self.last is not None and self.outcomes >= self.memory:
            self.counts[self.rows, self.situation] *= self.decay
            self.counts[self.rows, self.situation, (theirs - self.last) % self.actions] += 1.0
        gain = self.gain[self.seats, mine, theirs]
        outcome = (gain > EVEN).astype(np.int64) - (gain < -EVEN) + 1
        self.situation = (self.situation * 3 + outcome) % self.situations
        self.last = theirs
        self.outcomes += 1

    def belief(self) -> FloatArray:
        """The steps counted, from where the other stands now; uniform while there are too few outcomes."""
        if self.last is None or self.outcomes < self.memory:
            return shared(self.others_legal)
        steps = (np.arange(self.width) - self.last[:, None]) % self.actions[:, None]
        prior = 1.0 / self.actions[:, None]
        counts = np.take_along_axis(self.counts[self.rows, self.situation] + prior, steps, axis=1)
        return shared(counts * self.others_legal)
