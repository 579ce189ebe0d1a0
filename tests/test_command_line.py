"""The commands as processes of their own: names of runs, what is said on which stream, exit codes and signals."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from small_runs import SMALL, digest, only_run, play_small, tells, written
from test_run import LONG, RUN, one_line, started, wait_for_play

from arenas.store import RunStore
from tournaments.cli import COMMANDS


def test_a_second_run_in_the_same_second_overwrites_nothing(tmp_path: Path) -> None:
    config = written(tmp_path, SMALL)
    for _ in range(3):
        assert tells("run", config, "--out", tmp_path / "runs", "--display", "none").exit_code == 0
    assert len(list((tmp_path / "runs").iterdir())) == 3


def test_help_loads_nothing_heavy() -> None:
    heavy = {"--help": ("pydantic", "scipy", "torch", "agents"), "run --help": ("torch", "transformers", "scipy", "pyspiel")}
    for argument, light in heavy.items():
        script = f"""
import atexit, sys
atexit.register(lambda: print("loaded:", [m for m in {light} if m in sys.modules]))
sys.argv = ["tells", *{argument.split()}]
from tournaments.cli import main
main()
"""
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert "Usage: " in done.stdout
        assert done.stdout.strip().endswith("loaded: []")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there(name: str) -> None:
    done = tells(name, "--help")
    assert done.exit_code == 0
    assert f" {name} [OPTIONS]" in done.output


def test_output_that_is_no_terminal_holds_no_terminal_codes(tmp_path: Path) -> None:
    command = [*RUN, written(tmp_path, SMALL), "--out", tmp_path / "r"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "all tasks" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr


def test_runs_that_begin_together_in_one_folder_are_all_kept(tmp_path: Path) -> None:
    config = written(tmp_path, SMALL)
    processes = [started(config, "--out", tmp_path / "runs", "--display", "none") for _ in range(4)]
    for process in processes:
        _, errors = process.communicate(timeout=60)
        assert (process.returncode, errors) == (0, "")
    paths = list((tmp_path / "runs").iterdir())
    assert len(paths) == 4
    assert len({digest(path) for path in paths}) == 1


@pytest.mark.parametrize(
    ("command", "arguments", "message"),
    [
        ("run", ["--seed", "abc"], "'--seed': Input should be a valid integer"),
        ("run", ["--sed", "1"], "No such option: --sed"),
        ("run", ["--display", "loud"], "'loud' is not one of"),
        ("run", ["--seed"], "'--seed' requires an argument"),
        ("replay", [], "Missing argument 'RUN'"),
        ("replay", ["x", "--speed", "\x1b[2J"], "should be a valid number"),
        ("summary", ["a", "b"], "unexpected extra argument"),
        ("exact", ["--rounds", "x"], "should be a valid integer"),
        ("memory", [], "Missing argument 'RUN'"),
        ("bench", ["--games", "x"], "should be a valid integer"),
        ("rnu", [], "No such command 'rnu'"),
    ],
)
def test_a_command_line_that_cannot_be_read_is_one_line(command: str, arguments: list[str], message: str) -> None:
    result = tells(command, *arguments)
    one_line(result, message)
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("module", ["tournaments.run", "tournaments.replay", "analysis.summary", "tournaments.exact"])
def test_a_module_of_its_own_refuses_in_one_line_too(module: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, "--nosuch"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: No such option: --nosuch")
    assert done.stderr.count("\n") == 1


def test_the_console_command_alone_helps() -> None:
    result = tells()
    assert "replay" in result.output
    assert "error:" not in result.output


def test_sigterm_stops_like_ctrl_c(tmp_path: Path) -> None:
    process = started(written(tmp_path, LONG), "--out", tmp_path / "stopped")
    path = wait_for_play(tmp_path / "stopped", process)
    process.send_signal(signal.SIGTERM)
    output, errors = process.communicate(timeout=30)
    assert (process.returncode, errors) == (143, "")
    assert f"tournaments.run --resume {path}" in output
    assert only_run(tmp_path / "stopped") == path
    store = RunStore.read(path)
    assert not store.complete()
    store.close()


def test_output_that_knows_few_characters_gets_question_marks(tmp_path: Path) -> None:
    path = play_small(tmp_path)
    plain = {**os.environ, "PYTHONIOENCODING": "ascii"}
    config = tmp_path / "small.yaml"
    commands = (
        ["tournaments.replay", path],
        ["analysis.summary", path],
        ["tournaments.run", config, "--out", tmp_path / "more"],
    )
    for module, *arguments in commands:
        done = subprocess.run(
            [sys.executable, "-m", module, *arguments], env=plain, capture_output=True, stdin=subprocess.DEVNULL, check=False
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.isascii()
