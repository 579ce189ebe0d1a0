"""The exact best response: against OpenSpiel, against the plan followed forward, and on games that can be solved by hand."""

from collections.abc import Sequence

import numpy as np
import pytest
from tables import LOPSIDED

from analysis.best_response import best_response, stage_payoff, value_of_plan, worst_case
from arenas.hide_and_seek import HideAndSeek
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.rock_paper_scissors import RockPaperScissors

GAMES = [RockPaperScissors(), HideAndSeek(places=3), Matrix(), LOPSIDED]


def random_policy(m: int, n: int, rounds: int, seed: int) -> list[np.ndarray]:
    """A distribution over the other's n actions at every history."""
    chance = np.random.default_rng(seed)
    return [chance.dirichlet(np.ones(n), (m * n) ** t) for t in range(rounds)]


def openspiel_value(payoff: np.ndarray, policy: Sequence[np.ndarray]) -> float:
    """The row player's best response value, by OpenSpiel on the turn-based form of the repeated game."""
    import pyspiel

    m, n = payoff.shape
    names = [[str(a) for a in range(count)] for count in (m, n)]
    stage = pyspiel.create_matrix_game("stage", "stage", *names, payoff, -payoff)
    game = pyspiel.create_repeated_game(stage, {"num_repetitions": len(policy), "recall": len(policy)})
    table: dict[str, list[tuple[int, float]]] = {}
    turns = pyspiel.convert_to_turn_based(game)

    def visit(state: object, history: int, t: int) -> None:
        if state.is_terminal():  # type: ignore[attr-defined]
            return
        for a in range(m):
            second = state.child(a)  # type: ignore[attr-defined]
            table[second.information_state_string(1)] = [(b, float(p)) for b, p in enumerate(policy[t][history])]
            for b in range(n):
                visit(second.child(b), (history * m + a) * n + b, t + 1)

    visit(turns.new_initial_state(), 0, 0)
    tabular = pyspiel.TabularPolicy(table)
    return float(pyspiel.TabularBestResponse(turns, 0, tabular).value_from_state(turns.new_initial_state()))


@pytest.mark.parametrize("game", GAMES, ids=repr)
@pytest.mark.parametrize("responder", [0, 1])
@pytest.mark.parametrize("rounds", [1, 2, 3, 4])
def test_the_value_is_openspiels(game: MatrixGame, responder: int, rounds: int) -> None:
    payoff = stage_payoff(game, responder)
    policy = random_policy(*payoff.shape, rounds, seed=rounds)
    assert best_response(payoff, policy).value == pytest.approx(openspiel_value(payoff, policy), abs=1e-12)


@pytest.mark.parametrize("game", [RockPaperScissors()], ids=repr)
def test_five_rounds_of_rock_paper_scissors_are_openspiels(game: MatrixGame) -> None:
    payoff = stage_payoff(game, 0)
    policy = random_policy(3, 3, 5, seed=8)
    assert best_response(payoff, policy).value == pytest.approx(openspiel_value(payoff, policy), abs=1e-12)


@pytest.mark.parametrize("game", GAMES, ids=repr)
@pytest.mark.parametrize("responder", [0, 1])
def test_the_plan_followed_forward_brings_the_value_and_no_other_plan_more(game: MatrixGame, responder: int) -> None:
    payoff = stage_payoff(game, responder)
    policy = random_policy(*payoff.shape, 4, seed=1)
    best = best_response(payoff, policy)
    assert value_of_plan(payoff, policy, best.plan) == pytest.approx(best.value, abs=1e-12)
    chance = np.random.default_rng(2)
    for _ in range(200):
        other = [
            np.where(chance.random(len(plan)) < 0.5, plan, chance.integers(0, len(payoff), len(plan))) for plan in best.plan
        ]
        assert value_of_plan(payoff, policy, other) <= best.value + 1e-12


def test_a_loss_now_is_taken_for_a_gain_later() -> None:
    """Paper wins 0.6 at once; scissors loses 0.2, but whoever met scissors answers with scissors, and then rock wins 1."""
    policy = [np.array([[0.6, 0.4, 0.0]]), np.full((9, 3), 1 / 3)]
    payoff = stage_payoff(RockPaperScissors(), 0)
    at_once = best_response(payoff, policy)
    assert (at_once.value, at_once.plan[0].tolist()) == (pytest.approx(0.6), [1])
    policy[1][[6, 7]] = [0, 0, 1]
    patient = best_response(payoff, policy)
    assert (patient.value, patient.plan[0].tolist()) == (pytest.approx(0.8), [2])
    assert patient.plan[1][[6, 7]].tolist() == [0, 0]


