"""Who does not answer: said first everywhere, and nothing concluded from it anywhere."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.answered import Answered, outside, said, sign, when
from analysis.best_response import worst_case
from analysis.chairs import Chair
from analysis.estimated import debiased
from analysis.exact_values import ExactValue, read_exact, write_exact
from analysis.gather import gather
from analysis.habits_found import habits_found
from analysis.match_means import MatchMeans
from analysis.randomness.measuring import measures as solo_measures
from analysis.randomness.single import LARGEST, OFF_MENU
from analysis.score import entropy, scores
from analysis.standings import Standings
from analysis.tasks import tasks_of
from arenas.errors import UserError
from arenas.history import FORFEIT
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore
from tests.small_runs import tells
from tests.unanswering_runs import Planted, unanswering_run
from tournaments.exact import table, unanswered
from tournaments.game_tree import GameTree

MUTE = Planted(off_menu=lambda t: 0.99 if t == 0 else 0.0, opening=2, later=1 / 3)
"""It answers from the second round on only, and evenly."""
HALF = replace(MUTE, off_menu=lambda t: 0.2)
"""The same opening, which counts: a fifth of its mass is elsewhere."""


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base that answers, one stage that opens with silence and one that is marked, and one that never answers."""
    agents = {"base": Planted(), "mute": MUTE, "half": HALF, "dumb": Planted(lambda t: 0.6, lambda t: 0.2)}
    path = tmp_path_factory.mktemp("run") / "run.sqlite"
    return unanswering_run(path, agents, families={"family": ["base", "mute", "dumb"]})


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Spoken answers: one draw a round, of which three in ten are no valid answer, and eight draws."""
    agents = {"once": Planted(samples=1, forfeit=lambda t: 0.3), "eight": Planted(samples=8)}
    path = tmp_path_factory.mktemp("drawn") / "run.sqlite"
    return unanswering_run(path, agents, repeats=20, families={"family": ["once", "eight"]})


def read(path: Path) -> RunStore:
    """The run, closed with the process."""
    return RunStore.read(path)


# --- what is said


def test_the_mass_on_no_answer_is_told_by_round_and_seat(run: Path) -> None:
    store = read(run)
    answered = Answered(store.config["agents"])
    gather(store, [answered])
    found = {(one.chair, one.period): one for one in answered.situations()}
    mute = Chair("rps", "mute", 0)
    assert [found[mute, period].mass for period in range(4)] == pytest.approx([0.99, 0.0, 0.0, 0.0])
    assert found[mute, 0].rounds == 24
    assert [token for token, _ in found[mute, 0].outside] == ["I", "You", "To"]
    assert [p for _, p in found[mute, 0].outside] == pytest.approx([0.11, 0.10, 0.10])
    assert answered.silent_periods(mute) == [True, False, False, False]
    dumb = found[Chair("hide", "dumb", 1), 3]
    assert (dumb.mass, dumb.off_menu, dumb.unended) == pytest.approx((0.8, 0.6, 0.2))
    assert dumb.seat == "seeker"
    lines = list(said(answered.situations(), 99))
    assert lines[0] == (
        "mute does not answer in rps round 1: 99.0 % of its probability is on other words (I .11, You .10, To .10); "
        "no conclusions are drawn from that round"
    )
    assert not any(line.startswith("base") for line in lines)
    silent = [line for line in lines if "does not answer" in line]
    assert lines[: len(silent)] == silent  # whoever does not answer comes before whoever hardly does
    assert "half answers in rps (all rounds) with 80.0 % of its probability" in lines[len(silent)]


def test_rounds_taken_in_one_by_one_are_those_of_the_whole(run: Path) -> None:
    store = read(run)
    whole, parts = Answered(store.config["agents"]), Answered(store.config["agents"])
    for fixtures, history in store.histories():
        game, played = store.games[fixtures[0].arena], history.played
        whole.add(game, fixtures, history)
        for t in range(played):
            parts.add(game, fixtures, replace(history, played=t + 1), t)
    for one, other in zip(whole.situations(), parts.situations(), strict=True):
        assert (one.chair, one.period, one.last, one.rounds) == (other.chair, other.period, other.last, other.rounds)
        assert (one.mass, one.off_menu, one.unended) == pytest.approx((other.mass, other.off_menu, other.unended))
        assert [token for token, _ in one.outside] == [token for token, _ in other.outside]


def test_marks_begin_above_a_tenth_and_silence_above_a_half() -> None:
    assert [sign(mass) for mass in (0.1, 0.101, 0.5, 0.501, math.nan)] == ["", "!", "!", "!!", ""]
    assert outside('{"outside": [["\\n\\n", 0.5], [" ", 0.1]]}') == {"\\n\\n": 0.5, "a space": 0.1}
    assert outside("no JSON") == outside('{"forms": []}') == {}


def test_rounds_are_named(run: Path) -> None:
    store = read(run)
    answered = Answered(["mute"])
    gather(store, [answered])
    of_rps = [one for one in answered.situations() if one.chair.arena == "rps"]
    assert [when(of_rps[:1]), when(of_rps[:2]), when(of_rps[1:]), when(of_rps)] == [
        " round 1",
        " rounds 1 to 2",
        " from round 2 on",
        " (all rounds)",
    ]
    assert when([one for one in answered.situations() if one.chair.arena == "number"]) == ""


# --- nothing is concluded


def test_no_tell_and_no_opening_rests_on_a_silent_round(run: Path) -> None:
    found = habits_found(read(run))
    assert found.tells["mute"] == found.tells["dumb"] == ()
    # the same opening, were it answered
    assert {(tell.chair.arena, tell.move) for tell in found.tells["half"]} == {("rps", 2), ("hide", 2)}
    assert all(tell.elsewhere == pytest.approx(0.2) for tell in found.tells["half"])
    for habits in found.chairs:
        if habits.chair.agent == "mute":
            opening = next(reading for reading in habits.contexts if reading.context.name == "opening")
            assert opening.share.tolist() == [0.0, 1.0]
            assert opening.bits.mean == pytest.approx(np.log2(3), abs=1e-9)
            assert all(reading.worth.mean == pytest.approx(0.0, abs=1e-9) for reading in habits.contexts)
        assert habits.silent == (habits.chair.agent == "dumb")
    assert not [line for line in found.memories if line.chair.agent == "dumb"]
    oracles = {(line.agent, line.arena): line.oracle.mean for line in found.exploitabilities}
    assert oracles["mute", "rps"] == pytest.approx(0.0, abs=1e-9)
    assert math.isnan(oracles["mute", "number"])
    assert math.isnan(oracles["dumb", "rps"])


COMMANDS = ("summary", "habits", "memory", "alignment", "solo")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_it_first_and_shows_no_opening(run: Path, command: str) -> None:
    result = tells(command, run)
    assert result.exit_code == 0, result.output
    if command != "memory":
        said_at = result.output.index("mute does not answer in ")
        assert said_at < result.output.index("==")
    told = {line.strip().partition(". ")[2] for line in result.output.splitlines() if "plays scissors" in line}
    assert len(told) == (command == "habits")  # that of `half`


def test_the_summary_shows_no_distribution_of_a_silent_round(run: Path) -> None:
    parts = tells("summary", run).output.split("mean distribution of ")
    of_mute = [part.split("\n\n")[0].splitlines() for part in parts if part.startswith("mute")]
    assert of_mute[0][:2] == ["mute", "  without round 1, in which it does not answer"]
    assert [line.split()[-2] for line in of_mute[0][2:5]] == ["33.3", "33.3", "33.3"]
    assert [lines[1] for lines in of_mute if len(lines) == 2] == ["  none: it does not answer"]  # of the one number


def test_the_report_says_it_first(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    assert tells("report", run, "--out", page).exit_code == 0
    text = page.read_text(encoding="utf-8")
    summary = text[text.index('id="summary"') :]
    first = summary.index("mute does not answer in rps round 1")
    assert first < summary.index("matches with") < summary.index("Who is predictable")
    assert "No verdict on dumb" in summary
    assert "Asked for 1 number from 0 to 10, they favour: base 0 (98.0" in summary.replace("\N{NO-BREAK SPACE}", " ")
    assert "and half 2 (98.0" in summary.replace("\N{NO-BREAK SPACE}", " ")
    assert "mute 2" not in summary[: summary.index("Watch a match")]


def test_a_favourite_number_is_of_answers(run: Path) -> None:
    found = solo_measures(read(run))
    single = [m for m in found if m.task == "1 number from 0 to 10" and m.name == LARGEST]
    assert {m.agent: m.key for m in single} == {"base": "0", "half": "2"}
    masses = {m.agent: m.value for m in found if m.task == "1 number from 0 to 10" and m.name == OFF_MENU}
    assert masses == pytest.approx({"base": 0.0, "mute": 0.99, "half": 0.2, "dumb": 0.8})
    steps = {m.agent for m in found if m.name == "entropy at step" and m.key == "1"}
    assert steps == {"base", "half"}


def test_alignment_draws_no_verdict_where_a_stage_is_silent(run: Path, tmp_path: Path) -> None:
    written = tmp_path / "found.json"
    result = tells("alignment", run, "--json", written)
    assert "mute does not answer in number (99.0 % on no answer): no verdict" in " ".join(result.output.split())
    found = json.loads(written.read_text(encoding="utf-8"))
    compared = {(row["stage"], row["task"]) for row in found["differences"] if row["measure"] != "no_answer"}
    assert ("mute", "rps") in compared
    assert not {("mute", "number"), *(("dumb", task) for task in ("rps", "hide", "number", "digits"))} & compared
    masses = {(row["stage"], row["task"]) for row in found["differences"] if row["measure"] == "no_answer"}
    assert {("mute", "number"), ("dumb", "rps")} <= masses  # how much is elsewhere is itself no matter of doubt


def test_an_exact_worst_case_rests_on_answers(tmp_path: Path) -> None:
    game = RockPaperScissors(rounds=3)
    policy, lost = GameTree(game, 0).asked(MUTE.sit, 1, 100)
    worst = worst_case(game, 0, policy, lost)
    assert worst.elsewhere == pytest.approx(0.99)
    assert [values.mean() for values in lost] == pytest.approx([0.99, 0.0, 0.0])
    fair_part = worst_case(game, 0, *GameTree(game, 0).asked(HALF.sit, 1, 100))
    cases = [("mute", "rps", worst), ("half", "rps", fair_part)]
    lines = table(cases)
    assert lines[1].split()[:4] == ["half", "rps", "1", f"{fair_part.exploitability:+.3f}!"]
    assert lines[2].split()[:4] == ["mute", "rps", "1", "n/a"]
    assert "scissors" not in lines[2]
    assert [line.endswith("no verdict") for line in unanswered(cases)] == [True, False]
    write_exact(tmp_path / "exact.json", [ExactValue("rps", "mute", 0, 3, 0.3, "rock (scissors 98 %)", 0.99)])
    (kept,) = read_exact(tmp_path / "exact.json", ["rps"], ["mute"])
    assert kept.silent
    with pytest.raises(UserError, match="estimated from draws"):
        GameTree(game, 0).asked(Planted(samples=8).sit, 1, 100)


def test_mass_counts_on_the_path_that_the_best_response_takes() -> None:
    """A player that is silent only after the other's rock: the answer to a player that always plays rock is paper."""
    game, always = RockPaperScissors(rounds=2), np.array([1.0, 0.0, 0.0])
    policy, lost = [always[None], np.tile(always, (9, 1))], [np.zeros(1), np.zeros(9)]
    lost[1][:3] = 1.0  # the other's rock
    assert worst_case(game, 0, policy, lost).elsewhere == 0.0
    lost[1][3:6] = 0.7  # the other's paper
    assert worst_case(game, 0, policy, lost).elsewhere == pytest.approx(0.7)


