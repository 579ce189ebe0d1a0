"""Asking a player at every history of a short game, and what the command makes of it."""

from pathlib import Path

import numpy as np
import pytest
from small_runs import SMALL, play_small, tells, written
from tables import LOPSIDED, answer

from agents.agent import AgentSpec, load_agents
from analysis.best_response import best_response, stage_payoff, worst_case
from arenas.dice import Dice
from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.history import History, Moves, View
from arenas.matrix_game import MatrixGame
from arenas.play import play, take_seats
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.brockbank_vul import BrockbankVul
from opponents.cycle import Cycle
from opponents.frequency import Frequency
from opponents.memory_process import finite_horizon
from opponents.mixture import Mixture
from opponents.ngram import Ngram
from opponents.opponent import Opponent
from opponents.oracle import Oracle
from opponents.roshambo import Roshambo
from opponents.win_stay_lose_shift import WinStayLoseShift
from tournaments.game_tree import GameTree


def shorter(game: MatrixGame, rounds: int) -> MatrixGame:
    return type(game)(**{**{k: v for k, v in game.config().items() if k != "game"}, "rounds": rounds})


@pytest.mark.parametrize("opponent", [Frequency(decay=0.5), Ngram(1, "own"), WinStayLoseShift(), Mixture()], ids=repr)
@pytest.mark.parametrize("seat", [0, 1])
@pytest.mark.parametrize("game", [RockPaperScissors(), HideAndSeek(places=2), LOPSIDED], ids=repr)
def test_every_history_is_asked_with_its_own_past(game: MatrixGame, seat: int, opponent: Opponent) -> None:
    """Each entry of the policy is what the player says when shown just that history."""
    game = shorter(game, 3)
    policy = GameTree(game, seat).policy(opponent.sit, 1, rows=1000)
    m, n = len(game.actions[1 - seat]), len(game.actions[seat])
    assert [probs.shape for probs in policy] == [((m * n) ** t, n) for t in range(3)]
    index = 0
    for a in range(m):
        for b in range(n):
            one = answer(opponent, game, [seat], [[b]], [[a]])[0, :n]
            np.testing.assert_allclose(policy[1][a * n + b], one, atol=1e-12)
            for c in range(m):
                for d in range(n):
                    two = answer(opponent, game, [seat], [[b, d]], [[a, c]])[0, :n]
                    np.testing.assert_allclose(policy[2][index], two, atol=1e-12)
                    index += 1


@pytest.mark.parametrize("opponent", [Frequency(), Roshambo("randbot"), BrockbankVul("bot_prev_move")], ids=repr)
@pytest.mark.parametrize("rows", [1, 8, 9, 100])
def test_the_policy_does_not_depend_on_the_block(opponent: Opponent, rows: int) -> None:
    tree = GameTree(RockPaperScissors(rounds=4), 0)
    whole = tree.policy(opponent.sit, 5, rows=10_000)
    parts = tree.policy(opponent.sit, 5, rows)
    for probs, again in zip(whole, parts, strict=True):
        np.testing.assert_array_equal(probs, again)
        assert not np.isnan(probs).any()


def test_a_bot_of_one_round_memory_loses_what_its_definition_says() -> None:
    game = RockPaperScissors(rounds=5)
    policy = GameTree(game, 0).policy(BrockbankVul("win_nil_lose_positive").sit, 1, rows=10_000)
    modal = finite_horizon(stage_payoff(game, 1), policy[:1], policy[1], 5)
    assert best_response(stage_payoff(game, 1), policy).value == pytest.approx(modal, abs=1e-12)
    assert modal == pytest.approx(4 * 0.85)  # the first round is uniform


def test_the_plan_played_in_the_arena_wins_the_value() -> None:
    """The best response against a deterministic learner, played move by move through the ordinary loop."""
    game = RockPaperScissors(rounds=5)
    learner = Frequency(prior=0.0)
    policy = GameTree(game, 1).policy(learner.sit, 1, rows=10_000)
    payoff = stage_payoff(game, 0)
    best = best_response(payoff, policy)
    # along the plan, whatever the learner's ties do: the mean over many dice
    history = played_plan(game, learner, [plan.tolist() for plan in best.plan])
    won = history.expected[:, 0].sum(axis=1)
    assert abs(won.mean() - best.value) < 4 * won.std() / np.sqrt(len(won)) + 1e-9
    assert best.value >= 3


