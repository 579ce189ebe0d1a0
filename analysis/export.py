"""Runs as tables for other programs, or as logs of inspect_ai: `python -m analysis.export RUN [RUN ...] -o FOLDER`."""

from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from analysis.application import application
from analysis.combined import combined
from analysis.exports.inspect_log import need_inspect, write_logs
from analysis.exports.writers import CARD, card_of_logs, no_other_folder, write_tables
from analysis.whole_file import place_for, write_whole
from arenas.command_line import one_line_errors
from arenas.errors import UserError


class Format(StrEnum):
    """What is written."""

    PARQUET = "parquet"
    JSONL = "jsonl"
    CSV = "csv"
    INSPECT = "inspect"


@one_line_errors
def export(
    runs: Annotated[list[Path], typer.Argument(metavar="RUN [RUN ...]", help="The files of one run or several.")],
    format_: Annotated[Format, typer.Option("--format", help="The files to write.")] = Format.PARQUET,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="The folder to make; default: beside the first run.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace the folder if it is there.")] = False,
) -> None:
    """Write the tables matches, rounds (with the probabilities), texts and ratings, or logs of inspect_ai."""
    folder = out or runs[0].with_suffix(f".{format_.value}")
    if format_ is Format.INSPECT:
        need_inspect()
    place = place_for(folder, runs, no_other_folder, force=force)
    written: dict[str, int] = {}
    with closing(combined(runs)) as store:
        if not any(played for _, played in store.fixtures()):
            raise UserError(f"{runs[0]}: nothing was played yet")

        def fill(unfinished: Path) -> None:
            if format_ is Format.INSPECT:
                written.update(write_logs(store, unfinished))
                (unfinished / CARD).write_text(card_of_logs(written), encoding="utf-8")
            else:
                written.update(write_tables(store, unfinished, format_.value))

        write_whole(place, fill)
    for name, rows in written.items():
        print(f"{name}: {rows:,} {'samples' if format_ is Format.INSPECT else 'rows'}")
    print(f"wrote {folder}")


app = application(export)

if __name__ == "__main__":
    app()
