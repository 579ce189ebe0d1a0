"""Chance, rolled before the first move from each match's own seed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from arenas.history import FORFEIT, FloatArray, IntArray, SeedArray


@dataclass(frozen=True)
class Dice:
    """All chance of M matches."""

    rolls: FloatArray  # [M,S,T] uniform in [0,1)
    seeds: SeedArray  # [M,S,T] for free text

    @classmethod
    def roll(cls, match_seeds: Sequence[int], seats: int, rounds: int) -> "Dice":
        """Dice of each match from its own seed, so that a match does not depend on its wave or its length."""
        generators = [np.random.Generator(np.random.PCG64(seed)) for seed in match_seeds]
        numbers = [g.integers(0, 2**63, size=(rounds, seats, 2), dtype=np.uint64) for g in generators]
        drawn = np.stack(numbers).transpose(0, 2, 1, 3)
        rolls = (drawn[..., 0] >> np.uint64(10)).astype(np.float64) / 2.0**53
        return cls(rolls=rolls, seeds=np.ascontiguousarray(drawn[..., 1]))


def match_seed(run_seed: int, fixture_id: str) -> int:
    """A match's seed in [0, 2**128): it follows from the run's seed and the fixture's id alone."""
    return int.from_bytes(hashlib.sha256(f"{run_seed}/{fixture_id}".encode()).digest()[:16], "big")


def choose(probs: FloatArray, rolls: FloatArray) -> IntArray:
    """Inverse-CDF sampling: probs [...,A] and uniform rolls [...] to actions [...]; never one of probability 0."""
    cumulative = np.cumsum(probs, axis=-1)
    # a roll is at most 1 - 2**-53, and that times any float rounds to less than it: the total is always above
    scaled = rolls[..., None] * cumulative[..., -1:]
    chosen: IntArray = np.argmax(cumulative > scaled, axis=-1).astype(np.int64)
    return chosen


def choose_or_forfeit(probs: FloatArray, forfeit: FloatArray, rolls: FloatArray) -> IntArray:
    """The same where no valid answer is given with probability `forfeit` [...]: `FORFEIT` there. One roll decides both.

    Where that probability is 0, the choice is to the bit that of `choose`.
    """
    if not forfeit.any():
        return choose(probs, rolls)
    answered = 1.0 - forfeit
    failed = rolls >= answered
    # a roll below `answered` is at most the float before it, so that the quotient is below 1
    chosen = choose(probs, np.where(failed, 0.0, rolls / np.where(failed, 1.0, answered)))
    return np.where(failed, FORFEIT, chosen)
