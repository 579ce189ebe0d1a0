"""The games, the dice and the loop, against published values and sums done by hand."""

import dataclasses

import numpy as np
import pyspiel
import pytest

from arenas.bounds import one_of, within
from arenas.dice import Dice
from arenas.errors import UserError
from arenas.game import GAMES, Game
from arenas.hide_and_seek import HideAndSeek
from arenas.history import UNSEEN, History, Moves, View
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.play import Promise, Table, fair, play, take_seats
from arenas.random_number import RandomNumber
from arenas.record import Record, history_of, record_of, wrong_rounds
from arenas.registry import Registry
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.writing import Writing


def openspiel_matrix(name: str) -> np.ndarray:
    game = pyspiel.load_matrix_game(name)
    rows, columns = game.num_rows(), game.num_cols()
    return np.array([[game.row_utility(i, j) for j in range(columns)] for i in range(rows)])


def matrix(payoffs: np.ndarray) -> Matrix:
    rows, columns = ([f"{side}{i}" for i in range(n)] for side, n in zip("rc", payoffs.shape, strict=True))
    return Matrix(tuple(map(tuple, payoffs.tolist())), tuple(rows), tuple(columns))


def one_round(game: Game, probs: list[list[float]], chosen: list[int]) -> History:
    """One match of one round, settled by the game."""
    history = History.empty(1, len(game.seats), 1, game.width)
    zeros = np.zeros((1, len(game.seats)))
    history.commit(np.array([probs]), np.array([chosen]), zeros, np.full(zeros.shape, "", dtype=object))
    history.settle(game.pay(history, 0), game.expected_pay(history, 0))
    return history


# --- bad input


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: HideAndSeek(places=1), "places must be from 2 to 100, got 1"),
        (lambda: HideAndSeek(places=101), "places must be from 2 to 100, got 101"),
        (lambda: RockPaperScissors(rounds=0), "rounds must be from 1 to 10000, got 0"),
        (lambda: RandomNumber(length=0), "length must be from 1 to 10000, got 0"),
        (lambda: RandomNumber(low=3, high=3), "high must be from low + 1 to low + 999 (here 4 to 1002), got 3"),
        (lambda: RandomNumber(low=0, high=1000), "high must be from low + 1 to low + 999 (here 1 to 999), got 1000"),
        (lambda: Writing(topic=" "), "topic must not be empty"),
        (lambda: Writing(max_tokens=0), "max_tokens must be from 1 to 100000, got 0"),
        (
            lambda: Matrix(payoffs=((1.0,), (2.0,))),
            "payoffs must be 2 rows of 2 numbers, to match row_actions and column_actions",
        ),
        (lambda: Matrix(payoffs=((1.0, np.inf), (0.0, 0.0))), "payoffs must be numbers from -1e+09 to 1e+09"),
        (lambda: Matrix(row_actions=("a", "a")), "row_actions must differ from each other, got a or a"),
        (lambda: Matrix(row_actions=("a", " b")), "row_actions must be words without space around them, got ' b'"),
        (lambda: within("x", float("nan"), 0, 1), "x must be from 0 to 1, got nan"),
        (lambda: one_of("tie", "stey", ("stay", "shift")), "tie must be stay or shift, got 'stey': did you mean 'stay'?"),
        (lambda: GAMES.get("rsp"), "unknown game 'rsp': did you mean 'rps'?"),
    ],
)
def test_user_errors_say_what_the_bound_and_the_value(make: object, message: str) -> None:
    with pytest.raises(UserError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == message


def test_bounds_are_inclusive() -> None:
    assert [HideAndSeek(places=k).places for k in (2, 100)] == [2, 100]
    assert RandomNumber(low=0, high=999).width == 1000
    within("x", 0, 0, 1)
    within("x", 1, 0, 1)


def test_registry_refuses_a_name_twice_and_knows_its_names() -> None:
    registry: Registry[int] = Registry("thing")
    registry.register("b")(2)
    registry.register("a")(1)
    assert registry.names() == ["a", "b"]
    assert registry.get("b") == 2
    assert registry.name_of(1) == "a"
    with pytest.raises(ValueError, match="thing 'a' is registered twice"):
        registry.register("a")(3)


# --- payoffs


def test_rock_paper_scissors_is_openspiels() -> None:
    game = RockPaperScissors()
    reference = pyspiel.load_matrix_game("matrix_rps")
    words = [reference.row_action_name(i).lower() for i in range(3)]
    assert words == list(game.actions[0]) == list(game.actions[1])
    np.testing.assert_array_equal(game.matrix, openspiel_matrix("matrix_rps"))
    np.testing.assert_array_equal(game.payoff[0], game.payoff[1])


def test_found_pays_the_seeker() -> None:
    game = HideAndSeek(places=3)
    even = [[1 / 3] * 3] * 2
    np.testing.assert_array_equal(one_round(game, even, [2, 2]).pay[0, :, 0], [-1.0, 1.0])
    np.testing.assert_array_equal(one_round(game, even, [2, 1]).pay[0, :, 0], [0.0, 0.0])
    assert one_round(game, [[1, 0, 0], [0.25, 0.5, 0.25]], [0, 0]).expected[0].ravel().tolist() == [-0.25, 0.25]


def test_a_lopsided_matrix_keeps_rows_and_columns_apart() -> None:
    game = matrix(np.array([[1.0, 2.0, 3.0], [-4.0, 5.0, -6.0]]))
    history = one_round(game, [[0.5, 0.5, 0.0], [0.0, 0.25, 0.75]], [1, 2])
    np.testing.assert_array_equal(history.pay[0, :, 0], [-6.0, 6.0])
    np.testing.assert_allclose(history.expected[0, :, 0], [-0.25, 0.25])
    assert game.legal_by_seat.tolist() == [[True, True, False], [True, True, True]]
    worth = game.worth(np.array([0, 1]), np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0]]))
    np.testing.assert_array_equal(worth, [[3.0, -6.0, 0.0], [4.0, -5.0, 6.0]])
    assert "r1 against c2 -6" in game.rules(0)
    assert "c2 against r1 6" in game.rules(1)


