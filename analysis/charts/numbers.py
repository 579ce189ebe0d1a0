"""How often each answer comes where anything may be answered: histograms against the uniform line."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from analysis.charts.figure import Drawing, Figure, Row, shown
from analysis.charts.panels import columns_for, holding, only, side_by_side, values
from analysis.charts.theme import FAINT, INK, by_name
from analysis.randomness.measures import Measure
from analysis.randomness.single import PROBABILITY

if TYPE_CHECKING:
    from analysis.charts.panels import Chart

WIDE_FROM = 25
"""From so many answers on a panel takes the whole width."""


def figures(found: Sequence[Measure], names: Sequence[str]) -> list[Figure]:
    """One figure for each task whose answers were counted one by one."""
    bars = [measure for measure in found if measure.name == PROBABILITY]
    tasks = list(dict.fromkeys(measure.task for measure in bars))
    made = [_figure(place, [bar for bar in bars if bar.task == task], task, names) for place, task in enumerate(tasks, 1)]
    return [figure for figure in made if figure is not None]


def _figure(place: int, bars: Sequence[Measure], task: str, names: Sequence[str]) -> Figure | None:
    overall = [bar for bar in bars if not bar.wording]
    if len({bar.key for bar in overall}) < 2:
        return None
    rows = [_row(bar) for bar in bars]
    peak = max(overall, key=lambda bar: bar.value)
    return Figure(
        name=f"answers-{place}",
        title=f"What they answer: {shown(task)}",
        reading=(
            "Probability of each answer; the dashed line is a fair die. Read from the model's own distribution, not counted. "
            + _spread(bars)
        ),
        alt=(
            f"Histograms, one panel a player. The largest probability: {shown(peak.agent)} answers {shown(peak.key)} "
            f"with {100 * peak.value:.0f} %, a fair die with {100 * peak.expected:.0f} %."
        ),
        rows=rows,
        draw=partial(_draw, rows, [shown(name) for name in names]),
    )


def _spread(bars: Sequence[Measure]) -> str:
    """What the lines and dots on the bars are."""
    if any(bar.wording for bar in bars):
        return " Thin lines: 95 % intervals over wordings, cut off at 0 and 1; hollow dots: single wordings."
    known = any(bar.low < bar.high for bar in bars)
    return " Thin lines: 95 % intervals over matches." if known else ""


def _row(bar: Measure) -> dict[str, Any]:
    return {
        "task": shown(bar.task),
        "name": shown(bar.agent),
        "answer": shown(bar.key),
        "wording": shown(bar.wording),
        "value": bar.value,
        "low": max(bar.low, 0.0),
        "high": min(bar.high, 1.0),
        "uniform": bar.expected,
        "label": f"{shown(bar.agent)}: {shown(bar.key)} with {100 * bar.value:.1f} %",
    }


def _draw(rows: Sequence[Row], names: Sequence[str], width: int) -> Drawing:
    here = [name for name in names if any(row["name"] == name for row in rows)]
    answers = len({row["answer"] for row in rows})
    columns = columns_for(width, len(here), width if answers >= WIDE_FROM else 230)
    most = max(float(row[key] or 0.0) for row in rows for key in ("value", "high", "uniform") if row[key] == row[key])
    inner = max(width // columns - 62, 120)
    charts = [_panel(holding(rows, {"name": name}), name, names, most, inner) for name in here]
    return side_by_side(charts, columns, color="shared", y="shared", x="independent")


def _panel(rows: Sequence[Row], name: str, names: Sequence[str], most: float, width: int) -> "Chart":
    import altair as alt

    whole = holding(rows, {"wording": ""})
    answers = [str(row["answer"]) for row in whole]
    overall = only({"name": name, "wording": ""})
    axis = alt.Axis(labelAngle=0, ticks=False, labelOverlap="greedy", labelSeparation=4)
    x = alt.X("answer:N", title=None, sort=answers, axis=axis)
    scale = alt.Scale(domain=[0.0, most], nice=True)
    y = alt.Y("value:Q", title="probability", scale=scale, axis=alt.Axis(format="%", tickCount=4))
    bars = overall.mark_bar().encode(x=x, y=y, color=by_name(names), description="label:N")
    spread = overall.mark_rule(color=INK, strokeWidth=1, aria=False).encode(x=x, y="low:Q", y2="high:Q")
    even = alt.Chart(values([{"uniform": whole[0]["uniform"]}])).mark_rule(
        color=FAINT, strokeDash=[4, 3], strokeWidth=1.5, aria=False
    )
    layers: list[Any] = [bars, spread, even.encode(y="uniform:Q")]
    if len(whole) < len(rows):
        dots = (
            only({"name": name})
            .transform_filter("datum.wording != ''")
            .mark_point(color=INK, size=12, strokeWidth=1, opacity=0.7)
        )
        layers.append(dots.encode(x=x, y="value:Q", description="wording:N"))
    layered: Chart = alt.layer(*layers).properties(title=name, width=width, height=130)
    return layered
