"""Colours and type that all figures share, told apart by people who see few colours, on light and on dark ground."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from analysis.charts.figure import LONGEST_NAME

if TYPE_CHECKING:
    import altair

INK, FAINT, GRID, GROUND = "#1c2126", "#5b6570", "#d9dee3", "#fdfdfc"
"""Text, secondary text and axes, grid lines, and the ground: what changes between light and dark."""
PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8c7355")
"""Okabe & Ito 2008 without yellow and black, which vanish on one of the two grounds, and a brown."""
DASHES = ((1, 0), (5, 2), (2, 2))
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right")
POSITIVE, NEUTRAL, NEGATIVE = "#0071b1", "#f3f3f0", "#d45d00"
"""Ends and middle of a scale about zero; not quite the players' colours, which are lighter on dark ground."""
FONT = "Arial, Liberation Sans, Helvetica, Arimo, sans-serif"
"""Of equal widths all: what is measured when a figure is made holds where it is read."""
ON_LIGHT, ON_DARK = "#111111", "#ffffff"
"""Text in cells that have a colour of their own, whatever the ground."""
INK_TURNS = 0.85
"""From this share of the way to `POSITIVE` white is read better than black; on `NEGATIVE` black always is."""


def config() -> dict[str, Any]:
    """Vega-Lite's configuration of every figure."""
    axis = {"domainColor": FAINT, "tickColor": FAINT, "gridColor": GRID, "labelColor": INK, "titleColor": FAINT}
    return {
        "background": "transparent",
        "font": FONT,
        "view": {"stroke": None},
        "axis": axis | {"labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 150},
        "header": {"labelColor": INK, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12},
        "legend": {
            "labelColor": INK,
            "titleColor": FAINT,
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "orient": "top",
            "labelLimit": 160,
            "symbolLimit": 40,
        },
        "title": {"color": INK, "fontSize": 13, "fontWeight": 600, "anchor": "start", "offset": 8},
        "text": {"color": INK, "fontSize": 11},
        "rule": {"color": FAINT},
    }


def by_name(
    names: Sequence[str], columns: int | None = None, entries: Sequence[str] | None = None, others: Sequence[str] = ()
) -> "altair.Color":
    """Colours of the players, the same in every figure, others grey; with a legend of the entries where columns are given."""
    import altair as alt

    colours = [PALETTE[place % len(PALETTE)] for place in range(len(names))] + [FAINT] * len(others)
    legend = _legend(names, columns, entries) if columns else None
    return alt.Color("name:N", scale=alt.Scale(domain=[*names, *others], range=colours), legend=legend)


def dash_by_name(names: Sequence[str], columns: int, entries: Sequence[str]) -> "altair.StrokeDash":
    """Lines that are broken where the colours begin anew, in one legend with them."""
    import altair as alt

    dashes = [list(DASHES[place // len(PALETTE) % len(DASHES)]) for place in range(len(names))]
    legend = _legend(names, columns, entries)
    return alt.StrokeDash("name:N", scale=alt.Scale(domain=list(names), range=dashes), legend=legend)


def _legend(names: Sequence[str], columns: int, entries: Sequence[str] | None) -> "altair.Legend":
    import altair as alt

    symbol = "square" if len(names) <= len(PALETTE) else "stroke"
    return alt.Legend(title=None, columns=columns, values=list(entries or names), symbolType=symbol, symbolOpacity=1.0)


def shape_by_name(names: Sequence[str], others: Sequence[str] = ()) -> "altair.Shape":
    """Shapes of the players: they change where the colours begin anew, and help who sees no colours."""
    import altair as alt

    shapes = [SHAPES[(place + place // len(PALETTE)) % len(SHAPES)] for place in range(len(names))] + ["circle"] * len(others)
    return alt.Shape("name:N", scale=alt.Scale(domain=[*names, *others], range=shapes), legend=None)


def legend_columns(width: int, names: Sequence[str]) -> int:
    """Entries of a legend that fit side by side."""
    longest = min(max((len(name) for name in names), default=1), LONGEST_NAME)
    return max(1, min(len(names), width // (7 * longest + 34)))
