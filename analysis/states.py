"""What players did after what the last rounds were: sums of their distributions, from which all contexts follow."""

import itertools
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from analysis.answered import SILENT, elsewhere, silent
from analysis.chairs import GROUPS, Chair, Sitting, group_of, sittings
from analysis.grouped import ratios
from analysis.interval import Estimate
from analysis.score import entropy
from arenas.fixture import Fixture
from arenas.forfeits import equally_answered
from arenas.game import Game
from arenas.history import BoolArray, FloatArray, History, IntArray
from arenas.matrix_game import MatrixGame

SURE = 0.9
"""A move above this is almost fully predictable (Brockbank & Vul 2024)."""
MOST_CELLS = 4_000_000
"""Numbers kept for a chair; in games of many actions the memory is shorter instead."""


@dataclass
class StateSums:
    """Sums over the rounds of one chair, by its group of matches and the state the round began in.

    A state is the last `depth` rounds, or all of them while there are fewer: first the one state of no rounds, then those of
    one round, and so on. Within a length a state is a number in base m n with a digit for each round, the oldest first; a
    round of the other's action a (of m) and the own action b (of n) is the digit a n + b, as in `opponents.memory_process`.
    """

    m: int
    n: int
    depth: int
    groups: int = GROUPS
    probs: FloatArray = field(init=False)  # [n,G,F] the last states first: sums of the distributions played
    counts: FloatArray = field(init=False)  # [G,F] rounds
    bits: FloatArray = field(init=False)  # [G,F] sums of the entropies of the distributions; NaN if one is an estimate
    sure: FloatArray = field(init=False)  # [G,F] rounds with a move above `SURE`; NaN if a distribution is an estimate
    lost: FloatArray = field(init=False)  # [G,F] sums of the probability on no answer

    def __post_init__(self) -> None:
        shape = (self.groups, self.states)
        self.probs = np.zeros((self.n, *shape))
        self.counts, self.bits, self.sure, self.lost = (np.zeros(shape) for _ in range(4))

    @property
    def states(self) -> int:
        """F: of all lengths."""
        return int(self.starts[-1])

    @cached_property
    def starts(self) -> IntArray:
        """The first state of each length, [depth+2]; the last entry is F."""
        return np.concatenate([[0], np.cumsum((self.m * self.n) ** np.arange(self.depth + 1))])

    def add(
        self,
        groups: IntArray,
        other: IntArray,
        own: IntArray,
        probs: FloatArray,
        lost: FloatArray | None = None,
        samples: IntArray | None = None,
    ) -> None:
        """Take in matches: groups [M], moves other and own [M,T] that are all valid, the distributions played [M,T,n or more].

        lost [M,T] is the probability on no answer; samples [M,T] what distributions are estimated from, 0 if they are exact.
        """
        lost = np.zeros(own.shape) if lost is None else lost
        exact = np.ones(own.shape, np.bool_) if samples is None else samples == 0
        cells = (groups[:, None] * self.states + self.before(other, own)).ravel()
        # one number after the other, in the order of play: the sums do not depend on how the matches come
        np.add.at(self.counts.reshape(-1), cells, 1.0)
        for action in range(self.n):
            np.add.at(self.probs[action].reshape(-1), cells, probs[:, :, action].ravel())
        for sums, values in (
            (self.bits, np.where(exact, entropy(probs), np.nan)),
            (self.sure, np.where(exact, probs.max(axis=2) > SURE, np.nan)),
            (self.lost, lost),
        ):
            np.add.at(sums.reshape(-1), cells, values.ravel())

    def answered(self) -> "StateSums":
        """The same without the states in which there is no answer: nothing is concluded from them, nor from such a round."""
        return self.without(self.silent_rounds() | (shares(self.lost.sum(axis=0), self.counts.sum(axis=0)) > SILENT))

    def without(self, out: BoolArray) -> "StateSums":
        """The same without some states [F]."""
        if not out.any():
            return self
        left = StateSums(self.m, self.n, self.depth, self.groups)
        for name in ("probs", "counts", "bits", "sure", "lost"):
            setattr(left, name, np.where(out, 0.0, getattr(self, name)))
        return left

    def silent_rounds(self) -> BoolArray:
        """The states [F] of a round that is silent as a whole: the first, the second, or all from when the memory is full."""
        lost, counts, out = self.lost.sum(axis=0), self.counts.sum(axis=0), np.zeros(self.states, np.bool_)
        for start, end in itertools.pairwise(self.starts.tolist()):
            out[start:end] = silent(float(shares(lost[start:end].sum(), counts[start:end].sum())))
        return out

    def before(self, other: IntArray, own: IntArray) -> IntArray:
        """The state [M,T] before each round of moves [M,T]."""
        digits = other * self.n + own
        rounds = digits.shape[1]
        states = np.zeros_like(digits)
        for t in range(min(self.depth, rounds)):
            states[:, t] = self.starts[t] + self._number(digits[:, :t])
        if rounds > self.depth:
            tail = np.zeros((len(digits), rounds - self.depth), dtype=np.int64)
            for back in range(self.depth, 0, -1):
                tail = tail * (self.m * self.n) + digits[:, self.depth - back : rounds - back]
            states[:, self.depth :] = self.starts[self.depth] + tail
        return states

    def _number(self, digits: IntArray) -> IntArray:
        return np.asarray((digits * (self.m * self.n) ** np.arange(digits.shape[1] - 1, -1, -1)).sum(axis=1))

    def last(self, length: int, groups: IntArray | None = None) -> tuple[FloatArray, FloatArray]:
        """Counts [(m n)^length] and sums [(m n)^length, n] by the last `length` rounds, of rounds with as many before.

        Over all groups, or those given.
        """
        which = slice(None) if groups is None else groups
        size = (self.m * self.n) ** length
        counts, probs = np.zeros(size), np.zeros((size, self.n))
        for t in range(length, self.depth + 1):
            part = slice(self.starts[t], self.starts[t + 1])
            counts += self.counts[which, part].sum(axis=0).reshape(-1, size).sum(axis=0)
            probs += self.probs[:, which, part].sum(axis=1).reshape(self.n, -1, size).sum(axis=1).T
        return counts, probs


