"""How many threads passes take: what is chosen from what is found, and that a run repeats it."""

import math
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
import torch
from small_runs import digest, only_run, tells, written

from agents import threads as waves
from agents.engine import threads
from agents.engine.loading import load_model
from agents.model import ModelSpec
from agents.threads import Choice, Shape, WaveThreads
from arenas.store import RunStore
from tournaments import tournament as playing
from tournaments.config import config_of

PAGE = {
    "repeats": 2,
    "rows": 8,
    "arenas": {"rps": {"game": "rps", "rounds": 6}, "coin": {"game": "random_bit", "length": 4}},
    "agents": {"base": {"model": "organism:base"}},
    "opponents": {"uniform": {"opponent": "uniform"}, "cycle": {"opponent": "cycle"}},
}


@pytest.fixture(autouse=True)
def _same_afterwards() -> Iterator[None]:
    with threads.kept_threads():
        yield
    waves.fix_threads(None)


@pytest.mark.parametrize(
    ("free", "seconds", "chosen"),
    [
        (8, {1: 8.0, 2: 4.5, 4: 2.5, 8: 1.5}, 8),
        (8, {1: 8.0, 2: 4.5, 4: 4.6}, 2),  # small work gains nothing from more
        (8, {1: 1.0, 2: 1.1}, 1),
        (6, {1: 8.0, 2: 4.5, 4: 2.5, 6: 2.0}, 6),  # two cores are somebody else's
        (1, {}, 1),
        (0, {}, 1),
    ],
)
def test_the_fastest_number_that_has_cores_of_its_own_is_chosen(free: int, seconds: dict[int, float], chosen: int) -> None:
    assert threads.choose(8, lambda most: free, seconds.__getitem__) == chosen


def test_one_core_is_not_measured() -> None:
    assert threads.choose(1, {}.__getitem__, {}.__getitem__) == 1


class Machine:
    """Shares of cores that are given out one look after another, each of which takes a second."""

    def __init__(self, *looks: tuple[float, ...]) -> None:
        self.looks, self.now = list(looks), 0.0

    def shares(self, most: int) -> tuple[float, ...]:
        self.now += 1.0
        assert len(self.looks[0]) == most
        return self.looks.pop(0)

    def free(self) -> threads.Looks:
        return threads.Looks(self.shares, lambda: self.now)


IDLE, BUSY, HALF = (1.0, 0.98), (0.5, 0.6), (1.0, 0.5)


@pytest.mark.parametrize(
    ("looks", "found"),
    [
        ([IDLE], 2),
        ([BUSY, BUSY], 0),
        ([BUSY, HALF], 0),
        ([HALF, HALF], 1),
        ([HALF, IDLE, IDLE], 2),  # a moment's work of the system
        ([BUSY, IDLE, BUSY], 0),
    ],
)
def test_most_looks_decide_how_many_cores_are_free(looks: list[tuple[float, ...]], found: int) -> None:
    machine = Machine(*looks)
    assert machine.free()(2) == found
    assert not machine.looks


def test_a_look_counts_for_twenty_times_as_long_as_it_took() -> None:
    machine = Machine(IDLE, BUSY, BUSY)
    free = machine.free()
    assert free(2) == 2
    machine.now = 20.9
    assert free(2) == 2
    machine.now = 21.1
    assert free(2) == 0


def test_this_machine_is_looked_at_and_tried() -> None:
    assert all(0.0 < share <= 1.01 for share in threads.shares_of(2))
    assert 1 <= threads.threads_now(Shape(64, 128)) <= max(threads.DEFAULT, 1)
    before = torch.get_num_threads()
    assert 0.0 < threads._seconds(Shape(64, 128), before + 1) < 10.0
    assert torch.get_num_threads() == before


def test_a_quota_of_a_container_is_the_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "QUOTA", tmp_path / "cpu.max")
    (tmp_path / "cpu.max").write_text("50000 100000\n")
    assert threads.cores_allowed() == 1
    (tmp_path / "cpu.max").write_text("max 100000\n")
    assert threads.cores_allowed() >= 1


class Wave:
    """A wave's threads with a machine that finds given numbers, and what became of them."""

    def __init__(self, *found: int, known: tuple[Choice, ...] = ()) -> None:
        self.found, self.kept, self.used, self.now = list(found), list[Choice](), list[int](), 0.0
        self.threads = WaveThreads(known, lambda: self.found.pop(0), self._keep, self.used.append, lambda: self.now)

    def _keep(self, choice: Choice) -> None:
        assert len(self.used) <= choice.round  # written down before it is used
        self.kept.append(choice)


def test_a_long_wave_is_looked_at_again_and_changes_are_written_down() -> None:
    wave = Wave(2, 1, 1, 2)
    for number in range(8):
        wave.threads.before(number)
        wave.now += 0.6 * waves.RECHECK_SECONDS
    assert wave.kept == [Choice(0, 2), Choice(2, 1), Choice(6, 2)]
    assert wave.used == [2, 2, 1, 1, 1, 1, 2, 2]


