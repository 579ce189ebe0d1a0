"""The engine's distributions are those of a plain forward pass, for every architecture, whatever the batch."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from zoo import CHAT_TEMPLATE, REWRITING_TEMPLATE, save_model

from agents.agent import Agent, AgentSpec, load_agents
from agents.style import Style
from arenas.dice import Dice
from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.history import FloatArray, History, Moves, View
from arenas.matrix import Matrix
from arenas.play import Table, play, take_seats
from arenas.random_number import RandomNumber
from arenas.rock_paper_scissors import RockPaperScissors

PLAYED = [
    "llama",
    "gpt2",
    "gemma3",
    "phi3_sliding",
    "gpt_oss",
    "deepseek_v3",
    "bloom",
    "gptj",
    "gpt_neo",
    "mamba",
    "zamba2",
    "qwen3_5",
]
"""One of each way that a model is read, and of each kind of attention."""
EXACT = 1e-5


class Uneven:
    """An opponent with a lopsided distribution, so that rows part."""

    foresees = False

    def __init__(self, table: Table) -> None:
        self.table = table

    def act(self, view: View) -> Moves:
        weights = np.where(view.legal, np.arange(1.0, 1.0 + view.legal.shape[1]), 0.0)
        return Moves(weights / weights.sum(axis=1, keepdims=True))


def played(agent: Agent, game: Game, matches: int = 5) -> History:
    """The agent against `Uneven`, in either seat in turn; alone in a solo game."""
    seats = len(game.seats)
    chairs = (
        np.array([[0, 1] if m % 2 else [1, 0] for m in range(matches)]) if seats == 2 else np.zeros((matches, 1), dtype=int)
    )
    dice = Dice.roll(range(matches), seats, game.rounds)
    *_, history = play(game, take_seats(game, [agent.sit, Uneven], chairs), dice)
    return history


def transcript(style: Style, game: Game, history: History, m: int, seat: int, t: int, tokenizer: Any) -> str:
    """What a model has read before round t, rendered anew in one go."""
    words = [game.actions[s] for s in range(len(game.seats))]
    opening = style.opening(game, seat)
    answers, said = [], []
    for r in range(t):
        mine = words[seat][history.chosen[m, seat, r]]
        theirs = words[1 - seat][history.chosen[m, 1 - seat, r]] if len(words) == 2 else ""
        answers.append(style.written(mine))
        said.append(style.after_round(game, seat, r, mine, theirs, float(history.pay[m, seat, r])))
    if style.kind == "text":
        return opening.text + "".join(answer + reply for answer, reply in zip(answers, said, strict=True))
    assert opening.system is None
    turns = [turn for question, answer in opening.shown for turn in exchange(question, style.prefill + answer)]
    for question, answer in zip([opening.text, *said], answers, strict=False):
        turns += exchange(question, style.prefill + answer)
    turns.append({"role": "user", "content": [opening.text, *said][t]})
    rendered: str = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    return rendered + style.prefill


def exchange(question: str, answer: str) -> list[dict[str, str]]:
    """A question and its answer as turns of a chat."""
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


class Plain:
    """P(answer) by one plain unbatched, uncached forward pass for each spelling on the whole transcript, tokenised anew."""

    def __init__(self, folder: Path, style: Style, game: Game, seat: int) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        self.model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager").eval()
        self.style, self.game, self.menu = style, game, style.menu(game, seat)
        self.chat = style.kind == "chat"

    def ids(self, text: str) -> list[int]:
        ids: list[int] = self.tokenizer(text, add_special_tokens=not self.chat)["input_ids"]
        return ids

    def steps(self, ids: list[int]) -> torch.Tensor:
        with torch.no_grad():
            return torch.softmax(self.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0].double(), dim=-1)

    def form(self, text: str, form: str, usual: bool) -> float:
        """P(form and an end); for a form beside the history's only what the stated threshold lets through."""
        context, total = self.ids(text), 0.0
        end = self.style.end(self.game)
        for tail in ("",) if end else ("", ".", "\n", ".\n"):
            whole = self.ids(text + form + tail)
            assert whole[: len(context)] == context
            steps = self.steps(whole)
            reached = float(torch.stack([steps[i - 1, whole[i]] for i in range(len(context), len(whole))]).prod())
            if (usual and not tail) or reached >= 1e-6:
                total += reached * float(steps[-1, self.ends(end)].sum())
        return total

    def ends(self, end: str | None) -> list[int]:
        """The tokens that end an answer: those that begin with the style's end, or stop the model or its turn."""
        if end is None:
            return [self.tokenizer.eos_token_id, self.tokenizer.convert_tokens_to_ids("<|end|>")]
        one = self.tokenizer("1", add_special_tokens=False)["input_ids"][-1]
        after = [self.tokenizer.decode([one, v])[len(self.tokenizer.decode([one])) :] for v in range(len(self.tokenizer))]
        return [v for v, said in enumerate(after) if said.startswith(end)]

    def distribution(self, text: str) -> FloatArray:
        """P of each action before normalising."""
        return np.array([sum(self.form(text, form, i == 0) for i, form in enumerate(forms)) for forms in self.menu])


