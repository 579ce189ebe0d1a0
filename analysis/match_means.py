"""Means of every match of a run, by arena: what comparisons, tables of pay and ratings are made of."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.answered import PERIODS, elsewhere, periods
from analysis.score import MEASURES, ROUND, known_mean, measures
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FloatArray, History

COLUMNS = (*MEASURES, "paid")
"""The measures of `analysis.score`, and `paid`: what the dice paid, less the seat's game value."""


@dataclass(frozen=True)
class Stratum:
    """The matches of one entrant in one seat against one opponent, in the order of their repeats."""

    repeats: tuple[int, ...]
    values: FloatArray  # [n, COLUMNS] means a round
    deterministic: bool
    """Whether several matches are equal in every move and exact probability: they count once."""

    def column(self, measure: str) -> FloatArray:
        """One measure of each match [n]; NaN where it does not exist."""
        return np.asarray(self.values[:, COLUMNS.index(measure)])

    def known(self, measure: str) -> FloatArray:
        """The same of the matches in which it exists."""
        values = self.column(measure)
        return values[~np.isnan(values)]


Key = tuple[str, int]
"""Opponent (empty in a solo game) and seat, which is 0 where seats make no difference."""


class MatchMeans:
    """Gathers a few numbers a match: 150 bytes and its names."""

    def __init__(self) -> None:
        self.games: dict[str, Game] = {}
        self._rows: dict[str, dict[tuple[str, Key], list[tuple[int, FloatArray, bytes]]]] = {}
        self._sampled: set[str] = set()
        self._lost: dict[tuple[str, str, int], FloatArray] = {}

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena, played equally far."""
        arena = fixtures[0].arena
        self.games[arena] = game
        strata = self._rows.setdefault(arena, {})
        means, alike = match_means(game, history), game.seats_alike
        lost = elsewhere(*(getattr(history, part)[:, :, : history.played] for part in ("off_menu", "unended", "forfeit")))
        period = periods(0, history.played)
        for match, fixture in enumerate(fixtures):
            mark = _fingerprint(history, match, fixture)
            self._sampled.update(name for seat, name in enumerate(fixture.line_up) if history.samples[match, seat].any())
            for seat, (name, key) in enumerate(_chairs(fixture, alike)):
                strata.setdefault((name, key), []).append((fixture.repeat, means[match, seat], mark))
                sums = self._lost.setdefault((arena, name, key[1]), np.zeros((2, len(PERIODS))))
                np.add.at(sums[0], period, lost[match, seat])
                np.add.at(sums[1], period, 1.0)

    def most_elsewhere(self, arena: str, name: str) -> float:
        """The probability of an entrant on no answer in the seat and period in which there is most of it."""
        parts = [sums for (place, who, _), sums in self._lost.items() if (place, who) == (arena, name)]
        return max((float((lost / np.maximum(rounds, 1.0)).max()) for lost, rounds in parts), default=0.0)

    def arenas(self, scored: bool = False) -> list[str]:
        """The arenas that were played, or those in which pay says anything."""
        return [arena for arena, game in self.games.items() if game.scored or not scored]

    def names(self, arena: str) -> list[str]:
        """Everybody who played there."""
        return sorted({name for name, _ in self._rows.get(arena, {})})

    def line_ups(self, arena: str) -> int:
        """How many line-ups played there, the same two in other seats counted apart where it makes a difference."""
        seats = len(self.games[arena].seats) if arena in self.games else 1
        return len(self._rows.get(arena, {})) // seats

    def strata(self, arena: str, name: str) -> Mapping[Key, Stratum]:
        """The matches of an entrant there, by opponent and seat."""
        found = {key: rows for (who, key), rows in self._rows.get(arena, {}).items() if who == name}
        return {key: _stratum(found[key]) for key in sorted(found)}

    def sampled(self, name: str) -> bool:
        """Whether an entrant's distributions are estimated from draws, so that nothing of it is exact."""
        return name in self._sampled

    def elsewhere(self, arenas: Iterable[str], name: str) -> float:
        """The mean probability of an entrant on no answer, over arenas, opponents and seats in equal parts."""
        parts = [[s.column("no_answer").mean() for s in self.strata(arena, name).values()] for arena in arenas]
        return float(np.mean([np.mean(part) for part in parts if part] or [0.0]))


def match_means(game: Game, history: History) -> FloatArray:
    """Means a round [M,S,COLUMNS] over what was played; NaN for what does not exist."""
    t = history.played
    probs = history.probs[:, :, :t]
    matches, seats, _, width = probs.shape
    # every round is as good as a match to the measures of a round
    rounds = {name: np.moveaxis(getattr(history, name)[:, :, :t], 2, 1).reshape(matches * t, seats) for name in ROUND[1:]}
    by_round = measures(game, {"probs": np.moveaxis(probs, 2, 1).reshape(matches * t, seats, width), **rounds})
    means = known_mean(by_round.reshape(len(MEASURES), matches, t, seats), 2)
    values = np.array([game.value(seat) for seat in range(seats)])
    paid = history.pay[:, :, :t].mean(axis=2) - values
    return np.concatenate([np.moveaxis(means, 0, 2), paid[:, :, None]], axis=2)


def _chairs(fixture: Fixture, alike: bool) -> Iterator[tuple[str, Key]]:
    for seat, name in enumerate(fixture.line_up):
        opponent = fixture.line_up[1 - seat] if len(fixture.line_up) == 2 else ""
        yield name, (opponent, 0 if alike else seat)


def _stratum(rows: list[tuple[int, FloatArray, bytes]]) -> Stratum:
    ordered = sorted(rows, key=lambda row: row[0])
    marks = {mark for _, _, mark in ordered}
    return Stratum(tuple(row[0] for row in ordered), np.array([row[1] for row in ordered]), len(ordered) > 1 == len(marks))


def _fingerprint(history: History, match: int, fixture: Fixture) -> bytes:
    """Equal for matches that are equal in every move, probability and text."""
    t = history.played
    if history.samples[match, :, :t].any():
        return fixture.id.encode("utf-8", "surrogatepass")  # draws that are alike are so by chance
    mark = hashlib.blake2b(history.probs[match, :, :t].tobytes(), digest_size=8)
    mark.update(history.chosen[match, :, :t].tobytes())
    for text in history.texts[match, :, :t].flat:
        if text:
            mark.update(str(text).encode("utf-8", "surrogatepass") + b"\0")
    return mark.digest()
