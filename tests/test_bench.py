"""The benchmark's arithmetic and its command, on a few players."""

import sys

import numpy as np
import pytest
from small_runs import tells

from opponents.cycle import Cycle
from opponents.mixture import Mixture
from opponents.opponent import OPPONENTS
from opponents.roshambo import Roshambo, bot_names
from opponents.uniform import Uniform
from tournaments import bench


def test_the_population_is_everybody_but_who_foresees() -> None:
    everybody = bench.population()
    assert len(everybody) == len(OPPONENTS.names()) - 3 + 15 + 43
    assert {"greenberg", "bot_prev_move", "cycle"} <= set(everybody)
    assert "oracle" not in everybody
    assert set(bot_names()) <= set(everybody)


def test_all_against_all_has_every_pair_once_and_everyone_against_itself() -> None:
    assert bench.all_pairs(["a", "b", "c"]) == [("a", "a"), ("a", "b"), ("a", "c"), ("b", "b"), ("b", "c"), ("c", "c")]


def test_a_bot_of_its_own_takes_longer_for_a_move_than_a_vectorised_player() -> None:
    costs = bench.seconds_a_move({"cycle": Cycle(), "greenberg": Roshambo("greenberg")}, rows=32, rounds=30)
    assert costs["greenberg"] > 10 * costs["cycle"]


def test_the_table_says_how_many_times_slower_others_are() -> None:
    lines = bench.table({"tells": 1000.0, "other": 50.0, "absent": float("nan")})
    assert [line.split()[-2:] for line in lines[1:]] == [["1,000", "1"], ["50", "20"], ["-", "-"]]


def test_the_command_measures_and_says_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    members = {"uniform": Uniform(), "mixture": Mixture(), "randbot": Roshambo("randbot")}
    monkeypatch.setattr(bench, "population", lambda: members)
    monkeypatch.setattr(bench, "LIGHT_SECONDS", np.inf)
    for missing in ("axelrod", "kaggle_environments"):
        monkeypatch.setitem(sys.modules, missing, None)
    said = tells("bench", "--scripted", "--rounds", "10", "--processes", "1")
    assert said.exit_code == 0, said.output
    lines = said.output.splitlines()
    assert any(line.startswith("tells, 3 light players, 1 process") for line in lines)
    assert any(line.startswith("tells, all 3 players, 1 processes") for line in lines)
    assert sum("not installed" in line and "tells[bench]" in line for line in lines) == 2
    refused = tells("bench")
    assert (refused.exit_code, refused.output.strip()) == (2, "error: say what is to be measured: --scripted")
