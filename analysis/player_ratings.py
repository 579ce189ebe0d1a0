"""Every player of a run rated in four ways, with intervals from a bootstrap over matches."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.alpha_rank import alpha_rank, alpha_rank_of_two
from analysis.match_means import MatchMeans
from analysis.nash_averaging import nash_average
from analysis.payoffs import Payoffs, complete, outcomes, payoffs
from analysis.resampling import generator_for
from analysis.strength import Rating, rate
from arenas.history import FloatArray

REPLICATES = 300
MOST_STATES = 400
"""Largest number of pairs of an agent and an opponent for which alpha-rank is bootstrapped."""


@dataclass(frozen=True)
class Place:
    """A player's number in one way of rating, with its percentile bootstrap over the matches of each pair (NaN: none was made).

    `side` is `agent` or `opponent`.
    """

    name: str
    side: str
    number: float
    low: float
    high: float


@dataclass(frozen=True)
class PlayerRatings:
    """Players as each way rates them, the best first.

    bradley_terry and elo: Elo points from who won how many matches by what the dice paid. alpha_rank: mass, and nash: points a
    round against the hardest mixture of the other side with nash_weights of that mixture, from expected pay. Empty where
    nobody met.
    """

    bradley_terry: tuple[Rating, ...] = ()
    elo: tuple[Rating, ...] = ()
    alpha_rank: tuple[Place, ...] = ()
    nash: tuple[Place, ...] = ()
    nash_weights: tuple[Place, ...] = ()
    left_out: tuple[str, ...] = ()
    """Who is missing from the last three for not having met all others of the other side."""


def player_ratings(
    means: MatchMeans,
    agents: Collection[str],
    opponents: Collection[str],
    seed: int,
    arenas: Sequence[str] | None = None,
    replicates: int = REPLICATES,
) -> PlayerRatings:
    """Ratings from all matches between two players in these arenas, or in all that pay.

    `replicates` are those of alpha-rank and Nash averaging.
    """
    names, results = outcomes(means, arenas)
    if not names:
        return PlayerRatings()
    table = payoffs(means, arenas)
    rows, columns = complete(table, sorted(agents), sorted(opponents or agents))
    evolved, worth, weights = _by_table(table, rows, columns, seed, replicates) if rows and columns else ((), (), ())
    return PlayerRatings(
        tuple(rate(names, results, generator_for(seed, "strength"))),
        tuple(rate(names, results, generator_for(seed, "strength"), with_ties=False)),
        evolved,
        worth,
        weights,
        tuple(name for name in names if name not in {*rows, *columns}),
    )


Places = tuple[Place, ...]


def _by_table(table: Payoffs, rows: list[str], columns: list[str], seed: int, replicates: int) -> tuple[Places, Places, Places]:
    """Alpha-rank, Nash averages and their weights of a complete table of pay of rows against columns."""
    place = {name: index for index, name in enumerate(table.names)}
    chosen = np.ix_([place[name] for name in rows], [place[name] for name in columns])
    once = _filled(table.mean[chosen], rows, columns)
    drawn = [_filled(part[chosen], rows, columns) for part in table.replicates(generator_for(seed, "table"), replicates)]
    alone = rows == columns
    few = len(rows) if alone else len(rows) * len(columns)
    evolved = [_alpha(part, alone) for part in (once, *(drawn if few <= MOST_STATES else ()))]
    averages = [nash_average(part) for part in (once, *drawn) if np.isfinite(part).all()]
    worth = [a.ratings if alone else np.r_[a.ratings, a.other_ratings] for a in averages]
    weights = [a.weights if alone else np.r_[a.weights, a.other_weights] for a in averages]
    who = [(name, "agent") for name in rows] + [(name, "opponent") for name in columns if not alone]
    freedom = table.freedom[chosen]
    tail = _tail(float(np.nansum(np.triu(freedom, 1) if alone else freedom)))
    return _places(who, evolved, tail), _places(who, worth, tail), _places(who, weights, tail)


def _filled(part: FloatArray, rows: list[str], columns: list[str]) -> FloatArray:
    """A table in which a player meets itself at 0."""
    itself = np.array([[a == b for b in columns] for a in rows])
    return np.where(itself, 0.0, part)


def _alpha(table: FloatArray, alone: bool) -> FloatArray:
    if not np.isfinite(table).all():
        return np.full(len(table) if alone else sum(table.shape), np.nan)
    return alpha_rank(table) if alone else np.concatenate(alpha_rank_of_two(table))


def _tail(freedom: float) -> float:
    """The share of a bootstrap to cut off at either end, for intervals at the quantiles of Student's t (Hesterberg 2015)."""
    from scipy.special import ndtr, stdtrit

    return float(ndtr(stdtrit(freedom, 0.025))) if freedom else 0.025


def _places(who: list[tuple[str, str]], numbers: list[FloatArray], tail: float) -> Places:
    """The first of the numbers with the quantiles of the others, by side and then the highest first."""
    best, *drawn = numbers
    low, high = np.quantile(drawn, [tail, 1.0 - tail], axis=0) if drawn else np.full((2, len(best)), np.nan)
    rows = [Place(name, side, float(best[i]), float(low[i]), float(high[i])) for i, (name, side) in enumerate(who)]
    return tuple(sorted(rows, key=lambda row: (row.side, -round(row.number, 9), row.name)))
