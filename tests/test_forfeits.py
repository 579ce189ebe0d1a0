"""Rounds in which no valid answer was given: the dice, the pay, who is shown them, and what is made of them afterwards."""

import base64
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pyarrow.parquet
import pytest
from mumblers import READING, Mumbler, mumbled, mumbled_run
from small_runs import tells
from test_house import ALL_OPPONENTS, seats_at

from analysis.page.kept_matches import NO_MOVE, packed
from analysis.states import StateGatherer, StateSums
from arenas.dice import Dice, choose, choose_or_forfeit
from arenas.errors import UserError
from arenas.fixture import Fixture
from arenas.forfeits import equally_answered
from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.history import FORFEIT, NO_ANSWER, UNSEEN, History, Moves, View
from arenas.matrix import Matrix
from arenas.play import Table, play, take_seats
from arenas.random_number import RandomNumber
from arenas.record import record_of, wrong_rounds
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.store import RunStore
from opponents.mixture import Mixture
from opponents.opponent import Opponent

LOPSIDED = Matrix(((2.0, 0.0, -1.0), (-1.5, 1.0, 3.0)), ("up", "down"), ("left", "middle", "right"), rounds=9)
GAMES: dict[str, Game] = {"rps": RockPaperScissors(rounds=12), "numbers": RandomNumber(0, 9, 3), "lop": LOPSIDED}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return mumbled_run(tmp_path / "mumbled.sqlite", GAMES)


# --- dice


def test_a_forfeit_is_an_impossible_index_of_its_own() -> None:
    assert FORFEIT != UNSEEN
    with pytest.raises(IndexError):
        np.zeros(1000)[np.array([FORFEIT])]


def test_without_forfeits_the_dice_are_to_the_bit_what_they_were() -> None:
    chance = np.random.default_rng(1)
    probs, rolls = chance.dirichlet(np.ones(5), 20_000), chance.random(20_000)
    rolls[:3] = 0.0, 1.0 - 2.0**-53, np.cumsum(probs[2])[1]
    np.testing.assert_array_equal(choose_or_forfeit(probs, np.zeros(20_000), rolls), choose(probs, rolls))


def test_one_roll_decides_on_a_forfeit_and_on_the_move() -> None:
    rolls = (np.arange(100_000) + 0.5) / 100_000
    chosen = choose_or_forfeit(np.tile([0.5, 0.0, 0.5], (100_000, 1)), np.full(100_000, 0.3), rolls)
    counts = [int((chosen == move).sum()) for move in (0, 1, 2, FORFEIT)]
    assert counts == pytest.approx([35_000, 0, 35_000, 30_000], abs=1)


@pytest.mark.parametrize("forfeit", [1.0, 1.0 - 2.0**-53, 2.0**-53, 0.1, 1 / 3])
def test_the_ends_of_the_dice_choose_what_can_be(forfeit: float) -> None:
    probs = np.array([[0.0, 1.0, 0.0]])
    ends = {roll: int(choose_or_forfeit(probs, np.array([forfeit]), np.array([roll]))[0]) for roll in (0.0, 1.0 - 2.0**-53)}
    assert ends[1.0 - 2.0**-53] == FORFEIT
    assert ends[0.0] == (FORFEIT if forfeit == 1.0 else 1)
    before = np.nextafter(1.0 - forfeit, 0.0)
    if forfeit < 1.0:
        assert choose_or_forfeit(probs, np.array([forfeit]), np.array([before]))[0] == 1


# --- pay


def one_round(game: Game, chosen: list[list[int]], forfeit: object = 0.0, probs: object = None) -> History:
    """One round of matches with these moves."""
    moves = np.array(chosen)
    history = History.empty(*moves.shape, 1, game.width)
    even = game.legal_by_seat / game.legal_by_seat.sum(axis=1, keepdims=True)
    played = np.broadcast_to(even if probs is None else np.array(probs), (*moves.shape, game.width))
    history.commit(played, moves, np.zeros(moves.shape), np.full(moves.shape, "", dtype=object), forfeit=np.array(forfeit))
    history.settle(game.pay(history, 0), game.expected_pay(history, 0))
    return history


