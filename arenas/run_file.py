"""The SQLite file of a run: making it, opening it, locking it, and saying in one line what is wrong with it."""

import json
import os
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from arenas.errors import UserError
from arenas.fixture import Wave

APPLICATION_ID = 0x74656C73
SCHEMA_VERSION = 2
READABLE_VERSIONS = (1, 2)
"""Version 1 knows answers by their beginning only: it lacks the columns and the table that tell how answers end."""
ENDED, PREFIX = "ended", "prefix"
"""Definitions of an answer's probability: its words and then an end, or whatever begins with its words (version 1)."""
ABANDONED_SECONDS = 600
"""Age from which an unfinished file is nobody's: making a run takes seconds."""
MAGIC = b"SQLite format 3\x00"
SCHEMA = """
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE note (number INTEGER PRIMARY KEY, text TEXT NOT NULL);
CREATE TABLE wave (number INTEGER PRIMARY KEY, arena TEXT NOT NULL, rounds INTEGER NOT NULL, played INTEGER NOT NULL);
CREATE TABLE threads (wave INTEGER NOT NULL REFERENCES wave, round INTEGER NOT NULL, threads INTEGER NOT NULL,
    PRIMARY KEY (wave, round));
CREATE TABLE match (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, wave INTEGER NOT NULL REFERENCES wave,
    arena TEXT NOT NULL, line_up TEXT NOT NULL, repeat INTEGER NOT NULL);
CREATE INDEX match_wave ON match (wave);
CREATE TABLE segment (match INTEGER NOT NULL REFERENCES match, seat INTEGER NOT NULL, start INTEGER NOT NULL,
    rounds INTEGER NOT NULL, probs BLOB NOT NULL, chosen BLOB NOT NULL, pay BLOB NOT NULL, expected BLOB NOT NULL,
    off_menu BLOB NOT NULL, unended BLOB NOT NULL, forfeit BLOB NOT NULL, samples BLOB NOT NULL,
    PRIMARY KEY (match, seat, start));
CREATE TABLE text (match INTEGER NOT NULL REFERENCES match, seat INTEGER NOT NULL, round INTEGER NOT NULL, text NOT NULL,
    PRIMARY KEY (match, seat, round));
CREATE TABLE reading (match INTEGER NOT NULL REFERENCES match, seat INTEGER NOT NULL, round INTEGER NOT NULL, text NOT NULL,
    PRIMARY KEY (match, seat, round));
CREATE TABLE failed (match INTEGER PRIMARY KEY REFERENCES match, name TEXT NOT NULL, line TEXT NOT NULL);
"""


@contextmanager
def plain_words(path: Path) -> Iterator[None]:
    """Turn what SQLite says of a bad file into a `UserError`; misuse of SQLite stays the bug it is."""
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.InterfaceError):
        raise
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise UserError(f"{path}: another process is using this run; wait for it to end") from error
        if "no such" in str(error):
            raise damaged(path, str(error)) from error
        raise UserError(f"{path}: {error}") from error
    except sqlite3.DatabaseError as error:
        raise damaged(path, str(error)) from error


def damaged(path: Path, detail: str) -> UserError:
    """The error of a file that is a run but cannot be trusted."""
    return UserError(f"{path}: the database is damaged ({' '.join(detail.split())}); restore it from a copy")


