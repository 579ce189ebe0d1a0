"""The benchmark's arithmetic and its command, on a few players."""

import sys

import numpy as np
import pytest
from small_runs import tells

from opponents.mixture import Mixture
from opponents.opponent import OPPONENTS
from opponents.roshambo import Roshambo, bot_names
from opponents.uniform import Uniform
from tournaments import bench, population_bench


def test_the_population_is_everybody_but_who_foresees() -> None:
    everybody = bench.everyone()
    assert len(everybody) == len(OPPONENTS.names()) - 3 + 15 + 43
    assert {"greenberg", "bot_prev_move", "cycle"} <= set(everybody)
    assert "oracle" not in everybody
    assert set(bot_names()) <= set(everybody)


def test_all_against_all_has_every_pair_once_and_everyone_against_itself() -> None:
    assert bench.all_pairs(["a", "b", "c"]) == [("a", "a"), ("a", "b"), ("a", "c"), ("b", "b"), ("b", "c"), ("c", "c")]


def test_the_table_says_how_many_times_slower_others_are() -> None:
    lines = bench.table({"tells": 1000.0, "other": 50.0, "absent": float("nan")})
    assert [line.split()[-2:] for line in lines[1:]] == [["1,000", "1"], ["50", "20"], ["-", "-"]]


def test_the_command_measures_and_says_what_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    members = {"uniform": Uniform(), "mixture": Mixture(), "randbot": Roshambo("randbot")}
    monkeypatch.setattr(bench, "everyone", lambda: members)
    monkeypatch.setattr(bench, "LIGHT_SECONDS", np.inf)
    for missing in ("axelrod", "kaggle_environments"):
        monkeypatch.setitem(sys.modules, missing, None)
    said = tells("bench", "--scripted", "--rounds", "10", "--processes", "1")
    assert said.exit_code == 0, said.output
    lines = said.output.splitlines()
    assert any(line.startswith("tells, 3 light players, 1 process") for line in lines)
    assert any(line.startswith("tells, all 3 players, 1 processes") for line in lines)
    assert sum("not installed" in line and "tells[bench]" in line for line in lines) == 2


def test_everybody_is_put_on_the_scale_of_the_population(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(population_bench, "bot_names", lambda: ("rockbot", "copybot"))
    lines = list(
        population_bench.population_report({"uniform": Uniform(), "paper": Mixture({"paper": 1.0})}, games=2, processes=1)
    )
    rows = {line.split()[0]: line.split()[1:] for line in lines[2:]}
    # copybot opens with paper and then plays what beats the last move
    assert rows["rockbot"][1:4] == ["-500.0", "1000.0", "copybot"]
    assert rows["uniform"][:2] == ["tells", "0.0"]
    assert rows["paper"] == ["tells", "0.5", "±", "0.0", "999.0", "copybot", "-998.5"]


def test_the_moves_of_models_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench, "benchmark", lambda quick: iter([f"quick is {quick}"]))
    assert tells("bench", "--quick").output == "quick is True\n"
