"""Context tree weighting."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import one_of, within
from arenas.history import FloatArray, IntArray
from arenas.play import Table
from opponents.context_nodes import ContextNodes, room_for
from opponents.learner import HISTORIES, Learner, Told
from opponents.opponent import OPPONENTS
from opponents.predictor import Listener


@OPPONENTS.register("ctw")
@dataclass(frozen=True)
class ContextTree(Learner):
    """Best answer to the belief of context tree weighting, the Bayesian mixture over all memories of up to `depth` moves.

    Willems, Shtarkov & Tjalkens 1995, with the estimator of Krichevsky & Trofimov 1981 over any number of actions. The memory
    is of the other's moves, of its own, or of both: then each round is two moves, the other's nearer than its own.
    """

    depth: int = 6
    history: Told = "joint"

    def __post_init__(self) -> None:
        within("depth", self.depth, 0, 48)
        one_of("history", self.history, HISTORIES)

    def predictor(self, table: Table) -> Listener:
        """The mixture."""
        return ContextTreeWeighting(table, self.depth, self.history)


class ContextTreeWeighting(Listener):
    """The mixture, by the ratios of Tjalkens, Willems & Shtarkov 1994: one number and K counts a node.

    A node's ratio is the probability its own estimator gave to what it saw, over that which its children gave.
    """

    def __init__(self, table: Table, depth: int, history: Told) -> None:
        super().__init__(table)
        self.history: Told = history
        self.depth = depth
        self.nodes = ContextNodes(table.rows, depth)
        self.prior = 0.5 * self.others_legal  # [B,A]
        self.counts = np.zeros((1024, self.width))
        self.log_ratio = np.zeros(1024)
        self._weigh()

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Update every node on the path by the other's move, then go to the path of the round that is next."""
        path = self.nodes.path
        estimated = self._estimates[self.rows, :, theirs]  # [B,depth+1]
        below = self._mixtures[self.rows, 1:, theirs]  # [B,depth]
        self.log_ratio[path[:, :-1]] += np.log(estimated[:, :-1]) - np.log(below)
        self.counts[path, theirs[:, None]] += 1.0
        self.nodes.advance(*(side for side, name in ((mine, "own"), (theirs, "other")) if self.history in (name, "joint")))
        self._weigh()

    def belief(self) -> FloatArray:
        """The mixture at the root."""
        return np.asarray(self._mixtures[:, 0])

    def _weigh(self) -> None:
        """Each node's own estimate and the mixture of it with what is below, both [B,depth+1,A]."""
        self.counts = room_for(self.counts, self.nodes.count)
        self.log_ratio = room_for(self.log_ratio, self.nodes.count)
        path = self.nodes.path
        counts = self.counts[path] + self.prior[:, None]
        self._estimates = counts / counts.sum(axis=2, keepdims=True)
        self._mixtures = self._estimates.copy()
        share = 1.0 / (1.0 + np.exp(-np.clip(self.log_ratio[path], -700.0, 700.0)))  # [B,depth+1]
        for d in reversed(range(self.depth)):
            own = share[:, d, None]
            self._mixtures[:, d] = own * self._estimates[:, d] + (1.0 - own) * self._mixtures[:, d + 1]
