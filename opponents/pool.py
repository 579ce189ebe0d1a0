"""Many predictors listening to the same matches, from both chairs."""

from collections.abc import Sequence

import numpy as np

from arenas.history import FloatArray, IntArray
from arenas.play import Table
from opponents.learner import Learner


class Pool:
    """Predicts what the other does and, with the seats swapped, what the other must expect of oneself."""

    def __init__(self, table: Table, learners: Sequence[Learner]) -> None:
        swapped = Table(table.game, 1 - table.seats)
        self._of_the_other = [learner.predictor(table) for learner in learners]
        self._of_oneself = [learner.predictor(swapped) for learner in learners]

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Take in one more round: the moves [B] of both sides."""
        for predictor in self._of_the_other:
            predictor.hear(mine, theirs)
        for predictor in self._of_oneself:
            predictor.hear(theirs, mine)

    def of_the_other(self) -> FloatArray:
        """What each of N predictors believes about the other's next move, [B,N,A]."""
        return np.stack([predictor.belief() for predictor in self._of_the_other], axis=1)

    def of_oneself(self) -> FloatArray:
        """What each of N predictors, were it the other's, would believe about one's own next move, [B,N,A]."""
        return np.stack([predictor.belief() for predictor in self._of_oneself], axis=1)
