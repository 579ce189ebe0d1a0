"""The bits that a player's next move is worth to who has studied it in other matches: an entropy rate, seen from outside."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.grouped import jackknife
from analysis.interval import Estimate
from arenas.history import BoolArray, FloatArray, IntArray

DEPTH = 6
"""Moves that are looked back at, of both sides: three rounds."""
LEAST = 2
"""Matches that a half needs."""
FOLDS = 10
"""Parts without which the whole is done again, to see how sure it is: what was learned is random too; the interval is
rather too wide than too narrow (Efron & Stein 1981)."""


@dataclass(frozen=True)
class Moves:
    """Matches of any lengths, one round after the other: R rounds in all."""

    match: IntArray  # [R]
    own: IntArray  # [R]
    other: IntArray  # [R]
    probs: FloatArray  # [R,n] the distributions played
    counted: BoolArray  # [R] the rounds that are learned from and measured, of each match at least one

    @classmethod
    def of(cls, matches: Sequence[tuple[IntArray, IntArray, FloatArray]], n: int, counted: BoolArray | None = None) -> "Moves":
        """From the moves own and other [T] and distributions [T,n or more] of each match; all rounds count if not told."""
        match = np.repeat(np.arange(len(matches)), [len(own) for own, _, _ in matches])
        own, other, probs = (np.concatenate(parts) for parts in zip(*matches, strict=True))
        return cls(match, own, other, probs[:, :n], np.ones(len(match), np.bool_) if counted is None else counted)


def entropy_rate(moves: Moves, strata: Mapping[tuple[str, int], IntArray]) -> Estimate | None:
    """Bits a round by context tree weighting that has learned from other matches; None where a half has too few.

    Context tree weighting (Willems, Shtarkov & Tjalkens 1995) learns from one half of the matches and writes the moves of the
    other half without learning on, both ways; of each round the expected length, over the player's own probabilities, is
    taken. It is above the entropy rate by what half of the matches do not teach. strata: the matches against each opponent in
    each seat, in an order that chance has chosen.
    """
    matches = int(moves.match.max(initial=-1)) + 1
    first, fold = np.zeros(matches, dtype=np.bool_), np.zeros(matches, dtype=np.int64)
    dealt = 0
    for rows in strata.values():
        first[rows[::2]] = True
        fold[rows] = (dealt + np.arange(len(rows)) // 2) % FOLDS
        dealt += (len(rows) + 1) // 2
    if min(int(first.sum()), int((~first).sum())) < LEAST:
        return None
    places, sizes = contexts(moves), np.bincount(fold, minlength=FOLDS).astype(np.float64)
    whole = _written(moves, places, strata, first, np.ones(matches, dtype=np.bool_))
    left = [_written(moves, places, strata, first, fold != part) for part in range(FOLDS)]
    spread = jackknife(whole, np.array(left), sizes)
    return Estimate(whole, spread.variance, spread.freedom)


def _written(
    moves: Moves, places: Sequence[IntArray], strata: Mapping[tuple[str, int], IntArray], first: BoolArray, kept: BoolArray
) -> float:
    """Bits a round of the matches that are kept [M], in equal parts over strata, each half written by the other."""
    lengths, bits = np.bincount(moves.match, moves.counted, len(first)), np.zeros(len(first))
    for half in (first, ~first):
        learned = beliefs(moves, places, (half & kept)[moves.match] & moves.counted)
        written = np.where(moves.counted, -(moves.probs * np.log2(learned)).sum(axis=1), 0.0)
        bits = np.where(half, bits, np.bincount(moves.match, written, len(first)) / lengths)
    parts = [bits[rows[kept[rows]]] for rows in strata.values()]
    return float(np.mean([part.mean() for part in parts if len(part)]))


def contexts(moves: Moves) -> list[IntArray]:
    """For each depth from 0 the numbers [R] of the contexts, from 0 without a gap: the last moves, the own one nearest."""
    base = int(max(moves.own.max(initial=0), moves.other.max(initial=0))) + 2
    found = [np.zeros(len(moves.match), dtype=np.int64)]
    for depth in range(DEPTH):
        back, side = depth // 2 + 1, (moves.own, moves.other)[depth % 2]
        symbol = np.zeros_like(moves.match)  # 0 is before the first round
        same = moves.match[back:] == moves.match[:-back]
        symbol[back:] = np.where(same, side[:-back] + 1, 0)
        found.append(np.unique(found[-1] * base + symbol, return_inverse=True)[1])
    return found


def beliefs(moves: Moves, places: Sequence[IntArray], learned: BoolArray) -> FloatArray:
    """The distribution [R,n] of the next move in every round for who has learned from some rounds [R], and learns no more.

    The estimator of a node depends on its counts only, so all is computed from sums, the deepest contexts first.
    """
    deepest = _counts(moves, places[-1], learned)
    weighted, estimates, shares = _log_estimator(deepest), [_estimates(deepest)], list[NDArray[np.float64]]()
    for here, below in zip(reversed(places[:-1]), reversed(places[1:]), strict=True):
        counts = _counts(moves, here, learned)
        parents = np.zeros(len(weighted), dtype=np.int64)
        parents[below] = here
        own, children = _log_estimator(counts), np.bincount(parents, weighted, len(counts))
        weighted = np.logaddexp(own, children) - np.log(2.0)
        shares.append(np.exp(own - np.log(2.0) - weighted))
        estimates.append(_estimates(counts))
    mixture: FloatArray = estimates[0][places[-1]]
    for here, share, estimate in zip(reversed(places[:-1]), shares, estimates[1:], strict=True):
        own_share = share[here][:, None]
        mixture = own_share * estimate[here] + (1.0 - own_share) * mixture
    return mixture


def _counts(moves: Moves, places: IntArray, learned: BoolArray) -> FloatArray:
    """How often each move [K,n] came in each context."""
    contexts_here, n = int(places.max(initial=-1)) + 1, moves.probs.shape[1]
    return np.bincount(places[learned] * n + moves.own[learned], minlength=contexts_here * n).reshape(-1, n).astype(np.float64)


def _estimates(counts: FloatArray) -> FloatArray:
    return np.asarray((counts + 0.5) / (counts.sum(axis=1, keepdims=True) + 0.5 * counts.shape[1]))


def _log_estimator(counts: FloatArray) -> FloatArray:
    """The log [K] of the probability that the estimator of Krichevsky & Trofimov 1981 gives to moves that came so often."""
    from scipy.special import gammaln

    n = counts.shape[1]
    each = gammaln(counts + 0.5).sum(axis=1) - gammaln(counts.sum(axis=1) + 0.5 * n)
    return np.asarray(each - n * gammaln(0.5) + gammaln(0.5 * n))
