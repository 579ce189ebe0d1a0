"""Many predictors listening to the same matches."""

from collections.abc import Sequence

import numpy as np

from arenas.history import FloatArray, IntArray
from arenas.play import Table
from opponents.learner import Learner


class Pool:
    """N predictors of what is played against the table's chairs."""

    def __init__(self, table: Table, learners: Sequence[Learner]) -> None:
        self._predictors = [learner.predictor(table) for learner in learners]

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Take in one more round: the moves [B] of both sides."""
        for predictor in self._predictors:
            predictor.hear(mine, theirs)

    def beliefs(self) -> FloatArray:
        """What each predictor believes about the other's next move, [B,N,A]."""
        return np.stack([predictor.belief() for predictor in self._predictors], axis=1)


def seats_swapped(table: Table) -> Table:
    """The same table seen from the other side: a pool there predicts what the other must expect of oneself."""
    return Table(table.game, 1 - table.seats)
