"""Repeated two-player zero-sum games given by a payoff matrix."""

from abc import abstractmethod
from functools import cached_property

import numpy as np

from arenas.equilibrium import equilibrium
from arenas.game import Game
from arenas.history import FORFEIT, FloatArray, History, IntArray


class MatrixGame(Game):
    """A repeated zero-sum matrix game: both seats move at once and see both moves afterwards.

    Who gives no valid answer gets the least of its seat's payoffs, and the other the negative; of two that do, each gets both.
    """

    @property
    @abstractmethod
    def matrix(self) -> FloatArray:
        """Points of seat 0, [actions of seat 0, actions of seat 1]; seat 1 gets the negative."""

    @cached_property
    def payoff(self) -> FloatArray:
        """payoff[seat, mine, theirs], [2,A,A], zero where a seat has no such action."""
        table = np.zeros((2, self.width, self.width))
        rows, columns = self.matrix.shape
        table[0, :rows, :columns] = self.matrix + 0.0
        table[1, :columns, :rows] = 0.0 - self.matrix.T
        return table

    def worth(self, seat: IntArray, belief: FloatArray) -> FloatArray:
        """Expected points [B,A] of each own action when the other moves by belief [B,A]."""
        return np.asarray(np.einsum("bij,bj->bi", self.payoff[seat], belief))

    @property
    def seats_alike(self) -> bool:
        return self.actions[0] == self.actions[1] and np.array_equal(self.payoff[0], self.payoff[1])

    def pay(self, history: History, t: int) -> FloatArray:
        chosen = history.chosen[:, :, t]
        failed = chosen == FORFEIT
        if failed.any():
            first = self.payoff[0, *np.where(failed, 0, chosen).T]
            first = np.where(failed.any(axis=1), self._forfeited(failed.astype(np.float64)), first)
        else:
            first = self.payoff[0, chosen[:, 0], chosen[:, 1]]
        return np.stack([first, 0.0 - first], axis=1)

    def expected_pay(self, history: History, t: int) -> FloatArray:
        # one sum after the other: what a three-fold einsum makes of a match depends, in the last bit, on its wave
        worth = np.einsum("ij,mj->mi", self.payoff[0], history.probs[:, 1, t])
        first = (history.probs[:, 0, t] * worth).sum(axis=1)
        forfeit = history.forfeit[:, :, t]
        if forfeit.any():
            both = (1.0 - forfeit[:, 0]) * (1.0 - forfeit[:, 1])
            first = np.where(forfeit.any(axis=1), both * first + self._forfeited(forfeit), first)
        return np.stack([first, 0.0 - first], axis=1)

    def _forfeited(self, forfeit: FloatArray) -> FloatArray:
        """Points [M] of seat 0 for what is forfeited with probability forfeit [M,2]."""
        return np.asarray(forfeit[:, 0] * self.matrix.min() + forfeit[:, 1] * self.matrix.max() + 0.0)

    def exploitability(self, seat: IntArray, probs: FloatArray) -> FloatArray:
        worth = np.where(self.legal_by_seat[1 - seat], self.worth(1 - seat, probs), -np.inf)
        values = np.array([self.value(0), self.value(1)])
        return np.asarray(np.maximum(worth.max(axis=1) - values[1 - seat], 0.0))

    def nash_conv(self, first: FloatArray, second: FloatArray) -> float:
        """What both seats together would gain from best answers to first [A] and second [A]; 0 just at an equilibrium.

        NashConv as in Lanctot et al. 2017: the sum over the seats of the best answer's pay less the pay of the strategy played.
        """
        worth = [self.worth(np.array([0]), second[None])[0], self.worth(np.array([1]), first[None])[0]]
        best = sum(float(points[legal].max()) for points, legal in zip(worth, self.legal_by_seat, strict=True))
        # what one wins the other loses: the pay of the strategies played cancels
        return max(best, 0.0)

    @cached_property
    def equilibrium(self) -> tuple[float, FloatArray, FloatArray]:
        """Value for seat 0 and an optimal mixed strategy of each seat."""
        return equilibrium(self.matrix)

    def value(self, seat: int) -> float:
        return self.equilibrium[0] if seat == 0 else 0.0 - self.equilibrium[0]