def test_random_number_pays_for_being_guessed() -> None:
    game = RandomNumber(low=1, high=4)
    habit = [[0.1, 0.2, 0.6, 0.1]]
    assert one_round(game, habit, [2]).pay.item() == 0.25 - 1.0
    assert one_round(game, habit, [1]).pay.item() == 0.25
    assert one_round(game, habit, [1]).expected.item() == pytest.approx(0.25 - 0.6)
    assert one_round(game, [[0.25] * 4], [0]).pay.item() == 0.25 - 1.0, "of several likeliest numbers the lowest is guessed"
    assert one_round(game, [[0.25] * 4], [3]).expected.item() == 0.0
    np.testing.assert_allclose(game.exploitability(np.array([0]), np.array(habit)), [0.35])


def test_writing_pays_nothing() -> None:
    assert one_round(Writing(), [[1.0]], [0]).pay.item() == 0.0


# --- equilibria


@pytest.mark.parametrize(
    ("payoffs", "value", "row", "column"),
    [
        (openspiel_matrix("matrix_rps"), 0.0, [1 / 3] * 3, [1 / 3] * 3),
        (openspiel_matrix("matrix_mp"), 0.0, [0.5, 0.5], [0.5, 0.5]),
        (openspiel_matrix("matrix_brps"), 0.0, [1 / 16, 10 / 16, 5 / 16], [1 / 16, 10 / 16, 5 / 16]),
        (np.array([[3.0, -1.0], [-2.0, 1.0]]), 1 / 7, [3 / 7, 4 / 7], [2 / 7, 5 / 7]),
        (np.array([[3.0, -1.0, 9.0], [-2.0, 1.0, 9.0]]), 1 / 7, [3 / 7, 4 / 7], [2 / 7, 5 / 7, 0.0]),
        (np.array([[1.0, 2.0], [3.0, 4.0]]), 3.0, [0.0, 1.0], [1.0, 0.0]),
    ],
)
def test_equilibrium_of_known_games(payoffs: np.ndarray, value: float, row: list[float], column: list[float]) -> None:
    game = matrix(payoffs)
    found, first, second = game.equilibrium
    assert found == pytest.approx(value, abs=1e-9)
    np.testing.assert_allclose(first, row, atol=1e-9)
    np.testing.assert_allclose(second, column, atol=1e-9)
    assert game.value(0) == -game.value(1) == found
    assert value != 0 or not np.signbit([game.value(0), game.value(1)]).any(), "no minus zero on a leaderboard"


