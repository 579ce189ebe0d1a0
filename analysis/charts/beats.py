"""Who beats whom, drawn as a graph: an arrow from the winner to the loser."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from analysis.beats import BeatsGraph, Spot
from analysis.charts.figure import Drawing, Figure, Row, shown
from analysis.charts.panels import alone, names_over, values
from analysis.charts.theme import FAINT, PALETTE

MOST_EDGES = 60
"""Arrows that are drawn, the strongest; all of them are in the data."""
TIER = 84
"""Pixels between two tiers."""
CROWDED = 76
"""Pixels between neighbours below which every second stands lower."""


def figure(found: BeatsGraph, agents: Sequence[str]) -> Figure | None:
    """The graph with the agents marked; None if nobody beats anybody."""
    if not found.edges:
        return None
    rows: list[Row] = [{"winner": shown(e.winner), "loser": shown(e.loser), "pay": e.pay, "holm": e.holm} for e in found.edges]
    drawn = min(len(found.edges), MOST_EDGES)
    less = "" if drawn == len(found.edges) else f" The {drawn} strongest of {len(found.edges)} arrows are drawn."
    below = " Below all, without arrows: who beats nobody and is beaten by nobody." if apart(found) else ""
    return Figure(
        name="beats",
        title="Who beats whom",
        reading=(
            "An arrow from winner to loser where the mean pay differs from 0 beyond chance (Holm's correction over the "
            f"{found.tested} pairs that were tested) or nothing in it is random; the thicker, the more it "
            f"wins. Players stand above those they beat; players of one circle side by side.{below} "
            f"Models that were measured are blue.{less}"
        ),
        alt=(
            f"A graph of {len(found.players)} players and {len(found.edges)} arrows; {len(found.cycles)} circles of at most "
            f"four players; {len(found.components)} groups that beat each other in circles."
        ),
        rows=rows,
        draw=partial(_draw, found, frozenset(agents)),
        others=[shown(name) for name in found.players],
    )


def apart(found: BeatsGraph) -> list[str]:
    """Those who beat nobody and are beaten by nobody, and so have no place above or below the others."""
    joined = {name for edge in found.edges for name in (edge.winner, edge.loser)}
    return [name for name in found.players if name not in joined]


def _spots(found: BeatsGraph) -> list[Spot]:
    """The tiers of those who beat or are beaten, and a last one for the others."""
    lone = set(apart(found))
    if not lone:
        return list(found.layout)
    ranked = [spot for spot in found.layout if spot.name not in lone]
    last = max(spot.tier for spot in ranked) + 1
    spots = []
    for tier in range(last):
        here = [spot for spot in ranked if spot.tier == tier]
        spots += [replace(spot, x=(place + 1) / (len(here) + 1), y=1 - tier / last) for place, spot in enumerate(here)]
    below = [name for name in found.players if name in lone]
    return spots + [Spot(name, last, (place + 1) / (len(below) + 1), 0.0) for place, name in enumerate(below)]


def _draw(found: BeatsGraph, agents: frozenset[str], width: int) -> Drawing:
    import altair as alt

    layout = _spots(found)
    inner, tiers = width - 30, max(spot.tier for spot in layout) + 1
    height = max(TIER * (tiers - 1) + 60, 120)
    place = {spot.name: _at(spot, layout, inner, height) for spot in layout}
    most = max(edge.pay for edge in found.edges)
    arrows = [
        _arrow(place[e.winner], place[e.loser], shown(e.winner), shown(e.loser), e.pay, e.pay / most)
        for e in found.edges[:MOST_EDGES]
    ]
    nodes = [
        {"name": shown(name), "x": x, "y": y, "kind": "agent" if name in agents else "opponent"}
        for name, (x, y) in place.items()
    ]
    across = alt.Scale(domain=[0, inner], nice=False)
    down = alt.Scale(domain=[height, 0], nice=False)
    x, y = alt.X("x:Q", scale=across, axis=None), alt.Y("y:Q", scale=down, axis=None)
    x2, y2 = alt.X("x2:Q", scale=across, axis=None), alt.Y("y2:Q", scale=down, axis=None)
    thick = alt.StrokeWidth("share:Q", scale=alt.Scale(domain=[0, 1], range=[0.8, 5]), legend=None)
    kinds = alt.Color("kind:N", scale=alt.Scale(domain=["agent", "opponent"], range=[PALETTE[0], FAINT]), legend=None)
    lines, dots = alt.Chart(values(arrows)), alt.Chart(values(nodes))
    heads = lines.mark_point(shape="triangle", filled=True, color=FAINT, size=70, opacity=0.9, aria=False)
    layers: list[Any] = [
        lines.mark_rule(color=FAINT, opacity=0.55).encode(
            x=x, y=y, x2="x2:Q", y2="y2:Q", strokeWidth=thick, description="label:N"
        ),
        heads.encode(x=x2, y=y2, angle=alt.Angle("angle:Q", scale=None)),
        dots.mark_point(filled=True, size=220, opacity=1, aria=False).encode(x=x, y=y, color=kinds),
        *names_over(dots, x, y, dx=12, align="left", fontSize=12, fontWeight=600, limit=_room(layout, inner)),
    ]
    return alone(alt.layer(*layers).properties(width=inner, height=height))


def _room(layout: Sequence[Spot], inner: float) -> float:
    """Pixels that a name may take where its tier is most crowded."""
    apart = inner / (max(Counter(spot.tier for spot in layout).values()) + 1)
    return max((2 if apart < CROWDED else 1) * apart - 30, 40)


def _at(spot: Spot, layout: Sequence[Spot], inner: float, height: float) -> tuple[float, float]:
    """Where a player stands.

    One alone on its tier stands to one side or the other, so that arrows do not run through it; in a crowd every second stands
    lower, so that names do not run into each other.
    """
    tier = sorted(other.x for other in layout if other.tier == spot.tier)
    aside = (0.12 if spot.tier % 2 else -0.12) if len(tier) == 1 else 0.0
    lower = 24.0 * (tier.index(spot.x) % 2) if inner / (len(tier) + 1) < CROWDED else 0.0
    return (spot.x + aside) * inner - 20, 18 + (1 - spot.y) * (height - 60) + lower


def _arrow(
    start: tuple[float, float], end: tuple[float, float], winner: str, loser: str, pay: float, share: float
) -> dict[str, Any]:
    """A line that ends where the loser's dot begins, and how its head is turned."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = max(math.hypot(dx, dy), 1e-9)
    gap = min(15 / length, 0.45)
    return {
        "x": start[0] + gap * dx,
        "y": start[1] + gap * dy,
        "x2": end[0] - gap * dx,
        "y2": end[1] - gap * dy,
        "angle": math.degrees(math.atan2(dy, dx)) + 90,
        "share": share,
        "label": f"{winner} wins {pay:.3f} a round from {loser}",
    }
