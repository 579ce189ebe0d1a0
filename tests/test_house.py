"""What holds for whatever is registered: every game and every opponent, with no list of their names."""

import copy
import dataclasses
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from arenas.dice import Dice, choose
from arenas.errors import UserError
from arenas.game import GAMES, Game
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.play import Player, Table, play, take_seats
from arenas.record import Record, history_of, record_of, wrong_rounds
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.exploiter import Exploiter
from opponents.mixture import Mixture
from opponents.opponent import OPPONENTS, Opponent
from opponents.uniform import Uniform

PlayOut = Callable[..., History]


def shortened(game: Game, rounds: int) -> Game:
    """The game with fewer rounds, where rounds are a parameter."""
    names = {f.name for f in dataclasses.fields(game)}  # type: ignore[arg-type]
    return dataclasses.replace(game, rounds=rounds) if "rounds" in names else game  # type: ignore[type-var]


LOPSIDED = Matrix(((2.0, 0.0, -1.0), (-1.0, 1.0, 3.0)), ("up", "down"), ("left", "middle", "right"))
ALL_GAMES = [shortened(game, 8) for game in (*(GAMES.get(name)() for name in GAMES.names()), LOPSIDED, HideAndSeek(places=33))]
TWO_SEATS = [game for game in ALL_GAMES if len(game.seats) == 2]
MATRIX_GAMES = [game for game in TWO_SEATS if isinstance(game, MatrixGame)]
EVENLY_BEST = [RockPaperScissors(), HideAndSeek(), HideAndSeek(places=7), Matrix()]
"""Games in which uniform play is optimal in both seats."""
ALL_OPPONENTS = [OPPONENTS.get(name)() for name in OPPONENTS.names()]


def seats_at(opponent: Opponent, game: Game) -> Player | None:
    """The opponent's player in all seats of the game, or None where it refuses."""
    try:
        return opponent.sit(Table(game, np.arange(len(game.seats))))
    except UserError:
        return None


def pairs_at(game: Game) -> list[tuple[int, int]]:
    """All line-ups (indices into ALL_OPPONENTS) that the game seats: nobody who foresees against another who does."""
    players = [seats_at(opponent, game) for opponent in ALL_OPPONENTS]
    able = [index for index, player in enumerate(players) if player is not None]
    foresees = {index for index in able if players[index].foresees}  # type: ignore[union-attr]
    return [(a, b) for a in able for b in able if not {a, b} <= foresees]


PAIRS = {game: pairs_at(game) for game in TWO_SEATS}
SOLO = {g: [o for o in ALL_OPPONENTS if seats_at(o, g)] for g in ALL_GAMES if len(g.seats) == 1 and not g.free_text}
MAKERS = [opponent.sit for opponent in ALL_OPPONENTS]


@pytest.fixture(scope="module")
def everybody(play_out: PlayOut) -> dict[Game, History]:
    """Every line-up of every game with two seats, played out in one wave a game."""
    return {game: play_out(game, MAKERS, pairs, range(len(pairs))) for game, pairs in PAIRS.items()}


def test_everybody_plays_somewhere_and_every_game_is_played() -> None:
    assert all(len(pairs) > len(ALL_OPPONENTS) for pairs in PAIRS.values())
    seated = {index for pairs in PAIRS.values() for pair in pairs for index in pair}
    assert seated == set(range(len(ALL_OPPONENTS)))
    assert all(SOLO.values())
    assert len(PAIRS) + len(SOLO) + sum(game.free_text for game in ALL_GAMES) == len(ALL_GAMES)


# --- games


@pytest.mark.parametrize("game", ALL_GAMES, ids=repr)
def test_a_game_is_its_own_config(game: Game) -> None:
    config = copy.deepcopy(game.config())
    again = GAMES.get(config.pop("game"))(**config)
    assert again == game
    assert again.config() == game.config()
    assert hash(again) == hash(game)


@pytest.mark.parametrize("game", ALL_GAMES, ids=repr)
def test_a_game_says_who_plays_and_what(game: Game) -> None:
    assert 1 <= len(game.seats) <= 2
    assert len(set(game.seats)) == len(game.seats) == len(game.actions)
    assert game.rounds >= 1
    assert game.width == max(map(len, game.actions))
    for seat, words in enumerate(game.actions):
        assert len(set(words)) == len(words) >= 1
        assert all(word and word == word.strip() for word in words)
        assert game.legal_by_seat[seat].tolist() == [True] * len(words) + [False] * (game.width - len(words))
        assert game.rules(seat).strip() == game.rules(seat) != ""
    if len(game.seats) == 2:
        assert game.value(0) == pytest.approx(-game.value(1), abs=1e-12)
        assert game.seats_alike or game.rules(0) != game.rules(1)


def random_probs(game: Game, seed: int) -> np.ndarray:
    """A distribution for each seat, [S,A]."""
    chance = np.random.default_rng(seed)
    return np.stack([np.pad(chance.dirichlet(np.ones(len(words))), (0, game.width - len(words))) for words in game.actions])


