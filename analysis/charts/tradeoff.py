"""Benchmark scores against unpredictability: what capability costs."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from analysis.charts.figure import SHOWN, Drawing, Figure, Row, shown
from analysis.charts.panels import columns_for, names_over, only, side_by_side
from analysis.charts.theme import FAINT, PALETTE
from analysis.families import ALL_TASKS
from analysis.tradeoff import Point

if TYPE_CHECKING:
    from analysis.charts.panels import Chart

BASE, ALIGNED, OTHER = "base", "aligned", "in no family"
AXES = {"entropy": "entropy, share of the largest", "exploitability": "exploitability, points a round"}


def figure(found: Sequence[Point]) -> Figure | None:
    """One panel for each benchmark and measure, over all tasks; None if no benchmarks were given."""
    rows = [_row(point) for point in found if point.task == ALL_TASKS]
    if not rows:
        return None
    return Figure(
        name="tradeoff",
        title="Benchmarks against unpredictability",
        reading=(
            "Each dot is a model: its benchmark score and, over all tasks in equal parts, the entropy of its moves (more is "
            "less predictable) and how exploitable it is, with 95 % intervals over matches. Thin lines join the stages of a "
            "family."
        ),
        alt="Scatter plots of benchmark scores against unpredictability; base and aligned models have different marks.",
        rows=rows,
        draw=partial(_draw, [row for row in rows if row["measure"] in AXES]),
    )


def _row(point: Point) -> dict[str, Any]:
    return {
        "name": shown(point.agent),
        "kind": OTHER if point.stage < 0 else BASE if point.stage == 0 else ALIGNED,
        "family": shown(point.family),
        "stage": point.stage,
        "benchmark": shown(point.benchmark),
        "score": point.score,
        "measure": SHOWN.get(point.measure, point.measure),
        "value": point.unpredictability.mean,
        "low": point.unpredictability.low,
        "high": point.unpredictability.high,
        "source": shown(point.source, 200),
    }


def _draw(rows: Sequence[Row], width: int) -> Drawing:
    panels = list(dict.fromkeys((str(row["benchmark"]), str(row["measure"])) for row in rows))
    columns = columns_for(width, len(panels), 300)
    inner = max(width // columns - 80, 180)
    charts = [_panel(benchmark, measure, inner) for benchmark, measure in panels]
    return side_by_side(charts, columns, color="shared", shape="shared", x="independent", y="independent")


def _panel(benchmark: str, measure: str, width: int) -> "Chart":
    import altair as alt

    kinds, axis, where = [BASE, ALIGNED, OTHER], AXES[measure], {"benchmark": benchmark, "measure": measure}
    scale = alt.Scale(zero=False, nice=True, padding=18)
    x = alt.X("score:Q", title=benchmark, scale=scale)
    y = alt.Y("value:Q", title=axis, scale=alt.Scale(zero=False, nice=True))
    colour = alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=list(PALETTE[:3])), legend=alt.Legend(title=None))
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=kinds, range=["circle", "triangle-up", "square"]))
    base, related = only(where), only(where).transform_filter("datum.stage >= 0")
    layers: list[Any] = [
        related.mark_line(color=FAINT, strokeWidth=1, aria=False).encode(x=x, y=y, detail="family:N", order="stage:Q"),
        base.mark_rule(strokeWidth=2, aria=False).encode(x=x, y=alt.Y("low:Q", title=axis), y2="high:Q", color=colour),
        base.mark_point(filled=True, size=80, opacity=1).encode(x=x, y=y, color=colour, shape=shape),
        *names_over(base, x, y, dy=-12),
    ]
    layered: Chart = alt.layer(*layers).properties(width=width, height=220)
    return layered
