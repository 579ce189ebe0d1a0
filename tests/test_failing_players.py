"""One bad model does not end the night: who cannot go on is left out, everybody else plays on, and `--resume` tries again."""

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from small_runs import SMALL, digest, only_run, play_small, tells, written

from agents import organisms
from arenas.dice import Dice
from arenas.errors import PlayerFailed, UserError
from arenas.history import Moves, View
from arenas.play import Player, StoppedError, Table, play, take_seats
from arenas.record import Record, record_of
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore
from opponents.mixture import Mixture
from opponents.ngram import Ngram
from tournaments.config import config_of
from tournaments.progress import Progress
from tournaments.schedule import waves
from tournaments.seating import seat_everyone
from tournaments.tournament import Stop, tournament

ADVICE = "its logits are not finite; try dtype: float32"
ROWS = 7
PAGE = SMALL | {"rows": ROWS}


class Failing:
    """Plays as another does until it cannot."""

    foresees = False

    def __init__(self, player: Player, error: Exception, at: int) -> None:
        self._player, self._error, self._at = player, error, at

    def act(self, view: View) -> Moves:
        if view.rounds_seen >= self._at:
            raise self._error
        return self._player.act(view)


class Promising(Failing):
    """Fails when its promise is called in."""

    def ask(self, view: View) -> Callable[[], Moves]:
        return lambda: self.act(view)


def failing(monkeypatch: pytest.MonkeyPatch, game: str, at: int, error: Exception | None = None, kind: type = Failing) -> None:
    """From now on `mixture` fails in round `at` (from 0) of a game."""
    sound = Mixture.player

    def player(self: Mixture, table: Table) -> Player:
        made = sound(self, table)
        known: Player = kind(made, error or PlayerFailed(ADVICE), at) if table.game.config()["game"] == game else made
        return known

    monkeypatch.setattr(Mixture, "player", player)


