"""The seven stable bots of Brockbank & Vul 2024: one rule each, kept nine times in ten."""

from collections.abc import Callable

import numpy as np

from arenas.history import FloatArray, IntArray, View
from opponents.brockbank_vul_rounds import Rounds
from opponents.opponent import one_hot
from opponents.rock_paper_scissors_only import MOVES
from opponents.uniform import evenly

KEPT = 0.9
"""How often a stable bot plays its modal move; the other two share the rest."""
Rule = tuple[int, Callable[[Rounds], IntArray]]
"""How many rounds the rule looks back, and the modal move [B] modulo 3."""

# own transition by outcome (0 tie, 1 win, 2 loss)
WIN_NIL_LOSE_POSITIVE: IntArray = np.array([2, 0, 1])
WIN_POSITIVE_LOSE_NEGATIVE: IntArray = np.array([0, 1, 2])
# by outcome and own previous transition (0 stay, 1 to what beats it, 2 to what loses to it)
DUAL_DEPENDENCY: IntArray = np.array([[0, 1, 2], [1, 2, 0], [2, 0, 1]])

RULES: dict[str, Rule] = {
    "prev_move_positive": (1, lambda past: past.mine[:, -1] + 1),
    "prev_move_negative": (1, lambda past: past.mine[:, -1] - 1),
    "opponent_prev_move_positive": (1, lambda past: past.theirs[:, -1] + 1),
    "opponent_prev_move_nil": (1, lambda past: past.theirs[:, -1]),
    "win_nil_lose_positive": (1, lambda past: past.mine[:, -1] + WIN_NIL_LOSE_POSITIVE[past.my_outcome]),
    "win_positive_lose_negative": (1, lambda past: past.mine[:, -1] + WIN_POSITIVE_LOSE_NEGATIVE[past.my_outcome]),
    "outcome_transition_dual_dependency": (
        2,
        lambda past: past.mine[:, -1] + DUAL_DEPENDENCY[past.my_outcome, past.my_transition],
    ),
}


def stable(rule: Rule) -> Callable[[View], FloatArray]:
    """The distribution [B,A] of a bot that keeps to the rule; uniform while the history is too short for it."""
    looks_back, modal = rule

    def distribution(view: View) -> FloatArray:
        if view.rounds_seen < looks_back:
            return evenly(view)
        move = np.mod(modal(Rounds(view.mine, view.theirs)), MOVES)
        return np.where(one_hot(move, MOVES) > 0, KEPT, (1.0 - KEPT) / (MOVES - 1))

    return distribution
