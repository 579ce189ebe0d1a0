"""Playing on and on against somebody who remembers the last few rounds: a Markov decision process whose transition is a shift.

A state is the last k rounds, a number in base m n with a digit for each round, the oldest first; a round of the own action a
(of m) and the other's b (of n) is the digit a n + b. After it the oldest digit falls off and the new one is put on at the end.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenas.history import FloatArray, IntArray


@dataclass(frozen=True)
class AverageReward:
    """Bounds of the best points a round in the long run, from any state, and actions [(m n)^k] that bring at least `low`."""

    low: float
    high: float
    actions: IntArray


def worth_of_actions(payoff: FloatArray, policy: FloatArray, later: FloatArray) -> FloatArray:
    """Points [...,S,m] of each own action now and the best play after, worth `later` [...,S] by the state it leads to.

    payoff [...,m,n] is one's own; policy [...,S,n] the other's distribution in each of the S = (m n)^k states, k >= 1.
    """
    m, n = payoff.shape[-2:]
    states = policy.shape[-2]
    kept = states // (m * n)  # what the digits that stay can come to
    total = payoff[..., None, :, :] + later.reshape(*later.shape[:-1], kept, m, n)
    by_digit = policy.reshape(*policy.shape[:-2], m * n, kept, n)
    worth = np.matmul(by_digit.swapaxes(-3, -2), total.swapaxes(-1, -2)).swapaxes(-3, -2)
    return np.asarray(worth.reshape(*worth.shape[:-3], states, m))


def average_reward(payoff: FloatArray, policy: FloatArray, tolerance: float = 1e-8, most_sweeps: int = 20_000) -> AverageReward:
    """The best points a round for ever against policy [S,n], by relative value iteration with Odoni's (1969) bounds.

    Half a sweep stays in place (Puterman 1994, section 8.5.4), so that cycles converge too. Ends when the bounds are within
    `tolerance` or after `most_sweeps`: where what can be won depends on the start, they stay apart and are still bounds.
    """
    later = np.zeros(policy.shape[0])
    for _ in range(most_sweeps):
        worth = worth_of_actions(payoff, policy, later)
        best = worth.max(axis=1)
        gain = best - later
        low, high = float(gain.min()), float(gain.max())
        if high - low <= tolerance:
            break
        later = later + 0.5 * (gain - gain[0])
    return AverageReward(low, high, worth.argmax(axis=1))


def finite_horizon(payoff: FloatArray, opening: Sequence[FloatArray], policy: FloatArray, rounds: int) -> float:
    """The best points in all of `rounds` rounds against policy [S,n] once k rounds are known.

    opening[t] [(m n)^t, n] is the other's distribution after each history of t < k rounds.
    """
    m, n = payoff.shape
    memory = len(opening)
    if policy.shape[0] != (m * n) ** memory:
        raise ValueError(f"a policy of {policy.shape[0]} states needs an opening of its memory, got {memory} rounds")
    later = np.zeros(policy.shape[0])
    for _ in range(rounds - memory):
        later = worth_of_actions(payoff, policy, later).max(axis=1)
    if rounds < memory:
        later = np.zeros((m * n) ** rounds)
    for probs in reversed(opening[:rounds]):
        worth = probs @ payoff.T + np.einsum("hn,hmn->hm", probs, later.reshape(-1, m, n))
        later = worth.max(axis=1)
    return float(later[0])