def test_who_forfeits_gets_the_least_of_its_seat_and_the_other_the_negative() -> None:
    history = one_round(LOPSIDED, [[0, 0], [FORFEIT, 2], [1, FORFEIT], [FORFEIT, FORFEIT]])
    # the least of the row player is -1.5, of the column player -3
    assert history.pay[:, 0, 0].tolist() == [2.0, -1.5, 3.0, 1.5]
    assert history.pay[:, 1, 0].tolist() == [-2.0, 1.5, -3.0, -1.5]
    hide = one_round(HideAndSeek(places=3), [[FORFEIT, 0], [0, FORFEIT], [FORFEIT, FORFEIT]])
    assert hide.pay[:, :, 0].tolist() == [[-1.0, 1.0], [0.0, 0.0], [-1.0, 1.0]]


def test_expected_pay_is_the_mean_of_pay_over_dice_that_forfeit() -> None:
    matches, chance = 200_000, np.random.default_rng(3)
    probs, forfeit = [[0.3, 0.7, 0.0], [0.2, 0.5, 0.3]], np.array([0.25, 0.6])
    tiled = np.broadcast_to(np.array(probs), (matches, 2, 3))
    chosen = choose_or_forfeit(tiled, np.broadcast_to(forfeit, (matches, 2)), chance.random((matches, 2)))
    history = one_round(LOPSIDED, chosen.tolist(), np.broadcast_to(forfeit, (matches, 2)), probs)
    value = float(np.array(probs[0])[:2] @ LOPSIDED.matrix @ np.array(probs[1]))
    by_hand = 0.75 * 0.4 * value + 0.25 * -1.5 - 0.6 * -3.0
    np.testing.assert_allclose(history.expected[:, 0], by_hand, atol=1e-12)
    np.testing.assert_array_equal(history.expected[:, 0], -history.expected[:, 1])
    paid = history.pay[:, 0, 0]
    assert abs(paid.mean() - by_hand) < 4 * paid.std() / np.sqrt(matches)


def test_no_answer_costs_in_a_solo_game_what_a_right_guess_does() -> None:
    game = RandomNumber(1, 4, 1)
    history = one_round(game, [[0], [FORFEIT]], [[0.0], [0.5]], [[0.1, 0.2, 0.3, 0.4]])
    assert history.pay[:, 0, 0].tolist() == [0.25, 0.25 - 1.0]
    np.testing.assert_allclose(history.expected[:, 0, 0], [0.25 - 0.4, 0.25 - (0.5 + 0.5 * 0.4)], atol=1e-15)


def test_what_is_forfeited_by_nobody_is_paid_to_the_bit_as_ever() -> None:
    """In one wave with rows that forfeit: -0.0 included."""
    game, chance = RockPaperScissors(), np.random.default_rng(2)
    probs = chance.dirichlet(np.ones(3), (6, 2))
    forfeit = np.zeros((6, 2))
    alone = one_round(game, [[0, 1]] * 6, forfeit, probs)
    forfeit[4:, 0] = 0.5
    mixed = one_round(game, [[0, 1]] * 5 + [[FORFEIT, 1]], forfeit, probs)
    for name in ("pay", "expected"):
        assert getattr(alone, name)[:4].tobytes() == getattr(mixed, name)[:4].tobytes()
    assert mixed.expected[4, 0, 0] != alone.expected[4, 0, 0]


def test_a_replay_pays_forfeits_the_same_and_sees_one_that_is_not() -> None:
    for game in GAMES.values():
        history = mumbled(game)
        assert (history.chosen == FORFEIT).any()
        for match in range(len(history.chosen)):
            record = record_of(history, match)
            assert wrong_rounds(game, record) == []
            if not (record.chosen == FORFEIT).any():
                continue
            seat, t = np.argwhere(record.chosen == FORFEIT)[0]
            record.pay[seat, t] += 1.0
            assert wrong_rounds(game, record) == [t]
            record.pay[seat, t] -= 1.0
            record.forfeit[seat, t] = 0.0
            assert wrong_rounds(game, record) == [t]


