"""Each opponent against sequences worked out by hand. Rows differ and seats differ, so that no mix-up goes unseen."""

from collections.abc import Callable

import numpy as np
import pytest

from arenas.errors import UserError
from arenas.game import GAMES, Game
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History, View
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.play import Table
from arenas.random_number import RandomNumber
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.writing import Writing
from opponents.copycat import Copycat
from opponents.cycle import Cycle
from opponents.exploiter import Exploiter
from opponents.frequency import Frequency, FrequencyCount
from opponents.mixture import Mixture
from opponents.ngram import LongestContext, Ngram
from opponents.opponent import OPPONENTS, Opponent
from opponents.oracle import Oracle, StageResponder, stage_payoff
from opponents.uniform import Uniform
from opponents.win_stay_lose_shift import WinStayLoseShift

PlayOut = Callable[..., History]

RPS = RockPaperScissors(rounds=60)
R, P, S = np.eye(3)
EVEN = np.full(3, 1 / 3)
LOPSIDED = Matrix(((2.0, 0.0, -1.0), (-1.0, 1.0, 3.0)), ("up", "down"), ("left", "middle", "right"), rounds=20)


def table(game: Game, seats: list[int]) -> Table:
    return Table(game, np.array(seats))


def view(game: Game, seats: list[int], mine: list[list[int]], theirs: list[list[int]]) -> View:
    """What rows in `seats` see once both sides have chosen; pay by the game's own payoff."""
    seat, own, other = np.array(seats), np.array(mine, dtype=np.int64), np.array(theirs, dtype=np.int64)
    pay = game.payoff[seat[:, None], own, other] if isinstance(game, MatrixGame) else np.zeros(own.shape)
    legal = game.legal_by_seat[seat]
    return View(seat=seat, mine=own, theirs=other, pay=pay, legal=legal, seeds=np.zeros(len(seat), dtype=np.uint64))


def answer(opponent: Opponent, game: Game, seats: list[int], mine: list[list[int]], theirs: list[list[int]]) -> np.ndarray:
    return opponent.sit(table(game, seats)).act(view(game, seats, mine, theirs)).probs


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


# --- those that learn


def belief_after(decay: float, prior: float, theirs: list[int], game: Game = RPS, seat: int = 0) -> np.ndarray:
    mine = [[0] * len(theirs)]
    return FrequencyCount(table(game, [seat]), decay, prior).predict(view(game, [seat], mine, [theirs]))[0]


def test_frequency_counts_the_others_moves() -> None:
    np.testing.assert_allclose(belief_after(1.0, 0.0, [1, 1, 2, 1]), [0, 0.75, 0.25])
    np.testing.assert_allclose(belief_after(1.0, 1.0, [1, 1, 2, 1]), [1 / 7, 4 / 7, 2 / 7])
    np.testing.assert_allclose(belief_after(0.5, 0.0, [0, 1, 1, 2]), np.array([0.125, 0.75, 1.0]) / 1.875)
    np.testing.assert_allclose(belief_after(0.5, 1.0, [0, 2]), np.array([1.5, 1.0, 2.0]) / 4.5, err_msg="prior does not decay")
    np.testing.assert_allclose(belief_after(0.0, 0.0, [0, 0, 2]), S)
    np.testing.assert_allclose(belief_after(1.0, 0.0, []), EVEN)


def test_frequency_believes_in_the_other_seats_actions() -> None:
    np.testing.assert_allclose(belief_after(1.0, 1.0, [2], LOPSIDED, seat=0), [0.25, 0.25, 0.5])
    np.testing.assert_allclose(belief_after(1.0, 1.0, [1], LOPSIDED, seat=1), [1 / 3, 2 / 3, 0.0])
    np.testing.assert_allclose(belief_after(1.0, 0.0, [], LOPSIDED, seat=1), [0.5, 0.5, 0.0])


