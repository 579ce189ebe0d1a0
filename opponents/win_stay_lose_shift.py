"""Win-stay, lose-shift."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from arenas.bounds import one_of
from arenas.history import FloatArray, View
from arenas.play import Player, Table
from opponents.opponent import OPPONENTS, Opponent, Scripted, one_hot, shared
from opponents.uniform import evenly

EVEN = 1e-9
"""Pay this close to the game's value is neither a win nor a loss."""


@OPPONENTS.register("win_stay_lose_shift")
@dataclass(frozen=True)
class WinStayLoseShift(Opponent):
    """Repeats its move after a win, shifts to another, uniformly, after a loss (Robbins 1952; Nowak & Sigmund 1993).

    A round is won if it paid more than the game's value to the seat, lost if less: a hider who was not found has won. After a
    tie it stays, shifts or plays uniformly, as `tie` says. The first move is uniform.
    """

    tie: Literal["stay", "shift", "uniform"] = "stay"

    def __post_init__(self) -> None:
        one_of("tie", self.tie, ("stay", "shift", "uniform"))

    def player(self, table: Table) -> Player:
        """A player that remembers one round."""
        values = np.array([table.game.value(seat) for seat in range(len(table.game.seats))])

        def distribution(view: View) -> FloatArray:
            return evenly(view) if view.rounds_seen == 0 else self._after(view, view.pay[:, -1] - values[view.seat])

        return Scripted(distribution)

    def _after(self, view: View, gain: FloatArray) -> FloatArray:
        """Distributions [B,A] after a last round that paid gain [B] more than the game's value."""
        stay = one_hot(view.mine[:, -1], view.legal.shape[1])
        others = view.legal & (stay == 0)
        shift = np.where(others.any(axis=1, keepdims=True), shared(others | ~others.any(axis=1, keepdims=True)), stay)
        tied = {"stay": stay, "shift": shift, "uniform": evenly(view)}[self.tie]
        return np.where(gain[:, None] > EVEN, stay, np.where(gain[:, None] < -EVEN, shift, tied))
