"""Scores, intervals and leaderboards against numbers worked out by hand or by scipy."""

import io
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from scipy import stats
from small_runs import play_small

from analysis.interval import Estimate, Sample, averaged, stratified
from analysis.score import MEASURES, Score, Tally, entropy, scores
from analysis.standings import Standings
from analysis.tasks import Task, tasks_of
from arenas.dice import Dice
from arenas.fixture import Fixture
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from arenas.play import play, take_seats
from arenas.record import Record, record_of
from arenas.store import RunStore
from arenas.writing import Writing
from opponents.mixture import Mixture
from opponents.ngram import Ngram
from tournaments.leaderboard import leaderboard


def sample(*values: float) -> Sample:
    total = Sample()
    for value in values:
        total.add(value)
    return total


def score(pay: float, rounds: int = 10) -> Score:
    return Score(pay, 0.5, 1.0, 0.5, off_menu=0.25, unended=0.0, forfeit=0.0, no_answer=0.25, strict_pay=pay, rounds=rounds)


@given(st.lists(st.floats(-100, 100), min_size=2, max_size=20))
def test_numbers_added_one_at_a_time_have_their_mean_and_variance(values: list[float]) -> None:
    total = sample(*values)
    assert total.mean == pytest.approx(np.mean(values), abs=1e-9)
    assert total.squares / (total.count - 1) == pytest.approx(np.var(values, ddof=1), abs=1e-6)


TENTHS = st.integers(-50, 50).map(lambda tenths: tenths / 10)


@given(st.lists(TENTHS, min_size=2, max_size=10), st.lists(TENTHS, min_size=2, max_size=10))
def test_two_strata_are_as_sure_as_welch_says(one: list[float], other: list[float]) -> None:
    estimate = stratified([sample(*one), sample(*other)])
    assert estimate.mean == pytest.approx((np.mean(one) + np.mean(other)) / 2, abs=1e-9)
    if np.var(one) + np.var(other) < 1e-9:
        return
    # the mean of strata a and b is half the difference of a and -b, whose interval scipy knows
    welch = stats.ttest_ind(one, -np.array(other), equal_var=False)
    ends = welch.confidence_interval(0.95)
    deviation = (ends.high - ends.low) / 4 / stats.t.ppf(0.975, welch.df)
    assert estimate.variance == pytest.approx(deviation**2, rel=1e-6)
    # Welch's degrees of freedom are too few for samples of two or three, but never are there more than both have together
    assert welch.df - 1e-9 <= estimate.freedom <= len(one) + len(other) - 2 + 1e-9


def test_one_stratum_has_the_plain_t_interval() -> None:
    values = [0.1, 0.4, 0.2, 0.9]
    plain = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    assert stratified([sample(*values)]).half_width == pytest.approx((plain.high - plain.low) / 2)


def test_a_stratum_of_one_match_borrows_the_variance_of_the_others() -> None:
    estimate = stratified([sample(1.0), sample(0.0, 2.0)])
    assert estimate.mean == 1.0
    assert estimate.variance == pytest.approx((2.0 + 2.0 / 2) / 4)
    assert math.isnan(stratified([sample(1.0), sample(3.0)]).half_width)


def test_strata_that_borrow_one_variance_are_not_independent() -> None:
    alone = [sample(float(number)) for number in range(10)]
    assert stratified([*alone, sample(0.0, 2.0)]).freedom == 1.0
    assert stratified([*alone, sample(0.0, 2.0, 1.0)]).freedom <= 2.0
    assert stratified([sample(0.0, 2.0), sample(1.0, 3.0)]).freedom == pytest.approx(2.0)


def test_certainty_has_an_interval_of_zero() -> None:
    assert stratified([sample(1.0, 1.0), sample(-1.0, -1.0)]) == Estimate(0.0, 0.0, 2.0)
    assert stratified([sample(1.0, 1.0)]).half_width == 0.0


def test_arenas_are_averaged_in_equal_parts() -> None:
    both = averaged([Estimate(1.0, 0.04, 5.0), Estimate(0.0, 0.0, 3.0)])
    assert (both.mean, both.variance, both.freedom) == pytest.approx((0.5, 0.01, 5.0))