def test_frequency_plays_the_best_answer() -> None:
    probs = answer(Frequency(), RPS, [0, 1, 0, 1], [[0, 0], [0, 0], [2, 2], [1, 1]], [[0, 0], [1, 1], [0, 1], [2, 2]])
    np.testing.assert_allclose(probs, [P, S, P, R], err_msg="against rock and paper, paper is best")
    np.testing.assert_allclose(answer(Frequency(), RPS, [0], [[0, 1, 2]], [[2, 1, 0]]), [EVEN], err_msg="ties are shared")
    game = HideAndSeek(places=4)
    hider, seeker = answer(Frequency(), game, [0, 1], [[0, 0, 0], [0, 0, 0]], [[3, 3, 1], [3, 3, 1]])
    np.testing.assert_allclose(hider, [0.5, 0.0, 0.5, 0.0], err_msg="hides where nobody has looked")
    np.testing.assert_allclose(seeker, [0, 0, 0, 1], err_msg="looks where most was hidden")


def test_the_best_answer_is_a_legal_one() -> None:
    probs = answer(Frequency(), LOPSIDED, [0, 1], [[0, 0], [0, 0]], [[2, 2], [0, 0]])
    np.testing.assert_allclose(probs, [[0, 1, 0], [0, 0, 1]])
    losing = Matrix(((-5.0, -4.0, -9.0),), ("only",), ("left", "middle", "right"))
    np.testing.assert_allclose(answer(Frequency(), losing, [0], [[0]], [[1]]), [[1, 0, 0]])


def context_belief(history: str, order: int, mine: list[int], theirs: list[int], game: Game = RPS) -> np.ndarray:
    predictor = LongestContext(table(game, [0]), order, history)  # type: ignore[arg-type]
    return predictor.predict(view(game, [0], [mine], [theirs]))[0]


def test_ngram_reads_the_history_it_is_told_to() -> None:
    #          0  1  2  3  4
    mine = [0, 1, 0, 2, 0]
    theirs = [2, 0, 2, 1, 1]
    # own: after my rock came their 0 (round 1) and their 1 (round 3)
    np.testing.assert_allclose(context_belief("own", 1, mine, theirs), [0.5, 0.5, 0])
    # other: after their paper (round 3) came their paper (round 4)
    np.testing.assert_allclose(context_belief("other", 1, mine, theirs), P)
    # joint: rock against paper never came before, so every round counts: 2 0 2 1 1
    np.testing.assert_allclose(context_belief("joint", 1, mine, theirs), [0.2, 0.4, 0.4])


def test_joint_contexts_need_both_sides_equal() -> None:
    #          0  1  2  3  4
    mine = [0, 2, 0, 1, 0]
    theirs = [1, 0, 2, 2, 1]
    np.testing.assert_allclose(context_belief("joint", 3, mine, theirs), R, err_msg="as in round 0, after which came rock")
    np.testing.assert_allclose(context_belief("own", 1, mine, theirs), [0.5, 0, 0.5])


def test_ngram_backs_off_to_the_longest_context_seen() -> None:
    theirs = [0, 1, 2, 1, 2, 0, 1]
    # order 1: after 1 came 2 and 2; order 2: after 0 1 came 2; order 3: 2 0 1 is new, so the context 0 1 counts
    np.testing.assert_allclose(context_belief("other", 3, [0] * 7, theirs), S)
    # 1 0: never; 0: after it came 1 (round 1), 1 (round 3), 2 (round 5)
    theirs = [0, 1, 0, 1, 0, 2, 2, 0]
    np.testing.assert_allclose(context_belief("other", 2, [0] * 8, theirs), [0, 2 / 3, 1 / 3])
    # a longer context overrules the shorter: after 1 0 came 1 then 2
    theirs = [0, 1, 0, 1, 0, 2, 1, 0]
    np.testing.assert_allclose(context_belief("other", 2, [0] * 8, theirs), [0, 0.5, 0.5])
    np.testing.assert_allclose(context_belief("other", 1, [0] * 8, theirs), [0, 2 / 3, 1 / 3])
    np.testing.assert_allclose(context_belief("other", 0, [0] * 8, theirs), [0.5, 0.375, 0.125])


