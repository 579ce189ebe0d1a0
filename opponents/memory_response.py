"""A patient exploiter: what follows the last rounds, and where the own move leads."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.errors import UserError
from arenas.history import FloatArray, IntArray, Moves, View
from arenas.play import Player, Table
from opponents.exploiter import best_answers, matrix_game
from opponents.memory_process import worth_of_actions
from opponents.opponent import OPPONENTS, Opponent, shared

MOST_SUMS = 1_000_000
"""The largest number of terms in one sweep over the states."""
CELLS_AT_ONCE = 2_000_000
"""Counts that are held at once: more rows are solved in parts."""


@OPPONENTS.register("memory_response")
@dataclass(frozen=True)
class MemoryResponse(Opponent):
    """Best response to the other as one who remembers the last `memory` rounds, estimated and solved anew every round.

    A Markov decision process (Bellman 1957) looked `ahead` so many rounds, or to the end of the match: it gives up a point now
    for more later. What followed the last moves is counted. A context starts as `prior` observations of the one a move
    shorter, the shortest as an even distribution.
    """

    memory: int = 2
    ahead: int = 10
    prior: float = 1.0

    def __post_init__(self) -> None:
        within("memory", self.memory, 1, 5)
        within("ahead", self.ahead, 1, 1000)
        within("prior", self.prior, 1e-6, 1e6)

    def player(self, table: Table) -> Player:
        """The player; `UserError` where `memory` rounds of this game have too many states."""
        sums = table.game.width ** (2 * self.memory + 2)
        if sums > MOST_SUMS:
            raise UserError(
                f"opponent 'memory_response': memory {self.memory} with {table.game.width} actions needs {sums:,} sums a "
                f"sweep, at most {MOST_SUMS:,} are allowed: choose a smaller memory"
            )
        return PatientPlayer(table, self)


class PatientPlayer:
    """Solves each row's own process. A pure function of the view: every array is padded to A actions in both seats."""

    foresees = False

    def __init__(self, table: Table, parameters: MemoryResponse) -> None:
        self._game, self._parameters = matrix_game(table), parameters
        self._even = shared(self._game.legal_by_seat[1 - table.seats])  # [B,A]
        self._states = self._game.width ** (2 * parameters.memory)

    def act(self, view: View) -> Moves:
        """The first move of the best plan against what has been counted; equally good ones are equally likely."""
        part = max(CELLS_AT_ONCE // (self._states * self._game.width), 1)
        answers = [self._answers(view, slice(start, start + part)) for start in range(0, len(view.seat), part)]
        return Moves(np.concatenate(answers))

    def _answers(self, view: View, rows: slice) -> FloatArray:
        """Answers of some of the rows."""
        mine, theirs = view.mine[rows], view.theirs[rows]
        policy = self._policy(mine, theirs, self._even[rows])
        payoff, legal = self._game.payoff[view.seat[rows]], view.legal[rows]
        left = min(self._parameters.ahead, self._game.rounds - view.rounds_seen)
        later = np.zeros(policy.shape[:2])
        for _ in range(left - 1):
            worth = worth_of_actions(payoff, policy, later)
            later = np.where(legal[:, None], worth, -np.inf).max(axis=2)
        state = self._state(mine * self._game.width + theirs)
        worth = worth_of_actions(payoff, policy, later)[np.arange(len(state)), state]
        return best_answers(worth, legal, left * float(np.abs(self._game.payoff).max()))

    def _state(self, symbols: IntArray) -> IntArray:
        """The state each row is in, [B]; before enough rounds it is as if the first actions had been played."""
        last = symbols[:, max(symbols.shape[1] - self._parameters.memory, 0) :]
        weights = self._game.width ** (2 * np.arange(last.shape[1] - 1, -1, -1))
        return np.asarray((last * weights).sum(axis=1), dtype=np.int64)

    def _policy(self, mine: IntArray, theirs: IntArray, even: FloatArray) -> FloatArray:
        """The other's estimated distribution [B,S,A] in every state, from mine and theirs [B,t].

        A context grows a move at a time, into the past, the other's move of a round before one's own, and each leans on the
        one before it.
        """
        rows, width, moves = len(mine), self._game.width, mine.shape[1]
        policy, contexts = even[:, None], np.zeros_like(mine)
        for level in range(2 * self._parameters.memory + 1):
            states, lag = width**level, (level + 1) // 2
            if level:
                earlier = theirs if level % 2 else mine
                # the context before each round; rounds that have no such past are not counted
                contexts[:, lag:] += earlier[:, : max(moves - lag, 0)] * width ** (level - 1)
            flat = (np.arange(rows)[:, None] * states + contexts[:, lag:]) * width + theirs[:, lag:]
            counts = np.bincount(flat.ravel(), minlength=rows * states * width).reshape(rows, states, width)
            leaned_on = np.tile(policy, (1, states // policy.shape[1], 1))  # the newest digit to count is the oldest move
            policy = shared(counts + self._parameters.prior * leaned_on)
        return policy