def test_entropy_is_in_bits_and_knows_zeros() -> None:
    assert entropy(np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])).tolist() == [1.0, 0.0]


def test_pay_is_less_the_value_of_the_seat() -> None:
    even = np.full((2, 1, 4), 0.25)
    record = Record(
        probs=even,
        chosen=np.array([[0], [1]]),
        pay=np.zeros((2, 1)),
        expected=np.array([[-0.25], [0.25]]),
        off_menu=np.array([[0.5], [0.0]]),
        texts=np.full((2, 1), "", dtype=object),
        unended=np.zeros((2, 1)),
        forfeit=np.zeros((2, 1)),
        samples=np.zeros((2, 1), dtype=np.int64),
        readings=np.full((2, 1), "", dtype=object),
    )
    hider, seeker = scores(HideAndSeek(places=4), record)
    assert [(s.pay, s.exploitability, s.entropy, s.evenness) for s in (hider, seeker)] == [(0.0, 0.0, 2.0, 1.0)] * 2
    assert [(s.off_menu, s.unended, s.forfeit, s.rounds) for s in (hider, seeker)] == [(0.5, 0.0, 0.0, 1), (0.0, 0.0, 0.0, 1)]
    # half of the time the hider forfeits 1 point, else it loses 1/4: 3/8 less than the value of its seat
    assert [s.strict_pay for s in (hider, seeker)] == [-0.375, 0.375]
    assert [s.elsewhere for s in (hider, seeker)] == [(0.5, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)]


def test_a_game_of_one_action_has_no_evenness() -> None:
    history = History.empty(1, 1, 1, 1)
    history.commit(np.ones((1, 1, 1)), np.zeros((1, 1), dtype=np.int64), np.zeros((1, 1)), np.full((1, 1), "x", dtype=object))
    history.settle(np.zeros((1, 1)), np.zeros((1, 1)))
    (only,) = scores(Writing(), record_of(history, 0))
    assert math.isnan(only.evenness)
    assert only.entropy == 0.0


def test_a_tally_kept_round_by_round_is_the_score_of_the_record() -> None:
    game = HideAndSeek(places=3, rounds=9)
    chairs = np.array([[0, 1], [1, 0], [0, 1]])
    tally = Tally(game, 3)
    for history in play(game, take_seats(game, [Mixture().sit, Ngram().sit], chairs), Dice.roll([1, 2, 3], 2, 9)):
        if history.played % 2:
            tally.catch_up(history)
    for match in range(3):
        for seat, wanted in enumerate(scores(game, record_of(history, match))):
            kept = tally.score(match, seat)
            assert [getattr(kept, name) for name in MEASURES] == pytest.approx([getattr(wanted, name) for name in MEASURES])
            assert (kept.rounds, kept.elsewhere) == (wanted.rounds, wanted.elsewhere)


def test_opponents_and_seats_count_in_equal_parts_however_many_matches_they_have() -> None:
    standings = Standings(["a"], [Task("x", ("x",))])
    for repeat in range(6):
        standings.add(Fixture("x", ("a", "b"), repeat), [score(1.0), score(-1.0)])
    for repeat in range(2):
        standings.add(Fixture("x", ("a", "c"), repeat), [score(0.0), score(0.0)])
    standings.add(Fixture("x", ("c", "a"), 1), [score(3.0), score(-3.0)])
    (line,) = standings.arena("x")
    assert line.pay.mean == pytest.approx((1.0 + 0.0 - 3.0) / 3)
    assert (line.worst, line.worst_pay) == ("c", -1.5)
    assert (line.matches, line.rounds) == (9, 90)
    assert (line.exploitability, line.entropy, line.evenness, line.off_menu) == (0.5, 1.0, 0.5, 0.25)
    assert {name: e.mean for name, e in standings.against("x", "a").items()} == {"b": 1.0, "c": -1.5}