def test_ngram_before_there_is_anything_to_match() -> None:
    np.testing.assert_allclose(context_belief("other", 2, [], []), EVEN)
    np.testing.assert_allclose(context_belief("other", 2, [0], [2]), S)
    np.testing.assert_allclose(
        LongestContext(table(LOPSIDED, [1]), 2, "own").predict(view(LOPSIDED, [1], [[]], [[]])), [[0.5, 0.5, 0]]
    )


def test_ngram_equals_a_plain_search() -> None:
    """The vectorised matches against a search written the long way round."""
    chance = np.random.default_rng(5)
    mine, theirs = chance.integers(0, 3, size=(2, 6, 40))
    for history in ("own", "other", "joint"):
        predictor = LongestContext(table(RPS, [0] * 6), 3, history)  # type: ignore[arg-type]
        for t in range(1, 41):
            got = predictor.predict(view(RPS, [0] * 6, mine[:, :t].tolist(), theirs[:, :t].tolist()))
            expected = [searched(history, 3, mine[row, :t].tolist(), theirs[row, :t].tolist()) for row in range(6)]
            np.testing.assert_allclose(got, expected, atol=1e-15)


def searched(history: str, order: int, mine: list[int], theirs: list[int]) -> np.ndarray:
    said = {"own": mine, "other": theirs, "joint": list(zip(mine, theirs, strict=True))}[history]
    for length in range(min(order, len(said)), -1, -1):
        context = said[len(said) - length :]
        counts = np.zeros(3)
        for end in range(length, len(said)):
            if said[end - length : end] == context:
                counts[theirs[end]] += 1
        if counts.any():
            return counts / counts.sum()
    raise AssertionError("nothing was played")


LONG = (RockPaperScissors(rounds=400), HideAndSeek(places=4, rounds=400))


def late_pay(play_out: PlayOut, game: MatrixGame, victim: Opponent, learner: Opponent) -> list[float]:
    """Expected pay a round of the learner in seat 1 and in seat 0, over the last hundred rounds."""
    history = play_out(game, [victim.sit, learner.sit], [[0, 1], [1, 0]], [1, 2])
    return [float(history.expected[0, 1, -100:].mean()), float(history.expected[1, 0, -100:].mean())]


def best_pay(game: MatrixGame) -> list[float]:
    """What seat 1 and seat 0 get when they know the other's move."""
    return [float(game.payoff[1].max()), float(game.payoff[0].max())]


@pytest.mark.parametrize("game", LONG, ids=repr)
@pytest.mark.parametrize("history", ["other", "joint"])
@pytest.mark.parametrize("step", [1, -1])
def test_a_cycle_loses_to_whoever_reads_its_order(play_out: PlayOut, game: MatrixGame, history: str, step: int) -> None:
    """A cycle's next move follows from its last, so once every context has come by the learner wins every round."""
    learner = Ngram(order=1, history=history)  # type: ignore[arg-type]
    assert late_pay(play_out, game, Cycle(step=step), learner) == pytest.approx(best_pay(game))


@pytest.mark.parametrize("game", LONG, ids=repr)
def test_a_copier_loses_to_whoever_reads_own_history(play_out: PlayOut, game: MatrixGame) -> None:
    """What copies me follows from my last move, and from nothing that a learner of its own moves alone could see."""
    assert late_pay(play_out, game, Copycat(), Ngram(order=1, history="own")) == pytest.approx(best_pay(game))
    assert late_pay(play_out, RPS, Copycat(), Ngram(order=1, history="other"))[0] < 0.9


@pytest.mark.parametrize(("step", "expected"), [(1, -1 / 3), (-1, -2 / 3)])
def test_fictitious_play_does_not_see_a_cycle(play_out: PlayOut, step: int, expected: float) -> None:
    """By hand: it is even when all counts are, then answers rock with paper, then rock and the second move with the better one.

    Going up (rock, paper, scissors) it meets paper with paper and scissors with paper; going down, scissors with paper and then
    paper with rock: rock against scissors and rock ties one of two.
    """
    history: History = play_out(RPS, [Cycle(step=step).sit, Frequency().sit], [[0, 1]], [1])
    assert history.expected[0, 1].mean() == pytest.approx(expected)


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
