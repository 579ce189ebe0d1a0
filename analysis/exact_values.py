"""Exact worst cases as they are kept in a file: what `tells exact --json FILE` writes and other analyses read."""

import json
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from analysis.answered import silent
from arenas.errors import UserError


@dataclass(frozen=True)
class ExactValue:
    """What the best response to an agent in a seat (from 0) wins in N rounds, in points a round beyond the game's value.

    elsewhere: the probability on no answer in the round in which there is most of it, on the path of the best response. Where
    it is more than half, the value and the plan say nothing.
    """

    arena: str
    agent: str
    seat: int
    rounds: int
    exploitability: float
    plan: str
    elsewhere: float = 0.0

    @property
    def silent(self) -> bool:
        """Whether the value and the plan are no verdict."""
        return silent(self.elsewhere)


def write_exact(path: Path, values: Sequence[ExactValue]) -> None:
    """Write the values as JSON; raises `UserError` if the file cannot be written."""
    try:
        path.write_text(json.dumps({"exact": [asdict(value) for value in values]}, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from error


def read_exact(path: Path, arenas: Collection[str], agents: Collection[str]) -> list[ExactValue]:
    """The values in a file; raises `UserError` unless they are of these arenas and agents."""
    names = [part.name for part in fields(ExactValue)]
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))["exact"]
        values = [_value({name: row[name] for name in names if name in row}) for row in rows]
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise UserError(f"{path} was not written by tells exact --json") from error
    for value in values:
        if value.arena not in arenas or value.agent not in agents:
            raise UserError(f"{path} is of another run: it has {value.agent!r} in {value.arena!r}")
    return values


def _value(row: dict[str, object]) -> ExactValue:
    row = {"elsewhere": 0.0, **row}  # which older files do not have
    kinds: dict[str, Any] = {"arena": str, "agent": str, "seat": int, "rounds": int, "plan": str}
    kinds |= dict.fromkeys(("exploitability", "elsewhere"), (int, float))
    for name, kind in kinds.items():
        if not isinstance(row[name], kind):
            raise TypeError(name)
    return ExactValue(**row)  # type: ignore[arg-type]
