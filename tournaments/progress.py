"""How far a run has come, how fast it goes, and how everybody stands at this moment."""

import time
from collections.abc import Sequence

from analysis.answered import Answered
from analysis.score import Tally, scores
from analysis.standings import Standings
from analysis.tasks import tasks_of
from arenas.fixture import Wave
from arenas.record import history_of
from arenas.store import RunStore
from tournaments.config import RunConfig
from tournaments.tournament import Stop, Tick, names_of


class Progress:
    """Follows a run tick by tick. Rounds are match rounds: a wave of 50 matches plays 50 of them a tick."""

    def __init__(self, config: RunConfig, waves: Sequence[Wave], store: RunStore) -> None:
        self._config = config
        self._plan(waves)
        self.total = sum(self._left.values())
        self._over = Standings(config.agents, tasks_of({name: arena.game for name, arena in config.arenas.items()}))
        self.answered = Answered(config.agents)
        self._tally: tuple[int, Tally] | None = None
        self._stopped, self._idle = set[str](), set[int]()
        self.tick: Tick | None = None
        self._started = self._last = time.monotonic()
        self._speed: dict[str, list[float]] = {}
        self._take_in(store, {wave.number for wave in waves})

    def _take_in(self, store: RunStore, numbers: set[int]) -> None:
        """What an earlier session has played."""
        reached = store.played()
        for number in numbers:
            self._left[number] -= reached[number] * self._size[number]
        if any(reached.values()):
            done = {name for name, left in self._left.items() if left == 0}
            over = {fixture.id for number in done for fixture, _ in store.fixtures(wave=number)}
            for fixture, record in store.records():
                if fixture.id in over:
                    game = self._config.arenas[fixture.arena].game
                    self._over.add(fixture, scores(game, record))
                    self.answered.add(game, [fixture], history_of([record], record.rounds))

    def _plan(self, waves: Sequence[Wave]) -> None:
        self._left = {wave.number: wave.rounds * len(wave.fixtures) for wave in waves}
        self._arena_of = {wave.number: wave.arena for wave in waves}
        self._size = {wave.number: len(wave.fixtures) for wave in waves}
        self.wave_count = len(waves)

    def plan_again(self, stop: Stop, store: RunStore) -> None:
        """Take in that somebody has stopped: the same matches are in other waves, and some of them are not played now."""
        self._plan(stop.waves)
        self._stopped.add(stop.name)
        reached = store.played()
        for number in self._left:
            self._left[number] -= reached[number] * self._size[number]
        self._idle = {wave.number for wave in stop.waves if self._stopped & names_of(wave)}
        self._tally, self.tick = None, None

    def follow(self, tick: Tick) -> None:
        """Take in one tick."""
        wave, now = tick.wave, time.monotonic()
        if self._tally is None or self._tally[0] != wave.number:
            self._tally = (wave.number, Tally(self._config.arenas[wave.arena].game, len(wave.fixtures)))
        self.answered.add(self._config.arenas[wave.arena].game, wave.fixtures, tick.history, self._tally[1].rounds)
        self._tally[1].catch_up(tick.history)
        pace = self._speed.setdefault(wave.arena, [0.0, 0.0])
        pace[0] += len(wave.fixtures)
        pace[1] += now - self._last
        self._left[wave.number] = (wave.rounds - tick.history.played) * len(wave.fixtures)
        self._last, self.tick = now, tick
        if tick.history.played == wave.rounds:
            for match, fixture in enumerate(wave.fixtures):
                self._over.add(fixture, [self._tally[1].score(match, seat) for seat in range(len(fixture.line_up))])
            self._tally = None

    def standings(self) -> Standings:
        """Everybody's numbers now, unfinished matches included."""
        if self._tally is None or self.tick is None:
            return self._over
        tally, fixtures = self._tally[1], self.tick.wave.fixtures
        return self._over.with_playing(
            (fixture, [tally.score(match, seat) for seat in range(len(fixture.line_up))])
            for match, fixture in enumerate(fixtures)
        )

    def scored(self, arena: str) -> bool:
        """Whether pay in an arena says anything."""
        return self._config.arenas[arena].game.scored

    @property
    def played(self) -> int:
        """Rounds played, in all sessions."""
        return self.total - sum(self._left.values())

    @property
    def seconds(self) -> float:
        """Seconds of this session."""
        return time.monotonic() - self._started

    @property
    def rounds_a_second(self) -> float:
        """Of this session; 0 before the first tick."""
        rounds, seconds = (sum(pace[part] for pace in self._speed.values()) for part in (0, 1))
        return rounds / seconds if seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Of what is to be played now, by the pace of each arena or of all where one was not played yet; None at first."""
        overall = self.rounds_a_second
        if not overall:
            return None
        seconds = 0.0
        for number in self._left.keys() - self._idle:
            left = self._left[number]
            rounds, spent = self._speed.get(self._arena_of[number], (overall, 1.0))
            seconds += left * spent / rounds
        return seconds
