"""What a figure is: a drawing that can be made at any width, the words beside it, and the data behind it."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from arenas.plain_text import printable

Value = str | float | int | None
Row = Mapping[str, Value]
Drawing = dict[str, Any]
"""A chart as Vega-Lite, without data of its own but a few rows for comparison."""
SHOWN = {"evenness": "entropy", "no_answer": "off-menu"}
"""What readers see in place of the name of a measure: entropy is always a share of the largest."""
NAMES = ("name", "opponent", "panel", "winner", "loser", "answer", "move", "player")
"""What rows hold of names that stand beside drawings."""
LONGEST_NAME = 20
"""Characters of a name beside a drawing; the data has the whole."""
WIDE, NARROW = 760, 340
"""Pixels across of a drawing for a desk and for a phone."""


@dataclass(frozen=True)
class Figure:
    """One figure. `draw` makes it of about so many pixels across, to be filled with the rows; `reading` says how to read it,
    `alt` what it shows.
    """

    name: str
    """Of letters, digits and `-`: its place in a page and the name of its files."""
    title: str
    reading: str
    alt: str
    rows: Sequence[Row]
    """The data, one row an observation; every row has the keys of the first."""
    draw: Callable[[int], Drawing]
    others: Sequence[str] = ()
    """Names that are drawn and that no row holds."""

    @property
    def csv(self) -> str:
        """The data as CSV with a head; an unknown number is empty."""
        return as_csv(self.rows)


def as_csv(rows: Sequence[Row]) -> str:
    """Rows as CSV. A text that a spreadsheet would take for a formula begins with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    if rows:
        writer.writerow(rows[0])
        writer.writerows([_cell(value) for value in row.values()] for row in rows)
    return file.getvalue()


def _cell(value: Value) -> Value:
    if isinstance(value, float) and value != value:
        return ""
    if isinstance(value, str):
        plain = printable(value)
        return f"'{plain}" if plain[:1] in ("=", "+", "-", "@") else plain
    return value


def shown(name: str, longest: int | None = None) -> str:
    """A name from anywhere as a part of one line, whole unless a bound is given: cut names may be alike."""
    plain = " ".join(printable(name).split())
    return plain if longest is None or len(plain) <= longest else f"{plain[: longest - 1]}…"


def labels(figure: Figure) -> dict[str, str]:
    """Those of a figure's names that are too long to stand beside it, with what stands there in their place."""
    names = {str(row[key]) for row in figure.rows for key in NAMES if row.get(key)} | set(figure.others)
    return {name: label for name, label in short(sorted(names)).items() if label != name}


def short(names: Sequence[str], longest: int = LONGEST_NAME) -> dict[str, str]:
    """A label for each name, cut in the middle, no two alike: as much of the end stays as tells them apart."""
    for end in range((longest - 1) // 2, longest):
        cut = {name: name if len(name) <= longest else f"{name[: longest - 1 - end]}…{name[-end:]}" for name in names}
        if len(set(cut.values())) == len(cut):
            return cut
    numbered = {name: f"…{place} {name}" for place, name in enumerate(names, 1)}
    return {name: label if len(label) <= longest else f"{label[: longest - 1]}…" for name, label in numbered.items()}
