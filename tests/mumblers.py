"""Players that give no valid answer now and then, as models that speak do, and a run that one of them has played."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from arenas.dice import Dice
from arenas.fixture import Fixture, Wave
from arenas.game import Game
from arenas.history import Moves, View
from arenas.play import Table, play, take_seats
from arenas.store import RunStore
from opponents.ngram import Ngram

READING = '{"outside": [["\\ud83c\\udfb2 Ro", 0.25]], "forms": [["rock", 0.5]]}'


@dataclass
class Mumbler:
    """Plays evenly, and fails to answer with the same probability each round; keeps what it was shown."""

    forfeit: float = 0.4
    samples: int = 3
    hears_forfeits: bool = True
    foresees: bool = False
    sampled: bool = True
    views: list[View] = field(default_factory=list)

    def act(self, view: View) -> Moves:
        self.views.append(view)
        rows, each = len(view.seat), view.legal / view.legal.sum(axis=1, keepdims=True)
        return Moves(
            each,
            off_menu=np.full(rows, 0.25),
            unended=np.full(rows, 0.125),
            forfeit=np.full(rows, self.forfeit),
            samples=self.samples,
            readings=[READING if seat == 0 else "" for seat in view.seat],
        )

    def sit(self, table: Table) -> "Mumbler":
        """Itself: it remembers nothing that matters."""
        return self


def mumbled(game: Game, matches: int = 4, forfeit: float = 0.4) -> Any:
    """Matches of a mumbler, in the first seat of all but the last, against one that learns; or alone in a solo game."""
    two = len(game.seats) == 2
    chairs = np.array([[0, 1]] * (matches - 1) + [[1, 0]]) if two else np.zeros((matches, 1), dtype=np.int64)
    seated = take_seats(game, [Mumbler(forfeit).sit, Ngram().sit], chairs)
    *_, history = play(game, seated, Dice.roll(range(matches), len(game.seats), game.rounds))
    return history


def mumbled_run(path: Path, games: dict[str, Game], matches: int = 4) -> Path:
    """The file of a run of such matches."""
    waves, page = [], {"seed": 1, "agents": {"mumbler": {"opponent": "uniform"}}, "opponents": {"ngram": {"opponent": "ngram"}}}
    for number, (arena, game) in enumerate(games.items()):
        line_ups = [("mumbler", "ngram")] * (matches - 1) + [("ngram", "mumbler")]
        if len(game.seats) == 1:
            line_ups = [("mumbler",)] * matches
        fixtures = tuple(Fixture(arena, line_up, repeat) for repeat, line_up in enumerate(line_ups, 1))
        waves.append(Wave(number, arena, game.rounds, fixtures))
    arenas = {name: {**game.config(), "repeats": matches} for name, game in games.items()}
    store = RunStore.new(path, page | {"arenas": arenas}, waves)
    for wave in waves:
        store.keep(wave, mumbled(games[wave.arena], matches))
    store.close()
    return path
