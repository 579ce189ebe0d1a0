"""An opponent that is a predictor and nothing else."""

from abc import abstractmethod
from typing import Literal

import numpy as np

from arenas.history import IntArray
from arenas.play import Player, Table
from opponents.exploiter import Exploiter
from opponents.opponent import Opponent
from opponents.predictor import Listener

Told = Literal["own", "other", "joint"]
"""Which side's moves a context is made of."""
HISTORIES: tuple[Told, ...] = ("own", "other", "joint")


class Learner(Opponent):
    """Plays the best answer to what its predictor believes."""

    @abstractmethod
    def predictor(self, table: Table) -> Listener:
        """A predictor for every chair of the table."""

    def player(self, table: Table) -> Player:
        """An exploiter of the predictor."""
        return Exploiter(table, self.predictor(table))


def told(history: Told, width: int, mine: IntArray, theirs: IntArray) -> IntArray:
    """One symbol for each round, below width squared, from the moves of the side or sides that are looked at."""
    if history == "joint":
        return np.asarray(mine * width + theirs)
    return mine if history == "own" else theirs
