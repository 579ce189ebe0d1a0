"""Exponential weights."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import BoolArray, FloatArray, Moves, View
from arenas.play import Player, Table
from opponents.exploiter import matrix_game
from opponents.opponent import OPPONENTS, Opponent, shared


@OPPONENTS.register("hedge")
@dataclass(frozen=True)
class Hedge(Opponent):
    """Plays each action with a weight that grows exponentially with what it would have won so far (Freund & Schapire 1997).

    `rate` 0 takes the rate of theory for T rounds, K actions and payoffs that differ by at most D, sqrt(8 ln K / T) / D, with
    which its regret against anybody is at most D sqrt(T ln K / 2) points (Cesa-Bianchi & Lugosi 2006, theorem 2.2).
    """

    rate: float = 0.0

    def __post_init__(self) -> None:
        within("rate", self.rate, 0.0, 1e6)

    def player(self, table: Table) -> Player:
        """A player that adds up what every action would have won."""
        return ExponentialWeights(table, self.rate)


class ExponentialWeights:
    """Keeps, for every action, the points it would have won."""

    foresees = False

    def __init__(self, table: Table, rate: float) -> None:
        self.game = matrix_game(table)
        self.legal = table.game.legal_by_seat[table.seats]
        kinds = np.log(self.legal.sum(axis=1, keepdims=True))
        self.rates = np.sqrt(8.0 * kinds / table.game.rounds) / spread(self.game.matrix) if rate == 0.0 else rate
        self.points = np.zeros(self.legal.shape)  # [B,A]
        self.seen = 0

    def act(self, view: View) -> Moves:
        """The weights as a distribution."""
        for theirs in view.theirs[:, self.seen :].T:
            self.points += self.game.payoff[view.seat, :, theirs]
        self.seen = view.rounds_seen
        return Moves(exponential(self.rates * self.points, self.legal))


def exponential(exponents: FloatArray, legal: BoolArray) -> FloatArray:
    """Distributions [B,A] in proportion to exp(exponents [B,A]) over the legal actions."""
    allowed = np.where(legal, exponents, -np.inf)
    return shared(np.exp(allowed - allowed.max(axis=1, keepdims=True)))


def spread(matrix: FloatArray) -> float:
    """D: the difference of the largest and the smallest payoff; 1 where all are the same."""
    return float(np.ptp(matrix)) or 1.0