@pytest.mark.parametrize("game", GAMES, ids=repr)
@pytest.mark.parametrize("seat", [0, 1])
def test_a_player_at_equilibrium_loses_nothing_and_a_fixed_one_its_stage_exploitability(game: MatrixGame, seat: int) -> None:
    payoff = stage_payoff(game, 1 - seat)
    m, n = payoff.shape
    strategy = game.equilibrium[1 + seat]
    for probs in (strategy, np.eye(n)[0]):
        policy = [np.tile(probs, ((m * n) ** t, 1)) for t in range(4)]
        padded = np.pad(probs, (0, game.width - n))[None]
        stage = game.exploitability(np.array([seat]), padded)[0]
        assert worst_case(game, seat, policy).exploitability == pytest.approx(stage, abs=1e-9)
    assert stage > 0.1
    assert game.exploitability(np.array([seat]), np.pad(strategy, (0, game.width - n))[None])[0] == pytest.approx(0, abs=1e-9)


def test_the_plan_says_what_it_expects() -> None:
    policy = [np.array([[0.6, 0.3, 0.1]]), np.tile([0.1, 0.2, 0.7], (9, 1))]
    worst = worst_case(RockPaperScissors(), 1, policy)
    assert worst.plan == "paper (rock 60 %), then rock (scissors 70 %)"
    assert worst.exploitability == pytest.approx((0.5 + 0.5) / 2)
    hidden = worst_case(HideAndSeek(places=2), 0, [np.array([[0.2, 0.8]])])
    assert hidden.plan == "2 (2 80 %)"
    assert hidden.exploitability == pytest.approx(0.3)


def test_a_policy_of_the_wrong_shape_is_a_bug() -> None:
    payoff = stage_payoff(RockPaperScissors(), 0)
    with pytest.raises(ValueError, match=r"after 1 rounds the policy has shape \(3, 3\), not \(9, 3\)"):
        best_response(payoff, [np.full((1, 3), 1 / 3), np.full((3, 3), 1 / 3)])
    with pytest.raises(ValueError, match="no distribution"):
        best_response(payoff, [np.array([[0.5, 0.6, 0.0]])])


# --- equilibria

BIASED = Matrix(((0, -25, 50), (25, 0, -5), (-50, 5, 0)), ("r", "p", "s"), ("r", "p", "s"))
PUBLISHED_EQUILIBRIA = [
    (RockPaperScissors(), 0.0, [1 / 3] * 3, [1 / 3] * 3),
    (BIASED, 0.0, [1 / 16, 10 / 16, 5 / 16], [1 / 16, 10 / 16, 5 / 16]),
    (Matrix(), 0.0, [0.5, 0.5], [0.5, 0.5]),
    (HideAndSeek(places=5), -0.2, [0.2] * 5, [0.2] * 5),
    (Matrix(((2, -3), (-1, 4))), 0.5, [0.5, 0.5], [0.7, 0.3]),
    (Matrix(((5, 1), (2, 0))), 1.0, [1, 0], [0, 1]),  # a saddle point
]


@pytest.mark.parametrize(("game", "value", "row", "column"), PUBLISHED_EQUILIBRIA, ids=lambda x: repr(x)[:40])
def test_equilibria_are_the_known_ones(game: MatrixGame, value: float, row: list[float], column: list[float]) -> None:
    got = MatrixGame.equilibrium.func(game)  # type: ignore[attr-defined]
    assert got[0] == pytest.approx(value, abs=1e-9)
    np.testing.assert_allclose(got[1], row, atol=1e-9)
    np.testing.assert_allclose(got[2], column, atol=1e-9)
    pad = [np.pad(np.array(strategy, dtype=float), (0, game.width - len(strategy))) for strategy in (row, column)]
    assert game.nash_conv(*pad) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("game", [*GAMES, BIASED], ids=repr)
def test_nash_conv_is_the_two_exploitabilities_together(game: MatrixGame) -> None:
    chance = np.random.default_rng(4)
    for _ in range(5):
        first, second = (np.pad(chance.dirichlet(np.ones(len(a))), (0, game.width - len(a))) for a in game.actions)
        both = game.exploitability(np.array([0, 1]), np.stack([first, second])).sum()
        assert game.nash_conv(first, second) == pytest.approx(both, abs=1e-9)
        assert both > 0