def records(path: Path) -> dict[str, Record]:
    with closing(RunStore.read(path)) as store:
        return {fixture.id: record for fixture, record in store.records()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which nobody failed."""
    return play_small(tmp_path_factory.mktemp("whole"), PAGE)


def stopped_run(folder: Path, page: dict[str, Any] = PAGE, *arguments: object) -> tuple[Path, Any]:
    """A run in which somebody does, and what was said."""
    result = tells("run", written(folder, page), "--out", folder / "runs", "--display", "plain", *arguments)
    return only_run(folder / "runs"), result


@pytest.mark.parametrize("kind", [Failing, Promising])
@pytest.mark.parametrize(("game", "arena", "at"), [("rps", "rps", 0), ("rps", "rps", 5), ("hide_and_seek", "hide", 3)])
def test_the_others_play_on_and_their_moves_are_the_very_same(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch, game: str, arena: str, at: int, kind: type
) -> None:
    failing(monkeypatch, game, at, kind=kind)
    path, result = stopped_run(tmp_path)
    assert result.exit_code == 3, result.output
    assert result.stderr == f"mix stopped in {arena}, round {at + 1}: {ADVICE}\n"
    wanted, found = records(whole), records(path)
    others = {name for name in wanted if "mix" not in name}
    assert others <= found.keys()
    assert all(found[name].same_as(wanted[name]) for name in found)
    # what mix had played before it failed is kept: whole arenas come one after the other
    kept = {name for name in wanted if "mix" in name and name.startswith("rps/") and arena == "hide"}
    assert kept == found.keys() - others
    with closing(RunStore.read(path)) as store:
        assert not store.complete()
        (failure,) = store.failures()
        assert failure.name == "mix"
        assert failure.matches == len(wanted) - len(found)
        assert failure.line == result.stderr.strip()
        assert {fixture.id for fixture, played in store.fixtures() if not played} == wanted.keys() - found.keys()
        assert all(store.record(name).rounds == 0 for name in wanted.keys() - found.keys())
        read = {fixture.id: record_of(history, m) for some, history in store.histories() for m, fixture in enumerate(some)}
        assert read.keys() == found.keys()
    assert f"{failure.line} ({failure.matches} matches are not played for this; --resume tries again)" in result.output


def test_a_resumed_run_tries_again_and_is_then_as_if_nobody_had_failed(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, "rps", 5)
        path, _ = stopped_run(tmp_path)
        before = records(path)
        again = tells("run", "--resume", path, "--display", "none")
        assert again.exit_code == 3, again.output
        assert ADVICE in again.output
        assert records(path).keys() == before.keys()
        assert digest(path) != digest(whole)
    mended = tells("run", "--resume", path, "--display", "none")
    assert mended.exit_code == 0, mended.output
    assert "stopped" not in mended.output
    assert digest(path) == digest(whole)
    with closing(RunStore.read(path)) as store:
        assert store.complete()
        assert store.failures() == []
        # matches of one wave are neighbours no more, and those between them are of another
        read = {fixture.id: record_of(history, m) for some, history in store.histories() for m, fixture in enumerate(some)}
        assert all(read[name].same_as(record) for name, record in records(whole).items())
    assert "nothing is missing" in tells("run", "--resume", path).output


def test_another_may_fail_when_the_first_is_tried_again(tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        failing(patch, "rps", 5)
        path, _ = stopped_run(tmp_path)
    with monkeypatch.context() as patch:
        sound = Ngram.player
        patch.setattr(Ngram, "player", lambda self, table: Failing(sound(self, table), PlayerFailed("no memory"), 7))
        assert tells("run", "--resume", path, "--display", "none").exit_code == 3
        with closing(RunStore.read(path)) as store:
            (failure,) = store.failures()
            assert failure.name == "ngram"
            left = {fixture.id for fixture, played in store.fixtures() if not played}
        assert len(left) == failure.matches > 0
        assert all("ngram" in name for name in left)
    assert tells("run", "--resume", path, "--display", "none").exit_code == 0
    assert digest(path) == digest(whole)


def test_a_stopped_player_s_matches_are_not_begun_again_in_the_same_session(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[str] = []
    sound = Mixture.player

    def player(self: Mixture, table: Table) -> Player:
        tried.append(table.game.config()["game"])
        return Failing(sound(self, table), PlayerFailed(ADVICE), 2)

    monkeypatch.setattr(Mixture, "player", player)
    path, result = stopped_run(tmp_path)
    seatings = 2 + 2 + 1  # once in every seat of rps, hide and number, before anything is played
    assert result.exit_code == 3
    assert len(tried) == seatings + 1
    with closing(RunStore.read(path)) as store:
        assert store.failures()[0].matches == sum("mix" in fixture.line_up for fixture, _ in store.fixtures())


def test_whoever_cannot_sit_down_later_stops_alone_too(tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sound = Mixture.player

    def player(self: Mixture, table: Table) -> Player:
        if table.rows > 1:
            raise UserError("not enough memory for a match: lower rows")
        return sound(self, table)

    monkeypatch.setattr(Mixture, "player", player)
    path, result = stopped_run(tmp_path, SMALL)
    assert result.exit_code == 3
    assert "mix stopped in rps, round 1: not enough memory for a match: lower rows" in result.stderr
    wanted = records(whole)
    assert records(path).keys() == {name for name in wanted if "mix" not in name}


def test_who_misfits_ends_the_run_before_anything_is_played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Mixture, table: Table) -> Player:
        raise UserError("cannot play such a game") if len(table.game.seats) == 2 else ValueError("not asked")

    monkeypatch.setattr(Mixture, "player", refused)
    result = tells("run", written(tmp_path, PAGE), "--out", tmp_path / "runs")
    assert result.exit_code == 2
    assert result.stderr == "error: arenas.rps: mix cannot play here: cannot play such a game\n"
    assert not (tmp_path / "runs").exists()


def test_a_bug_of_a_player_is_a_traceback_and_what_was_played_is_kept(
    tmp_path: Path, whole: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        failing(patch, "rps", 5, ZeroDivisionError("a bug"))
        path, result = stopped_run(tmp_path, SMALL)
        assert isinstance(result.exception, ZeroDivisionError)
    with closing(RunStore.read(path)) as store:
        assert store.played()[0] == 5
        assert store.failures() == []
    assert tells("run", "--resume", path, "--display", "none").exit_code == 0
    assert digest(path) == digest(whole)


def test_a_summary_says_who_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "rps", 5)
    path, _ = stopped_run(tmp_path)
    lines = tells("summary", path).output.splitlines()
    assert lines[1].startswith(f"mix stopped in rps, round 6: {ADVICE} (")


def test_progress_follows_the_new_schedule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "rps", 5)
    config = config_of(PAGE)
    roster = seat_everyone(config)
    plan = waves(config, roster)
    store = RunStore.new(tmp_path / "run", config.resolved(), plan)
    progress, stops = Progress(config, plan, store), 0
    total = progress.total
    for event in tournament(config, roster, plan, store):
        if isinstance(event, Stop):
            progress.plan_again(event, store)
            stops += 1
        else:
            progress.follow(event)
            assert progress.played <= progress.total == total
            assert progress.seconds_left is not None
            progress.standings()
    assert stops == 1
    assert progress.seconds_left == 0.0
    played = sum(record.rounds for _, record in store.records())
    assert progress.played == played < total
    again = Progress(config, list(store.waves()), store)
    assert again.played == played
    for ours, theirs in zip(progress.standings().overall(), again.standings().overall(), strict=True):
        assert (ours.agent, ours.rounds) == (theirs.agent, theirs.rounds)
        assert ours.pay.mean == pytest.approx(theirs.pay.mean, abs=1e-12)
    store.close()


def test_a_pilot_says_who_stopped_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "rps", 5)
    result = tells("plan", written(tmp_path, PAGE), "--pilot", 2)
    assert result.exit_code == 2
    assert f"error: mix stopped in rps, round 6: {ADVICE}" in result.stderr


def test_a_stopped_player_is_named_by_its_maker_and_round() -> None:
    game = RockPaperScissors(rounds=9)
    makers = [Ngram().sit, lambda table: Failing(Mixture().sit(table), PlayerFailed("broken"), 4)]
    seated = take_seats(game, makers, np.array([[0, 1]]))
    ticks = play(game, seated, Dice.roll([1], 2, 9))
    assert [history.played for _, history in zip(range(4), ticks, strict=False)] == [1, 2, 3, 4]
    with pytest.raises(StoppedError, match="broken") as caught:
        next(ticks)
    assert (caught.value.maker, caught.value.round) == (1, 5)


@pytest.mark.parametrize("games", [{"game": "writing"}, {"game": "rps", "rounds": 5}], ids=lambda game: game["game"])
def test_a_model_whose_numbers_end_stops_and_the_other_plays(tmp_path: Path, games: dict[str, Any]) -> None:
    """Its weights go bad while it plays, in the third round where there is one."""
    shutil.copytree(Path(organisms.__file__).parent / "base", tmp_path / "damaged")
    page = {"agents": {"bad": {"model": str(tmp_path / "damaged")}, "good": {"model": "organism:base"}}, "repeats": 1}
    config = config_of(page | {"arenas": {"only": games}, "opponents": {"cycle": {"opponent": "cycle"}}})
    roster = seat_everyone(config)
    plan = waves(config, roster)
    store = RunStore.new(tmp_path / "run", config.resolved(), plan)
    weights = roster.agents["bad"].model._model.get_submodule("model.norm").weight.data  # type: ignore[attr-defined]
    if games["game"] == "writing":
        weights *= float("nan")
    stops = []
    for event in tournament(config, roster, plan, store):
        if isinstance(event, Stop):
            stops.append(event.line)
        elif event.history.played == 2:
            weights *= float("nan")
    (line,) = stops
    asked = 1 if games["game"] == "writing" else 3
    assert line.startswith(f"bad stopped in only, round {asked}: its logits are not finite")
    kept = {fixture.id: record.rounds for fixture, record in store.records()}
    assert kept
    assert all("bad" not in name and rounds == games.get("rounds", 1) for name, rounds in kept.items())
    store.close()


def test_a_report_says_who_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing(monkeypatch, "rps", 5)
    path, _ = stopped_run(tmp_path)
    assert tells("report", path, "-o", tmp_path / "page.html").exit_code == 0
    assert f"mix stopped in rps, round 6: {ADVICE}" in (tmp_path / "page.html").read_text(encoding="utf-8")