# --- strict pay, and forfeits


def test_strict_pay_takes_what_is_no_answer_for_a_forfeit(run: Path) -> None:
    store = read(run)
    for fixture, record in store.records():
        if fixture.arena == "rps" and fixture.line_up == ("dumb", "uniform"):
            dumb, uniform = scores(store.games["rps"], record)
            # against even play nothing is won where it answers; else, 80 % of the time, a point is lost
            assert (dumb.pay, dumb.strict_pay, uniform.strict_pay) == pytest.approx((0.0, -0.8, 0.8))
            assert (dumb.off_menu, dumb.unended, dumb.forfeit, dumb.no_answer) == pytest.approx((0.6, 0.2, 0.0, 0.8))
    (number,) = scores(store.games["number"], store.record("number/mute/1"))
    assert number.strict_pay == pytest.approx(0.01 * (1 / 11 - 0.98) + 0.99 * (1 / 11 - 1))


def test_strict_pay_of_forfeits_is_their_pay(drawn: Path) -> None:
    store = read(drawn)
    standings = Standings(store.config["agents"], tasks_of(store.games))
    for fixture, record in store.records():
        standings.add(fixture, scores(store.games[fixture.arena], record))
    once = next(line for line in standings.arena("rps") if line.agent == "once")
    assert once.strict_pay == pytest.approx(once.pay.mean)
    assert (once.forfeit, once.no_answer) == pytest.approx((0.3, 0.3))
    assert np.isnan([once.exploitability, once.entropy]).all()


