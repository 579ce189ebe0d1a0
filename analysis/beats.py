"""The beats-graph: who wins from whom beyond doubt, in which circles, and how much of it ratings of the players leave over."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np

from analysis.payoffs import Payoffs
from analysis.resampling import NOTHING, generator_for, holm
from arenas.history import FloatArray

LONGEST_CYCLE = 4
MOST_CYCLES = 1000
REPLICATES = 1000


@dataclass(frozen=True)
class Beats:
    """The first wins `pay` points a round from the second; `holm` is the corrected p-value, NaN where nothing was random."""

    winner: str
    loser: str
    pay: float
    holm: float


@dataclass(frozen=True)
class CyclicShare:
    """The share of the table's squared pay that is not a difference of two ratings, less what chance adds to it; 0 to 1.

    Circles are one kind of it, but not the only one: where everybody wins 1 from all below, three players have 1/9 of it too.
    `raw` is the share with what chance adds. NaN where nobody wins anything, low and high where there was but one match a pair.
    """

    share: float
    low: float
    high: float
    raw: float
    ratings: Mapping[str, float]
    """Points a round that explain the table best: the pay of a pair as the difference of two ratings."""


@dataclass(frozen=True)
class Spot:
    """Where to draw a player, x and y in 0 to 1: y is the tier, the best at 1."""

    name: str
    tier: int
    x: float
    y: float


@dataclass(frozen=True)
class BeatsGraph:
    """Who beats whom. `components` are the strongly connected ones of two and more; `cycles` the shortest, at most so many."""

    players: tuple[str, ...]
    edges: tuple[Beats, ...]
    components: tuple[tuple[str, ...], ...]
    cycles: tuple[tuple[str, ...], ...]
    more_cycles: bool
    cyclic: CyclicShare
    layout: tuple[Spot, ...]
    compared: int
    """Pairs that met."""
    tested: int
    """Those of them in which anything is random and that met twice, for which the p-values are corrected."""


def beats_graph(table: Payoffs, seed: int, level: float = 0.05) -> BeatsGraph:
    """An edge for each pair whose pay differs from 0 after Holm's correction over all tested pairs, or where nothing is random.

    Cycles are looked for up to a length of 4.
    """
    import networkx

    edges, compared, tested = _edges(table, level)
    graph: Any = networkx.DiGraph()
    graph.add_nodes_from(table.names)
    graph.add_edges_from((edge.winner, edge.loser, {"pay": edge.pay}) for edge in edges)
    components = [tuple(sorted(part)) for part in networkx.strongly_connected_components(graph) if len(part) > 1]
    found = list(islice(networkx.simple_cycles(graph, length_bound=LONGEST_CYCLE), MOST_CYCLES + 1))
    cycles = sorted((_from_first(cycle) for cycle in found[:MOST_CYCLES]), key=lambda cycle: (len(cycle), cycle))
    cyclic = cyclic_share(table, seed)
    return BeatsGraph(
        table.names,
        tuple(edges),
        tuple(sorted(components, key=lambda part: (-len(part), part))),
        tuple(cycles),
        len(found) > MOST_CYCLES,
        cyclic,
        _layout(graph, cyclic.ratings),
        compared,
        tested,
    )


def cyclic_share(table: Payoffs, seed: int) -> CyclicShare:
    """What is left of the antisymmetric table after its gradient part: Jiang et al. (2011, HodgeRank); on a complete table the
    transitive and cyclic parts of Balduzzi et al. (2018), and of Candogan et al. (2011).

    Chance alone makes a table look cyclic. By how much is known from the variances, and taken off; the interval is the
    percentile bootstrap over the matches of each pair, in which chance counts twice and is taken off twice, at the quantiles of
    Student's t. A share of 0 in truth it holds more often than it says.
    """
    from scipy.special import ndtr, stdtrit

    pairs, pay, variance = _flows(table)
    nothing = float("nan")
    if not pairs:
        return CyclicShare(nothing, nothing, nothing, nothing, dict.fromkeys(table.names, 0.0))
    rest, fit = _projections(pairs, len(table.names))
    ratings = dict(zip(table.names, (fit @ pay).tolist(), strict=True))
    noise = np.array([np.diag(rest) @ variance, variance.sum()])
    raw, share = _shares(pay, rest, 0 * noise), _shares(pay, rest, np.nan_to_num(noise))
    if np.isnan(noise).any() or np.isnan(share):
        return CyclicShare(share, nothing, nothing, raw, ratings)
    drawn = table.replicates(generator_for(seed, "cyclic"), REPLICATES)
    flows = np.stack([drawn[:, i, j] for i, j in pairs], axis=1)
    tail = float(ndtr(stdtrit(sum(float(table.freedom[pair]) for pair in pairs), 0.025)))
    low, high = np.quantile([_shares(flow, rest, 2 * noise) for flow in flows], [tail, 1.0 - tail])
    return CyclicShare(share, float(low), float(high), raw, ratings)


def _edges(table: Payoffs, level: float) -> tuple[list[Beats], int, int]:
    """The edges, the largest pay first, and the number of pairs that met and of those that were tested."""
    from scipy.special import stdtr

    pairs, pay, variance = _flows(table)
    freedom = np.array([table.freedom[pair] for pair in pairs])
    exact = variance <= NOTHING
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2.0 * stdtr(freedom, -np.abs(pay) / np.sqrt(variance))
    corrected = holm(np.where(exact, np.nan, p).tolist())
    found = []
    for (i, j), won, sure, doubt in zip(pairs, pay.tolist(), exact, corrected, strict=True):
        if doubt < level or (sure and abs(won) > 1e-12):
            winner, loser = (i, j) if won > 0 else (j, i)
            found.append(Beats(table.names[winner], table.names[loser], abs(won), doubt))
    tested = sum(not math.isnan(doubt) for doubt in corrected)
    return sorted(found, key=lambda edge: (-edge.pay, edge.winner, edge.loser)), len(pairs), tested


def _flows(table: Payoffs) -> tuple[list[tuple[int, int]], FloatArray, FloatArray]:
    """The pairs that met, i < j, with their mean pay and its variance."""
    pairs = [(int(i), int(j)) for i, j in zip(*np.nonzero(np.triu(table.met, 1)), strict=True)]
    return pairs, np.array([table.mean[pair] for pair in pairs]), np.array([table.variance[pair] for pair in pairs])


def _projections(pairs: list[tuple[int, int]], players: int) -> tuple[FloatArray, FloatArray]:
    """rest [K,K] that takes the pay of pairs to what ratings leave of it, and fit [n,K] that takes it to those ratings."""
    incidence = np.zeros((len(pairs), players))
    for row, (i, j) in enumerate(pairs):
        incidence[row, i], incidence[row, j] = 1.0, -1.0
    fit: FloatArray = np.linalg.pinv(incidence).astype(np.float64)
    return np.eye(len(pairs)) - incidence @ fit, fit


def _shares(pay: FloatArray, rest: FloatArray, noise: FloatArray) -> float:
    """The cyclic share with the expected noise [rest, whole] taken off."""
    cyclic, whole = float(pay @ rest @ pay) - noise[0], float(pay @ pay) - noise[1]
    if not float(pay @ pay) > 0:
        return float("nan")
    return float(np.clip(cyclic / whole, 0.0, 1.0)) if whole > 1e-15 else float(cyclic > 0)


def _from_first(cycle: list[str]) -> tuple[str, ...]:
    start = cycle.index(min(cycle))
    return tuple(cycle[start:] + cycle[:start])


def _layout(graph: Any, ratings: Mapping[str, float]) -> tuple[Spot, ...]:
    """Circles share a tier, and everybody stands above those it beats; within a tier by rating from the left."""
    import networkx

    condensed: Any = networkx.condensation(graph)
    tiers = [
        sorted((name for part in parts for name in condensed.nodes[part]["members"]), key=lambda name: (-ratings[name], name))
        for parts in networkx.topological_generations(condensed)
    ]
    return tuple(
        Spot(name, tier, (place + 1) / (len(names) + 1), 1.0 - tier / max(len(tiers) - 1, 1))
        for tier, names in enumerate(tiers)
        for place, name in enumerate(names)
    )
