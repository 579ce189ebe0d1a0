"""Regret matching."""

from dataclasses import dataclass

import numpy as np

from arenas.history import FloatArray, Moves, View
from arenas.play import Player, Table
from opponents.exploiter import matrix_game
from opponents.opponent import OPPONENTS, Opponent, shared


@OPPONENTS.register("regret_matching")
@dataclass(frozen=True)
class RegretMatching(Opponent):
    """Plays each action in proportion to how much more it would have paid so far, where more (Hart & Mas-Colell 2000).

    Against anybody its regret after T rounds is at most D sqrt(K T) points for K actions and payoffs that differ by at most D
    (Blackwell 1956; Cesa-Bianchi & Lugosi 2006, section 2.1).
    """

    def player(self, table: Table) -> Player:
        """A player that keeps the regrets."""
        return RegretMatcher(table)


class RegretMatcher:
    """Keeps, for every action, the points it would have won beyond what was expected of the distribution played."""

    foresees = False

    def __init__(self, table: Table) -> None:
        self.game = matrix_game(table)
        self.legal = table.game.legal_by_seat[table.seats]
        self.regrets = np.zeros(self.legal.shape)  # [B,A]
        self.seen = 0

    def act(self, view: View) -> Moves:
        """In proportion to the positive regrets; uniform where there are none."""
        for theirs in view.theirs[:, self.seen :].T:
            points = self.game.payoff[view.seat, :, theirs]
            self.regrets += points - (self._distribution() * points).sum(axis=1, keepdims=True)
        self.seen = view.rounds_seen
        return Moves(self._distribution())

    def _distribution(self) -> FloatArray:
        positive = np.where(self.legal, self.regrets, 0.0).clip(0.0)
        return shared(np.where(positive.any(axis=1, keepdims=True), positive, self.legal))
