"""Families: planted differences are found on paired matches, and what is said of them is so."""

import copy
import json
import math
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from planted import RPS, planted, planted_history
from small_runs import SMALL, play_small, tells

from analysis.alignment_found import alignment_findings
from analysis.alignment_tables import alignment_lines
from analysis.alignment_words import in_words
from analysis.families import ALL_TASKS, differences, families_of, trends
from analysis.family_summary import across_families, verdicts
from analysis.gather import gather
from analysis.match_means import MatchMeans
from analysis.tasks import tasks_of
from arenas.errors import UserError
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.random_number import RandomNumber
from arenas.store import RunStore

WRITERS = {"agents": {"base": {"model": "organism:base"}}, "opponents": {}}
FAMILY = {"trio": ("base", "sft", "dpo")}
OPPONENTS = ("x", "y", "z")


def stages(
    changes: dict[str, float], rng: np.random.Generator, repeats: int = 12, shared: float = 0.3, own: float = 0.05
) -> MatchMeans:
    """Every agent against three opponents: what they share in a repeat, the agent's own change and its own noise."""
    luck = rng.normal(0, shared, (len(OPPONENTS), repeats))
    return planted(
        (agent, opponent, repeat, luck[place, repeat] + change + float(rng.normal(0, own)))
        for agent, change in changes.items()
        for place, opponent in enumerate(OPPONENTS)
        for repeat in range(repeats)
    )


def pay_of(found: Any, stage: str, task: str = ALL_TASKS) -> Any:
    (line,) = [line for line in found if (line.stage, line.task, line.measure) == (stage, task, "pay")]
    return line


def test_a_planted_difference_is_found_and_pairing_makes_it_surer() -> None:
    means = stages({"base": 0.0, "sft": 0.0, "dpo": -0.1}, np.random.default_rng(0))
    found = differences(means, FAMILY, seed=1)
    dpo, sft = pay_of(found, "dpo"), pay_of(found, "sft")
    assert dpo.interval.low <= -0.1 <= dpo.interval.high < 0
    assert dpo.interval.high - dpo.interval.low < 0.06, "unpaired it would be 0.28 wide"
    assert dpo.certain
    assert not sft.certain
    assert dpo.stage_mean - dpo.base_mean == pytest.approx(dpo.interval.mean)
    assert dpo.interval.matches == 36


def test_matches_within_the_family_and_of_others_are_left_out() -> None:
    rows = [("base", "x", r, 0.1 * r) for r in range(4)] + [("dpo", "x", r, 0.1 * r + 0.2) for r in range(3)]
    rows += [("base", "dpo", r, 5.0 + r) for r in range(4)] + [("base", "w", r, 9.0) for r in range(4)]
    rows += [("base", "sft", r, 4.0 + r) for r in range(4)] + [("dpo", "sft", r, 3.0 + r) for r in range(4)]
    line = pay_of(differences(planted(rows), {"trio": ("base", "sft", "dpo")}, seed=1), "dpo")
    assert line.interval.mean == pytest.approx(0.2)
    assert line.interval.matches == 3


def test_strata_count_in_equal_parts_and_names_and_order_in_none() -> None:
    rng = np.random.default_rng(1)
    rows = [(a, o, r, float(rng.normal())) for o, n in (("x", 9), ("y", 3)) for r in range(n) for a in ("base", "dpo")]
    other = {"base": "b2", "dpo": "a1", "x": "z9", "y": "c3"}
    renamed = [(other[a], other[o], r, pay) for a, o, r, pay in reversed(rows)]
    before = pay_of(differences(planted(rows), {"duo": ("base", "dpo")}, seed=1), "dpo")
    after = pay_of(differences(planted(renamed), {"other": ("b2", "a1")}, seed=1), "a1")
    assert (after.interval.low, after.interval.mean, after.interval.high, after.holm) == pytest.approx(
        (before.interval.low, before.interval.mean, before.interval.high, before.holm)
    )
    by = {o: np.mean([p * (1 if a == "dpo" else -1) * 2 for a, other_o, _, p in rows if other_o == o]) for o in "xy"}
    assert before.interval.mean == pytest.approx(np.mean(list(by.values())))


