"""What one match says about each player in it: the numbers every table is made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.answered import PERIODS, SILENT, elsewhere, periods
from analysis.estimated import debiased, valid_draws
from arenas.game import Game
from arenas.history import FloatArray, History, IntArray
from arenas.matrix_game import MatrixGame
from arenas.record import Record
from arenas.solo_choice import SoloChoice

MEASURES = ("pay", "exploitability", "entropy", "evenness", "off_menu", "unended", "forfeit", "no_answer", "strict_pay")
ROUND = ("probs", "expected", "off_menu", "unended", "forfeit", "samples")
"""What the measures of a round are made of: arrays [M,S], of probs [M,S,A]."""
Rounds = Mapping[str, NDArray[Any]]
"""These arrays by name."""


@dataclass(frozen=True)
class Score:
    """Means a round of one player in one match.

    pay: expected points (over both distributions) less the seat's game value. exploitability: points an opponent who knows the
    distribution wins, beyond the value. entropy: of the distribution, in bits; evenness: as a share of the largest possible
    (NaN where there is one action). These three leave out rounds in which more than half of the probability is on no answer,
    and those whose distribution is estimated from one draw, and are NaN if no round is left; they are corrected for bias where
    it is estimated from several. off_menu: probability put on other words; unended: on texts that begin with an answer and go
    on; forfeit: that no valid answer is given; no_answer: the mass on no answer in all. strict_pay: pay if whatever is no
    answer were a forfeit, on both sides.
    elsewhere: probability on no answer in each of `analysis.answered.PERIODS`, 0 in those that were not played.
    """

    pay: float
    exploitability: float
    entropy: float
    evenness: float
    off_menu: float
    unended: float
    forfeit: float
    no_answer: float
    strict_pay: float
    rounds: int
    elsewhere: tuple[float, ...] = (0.0,) * len(PERIODS)


class Tally:
    """Sums over the rounds of M matches, one round at a time, so that a table can be shown while they are played."""

    def __init__(self, game: Game, matches: int) -> None:
        self._game = game
        self._sums = np.zeros((len(MEASURES), matches, len(game.seats)))
        self._counts = np.zeros_like(self._sums)
        self._elsewhere = np.zeros((len(PERIODS), matches, len(game.seats)))
        self.rounds = 0

    def catch_up(self, history: History) -> None:
        """Add the rounds of a history of these matches that were not yet added."""
        while self.rounds < history.played:
            t = self.rounds
            of_round = {name: getattr(history, name)[:, :, t] for name in ROUND}
            found = measures(self._game, of_round)
            self._sums += np.nan_to_num(found)
            self._counts += ~np.isnan(found)
            self._elsewhere[periods(t, t + 1)[0]] += _elsewhere(of_round)
            self.rounds += 1

    def score(self, match: int, seat: int) -> Score:
        """The means so far; at least one round must have been added."""
        means = over_known(self._sums[:, match, seat], self._counts[:, match, seat])
        return _score(means, self.rounds, self._elsewhere[:, match, seat])


def scores(game: Game, record: Record) -> list[Score]:
    """The score of each seat in a match of at least one round."""
    # rounds take the place of matches here
    of_round = {name: getattr(record, name).swapaxes(0, 1) for name in ROUND}
    means = known_mean(measures(game, of_round), 1)
    mass = np.zeros((len(PERIODS), len(game.seats)))
    np.add.at(mass, periods(0, record.rounds), _elsewhere(of_round))
    return [_score(means[:, seat], record.rounds, mass[:, seat]) for seat in range(len(game.seats))]


def measures(game: Game, of_round: Rounds) -> FloatArray:
    """The measures [MEASURES,M,S] of one round of M matches: the arrays of `ROUND` by name, probs [M,S,A], the others [M,S]."""
    probs: FloatArray = of_round["probs"]
    values = np.array([game.value(seat) for seat in range(len(game.seats))])
    matches, seats, width = probs.shape
    seat: IntArray = np.tile(np.arange(seats), matches)
    beaten = game.exploitability(seat, probs.reshape(-1, width)).reshape(matches, seats)
    bits = entropy(probs)
    estimated = of_round["samples"] > 0
    if estimated.any():
        draws = valid_draws(of_round["samples"], of_round["forfeit"])[estimated]
        seated = seat.reshape(matches, seats)[estimated]
        beaten[estimated] = debiased(lambda p, rows: game.exploitability(seated[rows], p), probs[estimated], draws)
        bits[estimated] = debiased(lambda p, _: entropy(p), probs[estimated], draws)
    lost = _elsewhere(of_round)
    beaten[lost > SILENT] = bits[lost > SILENT] = np.nan
    most = np.log2([len(words) for words in game.actions])
    share = np.divide(bits, most, out=np.full_like(bits, np.nan), where=most > 0)
    masses = [of_round[name] for name in ("off_menu", "unended", "forfeit")]
    strict = _strict_pay(game, of_round["expected"], of_round["forfeit"], lost) - values
    return np.stack([of_round["expected"] - values, beaten, bits, share, *masses, lost, strict])


def known_mean(values: FloatArray, axis: int) -> FloatArray:
    """The mean over an axis of the numbers that are known; NaN where there is none."""
    return over_known(np.nan_to_num(values).sum(axis=axis), (~np.isnan(values)).sum(axis=axis))


def over_known(sums: FloatArray, counts: FloatArray | IntArray) -> FloatArray:
    """Sums by counts, NaN for what does not exist."""
    means: FloatArray = np.divide(sums, counts, out=np.full(np.shape(sums), np.nan), where=np.asarray(counts > 0))
    return means


def _elsewhere(of_round: Rounds) -> FloatArray:
    return elsewhere(of_round["off_menu"], of_round["unended"], of_round["forfeit"])


def _strict_pay(game: Game, expected: FloatArray, forfeit: FloatArray, lost: FloatArray) -> FloatArray:
    """Expected points [M,S] if the mass on no answer, lost [M,S], were forfeited; `expected` counts forfeit [M,S] of it.

    As in `arenas`: who forfeits gets the least of its seat's payoffs, and the other the negative of that.
    """
    least = np.array([least_pay(game, seat) for seat in range(len(game.seats))])
    played = (1.0 - forfeit).prod(axis=1, keepdims=True)
    # what is paid where both answer; where that never comes, it weighs nothing below
    answered = np.divide(expected - _penalties(forfeit, least), played, out=np.zeros_like(expected), where=played > 0)
    return np.asarray((1.0 - lost).prod(axis=1, keepdims=True) * answered + _penalties(lost, least))


def _penalties(lost: FloatArray, least: FloatArray) -> FloatArray:
    """Points [M,S] that forfeits of probabilities lost [M,S] cost and bring."""
    own = lost * least
    return own - own[:, ::-1] if own.shape[1] == 2 else own


def least_pay(game: Game, seat: int) -> float:
    """The least that a round can pay a seat: what a forfeit costs."""
    if isinstance(game, MatrixGame):
        return float(game.payoff[seat, : len(game.actions[seat]), : len(game.actions[1 - seat])].min())
    return 1.0 / game.width - 1.0 if isinstance(game, SoloChoice) else 0.0


def _score(means: FloatArray, rounds: int, lost: FloatArray) -> Score:
    """From means [MEASURES] and the sums of mass on no answer [PERIODS]."""
    counts = np.bincount(periods(0, rounds), minlength=len(PERIODS))
    mass = tuple((lost / np.maximum(counts, 1)).tolist())
    return Score(**dict(zip(MEASURES, means.tolist(), strict=True)), rounds=rounds, elsewhere=mass)


def entropy(probs: FloatArray) -> FloatArray:
    """Shannon entropy in bits over the last axis (Shannon 1948)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(probs > 0, -probs * np.log2(probs), 0.0)
    return np.asarray(terms.sum(axis=-1))
