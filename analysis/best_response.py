"""The exact worst case: the best response to a player known at every history of a repeated matrix game."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import FloatArray, IntArray
from arenas.matrix_game import MatrixGame

TIE = 1e-12
"""Answers whose values differ by less than this part of the largest payoff are equally good: the first is taken."""


@dataclass(frozen=True)
class BestResponse:
    """The best that N rounds against a known policy can bring, and a plan that brings it.

    `value` is in points over all N rounds. `plan[t]` is an action for every history of t rounds, in the order of the policy.
    """

    value: float
    plan: tuple[IntArray, ...]  # N arrays [(m n)^t]

    @property
    def rounds(self) -> int:
        """N."""
        return len(self.plan)


def best_response(payoff: FloatArray, policy: Sequence[FloatArray]) -> BestResponse:
    """Backward induction over the full history (Kuhn 1953; full recall on both sides).

    payoff [m,n] is what the responder gets for its action and the other's; policy[t] [(m n)^t, n] is the other's distribution
    after each history of t rounds. A history is a number in base m n with a digit for each round, the oldest first, and a round
    of the responder's action a and the other's b is the digit a n + b.
    """
    m, n = payoff.shape
    check_policy(policy, m, n)
    tie = TIE * float(np.abs(payoff).max(initial=1.0)) * len(policy)
    later: FloatArray | None = None
    plan: list[IntArray] = []
    for probs in reversed(policy):
        worth = probs @ payoff.T  # [H,m]
        if later is not None:
            worth += np.einsum("hn,hmn->hm", probs, later.reshape(-1, m, n))
        later = worth.max(axis=1)
        plan.append(np.argmax(worth >= later[:, None] - tie, axis=1))
    assert later is not None
    return BestResponse(float(later[0]), tuple(reversed(plan)))


def check_policy(policy: Sequence[FloatArray], m: int, n: int) -> None:
    """Raise ValueError unless policy[t] holds a distribution over n actions for each of (m n)^t histories."""
    if not policy:
        raise ValueError("a policy needs at least one round")
    for t, probs in enumerate(policy):
        if probs.shape != ((m * n) ** t, n):
            raise ValueError(f"after {t} rounds the policy has shape {probs.shape}, not {((m * n) ** t, n)}")
        if not (probs >= 0).all() or not np.allclose(probs.sum(axis=1), 1.0, atol=1e-9):
            raise ValueError(f"after {t} rounds the policy is no distribution")


@dataclass(frozen=True)
class WorstCase:
    """What a player in `seat` can lose in N rounds to an opponent who knows it through and through."""

    seat: int
    rounds: int
    exploitability: float
    """Points a round beyond the game's value, which nobody can go below 0 in."""
    plan: str
    elsewhere: float = 0.0
    """The probability on no answer in the round in which there is most of it, on the path of the best response."""


def worst_case(
    game: MatrixGame, seat: int, policy: Sequence[FloatArray], lost: Sequence[FloatArray] | None = None
) -> WorstCase:
    """The exact exploitability in N rounds of the player in `seat`: policy[t] as in `best_response`.

    lost[t] [(m n)^t] is the player's probability on no answer after each history; not given, it is 0.
    """
    responder = 1 - seat
    payoff = stage_payoff(game, responder)
    best = best_response(payoff, policy)
    gain = best.value / best.rounds - game.value(responder)
    most = max(on_the_path(payoff.shape[0], policy, best.plan, lost)) if lost is not None else 0.0
    return WorstCase(seat, best.rounds, max(gain, 0.0), plan_in_words(game, seat, policy, best), most)


def on_the_path(
    m: int, policy: Sequence[FloatArray], plan: Sequence[IntArray], numbers: Sequence[FloatArray]
) -> Iterator[float]:
    """The mean of numbers[t] [(m n)^t] in each round, over the histories that a plan of m actions comes to."""
    reached = np.ones(1)  # the probability of each history
    for probs, actions, values in zip(policy, plan, numbers, strict=True):
        yield float(reached @ values)
        following = np.zeros((len(reached), m, probs.shape[1]))
        following[np.arange(len(reached)), actions] = reached[:, None] * probs
        reached = following.reshape(-1)


def stage_payoff(game: MatrixGame, seat: int) -> FloatArray:
    """Points of `seat` in one round, [its actions, the other's actions]."""
    mine, theirs = (len(game.actions[s]) for s in (seat, 1 - seat))
    return game.payoff[seat, :mine, :theirs]


def plan_in_words(game: MatrixGame, seat: int, policy: Sequence[FloatArray], best: BestResponse, rounds: int = 3) -> str:
    """The first moves of a best response, along the likeliest answers of the player in `seat`.

    For example `paper (rock 62 %), then scissors (paper 48 %)`: each answer with the move it expects.
    """
    within("rounds", rounds, 1, 1000)
    words, theirs = game.actions[1 - seat], game.actions[seat]
    steps, history = [], 0
    for t in range(min(rounds, best.rounds)):
        action, probs = int(best.plan[t][history]), policy[t][history]
        likeliest = int(probs.argmax())
        steps.append(f"{words[action]} ({theirs[likeliest]} {100 * probs[likeliest]:.0f} %)")
        history = (history * len(words) + action) * len(theirs) + likeliest
    return ", then ".join(steps)


def value_of_plan(payoff: FloatArray, policy: Sequence[FloatArray], plan: Sequence[IntArray]) -> float:
    """Points over all rounds that a plan brings, followed forward from the empty history: the check of a best response."""
    m, n = payoff.shape
    reached = np.ones(1)  # the probability of each history
    points = 0.0
    for probs, actions in zip(policy, plan, strict=True):
        joint = reached[:, None] * probs  # [H,n]
        points += float((joint * payoff[actions]).sum())
        following = np.zeros((len(reached), m, n))
        following[np.arange(len(reached)), actions] = joint
        reached = following.reshape(-1)
    return points