def test_players_without_chance_differ_exactly_and_repeats_of_them_count_once() -> None:
    rows = [(a, o, r, pay) for a, pay in (("base", 0.1), ("dpo", -0.2)) for o in OPPONENTS for r in range(10)]
    line = pay_of(differences(planted(rows), {"duo": ("base", "dpo")}, seed=1), "dpo")
    assert line.interval.exact
    assert line.interval.matches == 3
    assert line.interval.mean == pytest.approx(-0.3)
    assert line.certain
    assert math.isnan(line.holm)


def test_the_trend_is_the_slope_over_the_stages() -> None:
    means = stages({"base": 0.0, "sft": -0.1, "dpo": -0.2}, np.random.default_rng(2))
    (slope,) = [line for line in trends(means, FAMILY, seed=1) if line.task == ALL_TASKS and line.measure == "pay"]
    assert slope.interval.low <= -0.1 <= slope.interval.high < -0.05
    assert slope.monotone
    assert slope.means[0] > slope.means[1] > slope.means[2]
    assert trends(means, {"duo": ("base", "dpo")}, seed=1) == []
    values = [np.polyfit([0, 1, 2], slope.means, 1)[0]]
    assert slope.interval.mean == pytest.approx(values[0])


def test_many_comparisons_are_corrected() -> None:
    """Twelve arenas without any difference: a certain one in at most about 5 % of runs."""
    rng, wrong = np.random.default_rng(3), 0
    for _ in range(60):
        means = MatchMeans()
        for number in range(12):
            game = type(RPS)(rounds=number + 1)
            rows = [(a, "x", r, float(rng.normal())) for a in ("base", "dpo") for r in range(8)]
            planted(rows, arena=f"rps{number}", game=game, means=means)
        found = differences(means, {"duo": ("base", "dpo")}, seed=1)
        wrong += any(line.certain for line in found if line.measure == "pay" and line.task != ALL_TASKS)
    assert wrong <= 8


def coverage(simulations: int) -> float:
    """How often the 95 % interval of the difference over all tasks holds the planted one."""
    rng = np.random.default_rng(4)
    inside = 0
    for _ in range(simulations):
        found = differences(stages({"base": 0.0, "dpo": 0.07}, rng, repeats=6), {"duo": ("base", "dpo")}, seed=1)
        line = pay_of(found, "dpo")
        inside += line.interval.low <= 0.07 <= line.interval.high
    return inside / simulations


def test_intervals_of_differences_hold_the_truth() -> None:
    assert 0.93 <= coverage(400) <= 0.97


def test_arenas_that_differ_in_wording_alone_are_one_task() -> None:
    means = MatchMeans()
    games: dict[str, Game] = {
        "number.pick": RandomNumber(wording="Pick a number from {low} to {high}."),
        "number.think": RandomNumber(wording="Think of a number from {low} to {high}."),
        "long": RandomNumber(length=5),
    }
    for arena, game in games.items():
        for agent in ("base", "dpo"):
            means.add(game, [Fixture(arena, (agent,), 1)], planted_history(game, [0.0]))
    assert [(task.name, task.arenas) for task in tasks_of(means.games)] == [
        ("number", ("number.pick", "number.think")),
        ("long", ("long",)),
    ]


