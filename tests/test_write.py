"""Free text: the same for the same seed in whatever company it is written, and no text waits for a longer one."""

import heapq
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM
from zoo import CHAT_TEMPLATE, save_model

from agents.agent import Agent, AgentSpec, load_agents
from agents.engine.conversation import WRITTEN_AT_ONCE, RowConversation
from agents.engine.readers import RowReader
from agents.engine.reading import Deltas, Reader, Reading, plain_logits
from agents.engine.rows import Rows, kept_of
from agents.engine.sampling import GAMMA, RowDraws, _exponentials, _mixed, sample
from agents.engine.trie import Trie
from agents.engine.whole_readers import PaddedReader, SingleReader
from agents.engine.writing import write_texts
from agents.model import Sampling
from arenas.play import Table
from arenas.writing import Writing

SEEDS = [3, 14, 15, 92, 65, 35, 89, 79, 32, 38, 46]
MOST = 10


def conversation(agent: Agent, rows: int) -> RowConversation:
    """An agent that is about to write, `rows` times."""
    opened = agent.sit(Table(Writing(max_tokens=MOST), np.zeros(rows, dtype=np.int64)))._conversation
    assert isinstance(opened, RowConversation)
    return opened


def plain_model(folder: Path) -> Any:
    """The weights with the attention they come with."""
    return AutoModelForCausalLM.from_pretrained(folder, attn_implementation="eager").eval()


def by_plain_passes(folder: Path, agent: Agent, seeds: Sequence[int], stop: str | None) -> list[str]:
    """The texts by the definition: the whole text through the model for every token, one row at a time."""
    model: Any = agent.model
    plain = plain_model(folder)
    texts = []
    for row in range(len(seeds)):
        talk = conversation(agent, len(seeds))
        draws, written = RowDraws(seeds), []
        for step in range(MOST):
            logits = plain_logits(plain, [*talk._wanted[row], *written])[-1:]
            token = int(sample(Reading.of(logits), draws.at(step)[row : row + 1], agent.sampling)[0])
            if token in model._ends:
                break
            written.append(token)
            if stop is not None and stop in talk._pieces.decode(written).lstrip():
                break
        texts.append(talk._pieces.decode(written))
    return texts


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "mamba"])
@pytest.mark.parametrize("template", [None, CHAT_TEMPLATE])
def test_texts_are_those_of_plain_passes_however_many_are_written_at_once(
    architecture: str, template: str | None, tmp_path: Path
) -> None:
    folder = save_model(tmp_path, architecture, chat_template=template)
    agent = load_agents({"x": AgentSpec(str(folder))})["x"]
    wanted = by_plain_passes(folder, agent, SEEDS, stop="e")
    assert len({len(text) for text in wanted}) > 3
    for at_once in (None, 1, 2, 4, 11, 50):
        assert conversation(agent, len(SEEDS)).write(MOST, SEEDS, "e", at_once) == wanted, at_once
    backwards = conversation(agent, len(SEEDS)).write(MOST, SEEDS[::-1], "e", 3)
    assert backwards == wanted[::-1]


END = 0


class Recited(Reader):
    """Stands for a model: the text whose prompt ends with token r goes on with `lengths[r]` tokens r, then END."""

    name = "recited"
    device = torch.device("cpu")  # type: ignore[assignment]

    def __init__(self, rows: int, prompt: int, lengths: Sequence[int]) -> None:
        super().__init__(None, rows, 64)
        self.row_of = np.arange(rows)
        self.texts: list[list[int]] = [[] for _ in range(rows)]
        self.passes: list[list[int]] = []
        self._prompt, self._lengths = prompt, lengths

    def read(self, deltas: Deltas, keep: Sequence[int], trie: Trie | None = None) -> Reading:
        self.passes.append([len(delta) for delta in deltas])
        logits = torch.full((len(deltas), 1, 100), -1e4)
        for row, (text, kept, delta) in enumerate(zip(self.texts, keep, deltas, strict=True)):
            assert kept <= len(text)
            text[kept:] = delta
            number = text[-1]
            written = len(text) - self._prompt
            logits[row, 0, END if written == self._lengths[number] else number] = 0.0
        return Reading(logits, self.row_of)


def makespan(lengths: Sequence[int], places: int) -> int:
    """Passes until the last text has ended, when each waiting text takes the first place that gets free."""
    free = [0] * places
    for length in lengths:
        heapq.heappush(free, heapq.heappop(free) + length)
    return max(free)


@pytest.mark.parametrize("places", [1, 2, 5, 16])
def test_a_place_is_taken_again_at_once(places: int) -> None:
    lengths = np.random.default_rng(0).geometric(0.15, size=40).tolist()
    beginning = [7, 7, 7]
    reader = Recited(places, len(beginning) + 1, [0, *lengths])
    prompts = [[*beginning, 1 + row] for row in range(40)]
    texts = write_texts(Rows(reader), prompts, RowDraws(range(40)), Sampling(), 99, frozenset({END}), lambda tokens: False)
    assert [text.tokens for text in texts] == [[1 + row] * length for row, length in enumerate(lengths)]
    # the token that ends a text takes a pass too
    passes = [length + 1 for length in lengths]
    in_groups = sum(max(passes[first : first + places]) for first in range(0, 40, places))
    assert len(reader.passes) - 1 == makespan(passes, places) <= in_groups
    # after the common beginning, a text costs the rest of its prompt and then a token a pass
    assert reader.passes[0] == [3] * places
    assert {read for deltas in reader.passes[1:] for read in deltas} <= {0, 1}
    assert sum(map(sum, reader.passes)) == 3 * places + sum(passes)