# --- distributions that are drawn


def test_few_draws_are_corrected_for_what_they_add() -> None:
    truth, chance = np.array([0.7, 0.15, 0.15]), np.random.default_rng(3)
    for draws in (8, 4):
        shares = chance.multinomial(draws, truth, 40_000) / draws
        counts = np.full(len(shares), draws)
        found = debiased(lambda p, _: entropy(p), shares, counts)
        plug_in, wanted = entropy(shares).mean(), float(entropy(truth))
        assert wanted - plug_in > 0.1  # what would be shown without
        assert abs(found.mean() - wanted) < 0.35 * (wanted - plug_in)


def test_one_draw_and_a_mean_over_thoughts_say_nothing_of_entropy() -> None:
    probs = np.array([[1.0, 0.0], [0.3, 0.7], [0.25, 0.75]])
    found = debiased(lambda p, _: entropy(p), probs, np.array([1, 4, 4]))
    assert np.isnan(found[:2]).all()
    assert found[2] > float(entropy(probs[2]))


def test_draws_are_said_and_not_shown_as_exact(drawn: Path, tmp_path: Path) -> None:
    result = tells("summary", drawn)
    assert "once: sampled (1)\neight: sampled (8)\n" in result.output
    assert "once gives no valid answer in rps (all rounds) 30.0 % of the time" in result.output
    row = next(line for line in result.output.splitlines() if line.startswith("once ") and "ngram" in line)
    assert row.split().count("n/a") == 3
    found = habits_found(read(drawn))
    for habits in found.chairs:
        assert habits.sampled
        assert np.isnan([habits.bits.mean, habits.sure.mean]).all()
        for reading in habits.contexts:  # moves do not depend on anything but the round
            if habits.chair.agent == "eight" and reading.context.name in ("own", "both") and not reading.context.steps:
                assert reading.bits.low - 0.02 < float(entropy(np.array([0.7, 0.15, 0.15]))) < reading.bits.high + 0.02
    differences = tmp_path / "found.json"
    assert tells("alignment", drawn, "--json", differences).exit_code == 0
    rows = json.loads(differences.read_text(encoding="utf-8"))["differences"]
    assert not any(row["interval"]["exact"] for row in rows)


