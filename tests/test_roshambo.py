"""The RoShamBo bots: private chance, exact resumption, and the published table of who beats whom."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from tables import RPS, table

from arenas.dice import Dice
from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from arenas.play import play, take_seats
from arenas.record import history_of, record_of
from arenas.rock_paper_scissors import RockPaperScissors
from opponents import random_stream, roshambo
from opponents.mixture import Mixture
from opponents.random_stream import RandomStream
from opponents.roshambo import Roshambo, bot_names

PUBLISHED = Path(__file__).parents[2] / "shared" / "data" / "roshambo_crosstable_sample.csv"
PlayOut = Callable[..., History]
SHORT = RockPaperScissors(rounds=80)
HABIT = Mixture({"rock": 5.0, "paper": 2.0, "scissors": 3.0})


@pytest.fixture(scope="module")
def together(play_out: PlayOut) -> History:
    """All bots in one wave: bot b against the habit in match 2b, the habit against it in match 2b + 1."""
    makers = [*(Roshambo(bot).sit for bot in bot_names()), HABIT.sit]
    last = len(makers) - 1
    return play_out(SHORT, makers, [pair for b in range(last) for pair in ((b, last), (last, b))], range(2 * last))


def test_all_bots_play_their_moves_for_certain(together: History) -> None:
    assert len(bot_names()) == 43
    assert together.probs.shape[0] == 86
    assert set(np.unique(together.probs[::2, 0])) == {0.0, 1.0}
    first_moves = together.chosen[::2, 0]
    assert len({tuple(row) for row in first_moves.tolist()}) == 43


def test_interleaved_matches_are_the_matches_played_alone(play_out: PlayOut, together: History) -> None:
    for b, bot in enumerate(bot_names()):
        for match, pair in ((2 * b, (0, 1)), (2 * b + 1, (1, 0))):
            alone = play_out(SHORT, [Roshambo(bot).sit, HABIT.sit], [pair], [match])
            assert record_of(alone, 0).same_as(record_of(together, match)), bot


@pytest.mark.parametrize("seated_at", [1, 41])
def test_bots_seated_late_play_on_exactly(together: History, seated_at: int) -> None:
    records = [record_of(together, match) for match in range(86)]
    begun = [type(r)(**{name: array[:, :seated_at].copy() for name, array in vars(r).items()}) for r in records]
    makers = [*(Roshambo(bot).sit for bot in bot_names()), HABIT.sit]
    chairs = np.array([pair for b in range(43) for pair in ((b, 43), (43, b))])
    dice = Dice.roll(range(86), 2, SHORT.rounds)
    late = list(play(SHORT, take_seats(SHORT, makers, chairs), dice, history_of(begun, SHORT.rounds)))[-1]
    assert [match for match, record in enumerate(records) if not record_of(late, match).same_as(record)] == []


def test_a_bot_takes_what_was_played_for_its_own_move(play_out: PlayOut) -> None:
    """`rotatebot` counts rounds, and `copybot` beats the other's last move: fed a history that neither made, both go on."""
    game = RockPaperScissors(rounds=3)
    for bot, expected in (("rotatebot", 2), ("copybot", 1)):
        records = record_of(play_out(game, [Mixture({"rock": 1.0}).sit], [[0, 0]], [1]), 0)
        begun = type(records)(**{name: array[:, :2].copy() for name, array in vars(records).items()})
        makers = [Roshambo(bot).sit, Mixture({"rock": 1.0}).sit]
        late = list(play(game, take_seats(game, makers, np.array([[0, 1]])), Dice.roll([1], 2, 3), history_of([begun], 3)))[-1]
        assert late.chosen[0, 0, 2] == expected


def test_asking_twice_before_a_round_gives_the_same_move(play_out: PlayOut) -> None:
    game = RockPaperScissors(rounds=5)
    dice, history = Dice.roll([3], 2, 5), History.empty(1, 2, 5, 3)
    player = Roshambo("randbot").sit(table(game, [0]))
    view = game.view(history, dice, np.array([0]), np.array([0]))
    np.testing.assert_array_equal(player.act(view).probs, player.act(view).probs)
    other = Roshambo("randbot").sit(table(game, [0]))
    other.act(view)
    history.commit(np.full((1, 2, 3), 1 / 3), np.array([[0, 1]]), np.zeros((1, 2)), np.full((1, 2), "", dtype=object))
    history.settle(np.zeros((1, 2)), np.zeros((1, 2)))
    later = game.view(history, dice, np.array([0]), np.array([0]))
    np.testing.assert_array_equal(player.act(later).probs, other.act(later).probs)


