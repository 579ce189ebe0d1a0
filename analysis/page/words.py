"""The summary: what a run says, in plain words."""

import math
from collections.abc import Iterator, Sequence

from analysis.alignment_words import no_verdicts
from analysis.answered import said
from analysis.answered_table import estimated
from analysis.beats import BeatsGraph
from analysis.charts.beats import apart
from analysis.charts.figure import shown
from analysis.family_summary import verdicts
from analysis.figures import percent
from analysis.habits import sentence
from analysis.interval import Estimate
from analysis.page.findings import Findings
from analysis.page.leaders import Line, comparable, overall
from analysis.randomness.measures import Measure
from analysis.randomness.single import LARGEST, PROBABILITY
from arenas.plain_text import printable
from arenas.wording import listed

TOLD = 2
"""Tells told of each player."""
MOST_CYCLES = 5
"""Circles that are named."""
MOST_TOLD = 12
"""Players whose tells are told."""


def played(found: Findings) -> Iterator[str]:
    """What was played, one sentence or two a run."""
    for run in found.runs:
        state = "complete" if run.complete else "not complete: what is here is what was played so far"
        matches = f"{run.begun:,} of {run.matches:,} matches" if run.begun < run.matches else f"{run.matches:,} matches"
        yield f"{shown(run.name, 80)}: {matches} with {run.rounds:,} rounds, {run.seconds:.0f} s of play, {state}."
    if shared := sum(run.begun for run in found.runs) - found.played:
        yield f"{shared:,} of these matches are in more than one run, on the same dice, and count once."
    solo = [arena for arena in found.arenas if len(found.games[arena].seats) == 1]
    met = [arena for arena in found.arenas if arena not in solo]
    yield (
        f"{_names(found.agents)} met {_names(found.opponents)} in {_names(met)}"
        + (f", and {'played' if met else 'played alone'} {_names(solo)} alone." if solo and met else ".")
        if met
        else f"{_names(found.agents)} played {_names(solo)} alone."
    )


def unanswered(found: Findings) -> Iterator[str]:
    """What has to be known before anything else is read."""
    lines = [*said(found.situations), *found.definition, *estimated(found.situations)]
    yield from (line if line.endswith(".") else f"{line}." for line in map(printable, lines))


def predictable(found: Findings) -> Iterator[str]:
    """Who is the easiest and the hardest to exploit, over what all have played and answered."""
    there = [agent for agent in found.agents if any(agent in found.means.names(a) for a in found.means.arenas(scored=True))]
    able, arenas = comparable(found.means, there)
    if left_out := [shown(agent) for agent in there if agent not in able]:
        yield f"No verdict on {listed(left_out, 'and')}: there is nothing to measure it by."
    lines = overall(found.means, able, arenas, found.wordings) if arenas else []
    if not lines:
        return
    if len(lines) == 1:
        yield f"{shown(lines[0].agent)}: {_exploited(lines[0])}."
        return
    complete = len(arenas) == len(found.means.arenas(scored=True))
    over = "all tasks in equal parts" if complete else f"what all have played and answered ({_names(arenas)})"
    best, worst = lines[0], lines[-1]
    yield (
        f"The most predictable over {over} is {shown(worst.agent)}: an opponent who knows its probabilities wins "
        f"{_points(worst.measures['exploitability'])} points a round more from it than from perfect play."
    )
    nobody = ": nobody wins anything from it" if best.measures["exploitability"].mean < 5e-4 else ""
    yield f"The least predictable is {shown(best.agent)}, with {_points(best.measures['exploitability'])}{nobody}."
    ranks = ", ".join(f"{shown(line.agent)} {line.measures['exploitability'].mean:.3f}" for line in lines)
    if len(lines) > 2:
        yield f"From the least to the most: {ranks}."


def aligned(found: Findings) -> Iterator[str]:
    """What the stages of families changed."""
    yield from (printable(f"{line}.") for line in no_verdicts(found.alignment.unanswered))
    for line in verdicts(found.alignment.differences, found.alignment.trends, found.alignment.across):
        yield f"{printable(line)}.".replace(" -> ", " → ")


