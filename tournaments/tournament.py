"""Playing a schedule: what is missing of it, wave by wave, into the store."""

from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from agents.threads import Choice, WaveThreads, followed, wave_threads
from arenas.dice import Dice, match_seed
from arenas.family import dice_id, families_by_agent
from arenas.fixture import Wave
from arenas.game import Game
from arenas.history import History, IntArray
from arenas.play import Maker, Seated, play, take_seats
from arenas.store import RunStore
from tournaments.config import RunConfig
from tournaments.seating import Roster


@dataclass(frozen=True)
class Tick:
    """One round of a wave has been played; `history` goes on changing with the next."""

    wave: Wave
    history: History


def tournament(config: RunConfig, roster: Roster, waves: Sequence[Wave], store: RunStore) -> Generator[Tick]:
    """Play every round that the store does not have yet, one yield a tick.

    A wave that was broken off goes on from its last flushed tick with the same matches in the same order. Closed early, it
    leaves every round that was played in the store.
    """
    reached = store.played()
    store.start_clock()
    for wave in waves:
        if reached[wave.number] == wave.rounds:
            continue
        now = store.history(wave)
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
    """The rounds of one wave, from the start or from what was played of it."""
    game = config.arenas[wave.arena].game
    family_of = families_by_agent(config.families)
    seeds = [match_seed(config.seed, dice_id(fixture, family_of)) for fixture in wave.fixtures]
    dice = Dice.roll(seeds, len(game.seats), game.rounds)
    return play(game, seats_of(game, roster, wave), dice, history)


def seats_of(game: Game, roster: Roster, wave: Wave) -> list[Seated]:
    """Everyone who plays in a wave, in their chairs."""
    names = sorted({name for fixture in wave.fixtures for name in fixture.line_up})
    number = {name: index for index, name in enumerate(names)}
    chairs: IntArray = np.array([[number[name] for name in fixture.line_up] for fixture in wave.fixtures], dtype=np.int64)
    makers: list[Maker] = [roster.makers[name] for name in names]
    repeats: IntArray = np.array([fixture.repeat for fixture in wave.fixtures], dtype=np.int64)
    return take_seats(game, makers, chairs, repeats)