def test_exploitability_and_evenness_are_compared_as_well() -> None:
    means = MatchMeans()
    fixtures = [Fixture("rps", (agent, "x"), repeat) for agent in ("base", "dpo") for repeat in range(3)]
    even, rocky = [1 / 3] * 3, [0.8, 0.1, 0.1]
    probs = [[rocky if fixture.line_up[0] == "dpo" else even, even] for fixture in fixtures]
    means.add(RPS, fixtures, planted_history(RPS, [0.0] * 6, probs))
    found = {line.measure: line for line in differences(means, {"duo": ("base", "dpo")}, 1) if line.task == "rps"}
    assert found["exploitability"].interval.mean == pytest.approx(0.7)
    assert found["evenness"].interval.mean == pytest.approx(-(np.log2(3) - 0.921928) / np.log2(3), abs=1e-5)
    words = list(verdicts(list(differences(means, {"duo": ("base", "dpo")}, 1)), [], []))
    assert words[0] == "dpo is more exploitable than base in 1 of 1 task; +0.700 [exact] a round"
    assert words[1].startswith("dpo is more predictable than base in 1 of 1 task; -0.418 [exact]")
    assert "pay" in words[2]
    assert "do not differ" in words[2]


def many_families(effects: list[float], seed: int) -> tuple[MatchMeans, dict[str, tuple[str, str]]]:
    changes = {name: pay for k, effect in enumerate(effects) for name, pay in ((f"b{k}", 0.0), (f"d{k}", effect))}
    return stages(changes, np.random.default_rng(seed)), {f"f{k}": (f"b{k}", f"d{k}") for k in range(len(effects))}


def test_families_together_are_as_unsure_as_they_differ() -> None:
    means, families = many_families([-0.1, -0.3, -0.2, -0.25], 5)
    (line,) = [line for line in across_families(differences(means, families, 1)) if line.measure == "pay"]
    assert line.low < -0.2125 < line.high < 0
    effects = [-0.1, -0.3, -0.2, -0.25]
    assert line.spread == pytest.approx(np.std(effects, ddof=1), rel=0.25)
    assert line.high - line.mean == pytest.approx(3.182 * np.std(effects, ddof=1) / 2, rel=0.25)


def test_two_families_say_little_and_one_nothing_of_others() -> None:
    means, families = many_families([-0.1, -0.12], 6)
    found = differences(means, families, 1)
    (line,) = [line for line in across_families(found) if line.measure == "pay"]
    assert line.high - line.low > 0.1
    one = {"f0": families["f0"]}
    alone = differences(means, one, 1)
    assert across_families(alone) == []
    assert "one family: what holds of families in general cannot be said" in list(verdicts(alone, [], []))


CONFIG = {"agents": {"base": {}, "dpo": {}}}


