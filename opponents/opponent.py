"""What an opponent is: a frozen set of parameters that can sit down at a table."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from arenas.errors import UserError
from arenas.history import BoolArray, FloatArray, IntArray, Moves, View
from arenas.play import Player, Table
from arenas.registry import Registry

OPPONENTS: Registry[type["Opponent"]] = Registry("opponent")


@dataclass(frozen=True)
class Opponent(ABC):
    """A scripted or adaptive player's parameters, which are its dataclass fields; `sit` is a `Maker`."""

    needs_another: ClassVar[bool] = True
    """Whether it only makes sense against somebody, and so not in a solo game."""

    def sit(self, table: Table) -> Player:
        """A player for one wave. Raises `UserError` where this opponent cannot play the table's game."""
        if table.game.free_text:
            raise UserError(
                f"opponent {OPPONENTS.name_of(type(self))!r} cannot write: it plays only games with actions to choose from"
            )
        if self.needs_another and len(table.game.seats) == 1:
            name = OPPONENTS.name_of(type(self))
            raise UserError(f"opponent {name!r} needs another player, and this game has the one seat {table.game.seats[0]!r}")
        return self.player(table)

    @abstractmethod
    def player(self, table: Table) -> Player:
        """The player itself, at a table already checked."""


@dataclass(frozen=True)
class Scripted:
    """A player whose distribution [B,A] is a pure function of its view."""

    distribution: Callable[[View], FloatArray]
    foresees: bool = False

    def act(self, view: View) -> Moves:
        """The distribution as a move."""
        return Moves(self.distribution(view))


def shared(among: FloatArray | BoolArray) -> FloatArray:
    """Weights [...,A], not all zero in any row, as distributions [...,A]."""
    weights = np.asarray(among, dtype=np.float64)
    probs: FloatArray = weights / weights.sum(axis=-1, keepdims=True)
    return probs


def one_hot(actions: IntArray, width: int) -> FloatArray:
    """The distributions [B,width] that surely play actions [B]."""
    probs: FloatArray = (np.arange(width) == actions[:, None]).astype(np.float64)
    return probs