def test_streams_of_one_seed_agree_and_nobody_else_draws_from_them() -> None:
    library = random_stream._library()
    first, second, third = RandomStream(7), RandomStream(7), RandomStream(8)
    drawn: list[list[int]] = [[], [], []]
    for _ in range(100):
        for numbers, stream in zip(drawn, (first, second, third), strict=True):
            library.random()
            with stream.drawn_from():
                numbers.append(library.random())
    assert drawn[0] == drawn[1] != drawn[2]


def test_what_a_bot_cannot_play_is_refused_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match="plays rock-paper-scissors only"):
        Roshambo().sit(table(HideAndSeek(), [0]))
    with pytest.raises(UserError, match="at most 3000 rounds, got 3001"):
        Roshambo().sit(table(RockPaperScissors(rounds=3001), [0]))
    with pytest.raises(UserError, match="unknown bot 'grenberg': did you mean 'greenberg'"):
        Roshambo("grenberg").sit(table(RPS, [0]))
    monkeypatch.setattr(roshambo, "_spiel", lambda: object())
    with pytest.raises(UserError, match="has no RoShamBo bots"):
        Roshambo().sit(table(RPS, [0]))


def test_without_the_c_librarys_streams_a_match_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    random_stream._library.cache_clear()
    monkeypatch.setattr(random_stream.ctypes, "CDLL", lambda name: object())
    with pytest.raises(UserError, match="would not be reproducible"):
        RandomStream(1)
    random_stream._library.cache_clear()


@pytest.mark.parametrize("bot", ["greenberg", "iocainebot", "phasenbott", "boom"])
def test_a_match_of_the_most_rounds_ends_well(play_out: PlayOut, bot: str) -> None:
    game = RockPaperScissors(rounds=roshambo.MOST_ROUNDS)
    history = play_out(game, [Roshambo(bot).sit, HABIT.sit], [[0, 1]], [5])
    assert history.pay[0, 0].sum() > 100


# --- the published table


def published() -> dict[tuple[str, str], float]:
    if not PUBLISHED.is_file():
        pytest.skip("the published table is not beside this checkout")
    with PUBLISHED.open() as lines:
        return {(row["row_bot"], row["column_bot"]): float(row["mean_return_row"]) for row in csv.DictReader(lines)}


def totals(play_out: PlayOut, pairs: Sequence[tuple[str, str]], games: int) -> np.ndarray:
    """What the row bots won over 1,000 rounds, [pairs, games]."""
    names = sorted({bot for pair in pairs for bot in pair})
    chairs = [[names.index(bot) for bot in pair] for pair in pairs for _ in range(games)]
    history = play_out(RockPaperScissors(rounds=1000), [Roshambo(bot).sit for bot in names], chairs, range(len(chairs)))
    return np.asarray(history.pay[:, 0].sum(axis=1).reshape(len(pairs), games))


def furthest(won: np.ndarray, expected: np.ndarray) -> float:
    """The largest |z| of means of won [pairs, games] whose published means are over 1,000 games."""
    error = won.std(axis=1, ddof=1) * np.sqrt(1 / won.shape[1] + 1 / 1000)
    return float(np.abs((won.mean(axis=1) - expected) / error).max())


def test_bots_without_chance_win_just_what_was_published(play_out: PlayOut) -> None:
    certain = {"copybot", "debruijn81", "freqbot2", "multibot", "pibot", "rockbot", "rotatebot", "textbot"}
    cells = {pair: mean for pair, mean in published().items() if set(pair) <= certain}
    assert len(cells) >= 8
    won = totals(play_out, list(cells), 1)
    np.testing.assert_array_equal(won[:, 0], np.round(list(cells.values()), 3))


def test_a_sample_of_pairs_wins_what_was_published(play_out: PlayOut) -> None:
    everything = published()
    slow = {"greenberg", "iocainebot", "phasenbott", "halbot", "boom", "inocencio"}
    quick = [pair for pair in everything if not set(pair) & slow]
    sample = [quick[i] for i in np.random.default_rng(11).choice(len(quick), 12, replace=False)]
    won = totals(play_out, sample, 12)
    spread = won.std(axis=1) > 0
    assert spread.sum() >= 10
    assert furthest(won[spread], np.array([everything[pair] for pair in sample])[spread]) < 4


@pytest.mark.slow
def test_a_larger_sample_of_pairs_wins_what_was_published(play_out: PlayOut) -> None:
    everything = published()
    pairs = list(everything)
    sample = [pairs[i] for i in np.random.default_rng(2024).choice(len(pairs), 60, replace=False)]
    won = totals(play_out, sample, 30)
    spread = won.std(axis=1) > 0
    expected = np.array([everything[pair] for pair in sample])
    np.testing.assert_allclose(won[~spread].mean(axis=1), expected[~spread], atol=0.05)
    assert furthest(won[spread], expected[spread]) < 4
