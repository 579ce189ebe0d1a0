"""What a learner believes."""

from abc import ABC, abstractmethod
from typing import Protocol

import numpy as np

from arenas.history import FloatArray, IntArray, View
from arenas.play import Table


class Predictor(Protocol):
    """A belief about the other seat's next move. It must be able to catch up from any first view."""

    def predict(self, view: View) -> FloatArray:
        """A distribution [B,A] over the *other* seat's legal actions."""


class Listener(ABC):
    """A predictor that hears the rounds one after the other, all rows at once, and so catches up by hearing what it missed.

    Told own and other's moves the other way round, at a table with the seats swapped, it predicts whom it sits for.
    """

    def __init__(self, table: Table) -> None:
        self.others_legal = table.game.legal_by_seat[1 - table.seats]  # [B,A]
        self.width = table.game.width
        self.rows = np.arange(table.rows)
        self.heard = 0

    def predict(self, view: View) -> FloatArray:
        """The belief [B,A] after all rounds of the view."""
        for t in range(self.heard, view.rounds_seen):
            self.hear(view.mine[:, t], view.theirs[:, t])
        self.heard = view.rounds_seen
        return self.belief()

    @abstractmethod
    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Take in one more round: the moves [B] of both sides."""

    @abstractmethod
    def belief(self) -> FloatArray:
        """A distribution [B,A] over the other's legal actions in the round that is next."""