class Plan:
    """Plays a plan by the history's number."""

    foresees = False

    def __init__(self, plan: list[list[int]]) -> None:
        self.plan = plan

    def act(self, view: View) -> Moves:
        t = view.rounds_seen
        digits = view.mine * 3 + view.theirs
        number = (digits * 9 ** np.arange(t - 1, -1, -1)).sum(axis=1).astype(int)
        return Moves(np.eye(3)[np.array(self.plan[t])[number]])


def played_plan(game: MatrixGame, prey: Opponent, plan: list[list[int]]) -> History:
    matches = 400
    chairs = np.tile([0, 1], (matches, 1))
    seated = take_seats(game, [lambda table: Plan(plan), prey.sit], chairs)
    return list(play(game, seated, Dice.roll(range(matches), 2, game.rounds)))[-1]


def test_who_foresees_and_trees_too_large_are_refused() -> None:
    with pytest.raises(UserError, match="foresees"):
        GameTree(RockPaperScissors(rounds=2), 0).policy(Oracle().sit, 1, 10)
    with pytest.raises(UserError, match="5,380,840 histories, more than the 5,000,000 allowed"):
        GameTree(RockPaperScissors(rounds=8), 0)


def test_a_language_model_is_asked_what_it_is_asked_in_a_match() -> None:
    """The policy along the histories that were played is what the model said in the matches."""
    agent = load_agents({"base": AgentSpec("organism:base")})["base"]
    game = RockPaperScissors(rounds=3)
    policy = GameTree(game, 0).policy(agent.sit, 1, rows=81)
    makers = [agent.sit, Mixture(tilt=1.0).sit]
    seated = take_seats(game, makers, np.tile([0, 1], (12, 1)))
    history = list(play(game, seated, Dice.roll(range(12), 2, 3)))[-1]
    digits = history.chosen[:, 1] * 3 + history.chosen[:, 0]
    for t in range(3):
        number = (digits[:, :t] * 9 ** np.arange(t - 1, -1, -1)).sum(axis=1).astype(int)
        np.testing.assert_allclose(history.probs[:, 0, t], policy[t][number], atol=1e-4)
    worst = worst_case(game, 0, policy)
    seats = np.zeros(1, dtype=np.int64)
    at_first = game.exploitability(seats, policy[0])[0]
    assert at_first / 3 <= worst.exploitability <= 1
    assert np.ptp(policy[2], axis=0).max() > 1e-3  # it does listen


def test_the_command_says_what_each_agent_can_lose(tmp_path: Path) -> None:
    page = {**SMALL, "agents": {"uniform": {"opponent": "uniform"}, "cycle": {"opponent": "cycle"}}}
    config = written(tmp_path, page)
    said = tells("exact", config, "--rounds", "3", "--arena", "rps")
    assert said.exit_code == 0, said.output
    lines = [line.split() for line in said.output.splitlines()]
    assert next(line[:4] for line in lines if line and line[0] == "cycle") == ["cycle", "rps", "1", "+1.000"]
    assert next(line[:4] for line in lines if line and line[0] == "uniform") == ["uniform", "rps", "1", "+0.000"]
    assert "paper (rock 100 %), then scissors (paper 100 %), then rock (scissors 100 %)" in said.output
    run = play_small(tmp_path, page)
    again = tells("exact", run, "--rounds", "3", "--arena", "rps")
    assert again.output.splitlines()[:-1] == said.output.splitlines()[:-1]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--rounds", "0"], "--rounds must be from 1 to 100, got 0"),
        (["--rounds", "8"], "8 rounds have 5,380,840 histories, more than the 5,000,000 allowed"),
        (["--agent", "unifrom"], "no agent 'unifrom': did you mean 'uniform'?"),
        (["--arena", "sea"], "no arena with a payoff matrix 'sea': known: hide, rps"),
    ],
)
def test_the_command_refuses_in_a_line(tmp_path: Path, arguments: list[str], error: str) -> None:
    said = tells("exact", written(tmp_path, SMALL), *arguments)
    assert (said.exit_code, said.output.strip()) == (2, f"error: {error}")


def test_a_cycle_is_known_after_nothing() -> None:
    policy = GameTree(RockPaperScissors(rounds=6), 0).policy(Cycle().sit, 1, rows=7000)
    assert worst_case(RockPaperScissors(rounds=6), 0, policy).exploitability == pytest.approx(1.0)
