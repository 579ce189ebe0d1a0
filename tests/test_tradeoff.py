"""Benchmarks against unpredictability: tables that are read or refused, and correlations against scipy and planted truth."""

import math
from pathlib import Path

import numpy as np
import pytest
from planted import planted
from scipy import stats
from small_runs import SMALL, play_small, tells

from analysis.benchmarks import BenchmarkScore, read_benchmarks, scores_by_agent
from analysis.families import ALL_TASKS
from analysis.tradeoff import correlation, correlations, points
from arenas.errors import UserError

CSV = 'model,benchmark,score,source\nbase,quiz,41.5,"made up, for a test"\ndpo,quiz,60,made up\nother/model,quiz,3,made up\n'
YAML = """
- {model: base, benchmark: quiz, score: 41.5, source: "made up, for a test"}
- {model: dpo, benchmark: quiz, score: 60, source: made up}
- {model: other/model, benchmark: quiz, score: 3, source: made up}
"""


def file_of(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_and_yaml_say_the_same(tmp_path: Path) -> None:
    one, other = (read_benchmarks(file_of(tmp_path, name, text)) for name, text in (("a.csv", CSV), ("a.yaml", YAML)))
    assert one == other
    assert one[0] == BenchmarkScore("base", "quiz", 41.5, "made up, for a test")


def test_a_source_in_yaml_may_be_a_year_but_not_nothing(tmp_path: Path) -> None:
    year = "- {model: base, benchmark: 1.10, score: 41.5, source: 2024}"
    assert read_benchmarks(file_of(tmp_path, "a.yaml", year)) == [BenchmarkScore("base", "1.10", 41.5, "2024")]
    with pytest.raises(UserError, match="source must be a text that is not empty"):
        read_benchmarks(file_of(tmp_path, "b.yaml", year.replace("2024", "null")))


def test_a_score_belongs_to_an_agent_by_its_name_or_its_model(tmp_path: Path) -> None:
    scores = read_benchmarks(file_of(tmp_path, "a.csv", CSV))
    agents = {"base": {"model": "x"}, "mine": {"model": "other/model", "temperature": 0.5}, "uniform": {"opponent": "uniform"}}
    found = scores_by_agent(scores, agents)
    assert {agent: score.score for agent, score in found["quiz"].items()} == {"base": 41.5, "mine": 3.0}
    with pytest.raises(UserError, match="no benchmark score is of an agent of this run, 'base' for one"):
        scores_by_agent(scores, {"basis": {}})


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", CSV.replace("score", "scoer", 1), "line 1: unknown column 'scoer': did you mean 'score'"),
        ("a.csv", "model,benchmark,score\nbase,quiz,3\n", "the column 'source' is missing"),
        ("a.csv", CSV.replace("60", "sixty"), "line 3: score must be a number, got 'sixty'"),
        ("a.csv", CSV.replace("60", "nan"), "score must be a finite number"),
        ("a.csv", CSV.replace("60,made up", "60,"), "source must be a text that is not empty"),
        ("a.csv", CSV + "base,quiz,4,made up\n", "two scores of base in quiz"),
        ("a.csv", "model,benchmark,score,source\n", "holds no scores"),
        ("a.yaml", "- 3\n", "must be a mapping"),
        ("a.yaml", "a: [\n", "not readable as YAML"),
        ("a.yaml", "a: 1\n", "must be a list of mappings"),
    ],
)
def test_a_table_that_cannot_be_is_one_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(UserError, match=message):
        read_benchmarks(file_of(tmp_path, name, text))


def test_a_missing_table_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_benchmarks(tmp_path / "none.csv")


@pytest.mark.parametrize("kind", ["spearman", "pearson"])
def test_a_correlation_is_scipys_and_its_p_that_of_all_orders(kind: str) -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=6)
    y = x + rng.normal(size=6)
    function = stats.spearmanr if kind == "spearman" else stats.pearsonr
    exact = stats.permutation_test(
        (y,), lambda values: abs(function(x, values).statistic), permutation_type="pairings", alternative="greater"
    )
    r, low, high, p = correlation(x, y, kind, rng)
    assert r == pytest.approx(function(x, y).statistic)
    assert p == pytest.approx(exact.pvalue)
    if kind == "pearson":
        interval = stats.pearsonr(x, y).confidence_interval(0.95)
        assert (low, high) == pytest.approx((interval.low, interval.high), abs=1e-6)


