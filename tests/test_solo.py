"""`tells solo`: the tables of everything that is measured without an opponent, and the files of the same numbers."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from small_runs import play_small
from typer.testing import CliRunner, Result

from analysis.randomness.blocks import blocks, cell, chance_cell, number
from analysis.randomness.measures import Measure
from analysis.randomness.tables import legend
from analysis.solo import NOT_BEGUN, NOTHING, app
from arenas.rating import Rating, text_id
from arenas.ratings import RatingBook
from arenas.store import RunStore

HOSTILE = "\x1b[31mpick\x1b[0m [red]one[/red] \u202e from {low}"
PAGE: dict[str, Any] = {
    "seed": 2,
    "repeats": 6,
    "arenas": {
        "one": {"game": "random_number", "each": {"wording": {"a": "", "b": HOSTILE}}},
        "many": {"game": "random_number", "length": 10},
        "coin": {"game": "random_bit", "words": ["heads", "tails"], "length": 8},
        "rps": {"game": "rps", "rounds": 3},
    },
    "agents": {
        "uniform": {"opponent": "uniform"},
        "tilted": {"opponent": "mixture"},
        "cycle": {"opponent": "cycle"},
        "backwards": {"opponent": "cycle", "step": -1},
    },
    "opponents": {"uniform": {"opponent": "uniform"}},
}


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return play_small(tmp_path_factory.mktemp("solo"), PAGE)


def solo(*arguments: object, columns: int = 80) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], env={"COLUMNS": str(columns)})


@pytest.mark.parametrize("columns", [80, 140])
def test_tables_fit_the_screen(path: Path, columns: int) -> None:
    result = solo(path, columns=columns)
    assert result.exit_code == 0, result.output
    lines = result.output.splitlines()
    # the first line is the path of the run
    assert max(map(len, lines[1:])) <= columns
    for title in ("== 1 number from 0 to 10 ==", "== 10 numbers from 0 to 10 ==", "== 8 choices of heads or tails =="):
        assert title in lines
    heads = [line.split() for line in lines if line.startswith("guesser")]
    # two tables a task; a head holds `guesser`, agents and `by chance`
    assert [agent for head in heads for agent in head[1:-2]] == [*PAGE["agents"]] * 4


def test_the_tables_say_what_is_so(path: Path) -> None:
    text = solo(path, columns=200).output
    rows = [line.split() for line in text.splitlines()]
    assert ["chi-square", "13.9"] not in rows
    assert ["chi-square", "Llama-3.1-8B", "13.9"] in rows
    assert "read from secondary sources" in text
    # the likeliest after 8 of who is uniform, tilted, goes round upwards and backwards
    assert ["8", "0", "0.091", "-", "9", "1.000", "7", "1.000", "0.091"] in rows
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]one[/red]" in text
    assert text.count("by chance: what independent") == 1


def test_ratings_are_shown_where_there_are_any(tmp_path: Path) -> None:
    page = PAGE | {"arenas": {"sea": {"game": "writing", "max_tokens": 8}}, "repeats": 1}
    page |= {"agents": {"base": {"model": "organism:base"}, "sft": {"model": "organism:sft"}}}
    run = play_small(tmp_path, page)
    assert "== ratings ==" not in solo(run).output
    first, second = (text_id(f"sea/{agent}/1", 0, 0) for agent in ("base", "sft"))
    book = RatingBook(run)
    book.add(Rating("1", "ann", "pair", first, "2026-11-24T10:00:00+00:00", second=second, preference="first", seconds=2.0))
    book.close()
    shown = solo(run).output
    assert "== ratings ==" in shown
    assert "people" in shown.partition("== ratings ==")[2]


def test_files_hold_the_same_numbers(path: Path, tmp_path: Path) -> None:
    result = solo(path, "--json", tmp_path / "a.json", "--csv", tmp_path / "a.csv")
    assert result.exit_code == 0
    objects = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
    with (tmp_path / "a.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(objects) == len(rows) > 500
    assert list(objects[0]) == list(rows[0])
    for one, row in zip(objects, rows, strict=True):
        assert {key: "" if value is None else str(value) for key, value in one.items()} == row
    rate = next(o for o in objects if (o["name"], o["agent"], o["task"]) == ("RNG", "cycle", "10 numbers from 0 to 10"))
    assert (rate["value"], rate["n"], rate["low"]) == (0.0, 1, None)


def test_a_run_without_solo_games_says_so(tmp_path: Path) -> None:
    page = PAGE | {"arenas": {"rps": PAGE["arenas"]["rps"]}}
    result = solo(play_small(tmp_path, page))
    assert result.exit_code == 0
    assert NOTHING in result.output


def test_a_run_that_was_not_begun_is_not_said_to_have_no_solo_games(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(RunStore, "histories", lambda self, most=0: iter(()))
    monkeypatch.setattr(RunStore, "records", lambda self: iter(()))
    text = solo(path).output
    assert NOT_BEGUN in text
    assert NOTHING not in text


def test_what_is_wrong_is_one_line(path: Path, tmp_path: Path) -> None:
    for arguments, message in (((tmp_path / "none",), "none"), ((path, "--csv", tmp_path), "cannot be written")):
        result = solo(*arguments)
        assert result.exit_code == 2
        assert message in result.stderr
        assert result.stderr.startswith("error: ")
        assert result.stderr.count("\n") == 1


# --- the parts of a table


def test_blocks_hold_as_many_agents_as_fit() -> None:
    rows = [["first", "1.0", "2.0", "3.0", "x"], ["none", "-", "-", "-", "y"]]
    assert blocks("name", ["a", "b", "c"], "last", rows, 80) == ["name     a    b    c  last", "first  1.0  2.0  3.0     x"]
    assert blocks("name", ["a", "b", "c"], "last", rows, 22) == [
        *("name     a    b  last", "first  1.0  2.0     x", ""),
        *("name     c  last", "first  3.0     x"),
    ]
    assert len(blocks("name", ["a", "b", "c"], "last", rows, 1)) == 8
    assert blocks("name", ["a"], "last", [["none", "-", "y"]], 80) == []


def test_cells_show_what_matters() -> None:
    assert [number(value) for value in (0.12345, -0.0001, 12.345, 171.45, float("nan"))] == [
        *("0.123", "0.000", "12.35", "171.4", "-"),
    ]
    one = Measure("a", "b", 12.345, 11.345, 13.345, 10.0, 9.0, 11.0)
    assert (cell(one), chance_cell([one])) == ("12.35 ±1.00*", "10.00 (9.00 to 11.00)")
    assert cell(Measure("a", "b", 0.5)) == "0.500 "
    assert (cell(None), chance_cell([])) == ("-", "-")
    assert chance_cell([Measure("a", "b", 0.5, expected=0.25)]) == "0.250"


def test_the_legend_fits() -> None:
    assert max(map(len, legend(60))) <= 60
    assert max(map(len, legend(500))) <= 128
