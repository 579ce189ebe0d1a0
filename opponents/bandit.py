"""A gambler among predictors."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import IntArray, Moves, View
from arenas.play import Player, Table
from opponents.exploiter import matrix_game
from opponents.hedge import spread
from opponents.opponent import OPPONENTS, Opponent
from opponents.pool import Pool
from opponents.reasoning import Reasoner
from opponents.shark import LEARNERS


@OPPONENTS.register("bandit")
@dataclass(frozen=True)
class Bandit(Opponent):
    """Each round trusts one predictor and learns only from what that one won: discounted UCB (Garivier & Moulines 2011).

    A round counts `discount` times as much as the one after it. The predictor played is the one with the highest mean win plus
    2 sqrt(explore ln n / n of its own), wins from 0 to 1 and n the discounted rounds. A bandit over whole players won Kaggle's
    Rock, Paper, Scissors in 2021, by Thompson sampling; this one is not random, so that only its answers are to be rolled.
    """

    discount: float = 0.98
    explore: float = 0.05

    def __post_init__(self) -> None:
        within("discount", self.discount, 0.0, 1.0)
        within("explore", self.explore, 0.0, 1e6)

    def player(self, table: Table) -> Player:
        """A gambler over all predictors."""
        return DiscountedBounds(table, self.discount, self.explore)


class DiscountedBounds:
    """Keeps, for each of N predictors, the discounted rounds in which it was trusted and what they won."""

    foresees = False

    def __init__(self, table: Table, discount: float, explore: float) -> None:
        game = matrix_game(table)
        self.pool, self.reasoner = Pool(table, LEARNERS), Reasoner(table)
        self.discount, self.explore = discount, explore
        self.scale = spread(game.matrix)
        self.lowest = np.array([float(game.matrix.min()), -float(game.matrix.max())])[table.seats]
        self.rows = np.arange(table.rows)
        self.trusted = np.zeros((table.rows, len(LEARNERS)))
        self.won = np.zeros((table.rows, len(LEARNERS)))
        self.heard = 0
        self._choose()

    def act(self, view: View) -> Moves:
        """The best answer to what the predictor of the highest bound believes."""
        for t in range(self.heard, view.rounds_seen):
            self._learn(view.mine[:, t], view.theirs[:, t])
        self.heard = view.rounds_seen
        return Moves(self.move)

    def _learn(self, mine: IntArray, theirs: IntArray) -> None:
        pay = self.reasoner.pay(self.move[:, None], theirs)[:, 0]
        self.trusted *= self.discount
        self.won *= self.discount
        self.trusted[self.rows, self.arm] += 1.0
        self.won[self.rows, self.arm] += (pay - self.lowest) / self.scale
        self.pool.hear(mine, theirs)
        self._choose()

    def _choose(self) -> None:
        tried = self.trusted.clip(1e-12)
        rounds = self.trusted.sum(axis=1, keepdims=True).clip(1.0)
        bounds = np.where(self.trusted > 0, self.won / tried + 2.0 * np.sqrt(self.explore * np.log(rounds) / tried), np.inf)
        self.arm: IntArray = bounds.argmax(axis=1)
        beliefs = self.pool.beliefs()[self.rows, self.arm]
        self.move = self.reasoner.best(0, beliefs[:, None])[:, 0]