def test_texts_end_at_the_most_tokens_and_where_the_caller_says() -> None:
    for most, until, length in ((4, 99, 4), (9, 3, 3), (1, 99, 1)):
        reader = Recited(2, 1, [0, 50, 50, 50])
        texts = write_texts(
            Rows(reader),
            [[1], [2], [3]],
            RowDraws([1, 2, 3]),
            Sampling(),
            most,
            frozenset({END}),
            lambda tokens, until=until: len(tokens) == until,
        )
        assert [text.tokens for text in texts] == [[1] * length, [2] * length, [3] * length]
        assert [text.ended for text in texts] == [until == length] * 3


def test_a_stop_text_ends_a_text_once_something_was_written(tmp_path: Path) -> None:
    agent = load_agents({"x": AgentSpec(str(save_model(tmp_path, "llama")))})["x"]
    talk = conversation(agent, 1)
    tokens = talk._pieces._encode
    for stop in ("\n\n", "e", "You:"):
        for text in ("", "\n\n", "\n\nrock\n", "rock\n\n", "You: rock You:", "scissors and paper " * 20 + "\n\n", "The", "ééé"):
            ids = tokens(text)
            for n in range(1, len(ids) + 1):
                part = ids[:n]
                before = any(stop in talk._pieces.decode(ids[:k]).lstrip() for k in range(1, n))
                if not before:
                    assert talk._stopped(part, stop) == (stop in talk._pieces.decode(part).lstrip()), (stop, text, n)
    assert not talk._stopped(tokens("\n\n"), None)


def test_a_large_wave_is_written_in_even_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    agent = load_agents({"x": AgentSpec(str(save_model(tmp_path, "llama")))})["x"]
    places: list[int] = []
    for rows in (1, WRITTEN_AT_ONCE, WRITTEN_AT_ONCE + 2, 3 * WRITTEN_AT_ONCE):
        talk = conversation(agent, rows)
        make = talk._make_reader
        monkeypatch.setattr(talk, "_make_reader", lambda rows, capacity, make=make: places.append(rows) or make(rows, capacity))
        talk.write(1, list(range(rows)), None)
    assert places == [1, WRITTEN_AT_ONCE, WRITTEN_AT_ONCE // 2 + 1, WRITTEN_AT_ONCE]


def test_readers_write_the_same(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama")
    agent = load_agents({"x": AgentSpec(str(folder))})["x"]
    model: Any = agent.model
    plain = plain_model(folder)
    prompts = [model._tokenizer(text)["input_ids"] for text in ("You: rock", "You: rock\nThem: paper\nYou:", "A win")]
    texts = [
        write_texts(Rows(reader), prompts, RowDraws([5, 6, 7]), Sampling(top_p=0.9), 8, frozenset(), lambda tokens: False)
        for reader in (RowReader(model._model, 2, 16), PaddedReader(plain, 2, 16), SingleReader(plain, 2, 16))
    ]
    assert texts[0] == texts[1] == texts[2]
    assert len({tuple(text.tokens) for text in texts[0]}) == 3


def test_the_numbers_are_those_of_splitmix64() -> None:
    # the first outputs for the seed 1234567, as published with the generator
    wanted = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821]
    assert [int(x) % 2**64 for x in _mixed(1234567 + GAMMA * torch.arange(1, 6))] == wanted


def test_the_exponentials_are_exponential_and_differ_by_row_step_and_token() -> None:
    draws = RowDraws(range(100))
    numbers = torch.stack([_exponentials(torch.from_numpy(draws.at(step)), 50) for step in range(20)]).flatten().numpy()
    assert len(np.unique(numbers)) == len(numbers) == 100_000
    # Kolmogorov's distance, with its 0.1 % bound
    ranked = np.sort(1.0 - np.exp(-numbers))
    assert np.abs(ranked - (np.arange(len(ranked)) + 0.5) / len(ranked)).max() < 1.95 / np.sqrt(len(ranked))


def test_keys_follow_row_and_step_alone() -> None:
    draws = RowDraws([10, 20, 30])
    rows, steps = np.array([2, 0]), np.array([7, 0])
    assert draws.at(steps, rows).tolist() == [RowDraws([30]).at(7)[0], RowDraws([10]).at(0)[0]]


@pytest.mark.parametrize("top_p", [1.0, 0.6])
def test_samples_follow_the_distribution(top_p: float) -> None:
    probs = np.array([0.02, 0.4, 0.08, 0.3, 0.2])
    rows = 40_000
    reading = Reading.of(torch.log(torch.tensor(probs)).repeat(rows, 1))
    tokens = sample(reading, RowDraws(range(rows)).at(1), Sampling(top_p=top_p))
    kept = probs if top_p == 1.0 else np.where(np.isin(np.arange(5), [1, 3]), probs, 0.0)
    counts = np.bincount(tokens, minlength=5) / rows
    assert np.abs(counts - kept / kept.sum()).max() < 4 * np.sqrt(0.25 / rows)
    assert (counts[kept == 0] == 0).all()


def test_rounding_moves_hardly_any_token() -> None:
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn((2000, 3000), generator=generator)
    rounded = logits + 1e-6 * torch.randn(logits.shape, generator=generator)
    keys = RowDraws(range(2000)).at(0)
    assert (sample(Reading.of(logits), keys, Sampling()) != sample(Reading.of(rounded), keys, Sampling())).sum() <= 1


def test_what_is_held_is_kept_up_to_where_the_texts_part_but_for_the_last_token() -> None:
    for held, wanted, kept in (
        ([], [1], 0),
        ([1, 2], [1, 2, 3, 4], 2),
        ([1, 2, 3], [1, 2], 1),
        ([1, 2], [1, 2], 1),
        ([1, 5, 3], [1, 2, 3], 1),
        ([4], [5, 6], 0),
    ):
        assert kept_of(held, wanted) == kept
