"""Files that appear whole or not at all, and that replace nothing but their own kind."""

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from arenas.errors import UserError

DATABASE = b"SQLite format 3\0"
"""How every run begins."""


def place_for(path: Path, runs: Sequence[Path], ours: Callable[[Path], str], *, force: bool, option: str = "-o") -> Path:
    """Where a new file or folder may be written, as an absolute path.

    ours: says why what is there must not be replaced, or nothing. Raises `UserError` if something is there and `force` is not
    given, if it says so, and if any of these runs is there or would go with it.
    """
    # a link stays a link, since what is replaced is the link
    place = path.resolve() if path.name in ("", "..") else path.parent.resolve() / path.name
    if not os.path.lexists(place):
        return place
    if any(place.resolve() in (run.resolve(), *run.resolve().parents) for run in runs):
        raise UserError(f"{option} {path}: this is where a run is kept that was asked for; name another place")
    if not force:
        raise UserError(f"{option} {path}: exists already; --force replaces it")
    if refusal := ours(place):
        raise UserError(f"{option} {path}: {refusal}; --force does not replace it")
    return place


def no_other_file(path: Path) -> str:
    """Why a file must not be written over this: it is not a file, or it is the file of a run."""
    if not path.is_file():
        return "is not a file"
    with path.open("rb") as file:
        return "is a run" if file.read(len(DATABASE)) == DATABASE else ""


def write_whole(path: Path, fill: Callable[[Path], None], *, option: str = "-o") -> None:
    """Have a file or folder filled under another name beside it, then give it its own; nothing is left behind by an error.

    It replaces what is there: `place_for` says whether that may be. Raises `UserError` if nothing can be written there.
    """
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fill(unfinished)
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        unfinished.replace(path)
    except OSError as error:
        raise UserError(f"{option} {path}: cannot be written ({error.strerror or error})") from error
    finally:
        if unfinished.is_dir():
            shutil.rmtree(unfinished, ignore_errors=True)
        else:
            unfinished.unlink(missing_ok=True)
