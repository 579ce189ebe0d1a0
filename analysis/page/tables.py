"""The tables of a report."""

from collections.abc import Sequence

from analysis.answered import sign
from analysis.answered_table import head as mass_head
from analysis.answered_table import rows as mass_rows
from analysis.charts.figure import SHOWN, shown
from analysis.figures import percent, signed
from analysis.halves import BestOfMany
from analysis.interval import Estimate
from analysis.page.findings import Findings
from analysis.page.leaders import Line
from analysis.page.markup import Html, element, joined
from analysis.page.rated import RatedGroup
from analysis.tradeoff import Correlation
from opponents.outcome import EVEN

UNKNOWN, NOT_SAID = "–", "n/a"
"""What does not exist, and what cannot be said of who does not answer or answers by single draws."""
SHORT = 24
"""Rows of a table that is not torn apart at the end of a sheet of paper."""
MANY = 9
"""Columns of a table that needs small type to fit on paper."""
SEVERAL = 6
"""Columns of a table that needs small type to fit on a phone."""
TOGETHER = "\N{NO-BREAK SPACE}"
"""Between what may not be torn apart at the end of a line."""


def table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> Html:
    """A table whose first column names its rows."""
    top = element("tr", *(element("th", cell, scope="col") for cell in head))
    lines = [
        element("tr", element("th", row[0], scope="row", class_="row"), *(element("td", cell) for cell in row[1:]))
        for row in rows
    ]
    kind = ("short" if len(rows) <= SHORT else "long") + (
        " many" if len(head) > MANY else " several" if len(head) > SEVERAL else ""
    )
    whole = element("table", element("caption", caption), element("thead", top), element("tbody", *lines), class_=kind)
    return element("div", whole, class_="table", tabindex="0", role="region", aria_label=caption)


def leaders(arena: str, lines: Sequence[Line]) -> Html:
    """One arena's leaderboard."""
    rows = [
        (
            f"{'*' if line.partial else ''}{shown(line.agent)}",
            interval(line.measures["exploitability"], sign=False),
            interval(line.measures["pay"]),
            share(line.measures["evenness"]),
            f"{share(line.measures['no_answer'])} {sign(line.elsewhere)}".rstrip(),
            interval(line.measures["strict_pay"]),
            f"{line.matches:,}",
        )
        for line in lines
    ]
    return table(shown(arena), ("", "exploitability", "pay a round", "entropy", "off-menu", "strict", "matches"), rows)


def answered(found: Findings) -> Html | None:
    """How much of each agent's probability is on no answer, by round."""
    rows = [
        (f"{agent}, {arena}" if seat == "any" else f"{agent}, {arena} as {seat}", *cells)
        for agent, arena, seat, *cells in mass_rows(found.situations)
    ]
    return table("Probability on no answer, by round", ("", *mass_head()[3:]), rows) if rows else None


def exploitability(found: Findings) -> Html | None:
    """What could be won and what was won, seats in equal parts as in `tells habits`."""
    rows = []
    for line in found.habits.exploitabilities:
        if line.arena not in found.habits.games:
            continue
        memories = [found.habits.memory_value(line.arena, line.agent, memory) for memory in (1, 2)]
        best = None if line.silent else line.realised
        rows.append(
            (
                f"{shown(line.agent)}{sign(line.elsewhere)}, {shown(line.arena)}",
                interval(line.oracle, sign=False),
                *(interval(value, sign=False) if value else UNKNOWN for value in memories),
                interval(best.value) if best else UNKNOWN,
                _winners(best),
            )
        )
    head = ("", "knows its mind", "memory 1", "memory 2", "best met", "who")
    return table("What can be won from each, points a round beyond the game's value", head, rows) if rows else None


def _winners(best: BestOfMany | None) -> str:
    """Who won most; nobody if even they won nothing."""
    if best is None:
        return UNKNOWN
    return " and ".join(shown(name) for name in best.names) if best.naive > EVEN else "nobody"


def precision(found: Findings) -> Html | None:
    """How much surer the expected pay is than the dice."""
    rows = [
        (
            f"{shown(line.agent)}, {shown(line.arena)}",
            _margin(line.expected) or "0",
            _margin(line.paid) or "0",
            _count(line.expected_repeats * line.line_ups),
            _count(line.paid_repeats * line.line_ups),
        )
        for line in found.alignment.precisions
    ]
    head = ("", "expected pay", "what the dice paid", "matches for ±0.01 of expected pay", "of what the dice paid")
    return table("How sure the pay is: half of the 95 % interval, and the matches it takes", head, rows) if rows else None


def correlations(found: Sequence[Correlation]) -> Html | None:
    """The trade-off in numbers."""
    rows = [
        (
            f"{shown(line.benchmark)} and {SHOWN.get(line.measure, line.measure)}, {shown(line.task)}",
            line.kind.capitalize(),
            _bounds(line.r, line.low, line.high) if line.r == line.r else UNKNOWN,
            f"{line.p:.3f}",
            f"{line.holm:.3f}",
            str(line.agents),
        )
        for line in found
    ]
    head = ("", "kind", "r", "p", "p, corrected", "models")
    return table("Correlation of benchmarks with unpredictability", head, rows) if rows else None


def agreement(group: RatedGroup) -> Html | None:
    """How far raters agree, and what goes together."""
    rows = [
        (f"agreement on {name} (Krippendorff's alpha)", _bounds(alpha.value, alpha.low, alpha.high), str(alpha.units), UNKNOWN)
        for name, alpha in group.alphas.items()
        if alpha is not None
    ]
    rows += [
        (
            f"{line.one} with {line.other} (Spearman's rho)",
            _bounds(line.rho.value, line.rho.low, line.rho.high),
            str(line.rho.units),
            UNKNOWN if line.published is None else f"{line.published:+.2f}",
        )
        for line in group.correlations
        if line.rho is not None
    ]
    caption = "Agreement, and what goes together; published: West & Potts 2025, read from secondary sources"
    return table(caption, ("", "value", "texts or pairs", "published"), rows) if rows else None


def interval(estimate: Estimate, sign: bool = True) -> str:
    """`+0.012 ± 0.003`; without a margin where every match was the same."""
    if estimate.mean != estimate.mean:
        return NOT_SAID
    mean = signed(estimate.mean) if sign else f"{estimate.mean + 0.0:.3f}"
    return f"{mean} {_margin(estimate.half_width)}".rstrip()


def share(estimate: Estimate) -> str:
    """`98.1 % ± 0.2`."""
    if estimate.mean != estimate.mean:
        return NOT_SAID
    half = estimate.half_width
    mean = percent(estimate.mean).replace(" ", TOGETHER)
    return mean + (f" ±{TOGETHER}{100 * half:.1f}" if half >= 5e-4 else "")


def listing(items: Sequence[str]) -> Html:
    """A list of sentences."""
    whole = [item.replace(" %", f"{TOGETHER}%") for item in items]
    return element("ul", *(element("li", item) for item in whole), class_="summary") if items else joined()


def _margin(half: float) -> str:
    return f"±{TOGETHER}{half:.3f}" if half >= 5e-4 else "" if half == half else f"±{TOGETHER}?"


def _bounds(value: float, low: float, high: float) -> str:
    said = f"{round(value, 2) + 0.0:+.2f}"
    return f"{said} [{low:+.2f}, {high:+.2f}]" if low == low else said


def _count(matches: float) -> str:
    return f"{matches:,.0f}" if matches == matches and matches < 1e12 else UNKNOWN
