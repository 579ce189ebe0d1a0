"""What each stage of a family changed, measured from its base."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from analysis.charts.figure import SHOWN, Figure, shown
from analysis.charts.panels import Panel, holding, interval_panels, label
from analysis.families import ALL_TASKS, Difference

MOST_PANELS = 36
"""Panels that are drawn; the data of the others is in the CSV."""
AXES = {
    "exploitability": "change, points a round",
    "entropy": "change, share of the largest",
    "pay": "change, points a round",
}


def figure(found: Sequence[Difference], names: Sequence[str]) -> Figure | None:
    """Differences from the base by task and measure; None if no family played."""
    rows = [row for difference in found if (row := _row(difference))["measure"] in AXES]
    if not rows:
        return None
    tasks = [ALL_TASKS, *dict.fromkeys(str(row["task"]) for row in rows if row["task"] != ALL_TASKS)]
    panels = [
        Panel(f"{task}: {measure}", axis, where)
        for task in tasks
        for measure, axis in AXES.items()
        if holding(rows, where := {"task": task, "measure": measure})
    ]
    return Figure(
        name="alignment",
        title="What the later stages changed",
        reading=(
            "A stage less the base of its family against the same opponents, with 95 % bootstrap intervals over matches, which "
            "are narrower where both met on the same dice. "
            "Exploitability to the right of 0: easier to exploit than the base. Entropy to the left: more predictable."
        ),
        alt="Dots with intervals, one panel a task and measure and one dot a stage.",
        rows=rows,
        draw=partial(interval_panels, rows, panels[:MOST_PANELS], [shown(name) for name in names]),
    )


def _row(difference: Difference) -> dict[str, Any]:
    interval = difference.interval
    return {
        "family": shown(difference.family),
        "base": shown(difference.base),
        "name": shown(difference.stage),
        "task": shown(difference.task),
        "measure": SHOWN.get(difference.measure, difference.measure),
        "value": interval.mean,
        "low": interval.low,
        "high": interval.high,
        "holm": difference.holm,
        "matches": interval.matches,
        "label": label(shown(difference.stage), interval.mean, interval.low, interval.high),
    }
