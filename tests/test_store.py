"""The store: bits in, the same bits out, and one line for every file that is no sound run."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import digest, only_run, play_small

from arenas import run_file
from arenas.dice import Dice
from arenas.errors import UserError
from arenas.fixture import Fixture, Wave
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from arenas.play import play, take_seats
from arenas.random_number import RandomNumber
from arenas.record import record_of
from arenas.store import RunStore
from arenas.writing import Writing
from opponents.mixture import Mixture
from opponents.ngram import Ngram

GAMES = {"hide": HideAndSeek(places=3, rounds=20), "sea": Writing()}
CONFIG = {"seed": 1, "rows": 8, "arenas": {name: {**game.config(), "repeats": 2} for name, game in GAMES.items()}}
CONFIG |= {"agents": {"mix": {"opponent": "mixture"}}, "opponents": {"ngram": {"opponent": "ngram"}}}
HIDE = Wave(0, "hide", 20, tuple(Fixture("hide", ("mix", "ngram"), repeat) for repeat in (1, 2)))
SEA = Wave(1, "sea", 1, (Fixture("sea", ("mix",), 1),))
HOSTILE = "\x1b[2J\x00 lone \ud800, [bold]wide 海\n"


def hide_history(until: int = 20) -> History:
    """The wave HIDE, played so far."""
    chairs = np.array([[0, 1], [0, 1]])
    ticks = play(GAMES["hide"], take_seats(GAMES["hide"], [Mixture().sit, Ngram().sit], chairs), Dice.roll([1, 2], 2, 20))
    return next(history for history in ticks if history.played == until)


def sea_history() -> History:
    """The wave SEA, played by a hostile writer."""
    history = History.empty(1, 1, 1, 1)
    texts = np.full((1, 1), HOSTILE, dtype=object)
    history.commit(np.ones((1, 1, 1)), np.zeros((1, 1), dtype=np.int64), np.zeros((1, 1)), texts)
    history.settle(np.zeros((1, 1)), np.zeros((1, 1)))
    return history


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A run of which the first wave is over and the second not begun."""
    path = tmp_path / "match.run"
    store = RunStore.new(path, CONFIG, [HIDE, SEA])
    store.keep(HIDE, hide_history())
    store.close()
    return path


def test_every_bit_comes_back(path: Path) -> None:
    store = RunStore.read(path)
    history = hide_history()
    for match, fixture in enumerate(HIDE.fixtures):
        assert store.record(fixture.id).same_as(record_of(history, match))
    assert [fixture.id for fixture, _ in store.records()] == [fixture.id for fixture in HIDE.fixtures]
    assert list(store.waves()) == [HIDE, SEA]
    assert store.games == GAMES
    assert store.played() == {0: 20, 1: 0}
    assert not store.complete()
    store.close()


@pytest.mark.parametrize("most", [1, 80, 10_000])
def test_many_matches_are_read_together(path: Path, most: int) -> None:
    store = RunStore.resume(path)
    store.keep(SEA, sea_history())
    read = [
        (fixture.id, record_of(history, match))
        for fixtures, history in store.histories(most)
        for match, fixture in enumerate(fixtures)
    ]
    assert [name for name, _ in read] == [fixture.id for fixture, _ in store.records()]
    assert all(record.same_as(store.record(name)) for name, record in read)
    sizes = [len(fixtures) for fixtures, _ in store.histories(most)]
    assert sizes == ([1, 1, 1] if most == 1 else [2, 1])
    store.close()


def test_any_text_comes_back(path: Path) -> None:
    store = RunStore.resume(path)
    store.keep(SEA, sea_history())
    assert store.complete()
    assert store.record("sea/mix/1").texts[0, 0] == HOSTILE
    store.close()


def test_segments_and_the_joined_match_hold_the_same(tmp_path: Path) -> None:
    digests = set()
    for name, ticks in {"whole": [20], "halves": [10, 20], "single": list(range(1, 21))}.items():
        store = RunStore.new(tmp_path / name, CONFIG, [HIDE, SEA])
        for tick in ticks[:-1]:
            store.flush(HIDE, hide_history(tick))
            assert store.record("hide/mix-vs-ngram/2").same_as(record_of(hide_history(tick), 1))
        segments = store._one("SELECT count(*) FROM segment")[0]
        assert segments == 4 * (len(ticks) - 1)
        store.keep(HIDE, hide_history(20))
        assert store._one("SELECT count(*) FROM segment")[0] == 4
        digests.add(store.digest())
        store.close()
    assert len(digests) == 1


