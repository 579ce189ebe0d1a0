"""A figure as a picture: SVG for a page, and SVG, PNG or PDF in a folder."""

import math
import re
import textwrap
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.charts.figure import WIDE, Drawing, Figure, Row, labels
from analysis.charts.theme import FAINT, GROUND, config
from arenas.errors import UserError

LETTERS = 125
"""Letters of a line above a figure in a file of its own."""


def specification(figure: Figure, width: int) -> Drawing:
    """The figure as Vega-Lite, with its data in it."""
    import altair as alt
    from altair.utils.schemapi import debug_mode

    # checked by the tests: it takes nine tenths of the time
    with alt.data_transformers.enable(consolidate_datasets=False), debug_mode(False):
        chart = figure.draw(width)
    whole = {"data": {"values": [_plain(row) for row in figure.rows]}, **chart}
    cut = labels(figure)
    return {"$schema": alt.SCHEMA_URL, "config": config(), **(_relabelled(whole, cut) if cut else whole)}


def sheets(figure: Figure, width: int, tallest: float = math.inf) -> list[str]:
    """The figure as SVG without a ground of its own; where it would be taller than so many pixels, its rows of panels are dealt
    out over several.
    """
    whole = specification(figure, width)
    drawn, panels, columns = _svg(whole), whole.get("concat", []), whole.get("columns", 1)
    rows = math.ceil(len(panels) / columns)
    count = min(math.ceil(_height(drawn) / tallest), rows)
    if count < 2:
        return [drawn]
    size = math.ceil(rows / count) * columns
    return [_svg({**whole, "concat": panels[start : start + size]}) for start in range(0, len(panels), size)]


def _relabelled(part: Any, cut: Mapping[str, str]) -> Any:
    """A part of a drawing in which names, wherever they stand alone, are cut."""
    if isinstance(part, str):
        return cut.get(part, part)
    if isinstance(part, dict):
        return {key: _relabelled(value, cut) for key, value in part.items()}
    return [_relabelled(each, cut) for each in part] if isinstance(part, list) else part


def _svg(chart: Drawing) -> str:
    import vl_convert

    return str(vl_convert.vegalite_to_svg(chart, allowed_base_urls=[]))


def _height(svg: str) -> float:
    found = re.search(r'<svg[^>]* height="([0-9.]+)"', svg)
    assert found, "a drawing says how tall it is"
    return float(found[1])


def save(figure: Figure, folder: Path) -> None:
    """The figure with its title as SVG, PNG (at twice the size) and PDF, and its data as CSV; raises `UserError`."""
    import vl_convert

    chart = {**specification(figure, WIDE), "title": _title(figure)}
    chart["config"]["background"] = GROUND
    svg = _svg(chart)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{figure.name}.svg").write_text(svg, encoding="utf-8")
        (folder / f"{figure.name}.png").write_bytes(vl_convert.vegalite_to_png(chart, scale=2, allowed_base_urls=[]))
        (folder / f"{figure.name}.pdf").write_bytes(vl_convert.vegalite_to_pdf(chart, allowed_base_urls=[]))
        (folder / f"{figure.name}.csv").write_text(figure.csv, encoding="utf-8")
    except OSError as error:
        raise UserError(f"{folder}: cannot write here ({error.strerror})") from error


def _title(figure: Figure) -> dict[str, Any]:
    """The words that stand beside a figure in a page, for where there is no page."""
    return {
        "text": figure.title,
        "subtitle": textwrap.wrap(figure.reading, LETTERS),
        "anchor": "start",
        "fontSize": 16,
        "subtitleFontSize": 12,
        "subtitleColor": FAINT,
        "subtitlePadding": 6,
        "offset": 14,
    }


def _plain(row: Row) -> dict[str, Any]:
    """A row with null for what JSON does not know."""
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in row.items()}