def check_against_plain(folder: Path, agent: Agent, game: Game, rounds: list[int], tolerance: float = EXACT) -> None:
    history = played(agent, game)
    for m in range(len(history.chosen)):
        seat = (1 - m % 2) if len(game.seats) == 2 else 0
        plain = Plain(folder, agent.style, game, seat)
        for t in rounds:
            mass = plain.distribution(transcript(agent.style, game, history, m, seat, t, plain.tokenizer))
            on_menu = 1.0 - history.off_menu[m, seat, t] - history.unended[m, seat, t]
            assert np.abs(history.probs[m, seat, t] * on_menu - mass).max() <= tolerance, (m, t)
            np.testing.assert_allclose(history.probs[m, seat, t], mass / mass.sum(), atol=20 * tolerance)


@pytest.mark.parametrize("architecture", PLAYED)
def test_probabilities_equal_a_plain_forward(architecture: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path, architecture)
    agent = load_agents({"x": AgentSpec(model=str(folder), examples=False)})["x"]
    check_against_plain(folder, agent, RockPaperScissors(rounds=8), rounds=[0, 1, 7])


def test_answers_of_several_tokens_and_one_within_another(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "mistral")
    agent = load_agents({"x": AgentSpec(model=str(folder), examples=False)})["x"]
    check_against_plain(folder, agent, HideAndSeek(places=12, rounds=4), rounds=[0, 3])
    check_against_plain(folder, agent, RandomNumber(low=-2, high=11, length=4), rounds=[0, 3])


def test_an_answer_that_another_continues_with_a_new_word(tmp_path: Path) -> None:
    words = ("rock", "rock paper", "scissors")
    game = Matrix(payoffs=((1.0, 0.0, 0.0),) * 3, row_actions=words, column_actions=words, rounds=3)
    folder = save_model(tmp_path, "llama")
    check_against_plain(folder, load_agents({"x": AgentSpec(model=str(folder), examples=False)})["x"], game, rounds=[0, 2])


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "mamba", "qwen3_5"])
def test_chat_templates(architecture: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path, architecture, chat_template=CHAT_TEMPLATE)
    agent = load_agents({"x": AgentSpec(model=str(folder), examples=False)})["x"]
    assert agent.style.name == "chat"
    check_against_plain(folder, agent, RockPaperScissors(rounds=6), rounds=[0, 5])


@pytest.mark.parametrize("architecture", ["llama", "qwen2_sliding", "mamba", "qwen3_5"])
def test_a_chat_template_that_rewrites_earlier_turns_is_read_as_it_now_stands(architecture: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path, architecture, chat_template=REWRITING_TEMPLATE)
    agent = load_agents({"x": AgentSpec(model=str(folder), examples=False)})["x"]
    check_against_plain(folder, agent, RockPaperScissors(rounds=6), rounds=[0, 1, 5])
    assert "rewrites earlier turns" in agent.notes[0]


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "mamba", "qwen3_5"])
def test_a_declared_window_forgets_the_oldest_rounds_in_one_block(architecture: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path, architecture)
    game, window = RockPaperScissors(rounds=20), 130
    agent = load_agents({"x": AgentSpec(model=str(folder), window=window, examples=False)})["x"]
    history = played(agent, game, matches=3)
    plain = Plain(folder, agent.style, game, 0)
    most = agent._most_rounds(game, 0)
    assert 4 < most < 10
    held = 0
    for t in range(game.rounds):
        whole = transcript(agent.style, game, history, 1, 0, t, plain.tokenizer)
        opening = agent.style.opening(game, 0).text
        kept = "".join(f"\nThem:{part}" for part in whole.removeprefix(opening).split("\nThem:")[t - held + 1 :])
        answers = game.actions[0]
        mine = f" {answers[history.chosen[1, 0, t - held]]}" if held else ""
        text = opening + mine + kept
        assert len(plain.ids(text)) <= window
        mass = plain.distribution(text)
        np.testing.assert_allclose(history.probs[1, 0, t], mass / mass.sum(), atol=20 * EXACT)
        held = held + 1 if held < most else most // 4


@pytest.mark.parametrize("missing", ["bos", "pad"])
def test_a_tokenizer_needs_neither_bos_nor_pad(missing: str, tmp_path: Path) -> None:
    folder = save_model(tmp_path, "qwen2", **{missing: None})
    agent = load_agents({"x": AgentSpec(model=str(folder), examples=False)})["x"]
    check_against_plain(folder, agent, RockPaperScissors(rounds=4), rounds=[0, 3])
