"""All that is found out about families, players and precision, from one pass over a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.beats import BeatsGraph, beats_graph
from analysis.benchmarks import BenchmarkScore
from analysis.families import Difference, Trend, Unanswered, differences, trends, unanswered
from analysis.family_summary import Across, across_families
from analysis.match_means import MatchMeans
from analysis.payoffs import Payoffs, payoffs
from analysis.player_ratings import PlayerRatings, player_ratings
from analysis.precision import Precision, precisions
from analysis.tradeoff import Correlation, Point, correlations, points
from analysis.wordings import wordings_of
from arenas.family import Families

Scores = Mapping[str, Mapping[str, BenchmarkScore]]


@dataclass(frozen=True)
class AlignmentFindings:
    """What the command `tells alignment` prints and a report draws."""

    families: Families
    differences: tuple[Difference, ...]
    trends: tuple[Trend, ...]
    across: tuple[Across, ...]
    points: tuple[Point, ...]
    correlations: tuple[Correlation, ...]
    ratings: PlayerRatings
    payoffs: Payoffs
    graph: BeatsGraph
    precisions: tuple[Precision, ...]
    wanted: float
    """The half-width that the precisions are for."""
    unanswered: tuple[Unanswered, ...] = ()


def alignment_findings(
    means: MatchMeans, config: Mapping[str, Any], families: Families, scores: Scores | None = None, wanted: float = 0.01
) -> AlignmentFindings:
    """Everything from a run's means and its configuration; the bootstraps are seeded by the run's own seed."""
    seed = int(config.get("seed", 0))
    wordings = wordings_of(config)
    found, slopes = differences(means, families, seed, wordings), trends(means, families, seed, wordings)
    dots = points(means, scores, families, seed) if scores else []
    table = payoffs(means)
    return AlignmentFindings(
        families=families,
        differences=tuple(found),
        trends=tuple(slopes),
        across=tuple(across_families(found)),
        points=tuple(dots),
        correlations=tuple(correlations(dots, seed)),
        ratings=player_ratings(means, list(config["agents"]), list(config.get("opponents", {})), seed),
        payoffs=table,
        graph=beats_graph(table, seed),
        precisions=tuple(precisions(means, list(config["agents"]), wanted)),
        wanted=wanted,
        unanswered=tuple(unanswered(means, families, wordings)),
    )
