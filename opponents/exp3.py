"""Exponential weights for somebody who learns only what its own move paid."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import FloatArray, Moves, View
from arenas.play import Player, Table
from opponents.exploiter import matrix_game
from opponents.hedge import exponential, spread
from opponents.opponent import OPPONENTS, Opponent, shared


@OPPONENTS.register("exp3")
@dataclass(frozen=True)
class Exp3(Opponent):
    """Plays by exponential weights of estimated winnings, mixed with uniform play (Auer, Cesa-Bianchi, Freund & Schapire 2002).

    It never looks at the other's moves, only at its own pay. `explore` is the share of uniform play; 0 takes that of theory for
    T rounds and K actions, min(1, sqrt(K ln K / ((e - 1) T))), with which its expected regret against a player that does not
    react is at most 2.63 D sqrt(T K ln K) points, D the largest difference of payoffs (corollary 3.2 there).
    """

    explore: float = 0.0

    def __post_init__(self) -> None:
        within("explore", self.explore, 0.0, 1.0)

    def player(self, table: Table) -> Player:
        """A player that estimates what every action would have won."""
        return ImportanceWeights(table, self.explore)


class ImportanceWeights:
    """Keeps, for every action, an unbiased estimate of the points, from 0 to 1, that it would have won."""

    foresees = False

    def __init__(self, table: Table, explore: float) -> None:
        game = matrix_game(table)
        self.scale = spread(game.matrix)
        self.lowest = np.array([game.matrix.min(), -game.matrix.max()])  # by seat
        self.legal = table.game.legal_by_seat[table.seats]
        self.actions = self.legal.sum(axis=1, keepdims=True)
        theory = np.sqrt(self.actions * np.log(self.actions) / ((np.e - 1.0) * table.game.rounds)).clip(0.0, 1.0)
        self.explore = theory if explore == 0.0 else np.full(self.actions.shape, explore)  # [B,1]
        self.rows = np.arange(table.rows)
        self.estimates = np.zeros(self.legal.shape)  # [B,A]
        self.seen = 0

    def act(self, view: View) -> Moves:
        """The weights of the estimates, mixed with uniform play."""
        for mine, pay in zip(view.mine[:, self.seen :].T, view.pay[:, self.seen :].T, strict=True):
            points = (pay - self.lowest[view.seat]) / self.scale
            self.estimates[self.rows, mine] += points / self._distribution()[self.rows, mine]
        self.seen = view.rounds_seen
        return Moves(self._distribution())

    def _distribution(self) -> FloatArray:
        weights = exponential(self.explore / self.actions * self.estimates, self.legal)
        return np.asarray((1.0 - self.explore) * weights + self.explore * shared(self.legal))
