"""How different the texts of one player are from each other."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from analysis.charts.figure import Figure, shown
from analysis.charts.panels import Panel, interval_panels, label
from analysis.randomness.measures import Measure
from analysis.texts.on_task import DEFINITION

WANTED = {
    "on-task share": "texts that are what was asked for\n(what is not is diverse for nothing)",
    "Vendi score": "texts that differ, in effect\n(higher: more diverse)",
    "distinct_k": "kinds of text among ten\n(higher: more diverse)",
    "distinct-2": "share of different word pairs\n(higher: more diverse)",
    "self-BLEU": "likeness to each other\n(lower: more diverse)",
    "compression ratio": "compressibility\n(lower: more diverse)",
    "mean distance": "mean distance of two texts\n(higher: more diverse)",
}
WHOLE = "writing"
"""The task under which the measures over all topics stand."""


def figure(found: Sequence[Measure], names: Sequence[str]) -> Figure | None:
    """Some measures over all topics; None if nobody wrote."""
    rows = [_row(measure) for measure in found if measure.task == WHOLE and measure.value == measure.value]
    panels = [
        Panel(name, axis, {"measure": name}, None)
        for name, axis in WANTED.items()
        if any(row["measure"] == name for row in rows)
    ]
    if not panels:
        return None
    return Figure(
        name="diversity",
        title="How diverse the texts are",
        reading=(
            "Texts on a topic are cut to equal length before they are compared, since every one of these measures hangs on it. "
            f"Lines are 95 % intervals: topics drawn anew, and texts within them. {DEFINITION[0].upper()}{DEFINITION[1:]}"
        ),
        alt="Dots with intervals, one panel a measure of diversity and one dot a player.",
        rows=rows,
        draw=partial(interval_panels, rows, panels, [shown(name) for name in names]),
    )


def _row(measure: Measure) -> dict[str, Any]:
    return {
        "measure": shown(measure.name, 60),
        "name": shown(measure.agent),
        "value": measure.value,
        "low": measure.low,
        "high": measure.high,
        "texts": measure.n,
        "source": measure.source,
        "label": label(shown(measure.agent), measure.value, measure.low, measure.high),
    }
