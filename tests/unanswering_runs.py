"""Runs in which an agent puts some of its probability on no answer, made without any model."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from arenas.dice import Dice, match_seed
from arenas.fixture import Fixture, Wave
from arenas.game import GAMES
from arenas.history import BoolArray, FloatArray, Moves, View
from arenas.play import Maker, Table, play, take_seats
from arenas.store import RunStore
from opponents.opponent import OPPONENTS

OUTSIDE = [["I", 0.11], [" You", 0.10], ["To", 0.10]]
ARENAS: dict[str, dict[str, Any]] = {
    "rps": {"game": "rps", "rounds": 12},
    "hide": {"game": "hide_and_seek", "places": 3, "rounds": 8},
    "number": {"game": "random_number"},
    "digits": {"game": "random_number", "length": 6},
}
Mass = Callable[[int], float]
"""Of a round (from 0), a probability."""


def nothing(_: int) -> float:
    """Never anything."""
    return 0.0


@dataclass(frozen=True)
class Planted:
    """A player that prefers one action, another in the first round, with so much mass on no answer by round."""

    off_menu: Mass = nothing
    unended: Mass = nothing
    forfeit: Mass = nothing
    samples: int = 0
    first: float = 0.98
    """The probability of the favourite in the first round, and in later ones."""
    later: float = 0.7
    opening: int = 0
    """The favourites."""
    favourite: int = 0

    foresees = False
    hears_forfeits = True

    def sit(self, table: Table) -> "Planted":
        """A maker of itself: it remembers nothing."""
        return self

    def act(self, view: View) -> Moves:
        """The same for all rows."""
        t, rows = view.rounds_seen, len(view.legal)
        probs = _preferring(view.legal, *((self.favourite, self.later) if t else (self.opening, self.first)))
        if self.samples:
            counts = np.stack(
                [np.random.default_rng(int(s)).multinomial(self.samples, p) for s, p in zip(view.seeds, probs, strict=True)]
            )
            probs = counts / self.samples
        reading = json.dumps({"outside": OUTSIDE, "forms": []}) if self.off_menu(t) > 0 else ""
        masses = {name: np.full(rows, getattr(self, name)(t)) for name in ("off_menu", "unended", "forfeit")}
        return Moves(probs, **masses, samples=self.samples, readings=[reading] * rows)


def _preferring(legal: BoolArray, action: int, share: float) -> FloatArray:
    probs = np.where(legal, (1.0 - share) / np.maximum(legal.sum(axis=1, keepdims=True) - 1, 1), 0.0)
    probs[:, action] = share
    return np.asarray(probs)


def unanswering_run(
    path: Path,
    agents: Mapping[str, Planted],
    repeats: int = 12,
    arenas: Mapping[str, Mapping[str, Any]] = ARENAS,
    **config: Any,
) -> Path:
    """A run of these agents against uniform play and a learner, and alone."""
    opponents = {"uniform": {"opponent": "uniform"}, "ngram": {"opponent": "ngram"}}
    makers: dict[str, Maker] = {name: agent.sit for name, agent in agents.items()}
    makers |= {name: OPPONENTS.get(spec["opponent"])().sit for name, spec in opponents.items()}
    games = {name: GAMES.get(spec["game"])(**{k: v for k, v in spec.items() if k != "game"}) for name, spec in arenas.items()}
    waves, names = [], list(makers)
    for arena, game in games.items():
        pairs = [(a,) for a in agents] if len(game.seats) == 1 else [(a, b) for a in agents for b in opponents]
        if len(game.seats) == 2 and not game.seats_alike:
            pairs += [(b, a) for a, b in pairs]
        fixtures = tuple(Fixture(arena, pair, repeat) for pair in pairs for repeat in range(1, repeats + 1))
        waves.append(Wave(len(waves), arena, game.rounds, fixtures))
    written = {"seed": 5, "repeats": repeats, "arenas": {name: game.config() for name, game in games.items()}}
    written |= {"agents": {name: {"model": "organism:base", "style": "auto"} for name in agents}, "opponents": opponents}
    store = RunStore.new(path, written | config, waves)
    for wave in waves:
        game, chairs = games[wave.arena], np.array([[names.index(n) for n in f.line_up] for f in wave.fixtures])
        dice = Dice.roll([match_seed(5, f.id) for f in wave.fixtures], len(game.seats), game.rounds)
        for history in play(game, take_seats(game, [makers[name] for name in names], chairs), dice):
            store.keep(wave, history)
    store.close()
    return path
