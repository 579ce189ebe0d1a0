"""Tables as files that other programs open as they are."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from analysis.exports.tables import DESCRIPTIONS, batches, schemas
from arenas.plain_text import printable
from arenas.store import RunStore

if TYPE_CHECKING:
    import pyarrow


CARD, TITLE = "README.md", "# A run of tells"
"""The file that says what a folder holds, and its title, by which an export is known."""


class Writer(Protocol):
    """A file that takes rows."""

    def write_batch(self, batch: "pyarrow.RecordBatch") -> None:
        """Write rows."""

    def close(self) -> None:
        """Write the end."""


class JsonLines:
    """One JSON object a line."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")

    def write_batch(self, batch: "pyarrow.RecordBatch") -> None:
        """Write rows."""
        self._file.writelines(
            f"{json.dumps(row, ensure_ascii=False, allow_nan=False)}\n" for part in _parts(batch) for row in part.to_pylist()
        )

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def _parts(batch: "pyarrow.RecordBatch", rows: int = 10_000) -> "list[pyarrow.RecordBatch]":
    return [batch.slice(start, rows) for start in range(0, batch.num_rows, rows)]


def _parquet(path: Path, schema: "pyarrow.Schema") -> Writer:
    from pyarrow.parquet import ParquetWriter

    writer: Writer = ParquetWriter(path, schema, compression="zstd")
    return writer


def _csv(path: Path, schema: "pyarrow.Schema") -> Writer:
    from pyarrow.csv import CSVWriter

    class Csv:
        """A CSV file with a head."""

        def __init__(self) -> None:
            self._writer: Any = CSVWriter(path, schema)

        def write_batch(self, batch: "pyarrow.RecordBatch") -> None:
            """Write rows."""
            self._writer.write_batch(batch)

        def close(self) -> None:
            """Close the file."""
            self._writer.close()

    return Csv()


def _json_lines(path: Path, _: "pyarrow.Schema") -> Writer:
    return JsonLines(path)


MAKERS: Mapping[str, Callable[[Path, Any], Writer]] = {"parquet": _parquet, "jsonl": _json_lines, "csv": _csv}


def write_tables(store: RunStore, folder: Path, kind: str) -> dict[str, int]:
    """Write every table into a new folder, in bounded memory; the rows of each.

    In Parquet and JSONL the probabilities are a list in each round; in CSV, which has no lists, a table of their own.
    """
    folder.mkdir()
    known = schemas(lists=kind != "csv")
    writers = {name: MAKERS[kind](folder / f"{name}.{kind}", schema) for name, schema in known.items()}
    rows = dict.fromkeys(known, 0)
    try:
        for name, batch in batches(store, lists=kind != "csv"):
            if batch.num_rows:
                writers[name].write_batch(batch)
                rows[name] += batch.num_rows
    finally:
        for writer in writers.values():
            writer.close()
    for name in known:
        if kind == "jsonl" and not rows[name]:
            # without rows it has no columns either, and readers stumble over it
            (folder / f"{name}.{kind}").unlink()
    (folder / CARD).write_text(card(rows, kind), encoding="utf-8")
    return rows


def card(rows: Mapping[str, int], kind: str) -> str:
    """What the tables are, with the head by which the Hugging Face viewer shows each of them that has rows."""
    lines = ["---", "configs:"]
    for name in sorted(rows, key=lambda name: name != "rounds"):
        if rows[name]:
            lines += [f"- config_name: {name}", f"  data_files: {name}.{kind}"]
    lines += ["---", "", TITLE, ""]
    lines += [f"- `{name}.{kind}` ({count:,} rows): {DESCRIPTIONS[name]}." for name, count in rows.items()]
    return "\n".join([*lines, ""])


def card_of_logs(samples: Mapping[str, int]) -> str:
    """What the logs are."""
    return "\n".join(
        [TITLE, "", *(f"- `{name}` ({count:,} samples): a log of inspect_ai." for name, count in samples.items()), ""]
    )


def no_other_folder(path: Path) -> str:
    """Why an export must not be written over this: it is no folder, or one with something in it that no export wrote."""
    if path.is_symlink() or not path.is_dir():
        return "is not a folder"
    try:
        said = (path / CARD).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        said = ""
    known = {CARD, *re.findall(r"^- `([^`/]+)`", said, re.M)} if TITLE in said.splitlines() else set()
    strange = sorted(entry.name for entry in path.iterdir() if entry.name not in known or not entry.is_file())
    return f"holds what no export wrote ({printable(strange[0])})" if strange else ""