def test_many_agents_have_a_p_from_drawn_orders() -> None:
    rng = np.random.default_rng(1)
    x = rng.normal(size=12)
    y = -x + rng.normal(size=12)
    *_, p = correlation(x, y, "pearson", rng)
    assert p == pytest.approx(stats.pearsonr(x, y).pvalue, abs=0.01)


def test_what_does_not_vary_has_no_correlation() -> None:
    assert all(math.isnan(value) for value in correlation(np.arange(5.0), np.full(5, 0.1), "pearson", np.random.default_rng(0)))


@pytest.mark.parametrize("kind", ["spearman", "pearson"])
def test_intervals_of_correlations_hold_the_truth(kind: str) -> None:
    rng, rho, inside = np.random.default_rng(2), 0.8, 0
    truth = rho if kind == "pearson" else 6 / math.pi * math.asin(rho / 2)
    for _ in range(1000):
        x = rng.normal(size=15)
        y = rho * x + math.sqrt(1 - rho**2) * rng.normal(size=15)
        _, low, high, _ = correlation(x, y, kind, rng, drawn_orders=1)
        inside += low <= truth <= high
    assert 0.93 <= inside / 1000 <= 0.97


def test_ranks_in_full_order_are_not_certain() -> None:
    few, many = (correlation(np.arange(n), np.arange(n), "spearman", np.random.default_rng(0), 1) for n in (4, 10))
    assert few[0] == many[0] == pytest.approx(1.0)
    assert math.isnan(few[1])
    assert few[3] == pytest.approx(2 / math.factorial(4)), "the orders say what they say"
    assert 0.8 < many[1] < 0.99 < many[2] == pytest.approx(1.0)


def test_a_planted_trade_off_is_found() -> None:
    rng = np.random.default_rng(3)
    agents = [f"m{k}" for k in range(7)]
    rows = [(agent, "x", r, -0.05 * k + float(rng.normal(0, 0.01))) for k, agent in enumerate(agents) for r in range(10)]
    scores = {"quiz": {agent: BenchmarkScore(agent, "quiz", 10.0 * k, "made up") for k, agent in enumerate(agents)}}
    dots = points(planted(rows), scores, {"f": ("m0", "m1")}, seed=1)
    place = {(dot.agent, dot.measure, dot.task): dot for dot in dots}
    assert (place["m1", "pay", ALL_TASKS].family, place["m1", "pay", ALL_TASKS].stage) == ("f", 1)
    assert place["m2", "pay", "rps"].stage == -1
    assert place["m6", "pay", "rps"].unpredictability.mean == pytest.approx(-0.3, abs=0.02)
    found = {(line.kind, line.measure, line.task): line for line in correlations(dots, seed=1)}
    spearman = found["spearman", "pay", ALL_TASKS]
    assert (spearman.r, spearman.agents) == (pytest.approx(-1.0), 7)
    assert spearman.p == pytest.approx(2 / math.factorial(7))
    assert math.isnan(spearman.low), "seven are too few for an interval of ranks"
    assert math.isnan(found["pearson", "exploitability", ALL_TASKS].r), "all of them play evenly"


def test_three_agents_are_too_few() -> None:
    rows = [(agent, "x", r, float(k + r)) for k, agent in enumerate("abc") for r in range(3)]
    scores = {"quiz": {agent: BenchmarkScore(agent, "quiz", float(k), "made up") for k, agent in enumerate("abc")}}
    assert correlations(points(planted(rows), scores, {}, seed=1), seed=1) == []


def test_the_command_takes_benchmarks(tmp_path: Path) -> None:
    page = {**SMALL, "arenas": {"rps": SMALL["arenas"]["rps"]}}
    page["agents"] = {**SMALL["agents"], "copy": {"opponent": "copy"}}
    run = play_small(tmp_path, page)
    lines = [f"{agent},quiz,{k},made up" for k, agent in enumerate(page["agents"])]
    table = file_of(tmp_path, "scores.csv", "\n".join(["model,benchmark,score,source", *lines]) + "\n")
    result = tells("alignment", run, "--benchmarks", table)
    assert result.exit_code == 0, result.output
    assert "quiz and exploitable" in result.output
    assert tells("alignment", run, "--benchmarks", tmp_path / "none.csv").exit_code == 2