def test_rounds_without_a_valid_answer_are_in_no_habit(drawn: Path) -> None:
    store = read(drawn)
    found = habits_found(store)
    valid = 0
    for fixtures, history in store.histories():
        for match, fixture in enumerate(fixtures):
            if fixture.arena == "rps" and "once" in fixture.line_up:
                valid += int((history.chosen[match, :, : history.played] != FORFEIT).all(axis=0).sum())
    once = next(h for h in found.chairs if h.chair == Chair("rps", "once", 0))
    assert 0 < valid < 40 * 12
    assert once.predictability is not None
    plain = next(reading for reading in once.contexts if reading.context.name == "always")
    assert plain.probs[0, 0] == pytest.approx(0.72, abs=0.06)


def test_exports_say_what_is_valid(drawn: Path, tmp_path: Path) -> None:
    import csv

    assert tells("export", drawn, "--format", "csv", "--out", tmp_path / "out").exit_code == 0
    with (tmp_path / "out" / "rounds.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["player"] == "once"]
    failed = [row for row in rows if row["valid"] == "false"]
    assert 0.2 < len(failed) / len(rows) < 0.4
    assert {row["move"] for row in failed} == {"no valid answer"}
    assert {row["samples"] for row in rows} == {"1"}
    with (tmp_path / "out" / "matches.csv").open(encoding="utf-8") as file:
        match = next(row for row in csv.DictReader(file) if row["player"] == "once")
    assert (match["samples"], match["entropy"]) == ("1", "")
    assert float(match["forfeit"]) == pytest.approx(0.3)
    assert float(match["strict_pay"]) == pytest.approx(float(match["pay"]))


def test_means_of_matches_leave_out_what_is_not_known(run: Path) -> None:
    store, means = read(run), MatchMeans()
    gather(store, [means])
    assert means.elsewhere(("rps",), "mute") == pytest.approx(0.99 / 12)
    assert means.most_elsewhere("rps", "mute") == pytest.approx(0.99)
    for stratum in means.strata("number", "mute").values():
        assert not len(stratum.known("exploitability"))
        assert len(stratum.known("pay")) == 12
