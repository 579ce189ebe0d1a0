"""What was found out about families, players and precision, in sentences, and what the tables of it mean."""

import math
from collections.abc import Iterator, Sequence

from analysis.alignment_found import AlignmentFindings
from analysis.beats import BeatsGraph
from analysis.families import ALL_TASKS, Unanswered
from analysis.family_summary import verdicts
from analysis.figures import percent
from analysis.tradeoff import FEWEST_RANKED, Correlation
from arenas.wording import listed

MOST_CIRCLES = 5
LABELS = {"pay": "pay", "exploitability": "exploitable", "evenness": "entropy", "no_answer": "off-menu"}


def in_words(found: AlignmentFindings) -> Iterator[str]:
    """The findings as sentences, what alignment did first."""
    if not (found.differences or found.precisions or found.points):
        yield "nothing to compare: nothing but texts was played"
        return
    yield from no_verdicts(found.unanswered)
    if found.families:
        yield from verdicts(found.differences, found.trends, found.across)
    else:
        yield "no families: name them in the configuration (families: {name: [base, sft]}) or by --family NAME=base,sft"
    yield from (
        _correlation_in_words(line) for line in found.correlations if line.task == ALL_TASKS and line.kind == "spearman"
    )
    if found.points and not found.correlations:
        yield "too few agents have a benchmark score for a correlation: it takes four"
    yield from graph_in_words(found.graph)
    sure = [line for line in found.precisions if 1 < line.times < math.inf and line.line_ups > 1]
    if sure:
        typical = sorted(line.times for line in sure)[len(sure) // 2]
        yield (
            f"scored by expected pay, a match of two says as much as {typical:.0f} matches scored by what the dice paid "
            "(median over agents and arenas)"
        )


def no_verdicts(lines: Sequence[Unanswered]) -> Iterator[str]:
    """Of which tasks nothing is said, as some stage does not answer; those of a stage together."""
    stages: dict[str, list[Unanswered]] = {}
    for line in lines:
        stages.setdefault(line.stage, []).append(line)
    for stage, parts in stages.items():
        tasks = listed([f"{line.task} ({percent(line.elsewhere)} on no answer)" for line in parts], "and")
        yield f"{stage} does not answer in {tasks}: no verdict on what changed there"


def legend(found: AlignmentFindings) -> Iterator[str]:
    if found.differences:
        yield (
            "change: paired by opponent, seat and repeat, over opponents and seats in equal parts; bootstrap over matches; "
            "p by t-test, corrected over all tasks and stages of a measure. Where a task was asked in several wordings, stages "
            "are compared within each, and the interval is Student's t over the wordings. exact: nothing in it is random, as "
            "where one answer is read in a fresh context; that is of these wordings and opponents alone, and says nothing of "
            "others."
        )
    if found.correlations:
        yield (
            f"r: no interval of ranks (?) below {FEWEST_RANKED} agents; p by permutation. Both take agents for independent of "
            "each other, which stages of one family are not: with several of them p is too small."
        )
    if found.graph.compared:
        exact = found.graph.compared - found.graph.tested
        yield (
            f"who beats whom: p corrected over the {found.graph.tested} pairs that could be tested"
            + (f"; the other {exact} have nothing random in them or met but once." if exact else ".")
        )
    if found.ratings.bradley_terry:
        yield "matches are won by what the dice paid beyond the seats' game values; matches equal in every repeat count once."
    if found.ratings.nash:
        yield (
            "hardest mix: Nash averaging (Balduzzi et al. 2018). Its flaw: whoever is hardest to beat, such as a uniform "
            "player, takes the whole mix, so read the pay. alpha-rank: share of time evolution stays (alpha 10)."
        )
        if found.ratings.left_out:
            yield f"not in it, for not having met all others: {', '.join(found.ratings.left_out)}."
    if found.precisions:
        yield (
            "± pay: of the expected pay a round; ± dice: of what was paid; times: how many times the matches the dice need. "
            "?: too few matches to say, such as dice that fell alike in all of them."
        )


def _correlation_in_words(line: Correlation) -> str:
    if math.isnan(line.r):
        return f"{line.benchmark} and {LABELS[line.measure]} cannot be compared: one of them is the same for all agents"
    verdict = "go together" if line.r > 0 else "go against each other"
    sure = "" if line.holm < 0.05 else ", which may be chance"
    return (
        f"{line.benchmark} and {LABELS[line.measure]} {verdict} over {line.agents} agents{sure}: Spearman's rho {bounded(line)}"
    )


def bounded(line: Correlation) -> str:
    """`+0.50 [+0.10, +0.80]`, or `[?]` where there is no interval."""
    return f"{line.r:+.2f} [?]" if math.isnan(line.low) else f"{line.r:+.2f} [{line.low:+.2f}, {line.high:+.2f}]"


def graph_in_words(graph: BeatsGraph) -> Iterator[str]:
    """Who beats whom, and in which circles."""
    if not graph.compared:
        return
    exact = sum(math.isnan(edge.holm) for edge in graph.edges)
    within = f" ({exact} of them as nothing in them is random)" if exact else ""
    yield f"{len(graph.edges)} of {graph.compared} pairs that met are decided beyond doubt{within}"
    cyclic = graph.cyclic
    if not math.isnan(cyclic.share):
        within = "" if math.isnan(cyclic.low) else f" [{100 * cyclic.low:.0f}, {100 * cyclic.high:.0f}]"
        yield (
            f"{100 * cyclic.share:.0f} %{within} of the table of pay (of its squares) is left over when each pair's pay is the "
            "difference of two ratings; circles are one kind of what is left"
        )
    if graph.cycles:
        first = "; ".join(" > ".join((*cycle, cycle[0])) for cycle in graph.cycles[:MOST_CIRCLES])
        count = f"more than {len(graph.cycles)}" if graph.more_cycles else str(len(graph.cycles))
        yield f"{count} circles of at most four, {'such as ' if len(graph.cycles) > MOST_CIRCLES else ''}{first}"
    elif not graph.components:
        yield "nobody beats in a circle"
    for group in graph.components:
        yield f"in this group everybody is in a circle with everybody else, of whatever length: {', '.join(group)}"
