"""Small runs of scripted players that several tests play."""

import os
import pty
import threading
import time
from pathlib import Path
from typing import Any

import yaml
from typer.testing import CliRunner, Result

from arenas.store import RunStore
from tournaments.cli import app

SMALL: dict[str, Any] = {
    "seed": 3,
    "repeats": 2,
    "arenas": {
        "rps": {"game": "rps", "rounds": 12},
        "hide": {"game": "hide_and_seek", "places": 3, "rounds": 8},
        "number": {"game": "random_number"},
        "sea": {"game": "writing"},
    },
    "agents": {"uniform": {"opponent": "uniform"}, "mix": {"opponent": "mixture"}, "cycle": {"opponent": "cycle"}},
    "opponents": {
        "uniform": {"opponent": "uniform"},
        "win_stay": {"opponent": "win_stay_lose_shift"},
        "ngram": {"opponent": "ngram"},
        "oracle": {"opponent": "oracle"},
    },
}


def written(folder: Path, page: dict[str, Any], name: str = "small.yaml") -> Path:
    """A configuration as a file."""
    path = folder / name
    path.write_text(yaml.safe_dump(page, sort_keys=False), encoding="utf-8")
    return path


def tells(*arguments: object) -> Result:
    """The console command, in this process."""
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def only_run(folder: Path) -> Path:
    """The one file of a run in a folder, which holds nothing else."""
    (path,) = folder.iterdir()
    return path


def digest(path: Path) -> str:
    """What was played in a run."""
    store = RunStore.read(path)
    try:
        return store.digest()
    finally:
        store.close()


def play_small(folder: Path, page: dict[str, Any] = SMALL, *arguments: object) -> Path:
    """The file of a small run that was played to its end."""
    result = tells("run", written(folder, page), "--out", folder / "runs", "--display", "none", *arguments)
    assert result.exit_code == 0, result.output
    return only_run(folder / "runs")


def in_terminal(command: list[str], keys: bytes = b"", every: float = 0.1) -> str:
    """What a command shows in a terminal of 80 by 24 while keys are pressed."""
    child, descriptor = pty.fork()
    if child == 0:
        os.environ.update(TERM="xterm", COLUMNS="80", LINES="24")
        os.execv(command[0], command)

    begun = threading.Event()

    def press() -> None:
        begun.wait()
        time.sleep(every)
        for key in keys:
            os.write(descriptor, bytes([key]))
            time.sleep(every)

    threading.Thread(target=press, daemon=True).start()
    shown = b""
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:
            break
        if not part:
            break
        shown += part
        begun.set()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, shown.decode()
    return shown.decode()