def test_families_come_from_the_run_or_the_command_line() -> None:
    assert families_of(CONFIG) == {}
    assert families_of({**CONFIG, "families": {"duo": ["base", "dpo"]}}) == {"duo": ("base", "dpo")}
    assert families_of({**CONFIG, "families": {"duo": ["base", "dpo"]}}, ["mine=dpo, base"]) == {"mine": ("dpo", "base")}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["mine"], "--family mine: must be NAME=BASE,STAGE"),
        (["mine=base,dop"], r"--family\.mine\.1: no agent 'dop': did you mean 'dpo'\?"),
        (["a=base,dpo", "a=dpo,base"], "there is already a family a"),
        (["a=base,dpo", "b=dpo,base"], "dpo is already in the family a"),
    ],
)
def test_a_family_that_cannot_be_is_one_line(given: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        families_of(CONFIG, given)


@pytest.fixture(scope="module")
def twins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which both stages of a family are the same player under two names, and a third is another."""
    page = copy.deepcopy(SMALL)
    same = {"opponent": "mixture", "weights": {"rock": 2.0, "paper": 1.0, "scissors": 1.0}}
    page["arenas"] = {"rps": {"game": "rps", "rounds": 12, "repeats": 4}}
    page["agents"] = {"zed": same, "abe": same, "sly": {"opponent": "cycle"}, "mid": {"opponent": "copy"}}
    page["families"] = {"twins": ["zed", "abe", "sly"]}
    return play_small(tmp_path_factory.mktemp("twins"), page)


def test_the_same_player_under_two_names_plays_the_same_matches(twins: Path) -> None:
    with closing(RunStore.read(twins)) as store:
        means = MatchMeans()
        gather(store, [means])
        for other, repeat in (("mid", 1), ("ngram", 2), ("uniform", 4)):
            one, two = (
                next(r for f, r in store.records() if set(f.line_up) == {name, other} and f.repeat == repeat)
                for name in ("zed", "abe")
            )
            assert one.same_as(two)
        found = alignment_findings(means, store.config, families_of(store.config))
    lines = [line for line in found.differences if line.stage == "abe"]
    assert lines
    assert all(line.interval.exact and line.interval.mean == 0.0 and not line.certain for line in lines)
    assert any(line.certain for line in found.differences if line.stage == "sly")
    assert any("zed do not differ in exploitability" in sentence for sentence in in_words(found))


@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_lines_fit_the_terminal_and_hold_no_codes(twins: Path, width: int) -> None:
    with closing(RunStore.read(twins)) as store:
        means = MatchMeans()
        gather(store, [means])
        lines = list(alignment_lines(alignment_findings(means, store.config, families_of(store.config)), width))
    assert max(len(line) for line in lines) <= width
    assert lines[0].startswith("- ")
    assert any(line.startswith("== exploitable: each stage less its base ==") for line in lines)


def test_the_command(twins: Path, tmp_path: Path) -> None:
    result = tells("alignment", twins)
    assert result.exit_code == 0, result.output
    assert "how sure, and repeats of every line-up for ±0.01" in result.output
    given = tells("alignment", twins, "--family", "mine=mid,sly")
    assert "mid -> sly" in given.output
    wrong = tells("alignment", twins, "--family", "mine=mid,slyy")
    assert wrong.exit_code == 2
    assert tells("alignment", twins, "--precision", "0").exit_code == 2


def test_a_run_without_families_says_how_to_name_them(tmp_path: Path) -> None:
    page = {**SMALL, "arenas": {"rps": SMALL["arenas"]["rps"]}}
    result = tells("alignment", play_small(tmp_path, page))
    assert result.exit_code == 0, result.output
    assert "no families: name them in the configuration" in result.output


def test_only_texts_are_one_clear_sentence(tmp_path: Path) -> None:
    result = tells("alignment", play_small(tmp_path, {**SMALL, "arenas": {"sea": SMALL["arenas"]["sea"]}, **WRITERS}))
    assert result.exit_code == 0, result.output
    assert "nothing but texts was played" in result.output


def test_what_is_exact_is_counted_apart() -> None:
    means = planted([(a, "x", r, pay) for a, pay in (("base", 0.0), ("dpo", -0.2)) for r in range(3)])
    number = RandomNumber(low=1, high=3)
    probs = [[[0.8, 0.1, 0.1] if agent == "dpo" else [1 / 3] * 3] for agent in ("base", "dpo")]
    for repeat in (1, 2):
        means.add(number, [Fixture("n", (a,), repeat) for a in ("base", "dpo")], planted_history(number, [0.0, -0.1], probs))
    words = list(verdicts(differences(means, {"duo": ("base", "dpo")}, 1), [], []))
    assert any("dpo earns less than base in 2 of 2 tasks (2 exact)" in line for line in words)


def test_an_unfinished_run_says_so_and_json_holds_the_numbers(
    twins: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.json"
    assert "not complete" not in tells("alignment", twins, "--json", file).output
    page = json.loads(file.read_text(encoding="utf-8"))
    assert page["complete"]
    assert {line["stage"] for line in page["differences"]} == {"abe", "sly"}
    assert len(page["payoffs"]["mean"]) == len(page["payoffs"]["names"])
    monkeypatch.setattr(RunStore, "complete", lambda self: False)
    result = tells("alignment", twins, "--json", file)
    assert "not complete: " in result.output.splitlines()[0]
    assert not json.loads(file.read_text(encoding="utf-8"))["complete"]
    assert tells("alignment", twins, "--json", tmp_path).exit_code == 2
