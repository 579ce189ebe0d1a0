"""Ratings of players from who won how often against whom: Bradley-Terry with ties, and Elo that no order can change."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.davidson import fitted
from arenas.history import FloatArray

REPLICATES = 1000
PRIOR = 1.0
"""Wins and losses that everybody is credited with against an average player, so that who never lost has a finite rating."""
MOST_CELLS = 1_000_000
"""Numbers in the tables of as many replicates as are rated at once."""
SCALE = 400.0
"""Elo points in which the odds of winning grow tenfold."""


@dataclass(frozen=True)
class Strengths:
    """Ratings [...,n] in Elo points about an average player at 0, and how common ties are [...].

    Of players equally strong, a share of ties / (1 + ties) of the matches ends in a tie; 0 where ties were counted as halves.
    """

    ratings: FloatArray
    ties: FloatArray

    def win_chances(self) -> FloatArray:
        """The chance [n,n] that the row player wins against the column player."""
        odds = 10.0 ** (self.ratings / SCALE)
        both = np.add.outer(odds, odds)
        return np.asarray(odds[:, None] / (both + 2.0 * self.ties * np.sqrt(np.outer(odds, odds))))


@dataclass(frozen=True)
class Rating:
    """A player's rating in Elo points with the 2.5 % and 97.5 % quantiles of its bootstrap."""

    name: str
    rating: float
    low: float
    high: float
    matches: float


@dataclass(frozen=True)
class Outcomes:
    """Matches between pairs of n players: row k says how often the first of pairs[k] won, tied and lost."""

    pairs: tuple[tuple[int, int], ...]
    counts: FloatArray  # [K,3] wins, ties and losses of the first

    def tables(self, counts: FloatArray, players: int) -> tuple[FloatArray, FloatArray]:
        """wins [...,n,n] of the row player and ties [...,n,n], each tie in both places, of such counts [...,K,3]."""
        wins, ties = (np.zeros((*counts.shape[:-2], players, players)) for _ in range(2))
        for place, (first, second) in enumerate(self.pairs):
            won, tied, lost = np.moveaxis(counts[..., place, :], -1, 0)
            wins[..., first, second] += won
            wins[..., second, first] += lost
            ties[..., first, second] += tied
            ties[..., second, first] += tied
        return wins, ties


def bradley_terry(wins: FloatArray, ties: FloatArray, prior: float = PRIOR) -> Strengths:
    """Bradley-Terry with ties after Davidson (1970): the ratings of largest likelihood.

    wins [...,n,n] are those of the row player; a tie of i and j stands in both ties[i,j] and ties[j,i]. Everybody has `prior`
    wins and as many losses against an average player, as in Newman (2023, JMLR 24); with 0, ratings are finite only where
    every group of players has lost to some other. evalica 0.4 has the same model, but does not converge where two sides meet
    only each other and hardly tie, as agents and opponents do, and stops too early where all ratings are equal.
    """
    fit = fitted(*_with_average(wins, ties, prior))
    return Strengths(_in_points(fit.levels, prior), fit.ties / 2.0)


def elo(wins: FloatArray, ties: FloatArray, prior: float = PRIOR) -> Strengths:
    """The ratings at which Elo's updates over all matches cancel, whatever their order; a tie is half a win to each.

    Elo (1978) updates match after match and so depends on their order. Its point of rest, at which everybody's points are the
    points that the ratings expect, does not: it is the maximum likelihood of Bradley and Terry (1952).
    """
    halves, none = _with_average(wins + ties / 2.0, np.zeros_like(ties), prior)
    fit = fitted(halves, none)
    return Strengths(_in_points(fit.levels, prior), fit.ties)


def rate(
    names: Sequence[str],
    outcomes: Outcomes,
    generator: np.random.Generator,
    with_ties: bool = True,
    replicates: int = REPLICATES,
) -> list[Rating]:
    """Everybody's rating, the strongest first, with its percentile bootstrap over the matches of each pair (Efron 1979).

    With ties after Davidson, or as halves and so as Elo. What is drawn depends on the counts, not on names or their order.
    """
    fit = bradley_terry if with_ties else elo
    n = len(names)
    best = fit(*outcomes.tables(outcomes.counts, n))
    ordered = _canonical(outcomes, best.ratings)
    drawn = resampled(ordered.counts, generator, replicates)
    parts = np.array_split(drawn, max(1, replicates * n**2 // MOST_CELLS))  # all at once, but not more than there is room for
    spread = np.concatenate([fit(*ordered.tables(part, n)).ratings for part in parts])
    low, high = np.quantile(spread, [0.025, 0.975], axis=0)
    wins, ties = outcomes.tables(outcomes.counts, n)
    played = (wins + wins.T + ties).sum(axis=1)
    rows = [Rating(name, *(float(part[i]) for part in (best.ratings, low, high, played))) for i, name in enumerate(names)]
    return sorted(rows, key=lambda row: (-row.rating, row.name))


def resampled(counts: FloatArray, generator: np.random.Generator, replicates: int) -> FloatArray:
    """The matches of each pair drawn again, with replacement: counts [K,3] of whole numbers to [replicates,K,3].

    One fewer is drawn than there are, each counting so much more, so that ratings vary as much as they should (Rao & Wu 1988).
    """
    totals = counts.sum(axis=1)
    shares = counts / np.maximum(totals, 1.0)[:, None]
    shares[totals == 0] = (1.0, 0.0, 0.0)
    draws = np.where(totals > 1, totals - 1, totals).astype(np.int64)
    drawn = [generator.multinomial(n, p, size=replicates) for n, p in zip(draws, shares, strict=True)]
    return np.asarray(np.stack(drawn, axis=1) * (totals / np.maximum(draws, 1))[:, None])


def _canonical(outcomes: Outcomes, ratings: FloatArray) -> Outcomes:
    """The same with each pair's stronger player first and the pairs in an order that follows from the numbers alone."""
    rounded = np.round(ratings, 3)
    rows = []
    for (i, j), (won, tied, lost) in zip(outcomes.pairs, outcomes.counts.tolist(), strict=True):
        turn = (rounded[j], lost) > (rounded[i], won)
        rows.append(((j, i), (lost, tied, won)) if turn else ((i, j), (won, tied, lost)))
    rows.sort(key=lambda row: (*(-rounded[i] for i in row[0]), row[1]))
    return Outcomes(tuple(pair for pair, _ in rows), np.array([row for _, row in rows]).reshape(-1, 3))


def _with_average(wins: FloatArray, ties: FloatArray, prior: float) -> tuple[FloatArray, FloatArray]:
    """The same tables with the average player, against whom everybody has won and lost `prior` times, at the end, if any."""
    if not prior:
        return wins, ties
    room = [(0, 0)] * (wins.ndim - 2) + [(0, 1), (0, 1)]
    wins, ties = np.pad(wins, room), np.pad(ties, room)
    wins[..., -1, :-1] = wins[..., :-1, -1] = prior
    return wins, ties


def _in_points(levels: FloatArray, prior: float) -> FloatArray:
    """Elo points [...,n] about the average player, who comes last, or about the mean where it never played."""
    points = SCALE / np.log(10.0) * levels
    average = points[..., -1:] if prior else points.mean(axis=-1, keepdims=True)
    return np.asarray((points - average)[..., : -1 if prior else None])
