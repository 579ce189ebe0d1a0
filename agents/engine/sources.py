"""Where a model's files are, and one true line for each way in which a folder is no model that can be loaded."""

import difflib
import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agents.fetched import FETCHED, fetched_folder
from agents.model import ModelSpec
from agents.organisms import organism_path
from arenas.errors import UserError

ORGANISM = "organism:"
POINTER = b"version https://git-lfs.github.com/spec"
PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl")
TOKENIZERS = (
    "tokenizer.json",
    "tokenizer.model",
    "tokenizer_config.json",
    "tekken.json",
    "tiktoken.model",
    "vocab.json",
    "vocab.txt",
    "spiece.model",
    "sentencepiece.bpe.model",
)
"""Files of which a tokenizer has one at least."""


@dataclass(frozen=True)
class Source:
    """A local folder or a hub id, and the one GGUF file in it that is meant, if it is one."""

    place: str
    gguf: str | None = None

    @property
    def folder(self) -> Path | None:
        """The folder, if it is a local one."""
        return Path(self.place) if Path(self.place).is_dir() else None


def source_of(spec: ModelSpec) -> Source:
    """Where the files of a model are. Raises `UserError` for what is no model that can be loaded."""
    local = _local(spec.model)
    if local.is_dir() or local.is_file():
        if spec.revision is not None:
            raise UserError(f"model {spec.model}: revision {spec.revision!r} is for models of the hub, and this is a local one")
        try:
            return _file(local) if local.is_file() else _folder(local, spec)
        except _UnfitError as error:
            raise UserError(f"model {spec.model}: {error}") from error
    if spec.model.startswith((".", "/", "~")) or spec.model.count("/") > 1 or local.suffix == ".gguf":
        what = "file" if local.suffix == ".gguf" else "folder"
        raise UserError(
            f"model {spec.model}: no such {what} ({_near(local)}a hub id reads owner/name, a shipped model {ORGANISM}base)"
        )
    return Source(spec.model)


class _UnfitError(Exception):
    """What is wrong with a folder or file, in words that follow its name."""


def _local(model: str) -> Path:
    """The local path a name stands for, whether or not there is anything."""
    if model.startswith(ORGANISM):
        return organism_path(model.removeprefix(ORGANISM))
    if model in FETCHED:
        folder = fetched_folder(model)
        if not folder.is_dir():
            own = f" (the folder of that name is ./{model})" if Path(model).is_dir() else ""
            raise UserError(f"model {model}: it is not on this machine yet; run: tells get {model}{own}")
        return folder
    return Path(model).expanduser()


def _near(path: Path) -> str:
    """The nearest name beside a path that does not exist."""
    there = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
    close = difflib.get_close_matches(path.name, there, n=1)
    return f"did you mean {path.parent / close[0]}? " if close else ""


def _file(path: Path) -> Source:
    """A model that is one file."""
    if path.suffix != ".gguf":
        kind = " that holds it" if path.suffix in (".safetensors", *PICKLES) else ""
        raise _UnfitError(f"it is a file, and only a .gguf file is a whole model; name the folder{kind}")
    return _gguf(path)


def _gguf(path: Path) -> Source:
    _check_real(path)
    with path.open("rb") as stream:
        if stream.read(4) != b"GGUF":
            raise _UnfitError(f"{path.name} does not begin as a GGUF file does")
    if path.stem.endswith(tuple(f"-of-{total:05}" for total in range(2, 1000))):
        raise _UnfitError(f"{path.name} is one part of several; join them with llama.cpp's gguf-split --merge")
    return Source(str(path.parent), path.name)