@pytest.mark.parametrize("game", [RockPaperScissors(), HideAndSeek(places=2), HideAndSeek(places=7)], ids=repr)
def test_a_value_stated_is_the_value_solved(game: MatrixGame) -> None:
    assert [game.value(0), game.value(1)] == pytest.approx([game.equilibrium[0], -game.equilibrium[0]], abs=1e-9)


def test_exploitability_by_hand() -> None:
    game = HideAndSeek(places=4)
    hider = game.exploitability(np.array([0]), np.array([[0.7, 0.1, 0.1, 0.1]]))
    seeker = game.exploitability(np.array([1]), np.array([[0.4, 0.3, 0.2, 0.1]]))
    np.testing.assert_allclose(hider, [0.7 - 0.25], err_msg="the seeker looks where the hider likes to be")
    np.testing.assert_allclose(seeker, [0.25 - 0.1], err_msg="the hider goes where the seeker hardly looks")
    rock = RockPaperScissors().exploitability(np.array([0, 1]), np.array([[1.0, 0.0, 0.0], [1 / 3, 1 / 3, 1 / 3]]))
    np.testing.assert_allclose(rock, [1.0, 0.0], atol=1e-15)


@pytest.mark.parametrize("shape", [(1, 2), (2, 2), (3, 3), (4, 3), (7, 8), (16, 16), (33, 33)])
def test_points_of_a_match_have_the_same_bits_in_any_wave(shape: tuple[int, int]) -> None:
    chance = np.random.default_rng(1)
    game = matrix(chance.normal(size=shape))
    probs = chance.dirichlet(np.ones(max(shape)), size=(64, 2))
    seats = chance.integers(0, 2, size=64)

    def points(rows: slice) -> tuple[np.ndarray, np.ndarray]:
        history = History.empty(len(probs[rows]), 2, 3, game.width)
        history.probs[:, :, 1] = probs[rows]
        return game.expected_pay(history, 1), game.worth(seats[rows], probs[rows, 0])

    expected, worth = points(slice(None))
    for match in range(64):
        alone = points(slice(match, match + 1))
        np.testing.assert_array_equal(alone[0][0], expected[match])
        np.testing.assert_array_equal(alone[1][0], worth[match])


# --- history, views and the loop


def test_unseen_is_an_impossible_index() -> None:
    with pytest.raises(IndexError):
        np.zeros(1000)[np.array([UNSEEN])]
    assert (History.empty(2, 2, 3, 4).chosen == UNSEEN).all()


@dataclasses.dataclass
class Watcher:
    """Plays a fixed action and keeps every view."""

    action: int
    views: list[View] = dataclasses.field(default_factory=list)
    foresees: bool = False

    def act(self, view: View) -> Moves:
        self.views.append(view)
        return Moves(np.tile(np.eye(view.legal.shape[1])[self.action], (len(view.seat), 1)))


def test_a_view_shows_each_chair_its_own_side() -> None:
    game = RockPaperScissors(rounds=2)
    watchers = [Watcher(0), Watcher(2)]
    chairs = np.array([[0, 1], [1, 0]])
    seated = take_seats(game, [lambda table: watchers[0], lambda table: watchers[1]], chairs)
    dice = Dice.roll([1, 2], 2, 2)
    list(play(game, seated, dice))
    first, last = watchers[0].views
    assert first.rounds_seen == 0
    assert last.rounds_seen == 1
    assert last.seat.tolist() == [0, 1]
    assert last.mine.tolist() == [[0], [0]]
    assert last.theirs.tolist() == [[2], [2]]
    np.testing.assert_array_equal(last.seeds, [dice.seeds[0, 0, 1], dice.seeds[1, 1, 1]])
    assert watchers[1].views[1].mine.tolist() == [[2], [2]]
    assert last.pay.tolist() == [[1.0], [1.0]]
    assert watchers[1].views[1].pay.tolist() == [[-1.0], [-1.0]]
    for array in (last.seat, last.mine, last.theirs, last.pay, last.legal, last.seeds):
        assert not array.flags.writeable


