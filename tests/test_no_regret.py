"""No-regret learners keep the bounds that theory promises, against anybody; a learner without a bound does not."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from tables import EVEN, LOPSIDED, RPS, table, view

from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix_game import MatrixGame
from arenas.play import Player, Table
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.exp3 import Exp3
from opponents.fictitious_play import FictitiousPlay
from opponents.hedge import Hedge, spread
from opponents.opponent import Opponent
from opponents.regret_matching import RegretMatching

ROUNDS = 400
GAMES: list[MatrixGame] = [
    RockPaperScissors(rounds=ROUNDS),
    HideAndSeek(places=5, rounds=ROUNDS),
    dataclasses.replace(LOPSIDED, rounds=ROUNDS),
]
Adversary = Callable[[np.ndarray, np.ndarray, int], np.ndarray]
"""The other's move [B] from the learner's distributions [B,A] of this round, the worth [B,other's A] to it, and the round."""


def spiteful(probs: np.ndarray, worth: np.ndarray, t: int) -> np.ndarray:
    """Foresees the distribution and takes the most from it."""
    return worth.argmax(axis=1)


def turning(probs: np.ndarray, worth: np.ndarray, t: int) -> np.ndarray:
    """One action for a long time, then the next."""
    return np.full(len(worth), (t // 80) % np.isfinite(worth[0]).sum())


def fixed_chance(probs: np.ndarray, worth: np.ndarray, t: int) -> np.ndarray:
    """The same chance every round, from a seed of the round."""
    able = np.isfinite(worth)
    return np.random.default_rng(t).choice(able[0].sum(), size=len(worth), p=tilted(able[0].sum()))


def tilted(count: int) -> np.ndarray:
    weights = 2.0 ** -np.arange(count)
    return weights / weights.sum()


def regret(opponent: Opponent, game: MatrixGame, seat: int, adversary: Adversary, rows: int = 1) -> np.ndarray:
    """Points [rows] that the best single action would have won beyond what the learner's distributions were to win."""
    seats = np.full(rows, seat)
    player: Player = opponent.sit(Table(game, seats))
    mine, theirs = np.zeros((2, rows, game.rounds), dtype=np.int64)
    chance = np.random.default_rng(4)
    points, won = np.zeros((rows, game.width)), np.zeros(rows)
    for t in range(game.rounds):
        seen = view(game, seats.tolist(), mine[:, :t].tolist(), theirs[:, :t].tolist())
        probs = player.act(seen).probs
        worth = np.where(game.legal_by_seat[1 - seats], game.worth(1 - seats, probs), -np.inf)
        theirs[:, t] = adversary(probs, worth, t)
        mine[:, t] = (probs.cumsum(axis=1) > chance.random((rows, 1))).argmax(axis=1)
        paid = game.payoff[seats, :, theirs[:, t]]
        points += paid
        won += (probs * paid).sum(axis=1)
    return np.where(game.legal_by_seat[seats], points, -np.inf).max(axis=1) - won


def bound(opponent: Opponent, game: MatrixGame, seat: int) -> float:
    """Points that theory allows after all rounds of the game."""
    actions, scale = len(game.actions[seat]), spread(game.matrix)
    if isinstance(opponent, Hedge):
        return scale * float(np.sqrt(game.rounds * np.log(actions) / 2))
    if isinstance(opponent, RegretMatching):
        return scale * float(np.sqrt(actions * game.rounds))
    assert isinstance(opponent, FictitiousPlay)
    return scale * float((opponent.noise * np.log(actions) + 0.25 / opponent.noise) * np.sqrt(game.rounds))


@pytest.mark.parametrize("adversary", [spiteful, turning, fixed_chance])
@pytest.mark.parametrize("seat", [0, 1])
@pytest.mark.parametrize("game", GAMES, ids=repr)
@pytest.mark.parametrize("opponent", [Hedge(), RegretMatching(), FictitiousPlay()], ids=repr)
def test_regret_stays_below_its_bound(opponent: Opponent, game: MatrixGame, seat: int, adversary: Adversary) -> None:
    assert regret(opponent, game, seat, adversary)[0] <= bound(opponent, game, seat)


@pytest.mark.parametrize("opponent", [Hedge(rate=50.0), FictitiousPlay(noise=0.0)], ids=repr)
def test_without_the_rate_of_theory_the_bound_breaks(opponent: Opponent) -> None:
    """A test of the test: who answers too sharply is made to lose nearly every round by whoever foresees it."""
    assert regret(opponent, GAMES[0], 0, spiteful)[0] > 2 * bound(Hedge(), GAMES[0], 0)


@pytest.mark.parametrize("adversary", [turning, fixed_chance])
@pytest.mark.parametrize(("game", "seat"), [(GAMES[0], 0), (GAMES[1], 1), (GAMES[2], 1)], ids=repr)
def test_exp3_keeps_its_bound_on_the_mean(game: MatrixGame, seat: int, adversary: Adversary) -> None:
    """Its bound is on the expectation over its own dice, against a player that does not react: the mean of 60 matches."""
    regrets, actions = regret(Exp3(), game, seat, adversary, rows=60), len(game.actions[seat])
    allowed = 2.63 * spread(game.matrix) * np.sqrt(game.rounds * actions * np.log(actions))
    assert regrets.mean() <= allowed


def test_exp3_comes_to_play_what_pays() -> None:
    """The bound is wide: here uniform play keeps it too. Against the same chances every round a learner does much better."""
    learner, uniform = (regret(Exp3(explore=share), GAMES[0], 0, fixed_chance, rows=60).mean() for share in (0.0, 1.0))
    assert learner < 0.7 * uniform


def after(opponent: Opponent, mine: list[int], theirs: list[int], game: MatrixGame = RPS, seat: int = 0) -> np.ndarray:
    return opponent.sit(table(game, [seat])).act(view(game, [seat], [mine], [theirs])).probs[0]


MINE, THEIRS = [0, 1, 1, 2], [1, 2, 1, 0]
# points of rock, paper, scissors against paper, scissors, paper, rock: -1+1-1+0, 0-1+0+1, 1+0+1-1
POINTS = np.array([-1.0, 0.0, 1.0])


def softmax(exponents: np.ndarray) -> np.ndarray:
    weights = np.exp(exponents)
    return np.asarray(weights / weights.sum())


def test_hedge_by_hand() -> None:
    np.testing.assert_allclose(after(Hedge(rate=0.7), MINE, THEIRS), softmax(0.7 * POINTS))
    np.testing.assert_allclose(after(Hedge(), MINE, THEIRS), softmax(np.sqrt(8 * np.log(3) / 60) / 2 * POINTS))
    np.testing.assert_allclose(after(Hedge(), [], []), EVEN)


def test_smooth_fictitious_play_by_hand() -> None:
    np.testing.assert_allclose(after(FictitiousPlay(), MINE, THEIRS), softmax(POINTS / (2 * 0.5 * np.sqrt(5))))
    np.testing.assert_allclose(after(FictitiousPlay(noise=0.0), MINE, THEIRS), [0, 0, 1])
    np.testing.assert_allclose(after(FictitiousPlay(noise=0.0), [], []), EVEN)


def test_regret_matching_by_hand() -> None:
    """Against paper: uniform, regrets (-1, 0, 1): scissors. Against scissors: pays 0, regrets (0, -1, 1): scissors again."""
    np.testing.assert_allclose(after(RegretMatching(), [0], [1]), [0, 0, 1])
    np.testing.assert_allclose(after(RegretMatching(), [0, 1], [1, 2]), [0, 0, 1])
    # against rock scissors pays -1: regrets (0, -1, 1) + (1, 2, 0)
    np.testing.assert_allclose(after(RegretMatching(), [0, 1, 1], [1, 2, 0]), [1 / 3, 1 / 3, 1 / 3])


def test_exp3_by_hand() -> None:
    """It gains 1/2 + 1/2 pay over the chance of the move made, on that move alone."""
    first = 0.5 / (1 / 3)  # rock tied rock
    probs = 0.7 * softmax(0.3 / 3 * np.array([first, 0, 0])) + 0.3 / 3
    np.testing.assert_allclose(after(Exp3(explore=0.3), [0], [0]), probs)
    gained = np.array([first, 1.0 / probs[1], 0])  # paper beat rock
    np.testing.assert_allclose(after(Exp3(explore=0.3), [0, 1], [0, 0]), 0.7 * softmax(0.1 * gained) + 0.1)
    theory = np.sqrt(3 * np.log(3) / ((np.e - 1) * 60))
    np.testing.assert_allclose(
        after(Exp3(), [0], [2]).min(), (1 - theory) * softmax(theory * np.array([1, 0, 0])).min() + theory / 3
    )
    np.testing.assert_allclose(after(Exp3(), [0], [1]), EVEN, err_msg="the worst pay teaches nothing")


@pytest.mark.parametrize("opponent", [Hedge(rate=0.7), FictitiousPlay(), RegretMatching(), Exp3(explore=0.3)], ids=repr)
def test_a_planted_mistake_in_what_is_seen_shows(opponent: Opponent) -> None:
    """The rules worked out above tell the true history from the sides swapped and from a round late."""
    mine, theirs = [0, 1, 1], [1, 2, 0]
    true = after(opponent, mine, theirs)
    assert np.abs(after(opponent, theirs, mine) - true).max() > 0.01
    assert np.abs(after(opponent, mine[:-1], theirs[:-1]) - true).max() > 0.01


def test_parameters_have_bounds() -> None:
    with pytest.raises(UserError, match=r"explore must be from 0.0 to 1.0, got 2.0"):
        Exp3(explore=2.0)
    with pytest.raises(UserError, match=r"noise must be from 0.0"):
        FictitiousPlay(noise=-1.0)
    with pytest.raises(UserError, match=r"rate must be from 0.0"):
        Hedge(rate=-1.0)


@pytest.mark.parametrize("opponent", [Hedge(), FictitiousPlay(), RegretMatching(), Exp3()], ids=repr)
def test_every_round_is_counted_once(opponent: Opponent) -> None:
    player = opponent.sit(table(RPS, [0]))
    for t in range(5):
        mine, theirs = MINE[:t], THEIRS[:t]
        asked_each_round = player.act(view(RPS, [0], [mine], [theirs])).probs[0]
        np.testing.assert_allclose(asked_each_round, after(opponent, mine, theirs), atol=1e-12)
