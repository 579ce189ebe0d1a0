"""What a sound run holds beyond what SQLite itself checks: a configuration, and a schedule that fits it."""

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from arenas.run_file import damaged, plain_words


def read_config(path: Path, text: str) -> dict[str, Any]:
    """The configuration of a run from its JSON; raises `UserError` if it does not name arenas with games, and agents."""
    try:
        config = json.loads(text)
    except ValueError as error:
        raise damaged(path, f"configuration: {error}") from error
    if not isinstance(config, dict):
        raise damaged(path, "configuration: not a mapping")
    for key in ("arenas", "agents"):
        if not isinstance(config.get(key), dict):
            raise damaged(path, f"configuration: no {key}")
    for arena, parameters in config["arenas"].items():
        if not isinstance(parameters, dict) or not isinstance(parameters.get("game"), str):
            raise damaged(path, f"configuration: arena {arena} has no game")
    return config


def frozen(value: Any) -> Any:
    """JSON's lists as the tuples that frozen dataclasses hold."""
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value


def check_contents(path: Path, connection: sqlite3.Connection, seats: Mapping[str, int]) -> None:
    """Raise `UserError` unless waves, line-ups and the clock can be read; `seats` counts the seats of each arena."""
    with plain_words(path):
        waves = connection.execute("SELECT number, arena, rounds, played FROM wave").fetchall()
        line_ups = connection.execute("SELECT DISTINCT arena, line_up, typeof(repeat) FROM match").fetchall()
        clock = connection.execute("SELECT value FROM run WHERE key = 'play_seconds'").fetchone()
    for number, arena, rounds, played in waves:
        whole = isinstance(rounds, int) and isinstance(played, int)
        if arena not in seats or not whole or not 0 <= played <= rounds:
            raise damaged(path, f"wave {number} cannot be")
    for arena, line_up, kind in line_ups:
        if arena not in seats or kind != "integer" or not _is_line_up(line_up, seats[arena]):
            raise damaged(path, f"a line-up in arena {arena} cannot be")
    try:
        float(clock[0])
    except (TypeError, ValueError) as error:
        raise damaged(path, "the seconds of play are missing") from error


def _is_line_up(text: object, seats: int) -> bool:
    """Whether this is a JSON list of one name a seat."""
    try:
        names = json.loads(text) if isinstance(text, str) else None
    except ValueError:
        return False
    return isinstance(names, list) and len(names) == seats and all(isinstance(name, str) for name in names)
