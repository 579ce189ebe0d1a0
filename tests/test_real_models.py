"""Real models say what is read, and an independent forward pass reads the same: `make test-real`.

TELLS_REAL_MODELS names a folder that holds `smollm2`, a chat model, and `gemma3`, a base model.
"""

import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from test_engine import Plain, played, transcript

from agents.agent import Agent, AgentSpec, load_agents
from agents.questions import Question, read_and_spoken
from analysis.agreement import SURE, agreement
from arenas.game import Game
from arenas.hide_and_seek import HideAndSeek
from arenas.random_bit import RandomBit
from arenas.random_number import RandomNumber
from arenas.rock_paper_scissors import RockPaperScissors

pytestmark = pytest.mark.real

COIN = RandomBit(words=("heads", "tails"), length=10, wording="Flip a fair coin {length} times.")
QUESTIONS = [
    (RandomNumber(), 0, 0),
    (RandomNumber(high=9), 0, 0),
    (COIN, 0, 0),
    *((HideAndSeek(rounds=10), seat, t) for seat in (0, 1) for t in (0, 1, 9)),
    *((RockPaperScissors(rounds=10), 0, t) for t in (0, 1, 9)),
]
PLAYED = [("smollm2", "chat"), ("smollm2", "plain"), ("gemma3", "plain")]


@cache
def folder(name: str) -> Path:
    named = os.environ.get("TELLS_REAL_MODELS", "")
    if not (Path(named) / name / "config.json").is_file():
        pytest.skip(f"TELLS_REAL_MODELS names no folder with {name}")
    return Path(named) / name


@cache
def agent(name: str, style: str) -> Agent:
    return load_agents({name: AgentSpec(str(folder(name)), style=style)})[name]


@pytest.mark.parametrize(("name", "style"), PLAYED)
@pytest.mark.parametrize(("game", "seat", "t"), QUESTIONS, ids=repr)
def test_what_is_read_is_what_is_said(name: str, style: str, game: Game, seat: int, t: int) -> None:
    """2,000 real samples a question, parsed by the forms and ends that are read."""
    found = read_and_spoken(agent(name, style), Question(game, seat, t, seed=11), samples=2000, answers=500, most=20_000)
    agreed = agreement(found.read, found.strict, found.samples)
    print(f"{name} {style} {game.config()['game']} seat {seat} round {t + 1}: {agreed}")
    assert agreed.p_answers > SURE
    assert agreed.p_share > SURE
    assert abs(agreed.off - agreed.read_off) <= 0.03


@pytest.mark.parametrize(("name", "style"), PLAYED)
def test_an_independent_forward_pass_agrees(name: str, style: str) -> None:
    told = agent(name, style)
    for game in (RockPaperScissors(rounds=5), HideAndSeek(rounds=3)):
        history = played(told, game, matches=2)
        for m, t in ((0, 0), (1, 1), (0, game.rounds - 1)):
            seat = 1 - m % 2
            plain = Plain(folder(name), told.style, game, seat)
            mass = plain.distribution(transcript(told.style, game, history, m, seat, t, plain.tokenizer))
            on_menu = 1.0 - history.off_menu[m, seat, t] - history.unended[m, seat, t]
            assert np.abs(history.probs[m, seat, t] * on_menu - mass).max() <= 1e-5, (game, m, t)


@pytest.mark.parametrize("name", ["smollm2", "gemma3"])
def test_a_number_is_as_likely_whatever_else_is_on_the_menu(name: str) -> None:
    """The same prompt with the menus 0..9 and 0..10: `1` is an answer that ends."""
    masses = []
    for high in (9, 10):
        asked = agent(name, "plain")
        style = asked.style
        game = RandomNumber(high=high, wording="Pick a random number.")
        opening = style.opening(RandomNumber(high=10, wording="Pick a random number."), 0)
        script = asked._script(game, [opening], np.zeros(1, dtype=np.int64), 512, 1)
        answered = asked.model.open(script).ask()()
        masses.append(answered.probs[0][:10] * (1.0 - answered.off_menu[0] - answered.unended[0]))
    np.testing.assert_allclose(masses[0], masses[1], atol=1e-6)
