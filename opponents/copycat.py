"""Tit for tat, where there is nothing to cooperate about."""

from dataclasses import dataclass

import numpy as np

from arenas.history import FloatArray, View
from arenas.play import Player, Table
from opponents.opponent import OPPONENTS, Opponent, Scripted, one_hot
from opponents.uniform import evenly


@OPPONENTS.register("copy")
@dataclass(frozen=True)
class Copycat(Opponent):
    """Plays what the other played last (`copybot` in the RoShamBo competition: Billings 2000, which plays its counter).

    Uniform in the first round and wherever the other's action is none of its own.
    """

    def player(self, table: Table) -> Player:
        """A player that remembers one round."""
        return Scripted(copied)


def copied(view: View) -> FloatArray:
    """Distributions [B,A] that repeat the other's last move."""
    if view.rounds_seen == 0:
        return evenly(view)
    last = one_hot(view.theirs[:, -1], view.legal.shape[1]) * view.legal
    return np.where(last.any(axis=1, keepdims=True), last, evenly(view))