def entropy_and_sureness(sums: StateSums) -> tuple[Estimate, Estimate]:
    """The mean entropy of a chair's distributions in bits, and the share of its rounds with a move above `SURE`."""
    rounds = sums.counts.sum(axis=1)[:, None]
    means, variances, groups = ratios(np.stack([sums.bits.sum(axis=1), sums.sure.sum(axis=1)], axis=1), rounds)
    bits, sure = (
        Estimate(float(mean), float(spread), float(groups[0]) - 1.0) for mean, spread in zip(means, variances, strict=True)
    )
    return bits, sure


def shares(parts: FloatArray, wholes: FloatArray) -> FloatArray:
    """Parts by wholes; 0 where there is nothing."""
    return np.asarray(np.divide(parts, wholes, out=np.zeros_like(wholes, dtype=np.float64), where=np.asarray(wholes) > 0))


def deepest(m: int, n: int, wanted: int, groups: int = GROUPS) -> int:
    """The longest memory, at most `wanted`, whose sums are not too many to be kept."""
    cells = [groups * n * sum((m * n) ** t for t in range(depth + 1)) for depth in range(wanted + 1)]
    return max(depth for depth, size in enumerate(cells) if depth == 0 or size <= MOST_CELLS)


class StateGatherer:
    """Sums for every chair of these agents in the games that have a payoff matrix."""

    def __init__(self, agents: Collection[str], memory: int = 2, groups: int = GROUPS) -> None:
        self._agents, self._memory, self._groups = agents, memory, groups
        self.chairs: dict[Chair, StateSums] = {}
        self.games: dict[str, MatrixGame] = {}

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        if not isinstance(game, MatrixGame):
            return
        for sitting in sittings(game, fixtures, self._agents):
            sums = self.chairs.get(sitting.chair)
            if sums is None:
                m, n = len(game.actions[1 - sitting.chair.seat]), len(game.actions[sitting.chair.seat])
                sums = StateSums(m, n, deepest(m, n, self._memory, self._groups), self._groups)
                self.chairs[sitting.chair], self.games[sitting.chair.arena] = sums, game
            groups = np.array([group_of(fixtures[match]) % self._groups for match in sitting.matches.tolist()])
            _take_in(sums, groups, history, sitting)


def _take_in(sums: StateSums, groups: IntArray, history: History, sitting: Sitting) -> None:
    """Add the matches of a chair to its sums."""
    chosen = history.chosen[:, :, : history.played]
    for rows, rounds in equally_answered(chosen[sitting.matches]):
        who, seats = sitting.matches[rows, None], sitting.seats[rows, None]
        mine = (who, seats, rounds)
        lost = elsewhere(history.off_menu[mine], history.unended[mine], history.forfeit[mine])
        sums.add(groups[rows], chosen[who, 1 - seats, rounds], chosen[mine], history.probs[mine], lost, history.samples[mine])