@pytest.mark.parametrize(
    ("moves", "message"),
    [
        ({"forfeit": np.array([1.5])}, "the forfeit of a move is no probability"),
        ({"forfeit": np.array([np.nan])}, "the forfeit of a move is no probability"),
        ({"unended": np.array([-0.1])}, "the unended of a move is no probability"),
        ({"off_menu": np.array([0.1, 0.1])}, "the off_menu of a move has shape"),
    ],
)
def test_shares_that_cannot_be_are_bugs(moves: dict[str, np.ndarray], message: str) -> None:
    class Unfair(Mumbler):
        def act(self, view: View) -> Moves:
            return Moves(np.array([[1.0, 0.0, 0.0]]), **moves)

    game = RockPaperScissors(rounds=1)
    seated = take_seats(game, [lambda table: Unfair(), lambda table: Mumbler(0.0)], np.array([[0, 1]]))
    with pytest.raises(ValueError, match=message):
        list(play(game, seated, Dice.roll([1], 2, 1)))


# --- who is shown them


def test_who_hears_forfeits_is_shown_them() -> None:
    mumbler, game = Mumbler(0.5), RockPaperScissors(rounds=30)
    seated = take_seats(game, [lambda table: mumbler, Mixture().sit], np.array([[0, 1], [1, 0]]))
    *_, history = play(game, seated, Dice.roll([1, 2], 2, 30))
    last = mumbler.views[-1]
    np.testing.assert_array_equal(last.mine[0], history.chosen[0, 0, :29])
    assert (last.mine == FORFEIT).any()
    assert not (last.theirs == FORFEIT).any()


ABLE = [o for o in ALL_OPPONENTS if seats_at(o, RockPaperScissors())]


@pytest.mark.parametrize("opponent", ABLE, ids=repr)
def test_scripted_players_play_on_as_if_forfeited_rounds_had_not_been(opponent: Opponent) -> None:
    """In every row, what it would have played in the shorter match."""
    game, matches = RockPaperScissors(rounds=14), 3
    mumbler = Mumbler(0.3)
    seated = take_seats(game, [mumbler.sit, opponent.sit], np.array([[0, 1]] * (matches - 1) + [[1, 0]]))
    dice = Dice.roll(range(10, 10 + matches), 2, game.rounds)
    *_, history = play(game, seated, dice)
    assert (history.chosen == FORFEIT).any()
    for match in range(matches):
        seat = 1 if match < matches - 1 else 0
        for t in (3, 8, 13):
            moves = history.chosen[match, :, :t]
            kept = np.flatnonzero((moves != FORFEIT).all(axis=0))
            view = View(
                seat=np.array([seat]),
                mine=moves[seat, kept][None],
                theirs=moves[1 - seat, kept][None],
                pay=history.pay[match, seat, kept][None],
                legal=game.legal_by_seat[[seat]],
                seeds=dice.seeds[[match], seat, t],
                match_seeds=dice.seeds[[match], seat, 0],
                foreseen=history.probs[match, 1 - seat, t][None],
            )
            alone = opponent.sit(Table(game, np.array([seat]))).act(view)
            np.testing.assert_array_equal(history.probs[match, seat, t], alone.probs[0])


@pytest.mark.parametrize("opponent", ABLE, ids=repr)
def test_who_sits_down_after_a_forfeit_plays_on_as_who_sat_before(opponent: Opponent) -> None:
    from arenas.record import Record, history_of

    game, chairs = RockPaperScissors(rounds=10), np.array([[0, 1], [0, 1], [1, 0]])
    dice = Dice.roll([4, 5, 6], 2, 10)
    makers = [Mumbler(0.3).sit, opponent.sit]
    *_, whole = play(game, take_seats(game, makers, chairs), dice)
    parts = [{name: array[:, :6].copy() for name, array in vars(record_of(whole, m)).items()} for m in range(3)]
    begun = history_of([Record(**part) for part in parts], 10)
    *_, late = play(game, take_seats(game, makers, chairs), dice, begun)
    assert (late.chosen[:, :, :6] == FORFEIT).any()
    assert all(record_of(late, match).same_as(record_of(whole, match)) for match in range(3))


class Slow(Mumbler):
    """Promises its moves, and would break on a forfeit."""

    def ask(self, view: View) -> object:
        assert not (view.mine == FORFEIT).any()
        assert not (view.theirs == FORFEIT).any()
        moves = self.act(view)
        return lambda: moves


