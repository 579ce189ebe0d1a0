"""Matches that cannot be played because one of their players has failed: marked, and kept apart from the others."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """Why some matches have not been played."""

    name: str
    """Who failed."""
    line: str
    """Where, why, and what to do."""
    matches: int
    """How many are left unplayed for it."""

    @property
    def text(self) -> str:
        """All of it in a line."""
        left = "1 match is" if self.matches == 1 else f"{self.matches:,} matches are"
        return f"{self.line} ({left} not played for this; --resume tries again)"


def set_aside(connection: sqlite3.Connection, name: str, line: str) -> None:
    """Mark every match of a player that is not over, within a transaction.

    Nothing of them is kept. They become waves of their own at the end of the schedule, so that what remains of their waves
    goes on as if they had not been in it.
    """
    unfinished: dict[int, tuple[list[int], bool]] = {}
    rows = "SELECT match.number, wave, line_up FROM match JOIN wave ON wave = wave.number WHERE played < rounds"
    for number, wave, line_up in connection.execute(f"{rows} ORDER BY match.number").fetchall():
        theirs, alone = unfinished.get(wave, ([], True))
        own = name in json.loads(line_up)
        unfinished[wave] = ([*theirs, number] if own else theirs, alone and own)
    for wave, (theirs, alone) in unfinished.items():
        if not theirs:
            continue
        for table in ("segment", "text", "reading"):
            connection.executemany(f"DELETE FROM {table} WHERE match = ?", _each(theirs))
        connection.executemany("INSERT OR REPLACE INTO failed VALUES (?, ?, ?)", ((number, name, line) for number in theirs))
        if alone:
            connection.execute("UPDATE wave SET played = 0 WHERE number = ?", (wave,))
            continue
        (new,) = connection.execute("SELECT max(number) + 1 FROM wave").fetchone()
        connection.execute("INSERT INTO wave SELECT ?, arena, rounds, 0 FROM wave WHERE number = ?", (new, wave))
        connection.executemany("UPDATE match SET wave = ? WHERE number = ?", ((new, number) for number in theirs))


def try_again(connection: sqlite3.Connection, wave: int) -> None:
    """Forget that matches of a wave were marked, within a transaction: they are about to be played."""
    connection.execute("DELETE FROM failed WHERE match IN (SELECT number FROM match WHERE wave = ?)", (wave,))


def failures(rows: Iterable[tuple[str, str]]) -> list[Failure]:
    """What stands in the table, rows (name, line) of its matches, as one failure for each player and reason."""
    counts: dict[tuple[str, str], int] = {}
    for name, line in rows:
        counts[name, line] = counts.get((name, line), 0) + 1
    return [Failure(name, line, count) for (name, line), count in counts.items()]


def _each(numbers: Iterable[int]) -> Iterable[tuple[int]]:
    return ((number,) for number in numbers)
