"""Matches of one arena read from a run together: one array for all of them instead of one each."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenas.game import Game
from arenas.history import FORFEIT, History
from arenas.run_file import damaged

ARRAYS = {"probs": "<f8", "chosen": "<i8", "pay": "<f8", "expected": "<f8", "off_menu": "<f8"}
"""What every segment holds, and how each is written."""
OPTIONAL = {"unended": "<f8", "forfeit": "<f8", "samples": "<i8"}
"""What a segment holds besides, since version 2 of the format; a column of zeros only is empty."""
COLUMNS = {**ARRAYS, **OPTIONAL}
"""All of it, in the order of the columns."""
NUMBER_BYTES = 8
"""Of every number in a column."""


def stacked(
    path: Path,
    game: Game,
    matches: Sequence[int],
    segments: Iterable[Any],
    texts: Iterable[Any],
    readings: Iterable[Any] = (),
) -> History:
    """A history of these matches, all played equally far.

    segments are rows (match, seat, start, rounds, *COLUMNS) in the order of match, seat and start; texts and readings are rows
    (match, seat, round, text). Raises `UserError` where the file holds what cannot be.
    """
    seats = len(game.seats)
    parts: dict[str, list[bytes]] = {name: [] for name in COLUMNS}
    reached = {(match, seat): 0 for match in matches for seat in range(seats)}
    for match, seat, start, rounds, *blobs in segments:
        if reached.get((match, seat)) != start:
            raise damaged(path, f"a segment of match {match} is out of place")
        reached[match, seat] += rounds
        for name, blob in zip(COLUMNS, blobs, strict=True):
            size = NUMBER_BYTES * rounds * (game.width if name == "probs" else 1)
            if not isinstance(blob, bytes) or len(blob) not in ((0, size) if name in OPTIONAL else (size,)):
                raise damaged(path, f"a segment of match {match} has the wrong size")
            parts[name].append(blob or bytes(size))
    if len(set(reached.values())) > 1:
        raise damaged(path, f"the seats of matches {matches[0]} to {matches[-1]} differ in length")
    played = max(reached.values(), default=0)
    shape = (len(matches), seats, played)
    arrays: dict[str, Any] = {
        name: np.frombuffer(b"".join(parts.pop(name)), kind).reshape(*shape, *((game.width,) if name == "probs" else ()))
        for name, kind in COLUMNS.items()
    }
    counts = np.array([[len(words)] for words in game.actions])
    known = (arrays["chosen"] >= 0) & (arrays["chosen"] < counts)
    forfeited = (arrays["chosen"] == FORFEIT) & (arrays["forfeit"] > 0)
    bad = ~(known | forfeited).all(axis=(1, 2))
    if bad.any():
        raise damaged(path, f"match {matches[int(bad.argmax())]} holds a move that does not exist")
    for name, rows in (("texts", texts), ("readings", readings)):
        arrays[name] = _spread(path, matches, shape, rows)
    return History(**arrays, played=played)


def _spread(path: Path, matches: Sequence[int], shape: tuple[int, int, int], rows: Iterable[Any]) -> NDArray[np.object_]:
    """Texts [M,S,t] from rows (match, seat, round, text); "" where there is none."""
    said, row_of = np.full(shape, "", dtype=object), {match: row for row, match in enumerate(matches)}
    for match, seat, t, text in rows:
        if not (0 <= seat < shape[1] and 0 <= t < shape[2]):
            raise damaged(path, f"a text of match {match} is out of place")
        said[row_of[match], seat, t] = text.decode("utf-8", "surrogatepass") if isinstance(text, bytes) else text
    return said
