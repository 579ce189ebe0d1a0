"""A hash of the files of weights too large to be read from memory at every start; remembered as long as they do not change."""

import hashlib
import json
import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from agents.cache import cache_folder

LARGE = 20_000_000_000
"""Bytes of files above which the files are hashed instead of the tensors, wherever those lie."""


def weight_files(folder: Path, gguf: str | None = None) -> list[Path]:
    """The files that hold the weights of a model's folder: those an index names, else the one that is read."""
    if gguf is not None:
        return [folder / gguf]
    for stem in ("model.safetensors", "pytorch_model.bin"):
        if (folder / stem).is_file():
            return [folder / stem]
        with suppress(OSError, ValueError, AttributeError):
            index = json.loads((folder / f"{stem}.index.json").read_text(encoding="utf-8"))
            return [folder / name for name in sorted({*index["weight_map"].values()})]
    return sorted(folder.glob("*.safetensors"))


def size_of(files: Sequence[Path]) -> int:
    """Bytes of some files together."""
    return sum(path.stat().st_size for path in files)


def files_hash(files: Sequence[Path]) -> str:
    """A hash of the bytes of some files in their order. Each is read once as long as path, size and time stay the same."""
    kept = cache_folder("weights.json")
    known = _known(kept)
    marks = {path: _mark(path) for path in files}
    fresh = [path for path in files if marks[path] not in known]
    with ThreadPoolExecutor(4) as pool:
        known.update(zip((marks[path] for path in fresh), pool.map(_hash, fresh), strict=True))
    if fresh:
        _keep(kept, known)
    return hashlib.sha256("".join(known[marks[path]] for path in files).encode()).hexdigest()[:12]


def _hash(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _mark(path: Path) -> str:
    """What changes when a file does."""
    found = path.resolve()
    state = found.stat()
    return f"{found} {state.st_size} {state.st_mtime_ns}"


def _known(path: Path) -> dict[str, str]:
    try:
        page: Any = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return page if isinstance(page, dict) else {}


def _keep(path: Path, known: dict[str, str]) -> None:
    """Write what is known in one step; a folder that cannot be written only costs time at the next start."""
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            json.dump(known, stream, indent=0)
        Path(name).replace(path)
