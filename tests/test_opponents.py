"""Each opponent against sequences worked out by hand. Rows differ and seats differ, so that no mix-up goes unseen."""

import numpy as np
import pytest
from tables import EVEN, LOPSIDED, RPS, P, R, S, answer, table, view

from arenas.errors import UserError
from arenas.game import GAMES
from arenas.hide_and_seek import HideAndSeek
from arenas.history import View
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.random_number import RandomNumber
from arenas.writing import Writing
from opponents.copycat import Copycat
from opponents.cycle import Cycle
from opponents.exploiter import Exploiter
from opponents.frequency import Frequency, FrequencyCount
from opponents.mixture import Mixture
from opponents.ngram import Ngram
from opponents.opponent import OPPONENTS
from opponents.oracle import Oracle, StageResponder, stage_payoff
from opponents.uniform import Uniform
from opponents.win_stay_lose_shift import WinStayLoseShift

# --- those that do not look


def test_uniform_keeps_to_the_legal_actions() -> None:
    probs = answer(Uniform(), LOPSIDED, [0, 1], [[0], [2]], [[1], [1]])
    np.testing.assert_allclose(probs, [[0.5, 0.5, 0.0], [1 / 3] * 3], atol=1e-15)


def test_mixture_halves_from_action_to_action() -> None:
    probs = answer(Mixture(), LOPSIDED, [1, 0], [[], []], [[], []])
    np.testing.assert_allclose(probs, [[4 / 7, 2 / 7, 1 / 7], [2 / 3, 1 / 3, 0.0]], atol=1e-15)
    ends = answer(Mixture(tilt=0.01), HideAndSeek(places=100), [0], [[]], [[]])
    assert ends[0, 99] == pytest.approx(0.99)
    assert np.isfinite(ends).all()


def test_mixture_by_words() -> None:
    mixture = Mixture(weights={"scissors": 3.0, "rock": 1.0})
    np.testing.assert_array_equal(answer(mixture, RPS, [0], [[]], [[]]), [[0.25, 0.0, 0.75]])
    sides = Mixture(weights={"down": 2.0, "right": 1.0, "left": 1.0})
    np.testing.assert_array_equal(answer(sides, LOPSIDED, [0, 1], [[], []], [[], []]), [[0, 1, 0], [0.5, 0, 0.5]])


@pytest.mark.parametrize(
    ("weights", "seat", "message"),
    [
        ({"rokc": 1.0}, 0, "weights: unknown action 'rokc': did you mean 'rock'?"),
        ({"rock": -1.0}, 0, "weights.rock must be from 0.0 to 1000000000.0, got -1.0"),
        ({"rock": 0.0}, 0, "weights must have a sum above 0, got only zeros"),
    ],
)
def test_mixture_refuses(weights: dict[str, float], seat: int, message: str) -> None:
    with pytest.raises(UserError) as caught:
        Mixture(weights=weights).sit(table(RPS, [seat]))
    assert str(caught.value) == message


def test_mixture_refuses_only_the_seat_left_without_action() -> None:
    rows_only = Mixture(weights={"up": 1.0})
    rows_only.sit(table(LOPSIDED, [0]))
    with pytest.raises(UserError, match="leave the seat 'column' no action: its actions are left, middle, right"):
        rows_only.sit(table(LOPSIDED, [0, 1]))


@pytest.mark.parametrize(
    ("cycle", "moves"),
    [
        (Cycle(), [0, 1, 2, 0, 1]),
        (Cycle(step=-1), [0, 2, 1, 0, 2]),
        (Cycle(step=2, start=1), [1, 0, 2, 1, 0]),
        (Cycle(step=0, start=5), [2, 2, 2, 2, 2]),
    ],
)
def test_cycle_goes_round(cycle: Cycle, moves: list[int]) -> None:
    played = [answer(cycle, RPS, [0], [[0] * t], [[1] * t])[0] for t in range(5)]
    np.testing.assert_array_equal(played, np.eye(3)[moves])


def test_cycle_goes_round_its_own_seats_actions() -> None:
    played = [answer(Cycle(), LOPSIDED, [0, 1], [[0] * t] * 2, [[1] * t] * 2).argmax(axis=1).tolist() for t in range(4)]
    assert played == [[0, 0], [1, 1], [0, 2], [1, 0]]


# --- those that remember one round


def test_copy_plays_the_others_last_move_not_its_own() -> None:
    probs = answer(Copycat(), RPS, [0, 1], [[2, 0], [2, 0]], [[0, 1], [1, 2]])
    np.testing.assert_array_equal(probs, [P, S])
    np.testing.assert_allclose(answer(Copycat(), RPS, [0], [[]], [[]]), [EVEN])


def test_copy_is_uniform_where_it_cannot_copy() -> None:
    probs = answer(Copycat(), LOPSIDED, [0, 0, 1], [[0], [0], [2]], [[2], [1], [1]])
    np.testing.assert_allclose(probs, [[0.5, 0.5, 0], [0, 1, 0], [0, 1, 0]])


# rock against scissors wins, against paper loses, against rock ties; the round before would say otherwise
WON, LOST, TIED = ([0, 0], [1, 2]), ([0, 0], [2, 1]), ([1, 0], [0, 0])


@pytest.mark.parametrize(
    ("tie", "after_tie"),
    [("stay", R), ("shift", (P + S) / 2), ("uniform", EVEN)],
)
def test_win_stay_lose_shift(tie: str, after_tie: np.ndarray) -> None:
    mine, theirs = ([rounds[side] for rounds in (WON, LOST, TIED)] for side in (0, 1))
    probs = answer(WinStayLoseShift(tie=tie), RPS, [0, 1, 0], mine, theirs)  # type: ignore[arg-type]
    np.testing.assert_allclose(probs, [R, (P + S) / 2, after_tie])


