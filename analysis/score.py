"""What one match says about each player in it: the numbers every table is made of."""

from dataclasses import dataclass

import numpy as np

from arenas.game import Game
from arenas.history import FloatArray, History, IntArray
from arenas.record import Record

MEASURES = ("pay", "exploitability", "entropy", "evenness", "off_menu")


@dataclass(frozen=True)
class Score:
    """Means a round of one player in one match.

    pay: expected points (over both distributions) less the seat's game value. exploitability: points an opponent who knows the
    distribution wins, beyond the value. entropy: of the distribution, in bits; evenness: as a share of the largest possible
    (NaN where there is one action). off_menu: probability put on illegal answers.
    """

    pay: float
    exploitability: float
    entropy: float
    evenness: float
    off_menu: float
    rounds: int


class Tally:
    """Sums over the rounds of M matches, one round at a time, so that a table can be shown while they are played."""

    def __init__(self, game: Game, matches: int) -> None:
        self._game = game
        self._value = np.array([game.value(seat) for seat in range(len(game.seats))])
        self._sums = np.zeros((len(MEASURES), matches, len(game.seats)))
        self.rounds = 0

    def catch_up(self, history: History) -> None:
        """Add the rounds of a history of these matches that were not yet added."""
        while self.rounds < history.played:
            t = self.rounds
            self._sums += measures(
                self._game, history.probs[:, :, t], history.expected[:, :, t], history.off_menu[:, :, t], self._value
            )
            self.rounds += 1

    def score(self, match: int, seat: int) -> Score:
        """The means so far; at least one round must have been added."""
        return Score(*(self._sums[:, match, seat] / self.rounds).tolist(), rounds=self.rounds)


def scores(game: Game, record: Record) -> list[Score]:
    """The score of each seat in a match of at least one round."""
    values = np.array([game.value(seat) for seat in range(len(game.seats))])
    numbers = measures(game, *(np.moveaxis(a, 1, 0) for a in (record.probs, record.expected, record.off_menu)), values)
    means = numbers.mean(axis=1)
    return [Score(*means[:, seat].tolist(), rounds=record.rounds) for seat in range(len(game.seats))]


def measures(game: Game, probs: FloatArray, expected: FloatArray, off_menu: FloatArray, values: FloatArray) -> FloatArray:
    """The measures [5,M,S] of one round: probs [M,S,A], expected and off_menu [M,S], values [S]."""
    matches, seats, width = probs.shape
    seat: IntArray = np.tile(np.arange(seats), matches)
    beaten = game.exploitability(seat, probs.reshape(-1, width)).reshape(matches, seats)
    bits = entropy(probs)
    most = np.log2([len(words) for words in game.actions])
    share = np.divide(bits, most, out=np.full_like(bits, np.nan), where=most > 0)
    return np.stack([expected - values, beaten, bits, share, off_menu])


def entropy(probs: FloatArray) -> FloatArray:
    """Shannon entropy in bits over the last axis (Shannon 1948)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(probs > 0, -probs * np.log2(probs), 0.0)
    return np.asarray(terms.sum(axis=-1))
