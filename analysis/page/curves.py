"""How numbers go over the rounds of a match: means over blocks of rounds, with intervals over matches."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from analysis.answered import SILENT, elsewhere
from analysis.score import entropy, over_known
from arenas.fixture import Fixture
from arenas.game import Game
from arenas.history import FloatArray, History, IntArray

MOST_BLOCKS = 15


def block_size(rounds: int) -> int:
    """Rounds of a block, the same for all matches of a game; the last block of a match may be shorter."""
    return -(-rounds // MOST_BLOCKS)


@dataclass
class Curve:
    """Sums over matches of their block means, by block [B]."""

    size: int
    rounds: int
    count: FloatArray = field(init=False)
    total: FloatArray = field(init=False)
    squares: FloatArray = field(init=False)

    def __post_init__(self) -> None:
        blocks = -(-self.rounds // self.size)
        self.count, self.total, self.squares = np.zeros(blocks), np.zeros(blocks), np.zeros(blocks)

    def add(self, values: FloatArray) -> None:
        """Take in matches: values [m,t], NaN for what does not exist; a block that was begun and not ended does not count."""
        played = values.shape[1]
        ends = np.minimum(np.arange(1, len(self.count) + 1) * self.size, self.rounds)
        whole = int((ends <= played).sum())
        if not whole:
            return
        starts: IntArray = np.arange(whole) * self.size
        values = values[:, : ends[whole - 1]]
        sums, known = (np.add.reduceat(each, starts, axis=1) for each in (np.nan_to_num(values), ~np.isnan(values) * 1.0))
        means = np.nan_to_num(over_known(sums, known))
        self.count[:whole] += (known > 0).sum(axis=0)
        self.total[:whole] += means.sum(axis=0)
        self.squares[:whole] += (means**2).sum(axis=0)

    def points(self) -> list[tuple[float, float, float, float]]:
        """Of each block the middle round (from 1), the mean, and its 95 % interval over matches by Student's t."""
        from scipy.special import stdtrit

        found = []
        for block, (count, total, squares) in enumerate(zip(self.count, self.total, self.squares, strict=True)):
            if count:
                start, end = block * self.size, min((block + 1) * self.size, self.rounds)
                mean = total / count
                half = float("nan")
                if count > 1:
                    variance = max(squares - total * mean, 0.0) / (count - 1)
                    half = float(stdtrit(count - 1, 0.975) * np.sqrt(variance / count))
                found.append(((start + 1 + end) / 2, float(mean), float(mean - half), float(mean + half)))
        return found


class Curves:
    """Gathers, for every agent, how much each opponent wins of it and how evenly it moves, over the rounds of a match.

    won: points a round of the opponent beyond its seat's value, expected over both distributions. evenness: entropy as a share
    of the largest possible, of rounds that are answered and whose distribution is read.
    """

    def __init__(self, agents: Collection[str]) -> None:
        self._agents = set(agents)
        self.won: dict[tuple[str, str, str], Curve] = {}
        self.evenness: dict[tuple[str, str], Curve] = {}

    def add(self, game: Game, fixtures: Sequence[Fixture], history: History) -> None:
        """Take in matches of one arena."""
        if game.free_text or game.rounds < 2:
            return
        t, arena = history.played, fixtures[0].arena
        for seat, words in enumerate(game.actions):
            names = np.array([fixture.line_up[seat] for fixture in fixtures])
            for name in sorted(set(names.tolist()) & self._agents):
                rows = np.flatnonzero(names == name)
                if len(words) > 1:
                    share = entropy(history.probs[rows, seat, :t, : len(words)]) / np.log2(len(words))
                    masses = (getattr(history, part)[rows, seat, :t] for part in ("off_menu", "unended", "forfeit"))
                    share[(elsewhere(*masses) > SILENT) | (history.samples[rows, seat, :t] > 0)] = np.nan
                    self._curve(self.evenness, (arena, name), game).add(share)
                if len(game.seats) == 2:
                    self._add_won(game, fixtures, history, seat, rows)

    def _add_won(self, game: Game, fixtures: Sequence[Fixture], history: History, seat: int, rows: IntArray) -> None:
        t, other, arena = history.played, 1 - seat, fixtures[0].arena
        met = np.array([fixtures[row].line_up[other] for row in rows])
        for opponent in sorted(set(met.tolist())):
            chosen = rows[met == opponent]
            won = history.expected[chosen, other, :t] - game.value(other)
            self._curve(self.won, (arena, fixtures[chosen[0]].line_up[seat], opponent), game).add(won)

    @staticmethod
    def _curve(curves: dict[Any, Curve], key: Any, game: Game) -> Curve:
        if key not in curves:
            curves[key] = Curve(block_size(game.rounds), game.rounds)
        return curves[key]
