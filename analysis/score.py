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
        self._sums = np.zeros((len(MEASURES), matches, len(game.seats)))
        self.rounds = 0

    def catch_up(self, history: History) -> None:
        """Add the rounds of a history of these matches that were not yet added."""
        while self.rounds < history.played:
            t = self.rounds
            self._sums += measures(self._game, history.probs[:, :, t], history.expected[:, :, t], history.off_menu[:, :, t])
            self.rounds += 1

    def score(self, match: int, seat: int) -> Score:
        """The means so far; at least one round must have been added."""
        return _score(self._sums[:, match, seat] / self.rounds, self.rounds)


def scores(game: Game, record: Record) -> list[Score]:
    """The score of each seat in a match of at least one round."""
    # rounds take the place of matches here
    means = measures(game, record.probs.swapaxes(0, 1), record.expected.T, record.off_menu.T).mean(axis=1)
    return [_score(means[:, seat], record.rounds) for seat in range(len(game.seats))]


def measures(game: Game, probs: FloatArray, expected: FloatArray, off_menu: FloatArray) -> FloatArray:
    """The measures [5,M,S] of one round of M matches: probs [M,S,A], expected and off_menu [M,S]."""
    values = np.array([game.value(seat) for seat in range(len(game.seats))])
    matches, seats, width = probs.shape
    seat: IntArray = np.tile(np.arange(seats), matches)
    beaten = game.exploitability(seat, probs.reshape(-1, width)).reshape(matches, seats)
    bits = entropy(probs)
    most = np.log2([len(words) for words in game.actions])
    share = np.divide(bits, most, out=np.full_like(bits, np.nan), where=most > 0)
    return np.stack([expected - values, beaten, bits, share, off_menu])


def _score(means: FloatArray, rounds: int) -> Score:
    pay, exploitability, bits, share, off_menu = means.tolist()
    return Score(pay, exploitability, bits, share, off_menu, rounds)


def entropy(probs: FloatArray) -> FloatArray:
    """Shannon entropy in bits over the last axis (Shannon 1948)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(probs > 0, -probs * np.log2(probs), 0.0)
    return np.asarray(terms.sum(axis=-1))