def test_a_slow_player_that_hears_none_stays_slow_and_keeps_its_texts() -> None:
    game = RockPaperScissors(rounds=20)
    slow = Slow(0.0, samples=0, hears_forfeits=False)
    seated = take_seats(game, [Mumbler(0.3).sit, lambda table: slow], np.array([[0, 1], [1, 0]]))
    *_, history = play(game, seated, Dice.roll([1, 2], 2, 20))
    assert (history.chosen == FORFEIT).any()
    assert (history.unended[1, 0] == 0.125).all()
    assert (history.readings[1, 0] == READING).all()
    assert (history.readings[0] == np.array([[READING], [""]])).all()
    assert (history.samples[0] == np.array([[3], [0]])).all()


# --- the file


def test_what_is_kept_comes_back_and_zeros_take_no_room(path: Path) -> None:
    with closing(RunStore.read(path)) as store:
        for arena, game in GAMES.items():
            history = mumbled(game)
            for match, fixture in enumerate(f for f, _ in store.fixtures() if f.arena == arena):
                assert store.record(fixture.id).same_as(record_of(history, match))
        record = store.record("rps/mumbler-vs-ngram/1")
        assert (record.chosen[0] == FORFEIT).any()
        assert (record.samples[0] == 3).all()
        assert set(record.readings[0]) == {READING}
        sizes = store._rows("SELECT length(unended), length(forfeit), length(samples) FROM segment ORDER BY match, seat")
        assert list(sizes)[:2] == [(96, 96, 96), (0, 0, 0)]
        assert store._one("SELECT count(*) FROM reading JOIN match ON match = number WHERE arena = 'rps'")[0] == 3 * 12


@pytest.mark.parametrize("column", ["unended", "forfeit", "samples"])
def test_the_digest_sees_every_new_column_and_readings(path: Path, column: str) -> None:
    with closing(RunStore.read(path)) as store:
        before = store.digest()
    with sqlite3.connect(path) as connection:
        connection.execute(f"UPDATE segment SET {column} = x'' WHERE match = 1 AND seat = 0 AND length({column}) > 0")
        connection.execute("UPDATE segment SET chosen = zeroblob(96) WHERE match = 1 AND seat = 0")
    connection.close()
    with closing(RunStore.read(path)) as store:
        assert store.digest() != before


def test_the_digest_sees_a_reading(path: Path) -> None:
    with closing(RunStore.read(path)) as store:
        before = store.digest()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE reading SET text = text || ' ' WHERE match = 1 AND round = 2")
    connection.close()
    with closing(RunStore.read(path)) as store:
        assert store.digest() != before


@pytest.mark.parametrize(
    "command",
    [
        "UPDATE segment SET forfeit = x'' WHERE match = 1",
        "UPDATE segment SET unended = x'00' WHERE match = 1",
        "UPDATE segment SET samples = NULL WHERE match = 1",
        "UPDATE reading SET round = 99 WHERE match = 1 AND round = 0",
        "DROP TABLE reading",
    ],
)
def test_a_forfeit_that_cannot_be_is_damage(path: Path, command: str) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        try:
            connection.execute(command)
        except sqlite3.IntegrityError:
            return  # the file itself refuses it
    connection.close()
    with pytest.raises(UserError, match="the database is damaged"), closing(RunStore.read(path)) as store:
        store.digest()


# --- afterwards


def test_matches_that_were_answered_alike_go_together_in_their_order() -> None:
    chosen = np.zeros((6, 2, 3), dtype=np.int64)
    chosen[2, 0, 1] = chosen[4, 1, 0] = chosen[4, 0, 2] = FORFEIT
    chosen[5, 0] = FORFEIT
    parts = [(matches.tolist(), rounds.tolist()) for matches, rounds in equally_answered(chosen)]
    assert parts == [([0, 1], [0, 1, 2]), ([2], [0, 2]), ([3], [0, 1, 2]), ([4], [1])]


