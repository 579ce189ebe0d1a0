"""The payoff matrix of an arena: what each player earns from each opponent."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from analysis.charts.figure import Drawing, Figure, Row, shown
from analysis.charts.panels import labels_of, side_by_side
from analysis.charts.theme import INK_TURNS, NEGATIVE, NEUTRAL, ON_DARK, ON_LIGHT, POSITIVE
from analysis.figures import signed
from analysis.interval import Estimate

LEAST_SCALE = 1e-6
LEAST_CELL = 32
"""Pixels of a cell into which a number fits."""


def figure(name: str, arena: str, pay: Mapping[str, Mapping[str, Estimate]], order: Sequence[str]) -> Figure | None:
    """pay[agent][opponent] is a mean a round less the seat's value; opponents stand in this order. None if nobody met."""
    opponents = [opponent for opponent in dict.fromkeys(order) if any(opponent in met for met in pay.values())]
    rows = [_row(agent, other, met[other]) for other in opponents for agent, met in pay.items() if other in met]
    if not rows:
        return None
    worst = min(rows, key=lambda row: float(row["value"] or 0.0))
    return Figure(
        name=name,
        title=f"Who earns what from whom: {shown(arena)}",
        reading=(
            "Mean points a round of the player (row) against the opponent (column), expected over both distributions, less "
            "the game's value, ± the half-width of the 95 % interval over matches. Blue: the player wins; orange: it loses."
        ),
        alt=f"A table of payoffs in colours. The worst, {worst['label']}.",
        rows=rows,
        draw=partial(_draw, rows),
    )


def _row(agent: str, opponent: str, estimate: Estimate) -> dict[str, Any]:
    half = estimate.half_width
    return {
        "name": shown(agent),
        "opponent": shown(opponent),
        "value": estimate.mean,
        "half_width": half,
        "label": f"{shown(agent)} against {shown(opponent)}: {signed(estimate.mean)} {_margin(half, 3)}",
        "text": signed(estimate.mean),
        "margin": _margin(half, 3),
    }


def _margin(half: float, digits: int) -> str:
    return f"±{half:.{digits}f}" if half == half else "±?"


def _draw(rows: Sequence[Row], width: int) -> Drawing:
    import altair as alt

    opponents, names = (list(dict.fromkeys(str(row[key]) for row in rows)) for key in ("opponent", "name"))
    labels = max(labels_of(names), labels_of(opponents))
    turned = (width - labels) / len(opponents) < 44 and len(names) < len(opponents)
    most = max(max(abs(float(row["value"] or 0.0)) for row in rows), LEAST_SCALE)
    across, down = ("name", "opponent") if turned else ("opponent", "name")
    cells = len(names) if turned else len(opponents)
    inner = min(width - labels - 30, 70 * cells)
    colour = alt.Color(
        "value:Q", scale=alt.Scale(domain=[-most, 0, most], range=[NEGATIVE, NEUTRAL, POSITIVE], interpolate="rgb"), legend=None
    )
    x = alt.X(
        f"{across}:N",
        title=None,
        sort=names if turned else opponents,
        axis=alt.Axis(orient="top", labelAngle=-35, domain=False, ticks=False),
    )
    y = alt.Y(
        f"{down}:N",
        title=None,
        sort=opponents if turned else names,
        axis=alt.Axis(labelLimit=labels, domain=False, ticks=False),
    )
    base = alt.Chart().encode(x=x, y=y)
    ink = alt.condition(f"datum.value > {INK_TURNS * most}", alt.value(ON_DARK), alt.value(ON_LIGHT))
    small = inner / cells < 40
    layers: list[Any] = [base.mark_rect(stroke="white", strokeWidth=1).encode(color=colour, description="label:N")]
    if inner / cells >= LEAST_CELL:
        number = base.mark_text(dy=0 if small else -6, fontSize=9 if small else 11, aria=False)
        layers.append(number.encode(text="text:N", color=ink))
    if not small:
        layers.append(base.mark_text(dy=8, fontSize=9, aria=False).encode(text="margin:N", color=ink))
    height = alt.Step(24 if small else 34)
    return side_by_side([alt.layer(*layers).properties(width=inner, height=height)], 1)
