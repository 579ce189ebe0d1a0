"""What was found out about families, players and precision, as lines of text: plain words first, then tables."""

import math
import textwrap
from collections.abc import Iterator, Sequence

from analysis.alignment_found import AlignmentFindings
from analysis.alignment_words import LABELS, bounded, in_words, legend
from analysis.beats import BeatsGraph
from analysis.families import MEASURES, Difference
from analysis.figures import plain_table, signed
from analysis.player_ratings import Place, PlayerRatings
from analysis.precision import Precision
from analysis.resampling import Interval
from analysis.strength import Rating
from analysis.tradeoff import Correlation
from arenas.plain_text import printable

MOST_EDGES = 20


def alignment_lines(found: AlignmentFindings, width: int = 100) -> Iterator[str]:
    """The findings for a terminal of so many columns: sentences are wrapped, tables are at most 80 wide."""
    for sentence in in_words(found):
        yield from textwrap.wrap(f"- {printable(sentence)}", max(min(width, 100), 40), subsequent_indent="  ")
    for title, table in tables(found, max(min(width, 80), 40)):
        yield from ["", f"== {title} ==", *(printable(line) for line in table)]
    yield ""
    for sentence in legend(found):
        yield from textwrap.wrap(sentence, max(min(width, 140), 40), subsequent_indent="  ")


def tables(found: AlignmentFindings, width: int = 80) -> Iterator[tuple[str, list[str]]]:
    """Every table with its title."""
    for measure in MEASURES:
        lines = [line for line in found.differences if line.measure == measure]
        if lines:
            yield f"{LABELS[measure]}: each stage less its base", _difference_table(lines, width)
    if found.correlations:
        yield "benchmarks and unpredictability", _correlation_table(found.correlations, width)
    if found.ratings.bradley_terry:
        yield "players by matches won (Elo points)", _rating_table(found.ratings, width)
    if found.ratings.nash:
        yield "players by pay", _pay_table(found.ratings, width)
    if found.graph.edges:
        yield f"who beats whom, of {found.graph.compared} pairs", _edge_table(found.graph, width)
    if found.precisions:
        yield f"how sure, and repeats of every line-up for ±{found.wanted:g}", _precision_table(found.precisions, width)


def _difference_table(lines: Sequence[Difference], width: int) -> list[str]:
    several = len({line.family for line in lines}) > 1
    rows = []
    for line in lines:
        stages = f"{line.base} -> {line.stage}"
        change = f"{line.base_mean:.3f} -> {line.stage_mean:.3f}"
        rows.append((f"{line.family}: {stages}" if several else stages, line.task, change, *_interval(line.interval), _p(line)))
    return fitted(("stages", "task", "from -> to", "change", "95 % interval", "p (Holm)"), rows, width, 2)


def _interval(interval: Interval) -> tuple[str, str]:
    if interval.exact:
        return signed(interval.mean), "exact"
    if math.isnan(interval.low):
        return signed(interval.mean), "?"
    return signed(interval.mean), f"[{signed(interval.low)}, {signed(interval.high)}]"


def _p(line: Difference) -> str:
    return "-" if math.isnan(line.holm) else probability(line.holm)


def probability(p: float) -> str:
    """`0.012`, `<0.001`."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def _correlation_table(lines: Sequence[Correlation], width: int) -> list[str]:
    rows = [
        (
            f"{line.benchmark} and {LABELS[line.measure]}",
            line.task,
            line.kind,
            bounded(line),
            str(line.agents),
            probability(line.p) if not math.isnan(line.p) else "-",
            probability(line.holm) if not math.isnan(line.holm) else "-",
        )
        for line in lines
    ]
    return fitted(("correlation of", "task", "kind", "r", "agents", "p", "Holm"), rows, width, 3)


def _rating_table(ratings: PlayerRatings, width: int) -> list[str]:
    elo = {row.name: row for row in ratings.elo}
    rows = [(row.name, _points(row), _points(elo[row.name]), f"{row.matches:,.0f}") for row in ratings.bradley_terry]
    return fitted(("player", "Bradley-Terry, ties", "Elo, any order", "matches"), rows, width, 1)


def _points(row: Rating) -> str:
    return f"{row.rating:+.0f} [{row.low:+.0f}, {row.high:+.0f}]"


def _pay_table(ratings: PlayerRatings, width: int) -> list[str]:
    evolved = {(row.name, row.side): row for row in ratings.alpha_rank}
    weights = {(row.name, row.side): row for row in ratings.nash_weights}
    rows = []
    for row in ratings.nash:
        key = (row.name, row.side)
        pay = f"{signed(row.number)}" + ("" if math.isnan(row.low) else f" [{signed(row.low)}, {signed(row.high)}]")
        rows.append((row.name, row.side, pay, f"{weights[key].number:.2f}", _share(evolved[key])))
    return fitted(("player", "side", "against hardest mix", "share of mix", "alpha-rank"), rows, width, 2)


def _share(row: Place) -> str:
    within = "" if math.isnan(row.low) else f" [{row.low:.2f}, {row.high:.2f}]"
    return f"{max(row.number, 0.0):.2f}{within}"


def _edge_table(graph: BeatsGraph, width: int) -> list[str]:
    rows = [
        (f"{edge.winner} > {edge.loser}", signed(edge.pay), "exact" if math.isnan(edge.holm) else probability(edge.holm))
        for edge in graph.edges[:MOST_EDGES]
    ]
    more = len(graph.edges) - MOST_EDGES
    return [*fitted(("pair", "a round", "p (Holm)"), rows, width, 1), *([f"and {more} more pairs"] if more > 0 else [])]


def _precision_table(lines: Sequence[Precision], width: int) -> list[str]:
    rows = [
        (
            line.arena,
            line.agent,
            f"{line.matches:,}",
            _half(line.expected),
            _half(line.paid),
            _count(line.expected_repeats),
            _count(line.paid_repeats),
            f"{line.times:.1f}" if math.isfinite(line.times) else "-",
        )
        for line in lines
    ]
    return fitted(("arena", "agent", "matches", "± pay", "± dice", "repeats", "by dice", "times"), rows, width, 2)


def _half(number: float) -> str:
    return "?" if math.isnan(number) else f"{number:.4f}"


def _count(number: float) -> str:
    return "?" if math.isnan(number) else f"{number:,.0f}"


def fitted(head: Sequence[str], rows: Sequence[Sequence[str]], width: int, keys: int) -> list[str]:
    """A table; where it is too wide in parts below each other, each with the first columns, which say whose it is."""
    lines: list[str] = []
    start = keys
    while start < len(head):
        end = len(head)
        while end > start + 1 and len(_part(head, rows, keys, start, end)[0]) > width:
            end -= 1
        lines += [*([""] if lines else []), *_part(head, rows, keys, start, end)]
        start = end
    return lines


def _part(head: Sequence[str], rows: Sequence[Sequence[str]], keys: int, start: int, end: int) -> list[str]:
    return plain_table([*head[:keys], *head[start:end]], [[*row[:keys], *row[start:end]] for row in rows])
