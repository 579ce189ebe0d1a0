"""The eight adaptive bots of Brockbank & Vul 2024: plain counts in a context, and the move that beats the most frequent."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from arenas.history import IntArray, Moves, View
from arenas.play import Table
from opponents.brockbank_vul_rounds import Rounds
from opponents.opponent import shared
from opponents.rock_paper_scissors_only import MOVES
from opponents.uniform import evenly

FromRounds = Callable[[Rounds], IntArray]
"""Something [B] about the rounds so far."""


@dataclass(frozen=True)
class Context:
    """What an adaptive bot tells situations apart by, and what it counts in them.

    `situation` is below `situations` once `looks_back` rounds have been played. Counted is the other's next move as a
    transition from `origin`: 0 for the move itself.
    """

    looks_back: int
    situations: int
    situation: FromRounds
    origin: FromRounds


class ContextCounter:
    """Plays what beats the other's most frequent move in the context; equally frequent ones are equally likely."""

    foresees = False

    def __init__(self, table: Table, context: Context) -> None:
        self.context = context
        self.counts = np.zeros((table.rows, context.situations, MOVES), dtype=np.int64)
        self.rows = np.arange(table.rows)
        self.seen = 0

    def act(self, view: View) -> Moves:
        """The counter of the likeliest move; uniform where the context is new or the history too short for one."""
        for t in range(max(self.seen, self.context.looks_back), view.rounds_seen):
            self._count(Rounds(view.mine[:, :t], view.theirs[:, :t]), view.theirs[:, t])
        self.seen = view.rounds_seen
        if view.rounds_seen < self.context.looks_back:
            return Moves(evenly(view))
        past = Rounds(view.mine, view.theirs)
        counts = self.counts[self.rows, self.context.situation(past)]
        likeliest = counts == counts.max(axis=1, keepdims=True)  # by transition
        origin = self.context.origin(past)
        # own move a beats the other's move a - 1, which is the transition a - 1 - origin
        beaten = (np.arange(MOVES) - 1 - origin[:, None]) % MOVES
        return Moves(shared(np.take_along_axis(likeliest, beaten, axis=1)))

    def _count(self, past: Rounds, move: IntArray) -> None:
        """Take in the other's move [B] that followed those rounds."""
        event = (move - self.context.origin(past)) % MOVES
        self.counts[self.rows, self.context.situation(past), event] += 1


def _nothing(past: Rounds) -> IntArray:
    return np.zeros(len(past.mine), dtype=np.int64)


def _last_mine(past: Rounds) -> IntArray:
    return past.mine[:, -1]


def _last_theirs(past: Rounds) -> IntArray:
    return past.theirs[:, -1]


CONTEXTS: dict[str, Context] = {
    "opponent_prev_move": Context(1, 3, _last_theirs, _nothing),
    "bot_prev_move": Context(1, 3, _last_mine, _nothing),
    "opponent_bot_prev_move": Context(1, 9, lambda past: past.theirs[:, -1] * MOVES + past.mine[:, -1], _nothing),
    "opponent_prev_two_moves": Context(2, 9, lambda past: past.theirs[:, -2] * MOVES + past.theirs[:, -1], _nothing),
    "opponent_transitions": Context(1, 1, _nothing, _last_theirs),
    "opponent_courn_transitions": Context(1, 1, _nothing, _last_mine),
    "opponent_outcome_transitions": Context(1, 3, lambda past: past.their_outcome, _last_theirs),
    "opponent_outcome_prev_transition_dual": Context(
        2, 9, lambda past: past.their_transition * MOVES + past.their_outcome, _last_theirs
    ),
}
