"""Standings as tables for a terminal."""

from collections.abc import Sequence

from rich import box
from rich.table import Table
from rich.text import Text

from analysis.answered import marked, sign, silent
from analysis.figures import percent, plus_minus, signed, unsigned
from analysis.standings import Standing

WIDE = 110
"""Columns from which a table also shows strict pay, bits, matches and rounds."""


def leaderboard(lines: Sequence[Standing], title: str, width: int, most: int | None = None, short: bool = False) -> Table:
    """Standings as a table of at most `width` columns and `most` agents; `short` leaves only who, pay and exploitability."""
    table = Table(
        title=Text(title, style="bold"),
        title_justify="left",
        box=box.SIMPLE_HEAD,
        padding=(0, 1),
        show_edge=False,
        pad_edge=False,
    )
    table.add_column("agent", max_width=14 if width < WIDE else 24, no_wrap=True, overflow="ellipsis")
    table.add_column("pay a round", justify="right", no_wrap=True)
    if not short:
        table.add_column(
            "worst opponent", no_wrap=True, overflow="ellipsis", max_width=max(width - 65 - (58 if width >= WIDE else 0), 12)
        )
    table.add_column("exploitable" if width >= WIDE else "exploit.", justify="right", no_wrap=True)
    if not short:
        table.add_column("entropy", justify="right", no_wrap=True)
        table.add_column("off-menu", justify="right", no_wrap=True)
        if width >= WIDE:
            for name in ("strict", "bits", "matches", "rounds"):
                table.add_column(name, justify="right", no_wrap=True)
    shown = lines if most is None or len(lines) <= most else lines[: max(most - 1, 1)]
    for line in shown:
        table.add_row(*_cells(line, width, short))
    if len(shown) < len(lines):
        table.add_row(Text(f"... {len(lines) - len(shown)} more", style="dim"))
    return table


def _cells(line: Standing, width: int, short: bool) -> list[Text]:
    colour = "green" if line.pay.mean > 0.0005 else "red" if line.pay.mean < -0.0005 else ""
    pay = Text.assemble((signed(line.pay.mean), colour), (f" {plus_minus(line.pay.half_width)}", "dim"))
    cells = [Text(f"*{line.agent}" if line.partial else line.agent), pay]
    if not short:
        cells.append(Text.assemble(signed(line.worst_pay), f" {line.worst}") if line.worst else Text("-", style="dim"))
    cells.append(Text(unsigned(line.exploitability)))
    mark = "bold red" if silent(line.elsewhere) else "yellow" if marked(line.elsewhere) else ""
    if short:
        cells[0].append(sign(line.elsewhere), mark)
    else:
        off_menu = Text.assemble(percent(line.no_answer), (f" {sign(line.elsewhere)}".rstrip(), mark))
        cells += [Text(percent(line.evenness)), off_menu]
        if width >= WIDE:
            cells += [Text(signed(line.strict_pay)), Text(unsigned(line.entropy))]
            cells += [Text(f"{line.matches:,}"), Text(f"{line.rounds:,}")]
    return cells


def duration(seconds: float) -> str:
    """`8 s`, `1:05 min`, `2:03 h`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02} h"