def settled(game: Game, probs: np.ndarray, chosen: np.ndarray) -> History:
    """One round of M matches: probs [M,S,A], chosen [M,S]."""
    matches, seats = chosen.shape
    history = History.empty(matches, seats, 1, game.width)
    history.commit(probs, chosen, np.zeros(chosen.shape), np.full(chosen.shape, "", dtype=object))
    history.settle(game.pay(history, 0), game.expected_pay(history, 0))
    return history


@pytest.mark.parametrize("game", ALL_GAMES, ids=repr)
def test_expected_pay_is_the_mean_of_pay_over_many_dice(game: Game) -> None:
    matches = 40_000
    probs = np.broadcast_to(random_probs(game, 3), (matches, len(game.seats), game.width)).copy()
    rolls = np.random.default_rng(4).random((matches, len(game.seats)))
    history = settled(game, probs, choose(probs, rolls))
    error = history.pay[:, :, 0].std(axis=0) / np.sqrt(matches)
    assert (np.abs(history.pay[:, :, 0].mean(axis=0) - history.expected[0, :, 0]) <= 4 * error).all()
    np.testing.assert_allclose(history.expected, np.broadcast_to(history.expected[:1], history.expected.shape), atol=1e-12)


@pytest.mark.parametrize("game", TWO_SEATS, ids=repr)
def test_what_one_wins_the_other_loses(game: Game, everybody: dict[Game, History]) -> None:
    history = everybody[game]
    np.testing.assert_array_equal(history.pay[:, 0], -history.pay[:, 1])
    np.testing.assert_array_equal(history.expected[:, 0], -history.expected[:, 1])


@pytest.mark.parametrize("game", TWO_SEATS, ids=repr)
@pytest.mark.parametrize("seat", [0, 1])
def test_exploitability_is_what_the_best_fixed_answer_earns(game: Game, seat: int) -> None:
    """Found by trying every answer of the other seat through the game's own expected pay."""
    answers = len(game.actions[1 - seat])
    for seed in range(5):
        probs = np.broadcast_to(random_probs(game, seed), (answers, 2, game.width)).copy()
        probs[:, 1 - seat] = np.eye(game.width)[:answers]
        history = settled(game, probs, probs.argmax(axis=2))
        best = history.expected[:, 1 - seat, 0].max() - game.value(1 - seat)
        got = game.exploitability(np.array([seat]), probs[:1, seat])
        np.testing.assert_allclose(got, [best], atol=1e-9)
        assert got[0] >= 0


# --- waves


@st.composite
def waves(draw: st.DrawFn) -> tuple[Game, list[tuple[int, int]], list[int]]:
    """A game, some line-ups and their seeds."""
    game = draw(st.sampled_from(list(PAIRS)))
    pairs = draw(st.lists(st.sampled_from(PAIRS[game]), min_size=1, max_size=6))
    seeds = draw(st.lists(st.integers(0, 2**128 - 1), min_size=len(pairs), max_size=len(pairs)))
    return game, pairs, seeds


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(wave=waves(), data=st.data())
def test_a_match_alone_is_the_match_in_any_wave(
    play_out: PlayOut, wave: tuple[Game, list[tuple[int, int]], list[int]], data: st.DataObject
) -> None:
    game, pairs, seeds = wave
    history = play_out(game, MAKERS, pairs, seeds)
    match = data.draw(st.integers(0, len(pairs) - 1))
    alone = play_out(game, MAKERS, [pairs[match]], [seeds[match]])
    assert record_of(alone, 0).same_as(record_of(history, match))


def cut(record: Record, rounds: int) -> Record:
    """The first rounds of a record."""
    return Record(**{name: array[:, :rounds].copy() for name, array in vars(record).items()})


@pytest.mark.parametrize("seated_at", [1, 2, 5])
@pytest.mark.parametrize("game", TWO_SEATS, ids=repr)
def test_who_is_seated_late_plays_on_as_who_sat_from_the_start(
    game: Game, everybody: dict[Game, History], seated_at: int
) -> None:
    whole = [record_of(everybody[game], match) for match in range(len(PAIRS[game]))]
    resumed = history_of([cut(record, seated_at) for record in whole], game.rounds)
    dice = Dice.roll(range(len(whole)), 2, game.rounds)
    late = list(play(game, take_seats(game, MAKERS, np.array(PAIRS[game])), dice, resumed))[-1]
    assert [m for m, record in enumerate(whole) if not record_of(late, m).same_as(record)] == []


@pytest.mark.parametrize("game", TWO_SEATS, ids=repr)
def test_a_replay_pays_the_same(game: Game, everybody: dict[Game, History]) -> None:
    for match in range(len(PAIRS[game])):
        assert wrong_rounds(game, record_of(everybody[game], match)) == []


