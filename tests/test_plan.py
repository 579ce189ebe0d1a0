"""The plan: pilots of a configuration and of a run, and whether what is planned is as precise as was asked."""

import copy
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from small_runs import SMALL, play_small, tells, written

from analysis.gather import gather
from analysis.match_means import MatchMeans
from analysis.precision import precisions
from arenas.store import RunStore
from tournaments.config import config_of, load_config
from tournaments.plan import Pilot, lines_of, plans_of, played

PAGE: dict[str, Any] = {
    "seed": 5,
    "repeats": 3,
    "arenas": {"rps": {"game": "rps", "rounds": 10}, "number": {"game": "random_number"}},
    "agents": {"mix": {"opponent": "mixture", "weights": {"rock": 1, "paper": 1}}, "uniform": {"opponent": "uniform"}},
    "opponents": {"ngram": {"opponent": "ngram"}, "win_stay": {"opponent": "win_stay_lose_shift"}},
}


def test_a_run_of_the_planned_repeats_is_as_precise_as_was_asked(tmp_path: Path) -> None:
    config = config_of(PAGE)
    plans = {plan.arena: plan for plan in plans_of(config, played(config, 30), wanted=0.01)}
    rps = plans["rps"]
    assert rps.agent == "mix"
    assert 3 < rps.repeats < 500
    assert rps.pair_repeats > rps.repeats
    assert (rps.line_ups, rps.planned, rps.matches) == (5, 3, 5 * rps.repeats)
    page = copy.deepcopy(PAGE)
    page["arenas"]["rps"]["repeats"] = int(rps.repeats)
    page["seed"] = 6
    with closing(RunStore.read(play_small(tmp_path, page))) as store:
        means = MatchMeans()
        gather(store, [means])
    (line,) = [line for line in precisions(means, ["mix"]) if line.arena == "rps"]
    assert line.expected == pytest.approx(0.01, rel=0.25)


def test_the_command_takes_a_configuration_or_a_run(tmp_path: Path) -> None:
    path = written(tmp_path, PAGE)
    piloted = tells("plan", path, "--pilot", 4, "--precision", 0.001)
    assert piloted.exit_code == 0, piloted.output
    assert "pilot: 4 repeats, 24 matches" in piloted.output
    assert "more than planned: --set arenas.rps.repeats=" in piloted.output
    run = play_small(tmp_path, PAGE)
    of_run = tells("plan", run, "--precision", 0.9)
    assert of_run.exit_code == 0, of_run.output
    assert "the repeats that are planned are enough" in of_run.output
    assert "pilot:" not in of_run.output


def test_nothing_of_a_pilot_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path, PAGE)
    assert tells("plan", path, "--pilot", 2).exit_code == 0
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_a_pilot_of_single_matches_plans_nothing() -> None:
    config = config_of(PAGE)
    pilot = played(config, 1)
    plans = list(plans_of(config, Pilot(pilot.means, pilot.seconds), wanted=0.01))
    assert all(plan.repeats != plan.repeats for plan in plans)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--precision", "0"), "--precision must be above 0"),
        (("--pilot", "1"), "--pilot must be from 2 to"),
        (("--set", "arenas.rps.roundz=1"), "unknown key arenas.rps.roundz"),
    ],
)
def test_what_cannot_be_planned_is_one_line(tmp_path: Path, arguments: tuple[str, ...], message: str) -> None:
    result = tells("plan", written(tmp_path, PAGE), *arguments)
    assert result.exit_code == 2
    assert message in result.output


def test_only_texts_cannot_be_planned(tmp_path: Path) -> None:
    page = {**copy.deepcopy(SMALL), "arenas": {"sea": {"game": "writing"}}}
    result = tells("plan", written(tmp_path, page))
    assert result.exit_code == 2
    assert "no arena has a pay that says anything" in result.output


def test_single_matches_are_not_said_to_be_enough(tmp_path: Path) -> None:
    run = play_small(tmp_path, {**PAGE, "repeats": 1})
    result = tells("plan", run)
    assert result.exit_code == 0, result.output
    assert "?: unknown, as it takes two matches of a line-up" in result.output
    assert "planned are enough" not in result.output
    assert "0 matches" not in result.output


def test_arenas_that_an_unfinished_run_has_not_begun_are_unknown() -> None:
    config = config_of(PAGE)
    pilot = played(replace(config, arenas={"rps": config.arenas["rps"]}), 3)
    plans = list(plans_of(config, pilot, wanted=0.9))
    assert [plan.arena for plan in plans] == ["rps", "number"]
    assert "the repeats that are planned are enough in the arenas that are known" in lines_of(plans, 0.9)


def test_the_suggested_change_is_accepted_for_arenas_of_one_entry(tmp_path: Path) -> None:
    page = copy.deepcopy(PAGE)
    page["arenas"] = {"a.b": PAGE["arenas"]["rps"], "hide": {"game": "hide_and_seek", "rounds": 5, "each": {"places": [3, 4]}}}
    page["agents"]["mix"] = {"opponent": "ngram"}
    path = written(tmp_path, page)
    result = tells("plan", path, "--pilot", 3, "--precision", 0.001)
    assert result.exit_code == 0, result.output
    (line,) = [line for line in result.output.splitlines() if line.startswith("more than planned: ")]
    changes = [word for word in line.split() if "=" in word]
    assert [change.partition("=")[0] for change in changes] == ["arenas.a.b.repeats", "arenas.hide.repeats"]
    config = load_config(path, changes)
    needed = {words[0]: int(words[1].replace(",", "")) for words in map(str.split, result.output.splitlines()[2:5])}
    assert config.arenas["hide.3"].repeats == config.arenas["hide.4"].repeats == max(needed["hide.3"], needed["hide.4"])
