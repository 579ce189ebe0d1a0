"""Planted truths of means over matches: pay, exploitability, differences, the best of many, correlations."""

from collections.abc import Callable, Sequence
from functools import cache, partial

import numpy as np
from planted_players import expected_over_rounds, mixed, moody, played
from planted_truths import Held, Planted, held, of_estimate

from analysis.best_response import stage_payoff
from analysis.families import Difference
from analysis.family_summary import across_families
from analysis.halves import best_of_many
from analysis.interval import averaged, stratified
from analysis.match_means import COLUMNS, match_means
from analysis.resampling import Interval, mean_interval, sample_of
from analysis.tradeoff import correlation
from arenas.rock_paper_scissors import RockPaperScissors

GAME = RockPaperScissors(rounds=20)
TABLE = np.full((3, 3, 3), 1 / 3)
TABLE[0, 1] = [0.05, 0.9, 0.05]
TABLE[2, 0] = [0.2, 0.3, 0.5]
OPENING = (0.5, 0.25, 0.25)
OTHERS = ((0.2, 0.5, 0.3), (1 / 3, 1 / 3, 1 / 3), (0.6, 0.3, 0.1), (0.1, 0.1, 0.8))
MOOD = 0.05
LARGE = 40_000


def loss(probs: np.ndarray) -> float:
    """What an opponent who knows the distribution wins in a round."""
    return float((stage_payoff(GAME, 1) @ probs).max())


def moody_matches(measure: str, other: Sequence[float], matches: int, rng: np.random.Generator) -> np.ndarray:
    """A measure [matches] of a player whose every match has a mood of its own, against who mixes."""
    one, two = (int(seed) for seed in rng.integers(0, 2**31, 2))
    history = played(GAME, moody(TABLE, OPENING, MOOD, seed=one), mixed(*other), matches, seed=two)
    return np.asarray(match_means(GAME, history)[:, 0, COLUMNS.index(measure)])


@cache
def moody_truth(measure: str, other: tuple[float, ...]) -> float:
    """Of a mood the mean is the table itself, in whatever is linear in it; otherwise the mean of very many matches."""
    if measure == "pay":
        against = stage_payoff(GAME, 0) @ np.array(other) / sum(other)
        return expected_over_rounds(TABLE, OPENING, other, GAME.rounds, lambda probs: float(probs @ against))
    rng = np.random.default_rng(12345)
    return float(np.mean([moody_matches(measure, other, LARGE, rng).mean() for _ in range(5)]))


def line_ups(measure: str, strata: int, matches: int, simulations: int, rng: np.random.Generator) -> Held:
    """The mean over line-ups in equal parts, as tables of pay and exploitability have it."""
    others = [OTHERS[place % len(OTHERS)] for place in range(strata)]
    values = [moody_matches(measure, other, simulations * matches, rng).reshape(simulations, matches) for other in others]
    found = [stratified([sample_of(part[place]) for part in values]) for place in range(simulations)]
    return held([of_estimate(one) for one in found], float(np.mean([moody_truth(measure, other) for other in others])))


def arenas(simulations: int, rng: np.random.Generator) -> Held:
    """The mean over three arenas of very different spread, four line-ups of five matches in each."""
    spreads = (0.02, 0.2, 0.1)
    draws = rng.normal(0.1, 1.0, (simulations, 3, 4, 5))
    parts = 0.1 + (draws - 0.1) * np.array(spreads)[:, None, None]
    found = [averaged([stratified([sample_of(values) for values in part]) for part in run]) for run in parts]
    return held([of_estimate(one) for one in found], 0.1)


def of_bootstrap(interval: Interval) -> tuple[float, float, float]:
    """As low, mean and high."""
    return interval.low, interval.mean, interval.high


def differences(sizes: Sequence[int], draw: Callable[..., np.ndarray], simulations: int, rng: np.random.Generator) -> Held:
    """The bootstrap interval of a mean of strata in equal parts, whose spreads grow from the first to the last."""
    found = []
    for _ in range(simulations):
        strata = [place + (1 + place) * draw(rng, n) for place, n in enumerate(sizes)]
        found.append(of_bootstrap(mean_interval([strata], rng, 1000)))
    return held(found, (len(sizes) - 1) / 2)


def normal(rng: np.random.Generator, n: int) -> np.ndarray:
    """Numbers of mean 0."""
    return rng.normal(size=n)


def skewed(rng: np.random.Generator, n: int) -> np.ndarray:
    """Numbers of mean 0 with a long tail."""
    return rng.exponential(size=n) - 1.0


def two_tasks(simulations: int, rng: np.random.Generator) -> Held:
    """The difference over two tasks in equal parts, one of eight line-ups and one of two."""
    found = []
    for _ in range(simulations):
        parts = [[rng.normal(0.1, 0.05, 6) for _ in range(8)], [rng.normal(-0.3, 0.4, 6) for _ in range(2)]]
        found.append(of_bootstrap(mean_interval(parts, rng, 1000)))
    return held(found, -0.1)


