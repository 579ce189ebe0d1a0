"""Prediction by partial matching."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import one_of, within
from arenas.history import FloatArray, IntArray
from arenas.play import Table
from opponents.context_nodes import ContextNodes, room_for
from opponents.learner import HISTORIES, Learner, Told, told
from opponents.opponent import OPPONENTS, shared
from opponents.predictor import Listener


@OPPONENTS.register("ppm")
@dataclass(frozen=True)
class PartialMatching(Learner):
    """Best answer to the belief of prediction by partial matching with escape method C and exclusion, contexts up to `order`.

    Cleary & Witten 1984; method C: Moffat 1990. The contexts are of the other's moves, its own, or both. A good guesser, but a
    coder too sure of itself: see Begleiter, El-Yaniv & Yona 2004.
    """

    order: int = 4
    history: Told = "other"

    def __post_init__(self) -> None:
        within("order", self.order, 0, 48)
        one_of("history", self.history, HISTORIES)

    def predictor(self, table: Table) -> Listener:
        """The blend of the orders."""
        return EscapeC(table, self.order, self.history)


class EscapeC(Listener):
    """Goes from the longest context to the shorter ones by escapes: in a context in which u different moves came in n rounds,
    a move that came c times has c / (n + u) of what is left, and u / (n + u) goes on to moves that never came there, if any."""

    def __init__(self, table: Table, order: int, history: Told) -> None:
        super().__init__(table)
        self.history: Told = history
        self.nodes = ContextNodes(table.rows, order)
        self.counts = np.zeros((1024, self.width))

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Count the other's move in every context of the path."""
        self.counts = room_for(self.counts, self.nodes.count)
        self.counts[self.nodes.path, theirs[:, None]] += 1.0
        self.nodes.advance(told(self.history, self.width, mine, theirs))

    def belief(self) -> FloatArray:
        """The blend, down to the uniform order below the empty context."""
        self.counts = room_for(self.counts, self.nodes.count)
        blend = np.zeros(self.others_legal.shape)
        left = np.ones((len(self.rows), 1))
        open_ = self.others_legal
        for node in self.nodes.path.T[::-1]:
            counts = self.counts[node] * open_
            seen = counts > 0
            open_ = open_ & ~seen
            escapes = np.where(open_.any(axis=1, keepdims=True), seen.sum(axis=1, keepdims=True), 0)
            total = counts.sum(axis=1, keepdims=True) + escapes
            blend += left * counts / total.clip(1.0)
            left = np.where(total > 0, left * escapes / total.clip(1.0), left)
        return shared(blend + left * open_ / open_.sum(axis=1, keepdims=True).clip(1))
