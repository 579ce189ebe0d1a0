"""Who meets whom, and in which waves."""

import copy
from collections import Counter
from typing import Any

import pytest
from small_runs import SMALL

from arenas.dice import match_seed
from arenas.errors import UserError
from arenas.fixture import Fixture
from tournaments.config import RunConfig, config_of
from tournaments.schedule import round_robin, waves
from tournaments.seating import seat_everyone


def fixtures_of(page: dict[str, Any], arena: str) -> list[Fixture]:
    config = config_of(page)
    return round_robin(config, seat_everyone(config), arena)


def with_entrant(side: str, name: str, spec: dict[str, Any], first: bool = False) -> dict[str, Any]:
    page = copy.deepcopy(SMALL)
    page[side] = {name: spec, **page[side]} if first else {**page[side], name: spec}
    return page


def test_an_id_is_readable_and_says_all() -> None:
    assert Fixture("rps", ("base", "cycle"), 3).id == "rps/base-vs-cycle/3"
    assert Fixture("number", ("base",), 1).id == "number/base/1"


def test_agents_meet_opponents_and_each_other_and_opponents_do_not_meet() -> None:
    met = {frozenset(fixture.line_up) for fixture in fixtures_of(SMALL, "rps")}
    agents, others = {"uniform", "mix", "cycle"}, {"uniform", "win_stay", "ngram", "oracle"}
    wanted = {frozenset((a, b)) for a in agents for b in agents | others if a != b}
    assert met == wanted


def test_where_seats_differ_everybody_sits_in_both() -> None:
    line_ups = Counter(fixture.line_up for fixture in fixtures_of(SMALL, "hide"))
    assert set(line_ups.values()) == {2}
    assert all(line_up[::-1] in line_ups for line_up in line_ups)
    alike = {fixture.line_up for fixture in fixtures_of(SMALL, "rps")}
    assert not any(line_up[::-1] in alike for line_up in alike)


def test_agents_come_first_in_a_line_up() -> None:
    line_ups = {fixture.line_up for fixture in fixtures_of(SMALL, "rps")}
    assert {("mix", "oracle"), ("cycle", "mix"), ("cycle", "uniform"), ("uniform", "win_stay")} <= line_ups


def test_two_that_foresee_never_meet() -> None:
    page = with_entrant("agents", "seer", {"opponent": "oracle"})
    met = {frozenset(fixture.line_up) for arena in ("rps", "hide") for fixture in fixtures_of(page, arena)}
    assert frozenset(("seer", "oracle")) not in met
    assert frozenset(("seer", "mix")) in met


def test_solo_games_are_played_by_agents_alone_and_refused_ones_are_noted() -> None:
    config = config_of(with_entrant("agents", "win", {"opponent": "win_stay_lose_shift"}))
    roster = seat_everyone(config)
    assert [f.line_up for f in round_robin(config, roster, "number")] == [("uniform",), ("mix",), ("cycle",)] * 2
    assert round_robin(config, roster, "sea") == []
    assert any(note.startswith("win sits out number: ") for note in roster.notes)
    assert sum(" sits out sea: " in note for note in roster.notes) == 4


def test_a_misfit_against_somebody_ends_the_run_before_it_begins() -> None:
    config = config_of(with_entrant("opponents", "rocky", {"opponent": "mixture", "weights": {"rock": 1}}))
    with pytest.raises(UserError, match=r"arenas\.hide: rocky cannot play here"):
        seat_everyone(config)


@pytest.mark.parametrize("side", ["agents", "opponents"])
@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("name", ["aaa", "nnn", "zzz"])
def test_a_new_entrant_changes_no_seed(side: str, first: bool, name: str) -> None:
    for arena in ("rps", "hide", "number"):
        before = {match_seed(3, fixture.id) for fixture in fixtures_of(SMALL, arena)}
        after = {match_seed(3, f.id) for f in fixtures_of(with_entrant(side, name, {"opponent": "copy"}, first), arena)}
        assert before <= after


def planned(rows: int) -> tuple[RunConfig, list[Any]]:
    config = config_of({**copy.deepcopy(SMALL), "rows": rows})
    return config, waves(config, seat_everyone(config))


@pytest.mark.parametrize("rows", [2, 5, 16, 512])
def test_waves_hold_every_fixture_once_and_no_more_chairs_than_asked(rows: int) -> None:
    config, plan = planned(rows)
    every = [fixture.id for wave in plan for fixture in wave.fixtures]
    assert len(every) == len(set(every))
    roster = seat_everyone(config)
    assert set(every) == {f.id for arena in config.arenas for f in round_robin(config, roster, arena)}
    for wave in plan:
        assert {fixture.arena for fixture in wave.fixtures} == {wave.arena}
        assert sum(len(fixture.line_up) for fixture in wave.fixtures) <= rows
    assert [wave.number for wave in plan] == list(range(len(plan)))


def test_waves_of_an_arena_are_of_equal_size() -> None:
    _, plan = planned(16)
    sizes = [len(wave.fixtures) for wave in plan if wave.arena == "hide"]
    assert max(sizes) - min(sizes) <= 1


def test_every_line_up_plays_once_before_any_plays_twice() -> None:
    repeats = [fixture.repeat for fixture in fixtures_of(SMALL, "hide")]
    assert repeats == sorted(repeats)
    assert set(repeats) == {1, 2}