class RunExistsError(UserError):
    """A run of that name is there already."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path}: exists already, nothing was overwritten")


def create(path: Path, config: Mapping[str, Any], waves: Sequence[Wave]) -> None:
    """Write a new run of no rounds; the file appears complete or not at all, also if several processes make one of that name.

    Raises `UserError` if it cannot be written, of the kind `RunExistsError` if it is there already.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path.parent)
        unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise UserError(f"{path.parent}: cannot write here ({error.strerror})") from error
    if path.exists():
        raise RunExistsError(path)
    try:
        with plain_words(path):
            _fill(unfinished, config, waves)
        _publish(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _publish(unfinished: Path, path: Path) -> None:
    """Give a file its name unless that is taken, in one step that no other process can come between."""
    try:
        os.link(unfinished, path)
    except FileExistsError as error:
        raise RunExistsError(path) from error
    except OSError:
        # a file system without hard links: take the name first, then fill it
        try:
            path.touch(exist_ok=False)
        except FileExistsError as error:
            raise RunExistsError(path) from error
        unfinished.replace(path)


def _sweep(folder: Path) -> None:
    """Remove what processes that were killed while they made a run have left."""
    for left in [*folder.glob(".*.sqlite.*.new"), *folder.glob(".*.sqlite.*.new-journal")]:
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > ABANDONED_SECONDS:
                left.unlink()


def _fill(path: Path, config: Mapping[str, Any], waves: Sequence[Wave]) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.executescript(
            f"PRAGMA application_id={APPLICATION_ID}; PRAGMA user_version={SCHEMA_VERSION}; BEGIN; {SCHEMA}"
        )
        connection.execute(
            "INSERT INTO run VALUES ('config', ?), ('play_seconds', '0'), ('answers', ?)", (json.dumps(config), ENDED)
        )
        connection.executemany("INSERT INTO wave VALUES (?, ?, ?, 0)", [(w.number, w.arena, w.rounds) for w in waves])
        connection.executemany(
            "INSERT INTO match (id, wave, arena, line_up, repeat) VALUES (?, ?, ?, ?, ?)",
            ((f.id, w.number, f.arena, json.dumps(f.line_up), f.repeat) for w in waves for f in w.fixtures),
        )
        connection.execute("COMMIT")
    finally:
        connection.close()


def open_reading(path: Path) -> sqlite3.Connection:
    """Open a run to read, while another process may be writing it; the file and its folder may be read-only."""
    check_header(path)
    with plain_words(path):
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=ro", uri=True, isolation_level=None)
        try:
            connection.execute("SELECT count(*) FROM run").fetchone()
        except sqlite3.OperationalError:
            connection.close()
            journal = Path(f"{path}-wal")
            if journal.exists() and journal.stat().st_size:
                raise
            # a database in WAL mode wants to make files beside it, even to be read; with nothing in the WAL it need not
            source = f"file:{quote(str(path.absolute()))}?mode=ro&immutable=1"
            connection = sqlite3.connect(source, uri=True, isolation_level=None)
        _check_pages(path, connection)
        return connection


def open_writing(path: Path) -> sqlite3.Connection:
    """Open a run to write, with a write-ahead log where the file system can."""
    check_header(path)
    if not os.access(path, os.W_OK) or not os.access(path.absolute().parent, os.W_OK):
        raise UserError(f"{path}: no permission to write it or its folder")
    with plain_words(path):
        connection = sqlite3.connect(path, isolation_level=None, timeout=10.0)
        _check_pages(path, connection)
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            connection.execute("PRAGMA journal_mode=DELETE")
        connection.execute("PRAGMA synchronous=NORMAL")
        return connection


def check_header(path: Path) -> int:
    """The version in which this file of a run is written; raises `UserError` if it is none that this program reads."""
    if path.is_dir():
        raise UserError(f"{path}: is a folder, not the file of a run")
    try:
        with path.open("rb") as file:
            header = file.read(100)
    except FileNotFoundError as error:
        raise UserError(f"{path}: no such file") from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    if header[:16] != MAGIC or int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise UserError(f"{path}: this is not the file of a run")
    version = int.from_bytes(header[60:64], "big")
    if version not in READABLE_VERSIONS:
        readable = " or ".join(str(each) for each in READABLE_VERSIONS)
        raise UserError(f"{path}: written in version {version} of the run format, this program reads version {readable}")
    return version


def check_goes_on(path: Path) -> None:
    """Raise `UserError` unless this program can play on in the run: by what it reads an answer, the rounds played were read."""
    if check_header(path) != SCHEMA_VERSION:
        raise UserError(
            f"{path}: was played under the earlier definition of an answer (whatever begins with its words), so that it can be "
            "read but not resumed; start a new run"
        )


def _check_pages(path: Path, connection: sqlite3.Connection) -> None:
    verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
    if verdict != "ok":
        raise damaged(path, verdict)


class RunLock:
    """Held by the one process that writes a run; the system frees it however that process ends.

    It is SQLite's own lock on an empty file beside the run: readers of the run itself are not kept out.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.with_name(f"{path.name}.playing")
        while not self._locked(path):
            pass

    def _locked(self, path: Path) -> bool:
        """Lock the file; False if the process that held it removed it meanwhile, so that a third may lock another."""
        try:
            self._path.touch()
            before = self._inode()
        except OSError as error:
            raise UserError(f"{path}: cannot be locked for writing ({error.strerror})") from error
        try:
            self._connection = sqlite3.connect(self._path, isolation_level=None, timeout=0.0)
            self._connection.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                self._connection.close()
                raise UserError(f"{path}: another process is playing this run; wait for it to end or stop it") from error
            if before != self._inode():
                # SQLite itself may notice that its file was moved away
                self._connection.close()
                return False
            raise UserError(f"{path}: cannot be locked for writing ({error})") from error
        if before == self._inode() != 0:
            return True
        self._connection.close()
        return False

    def _inode(self) -> int:
        try:
            return self._path.stat().st_ino
        except FileNotFoundError:
            return 0

    def free(self) -> None:
        """Let go, and leave no file behind."""
        self._path.unlink(missing_ok=True)
        self._connection.close()