def test_leaderboards_are_sorted_and_the_overall_one_leaves_out_what_is_not_scored() -> None:
    standings = Standings(["a", "b"], [Task("x", ("x",)), Task("y", ("y",)), Task("text", ("text",), scored=False)])
    for repeat in range(2):
        standings.add(Fixture("x", ("a", "b"), repeat), [score(-1.0), score(1.0)])
        standings.add(Fixture("y", ("a",), repeat), [score(-0.5)])
        standings.add(Fixture("y", ("b",), repeat), [score(-0.9)])
        standings.add(Fixture("text", ("a",), repeat), [score(50.0)])
    assert [line.agent for line in standings.arena("x")] == ["b", "a"]
    assert [line.agent for line in standings.arena("y")] == ["a", "b"]
    assert {line.agent: line.pay.mean for line in standings.overall()} == pytest.approx({"b": 0.05, "a": -0.75})
    # a solo game has no opponent, however little it pays
    assert {line.agent: line.worst for line in standings.overall()} == {"a": "b (x)", "b": "a (x)"}


def test_a_task_counts_once_however_many_wordings_it_is_asked_in() -> None:
    standings = Standings(["a"], [Task("x", ("x",)), Task("y", ("y.short", "y.long", "y.odd"))])
    for arena, pay in {"x": 1.0, "y.short": 0.0, "y.long": -0.3, "y.odd": -0.6}.items():
        for repeat in range(2):
            standings.add(Fixture(arena, ("a",), repeat), [score(pay)])
    (line,) = standings.overall()
    assert line.pay.mean == pytest.approx((1.0 - 0.3) / 2)
    assert line.matches == 8


def test_who_sat_out_an_arena_is_marked_and_comes_last() -> None:
    standings = Standings(["a", "b", "control"], [Task("x", ("x",)), Task("y", ("y",))])
    for repeat in range(2):
        for agent in ("a", "b"):
            standings.add(Fixture("y", (agent,), repeat), [score(-0.5)])
            standings.add(Fixture("x", (agent, "control"), repeat), [score(-0.1), score(0.1)])
    assert [(line.agent, line.partial) for line in standings.overall()] == [("a", False), ("b", False), ("control", True)]
    assert [(line.agent, line.partial) for line in standings.arena("x")] == [("control", False), ("a", False), ("b", False)]
    shown = Console(width=120, record=True, file=io.StringIO())
    shown.print(leaderboard(standings.overall(), "all tasks", 120))
    assert "*control" in shown.export_text()


def test_unfinished_matches_count_for_now_only() -> None:
    standings = Standings(["a"], [Task("x", ("x",))])
    standings.add(Fixture("x", ("a", "b"), 1), [score(1.0), score(-1.0)])
    now = standings.with_playing([(Fixture("x", ("a", "b"), 2), [score(0.0, rounds=3), score(0.0, rounds=3)])])
    assert now.arena("x")[0].pay.mean == 0.5
    assert now.arena("x")[0].rounds == 13
    assert standings.arena("x")[0].pay.mean == 1.0


def test_theory_holds_in_a_played_run(tmp_path: Path) -> None:
    store = RunStore.read(play_small(tmp_path))
    standings = Standings(store.config["agents"], tasks_of(store.games))
    for fixture, record in store.records():
        standings.add(fixture, scores(store.games[fixture.arena], record))
    for arena in ("rps", "hide", "number"):
        uniform = next(line for line in standings.arena(arena) if line.agent == "uniform")
        assert uniform.pay.mean == pytest.approx(0.0, abs=1e-12)
        assert uniform.exploitability == pytest.approx(0.0, abs=1e-12)
    for arena in ("rps", "hide"):
        for line in standings.arena(arena):
            oracle = standings.against(arena, line.agent)["oracle"]
            beaten = [
                s.exploitability
                for fixture, record in store.records()
                if fixture.arena == arena and set(fixture.line_up) == {line.agent, "oracle"}
                for name, s in zip(fixture.line_up, scores(store.games[arena], record), strict=True)
                if name == line.agent
            ]
            assert oracle.mean == pytest.approx(-np.mean(beaten), abs=1e-12)
    store.close()
