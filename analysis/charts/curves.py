"""Lines over the rounds of a match: how evenly the players move, and how the exploiters learn."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from analysis.charts.figure import Drawing, Figure, Row, shown
from analysis.charts.panels import columns_for, only, side_by_side, values
from analysis.charts.theme import FAINT, PALETTE, by_name, dash_by_name, legend_columns
from analysis.page.curves import Curve

MOST_PANELS = 24
"""Panels of one figure; the data of the others is in its CSV."""


def entropy(evenness: Mapping[tuple[str, str], Curve], names: Sequence[str]) -> Figure | None:
    """Entropy over the rounds, by arena; None if no arena has several rounds."""
    rows = [
        row | {"panel": row["arena"], "low": max(row["low"], 0.0), "high": min(row["high"], 1.0)}
        for (arena, agent), curve in evenness.items()
        for row in _rows(curve, arena, agent)
    ]
    if not rows:
        return None
    return Figure(
        name="entropy",
        title="Entropy of the moves as a match goes on",
        reading=(
            "Entropy of the move distributions as a share of the largest possible: at 1 every move is equally likely. "
            "Each point is the mean of a block of rounds, without smoothing; bands are 95 % intervals over matches."
        ),
        alt="Lines of entropy over rounds, one panel an arena and one line a player.",
        rows=rows,
        draw=partial(_panels, rows, [shown(name) for name in names], "entropy (1: even)", None),
    )


def learning(
    name: str, arena: str, won: Mapping[tuple[str, str, str], Curve], names: Sequence[str], opponents: Sequence[str]
) -> Figure | None:
    """What every opponent wins from every player over the rounds of one arena; None if nobody met any of them there."""
    rows = [
        row | {"panel": shown(opponent)}
        for opponent in opponents
        for agent in names
        if (arena, agent, opponent) in won
        for row in _rows(won[arena, agent, opponent], arena, agent)
    ]
    if not rows:
        return None
    return Figure(
        name=name,
        title=f"What the opponents win as they learn: {shown(arena)}",
        reading=(
            "Points a round that an opponent wins beyond its seat's value, expected over both distributions: above 0 it "
            "profits. One panel an opponent, one line a player. Each point is the mean of a block of rounds, without "
            "smoothing; bands are 95 % intervals over matches, cut off at the edge of a panel."
        ),
        alt=f"Learning curves in {shown(arena)}: one panel an opponent, one line a player.",
        rows=rows,
        draw=partial(_panels, rows, [shown(name) for name in names], "points a round", 0.0),
    )


def _rows(curve: Curve, arena: str, agent: str) -> list[dict[str, Any]]:
    return [
        {"arena": shown(arena), "name": shown(agent), "round": middle, "value": mean, "low": low, "high": high}
        for middle, mean, low, high in curve.points()
    ]


def _panels(rows: Sequence[Row], names: Sequence[str], axis: str, mark: float | None, width: int) -> Drawing:
    panels = list(dict.fromkeys(str(row["panel"]) for row in rows))[:MOST_PANELS]
    columns = columns_for(width, len(panels), 165 if mark is not None else 230)
    inner = max(width // columns - 66, 90)
    here = [name for name in names if any(row["name"] == name for row in rows)]
    across = legend_columns(width, here)
    look: dict[str, Any] = {"color": by_name(names, across, here)}
    if len(names) > len(PALETTE):
        look["strokeDash"] = dash_by_name(names, across, here)
    ends = _ends(rows, mark)
    charts = [_lines(panel, look, axis, mark, ends, inner) for panel in panels]
    return side_by_side(
        charts, columns, color="shared", strokeDash="shared", y="shared" if mark is not None else "independent", x="independent"
    )


def _ends(rows: Sequence[Row], mark: float | None) -> tuple[float, float] | None:
    """The ends of the scale that the panels share where there is a mark.

    It holds every mean; of an interval that is wider than all of them together, as of two matches, the ends are cut off.
    """
    if mark is None:
        return None
    means, bands = ([float(row[key] or 0.0) for row in rows for key in keys] for keys in (("value",), ("low", "high")))
    low, high = min(mark, *means), max(mark, *means)
    spread = high - low
    known = [min(max(end, low - spread), high + spread) for end in bands if end == end]
    return min([low, *known]), max([high, *known])


def _lines(
    panel: str, look: dict[str, Any], axis: str, mark: float | None, ends: tuple[float, float] | None, width: int
) -> Any:
    import altair as alt

    scale = alt.Scale(domain=list(ends), nice=True) if ends else alt.Scale(zero=False, nice=True)
    base = only({"panel": panel})
    x = alt.X("round:Q", title="round", axis=alt.Axis(tickCount=4, grid=False, tickMinStep=1))
    y = alt.Y("value:Q", title=axis, scale=scale, axis=alt.Axis(tickCount=5))
    band = alt.Y("low:Q", title=axis, scale=scale)
    layers: list[Any] = [
        base.mark_area(opacity=0.18, clip=True, aria=False).encode(x=x, y=band, y2="high:Q", color=look["color"]),
        base.mark_line(strokeWidth=2, aria=False).encode(x=x, y=y, **look),
    ]
    if mark is not None:
        line = alt.Chart(values([{"mark": mark}])).mark_rule(color=FAINT, strokeDash=[4, 3], aria=False)
        layers.insert(0, line.encode(y="mark:Q"))
    return alt.layer(*layers).properties(title=alt.TitleParams(panel, limit=width + 40), width=width, height=130)
