"""Playing on and on against somebody who remembers a few rounds: against the full tree, linear programming, and by hand."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from small_runs import play_small, tells
from tables import EVEN, LOPSIDED, RPS, P, R, S, answer, table

from analysis.best_response import best_response, stage_payoff
from analysis.memory_response import memory_policy, patient_worst_case
from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.record import record_of
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.brockbank_vul import BrockbankVul
from opponents.copycat import Copycat
from opponents.cycle import Cycle
from opponents.memory_process import average_reward, finite_horizon
from opponents.memory_response import MemoryResponse
from opponents.mixture import Mixture

PlayOut = Callable[..., History]
PAYOFF = stage_payoff(RPS, 0)


def random_policy(m: int, n: int, memory: int, seed: int = 0) -> list[np.ndarray]:
    """Distributions after each history of up to `memory` rounds."""
    chance = np.random.default_rng(seed)
    return [chance.dirichlet(np.ones(n), (m * n) ** t) for t in range(memory + 1)]


@pytest.mark.parametrize("game", [RockPaperScissors(), HideAndSeek(places=2), LOPSIDED], ids=repr)
@pytest.mark.parametrize("memory", [1, 2, 3])
@pytest.mark.parametrize("rounds", [1, 2, 4, 5])
def test_the_finite_horizon_is_the_full_trees(game: MatrixGame, memory: int, rounds: int) -> None:
    payoff = stage_payoff(game, 1)
    m, n = payoff.shape
    policy = random_policy(m, n, memory)
    whole = [policy[t] if t < memory else np.tile(policy[-1], ((m * n) ** (t - memory), 1)) for t in range(rounds)]
    value = best_response(payoff, whole).value
    assert finite_horizon(payoff, policy[:-1], policy[-1], rounds) == pytest.approx(value, abs=1e-12)


def occupancy_gain(payoff: np.ndarray, policy: np.ndarray) -> float:
    """The best average reward by linear programming over how often each state and action come (Manne 1960)."""
    from scipy.optimize import linprog

    (m, n), states = payoff.shape, len(policy)
    reward = -(policy @ payoff.T).ravel()
    flow = np.zeros((states + 1, states * m))
    for s in range(states):
        for a in range(m):
            flow[s, s * m + a] += 1
            for b in range(n):
                flow[(s * m * n + a * n + b) % states, s * m + a] -= policy[s, b]
    flow[states] = 1
    return -float(linprog(reward, A_eq=flow, b_eq=np.r_[np.zeros(states), 1.0], method="highs").fun)


@pytest.mark.parametrize("game", [RockPaperScissors(), HideAndSeek(places=3), LOPSIDED, Matrix()], ids=repr)
@pytest.mark.parametrize("memory", [1, 2])
def test_the_average_reward_is_linear_programmings_and_the_long_runs(game: MatrixGame, memory: int) -> None:
    payoff = stage_payoff(game, 0)
    policy = random_policy(*payoff.shape, memory, seed=3)
    found = average_reward(payoff, policy[-1])
    assert found.high - found.low <= 1e-8
    assert found.low == pytest.approx(occupancy_gain(payoff, policy[-1]), abs=1e-6)
    assert finite_horizon(payoff, policy[:-1], policy[-1], 2000) / 2000 == pytest.approx(found.low, abs=2e-3)


def test_who_remembers_nothing_loses_its_stage_exploitability() -> None:
    found = average_reward(PAYOFF, np.tile([0.5, 0.3, 0.2], (81, 1)))
    assert found.low == pytest.approx(0.3)
    assert set(found.actions) == {1}


def test_a_cycle_is_beaten_for_ever_and_a_trap_leaves_bounds() -> None:
    copycat = np.eye(3)[np.arange(9) // 3]  # plays the responder's last move: beaten every round
    assert average_reward(PAYOFF, copycat).low == pytest.approx(1.0)
    trap = np.eye(3)[np.arange(9) % 3]  # repeats itself for ever
    trap[[1, 4, 7]] = 1 / 3  # but evenly after paper
    found = average_reward(PAYOFF, trap, most_sweeps=200)
    assert found.low <= found.high <= 1.0 + 1e-12


def test_five_rounds_of_memory_take_less_than_a_second() -> None:
    policy = random_policy(3, 3, 5)
    start = time.process_time()
    assert average_reward(PAYOFF, policy[-1]).low > 0.3
    assert time.process_time() - start < 1.0


# --- the adaptive opponent


@pytest.mark.parametrize("memory", [1, 2, 3])
@pytest.mark.parametrize("prey", [Cycle(), Copycat(), Cycle(step=2), Mixture(tilt=100.0)], ids=repr)
def test_it_comes_to_win_every_round_from_whom_it_can(play_out: PlayOut, prey: object, memory: int) -> None:
    game = RockPaperScissors(rounds=60)
    history = play_out(game, [MemoryResponse(memory).sit, prey.sit], [[0, 1], [1, 0]], range(2))  # type: ignore[attr-defined]
    assert history.expected[0, 0, 30:].mean() > 0.9
    assert history.expected[1, 1, 30:].mean() > 0.9


def test_it_wins_in_both_seats_of_other_games(play_out: PlayOut) -> None:
    for game in (HideAndSeek(places=4, rounds=80), Matrix(rounds=80), LOPSIDED):
        habit = Mixture(tilt=100.0)
        history = play_out(game, [MemoryResponse(1).sit, habit.sit], [[0, 1], [1, 0]], range(2))
        for match, seat in ((0, 0), (1, 1)):
            there_is = game.exploitability(np.array([1 - seat]), history.probs[match, 1 - seat, :1])
            assert history.expected[match, seat, 10:].mean() - game.value(seat) > 0.9 * there_is.item()


def test_it_gives_up_a_point_now_for_more_later() -> None:
    """Who answers with what would have beaten my last move is led by the nose: the plan beats one that looks no further."""
    lure = np.full((9, 3), 1 / 3)
    lure[[0, 1, 2]] = [0.4, 0.35, 0.25]  # after my rock: nearly even
    lure[[6, 7, 8]] = [0.0, 1.0, 0.0]  # after my scissors: surely paper
    patient = average_reward(PAYOFF, lure)
    assert patient.actions.tolist()[:3] == [2, 2, 2]  # scissors, though paper would win 0.15 and scissors wins 0.10 - 0.05
    assert patient.low == pytest.approx(1.0)


def test_it_counts_what_followed_which_own_and_other_moves() -> None:
    """The other answered rock with paper and paper with rock; a swap of own and other, or a shift by one, reads otherwise."""
    mine, theirs = [0, 1, 0, 0, 1, 2, 0], [2, 1, 0, 1, 1, 0, 2]
    short = answer(MemoryResponse(memory=1, ahead=1), RPS, [0, 1], [mine] * 2, [theirs] * 2)
    # after (rock, scissors) came paper, once: the counter is scissors
    np.testing.assert_array_equal(short, [S, S])
    mine, theirs = [0, 1, 2, 0], [2, 1, 0, 1]
    # (rock, paper) is new: the other's paper was followed by rock
    np.testing.assert_array_equal(answer(MemoryResponse(memory=1, ahead=1), RPS, [0], [mine], [theirs]), [P])
    # its paper is new too: it was rock twice in three rounds
    np.testing.assert_array_equal(answer(MemoryResponse(memory=1, ahead=1), RPS, [0], [[0, 1, 2]], [[0, 0, 1]]), [P])
    np.testing.assert_array_equal(answer(MemoryResponse(memory=1, ahead=1), RPS, [0], [[]], [[]]), [EVEN])
    np.testing.assert_array_equal(answer(MemoryResponse(memory=3), RPS, [0], [[0, 0]], [[2, 2]]), [R])
    np.testing.assert_array_equal(answer(MemoryResponse(memory=3), RPS, [0], [[0, 0]], [[0, 0]]), [P])


def test_it_beats_the_stable_bots_of_brockbank_and_vul(play_out: PlayOut) -> None:
    """Nine moves in ten are known once the context is: 0.85 a round for a perfect reader."""
    game = RockPaperScissors(rounds=150)
    for bot in ("prev_move_positive", "opponent_prev_move_nil", "win_nil_lose_positive", "win_positive_lose_negative"):
        history = play_out(game, [MemoryResponse(1).sit, BrockbankVul(bot).sit], [[0, 1]] * 4, range(4))
        assert history.expected[:, 0, 75:].mean() > 0.75, bot


def test_rows_solved_in_parts_are_the_rows_solved_together(monkeypatch: pytest.MonkeyPatch) -> None:
    chance = np.random.default_rng(1)
    mine, theirs = chance.integers(0, 3, (2, 5, 20)).tolist()
    whole = answer(MemoryResponse(2), RPS, [0, 1, 0, 1, 1], mine, theirs)
    monkeypatch.setattr("opponents.memory_response.CELLS_AT_ONCE", 500)
    np.testing.assert_array_equal(answer(MemoryResponse(2), RPS, [0, 1, 0, 1, 1], mine, theirs), whole)
    assert len({tuple(row) for row in whole.tolist()}) > 1


def test_too_many_states_are_refused_in_a_line() -> None:
    with pytest.raises(UserError, match="memory 2 with 20 actions needs 64,000,000 sums a sweep"):
        MemoryResponse(2).sit(table(HideAndSeek(places=20), [0]))
    with pytest.raises(UserError, match="memory must be from 1 to 5, got 6"):
        MemoryResponse(6)


# --- read off a run's records


def test_the_policy_of_a_memory_bot_is_read_off_its_matches(play_out: PlayOut) -> None:
    """`win_nil_lose_positive` remembers one round, so its policy after one round is its definition."""
    game = RockPaperScissors(rounds=200)
    history = play_out(game, [BrockbankVul("win_nil_lose_positive").sit, Mixture(tilt=1.0).sit], [[0, 1]] * 4, range(4))
    policy = memory_policy(game, 0, [(record_of(history, match), 0) for match in range(4)], 1)
    assert policy.seen == 1.0
    seen_after_loss = policy.probs[1][1 * 3 + 0]  # the other's paper beat its rock: to paper
    np.testing.assert_allclose(seen_after_loss, [0.05, 0.9, 0.05], atol=0.02)
    seen_after_win = policy.probs[1][2 * 3 + 0]  # its rock beat scissors: stays
    np.testing.assert_allclose(seen_after_win, [0.9, 0.05, 0.05], atol=0.02)
    worst = patient_worst_case(game, 0, policy)
    assert worst.low == pytest.approx(0.85, abs=0.02)
    assert worst.in_match == pytest.approx(0.85, abs=0.02)
    assert worst.high - worst.low < 1e-3


def test_a_context_says_whose_move_was_whose(play_out: PlayOut) -> None:
    game = RockPaperScissors(rounds=200)
    history = play_out(game, [BrockbankVul("opponent_prev_move_nil").sit, Mixture(tilt=1.0).sit], [[0, 1]] * 4, range(4))
    policy = memory_policy(game, 0, [(record_of(history, match), 0) for match in range(4)], 1)
    for other in range(3):
        for own in range(3):
            assert policy.probs[1][other * 3 + own].argmax() == other


def test_seats_alike_are_read_together(play_out: PlayOut) -> None:
    game = RockPaperScissors(rounds=50)
    bot, other = BrockbankVul("bot_prev_move").sit, Mixture().sit
    history = play_out(game, [bot, other], [[0, 1], [1, 0]], range(2))
    swapped = play_out(game, [other, bot], [[1, 0], [0, 1]], range(2))
    chairs = [(record_of(history, 0), 0), (record_of(history, 1), 1)]
    again = [(record_of(swapped, 0), 0), (record_of(swapped, 1), 1)]
    policy = memory_policy(game, 0, chairs, 1)
    both = [memory_policy(game, 0, [chair], 0).probs[0] for chair in chairs]
    np.testing.assert_allclose(memory_policy(game, 0, chairs, 0).probs[0], (both[0] + both[1]) / 2, atol=0.01)
    np.testing.assert_array_equal(policy.probs[1], memory_policy(game, 0, again, 1).probs[1])


def test_the_policy_over_a_whole_tree_is_the_tree(play_out: PlayOut) -> None:
    """Where every history of two rounds has come up thousands of times, the mean is what the tree says."""
    game = HideAndSeek(places=2, rounds=3)
    history = play_out(game, [MemoryResponse(1).sit, Mixture(tilt=1.0).sit], [[0, 1]] * 400, range(400))
    policy = memory_policy(game, 0, [(record_of(history, match), 0) for match in range(400)], 2)
    assert [len(probs) for probs in policy.probs] == [1, 4, 16]
    np.testing.assert_allclose(policy.probs[0], [[0.5, 0.5]], atol=0.1)
    worst = patient_worst_case(game, 0, policy)
    assert worst.low <= worst.high


def test_the_command_reads_a_run(tmp_path: Path) -> None:
    run = play_small(tmp_path)
    said = tells("memory", run, "--memory", "1")
    assert said.exit_code == 0, said.output
    lines = [line.split() for line in said.output.splitlines()]
    assert lines[0][:3] == ["agent", "arena", "seat"]
    found = {tuple(line[:3]): float(line[3]) for line in lines[1:] if line and line[0] in ("uniform", "mix", "cycle")}
    assert len(found) == 3 * (1 + 2)
    assert found["uniform", "rps", "any"] == found["uniform", "hide", "2"] == 0.0
    assert found["cycle", "rps", "any"] > found["mix", "rps", "any"] > 0.3
    refused = tells("memory", run, "--memory", "9")
    assert (refused.exit_code, refused.output.strip()) == (2, "error: --memory must be from 1 to 5, got 9")
