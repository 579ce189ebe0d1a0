"""What followed the last time things stood like this."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import one_of, within
from arenas.history import BoolArray, FloatArray, IntArray
from arenas.play import Table
from opponents.learner import HISTORIES, Learner, Told, told
from opponents.opponent import OPPONENTS, shared
from opponents.predictor import Listener
from opponents.suffix_matches import SuffixMatches


@OPPONENTS.register("ngram")
@dataclass(frozen=True)
class Ngram(Learner):
    """Best answer to what the other played after the same last `order` rounds; backs off to the longest context seen.

    The context is the other's moves (`other`), this opponent's own (`own`) or both (`joint`). Only those who react to their
    opponent can be read from `own`. The search for the longest earlier match is that of Egnor's `Iocaine Powder` (2000).
    """

    order: int = 2
    history: Told = "other"

    def __post_init__(self) -> None:
        within("order", self.order, 0, 100)
        one_of("history", self.history, HISTORIES)

    def predictor(self, table: Table) -> Listener:
        """The longest context."""
        return LongestContext(table, self.order, self.history)


class LongestContext(Listener):
    """Believes that the other goes on as it did after the longest earlier match, of at most `order`, of the last rounds."""

    def __init__(self, table: Table, order: int, history: Told) -> None:
        super().__init__(table)
        self.history: Told = history
        self.matches = SuffixMatches(table.rows, table.game.rounds, order)

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Keep the other's moves, and look for what is like the last rounds."""
        self.matches.advance(told(self.history, self.width, mine, theirs), theirs)

    def belief(self) -> FloatArray:
        """How often each action followed the longest match; uniform before the first round."""
        lengths = self.matches.lengths
        if lengths.shape[1] == 0:
            return shared(self.others_legal)
        return shared(self._followers(lengths == lengths.max(axis=1, keepdims=True)))

    def _followers(self, counted: BoolArray) -> FloatArray:
        """Counts [B,A] of the other's moves at the rounds counted [B,t]."""
        rows = len(self.rows)
        flat = self.rows[:, None] * self.width + self.matches.moves
        counts = np.bincount(flat[counted], minlength=rows * self.width)
        return np.asarray(counts.reshape(rows, self.width), dtype=np.float64)
