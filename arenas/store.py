"""The store of a run: the log, the checkpoint and the source of every table, in one SQLite file."""

import json
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from arenas.digest import blob, digest_of
from arenas.errors import UserError, nearest
from arenas.fixture import Fixture, Wave
from arenas.game import GAMES, Game
from arenas.history import History
from arenas.record import Record, history_of, record_of
from arenas.run_contents import check_contents, frozen, read_config
from arenas.run_file import (
    PREFIX,
    SCHEMA_VERSION,
    RunLock,
    check_goes_on,
    create,
    damaged,
    open_reading,
    open_writing,
    plain_words,
)
from arenas.set_aside import Failure, failures, set_aside, try_again
from arenas.stack import ARRAYS, COLUMNS, stacked

FLUSH_SECONDS = 0.5
"""Half of what a killed run may lose, so that a flush that waits for its tick to end is still in time."""
MOST_ROUNDS = 100_000
"""Rounds read at a time: some tens of megabytes."""


class RunStore:
    """One run. Made by `new`, `resume` (the one writer) or `read` (any number, also while it is written).

    A flush is a transaction over all matches of a wave, so that a killed run has always reached one common tick. While a wave
    runs, its rounds are kept in segments; when it is done, each match becomes one segment a seat.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, lock: RunLock | None = None) -> None:
        self.path = path
        self._connection = connection
        self._lock = lock
        self._flush_time = time.monotonic()

    @classmethod
    def new(cls, path: Path, config: Mapping[str, Any], waves: Sequence[Wave]) -> "RunStore":
        """A new run; raises `UserError` if the file exists or cannot be written."""
        create(path, config, waves)
        return cls.resume(path)

    @classmethod
    def resume(cls, path: Path) -> "RunStore":
        """Open a run to write; raises `UserError` if another process does, or if it is no sound run of this version."""
        check_goes_on(path)
        lock = RunLock(path)
        try:
            return cls._checked(path, open_writing(path), lock)
        except BaseException:
            lock.free()
            raise

    @classmethod
    def read(cls, path: Path) -> "RunStore":
        """Open a run to read; raises `UserError` if it is no sound run."""
        return cls._checked(path, open_reading(path))

    @classmethod
    def _checked(cls, path: Path, connection: sqlite3.Connection, lock: RunLock | None = None) -> "RunStore":
        """The store, once what every later question builds on is known to be sound."""
        store = cls(path, connection, lock)
        try:
            check_contents(path, connection, {arena: len(game.seats) for arena, game in store.games.items()})
        except BaseException:
            connection.close()
            raise
        return store

    def close(self) -> None:
        """Close the file; a writer leaves it as one file that can be read from anywhere."""
        if self._lock is not None:
            # while somebody reads, the write-ahead log stays beside the run and belongs to it
            with suppress(sqlite3.OperationalError):
                self._connection.execute("PRAGMA journal_mode=DELETE")
        self._connection.close()
        if self._lock is not None:
            self._lock.free()

    @cached_property
    def config(self) -> dict[str, Any]:
        """The resolved configuration the run was started with."""
        return read_config(self.path, self._value("config"))

    @cached_property
    def games(self) -> dict[str, Game]:
        """The games by arena, made again from the configuration."""
        games = {}
        for arena, parameters in self.config["arenas"].items():
            own = {name: frozen(value) for name, value in parameters.items() if name not in ("game", "repeats")}
            make = GAMES.get(parameters["game"])
            try:
                games[arena] = make(**own)
            except (TypeError, UserError) as error:
                raise damaged(self.path, f"arena {arena}: {error}") from error
        return games

    @cached_property
    def version(self) -> int:
        """The version of the format in which the file is written."""
        return int(self._one("PRAGMA user_version")[0])

    @property
    def answers(self) -> str:
        """What its answers' probabilities are of: `ended` (the words, then an end) or `prefix` (what begins with them)."""
        row = self._one("SELECT value FROM run WHERE key = 'answers'")
        return PREFIX if row is None else str(row[0])

    @property
    def play_seconds(self) -> float:
        """Seconds of play so far, over all sessions."""
        return float(self._value("play_seconds"))

    def waves(self) -> Iterator[Wave]:
        """The schedule, in the order of play."""
        for number, arena, rounds, _ in self._rows("SELECT * FROM wave ORDER BY number"):
            fixtures = tuple(fixture for fixture, _ in self.fixtures(wave=number))
            yield Wave(number, arena, rounds, fixtures)

    def fixtures(self, wave: int | None = None) -> Iterator[tuple[Fixture, int]]:
        """Every fixture, or those of one wave, in the order of play, with the rounds played."""
        where, values = ("", ()) if wave is None else ("WHERE wave = ?", (wave,))
        rows = self._rows(
            "SELECT match.arena, line_up, repeat, played FROM match JOIN wave ON wave = wave.number "
            f"{where} ORDER BY match.number",
            values,
        )
        for arena, line_up, repeat, played in rows:
            yield Fixture(arena, tuple(json.loads(line_up)), repeat), played

    def played(self) -> dict[int, int]:
        """The tick each wave has reached, by its number."""
        return dict(self._rows("SELECT number, played FROM wave ORDER BY number"))

    def complete(self) -> bool:
        """Whether every round has been played."""
        return not self._one("SELECT count(*) FROM wave WHERE played < rounds")[0]

    def history(self, wave: Wave) -> History | None:
        """What has been played of a wave, to go on from; None if nothing."""
        records = [self.record(fixture.id) for fixture in wave.fixtures]
        if records[0].rounds == 0:
            return None
        if len({record.rounds for record in records}) > 1:
            raise damaged(self.path, f"the matches of wave {wave.number} differ in length")
        return history_of(records, wave.rounds)

    def record(self, fixture_id: str) -> Record:
        """What has been played of one match; raises `UserError` with the nearest id if there is no such match."""
        row = self._one("SELECT number, arena FROM match WHERE id = ?", (fixture_id,))
        if row is None:
            known = [name for (name,) in self._rows("SELECT id FROM match")]
            raise UserError(f"no match {fixture_id!r} in {self.path}: {nearest(fixture_id, known)}")
        return self._record(int(row[0]), self.games[row[1]])

    def records(self) -> Iterator[tuple[Fixture, Record]]:
        """Every match of which something was played, one at a time, in the order of play."""
        rows = self._rows(
            "SELECT match.number, match.arena, line_up, repeat FROM match JOIN wave ON wave = wave.number "
            "WHERE played > 0 ORDER BY match.number"
        )
        for number, arena, line_up, repeat in rows:
            fixture = Fixture(arena, tuple(json.loads(line_up)), repeat)
            yield fixture, self._record(number, self.games[arena])

    def histories(self, most_rounds: int = MOST_ROUNDS) -> Iterator[tuple[tuple[Fixture, ...], History]]:
        """The same many matches at a time: fixtures of one arena, played equally far, and their read-only history.

        No history holds more rounds of all its seats together than `most_rounds`, unless a single match does.
        """
        for wave, played in self.played().items():
            rows = list(self._rows("SELECT number, arena, line_up, repeat FROM match WHERE wave = ? ORDER BY number", (wave,)))
            if not played or not rows:
                continue
            game = self.games[rows[0][1]]
            size = max(most_rounds // (played * len(game.seats)), 1)
            for part in (rows[first : first + size] for first in range(0, len(rows), size)):
                fixtures = tuple(Fixture(arena, tuple(json.loads(names)), repeat) for _, arena, names, repeat in part)
                yield fixtures, self._stack([number for number, *_ in part], game)

    def notes(self) -> list[str]:
        """What was worth saying about the run, oldest first."""
        return [text for (text,) in self._rows("SELECT text FROM note ORDER BY number")]

    def note(self, text: str) -> None:
        """Keep a line about the run; the same line twice is kept once."""
        with self._transaction():
            self._connection.execute(
                "INSERT INTO note (text) SELECT ? WHERE NOT EXISTS (SELECT 1 FROM note WHERE text = ?)", (text, text)
            )

    def failures(self) -> list[Failure]:
        """Whose matches have not been played because they failed, and why; nobody's once they were played again."""
        return [] if self.version != SCHEMA_VERSION else failures(self._rows("SELECT name, line FROM failed ORDER BY rowid"))

    def set_aside(self, name: str, line: str) -> None:
        """Mark all matches of a player that are not over, with a line that says why, and keep nothing of them.

        They become waves of their own: the schedule is another afterwards.
        """
        with self._transaction():
            set_aside(self._connection, name, line)

    def try_again(self, wave: Wave) -> None:
        """Take a wave's marks away: it is about to be played."""
        with self._transaction():
            try_again(self._connection, wave.number)

    def keep(self, wave: Wave, history: History) -> None:
        """Called after every tick: write what is new once enough time has passed, and always at the end of the wave."""
        if history.played == wave.rounds:
            self._finish(wave, history)
        elif time.monotonic() - self._flush_time >= FLUSH_SECONDS:
            self.flush(wave, history)

    def flush(self, wave: Wave, history: History) -> None:
        """Write the rounds of a wave that are not yet in the file."""
        with self._transaction():
            # asked of the file every time: an interrupted call may or may not have committed
            (start,) = self._one("SELECT played FROM wave WHERE number = ?", (wave.number,))
            if history.played > start:
                self._insert(wave, history, start)
                self._reached(wave, history.played)

    def threads(self, wave: int) -> list[tuple[int, int]]:
        """The threads that a wave's passes took on a CPU: the first round (from 0) and the number, of every choice."""
        return list(self._rows("SELECT round, threads FROM threads WHERE wave = ? ORDER BY round", (wave,)))

    def keep_threads(self, wave: int, number: int, threads: int) -> None:
        """Write down what a wave's passes take from a round on."""
        with self._transaction():
            self._connection.execute("INSERT OR REPLACE INTO threads VALUES (?, ?, ?)", (wave, number, threads))

    def start_clock(self) -> None:
        """Count play from here; what lay before was not play."""
        self._flush_time = time.monotonic()

    def digest(self) -> str:
        """sha256 over what was played, whatever the segments, the order and the times it was written at."""
        rows = self._rows("SELECT id, number, arena FROM match ORDER BY id")
        return digest_of((name, self._record(number, self.games[arena])) for name, number, arena in list(rows))

    def _finish(self, wave: Wave, history: History) -> None:
        with self._transaction():
            self._connection.execute(
                "DELETE FROM segment WHERE match IN (SELECT number FROM match WHERE wave = ?)", (wave.number,)
            )
            self._insert(wave, history, 0)
            self._reached(wave, history.played)

    def _reached(self, wave: Wave, tick: int) -> None:
        now = time.monotonic()
        self._connection.execute("UPDATE wave SET played = ? WHERE number = ?", (tick, wave.number))
        self._connection.execute(
            "UPDATE run SET value = value + ? WHERE key = 'play_seconds'", (round(now - self._flush_time, 6),)
        )
        self._flush_time = now

    def _insert(self, wave: Wave, history: History, start: int) -> None:
        rows = self._rows("SELECT number FROM match WHERE wave = ? ORDER BY number", (wave.number,))
        for match, (number,) in enumerate(list(rows)):
            record = record_of(history, match)
            for seat in range(record.chosen.shape[0]):
                blobs = [blob(name, getattr(record, name)[seat, start:], kind) for name, kind in COLUMNS.items()]
                self._connection.execute(
                    f"INSERT OR REPLACE INTO segment VALUES (?, ?, ?, ?{', ?' * len(blobs)})",
                    (number, seat, start, history.played - start, *blobs),
                )
                for table, texts in (("text", record.texts[seat]), ("reading", record.readings[seat])):
                    said = [t for t in np.flatnonzero(texts != "").tolist() if t >= start]
                    self._connection.executemany(
                        f"INSERT OR REPLACE INTO {table} VALUES (?, ?, ?, ?)",
                        [(number, seat, t, _stored(texts[t])) for t in said],
                    )

    def _record(self, number: int, game: Game) -> Record:
        return record_of(self._stack([number], game), 0)

    def _stack(self, numbers: Sequence[int], game: Game) -> History:
        """Matches of one wave, all segments joined and checked against their game."""
        known = {name: name if self.version == SCHEMA_VERSION or name in ARRAYS else "x''" for name in COLUMNS}
        segments = self._span(f"SELECT match, seat, start, rounds, {', '.join(known.values())} FROM segment", numbers, "start")
        texts = self._span("SELECT match, seat, round, text FROM text", numbers, "round")
        readings = []
        if self.version == SCHEMA_VERSION:
            readings = self._span("SELECT match, seat, round, text FROM reading", numbers, "round")
        return stacked(self.path, game, numbers, segments, texts, readings)

    def _span(self, query: str, numbers: Sequence[int], order: str) -> list[Any]:
        """Rows of matches in the order of their numbers."""
        where, wanted = f"WHERE match BETWEEN ? AND ? ORDER BY match, seat, {order}", set(numbers)
        # between matches of one wave there may be some that were set aside
        return [row for row in self._rows(f"{query} {where}", (numbers[0], numbers[-1])) if row[0] in wanted]

    def _value(self, key: str) -> str:
        row = self._one("SELECT value FROM run WHERE key = ?", (key,))
        if row is None:
            raise damaged(self.path, f"{key} is missing")
        return str(row[0])

    def _one(self, query: str, values: tuple[Any, ...] = ()) -> Any:
        with plain_words(self.path):
            return self._connection.execute(query, values).fetchone()

    def _rows(self, query: str, values: tuple[Any, ...] = ()) -> Iterator[Any]:
        with plain_words(self.path):
            yield from self._connection.execute(query, values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with plain_words(self.path):
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise


def _stored(text: str) -> str | bytes:
    """SQLite keeps no lone surrogates, and a model may write anything."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
    return text