def test_the_digest_sees_a_single_bit(path: Path) -> None:
    before = digest(path)
    with sqlite3.connect(path) as connection:
        (blob,) = connection.execute("SELECT off_menu FROM segment LIMIT 1").fetchone()
        changed = bytes([blob[0] ^ 1]) + blob[1:]
        connection.execute("UPDATE segment SET off_menu = ? WHERE rowid = (SELECT min(rowid) FROM segment)", (changed,))
    connection.close()
    assert digest(path) != before


def test_an_unfinished_wave_goes_on_from_its_last_flush(tmp_path: Path) -> None:
    path = tmp_path / "run"
    store = RunStore.new(path, CONFIG, [HIDE, SEA])
    store.flush(HIDE, hide_history(7))
    store.close()
    store = RunStore.resume(path)
    history = store.history(HIDE)
    assert history is not None
    assert history.played == 7
    assert np.array_equal(history.probs[:, :, :7], hide_history(7).probs[:, :, :7])
    store.flush(HIDE, hide_history(9))
    assert store.record("hide/mix-vs-ngram/1").rounds == 9
    assert store.history(SEA) is None
    store.close()


def test_a_broken_flush_leaves_the_last_tick(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = RunStore.resume(path)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(store, "_reached", interrupted)
    with pytest.raises(KeyboardInterrupt):
        store.keep(SEA, sea_history())
    monkeypatch.undo()
    assert store.record("sea/mix/1").rounds == 0
    store.flush(SEA, sea_history())
    assert store.record("sea/mix/1").rounds == 1
    store.close()


def test_a_second_process_can_watch_and_what_was_not_closed_is_not_lost(path: Path) -> None:
    writer = RunStore.resume(path)
    reader = RunStore.read(path)
    assert reader.played()[1] == 0
    writer.keep(SEA, sea_history())
    assert reader.played()[1] == 1
    reader.close()
    writer.close()
    assert only_run(path.parent) == path


def test_notes_are_kept_once_in_their_order(path: Path) -> None:
    store = RunStore.resume(path)
    for text in ("b", "a", "b"):
        store.note(text)
    assert store.notes() == ["b", "a"]
    store.close()


def test_only_one_writes(path: Path) -> None:
    store = RunStore.resume(path)
    with pytest.raises(UserError, match="another process is playing this run"):
        RunStore.resume(path)
    other = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from arenas.store import RunStore; from pathlib import Path; RunStore.resume(Path({str(path)!r}))",
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "another process is playing this run" in other.stderr
    store.close()
    RunStore.resume(path).close()


def test_an_unknown_match_has_a_nearest_name(path: Path) -> None:
    store = RunStore.read(path)
    with pytest.raises(UserError, match="did you mean 'hide/mix-vs-ngram/2'"):
        store.record("hide/mix-vs-ngrm/2")
    store.close()


def foreign(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE run (x)")
    connection.close()


def later_version(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()


def sql(command: str) -> object:
    def spoil(path: Path) -> None:
        with sqlite3.connect(path) as connection:
            connection.execute(command)
        connection.close()

    return spoil


SPOILED = {
    "missing": (lambda path: path.unlink(), "no such file"),
    "folder": (lambda path: (path.unlink(), path.mkdir()), "is a folder"),
    "empty": (lambda path: path.write_bytes(b""), "this is not the file of a run"),
    "text": (lambda path: path.write_text("hello " * 100), "this is not the file of a run"),
    "foreign": (foreign, "this is not the file of a run"),
    "version": (later_version, "written in version 99 of the run format, this program reads version 1 or 2"),
    "cut": (lambda path: os.truncate(path, path.stat().st_size // 2), "the database is damaged"),
    "zeroed": (lambda path: overwrite(path, 4096, bytes(8192)), "the database is damaged"),
    "noise": (lambda path: overwrite(path, 4096, os.urandom(4096)), "the database is damaged"),
}


def overwrite(path: Path, at: int, data: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(data)


@pytest.mark.parametrize("case", SPOILED)
@pytest.mark.parametrize("way", [RunStore.read, RunStore.resume])
def test_a_file_that_is_no_sound_run_is_one_line(path: Path, case: str, way: object) -> None:
    spoil, message = SPOILED[case]
    spoil(path)
    with pytest.raises(UserError, match=message) as caught:
        way(path)  # type: ignore[operator]
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not Path(f"{path}.playing").exists()


SPOILED_INSIDE = [
    "UPDATE segment SET probs = x'00' WHERE seat = 1",
    "UPDATE segment SET pay = 'text' WHERE seat = 1",
    "UPDATE segment SET rounds = 19 WHERE seat = 1",
    "UPDATE segment SET start = 3 WHERE seat = 1",
    "UPDATE segment SET seat = 5 WHERE seat = 1",
    "DELETE FROM segment WHERE seat = 1",
    "UPDATE segment SET chosen = CAST(zeroblob(159) || x'07' AS BLOB) WHERE seat = 1",
    "UPDATE run SET value = '{' WHERE key = 'config'",
    "DELETE FROM run WHERE key = 'config'",
    "DROP TABLE text",
    "UPDATE run SET value = '{}' WHERE key = 'config'",
    "UPDATE run SET value = '[1]' WHERE key = 'config'",
    "UPDATE run SET value = json_set(value, '$.arenas.hide', 3) WHERE key = 'config'",
    "UPDATE run SET value = json_set(value, '$.arenas.hide.colour', 3) WHERE key = 'config'",
    "UPDATE run SET value = json_remove(value, '$.agents') WHERE key = 'config'",
    "UPDATE run SET value = 'long' WHERE key = 'play_seconds'",
    "UPDATE match SET line_up = '[\"mix\"'",
    "UPDATE match SET line_up = '[\"mix\"]'",
    "UPDATE match SET line_up = '[1, 2]'",
    "UPDATE match SET arena = 'elsewhere'",
    "UPDATE wave SET played = 21",
    "UPDATE wave SET rounds = 'many'",
]


@pytest.mark.parametrize("command", SPOILED_INSIDE)
def test_a_sound_database_with_wrong_contents_is_damaged(path: Path, command: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute(command)
    connection.close()
    with pytest.raises(UserError, match="the database is damaged") as caught, closing(RunStore.read(path)) as store:
        store.digest()
    assert "\n" not in str(caught.value)


def test_a_new_run_is_there_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "runs"
    with pytest.raises(TypeError):
        RunStore.new(folder / "run", {"not": {1, 2}}, [HIDE])
    assert list(folder.iterdir()) == []
    RunStore.new(folder / "run", CONFIG, [HIDE]).close()
    with pytest.raises(UserError, match="exists already, nothing was overwritten"):
        RunStore.new(folder / "run", CONFIG, [HIDE])
    with pytest.raises(UserError, match="cannot write here"):
        RunStore.new(folder / "run" / "deeper", CONFIG, [HIDE])


def test_a_run_that_may_not_be_written_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_file.os, "access", lambda place, mode: False)
    with pytest.raises(UserError, match="no permission to write"):
        RunStore.resume(path)


def test_where_no_log_can_be_written_ahead_a_rollback_journal_does(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def without_shared_memory(place: Path, **options: Any) -> sqlite3.Connection:
        return connect(f"file:{place}?vfs=unix-dotfile", uri=True, **options)

    with monkeypatch.context() as patch:
        patch.setattr(run_file.sqlite3, "connect", without_shared_memory)
        store = RunStore.resume(path)
    assert store._one("PRAGMA journal_mode")[0] == "delete"
    store.keep(SEA, sea_history())
    assert store.complete()
    store.close()
    assert only_run(path.parent) == path


def test_a_full_disk_is_one_line_and_keeps_what_was_written(path: Path) -> None:
    store = RunStore.resume(path)
    pages = store._one("PRAGMA page_count")[0]
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    big = Wave(1, "sea", 1, SEA.fixtures)
    history = sea_history()
    history.texts[0, 0, 0] = "x" * 100_000
    with pytest.raises(UserError, match="full"):
        store.keep(big, history)
    assert store.record("sea/mix/1").rounds == 0
    assert store.record("hide/mix-vs-ngram/1").rounds == 20
    store.close()


def test_a_run_can_be_read_where_nothing_can_be_written(tmp_path: Path) -> None:
    path = play_small(tmp_path)
    wanted = digest(path)
    path.chmod(0o444)
    path.parent.chmod(0o555)
    try:
        assert digest(path) == wanted
    finally:
        path.parent.chmod(0o755)


def test_games_come_back_as_they_were() -> None:
    assert RandomNumber(**{name: value for name, value in RandomNumber(1, 6, 3).config().items() if name != "game"}) == (
        RandomNumber(1, 6, 3)
    )
