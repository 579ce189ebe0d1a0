"""The opponents that learn, against beliefs worked out by hand and against the habits that they should beat."""

from collections.abc import Callable

import numpy as np
import pytest
from tables import EVEN, LOPSIDED, RPS, P, R, S, answer, table, view

from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.copycat import Copycat
from opponents.cycle import Cycle
from opponents.frequency import Frequency, FrequencyCount
from opponents.ngram import LongestContext, Ngram
from opponents.opponent import Opponent

PlayOut = Callable[..., History]


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
