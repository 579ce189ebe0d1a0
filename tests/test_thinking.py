"""A model that thinks: its thoughts are its own, and its answer is read after them."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_engine import Plain, played
from zoo import save_model

from agents.agent import Agent, AgentSpec, load_agents
from agents.engine.conversation import RowConversation
from agents.engine.writing import Written
from agents.model import Thinking
from arenas.errors import UserError
from arenas.play import Table
from arenas.rock_paper_scissors import RockPaperScissors

TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}{% endif %}"
)
OPENS, CLOSES = "<think>\n", "\n</think>\n\n"
THOUGHTS = ("rock beats scissors", "the other player chose paper", "7")
GAME = RockPaperScissors(rounds=3)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("llama"), "llama", chat_template=TEMPLATE)


def thinker(folder: Path, thinking: Any) -> Agent:
    return load_agents({"x": AgentSpec(str(folder), thinking=thinking, examples=False)})["x"]


def test_the_answer_is_the_mean_of_those_read_after_each_thought(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same thoughts, given to a plain forward pass as text: opened and closed as the template does."""
    agent = thinker(folder, Thinking(tokens=16, samples=len(THOUGHTS)))
    plain = Plain(folder, agent.style, GAME, 0)
    conversation = agent.open(Table(GAME, np.array([0])))
    write = RowConversation._written

    def planted(self: RowConversation, *asked: Any) -> list[list[Written]]:
        write(self, *asked)  # what is truly written in these rows is cut off again
        return [[Written(plain.tokenizer(text, add_special_tokens=False)["input_ids"], False) for text in THOUGHTS]]

    monkeypatch.setattr(RowConversation, "_written", planted)
    answered = conversation.ask([5])()
    question = agent.style.opening(GAME, 0).text
    prompt = f"<|user|>{question}<|end|><|assistant|>"
    after = [plain.distribution(prompt + OPENS + text + CLOSES + agent.style.prefill) for text in THOUGHTS]
    mass = np.mean(after, axis=0)
    assert np.abs(answered.probs[0] * (1 - answered.off_menu[0] - answered.unended[0]) - mass).max() < 1e-5
    np.testing.assert_allclose(answered.probs[0], mass / mass.sum(), atol=1e-3)


def test_thoughts_follow_the_seeds_are_kept_and_stay_out_of_later_rounds(folder: Path) -> None:
    agent = thinker(folder, Thinking(tokens=6, samples=2))
    one, again = played(agent, GAME, matches=2), played(agent, GAME, matches=2)
    assert np.array_equal(one.probs, again.probs)
    assert (one.samples[0, 1] == 2).all()
    assert all('"thoughts": [' in reading for reading in one.readings[0, 1])
    held = agent.open(Table(GAME, np.array([0])))
    lengths = []
    for _ in range(2):
        held.ask([3])()
        held.hear([" rock"], [agent.style.after_round(GAME, 0, 0, "rock", "paper", -1.0)])
        lengths.append(len(held._wanted[0]))  # type: ignore[attr-defined]
    fresh = agent.open(Table(GAME, np.array([0])))
    for length in lengths:
        fresh.hear([" rock"], [agent.style.after_round(GAME, 0, 0, "rock", "paper", -1.0)])
        assert len(fresh._wanted[0]) == length  # type: ignore[attr-defined]


def test_a_text_has_no_place_for_thoughts(folder: Path) -> None:
    agent = load_agents({"x": AgentSpec(str(folder), style="plain", thinking=Thinking(4), examples=False)})["x"]
    with pytest.raises(UserError, match="no place for thoughts"):
        agent.open(Table(GAME, np.array([0])))
