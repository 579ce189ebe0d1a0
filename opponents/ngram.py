"""What followed the last time things stood like this."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from arenas.bounds import one_of, within
from arenas.history import BoolArray, FloatArray, IntArray, View
from arenas.play import Player, Table
from opponents.exploiter import Exploiter
from opponents.opponent import OPPONENTS, Opponent, shared


@OPPONENTS.register("ngram")
@dataclass(frozen=True)
class Ngram(Opponent):
    """Best answer to what the other played after the same last `order` rounds; backs off to the longest context seen.

    The context is the other's moves (`other`), this opponent's own (`own`) or both (`joint`). Only those who react to their
    opponent can be read from `own`. The search for the longest earlier match is that of Egnor's `Iocaine Powder` (2000).
    """

    order: int = 2
    history: Literal["own", "other", "joint"] = "other"

    def __post_init__(self) -> None:
        within("order", self.order, 0, 100)
        one_of("history", self.history, ("own", "other", "joint"))

    def player(self, table: Table) -> Player:
        """An exploiter of the longest context."""
        return Exploiter(table, LongestContext(table, self.order, self.history))


class LongestContext:
    """Believes that the other goes on as it did after the longest earlier match, of at most `order`, of the last rounds."""

    def __init__(self, table: Table, order: int, history: Literal["own", "other", "joint"]) -> None:
        self.order, self.history = order, history
        self.others_legal = table.game.legal_by_seat[1 - table.seats]  # [B,A]
        self.width = table.game.width
        # matched[b,i]: how many rounds up to and with round i - 1 equal the last ones, at most `order`; i = 0 matches nothing
        self.matched = np.zeros((table.rows, 1), dtype=np.int64)

    def predict(self, view: View) -> FloatArray:
        """How often each action [B,A] of the other followed the longest match; uniform before the first round."""
        symbols = self._symbols(view)
        for t in range(self.matched.shape[1] - 1, view.rounds_seen):
            self._extend(symbols[:, : t + 1])
        if view.rounds_seen == 0:
            return shared(self.others_legal)
        earlier = self.matched[:, :-1]  # what followed the end of the last round is not known yet
        longest = earlier.max(axis=1, keepdims=True)
        return shared(self._followers(view.theirs, earlier == longest))

    def _symbols(self, view: View) -> IntArray:
        """What a context is made of, [B,t]."""
        if self.history == "joint":
            return view.mine * self.width + view.theirs
        return view.mine if self.history == "own" else view.theirs

    def _extend(self, symbols: IntArray) -> None:
        """Match the history that now ends with one more round: symbols [B,t+1]."""
        one_longer = np.minimum(self.matched + 1, self.order) * (symbols == symbols[:, -1:])
        self.matched = np.concatenate([np.zeros_like(self.matched[:, :1]), one_longer], axis=1)

    def _followers(self, theirs: IntArray, counted: BoolArray) -> FloatArray:
        """Counts [B,A] of the moves theirs [B,t] at the rounds counted [B,t]."""
        rows = len(theirs)
        flat = np.arange(rows)[:, None] * self.width + theirs
        counts = np.bincount(flat.ravel(), weights=counted.ravel().astype(np.float64), minlength=rows * self.width)
        return np.asarray(counts.reshape(rows, self.width), dtype=np.float64)
