"""The command that plays: from the configuration to the file of a run, killed, interrupted and resumed."""

import copy
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from small_runs import SMALL, digest, in_terminal, only_run, play_small, tells, written

from arenas.errors import UserError
from arenas.store import RunStore
from opponents.mixture import Mixture
from tournaments.config import config_of
from tournaments.progress import Progress
from tournaments.run import _check_folder
from tournaments.schedule import waves
from tournaments.screen import FullScreen
from tournaments.seating import seat_everyone
from tournaments.tournament import tournament

ROUNDS = 2500
LONG: dict[str, Any] = {
    "arenas": {"rps": {"game": "rps", "rounds": ROUNDS}, "hide": {"game": "hide_and_seek", "rounds": 200}},
    "agents": {"mix": {"opponent": "mixture"}, "cycle": {"opponent": "cycle"}},
    "opponents": {"ngram": {"opponent": "ngram"}, "oracle": {"opponent": "oracle"}, "win": {"opponent": "win_stay_lose_shift"}},
    "repeats": 3,
    "rows": 1000,
}
RUN = [sys.executable, "-m", "tournaments.run"]


def started(*arguments: object) -> "subprocess.Popen[str]":
    """The command in a process of its own."""
    command = [*RUN, *(str(argument) for argument in arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_play(folder: Path, process: "subprocess.Popen[str]", beyond: int = 0) -> Path:
    """The file of a run, once more than so many rounds of a wave that is not over are in it, or the run has ended."""
    for _ in range(1000):
        for path in folder.glob("*.sqlite"):
            if process.poll() is not None or reached(path) > beyond:
                return path
        time.sleep(0.02)
    raise AssertionError("the run did not begin")


def reached(path: Path) -> int:
    """The tick of the wave that is being played; 0 between waves."""
    store = RunStore.read(path)
    try:
        return max((tick for tick in store.played().values() if tick < ROUNDS), default=0)
    finally:
        store.close()


def test_a_run_is_played_saved_and_summed_up(tmp_path: Path) -> None:
    result = tells("run", written(tmp_path, SMALL), "--out", tmp_path / "runs")
    path = only_run(tmp_path / "runs")
    assert result.exit_code == 0
    assert path.name.endswith("-small.sqlite")
    for command in ("replay", "run --resume", "summary"):
        assert f"{command.split()[0]}" in result.output
    assert str(path) in result.output.replace("\n", "")
    assert "all tasks" in result.output
    store = RunStore.read(path)
    assert store.complete()
    assert any("sits out sea" in note for note in store.notes())
    store.close()


def test_the_commands_at_the_end_can_be_run(tmp_path: Path) -> None:
    done = subprocess.run(
        [*RUN, written(tmp_path, SMALL), "--out", tmp_path / "runs"], capture_output=True, text=True, check=True
    )
    commands = [line.split(":", 1)[1].strip() for line in done.stdout.splitlines() if line.startswith("  ") and " -m " in line]
    assert len(commands) == 4
    for command in commands:
        subprocess.run(command, shell=True, check=True, capture_output=True, stdin=subprocess.DEVNULL)


def test_the_same_seed_plays_the_same_and_another_does_not(tmp_path: Path) -> None:
    digests = []
    for number, seed in enumerate((3, 3, 4)):
        (tmp_path / str(number)).mkdir()
        digests.append(digest(play_small(tmp_path / str(number), SMALL, "--seed", seed)))
    assert digests[0] == digests[1] != digests[2]


def test_a_match_does_not_depend_on_its_wave(tmp_path: Path) -> None:
    digests = set()
    for rows in (2, 7, 512):
        (tmp_path / str(rows)).mkdir()
        digests.add(digest(play_small(tmp_path / str(rows), SMALL, "--set", f"rows={rows}")))
    assert len(digests) == 1


def test_kill_9_in_the_middle_of_a_wave_and_resume_is_as_if_never_killed(tmp_path: Path) -> None:
    wanted = digest(play_small(tmp_path, LONG))
    config, dice = written(tmp_path, LONG), random.Random(5)
    for attempt in range(2):
        folder = tmp_path / f"killed{attempt}"
        process = started(config, "--out", folder, "--display", "none")
        ticks = [0]
        for _ in range(2):
            path = wait_for_play(folder, process, beyond=ticks[-1])
            time.sleep(dice.uniform(0.0, 0.2))
            process.kill()
            process.communicate()
            ticks.append(reached(path))
            process = started("--resume", path, "--display", "none")
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert any(ticks), "no kill fell into a wave"
        assert digest(path) == wanted
        assert only_run(folder) == path


def test_ctrl_c_keeps_everything_and_says_how_to_go_on(tmp_path: Path) -> None:
    wanted = digest(play_small(tmp_path, LONG))
    process = started(written(tmp_path, LONG), "--out", tmp_path / "stopped")
    path = wait_for_play(tmp_path / "stopped", process)
    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert errors == ""
    assert f"tournaments.run --resume {path}" in output
    assert only_run(tmp_path / "stopped") == path
    store = RunStore.read(path)
    assert not store.complete()
    store.close()
    assert tells("run", "--resume", path).exit_code == 0
    assert digest(path) == wanted


def test_every_round_that_was_played_is_kept_when_play_is_broken_off(tmp_path: Path) -> None:
    config = config_of(SMALL)
    roster = seat_everyone(config)
    plan = waves(config, roster)
    store = RunStore.new(tmp_path / "run", config.resolved(), plan)
    ticks = tournament(config, roster, plan, store)
    for _ in range(5):
        next(ticks)
    ticks.close()
    assert store.played()[0] == 5
    store.close()
    assert tells("run", "--resume", tmp_path / "run").exit_code == 0
    assert digest(tmp_path / "run") == digest(play_small(tmp_path))


def test_a_resumed_run_shows_the_standings_of_the_whole(tmp_path: Path) -> None:
    config = config_of(SMALL)
    roster = seat_everyone(config)
    plan = waves(config, roster)
    store = RunStore.new(tmp_path / "run", config.resolved(), plan)
    whole = Progress(config, plan, store)
    ticks = tournament(config, roster, plan, store)
    for _ in range(15):
        whole.follow(next(ticks))
    ticks.close()
    parts = Progress(config, plan, store)
    assert parts.played == whole.played
    for tick in tournament(config, roster, plan, store):
        parts.follow(tick)
        whole.follow(tick)
    assert parts.played == parts.total == whole.played
    for ours, theirs in zip(parts.standings().overall(), whole.standings().overall(), strict=True):
        assert ours.agent == theirs.agent
        assert ours.pay.mean == pytest.approx(theirs.pay.mean, abs=1e-12)
        assert ours.rounds == theirs.rounds
    store.close()


def test_a_complete_run_has_nothing_to_resume(tmp_path: Path) -> None:
    path = play_small(tmp_path)
    before = path.read_bytes()
    result = tells("run", "--resume", path)
    assert result.exit_code == 0
    assert "is complete: nothing is missing" in result.output
    assert path.read_bytes() == before


def test_a_run_that_is_being_played_is_not_resumed(tmp_path: Path) -> None:
    config = config_of(SMALL)
    store = RunStore.new(tmp_path / "run", config.resolved(), waves(config, seat_everyone(config)))
    one_line(tells("run", "--resume", tmp_path / "run"), "another process is playing this run")
    store.close()


def test_a_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    result = tells("run", written(tmp_path, SMALL), "--out", tmp_path / "runs", "--dry-run")
    assert result.exit_code == 0
    # uniform, mix and cycle meet each other (3 pairs) and win_stay, ngram and oracle (9), mix and cycle meet no more
    assert "rps: 24 matches, 288 rounds, 1 wave, about " in result.output
    assert "hide: 48 matches, 384 rounds" in result.output
    assert "number: 6 matches, 6 rounds" in result.output
    assert "all: 78 matches, 678 rounds" in result.output
    assert "nothing was written" in result.output
    assert sorted(place.name for place in tmp_path.iterdir()) == ["small.yaml"]


def one_line(result: Any, message: str) -> None:
    """The command refused in one line, with exit code 2."""
    assert result.exit_code == 2, result.output
    assert result.stderr.startswith("error: ")
    assert result.stderr.count("\n") == 1
    assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--set", "sed=1"], "unknown key sed: did you mean 'seed'?"),
        (["--set", "arenas.rps.rounds=many"], "arenas.rps.rounds: must be a valid integer, got 'many'"),
        (["--set", "arenas.rps.game=rsp"], "unknown game 'rsp': did you mean 'rps'?"),
        (["--set", "opponents.ngram.opponent=ngrm"], "unknown opponent 'ngrm': did you mean 'ngram'?"),
        (["--set", "agents.mine.model=/no/such/folder"], "mine: model /no/such/folder: no such folder"),
        (["--set", "agents.mine.model=organism:bas"], "did you mean"),
        (["--set", "opponents.fixed={opponent: mixture, weights: {rok: 1}}"], "fixed cannot play here: "),
        (["--seed", "-1"], "seed must be from 0"),
        (["--set", "arenas={sea: {game: writing}}"], "there is nothing to play"),
        (["--set", "arenas.\x1b[2J={game: rps}"], "a name must be made of letters"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing_behind(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = tells("run", written(tmp_path, SMALL), "--out", tmp_path / "runs", *arguments)
    one_line(result, message)
    assert "\x1b" not in result.stderr
    assert not (tmp_path / "runs").exists()


def test_a_missing_configuration_or_run_is_one_line(tmp_path: Path) -> None:
    one_line(tells("run", tmp_path / "none.yaml"), "none.yaml: no such file")
    one_line(tells("run", "--resume", tmp_path / "none.sqlite"), "none.sqlite: no such file")
    (tmp_path / "text").write_text("not a run" * 50)
    one_line(tells("run", "--resume", tmp_path / "text"), "this is not the file of a run")
    assert sorted(place.name for place in tmp_path.iterdir()) == ["text"]


def test_resume_takes_no_other_configuration(tmp_path: Path) -> None:
    path = play_small(tmp_path)
    for extra in (["--seed", "1"], ["--set", "seed=1"], ["--dry-run"], [str(tmp_path / "small.yaml")]):
        one_line(tells("run", "--resume", path, *extra), "leave out CONFIG, --set, --seed and --dry-run")


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = written(tmp_path, SMALL)
    one_line(tells("run", config, "--out", config / "deeper"), "is not a folder")
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    with pytest.raises(UserError, match="no permission to write"):
        _check_folder(tmp_path / "locked")


def test_a_run_planned_otherwise_is_not_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = config_of(SMALL)
    plan = waves(config, seat_everyone(config))
    RunStore.new(tmp_path / "run", config.resolved(), plan[1:]).close()
    one_line(tells("run", "--resume", tmp_path / "run"), "this program would play other matches than the run has")


def test_a_bug_keeps_its_traceback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("a bug")

    monkeypatch.setattr(Mixture, "player", broken)
    result = tells("run", written(tmp_path, SMALL), "--out", tmp_path / "runs")
    assert isinstance(result.exception, ZeroDivisionError)


def many_agents(count: int) -> dict[str, Any]:
    page = copy.deepcopy(SMALL)
    page["agents"] |= {f"agent-with-a-long-name-{number}": {"opponent": "mixture", "tilt": 1.5} for number in range(count)}
    return page


@pytest.mark.parametrize(("width", "height"), [(80, 24), (140, 40), (60, 20)])
@pytest.mark.parametrize("count", [0, 20])
def test_the_live_screen_fits_the_terminal(tmp_path: Path, width: int, height: int, count: int) -> None:
    config = config_of(many_agents(count))
    roster = seat_everyone(config)
    plan = waves(config, roster)
    store = RunStore.new(tmp_path / "run", config.resolved(), plan)
    progress = Progress(config, plan, store)
    console = Console(width=width, height=height, force_terminal=True, color_system=None)
    screen = FullScreen(console, progress, "20260101-000000-name")
    for tick in tournament(config, roster, plan, store):
        progress.follow(tick)
        if tick.history.played % 4 != 1:
            continue
        lines = console.render_lines(drawn(screen))
        text = ["".join(segment.text for segment in line).rstrip() for line in lines]
        assert len(text) < height
        assert max(map(len, text)) <= width
        assert any(tick.wave.arena in line for line in text)
    assert any("all tasks" in line for line in text)
    assert any(line.startswith("mix") for line in text) or count
    store.close()


def drawn(screen: FullScreen) -> Any:
    screen._tables = screen._standings()
    return screen._frame()


def test_the_live_screen_in_a_terminal_sorts_and_leaves_the_tables(tmp_path: Path) -> None:
    config = written(tmp_path, LONG)
    output = in_terminal([*RUN, str(config), "--out", str(tmp_path / "r")])
    assert "Ctrl-C stops" in output
    assert "all tasks" in output
    assert "\x1b[?25h" in output, "the cursor comes back"
    assert RunStore.read(only_run(tmp_path / "r")).complete()


def test_rounds_are_counted_as_matches_times_rounds(tmp_path: Path) -> None:
    store = RunStore.read(play_small(tmp_path))
    rounds = sum(record.rounds for _, record in store.records())
    assert rounds == 678
    assert store.play_seconds > 0
    assert all(np.isfinite(record.probs).any() for _, record in store.records())
    store.close()