def test_what_is_known_of_a_wave_is_repeated_round_by_round() -> None:
    wave = Wave(1, known=(Choice(5, 1), Choice(0, 2), Choice(9, 3)))
    for number in (7, 8, 9, 10):
        wave.threads.before(number)
        wave.now += waves.RECHECK_SECONDS / 4
    assert wave.used == [1, 1, 3, 3]
    assert not wave.kept
    with waves.followed(wave.threads):
        waves.at_round(0)
        waves.at_round(5)
    waves.at_round(0)  # nothing is being played any more
    assert wave.used[4:] == [2, 1]


def test_a_wave_without_passes_on_the_cores_chooses_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "threads_now", {}.__getitem__)
    kept: list[Choice] = []
    wave = waves.wave_threads([(object(), 8)], [], kept.append)
    wave.before(0)
    assert not kept


def test_models_elsewhere_or_in_parts_have_no_shape() -> None:
    model = load_model(ModelSpec("organism:base"))
    assert model.shape == Shape(128, 384)
    model._model.hf_device_map = {"": "cpu", "lm_head": "cuda:0"}
    assert threads.shape_of(model._model) is None


def _finding(monkeypatch: pytest.MonkeyPatch, numbers: Iterator[int]) -> None:
    monkeypatch.setattr(threads, "threads_now", lambda shape: next(numbers))


def _chosen(path: Path) -> list[list[tuple[int, int]]]:
    with closing(RunStore.read(path)) as store:
        return [store.threads(wave.number) for wave in store.waves()]


def _play(folder: Path, *arguments: object) -> Path:
    said = tells("run", written(folder, PAGE), "--out", folder / "runs", "--display", "none", *arguments)
    assert said.exit_code == 0, said.output
    return only_run(folder / "runs")


def test_a_resumed_wave_repeats_its_choices_to_the_bit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "RECHECK_SECONDS", math.inf)
    (tmp_path / "whole").mkdir()
    # once while it loads, then once a wave: the second is played with one thread in both
    _finding(monkeypatch, iter([1, 2, 1]))
    whole = _play(tmp_path / "whole")
    assert _chosen(whole) == [[(0, 2)], [(0, 1)]]

    seen: list[int] = []
    play = playing.wave_play

    def stopped(*arguments: object) -> Iterator[object]:
        for history in play(*arguments):  # type: ignore[arg-type]
            seen.append(torch.get_num_threads())
            yield history
            if len(seen) == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(playing, "wave_play", stopped)
    _finding(monkeypatch, iter([1, 2]))
    assert tells("run", written(tmp_path, PAGE), "--out", tmp_path / "runs", "--display", "none").exit_code == 130
    path = only_run(tmp_path / "runs")
    assert seen == [2, 2, 2]
    _finding(monkeypatch, iter([3, 1]))  # it would be another number now
    said = tells("run", "--resume", path, "--display", "none")
    assert said.exit_code == 0, (said.output, said.exception)
    assert seen == [2] * 6 + [1] * 4
    assert _chosen(path) == _chosen(whole)
    assert digest(path) == digest(whole)


def test_changes_in_a_wave_are_repeated_while_a_player_catches_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waves, "RECHECK_SECONDS", 0.0)
    found = [1, 2, 1, 3, 1, 2, 1, 1, 2, 1, 2]
    (tmp_path / "whole").mkdir()
    _finding(monkeypatch, iter(found))
    whole = _play(tmp_path / "whole")
    assert _chosen(whole)[0] == [(0, 2), (1, 1), (2, 3), (3, 1), (4, 2), (5, 1)]

    used: list[int] = []
    use = threads.use_threads
    play, ticks = playing.wave_play, count(1)

    def stopped(*arguments: object) -> Iterator[object]:
        for history in play(*arguments):  # type: ignore[arg-type]
            yield history
            if next(ticks) == 3:
                raise KeyboardInterrupt

    monkeypatch.setattr(playing, "wave_play", stopped)
    _finding(monkeypatch, iter(found))
    assert tells("run", written(tmp_path, PAGE), "--out", tmp_path / "runs", "--display", "none").exit_code == 130
    path = only_run(tmp_path / "runs")
    assert _chosen(path)[0] == [(0, 2), (1, 1), (2, 3), (3, 1)]
    monkeypatch.setattr(threads, "use_threads", lambda number: (used.append(number), use(number))[1])
    _finding(monkeypatch, iter([1, *found[5:]]))
    said = tells("run", "--resume", path, "--display", "none")
    assert said.exit_code == 0, (said.output, said.exception)
    assert used[:7] == [1, 1, 2, 1, 3, 1, 2]  # to load, to begin, and then round by round
    assert digest(path) == digest(whole)


def test_a_number_that_was_asked_for_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "threads_now", {}.__getitem__)
    assert _chosen(_play(tmp_path, "--set", "threads=2")) == [[(0, 2)], [(0, 2)]]
    assert config_of({**PAGE, "threads": 2}).resolved()["threads"] == 2
    assert "threads" not in config_of(PAGE).resolved()
    refused = tells("run", written(tmp_path, PAGE), "--set", "threads=0")
    assert refused.exit_code == 2
    assert "threads must be from 1 to 1024, got 0" in refused.output
