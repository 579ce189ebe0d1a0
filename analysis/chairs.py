"""The matches of a run as each agent saw them, the groups they fall into, and repeats that repeat nothing but themselves."""

import hashlib
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from analysis.gather import Gatherer
from arenas.dice import match_seed
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import LOGGED, History, IntArray, SeedArray

GROUPS = 20
"""Parts into which the matches of a chair are dealt; an interval is made from how much they differ."""


@dataclass(frozen=True, order=True)
class Chair:
    """One agent in one seat of an arena; seat 0 stands for both where it makes no difference."""

    arena: str
    agent: str
    seat: int


@dataclass(frozen=True)
class Sitting:
    """Matches of a chair: row i is match matches[i] of a history, in which the agent had seat seats[i]."""

    chair: Chair
    matches: IntArray
    seats: IntArray


def sittings(game: Game, fixtures: Sequence[Fixture], agents: Collection[str]) -> Iterator[Sitting]:
    """The chairs of these agents in matches of one arena, each with its matches in their order."""
    found: dict[Chair, list[tuple[int, int]]] = {}
    alike = game.seats_alike
    for match, fixture in enumerate(fixtures):
        for seat, name in enumerate(fixture.line_up):
            if name in agents:
                chair = Chair(fixture.arena, name, 0 if alike else seat)
                found.setdefault(chair, []).append((match, seat))
    for chair, places in found.items():
        matches, seats = np.array(places, dtype=np.int64).T
        yield Sitting(chair, matches, seats)


def group_of(fixture: Fixture) -> int:
    """The group, below `GROUPS`, of a match: repeats of a line-up go round the groups, each line-up from a start of its own."""
    return (fixture.repeat + zlib.crc32("\n".join(fixture.line_up).encode("utf-8", "surrogatepass"))) % GROUPS


def shuffled_places(run_seed: int, fixtures: Sequence[Fixture]) -> SeedArray:
    """A place [M] for each match, by which a stratum is put into an order that chance has chosen once and for all."""
    # a match's seed is what it was played by; that of another name is independent of it
    places = [match_seed(run_seed, f"place/{fixture.id}") >> 64 for fixture in fixtures]
    return np.array(places, dtype=np.uint64)


class CountedOnce:
    """Hands matches on to other gatherers, deterministic repeats but once.

    Where both sides play certain moves only and two repeats of a line-up are the same bit for bit, the second says nothing new.
    """

    def __init__(self, gatherers: Sequence[Gatherer]) -> None:
        self._gatherers = gatherers
        self._seen: set[bytes] = set()

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        repeated = self._repeated(game, fixtures, history)
        kept = [match for match in range(len(fixtures)) if match not in repeated]
        if not kept:
            return
        if len(kept) < len(fixtures):
            fixtures, history = [fixtures[match] for match in kept], _part(history, kept)
        for gatherer in self._gatherers:
            gatherer.add(game, fixtures, history)

    def _repeated(self, game: Game, fixtures: Sequence[Fixture], history: History) -> set[int]:
        repeated: set[int] = set()
        if game.free_text:
            return repeated
        exact = history.samples[:, :, : history.played] == 0
        certain = (exact & (history.probs[:, :, : history.played].max(axis=-1) >= 1.0)).all(axis=(1, 2))
        for match in np.flatnonzero(certain).tolist():
            who = "\n".join([fixtures[match].arena, *fixtures[match].line_up]).encode("utf-8", "surrogatepass")
            digest = hashlib.blake2b(who + history.chosen[match, :, : history.played].tobytes(), digest_size=16).digest()
            if digest in self._seen:
                repeated.add(match)
            self._seen.add(digest)
        return repeated


def _part(history: History, matches: Sequence[int]) -> History:
    rows = list(matches)
    return replace(history, **{name: getattr(history, name)[rows] for name in LOGGED})
