"""What follows when both sides reason about each other's reasoning."""

import numpy as np

from arenas.history import FloatArray, IntArray
from arenas.matrix_game import MatrixGame
from arenas.play import Table
from opponents.exploiter import TIE, matrix_game
from opponents.opponent import shared

DEPTH = 3
"""How many steps of reasoning a belief is followed: in rock-paper-scissors the fourth is the first again."""


class Reasoner:
    """Best answers in B matches, for either side of the table."""

    def __init__(self, table: Table) -> None:
        game = matrix_game(table)
        self.legal = (game.legal_by_seat[table.seats], game.legal_by_seat[1 - table.seats])  # each [B,A]
        self.seats = (table.seats, 1 - table.seats)
        self.payoff = game.payoff
        self.tie = TIE * float(np.abs(game.payoff).max())

    def levels(self, others: FloatArray, own: FloatArray) -> FloatArray:
        """The answers [B,2*DEPTH*N,A] to N beliefs about the other [B,N,A] and N about what the other expects of oneself.

        To each belief about the other: the best answer; the answer to a player who foresees that one and answers it; and so on.
        To each belief about oneself the same, starting with the answer to whoever answers it. In rock-paper-scissors these are
        the six rotations of `Iocaine Powder` (Egnor 2000); in other games the levels of Stahl & Wilson 1994.
        """
        answers: list[FloatArray] = []
        for belief in (others, self.best(1, own)):
            for level in range(DEPTH):
                answers.append(self.best(0, belief if level == 0 else self.best(1, answers[-1])))
        return np.concatenate(answers, axis=1)

    def best(self, side: int, belief: FloatArray) -> FloatArray:
        """Best answers [B,N,A] of one side (0 oneself, 1 the other) to beliefs [B,N,A] about its opponent; ties are shared."""
        worth = np.where(self.legal[side][:, None], self._worth(self.seats[side], belief), -np.inf)
        return shared(worth >= worth.max(axis=2, keepdims=True) - self.tie)

    def _worth(self, seats: IntArray, belief: FloatArray) -> FloatArray:
        worth = np.empty(belief.shape)
        for seat in (0, 1):
            here = np.flatnonzero(seats == seat)
            if len(here):
                worth[here] = np.einsum("ij,bnj->bni", self.payoff[seat], belief[here])
        return worth

    def pay(self, answers: FloatArray, theirs: IntArray) -> FloatArray:
        """What answers [B,N,A] would have been paid [B,N] against the other's moves [B]."""
        return np.asarray((answers * self.payoff[self.seats[0], :, theirs][:, None]).sum(axis=2))


def equilibrium(game: MatrixGame, seats: IntArray) -> FloatArray:
    """An optimal mixed strategy [B,A] for each of seats [B]."""
    strategies = np.zeros((2, game.width))
    for seat, strategy in enumerate(game.equilibrium[1:]):
        strategies[seat, : len(strategy)] = strategy
    return np.asarray(strategies[seats])
