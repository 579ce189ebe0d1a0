"""The worst case a player can meet."""

from dataclasses import dataclass
from functools import cache

import numpy as np

from arenas.history import FloatArray, View
from arenas.matrix_game import MatrixGame
from arenas.play import Player, Table
from opponents.exploiter import TIE, matrix_game
from opponents.opponent import OPPONENTS, Opponent, Scripted, shared


@OPPONENTS.register("oracle")
@dataclass(frozen=True)
class Oracle(Opponent):
    """Knows the other's exact distribution of this round and plays a best response to it, computed by OpenSpiel (Lanctot 2019).

    Its expected pay is the other's exploitability in the stage game. Equally good answers are equally likely.
    """

    def player(self, table: Table) -> Player:
        """A player that foresees."""
        return Scripted(Foresight(matrix_game(table)).distribution, foresees=True)


class Foresight:
    """Best responses to foreseen distributions, one OpenSpiel tree a seat, one solution for equal distributions."""

    def __init__(self, game: MatrixGame) -> None:
        self.game = game
        self.tie = TIE * float(np.abs(game.payoff).max())
        self.responder = cache(lambda seat: StageResponder(stage_payoff(game, seat)))

    def distribution(self, view: View) -> FloatArray:
        """Best responses [B,A] to view.foreseen [B,A]."""
        if view.foreseen is None:
            raise ValueError("the oracle was asked without the other's distribution")
        cases, rows = np.unique(np.column_stack([view.seat, view.foreseen]), axis=0, return_inverse=True)
        answers = np.stack([self._answer(int(case[0]), case[1:]) for case in cases])
        chosen: FloatArray = answers[rows.ravel()]
        return chosen

    def _answer(self, seat: int, foreseen: FloatArray) -> FloatArray:
        """A best response [A] of `seat` to foreseen [A]."""
        mine, theirs = (len(self.game.actions[s]) for s in (seat, 1 - seat))
        worth = self.responder(seat).worth(foreseen[:theirs])
        best = np.zeros(self.game.width)
        best[:mine] = worth >= worth.max() - self.tie
        return shared(best)


def stage_payoff(game: MatrixGame, seat: int) -> FloatArray:
    """Points of `seat` in one round, [its actions, the other's actions]."""
    return game.matrix if seat == 0 else -game.matrix.T


class StageResponder:
    """OpenSpiel's tabular best responder of the row player in the one-round game with payoff [mine, theirs]."""

    def __init__(self, payoff: FloatArray) -> None:
        import pyspiel

        self.tabular = pyspiel.TabularPolicy
        mine, theirs = payoff.shape
        names = [[str(action) for action in range(count)] for count in (mine, theirs)]
        stage = pyspiel.create_matrix_game("stage", "stage", *names, payoff, -payoff)
        # the tabular best response needs turns; the second mover's information state does not show the first move
        game = pyspiel.convert_to_turn_based(stage)
        start = game.new_initial_state()
        self.after = [start.child(action) for action in range(mine)]
        self.information_state = self.after[0].information_state_string(1)
        self.policy = self._policy(np.full(theirs, 1.0 / theirs))
        self.response = pyspiel.TabularBestResponse(game, 0, self.policy)

    def worth(self, foreseen: FloatArray) -> FloatArray:
        """Points [mine] of each answer to foreseen [theirs]."""
        # OpenSpiel keeps no reference to the policy: the old one must outlive the moment the new one is set
        policy = self._policy(foreseen)
        self.response.set_policy(policy)
        self.policy = policy
        return np.array([self.response.value_from_state(state) for state in self.after])

    def _policy(self, probs: FloatArray) -> object:
        return self.tabular({self.information_state: [(action, float(p)) for action, p in enumerate(probs)]})