def _folder(folder: Path, spec: ModelSpec) -> Source:
    """A model that is a folder."""
    names = sorted(path.name for path in folder.iterdir())
    if not names:
        raise _UnfitError("the folder is empty")
    _check_adapter(folder, names)
    weights = [name for name in names if name.endswith((".safetensors", *PICKLES))]
    ggufs = [name for name in names if name.endswith(".gguf")]
    if ggufs and not weights:
        if len(ggufs) > 1:
            raise _UnfitError(f"the folder holds {len(ggufs)} GGUF files; name one of them, such as {folder / ggufs[0]}")
        return _gguf(folder / ggufs[0])
    if "config.json" not in names:
        raise _UnfitError("the folder holds no config.json, so it is no Hugging Face model")
    for name in ("config.json", *TOKENIZERS, *weights):
        if name in names:
            _check_real(folder / name)
    if not spec.allow_pickle:
        _check_no_pickle(folder, names)
    for name in weights:
        if name.endswith(".safetensors"):
            _check_whole(folder / name)
    return Source(str(folder))


def check_has_tokenizer(spec: ModelSpec, source: Source) -> None:
    """Raise `UserError` for a folder of weights without a tokenizer."""
    if source.folder is None or source.gguf is not None:
        return
    names = {path.name for path in source.folder.iterdir()}
    if not names & {*TOKENIZERS} and not any(name.endswith((".tiktoken", ".model")) for name in names):
        wanted = "copy the model's tokenizer.json and tokenizer_config.json into it"
        raise UserError(f"model {spec.model}: the folder holds no tokenizer; {wanted}")


def _check_adapter(folder: Path, names: list[str]) -> None:
    if "adapter_config.json" not in names:
        return
    base = _written(folder / "adapter_config.json").get("base_model_name_or_path") or "its base"
    if "config.json" in names:
        raise _UnfitError(
            "an adapter lies beside the model (adapter_config.json) and would not be used; move its files into a folder of its "
            "own, and name that as adapter: to apply it"
        )
    raise _UnfitError(f"the folder holds an adapter and no model; write model: {base} and adapter: {folder}")


def _check_real(path: Path) -> None:
    """Git without LFS leaves a few lines of text in the place of a large file."""
    if path.stat().st_size < 1024 and path.read_bytes().startswith(POINTER):
        raise _UnfitError(f"{path.name} is a Git LFS pointer and not the file itself; run `git lfs pull` in the folder")


def _check_no_pickle(folder: Path, names: list[str]) -> None:
    """Pickles run code of their own when they are read."""
    if not any(name.endswith(".safetensors") for name in names):
        raise _UnfitError("the folder holds no safetensors; other weights are read if allow_pickle is true")
    for index in (name for name in names if name.endswith(".safetensors.index.json")):
        for name in _files_of(_written(folder / index)):
            if not name.endswith(".safetensors"):
                raise _UnfitError(f"{index} names {name}, which is no safetensors; it is read if allow_pickle is true")


def _files_of(index: dict[str, object]) -> Iterator[str]:
    """The files that an index of weights names."""
    files = index.get("weight_map")
    yield from sorted({str(name) for name in files.values()} if isinstance(files, dict) else ())


def _check_whole(path: Path) -> None:
    """A file that was cut short while it was copied says so by its first bytes."""
    size = path.stat().st_size
    with path.open("rb") as stream:
        (length,) = struct.unpack("<Q", stream.read(8).ljust(8, b"\0"))
        if not size or length > 100_000_000:
            raise _UnfitError(f"{path.name} is {'empty' if not size else 'no safetensors file'}")
        try:
            header = json.loads(stream.read(length))
            ends = [part["data_offsets"][1] for name, part in header.items() if name != "__metadata__"]
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            raise _UnfitError(f"{path.name} is no safetensors file, or its beginning is damaged") from error
    wanted = 8 + length + max(ends, default=0)
    if size < wanted:
        raise _UnfitError(f"{path.name} is cut short: {size:,} of {wanted:,} bytes are there; copy it again")


def _written(path: Path) -> dict[str, object]:
    """A JSON file's object; an empty one if it cannot be read."""
    try:
        page = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return page if isinstance(page, dict) else {}