def families(number: int, simulations: int, rng: np.random.Generator) -> Held:
    """Changes of families that differ, each known with its own error."""
    found = []
    for _ in range(simulations):
        errors = rng.uniform(0.02, 0.08, number)
        effects = -0.2 + rng.normal(0, 0.1, number) + rng.normal(0, errors)
        lines = [
            Difference(
                f"f{k}", "b", "s", "all tasks", "pay", 0.0, 0.0, Interval(effects[k], 0.0, 0.0, 0.0, 9, float(errors[k] ** 2))
            )
            for k in range(number)
        ]
        (across,) = across_families(lines)
        found.append((across.low, across.mean, across.high))
    return held(found, -0.2)


def correlated(kind: str, agents: int, rho: float, simulations: int, rng: np.random.Generator) -> Held:
    """Benchmark and unpredictability of agents, normal with this correlation."""
    truth = rho if kind == "pearson" else 6 / np.pi * np.arcsin(rho / 2)
    found = []
    for _ in range(simulations):
        x, y = rng.normal(size=(2, agents))
        r, low, high, _ = correlation(x, rho * x + np.sqrt(1 - rho**2) * y, kind, rng, 1)
        found.append((low, r, high))
    return held(found, truth)


def best(means: Sequence[float], matches: int, simulations: int, rng: np.random.Generator) -> Held:
    """The best of many, cross-fitted: what it should hold is what the best truly wins."""
    values = rng.normal(means, 0.3, (simulations, matches, len(means)))
    found = [best_of_many({f"{i}": [part[:, i]] for i in range(len(means))}) for part in values]
    return held([of_estimate(one.value) for one in found if one], max(means))


def best_of_equals(opponents: int, matches: int, simulations: int) -> tuple[np.ndarray, np.ndarray]:
    """By how much the best of opponents that are equally good looks better than it is: over all matches, and cross-fitted."""
    values = np.random.default_rng(7).normal(0.0, 0.3, (simulations, matches, opponents))
    found = [best_of_many({f"{i}": [part[:, i]] for i in range(opponents)}) for part in values]
    return np.array([one.naive for one in found if one]), np.array([one.value.mean for one in found if one])


NEVER_NARROWER = "never narrower than the plain random-effects interval"
TAIL = "twenty numbers with the tail of an exponential law"
MEANS = [
    Planted("summary", "pay of an arena", "1 line-up, 40 matches", partial(line_ups, "pay", 1, 40)),
    Planted("summary", "pay of an arena", "1 line-up, 10 matches", partial(line_ups, "pay", 1, 10)),
    Planted("summary", "pay of an arena", "8 line-ups, 5 matches each", partial(line_ups, "pay", 8, 5)),
    Planted("summary", "pay of an arena", "8 line-ups, 2 matches each", partial(line_ups, "pay", 8, 2)),
    Planted("summary", "pay over all arenas", "3 arenas, 4 line-ups of 5 matches", arenas),
    Planted("habits", "who knows its mind", "1 line-up, 40 matches", partial(line_ups, "exploitability", 1, 40)),
    Planted("habits", "who knows its mind", "4 line-ups, 10 matches each", partial(line_ups, "exploitability", 4, 10)),
    Planted("habits", "the best met", "a clear best of 3, 40 matches", partial(best, (0.0, 0.1, 0.5), 40)),
    Planted("habits", "the best met", "8 equals, 40 matches", partial(best, (0.1,) * 8, 40)),
    Planted("habits", "the best met", "2 equals, 40 matches", partial(best, (0.1,) * 2, 40)),
    Planted("habits", "the best met", "8 equals, 10 matches", partial(best, (0.1,) * 8, 10)),
    Planted("alignment", "difference of stages", "8 line-ups, 20 matches each", partial(differences, (20,) * 8, normal)),
    Planted("alignment", "difference of stages", "10 line-ups, 4 matches each", partial(differences, (4,) * 10, normal)),
    Planted("alignment", "difference of stages", "1 line-up, 10 matches", partial(differences, (10,), normal)),
    Planted("alignment", "difference of stages", "1 line-up, 5 matches", partial(differences, (5,), normal)),
    Planted(
        "alignment", "difference of stages", "10 line-ups, 20 skewed matches each", partial(differences, (20,) * 10, skewed)
    ),
    Planted(
        "alignment",
        "difference of stages",
        "1 line-up, 20 skewed matches",
        partial(differences, (20,), skewed),
        least=0.9,
        why=TAIL,
    ),
    Planted("alignment", "difference over all tasks", "2 tasks of 8 and 2 line-ups, 6 matches each", two_tasks),
    Planted("alignment", "change over families", "3 families", partial(families, 3), most=0.985, why=NEVER_NARROWER),
    Planted("alignment", "change over families", "6 families", partial(families, 6)),
    Planted("alignment", "Pearson's r with a benchmark", "10 agents, r = .5", partial(correlated, "pearson", 10, 0.5)),
    Planted("alignment", "Spearman's rho with a benchmark", "10 agents, r = .5", partial(correlated, "spearman", 10, 0.5)),
    Planted("alignment", "Spearman's rho with a benchmark", "20 agents, r = .8", partial(correlated, "spearman", 20, 0.8)),
]
