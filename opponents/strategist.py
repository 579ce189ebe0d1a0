"""Which of many answers to trust: scores over several horizons, a choice among them, and a limit to what may be lost."""

from collections.abc import Sequence

import numpy as np

from arenas.history import FloatArray, IntArray, Moves, View
from arenas.play import Table
from opponents.exploiter import matrix_game
from opponents.learner import Learner
from opponents.opponent import shared
from opponents.pool import Pool, seats_swapped
from opponents.reasoning import Reasoner, equilibrium

EQUALLY_GOOD = 1e-9
"""Votes and scores that differ by less are equal."""


class Strategist:
    """Scores every answer that its predictors and levels of reasoning give by what it would have been paid, had it been played.

    Each horizon h keeps its own scores, in which a round counts 1 - 1/h times as much as the one after it, and makes its own
    choice: the best answer, or with `temperature` above 0 the action for which most answers vote, each with the weight
    exp(score / temperature). The choices, and beside them the equilibrium, are scored in the same way over `patience` rounds,
    and the best of them is played. Points are counted from the game's value, in units of the most that a round can lose of it.
    Once `budget` of them are lost, expected over its own dice, it plays the equilibrium for the rest of the match.
    """

    foresees = False

    def __init__(
        self,
        table: Table,
        learners: Sequence[Learner],
        horizons: Sequence[float],
        patience: float,
        temperature: float = 0.0,
        budget: float = np.inf,
    ) -> None:
        game = matrix_game(table)
        self.reasoner = Reasoner(table)
        self.of_the_other, self.of_oneself = Pool(table, learners), Pool(seats_swapped(table), learners)
        self.rows = np.arange(table.rows)
        self.values = np.array([game.value(seat) for seat in (0, 1)])[table.seats][:, None]  # [B,1]
        worst = np.array([float(game.matrix.min()), -float(game.matrix.max())])[table.seats][:, None]
        self.unit = np.where(self.values > worst, self.values - worst, 1.0)  # [B,1]
        self.safe = equilibrium(game, table.seats)  # [B,A]
        self.keep = 1.0 - 1.0 / np.array(horizons)  # [H]
        self.patient, self.temperature, self.budget = 1.0 - 1.0 / patience, temperature, budget
        self.heard = 0
        self.won = np.zeros((table.rows, 1))
        self.choice_scores = np.zeros((table.rows, len(horizons) + 1))
        self._think()
        self.scores = np.zeros((table.rows, len(horizons), self.answers.shape[1]))
        self._choose()

    def act(self, view: View) -> Moves:
        """The choice of the horizon that has chosen best of late."""
        for t in range(self.heard, view.rounds_seen):
            self._learn(view.mine[:, t], view.theirs[:, t])
        self.heard = view.rounds_seen
        return Moves(self.move)

    def _learn(self, mine: IntArray, theirs: IntArray) -> None:
        """Score what was thought of one round by the moves [B] made in it, then think about the next."""
        self.scores *= self.keep[:, None]
        self.scores += self._points(self.answers, theirs)[:, None]
        self.choice_scores = self.choice_scores * self.patient + self._points(self.choices, theirs)
        self.won += self._points(self.move[:, None], theirs)
        self.of_the_other.hear(mine, theirs)
        self.of_oneself.hear(theirs, mine)
        self._think()
        self._choose()

    def _points(self, answers: FloatArray, theirs: IntArray) -> FloatArray:
        """What answers [B,N,A] win beyond the game's value [B,N]."""
        return np.asarray((self.reasoner.pay(answers, theirs) - self.values) / self.unit)

    def _think(self) -> None:
        self.answers = self.reasoner.levels(self.of_the_other.beliefs(), self.of_oneself.beliefs())  # [B,N,A]

    def _choose(self) -> None:
        best = self.scores.max(axis=2, keepdims=True)
        if self.temperature > 0.0:
            weights = np.exp((self.scores - best) / self.temperature)
        else:
            weights = (self.scores >= best - EQUALLY_GOOD).astype(np.float64)
        votes = np.einsum("bhn,bna->bha", weights, self.answers)
        # votes are compared as shares: a horizon's weights have no natural size
        votes /= votes.sum(axis=2, keepdims=True)
        elected = shared(votes >= votes.max(axis=2, keepdims=True) - EQUALLY_GOOD)
        self.choices = np.concatenate([self.safe[:, None], elected], axis=1)  # [B,H+1,A]
        chosen = self.choices[self.rows, self.choice_scores.argmax(axis=1)]
        self.move = np.where(self.won < -self.budget, self.safe, chosen)