def test_a_solo_view_shows_nobody() -> None:
    game, watcher = RandomNumber(length=2), Watcher(3)
    list(play(game, take_seats(game, [lambda table: watcher], np.array([[0]])), Dice.roll([1], 1, 2)))
    assert watcher.views[1].mine.tolist() == [[3]]
    assert watcher.views[1].theirs.tolist() == [[UNSEEN]]


@dataclasses.dataclass
class Slow(Watcher):
    """Promises its action."""

    told: list[str] = dataclasses.field(default_factory=list)

    def ask(self, view: View) -> Promise:
        self.told.append("asked")

        def answer() -> Moves:
            self.told.append("answered")
            return self.act(view)

        return answer


def test_others_think_while_a_slow_player_does() -> None:
    game = RockPaperScissors(rounds=2)
    told: list[str] = []

    class Quick(Watcher):
        def act(self, view: View) -> Moves:
            told.append("quick" if view.foreseen is None else "foreseen")
            return super().act(view)

    makers = [lambda t: Quick(0), lambda t: Slow(1, told=told), lambda t: Quick(2, foresees=True)]
    seated = take_seats(game, makers, np.array([[0, 1], [1, 2]]))
    *_, history = play(game, seated, Dice.roll([1, 2], 2, 2))
    assert told == ["asked", "quick", "answered", "foreseen"] * 2
    assert history.chosen.tolist() == [[[0, 0], [1, 1]], [[1, 1], [2, 2]]]


def test_who_foresees_is_asked_last_and_sees_this_round() -> None:
    game = RockPaperScissors(rounds=1)
    prophet, plain = Watcher(1, foresees=True), Watcher(2)
    list(play(game, take_seats(game, [lambda t: prophet, lambda t: plain], np.array([[0, 1]])), Dice.roll([1], 2, 1)))
    assert prophet.views[0].foreseen is not None
    assert prophet.views[0].foreseen.tolist() == [[0.0, 0.0, 1.0]]
    assert plain.views[0].foreseen is None
    with pytest.raises(ValueError, match="foresees was seated against another"):
        list(play(game, take_seats(game, [lambda t: prophet], np.array([[0, 0]])), Dice.roll([1], 2, 1)))


@pytest.mark.parametrize(
    ("probs", "message"),
    [
        ([[0.5, 0.5]], "shape"),
        ([[0.5, 0.6, 0.0]], "sum to 1"),
        ([[0.5, 0.5 + 1e-8, 0.0]], "sum to 1"),
        ([[1.5, -0.5, 0.0]], "negative"),
        ([[np.nan, 1.0, 0.0]], "non-finite"),
        ([[0.5, 0.0, 0.5]], "illegal"),
    ],
)
def test_unfair_distributions_are_bugs(probs: list[list[float]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        fair(np.array(probs), np.array([[True, True, False]]))


def test_a_table_knows_its_rows() -> None:
    assert Table(RockPaperScissors(), np.array([0, 1, 0])).rows == 3


# --- records


def test_wrong_pay_is_found_where_it_is() -> None:
    game = RockPaperScissors(rounds=3)
    seated = take_seats(game, [lambda t: Watcher(0), lambda t: Watcher(1)], np.array([[0, 1]]))
    history = list(play(game, seated, Dice.roll([1], 2, 3)))[-1]
    record = record_of(history, 0)
    assert wrong_rounds(game, record) == []
    assert record.rounds == 3
    record.pay[0, 1] = 1.0
    assert wrong_rounds(game, record) == [1]
    record.expected[1, 2] = np.nan
    assert wrong_rounds(game, record) == [1, 2]


def test_a_record_goes_to_history_and_back() -> None:
    game = HideAndSeek(places=2, rounds=4)
    seated = take_seats(game, [lambda t: Watcher(0), lambda t: Watcher(1)], np.array([[0, 1], [1, 0]]))
    history = list(play(game, seated, Dice.roll([1, 2], 2, 4)))[-1]
    records = [record_of(history, m) for m in range(2)]
    again = history_of(records, 6)
    assert again.played == 4
    assert (again.chosen[:, :, 4:] == UNSEEN).all()
    assert all(record_of(again, m).same_as(records[m]) for m in range(2))
    assert not records[0].same_as(records[1])
    shorter = Record(**{name: array[:, :2] for name, array in vars(records[1]).items()})
    with pytest.raises(ValueError, match="different rounds"):
        history_of([records[0], shorter], 4)
