"""The habit everybody should beat."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from arenas.bounds import within
from arenas.history import FloatArray, View
from arenas.play import Player, Table
from opponents.opponent import OPPONENTS, Opponent, Scripted, one_hot


@OPPONENTS.register("cycle")
@dataclass(frozen=True)
class Cycle(Opponent):
    """Goes round the actions: action `start` (from 0) first, then `step` further every round; step 0 never moves."""

    step: int = 1
    start: int = 0
    needs_another: ClassVar[bool] = False

    def __post_init__(self) -> None:
        within("step", self.step, -1000, 1000)
        within("start", self.start, 0, 999)

    def player(self, table: Table) -> Player:
        """A player that counts rounds."""
        return Scripted(self._distribution)

    def _distribution(self, view: View) -> FloatArray:
        counts = view.legal.sum(axis=1)
        return one_hot(np.mod(self.start + self.step * view.rounds_seen, counts), view.legal.shape[1])