def test_win_stay_lose_shift_measures_by_the_value_of_the_seat() -> None:
    game = HideAndSeek(places=3)
    probs = answer(WinStayLoseShift(), game, [0, 0, 1, 1], [[1], [1], [1], [1]], [[1], [0], [1], [0]])
    shifted = [0.5, 0.0, 0.5]
    found, hidden, finds, misses = shifted, [0, 1, 0], [0, 1, 0], shifted
    np.testing.assert_allclose(probs, [found, hidden, finds, misses])
    np.testing.assert_allclose(answer(WinStayLoseShift(), game, [0], [[]], [[]]), [[1 / 3] * 3])


def test_who_has_one_action_cannot_shift() -> None:
    game = Matrix(((1.0, -2.0),), ("only",), ("left", "right"))
    assert answer(WinStayLoseShift(), game, [0], [[0]], [[1]]).tolist() == [[1.0, 0.0]]


# --- the oracle


@pytest.mark.parametrize("game", [RPS, HideAndSeek(places=6), LOPSIDED, Matrix(((0.0,),), ("a",), ("b",))], ids=repr)
@pytest.mark.parametrize("seat", [0, 1])
def test_openspiels_worths_are_the_closed_form(game: MatrixGame, seat: int) -> None:
    chance = np.random.default_rng(seat)
    mine, theirs = len(game.actions[seat]), len(game.actions[1 - seat])
    responder = StageResponder(stage_payoff(game, seat))
    for foreseen in [*chance.dirichlet(np.ones(theirs), size=20), *np.eye(theirs)]:
        padded = np.pad(foreseen, (0, game.width - theirs))
        closed = game.worth(np.array([seat]), padded[None])[0, :mine]
        np.testing.assert_allclose(responder.worth(foreseen), closed, atol=1e-14)


def test_oracle_answers_this_rounds_distribution() -> None:
    seats = [0, 1, 1, 0]
    foreseen = np.array([[0.5, 0.3, 0.2], [0.2, 0.5, 0.3], EVEN, [0.5, 0.3, 0.2]])
    seen = view(RPS, seats, [[1]] * 4, [[2]] * 4)
    player = Oracle().sit(table(RPS, seats))
    assert player.foresees
    probs = player.act(View(**{**seen.__dict__, "foreseen": foreseen})).probs
    np.testing.assert_allclose(probs, [P, S, EVEN, P], err_msg="it answers what is foreseen, not what was played")
    with pytest.raises(ValueError, match="without the other's distribution"):
        player.act(seen)


def test_oracle_in_seats_that_differ() -> None:
    game = HideAndSeek(places=3)
    foreseen = np.array([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1]])
    seen = View(**{**view(game, [0, 1], [[], []], [[], []]).__dict__, "foreseen": foreseen})
    np.testing.assert_array_equal(Oracle().sit(table(game, [0, 1])).act(seen).probs, [[0, 0, 1], [1, 0, 0]])


# --- who may sit where


SOLO = {"uniform", "mixture", "cycle"}


@pytest.mark.parametrize("name", OPPONENTS.names())
def test_solo_games_seat_only_those_who_need_nobody(name: str) -> None:
    opponent = OPPONENTS.get(name)()
    if name in SOLO:
        probs = answer(opponent, RandomNumber(low=1, high=3, length=2), [0], [[]], [[]])
        assert probs.shape == (1, 3)
        assert probs.sum() == pytest.approx(1.0)
    else:
        with pytest.raises(UserError, match=f"'{name}' needs another player, and this game has the one seat 'picker'"):
            opponent.sit(table(RandomNumber(), [0]))


@pytest.mark.parametrize("name", OPPONENTS.names())
def test_nobody_scripted_writes(name: str) -> None:
    with pytest.raises(UserError, match=f"'{name}' cannot write"):
        OPPONENTS.get(name)().sit(table(Writing(), [0]))


def test_an_exploiter_needs_payoffs() -> None:
    with pytest.raises(UserError, match="payoff matrix"):
        Exploiter(table(RandomNumber(), [0]), FrequencyCount(table(RPS, [0]), 1.0, 1.0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Frequency(decay=1.5), "decay must be from 0.0 to 1.0, got 1.5"),
        (lambda: Frequency(prior=-1), "prior must be from 0.0 to 1000000.0, got -1"),
        (lambda: Ngram(order=-1), "order must be from 0 to 100, got -1"),
        (lambda: Ngram(history="others"), "history must be own, other or joint, got 'others': did you mean 'other'?"),
        (lambda: WinStayLoseShift(tie="leave"), "tie must be stay, shift or uniform, got 'leave': known: shift, stay, uniform"),
        (lambda: Cycle(step=1001), "step must be from -1000 to 1000, got 1001"),
        (lambda: Cycle(start=-1), "start must be from 0 to 999, got -1"),
        (lambda: Mixture(tilt=0), "tilt must be from 0.01 to 100.0, got 0"),
        (lambda: OPPONENTS.get("n-gram"), "unknown opponent 'n-gram': did you mean 'ngram'?"),
    ],
)
def test_parameters_out_of_bounds(make: object, message: str) -> None:
    with pytest.raises(UserError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message


def test_every_game_known_here_is_registered() -> None:
    assert {type(game) for game in (RPS, LOPSIDED)} <= {GAMES.get(name) for name in GAMES.names()}
