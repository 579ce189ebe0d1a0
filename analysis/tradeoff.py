"""Whether models that score higher in benchmarks are easier to foresee: correlations over the agents of a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from math import factorial

import numpy as np

from analysis.benchmarks import BenchmarkScore
from analysis.families import ALL_TASKS, choices_of
from analysis.match_means import MatchMeans, Stratum
from analysis.resampling import Interval, Strata, generator_for, holm, mean_interval
from arenas.family import Families
from arenas.history import FloatArray

MEASURES = ("pay", "exploitability", "evenness")
FEWEST = 4
"""Agents below which no correlation is made: three points lie on a line by chance too often."""
MOST_EXACT = 8
"""Agents up to which every one of the n! orders is tried."""
DRAWN = 9999
FEWEST_RANKED = 10
"""Agents below which Spearman's correlation has no interval: of four to six it would hold the truth too seldom."""


@dataclass(frozen=True)
class Point:
    """One agent in the plot of a benchmark against a measure; family and stage (0 is the base) where it has them."""

    agent: str
    benchmark: str
    score: float
    source: str
    task: str
    measure: str
    unpredictability: Interval
    family: str = ""
    stage: int = -1


@dataclass(frozen=True)
class Correlation:
    """A benchmark with a measure over n agents.

    p is from permutations, every one of them for up to 8 agents; `holm` is corrected over all correlations of its kind. Both
    take agents for independent of each other, which the stages of a family are not. low and high are NaN where agents are too
    few for an interval.
    """

    benchmark: str
    measure: str
    task: str
    agents: int
    kind: str
    r: float
    low: float
    high: float
    p: float
    holm: float = float("nan")


def points(means: MatchMeans, scores: Mapping[str, Mapping[str, BenchmarkScore]], families: Families, seed: int) -> list[Point]:
    """Every agent that has a benchmark score, in each measure and task and over all tasks in equal parts."""
    place = {name: (family, stage) for family, stages in families.items() for stage, name in enumerate(stages)}
    agents = sorted({agent for by_agent in scores.values() for agent in by_agent})
    found = []
    for measure in MEASURES:
        for task, by_agent in _standing(means, agents, measure).items():
            intervals = {agent: mean_interval(parts, generator_for(seed, "point")) for agent, parts in by_agent.items()}
            for benchmark, known in scores.items():
                for agent in (agent for agent in known if agent in intervals):
                    score = known[agent]
                    row = Point(agent, benchmark, score.score, score.source, task, measure, intervals[agent])
                    found.append(replace(row, family=place[agent][0], stage=place[agent][1]) if agent in place else row)
    return found


def correlations(found: Sequence[Point], seed: int) -> list[Correlation]:
    """Spearman's and Pearson's correlation of each benchmark with each measure of unpredictability, of at least four agents."""
    groups: dict[tuple[str, str, str], list[Point]] = {}
    for point in found:
        groups.setdefault((point.benchmark, point.measure, point.task), []).append(point)
    results = []
    for (benchmark, measure, task), rows in groups.items():
        ordered = sorted((point.score, point.unpredictability.mean) for point in rows)
        x, y = np.array(ordered).T
        if len(rows) >= FEWEST:
            for kind in ("spearman", "pearson"):
                r, low, high, p = correlation(x, y, kind, generator_for(seed, "order"))
                results.append(Correlation(benchmark, measure, task, len(rows), kind, r, low, high, p))
    return _corrected(results)


def correlation(
    x: FloatArray, y: FloatArray, kind: str, generator: np.random.Generator, drawn_orders: int = DRAWN
) -> tuple[float, float, float, float]:
    """r of `spearman` or `pearson`, its 95 % interval and two-sided p; all NaN where one of them does not vary.

    The interval is Fisher's (1915), for Spearman with the variance of Bonett & Wright (2000) and of at least ten agents only.
    Ranks in full order count as if two neighbours were out of order, so that the interval is more than one point; with numbers
    all on one line there is none (NaN). p is the share of orders of y
    whose r is at least as far from 0: of all n! for at most 8, of so many drawn and the one found for more.
    """
    from scipy.stats import rankdata

    a, b = (_standardised(np.asarray(rankdata(values)) if kind == "spearman" else values) for values in (x, y))
    if a is None or b is None:
        return (float("nan"),) * 4
    r, n = float(np.clip(a @ b, -1.0, 1.0)), len(x)
    if n <= MOST_EXACT:
        orders = np.array(list(permutations(range(n))))
        assert len(orders) == factorial(n)
        p = float((np.abs(b[orders] @ a) >= abs(r) - 1e-9).mean())
    else:
        drawn = generator.permuted(np.tile(b, (drawn_orders, 1)), axis=1) @ a
        p = float((1 + (np.abs(drawn) >= abs(r) - 1e-9).sum()) / (1 + drawn_orders))
    return r, *_fisher(r, n, kind == "spearman"), p


def _fisher(r: float, n: int, ranked: bool) -> tuple[float, float]:
    """The 95 % interval of r over n agents, NaN where it would say too much."""
    full = abs(r) > 1.0 - 1e-12
    if n < (FEWEST_RANKED if ranked else FEWEST) or (full and not ranked):
        return float("nan"), float("nan")
    near = float(np.sign(r)) * (1.0 - 12.0 / (n * (n**2 - 1))) if full else r
    half = 1.959964 * np.sqrt((1.0 + (near**2 / 2 if ranked else 0.0)) / (n - 3))
    low, high = np.tanh(np.arctanh(near) - half), np.tanh(np.arctanh(near) + half)
    return float(min(low, r)), float(max(high, r))


def _standing(means: MatchMeans, agents: Sequence[str], measure: str) -> dict[str, dict[str, list[Strata]]]:
    """For each task, and all of them, the matches of each agent that played it; `all tasks` holds whom all have seen."""
    found: dict[str, dict[str, list[Strata]]] = {}
    for task in choices_of(means):
        for agent in agents if task.scored or measure != "pay" else ():
            kept: list[Stratum] = [s for arena in task.arenas for s in means.strata(arena, agent).values()]
            strata = [values for stratum in kept if len(values := stratum.known(measure))]
            if strata:
                found.setdefault(task.name, {})[agent] = [strata]
    whole = [agent for agent in agents if found and all(agent in by_agent for by_agent in found.values())]
    return {**found, ALL_TASKS: {agent: [by_agent[agent][0] for by_agent in found.values()] for agent in whole}}


def _standardised(values: FloatArray) -> FloatArray | None:
    centred = values - values.mean()
    length = float(np.sqrt(centred @ centred))
    return None if length <= 1e-12 * max(float(np.abs(values).max()), 1e-300) else centred / length


def _corrected(results: list[Correlation]) -> list[Correlation]:
    corrected = list(results)
    for kind in ("spearman", "pearson"):
        places = [place for place, result in enumerate(results) if result.kind == kind]
        for place, p in zip(places, holm([results[place].p for place in places]), strict=True):
            corrected[place] = replace(results[place], holm=p)
    return corrected
