"""The player nobody can exploit in a symmetric game."""

from dataclasses import dataclass
from typing import ClassVar

from arenas.history import FloatArray, View
from arenas.play import Player, Table
from opponents.opponent import OPPONENTS, Opponent, Scripted, shared


@OPPONENTS.register("uniform")
@dataclass(frozen=True)
class Uniform(Opponent):
    """Every legal action equally likely, every round: the equilibrium of rock-paper-scissors and of hide-and-seek."""

    needs_another: ClassVar[bool] = False

    def player(self, table: Table) -> Player:
        """A player without memory."""
        return Scripted(evenly)


def evenly(view: View) -> FloatArray:
    """Uniform distributions [B,A] over the legal actions."""
    return shared(view.legal)
