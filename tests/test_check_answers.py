"""Whether what is read is what is said: the test of it finds planted differences, and the shipped models pass it."""

import numpy as np
import pytest
from small_runs import tells

from agents.agent import AgentSpec, load_agents
from agents.questions import Question, read_and_spoken
from analysis.agreement import SURE, agreement, total_variation
from arenas.random_number import RandomNumber
from arenas.rock_paper_scissors import RockPaperScissors

READ = np.array([0.5, 0.2, 0.1, 0.002])


def test_answers_drawn_from_what_was_read_agree_as_often_as_they_should() -> None:
    rng = np.random.default_rng(3)
    p = [*READ, 1.0 - READ.sum()]
    found = [agreement(READ, rng.multinomial(2000, p)[:4], 2000) for _ in range(400)]
    low = np.array([[one.p_answers < 0.1, one.p_share < 0.1] for one in found]).mean(axis=0)
    assert (low < 0.16).all()
    assert (low > 0.05).all()
    covered = np.mean([one.off_low <= one.read_off <= one.off_high for one in found])
    assert covered > 0.92
    assert all(one.holds for one in found[:50])


def test_another_distribution_or_another_share_is_found() -> None:
    skewed = agreement(READ, np.array([800, 600, 196, 4]), 2000)
    assert skewed.p_answers < SURE < skewed.p_share
    silent = agreement(READ, np.array([750, 300, 150, 3]), 2000)
    assert silent.p_share < SURE < silent.p_answers
    assert not skewed.holds
    assert not silent.holds
    assert total_variation(READ, np.array([0, 10, 0, 0])) == pytest.approx(1.0 - 0.2 / READ.sum())


def test_few_answers_are_counted_together() -> None:
    assert agreement(READ, np.array([4, 1, 0, 0]), 6).p_answers == 1.0
    assert agreement(np.array([0.9, 0.001]), np.array([100, 3]), 103).p_answers == 1.0


@pytest.mark.parametrize(("model", "style"), [("organism:dpo", "chat"), ("organism:base", "plain")])
def test_the_shipped_models_say_what_is_read(model: str, style: str) -> None:
    agent = load_agents({"x": AgentSpec(model, style=style)})["x"]
    for game in (RockPaperScissors(rounds=4), RandomNumber(length=1)):
        question = Question(game, 0, game.rounds - 1, seed=5)
        found = read_and_spoken(agent, question, samples=1024, answers=0, most=1024)
        assert agreement(found.read, found.strict, found.samples).holds
        assert found.lenient.sum() >= found.strict.sum()


def test_the_command_says_it_in_two_lines() -> None:
    done = tells("check-answers", "organism:dpo", "--style", "chat", "--samples", "256", "--answers", "0", "--most", "256")
    assert done.exit_code == 0, done.output
    lines = done.output.strip().splitlines()
    assert "read and spoken answers agree in" in lines[-2]
    assert lines[-1].startswith("a lenient reader takes up to")
    assert any(line.startswith("chat") and " hider " in line for line in lines)
