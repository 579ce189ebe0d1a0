"""Playing a schedule: what is missing of it, wave by wave, into the store."""

from collections import Counter, deque
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agents.threads import Choice, WaveThreads, followed, wave_threads
from arenas.dice import Dice, match_seed
from arenas.errors import UserError
from arenas.family import dice_id, families_by_agent
from arenas.fixture import Wave
from arenas.game import Game
from arenas.history import History, IntArray
from arenas.play import Maker, Seated, StoppedError, play, take_seats
from arenas.store import RunStore
from tournaments.config import RunConfig
from tournaments.seating import Roster


@dataclass(frozen=True)
class Tick:
    """One round of a wave has been played; `history` goes on changing with the next."""

    wave: Wave
    history: History


@dataclass(frozen=True)
class Stop:
    """An entrant cannot go on: what it has not played is marked, and the schedule is another."""

    name: str
    line: str
    """Who, where, why and what to do."""
    waves: Sequence[Wave]
    """All of them, as they are now."""


class EntrantStoppedError(UserError):
    """An entrant cannot go on: a line that says who, where, why and what to do."""

    def __init__(self, name: str, arena: str, error: StoppedError) -> None:
        super().__init__(" ".join(f"{name} stopped in {arena}, round {error.round}: {error}".split()))
        self.name = name


def tournament(config: RunConfig, roster: Roster, waves: Sequence[Wave], store: RunStore) -> Generator[Tick | Stop]:
    """Play every round that the store does not have yet, one yield a tick, and one for every entrant that stops.

    A wave that was broken off goes on from its last flushed tick with the same matches in the same order. Closed early, it
    leaves every round that was played in the store. The matches of who stops are set aside, also those in later waves, and all
    others are played on: none of them depends on its wave. What was set aside before is tried again.
    """
    reached, left, stopped = store.played(), deque(waves), set[str]()
    store.start_clock()
    while left:
        wave = left.popleft()
        if reached[wave.number] == wave.rounds or stopped & names_of(wave):
            continue
        try:
            yield from _ticks(config, roster, wave, store)
        except EntrantStoppedError as stop:
            stopped.add(stop.name)
            store.set_aside(stop.name, str(stop))
            reached, left = store.played(), deque(store.waves())
            yield Stop(stop.name, str(stop), tuple(left))


def _ticks(config: RunConfig, roster: Roster, wave: Wave, store: RunStore) -> Iterator[Tick]:
    """The ticks of one wave, all of which are in the store at the end, however it comes."""
    now = store.history(wave)
    store.try_again(wave)
    threads = _threads(roster, wave, store)
    try:
        threads.before(now.played if now else 0)
        with followed(threads):
            for now in wave_play(config, roster, wave, now):  # noqa: B020  (the start of the same history)
                store.keep(wave, now)
                yield Tick(wave, now)
                if now.played < wave.rounds:
                    threads.before(now.played)
    finally:
        if now is not None:
            store.flush(wave, now)


def _threads(roster: Roster, wave: Wave, store: RunStore) -> WaveThreads:
    """What the passes of a wave take on a CPU: as the store says, and chosen further as the wave goes on."""
    chairs = Counter(name for fixture in wave.fixtures for name in fixture.line_up if name in roster.agents)
    models = [(roster.agents[name].model, rows) for name, rows in chairs.items()]
    known = [Choice(*choice) for choice in store.threads(wave.number)]
    return wave_threads(models, known, lambda choice: store.keep_threads(wave.number, choice.round, choice.threads))


def wave_play(config: RunConfig, roster: Roster, wave: Wave, history: History | None = None) -> Iterator[History]:
    """The rounds of one wave, from the start or from what was played of it.

    Raises `EntrantStoppedError` if one of those who play cannot go on.
    """
    game = config.arenas[wave.arena].game
    family_of = families_by_agent(config.families, config.wordings)
    seeds = [match_seed(config.seed, dice_id(fixture, family_of, config.wordings)) for fixture in wave.fixtures]
    dice = Dice.roll(seeds, len(game.seats), game.rounds)
    try:
        yield from play(game, seats_of(game, roster, wave), dice, history)
    except StoppedError as error:
        raise EntrantStoppedError(sorted(names_of(wave))[error.maker], wave.arena, error) from error


def names_of(wave: Wave) -> set[str]:
    """Everyone who plays in a wave."""
    return {name for fixture in wave.fixtures for name in fixture.line_up}


def seats_of(game: Game, roster: Roster, wave: Wave) -> list[Seated]:
    """Everyone who plays in a wave, in their chairs; makers are numbered in the order of their names."""
    names = sorted(names_of(wave))
    number = {name: index for index, name in enumerate(names)}
    chairs: IntArray = np.array([[number[name] for name in fixture.line_up] for fixture in wave.fixtures], dtype=np.int64)
    repeats: IntArray = np.array([fixture.repeat for fixture in wave.fixtures], dtype=np.int64)
    makers: list[Maker] = [roster.makers[name] for name in names]
    return take_seats(game, makers, chairs, repeats)
