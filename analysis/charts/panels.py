"""Small charts side by side: numbers with their intervals, one panel a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from analysis.charts.figure import Drawing, Row, Value, shown
from analysis.charts.theme import FAINT, GROUND, INK, by_name, shape_by_name

if TYPE_CHECKING:
    import altair

    Chart = altair.LayerChart | altair.FacetChart

LONGEST_LABELS = 148
"""Most pixels that the names beside a panel take."""
MARGIN = 28
"""Pixels of a panel that are neither names nor drawing."""


@dataclass(frozen=True)
class Panel:
    """One number of several players: the rows of a figure that hold these values, with `name`, `value`, `low` and `high`."""

    title: str
    axis: str
    """What the axis counts; it may be of several lines."""
    where: Mapping[str, str]
    mark: float | None = 0.0
    """Where a line stands for comparison."""


def only(where: Mapping[str, Value], chart: "altair.Chart | None" = None) -> "altair.Chart":
    """A chart of those of the figure's rows that hold these values."""
    import altair as alt

    chart = chart or alt.Chart()
    for field, value in where.items():
        chart = chart.transform_filter(alt.FieldEqualPredicate(field=field, equal=value))  # type: ignore[arg-type]
    return chart


def holding(rows: Sequence[Row], where: Mapping[str, Value]) -> list[Row]:
    """The rows that hold these values."""
    return [row for row in rows if all(row[field] == value for field, value in where.items())]


def columns_for(width: int, panels: int, least: int = 230) -> int:
    """Panels that stand side by side, so that the rows are about equally long."""
    most = max(1, min(panels, width // least))
    return -(-panels // -(-panels // most))


def values(rows: Sequence[Row]) -> "altair.InlineData":
    """A few rows beside the figure's own, for lines and dots of comparison."""
    import altair as alt

    plain: list[Any] = [dict(row) for row in rows]
    return alt.InlineData(values=plain)


def side_by_side(charts: Sequence["Chart"], columns: int, **scales: str) -> Drawing:
    """Panels in columns, with what their scales share."""
    padding = {"left": 10, "right": 14, "top": 5, "bottom": 5}
    panels = [alone(chart) for chart in charts]
    return {"concat": panels, "columns": columns, "spacing": 20, "resolve": {"scale": scales}, "padding": padding}


def alone(chart: "Chart") -> Drawing:
    """A chart as Vega-Lite, without what a whole drawing has once."""
    drawn: Drawing = chart.to_dict(validate=False)
    for part in (drawn, *drawn["layer"]):
        if part.get("data") == {"values": [{}]}:
            del part["data"]  # so that it takes the figure's rows
    return {key: part for key, part in drawn.items() if key not in ("$schema", "config")}


def interval_panels(
    rows: Sequence[Row], panels: Sequence[Panel], names: Sequence[str], width: int, order: Sequence[str] = ()
) -> Drawing:
    """A dot and its 95 % interval for each name, the same colours and shapes in every panel.

    order: everybody from top to bottom, where some have no colours of their own.
    """
    columns = columns_for(width, len(panels))
    labels = labels_of(order or names)
    inner = max(width // columns - labels - MARGIN, 110)
    charts = []
    for panel in panels:
        present = {str(row["name"]) for row in holding(rows, panel.where)}
        charts.append(_panel(panel, [name for name in order or names if name in present], names, inner))
    return side_by_side(charts, columns, color="shared", shape="shared", x="independent", y="independent")


def names_over(chart: "altair.Chart", x: Any, y: Any, **look: Any) -> list[Any]:
    """Two layers that write each `name` so that it is read over lines that run below it."""
    ground = chart.mark_text(**look, color=GROUND, stroke=GROUND, strokeWidth=4, aria=False)
    ink = chart.mark_text(**look, color=INK, aria=False)
    return [mark.encode(x=x, y=y, text="name:N") for mark in (ground, ink)]


def labels_of(names: Sequence[str], most: int = LONGEST_LABELS) -> int:
    """Pixels that names take beside a panel, at most that many."""
    return min(7 * max((len(name) for name in names), default=1) + 8, most)


def _panel(panel: Panel, here: Sequence[str], names: Sequence[str], width: int) -> "Chart":
    import altair as alt

    axis = alt.Axis(labelLimit=LONGEST_LABELS, ticks=False, domain=False, labelPadding=8)
    y = alt.Y("name:N", title=None, sort=list(here), axis=axis)
    scale = alt.Scale(zero=False, nice=True, padding=6)
    base, others = only(panel.where), [name for name in here if name not in names]
    colour, lines = by_name(names, others=others), panel.axis.split("\n")
    layers: list[Any] = [
        base.mark_rule(strokeWidth=2, aria=False).encode(
            x=alt.X("low:Q", title=lines, scale=scale, axis=alt.Axis(tickCount=3)), x2="high:Q", y=y, color=colour
        ),
        base.mark_point(filled=True, size=70, opacity=1).encode(
            x=alt.X("value:Q", title=lines, scale=scale),
            y=y,
            color=colour,
            shape=shape_by_name(names, others),
            description="label:N",
        ),
    ]
    if panel.mark is not None:
        line = alt.Chart(values([{"mark": panel.mark}])).mark_rule(strokeDash=[4, 3], color=FAINT, aria=False)
        layers.insert(0, line.encode(x=alt.X("mark:Q", title=lines, scale=scale)))
    title = alt.TitleParams(shown(panel.title), limit=width + 90, color=INK)
    chart: Chart = alt.layer(*layers).properties(title=title, width=width, height=alt.Step(24) if len(here) > 1 else 40)
    return chart


def label(name: str, value: float, low: float, high: float, digits: int = 3) -> str:
    """What a dot says to who cannot see it: `base: +0.069, 95 % interval +0.067 to +0.071`."""
    number = f"{name}: {value:.{digits}f}"
    return f"{number}, 95 % interval {low:.{digits}f} to {high:.{digits}f}" if low == low else number
