"""The tournament that is played when no configuration is given, with the models that ship."""

import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import yaml
from safetensors.torch import load_file, save_file
from small_runs import digest, only_run, tells

from agents.organisms import organism_path
from arenas.record import wrong_rounds
from arenas.store import RunStore
from tournaments.config import load_config

SHORT = ["--set", "repeats=1", "--set", "arenas.rps.rounds=6", "--set", "arenas.hide_and_seek.rounds=5"]
SHORT += ["--set", "arenas.number.repeats=2", "--set", "arenas.numbers.repeats=2"]
SHORT += ["--set", "arenas.pennies.rounds=5", "--set", "arenas.poems.repeats=6", "--set", "arenas.poems.each.topic=[the sea]"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The default tournament, cut short."""
    folder = tmp_path_factory.mktemp("short")
    result = tells("run", *SHORT, "--out", folder, "--display", "none")
    assert result.exit_code == 0, result.output
    return only_run(folder)


def test_every_model_meets_everybody_and_is_read_from_the_row_cache(run: Path) -> None:
    store, config = RunStore.read(run), load_config(None)
    met = {frozenset(fixture.line_up) for fixture, _ in store.fixtures() if len(fixture.line_up) == 2}
    for agent in config.agents:
        for other in config.entrants:
            assert (frozenset((agent, other)) in met) == (agent != other)
    for name in ("base", "sft", "dpo"):
        assert any(note.startswith(f"{name}: ") and "read by row cache" in note for note in store.notes())


def test_the_rules_pay_what_the_log_says(run: Path) -> None:
    store = RunStore.read(run)
    assert store.complete()
    assert not [fixture.id for fixture, record in store.records() if wrong_rounds(store.games[fixture.arena], record)]


def test_uniform_earns_its_value_against_everyone_but_nothing_more(run: Path) -> None:
    store = RunStore.read(run)
    for fixture, record in store.records():
        game = store.games[fixture.arena]
        for seat, name in enumerate(fixture.line_up):
            if name == "uniform" and game.scored:
                np.testing.assert_allclose(record.expected[seat], game.value(seat), atol=1e-12)


def test_the_oracle_wins_just_what_each_model_gives_away(run: Path) -> None:
    store = RunStore.read(run)
    checked = 0
    for fixture, record in store.records():
        if "oracle" not in fixture.line_up:
            continue
        game, oracle = store.games[fixture.arena], fixture.line_up.index("oracle")
        seats = np.full(record.rounds, 1 - oracle)
        given_away = game.exploitability(seats, record.probs[1 - oracle])
        np.testing.assert_allclose(record.expected[oracle] - game.value(oracle), given_away, atol=1e-9)
        checked += 1
    assert checked >= 4 * 3


def test_every_model_answers_in_every_round(run: Path) -> None:
    store = RunStore.read(run)
    checked = 0
    for fixture, record in store.records():
        for seat, name in enumerate(fixture.line_up):
            if name in ("base", "sft", "dpo") and not store.games[fixture.arena].free_text:
                assert (record.off_menu[seat] + record.unended[seat]).max() < 0.15, (fixture.arena, name)
                checked += 1
    assert checked > 50


def test_texts_are_written_by_every_model(run: Path) -> None:
    store = RunStore.read(run)
    texts: dict[str, list[str]] = {"base": [], "sft": [], "dpo": []}
    for fixture, record in store.records():
        if fixture.arena == "poems.the_sea":
            texts[fixture.line_up[0]].append(str(record.texts[0, 0]))
    for stage, written in texts.items():
        # the tuned stages answer with a lone word in one of three
        assert sum(len(text.split()) >= 10 for text in written) >= len(written) / 2, (stage, written)


def killed_and_resumed(folder: Path, arguments: list[str], moments: list[float]) -> tuple[Path, int]:
    """A run that is killed after so many seconds of each start and resumed to its end; how often a wave was broken."""
    command = [sys.executable, "-m", "tournaments.run", "--display", "none"]
    begin = [*command, *arguments, "--out", str(folder)]
    broken = 0
    for moment in [*moments, None]:
        runs = list(folder.glob("*.sqlite")) if folder.exists() else []
        process = subprocess.Popen([*command, "--resume", str(runs[0])] if runs else begin, stdout=subprocess.DEVNULL)
        if moment is None:
            assert process.wait(timeout=1200) == 0
            continue
        time.sleep(moment)
        process.kill()
        process.wait()
        for path in folder.glob("*.sqlite"):
            store = RunStore.read(path)
            lengths = {wave.number: wave.rounds for wave in store.waves()}
            broken += any(0 < tick < lengths[number] for number, tick in store.played().items())
            store.close()
    return only_run(folder), broken


def test_a_killed_run_with_models_ends_with_the_same_log(tmp_path: Path) -> None:
    longer = [
        "--set",
        "repeats=2",
        "--set",
        "arenas.numbers=null",
        "--set",
        "arenas.pennies=null",
        "--set",
        "arenas.poems=null",
    ]
    longer += [
        "--set",
        "arenas.number.repeats=2",
        "--set",
        "arenas.hide_and_seek.rounds=12",
    ]
    result = tells("run", *longer, "--out", tmp_path / "whole", "--display", "none")
    assert result.exit_code == 0, result.output
    dice = random.Random(1)
    path, _ = killed_and_resumed(tmp_path / "killed", longer, [dice.uniform(4, 9) for _ in range(2)])
    assert digest(path) == digest(only_run(tmp_path / "whole"))


def test_a_run_is_not_resumed_by_other_players(tmp_path: Path) -> None:
    folder, style = tmp_path / "model", tmp_path / "style.yaml"
    shutil.copytree(organism_path("base"), folder)
    wording = (Path(__file__).parents[1] / "agents" / "prompts" / "plain.yaml").read_text()
    style.write_text(wording)
    config = {
        "repeats": 1,
        "arenas": {"rps": {"game": "rps", "rounds": 400}},
        "agents": {"mine": {"model": str(folder), "style": str(style), "window": 300}},
        "opponents": {"mixture": {"opponent": "mixture"}},
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    command = [sys.executable, "-m", "tournaments.run", str(tmp_path / "config.yaml"), "--out", str(tmp_path / "runs")]
    process = subprocess.Popen([*command, "--display", "none"])
    while not list((tmp_path / "runs").glob("*.sqlite")):
        time.sleep(0.05)
    time.sleep(0.8)
    process.kill()
    process.wait()
    (path,) = (tmp_path / "runs").glob("*.sqlite")
    style.write_text(wording.replace("Them:", "They:"))
    changed = tells("run", "--resume", path)
    assert changed.exit_code == 2
    assert "mine has changed since the run began" in changed.stderr
    style.write_text(wording)
    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: 1.01 * tensor for name, tensor in weights.items()}, folder / "model.safetensors", metadata={"format": "pt"}
    )
    assert tells("run", "--resume", path).exit_code == 2
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    assert tells("run", "--resume", path, "--display", "none").exit_code == 0


@pytest.mark.slow
def test_twenty_kills_of_the_default_tournament_leave_the_log_as_it_was(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tournaments.run", "--display", "none", "--out", str(tmp_path / "whole")], check=True
    )
    assert result.returncode == 0
    wanted, dice = digest(only_run(tmp_path / "whole")), random.Random(20)
    broken = 0
    for number in range(4):
        moments = [dice.uniform(5, 14) for _ in range(5)]
        path, in_waves = killed_and_resumed(tmp_path / str(number), [], moments)
        broken += in_waves
        assert digest(path) == wanted
    assert broken >= 10, f"only {broken} of 20 kills fell into a wave"
