"""What an agent does in a match: it catches up to the bit, writes from its own seed, and never outgrows its model."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from test_engine import Uneven, played
from zoo import save_model

from agents.agent import Agent, AgentSpec, load_agents
from agents.engine.asking import Asked, Asking
from agents.engine.rows import Rows
from agents.model import Sampling
from agents.style import Wording, load_style
from arenas.dice import Dice
from arenas.errors import UserError
from arenas.hide_and_seek import HideAndSeek
from arenas.play import Table, play, take_seats
from arenas.random_number import RandomNumber
from arenas.record import history_of, record_of
from arenas.rock_paper_scissors import RockPaperScissors
from arenas.writing import Writing

GAME = HideAndSeek(places=12, rounds=6)


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Agent:
    folder = save_model(tmp_path_factory.mktemp("llama"), "llama")
    return load_agents({"x": AgentSpec(str(folder))})["x"]


def test_a_player_seated_in_the_middle_goes_on_to_the_bit(agent: Agent) -> None:
    chairs, dice = np.array([[0, 1], [1, 0], [0, 1]]), Dice.roll([1, 2, 3], 2, GAME.rounds)
    ticks = play(GAME, take_seats(GAME, [agent.sit, Uneven], chairs), dice)
    for _ in range(4):
        history = next(ticks)
    kept = history_of([record_of(history, m) for m in range(3)], GAME.rounds)
    *_, whole = ticks
    *_, resumed = play(GAME, take_seats(GAME, [agent.sit, Uneven], chairs), dice, kept)
    assert np.array_equal(resumed.probs, whole.probs)
    assert np.array_equal(resumed.off_menu, whole.off_menu)


def test_a_match_does_not_depend_on_its_wave(agent: Agent) -> None:
    together = played(agent, GAME, matches=6)
    chairs = np.array([[0, 1]])
    *_, alone = play(GAME, take_seats(GAME, [agent.sit, Uneven], chairs), Dice.roll([5], 2, GAME.rounds))
    assert np.array_equal(alone.chosen[0], together.chosen[5])
    np.testing.assert_allclose(alone.probs[0], together.probs[5], atol=1e-5)


def test_a_lower_temperature_sharpens_and_is_that_of_the_tokens(agent: Agent) -> None:
    cold = Agent("cold", agent.model, agent.style, Sampling(temperature=0.5))
    game = RockPaperScissors(rounds=1)
    table = Table(game, np.array([0]))
    outs = {}
    for player in (agent, cold):
        conversation = player.sit(table)._conversation
        outs[player.name] = conversation.ask()().probs[0]
    entropy = {name: -(p / p.sum() * np.log(p / p.sum())).sum() for name, p in outs.items()}
    assert entropy["cold"] < entropy["x"]


def test_a_match_that_outgrows_the_model_is_refused_at_the_table(agent: Agent) -> None:
    with pytest.raises(UserError, match=r"x: a match of rps takes up to \d+ tokens in style plain, the model holds 512"):
        agent.sit(Table(RockPaperScissors(rounds=200), np.array([0])))


def test_the_cost_bounds_the_tokens_that_are_played(agent: Agent) -> None:
    for style in ("plain", "wordy"):
        told, game = replace(agent, style=load_style(style).with_examples(style == "plain")), RockPaperScissors(rounds=5)
        player = told.sit(Table(game, np.array([0])))
        conversation = player._conversation
        for _ in range(5):
            conversation.ask()()
            conversation.hear([" scissors"], [told.style.after_round(game, 0, 5, "scissors", "scissors", -1.0)])
        conversation.ask()()
        cost = told.cost(game, 0)
        assert conversation._rows.reader.lengths[0] <= cost.total(5) <= 1.2 * conversation._rows.reader.lengths[0]


def test_texts_follow_the_seed_of_their_row_alone(agent: Agent) -> None:
    game = Writing(max_tokens=12)

    def texts(seeds: list[int]) -> list[str]:
        player = agent.sit(Table(game, np.zeros(len(seeds), dtype=np.int64)))
        return player._conversation.write(12, seeds, stop=None)

    several = texts([11, 12, 13, 11])
    assert several[0] == several[3]
    assert len(set(several)) == 3
    assert texts([13])[0] == several[2]


def test_a_window_too_small_for_a_round_is_refused(agent: Agent) -> None:
    small = replace(agent, window=20)
    with pytest.raises(
        UserError, match=r"x: window must hold the opening and a round of rps, \d+ tokens in style plain, got 20"
    ):
        small.sit(Table(RockPaperScissors(rounds=20), np.array([0])))


def test_a_window_lets_a_long_match_fit_the_model(agent: Agent) -> None:
    replace(agent, window=400).sit(Table(RockPaperScissors(rounds=2000), np.array([0])))


def test_a_template_that_hides_turns_is_refused(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama", chat_template="{{ messages[0]['content'] }}")
    agent = load_agents({"x": AgentSpec(str(folder))})["x"]
    with pytest.raises(UserError, match="does not show every turn: use a style of kind text"):
        agent.sit(Table(RockPaperScissors(rounds=3), np.array([0])))


def test_rows_that_read_the_same_are_computed_once(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[int] = []
    ask = Asking.ask

    def counting(asking: Asking, rows: Rows, wanted: list[list[int]]) -> Callable[[], Asked]:
        asked = ask(asking, rows, wanted)
        batches.append(int(rows.reader.row_of.max()) + 1)
        return asked

    monkeypatch.setattr(Asking, "ask", counting)
    history = played(agent, RockPaperScissors(rounds=4), matches=40)
    seen = [history.chosen[:, :, :t].reshape(40, -1) for t in range(4)]
    first = np.arange(40) % 2  # in which seat the agent's opponent sits
    assert batches[0] == 1
    for t in range(4):
        mine_first = np.where(first[:, None, None] == 1, history.chosen[:, ::-1, :t], history.chosen[:, :, :t]).reshape(40, -1)
        assert batches[t] == len(np.unique(mine_first, axis=0)) <= len(seen[t])


def test_out_of_memory_halves_the_pass_and_loses_nothing(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    game = HideAndSeek(places=12, rounds=4)
    wanted = played(agent, game, matches=12)
    model = agent.model._model.base_model  # type: ignore[attr-defined]
    forward, largest = model.forward, []

    def small_memory(**inputs: torch.Tensor) -> object:
        if len(inputs["input_ids"]) > 3:
            raise torch.OutOfMemoryError("no memory for so many rows")
        largest.append(len(inputs["input_ids"]))
        return forward(**inputs)

    monkeypatch.setattr(model, "forward", small_memory)
    got = played(agent, game, matches=12)
    assert max(largest) in (2, 3)
    np.testing.assert_allclose(got.probs, wanted.probs, atol=1e-5)
    assert np.array_equal(got.chosen, wanted.chosen)


def test_seams_are_tried_at_the_table_and_noted(agent: Agent) -> None:
    spoiled = replace(
        agent, style=replace(agent.style, name="spoiled", answer="{action}", forms=(), solo=Wording("{rules} 1", " 1", end=","))
    )
    assert "merges" not in agent.notes[0]
    spoiled.sit(Table(RandomNumber(low=0, high=10), np.array([0])))
    assert "the tokenizer merges" in spoiled.notes[0]
