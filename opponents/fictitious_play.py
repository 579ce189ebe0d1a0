"""Fictitious play with a trembling hand."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import Moves, View
from arenas.play import Player, Table
from opponents.exploiter import best_answers, matrix_game
from opponents.hedge import exponential, spread
from opponents.opponent import OPPONENTS, Opponent


@OPPONENTS.register("fictitious_play")
@dataclass(frozen=True)
class FictitiousPlay(Opponent):
    """Plays the logit answer to how often the other has played each action: smooth fictitious play (Fudenberg & Levine 1995).

    In round t an action weighs exp(points it would have won so far / (D `noise` sqrt(t))), D the largest difference of payoffs:
    the hand trembles less and less, and over T rounds with K actions the regret against anybody is at most
    D (`noise` ln K + 1 / (4 `noise`)) sqrt(T) points (follow the regularised leader: Orabona 2019, chapter 7). `noise` 0 is the
    plain fictitious play of Brown 1951, equally good answers equally likely, whose regret has no such bound.
    """

    noise: float = 0.5

    def __post_init__(self) -> None:
        within("noise", self.noise, 0.0, 1e6)

    def player(self, table: Table) -> Player:
        """A player that counts what the other plays."""
        return SmoothAnswer(table, self.noise)


class SmoothAnswer:
    """Keeps, for every action, the points it would have won, which is t times its worth against the other's frequencies."""

    foresees = False

    def __init__(self, table: Table, noise: float) -> None:
        self.game = matrix_game(table)
        self.noise = noise
        self.scale = spread(self.game.matrix)
        self.points = np.zeros((table.rows, self.game.width))  # [B,A]
        self.seen = 0

    def act(self, view: View) -> Moves:
        """The logit answer; uniform in the first round."""
        for theirs in view.theirs[:, self.seen :].T:
            self.points += self.game.payoff[view.seat, :, theirs]
        self.seen = view.rounds_seen
        if self.noise == 0.0:
            return Moves(best_answers(self.points, view.legal, self.scale))
        return Moves(exponential(self.points / (self.scale * self.noise * np.sqrt(self.seen + 1)), view.legal))
