"""The dictionary of Lempel and Ziv as a gambler."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import one_of
from arenas.history import FloatArray, IntArray
from arenas.play import Table
from opponents.context_nodes import Numbering, extended, mixed, room_for
from opponents.learner import HISTORIES, Learner, Told, told
from opponents.opponent import OPPONENTS
from opponents.predictor import Listener


@OPPONENTS.register("lz78")
@dataclass(frozen=True)
class LempelZiv(Learner):
    """Best answer to the belief of the incremental parsing of Ziv & Lempel 1978: the past cut into phrases never seen before.

    In the limit it predicts a sequence as well as the best machine with finitely many states (Feder, Merhav & Gutman 1992), but
    slowly. Phrases are of the other's moves, its own, or both.
    """

    history: Told = "other"

    def __post_init__(self) -> None:
        one_of("history", self.history, HISTORIES)

    def predictor(self, table: Table) -> Listener:
        """The parsing."""
        return IncrementalParsing(table, self.history)


class IncrementalParsing(Listener):
    """Believes in what followed the phrase begun, as often as it did; its prior is one count an action, shared as at the start
    of phrases."""

    def __init__(self, table: Table, history: Told) -> None:
        super().__init__(table)
        self.history: Told = history
        self.roots = mixed(np.arange(1, table.rows + 1, dtype=np.uint64))
        self.phrase = self.roots.copy()
        self.numbering = Numbering()
        self.node = self.numbering.numbers(self.roots)
        self.counts = np.zeros((1024, self.width))

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Lengthen the phrase, or close it where it is new."""
        self.counts = room_for(self.counts, self.numbering.count)
        self.counts[self.node, theirs] += 1.0
        symbol = told(self.history, self.width, mine, theirs)
        phrase = extended(self.phrase, symbol.astype(np.uint64))
        known = self.numbering.count
        node = self.numbering.numbers(phrase)
        self.phrase = np.where(node >= known, self.roots, phrase)
        self.node = np.where(node >= known, self.numbering.numbers(self.roots), node)

    def belief(self) -> FloatArray:
        """The counts of the phrase begun."""
        self.counts = room_for(self.counts, self.numbering.count)
        start = self.counts[self.numbering.numbers(self.roots)] + 1.0 / self.width * self.others_legal
        actions = self.others_legal.sum(axis=1, keepdims=True)
        counts = self.counts[self.node] + actions * start / start.sum(axis=1, keepdims=True)
        return np.asarray(counts / counts.sum(axis=1, keepdims=True))
