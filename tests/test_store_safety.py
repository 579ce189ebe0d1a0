"""What the store survives: interruptions at the worst moment, and several processes at once."""

import multiprocessing
import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import pytest
from small_runs import digest
from test_store import CONFIG, HIDE, SEA, hide_history

from arenas.errors import UserError
from arenas.record import record_of
from arenas.run_file import ABANDONED_SECONDS, RunExistsError, RunLock
from arenas.store import RunStore


class Interrupting:
    """A connection after whose next statement of a kind Ctrl-C is noticed, as Python does: once the statement is done."""

    def __init__(self, connection: sqlite3.Connection, statement: str) -> None:
        self._connection, self._statement = connection, statement

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def execute(self, query: str, *values: Any) -> Any:
        result = self._connection.execute(query, *values)
        if query.startswith(self._statement):
            self._statement = "never"
            raise KeyboardInterrupt
        return result


FLUSHING = [(9, statement) for statement in ("BEGIN", "SELECT played", "INSERT", "UPDATE", "COMMIT")]
FINISHING = [(20, statement) for statement in ("BEGIN", "DELETE", "INSERT", "UPDATE", "COMMIT")]


@pytest.mark.parametrize(("tick", "statement"), FLUSHING + FINISHING)
def test_an_interruption_after_any_statement_leaves_a_sound_run(tmp_path: Path, tick: int, statement: str) -> None:
    path = tmp_path / "run"
    store = RunStore.new(path, CONFIG, [HIDE, SEA])
    store.flush(HIDE, hide_history(7))
    store._connection = Interrupting(store._connection, statement)  # type: ignore[assignment]
    write = store.keep if tick == 20 else store.flush
    with pytest.raises(KeyboardInterrupt):
        write(HIDE, hide_history(tick))
    store.flush(HIDE, hide_history(tick))
    store.close()
    store = RunStore.read(path)
    for match, fixture in enumerate(HIDE.fixtures):
        assert store.record(fixture.id).same_as(record_of(hide_history(tick), match))
    store.close()


def make_one(path: Path, start: float) -> str:
    """Try to make a run at a moment; who made it."""
    time.sleep(max(start - time.time(), 0.0))
    try:
        RunStore.new(path, CONFIG | {"maker": os.getpid()}, [HIDE]).close()
    except RunExistsError:
        return "exists"
    return str(os.getpid())


def test_of_processes_that_make_the_same_run_one_does(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        for attempt in range(8):
            path = tmp_path / f"{attempt}.sqlite"
            said = pool.starmap(make_one, [(path, time.time() + 0.1)] * 3, chunksize=1)
            (maker,) = [who for who in said if who != "exists"]
            store = RunStore.read(path)
            assert str(store.config["maker"]) == maker
            store.close()
    assert sorted(place.name for place in tmp_path.iterdir()) == [f"{attempt}.sqlite" for attempt in range(8)]


def test_without_hard_links_nothing_is_overwritten_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(*_: object) -> None:
        raise PermissionError("no links here")

    monkeypatch.setattr(os, "link", unsupported)
    path = tmp_path / "run"
    RunStore.new(path, CONFIG, [HIDE]).close()
    before = digest(path)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "exists", lambda self: False)
        with pytest.raises(RunExistsError):
            RunStore.new(path, CONFIG, [HIDE, SEA])
    assert digest(path) == before
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_maker_left_is_removed_once_it_is_old(tmp_path: Path) -> None:
    old, fresh = tmp_path / ".a.sqlite.123.new", tmp_path / ".b.sqlite.124.new"
    for left in (old, fresh):
        left.write_bytes(b"half")
    long_ago = time.time() - ABANDONED_SECONDS - 5
    os.utime(old, (long_ago, long_ago))
    RunStore.new(tmp_path / "run.sqlite", CONFIG, [HIDE]).close()
    assert not old.exists()
    assert fresh.exists()


def test_a_lock_on_a_file_that_was_removed_meanwhile_is_taken_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect, first = sqlite3.connect, [True]

    def late(place: Path, **options: Any) -> sqlite3.Connection:
        connection = connect(place, **options)
        if first.pop() if first else False:
            connection.execute("SELECT 1 FROM sqlite_master").fetchall()
            place.rename(place.with_suffix(".gone"))
        return connection

    monkeypatch.setattr(sqlite3, "connect", late)
    lock = RunLock(tmp_path / "run")
    assert (tmp_path / "run.playing").exists()
    with pytest.raises(UserError, match="another process is playing"):
        RunLock(tmp_path / "run")
    lock.free()
    assert not (tmp_path / "run.playing").exists()