def test_states_leave_out_rounds_without_an_answer() -> None:
    game = RockPaperScissors(rounds=12)
    history = mumbled(game, matches=6)
    fixtures = [Fixture("rps", ("mumbler", "ngram"), repeat) for repeat in range(1, 6)] + [
        Fixture("rps", ("ngram", "mumbler"), 1)
    ]
    gatherer = StateGatherer(["ngram"])
    gatherer.add(game, fixtures, history)
    (sums,) = gatherer.chairs.values()
    answered = (history.chosen != FORFEIT).all(axis=1)
    assert sums.counts.sum() == answered.sum() < 72
    by_hand = StateSums(3, 3, 2, groups=1)
    for match in range(6):
        seat, kept = (1 if match < 5 else 0), answered[match]
        moves = history.chosen[match][:, kept]
        by_hand.add(np.zeros(1, np.int64), moves[None, 1 - seat], moves[None, seat], history.probs[match, seat][kept][None])
    np.testing.assert_array_equal(sums.counts.sum(axis=0), by_hand.counts[0])
    np.testing.assert_allclose(sums.probs.sum(axis=1), by_hand.probs[:, 0])


def test_a_replay_names_what_was_no_answer(path: Path) -> None:
    result = tells("replay", path, "--match", "rps/mumbler-vs-ngram/1")
    assert result.exit_code == 0
    assert f"mumbler (first): {NO_ANSWER}  -1" in result.output
    assert "off-menu 25.0 %  unended 12.5 %  no valid answer 40.0 %  estimated from 3 samples" in result.output
    assert "The rules pay what the log says" in result.output


def test_every_command_reads_a_run_with_forfeits(path: Path, tmp_path: Path) -> None:
    for command in (
        ["summary"],
        ["habits"],
        ["solo"],
        ["memory", "--agent", "ngram", "--arena", "rps"],
        ["replay"],
        ["alignment"],
    ):
        result = tells(command[0], path, *command[1:])
        assert not result.exception or isinstance(result.exception, SystemExit), (command, result.exception)
        assert result.exit_code in (0, 2), (command, result.output)
    page = tmp_path / "page.html"
    assert tells("report", path, "-o", page).exit_code == 0
    assert NO_ANSWER in page.read_text(encoding="utf-8")


def test_a_page_holds_a_forfeit_as_no_action() -> None:
    game = HideAndSeek(places=100, rounds=40)  # too many actions to keep the probabilities of all
    history = mumbled(game)
    page = packed(game, Fixture("hide", ("mumbler", "ngram"), 1), history, 0)
    moves = np.frombuffer(base64.b64decode(page["moves"][0]), "<u2")
    failed = history.chosen[0, 0] == FORFEIT
    np.testing.assert_array_equal(moves == NO_MOVE, failed)
    np.testing.assert_array_equal(moves[~failed], history.chosen[0, 0][~failed])
    assert failed.any()
    assert set(moves[~failed].tolist()) <= set(page["kept"][0])
    assert max(page["kept"][0]) < 100


def test_exports_name_it_and_carry_the_columns(path: Path, tmp_path: Path) -> None:
    assert tells("export", path, "-o", tmp_path / "tables").exit_code == 0
    rows = pyarrow.parquet.read_table(tmp_path / "tables" / "rounds.parquet").to_pylist()
    failed = [row for row in rows if row["move"] == NO_ANSWER]
    assert failed
    assert all(row["action"] is None and row["player"] == "mumbler" for row in failed)
    assert all(row["action"] is not None for row in rows if row["move"] != NO_ANSWER)
    mine = [row for row in rows if row["player"] == "mumbler"]
    assert {(row["unended"], row["forfeit"], row["samples"]) for row in mine} == {(0.125, 0.4, 3)}
    assert {(row["unended"], row["forfeit"], row["samples"]) for row in rows if row["player"] == "ngram"} == {(0.0, 0.0, 0)}
    assert tells("export", path, "--format", "jsonl", "-o", tmp_path / "lines").exit_code == 0
    lines = (tmp_path / "lines" / "rounds.jsonl").read_text(encoding="utf-8").splitlines()
    assert sum(json.loads(line)["move"] == NO_ANSWER for line in lines) == len(failed)
    assert tells("export", path, "--format", "inspect", "-o", tmp_path / "logs").exit_code == 0