def tells(found: Findings) -> Iterator[tuple[str, list[str]]]:
    """Each player with its strongest tells."""
    for agent, told in list(found.habits.tells.items())[:MOST_TOLD]:
        if told:
            yield shown(agent), [printable(sentence(found.habits, tell)) for tell in told[:TOLD]]


def favourites(measures: Sequence[Measure]) -> Iterator[str]:
    """What everybody answers most where one answer is asked for."""
    found = [m for m in measures if m.name in (LARGEST, f"{LARGEST} overall") and not m.wording and m.key]
    for task in dict.fromkeys(measure.task for measure in found):
        lines = sorted((m for m in found if m.task == task), key=lambda m: -m.value)
        even = [line for line in lines if line.value <= 1.02 * line.expected]
        said = [f"{shown(m.agent)} {shown(m.key)} ({percent(m.value)}{spread(m, measures)})" for m in lines if m not in even]
        if said:
            fair = f"by chance alone each would come {percent(lines[0].expected)} of the time"
            yield f"Asked for {shown(task)}, they favour: {listed(said, 'and')}; {fair}."


def spread(favourite: Measure, measures: Sequence[Measure]) -> str:
    """How far the probability of a favourite goes over the wordings, and in how many of them it is the favourite."""
    own = [m for m in measures if (m.task, m.agent) == (favourite.task, favourite.agent) and m.wording]
    shares = [m.value for m in own if m.name == PROBABILITY and m.key == favourite.key]
    if len(shares) < 2:
        return ""
    first = [m.key for m in own if m.name == LARGEST].count(favourite.key)
    return f", {percent(min(shares))} to {percent(max(shares))} over {len(shares)} wordings, the favourite in {first}"


def circles(graph: BeatsGraph) -> Iterator[str]:
    """How much of who wins what no ranking can tell."""
    cyclic = graph.cyclic
    if not math.isnan(cyclic.share):
        margin = f" [{100 * cyclic.low:.0f}, {100 * cyclic.high:.0f}]" if not math.isnan(cyclic.low) else ""
        yield (
            f"{100 * cyclic.share:.0f} %{margin} of who wins how much from whom is not the difference of two ratings, one for "
            "each player, whatever the ratings are. Circles, in which each beats the next, are one way to come by such a "
            "share; a ranking in which everybody wins as much from the next as from the last is another."
        )
    yield from _groups(graph)
    if graph.cycles:
        shortest = ["; ".join(" → ".join(map(shown, [*cycle, cycle[0]])) for cycle in graph.cycles[:MOST_CYCLES])]
        yield f"{len(graph.cycles)}{' and more' if graph.more_cycles else ''} circles, such as {shortest[0]}."
    else:
        yield "No circle, of players each of whom beats the next beyond chance, was found."


def _groups(graph: BeatsGraph) -> Iterator[str]:
    """Who beat each other in circles, however long, and who beats nobody and is beaten by nobody."""
    if graph.components:
        groups = "; ".join(_names(part) for part in graph.components[:MOST_CYCLES])
        more = f"; and {len(graph.components) - MOST_CYCLES} more groups" if len(graph.components) > MOST_CYCLES else ""
        yield f"Beating each other in circles, so that none of them is above the others: {groups}{more}."
    if alone := apart(graph):
        yield f"Unbeaten beyond chance, but beating nobody: {_names(alone)}."


def _exploited(line: Line) -> str:
    won = _points(line.measures["exploitability"])
    return f"an opponent who knows its probabilities wins {won} points a round more from it than from perfect play"


def _points(estimate: Estimate) -> str:
    return f"{estimate.mean:.3f}" + (f" ± {estimate.half_width:.3f}" if estimate.half_width >= 5e-4 else "")


def _names(names: Sequence[str], most: int = 12) -> str:
    said = [shown(name) for name in names[:most]]
    return listed([*said, f"{len(names) - most} more"] if len(names) > most else said, "and") if said else "nobody"
