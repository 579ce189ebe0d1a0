"""The matches that can be watched in a page: which of them, and how they are packed."""

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.charts.figure import shown
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FORFEIT, History
from arenas.plain_text import printable

MOST_BYTES = 4_500_000
"""Of all matches in a page, before they are written in letters, which makes them a third larger."""
LONGEST_TEXT = 3000
"""Characters of a text that a page shows."""
NO_MOVE = 65_535
"""Written for a move that was no valid answer: no action of any game."""
WHOLE = 65_535
"""What a probability of 1 is written as: two bytes, so that it is right to a thousandth of a per cent."""
MOST_ACTIONS = 64
"""Most probabilities of a move that are kept: of more actions, the likeliest in the whole match and all that were played."""


def size_of(game: Game, rounds: int) -> int:
    """About how many bytes a match takes."""
    if game.free_text:
        return LONGEST_TEXT
    seats, actions = len(game.seats), min(game.width, MOST_ACTIONS)
    return 200 + rounds * seats * (2 * actions + 12)


def chosen(fixtures: Iterable[tuple[Fixture, int]], games: dict[str, Game], most_bytes: int = MOST_BYTES) -> list[Fixture]:
    """The matches that go into a page: the first repeat of every line-up of every arena, then the second, as they fit."""
    piles: dict[tuple[str, tuple[str, ...]], list[tuple[Fixture, int]]] = {}
    for fixture, played in fixtures:
        if played:
            piles.setdefault((fixture.arena, fixture.line_up), []).append((fixture, played))
    for pile in piles.values():
        pile.sort(key=lambda entry: -entry[0].repeat)
    found, room = list[Fixture](), most_bytes
    while piles:
        for key in list(piles):
            fixture, played = piles[key].pop()
            room -= size_of(games[fixture.arena], played)
            if room < 0:
                return found
            found.append(fixture)
            if not piles[key]:
                del piles[key]
    return found


@dataclass
class KeptMatches:
    """Gathers the chosen matches, packed as a page reads them."""

    chosen: Sequence[Fixture]
    packed: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._wanted = {fixture.id for fixture in self.chosen}

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        for match, fixture in enumerate(fixtures):
            if fixture.id in self._wanted:
                self.packed[fixture.id] = packed(game, fixture, history, match)

    def matches(self) -> list[dict[str, Any]]:
        """In the order of the choice."""
        return [self.packed[fixture.id] for fixture in self.chosen if fixture.id in self.packed]


def packed(game: Game, fixture: Fixture, history: History, match: int) -> dict[str, Any]:
    """One match as plain JSON values; numbers are base64 of little-endian arrays, by seat.

    probs: two bytes each, [T, kept actions]; kept: the actions they are of, where not all; moves: two bytes each [T], `NO_MOVE`
    for none; pay and expected: four bytes each [T], or nothing where they are the first seat's with the other sign; off: two
    bytes each [T].
    """
    t = history.played
    page: dict[str, Any] = {"arena": fixture.arena, "who": [shown(name) for name in fixture.line_up], "repeat": fixture.repeat}
    if game.free_text:
        whole = [str(text) for text in history.texts[match, 0, :t]]
        return page | {"rounds": t, "texts": [bounded(text) for text in whole]}
    page |= {"rounds": t, "kept": [], "probs": [], "moves": [], "pay": [], "expected": [], "off": []}
    for seat, words in enumerate(game.actions):
        probs, moves = history.probs[match, seat, :t, : len(words)], history.chosen[match, seat, :t]
        kept = np.arange(len(words))
        if len(words) > MOST_ACTIONS:
            likely = np.argsort(-probs.mean(axis=0), kind="stable")[:MOST_ACTIONS]
            kept = np.union1d(likely, moves[moves != FORFEIT])
        page["kept"].append(None if len(kept) == len(words) else kept.tolist())
        page["probs"].append(_written(np.rint(probs[:, kept] * WHOLE), "<u2"))
        page["moves"].append(_written(np.where(moves == FORFEIT, NO_MOVE, moves), "<u2"))
        for name, points in (("pay", history.pay[match, :, :t]), ("expected", history.expected[match, :, :t])):
            mirrored = seat == 1 and np.array_equal(points[1], -points[0])
            page[name].append(None if mirrored else _written(points[seat], "<f4"))
        page["off"].append(_written(np.rint(np.clip(history.off_menu[match, seat, :t], 0.0, 1.0) * WHOLE), "<u2"))
    return page


def bounded(text: str, longest: int = LONGEST_TEXT) -> str:
    """A text from a model, safe to show, and no longer than that."""
    plain = printable(text[:longest])
    return plain if len(text) <= longest else f"{plain}\n… {len(text) - longest:,} more characters"


def _written(array: np.ndarray[Any, Any], kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(array).astype(kind).tobytes()).decode("ascii")
