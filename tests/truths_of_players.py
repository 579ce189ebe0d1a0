"""Planted truths of ratings of players, and of the share of pay that no ranking tells."""

from collections.abc import Sequence
from functools import lru_cache, partial
from itertools import combinations

import numpy as np
from planted import planted_pairs
from planted_truths import SOME, Held, Planted, held

from analysis.alpha_rank import alpha_rank
from analysis.beats import cyclic_share
from analysis.nash_averaging import nash_average
from analysis.payoffs import payoffs
from analysis.player_ratings import PlayerRatings, player_ratings
from analysis.strength import Outcomes, rate

LEVELS = np.array([150.0, 60.0, 0.0, -60.0, -150.0])
CIRCLE = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])
SKEWED = CIRCLE * np.array([[0, 1, 2], [1, 0, 3], [2, 3, 0]]) / 3
RANKING = np.subtract.outer([0.3, 0.05, -0.35], [0.3, 0.05, -0.35])

TABLES = {"a ranking": RANKING, "a circle": SKEWED}


def strengths(matches: int, ties: float, simulations: int, rng: np.random.Generator) -> Held:
    """Elo points of five players who played so many matches against each other, drawn from Davidson's model."""
    odds, pairs = 10 ** (LEVELS / 400), tuple(combinations(range(5), 2))
    found = []
    for _ in range(simulations):
        counts = []
        for i, j in pairs:
            both = np.array([odds[i], 2 * ties * np.sqrt(odds[i] * odds[j]), odds[j]])
            counts.append(rng.multinomial(matches, both / both.sum()))
        rows = rate(list("01234"), Outcomes(pairs, np.array(counts, dtype=float)), rng, bool(ties))
        found.append([(row.low, row.rating, row.high) for row in sorted(rows, key=lambda row: row.name)])
    return held(found, LEVELS)


@lru_cache(maxsize=1)
def rated(name: str, simulations: int) -> list[PlayerRatings]:
    """The ratings of players whose mean pay is a table, ten matches of each pair, in every simulation."""
    rng, table = np.random.default_rng(5), TABLES[name]
    names = "abc"[: len(table)]
    return [
        player_ratings(planted_pairs(names, table, 10, 0.3, rng), names, "", seed=run, replicates=150)
        for run in range(simulations)
    ]


def by_table(kind: str, name: str, simulations: int, _: np.random.Generator) -> Held:
    """Alpha-rank, Nash averages or their weights."""
    average = nash_average(TABLES[name])
    truth = {"alpha_rank": alpha_rank(TABLES[name]), "nash": average.ratings, "nash_weights": average.weights}[kind]
    found = []
    for ratings in rated(name, simulations):
        rows = sorted(getattr(ratings, kind), key=lambda row: row.name)
        found.append([(row.low, row.number, row.high) for row in rows])
    return held(found, truth)


def cyclic(part: float, noise: float, players: Sequence[str], simulations: int, rng: np.random.Generator) -> Held:
    """A ranking into which so large a circle was mixed, ten matches of each pair."""
    table = np.sqrt((1 - part) / (RANKING**2).sum()) * RANKING + np.sqrt(part / (CIRCLE**2).sum()) * CIRCLE
    found = []
    for run in range(simulations):
        share = cyclic_share(payoffs(planted_pairs(players, table, 10, noise, rng)), seed=run)
        found.append((share.low, share.share, share.high))
    return held(found, part)


ALL_OR_NOTHING = "masses of 0 and 1 that chance hardly moves"
ZERO = "at the end of what it can be, only one side can miss it"
PLAYERS = [
    Planted("alignment", "Bradley-Terry with ties", "5 players, 40 matches a pair", partial(strengths, 40, 0.3), SOME),
    Planted("alignment", "Bradley-Terry with ties", "5 players, 10 matches a pair", partial(strengths, 10, 0.3), SOME),
    Planted("alignment", "Elo", "5 players, 40 matches a pair", partial(strengths, 40, 0.0), SOME),
    Planted("alignment", "Nash average", "a ranking of 3", partial(by_table, "nash", "a ranking"), SOME),
    Planted(
        "alignment",
        "alpha-rank",
        "a ranking of 3",
        partial(by_table, "alpha_rank", "a ranking"),
        SOME,
        most=1.0,
        why=ALL_OR_NOTHING,
    ),
    Planted("alignment", "alpha-rank", "a circle of 3", partial(by_table, "alpha_rank", "a circle"), SOME),
    Planted("alignment", "Nash weights", "a circle of 3", partial(by_table, "nash_weights", "a circle"), SOME),
    Planted("alignment", "cyclic share", "share .5 of 3 players", partial(cyclic, 0.5, 0.3, "abc")),
    Planted("alignment", "cyclic share", "share .1 of 3 players", partial(cyclic, 0.1, 0.3, "abc")),
    Planted("alignment", "cyclic share", "share 0 of 3 players", partial(cyclic, 0.0, 0.3, "abc"), most=1.0, why=ZERO),
]