@pytest.mark.parametrize("game", TWO_SEATS, ids=repr)
def test_distributions_are_exact_and_legal(game: Game, everybody: dict[Game, History]) -> None:
    history = everybody[game]
    assert (history.probs >= 0).all()
    assert np.abs(history.probs.sum(axis=3) - 1).max() < 1e-12
    assert (history.probs[:, ~game.legal_by_seat[:, None, :].repeat(game.rounds, axis=1)] == 0).all()
    assert (history.off_menu == 0).all()
    assert (history.texts == "").all()
    played = np.take_along_axis(history.probs, history.chosen[..., None], axis=3)
    assert (played > 0).all()


@pytest.mark.parametrize("game", SOLO, ids=repr)
def test_whoever_plays_alone_plays_fairly(play_out: PlayOut, game: Game) -> None:
    history = play_out(game, [o.sit for o in SOLO[game]], [[i] for i in range(len(SOLO[game]))], range(len(SOLO[game])))
    assert np.abs(history.probs.sum(axis=3) - 1).max() < 1e-12
    assert [wrong_rounds(game, record_of(history, match)) for match in range(len(SOLO[game]))] == [[]] * len(SOLO[game])


@pytest.mark.parametrize("opponent", ALL_OPPONENTS, ids=repr)
def test_an_opponent_is_its_own_config(opponent: Opponent) -> None:
    values = {f.name: getattr(opponent, f.name) for f in dataclasses.fields(opponent)}
    again = OPPONENTS.get(OPPONENTS.name_of(type(opponent)))(**copy.deepcopy(values))
    assert again == opponent
    assert hash(again) == hash(opponent)
    with pytest.raises(dataclasses.FrozenInstanceError):
        opponent.anything = 1  # type: ignore[attr-defined]


# --- theory


@pytest.mark.parametrize("game", EVENLY_BEST, ids=repr)
def test_uniform_earns_nothing_from_anybody(play_out: PlayOut, game: Game) -> None:
    """The expected pay of uniform play is the game's value whatever the other does; the dice agree within 4 standard errors."""
    uniform, repeats = Uniform().sit, 20
    others = [index for index, opponent in enumerate(ALL_OPPONENTS) if seats_at(opponent, game)]
    chairs = [line_up for index in others for line_up in ((len(MAKERS), index), (index, len(MAKERS)))] * repeats
    history = play_out(game, [*MAKERS, uniform], chairs, range(len(chairs)))
    for seat in (0, 1):
        here = np.array([line_up[seat] == len(MAKERS) for line_up in chairs])
        np.testing.assert_allclose(history.expected[here, seat], game.value(seat), atol=1e-12)
        for index in others:
            against = history.pay[here & (np.array(chairs)[:, 1 - seat] == index), seat]
            assert abs(against.mean() - game.value(seat)) <= 4 * against.std() / np.sqrt(against.size)


@pytest.mark.parametrize("game", MATRIX_GAMES, ids=repr)
def test_who_foresees_wins_exactly_the_others_exploitability(game: MatrixGame, everybody: dict[Game, History]) -> None:
    history, checked = everybody[game], 0
    for match, pair in enumerate(PAIRS[game]):
        for seat in (0, 1):
            player = seats_at(ALL_OPPONENTS[pair[seat]], game)
            if player is not None and player.foresees:
                closed = game.exploitability(np.full(game.rounds, 1 - seat), history.probs[match, 1 - seat])
                np.testing.assert_allclose(history.expected[match, seat] - game.value(seat), closed, atol=1e-12)
                checked += 1
    able = sum(seats_at(opponent, game) is not None for opponent in ALL_OPPONENTS)
    assert checked >= 2 * (able - 1)


@pytest.mark.parametrize("game", [dataclasses.replace(game, rounds=150) for game in MATRIX_GAMES], ids=repr)  # type: ignore[type-var]
def test_every_learner_comes_to_win_all_there_is_from_a_fixed_habit(play_out: PlayOut, game: MatrixGame) -> None:
    """Against the same distribution every round any learner's belief settles on what is nearly always played."""
    habit = Mixture(tilt=100.0)
    learners = [opponent for opponent in ALL_OPPONENTS if isinstance(seats_at(opponent, game), Exploiter)]
    assert learners
    for learner in learners:
        history = play_out(game, [habit.sit, learner.sit], [[0, 1], [1, 0]] * 4, range(8))
        for seat in (0, 1):
            won = history.expected[1 - seat :: 2, seat, 50:].mean() - game.value(seat)
            there_is = game.exploitability(np.array([1 - seat]), history.probs[:1, 0, 0] if seat else history.probs[1:2, 1, 0])
            assert won >= 0.9 * there_is.item() > 0.02


@pytest.mark.parametrize("game", MATRIX_GAMES, ids=repr)
def test_nobody_wins_more_than_exploitability_allows(game: MatrixGame, everybody: dict[Game, History]) -> None:
    history = everybody[game]
    for seat in (0, 1):
        rows = history.probs[:, 1 - seat].reshape(-1, game.width)
        bound = game.exploitability(np.full(len(rows), 1 - seat), rows)
        assert (history.expected[:, seat].ravel() - game.value(seat) <= bound + 1e-9).all()
