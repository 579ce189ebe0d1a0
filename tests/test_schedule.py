"""Who meets whom, and in which waves."""

import copy
from collections import Counter
from typing import Any

import numpy as np
import pytest
from small_runs import SMALL

from arenas.dice import match_seed
from arenas.errors import UserError
from arenas.family import dice_id, families_by_agent
from arenas.fixture import Fixture
from arenas.play import Player, Table
from opponents.mixture import Mixture
from tournaments.config import RunConfig, config_of
from tournaments.schedule import round_robin, waves
from tournaments.seating import seat_everyone
from tournaments.tournament import seats_of


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


def with_families(page: dict[str, Any], *stages: str) -> dict[str, Any]:
    return {**copy.deepcopy(page), "families": {"trio": list(stages)}}


def dice_of(page: dict[str, Any], arena: str) -> dict[str, str]:
    """What the dice of each fixture follow from, by its id."""
    family_of = families_by_agent(config_of(page).families)
    return {fixture.id: dice_id(fixture, family_of) for fixture in fixtures_of(page, arena)}


def test_without_families_dice_follow_from_the_fixture() -> None:
    for arena in ("rps", "hide", "number"):
        assert all(name == dice for name, dice in dice_of(SMALL, arena).items())


def test_the_stages_of_a_family_meet_others_on_the_same_dice_and_each_other_on_their_own() -> None:
    dice = dice_of(with_families(SMALL, "mix", "cycle"), "hide")
    assert dice["hide/mix-vs-ngram/1"] == dice["hide/cycle-vs-ngram/1"] != dice["hide/mix-vs-ngram/2"]
    assert dice["hide/ngram-vs-mix/1"] == dice["hide/ngram-vs-cycle/1"] != dice["hide/mix-vs-ngram/1"]
    assert dice["hide/mix-vs-ngram/1"] != dice["hide/mix-vs-oracle/1"]
    assert dice["hide/mix-vs-cycle/1"] == "hide/mix-vs-cycle/1"
    solo = dice_of(with_families(SMALL, "mix", "cycle"), "number")
    assert solo["number/mix/1"] == solo["number/cycle/1"] != solo["number/uniform/1"]


def test_a_family_changes_no_match_without_its_members() -> None:
    before, after = dice_of(SMALL, "hide"), dice_of(with_families(SMALL, "mix", "cycle"), "hide")
    others = {name for name in before if "mix" not in name and "cycle" not in name}
    assert others
    assert all(after[name] == before[name] for name in others)


@pytest.mark.parametrize("name", ["aaa", "nnn", "trio", "zzz"])
def test_a_new_entrant_changes_no_dice_of_a_family(name: str) -> None:
    page = with_families(SMALL, "mix", "cycle")
    for arena in ("rps", "hide", "number"):
        before = dice_of(page, arena)
        after = dice_of({**page, "agents": {name: {"opponent": "copy"}, **page["agents"]}}, arena)
        assert {fixture: after[fixture] for fixture in before} == before


def test_stages_sit_in_the_same_seat_against_another_agent_wherever_its_name_is_sorted() -> None:
    page = with_families(with_entrant("agents", "lion", {"opponent": "copy"}), "mix", "cycle")
    dice = dice_of(page, "rps")
    met = [fixture for fixture in dice if "lion" in fixture and ("mix" in fixture or "cycle" in fixture)]
    assert len({dice[fixture] for fixture in met}) == 2, "one for each repeat"


def test_who_foresees_does_not_meet_who_plays_estimates(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Mixture.player

    class Estimated:
        foresees, sampled = False, True

        def __init__(self, player: Player) -> None:
            self.act = player.act

    config = config_of(SMALL)
    before = {fixture.line_up for wave in waves(config, seat_everyone(config)) for fixture in wave.fixtures}
    monkeypatch.setattr(Mixture, "player", lambda self, table: Estimated(sound(self, table)))
    roster = seat_everyone(config)
    after = {fixture.line_up for wave in waves(config, roster) for fixture in wave.fixtures}
    assert before - after == {("mix", "oracle"), ("oracle", "mix")}
    assert after <= before
    assert roster.sampled == {"mix"}
    assert "oracle is not seated against mix, whose distributions are estimated from samples" in roster.notes


def test_players_know_of_which_repeat_their_matches_are(monkeypatch: pytest.MonkeyPatch) -> None:
    """For who goes through something in turn from match to match."""
    config = config_of(SMALL)
    roster = seat_everyone(config)
    told: list[tuple[int, list[int], list[int]]] = []
    sound = Mixture.player

    def player(self: Mixture, table: Table) -> Player:
        told.append((table.rows, table.seats.tolist(), table.repeats.tolist()))
        return sound(self, table)

    monkeypatch.setattr(Mixture, "player", player)
    (wave,) = [wave for wave in waves(config, roster) if wave.arena == "hide"]
    seats_of(config.arenas["hide"].game, roster, wave)
    chairs = [(seat, f.repeat) for f in wave.fixtures for seat, name in enumerate(f.line_up) if name == "mix"]
    assert told == [(len(chairs), [seat for seat, _ in chairs], [repeat for _, repeat in chairs])]
    assert {repeat for _, repeat in chairs} == {1, 2}
    assert Table(config.arenas["hide"].game, np.array([0, 1])).repeats.tolist() == [0, 0]
