"""On a GPU nothing in a pass waits for the device, and what is sent and fetched is one array each. Tried on a pretended one."""

from typing import Any

import numpy as np
import pytest
import torch
from pretend_gpu import pretend_device, pretended_model, pretending
from test_readers import READ_BY, ROWS, TRIES
from zoo import tokenizer

from agents.engine.answer_paths import AnswerPaths
from agents.engine.answers import Answers
from agents.engine.readers import PathRowReader, RowReader
from agents.engine.sampling import RowDraws, sample
from agents.engine.token_texts import TokenTexts
from agents.engine.transfers import sent
from agents.model import Sampling

ON_ROWS = sorted(architecture for architecture, way in READ_BY.items() if way == ROWS)


def test_the_pretended_gpu_notices_what_a_real_one_would_wait_for() -> None:
    with pretending() as traffic:
        there = torch.zeros(3, 4, device=pretend_device())
        assert not traffic.counts
        there[torch.tensor([0, 2])] + 1.0
        assert traffic.counts == {"up": 1}
        there.cpu()
        torch.ones(3).to(there.device)
        assert traffic.counts == {"up": 2, "down": 1}
        for wrong in (lambda: there.sum().item(), lambda: there.nonzero(), lambda: there + torch.ones(3, 4), there.tolist):
            with pytest.raises(Exception, match=r"_local_scalar_dense|nonzero|two devices"):
                wrong()


@pytest.mark.parametrize("architecture", ON_ROWS)
def test_a_pass_sends_one_array_and_waits_for_nothing(architecture: str) -> None:
    with pretending() as traffic:
        model = pretended_model(architecture)
        RowReader.prepare(model)
        reader = RowReader(model, 4, 64)
        reader.read([[5, 6, 7]] * 4, [0] * 4)
        reader.read([[5, 6], [6], [7, 8], [9, 9]], [3] * 4, TRIES[0])
        traffic.counts.clear()
        reading = reader.read([[5, 6], [6], [7], [9, 9]], [5, 4, 5, 5], TRIES[0])
        assert traffic.counts == {"up": 1}
        assert reading.states.device == pretend_device()


def test_rows_that_fall_silent_or_are_read_apart_cost_no_wait() -> None:
    with pretending() as traffic:
        model = pretended_model("llama")
        RowReader.prepare(model)
        reader = RowReader(model, 4, 600)
        reader.read([[5], [6], [7], [8]], [0] * 4)
        traffic.counts.clear()
        reader.read([[5], [], [], [6]], [1] * 4)
        assert traffic.counts == {"up": 2}  # the rows that change places, and the pass
        traffic.counts.clear()
        reader.read([[5], [5], list(range(300)), [6]], [2, 1, 1, 2])
        assert traffic.counts["down"] == 0


def small_answers() -> Answers:
    """The answers of rock-paper-scissors in a small tokenizer."""
    tokens = tokenizer()
    menu = tuple((f" {word}", f" {word.capitalize()}") for word in ("rock", "paper", "scissors"))
    texts = TokenTexts(tokens, 420)
    paths = AnswerPaths(
        [menu], "\n", frozenset(), lambda text: tokens(f"You:{text}", add_special_tokens=False)["input_ids"][2:], texts
    )
    return Answers(paths, Sampling())


def test_a_tick_fetches_once() -> None:
    """One round of every row's distribution, as a conversation asks for it where no rarer form carries mass."""
    with pretending() as traffic:
        model = pretended_model("gemma3")
        answers = small_answers()
        trie = answers.first_trie()
        for kind, passes in ((RowReader, 1), (PathRowReader, 1 + len(trie.tips))):
            kind.prepare(model)
            reader = kind(model, 4, 64)
            for tick in range(3):
                traffic.counts.clear()
                reading = reader.read([[5 + row, 6] for row in range(4)], [2 * tick] * 4, trie)
                assert len(answers.ask(reading, trie)()) == 4
            assert traffic.counts == {"up": passes, "down": 1}


class Fixed(RowDraws):
    """Keys without torch, which cannot reach numbers while tensors are fake."""

    def at(self, step: Any, rows: Any = slice(None)) -> Any:
        return self._keys[rows]


@pytest.mark.parametrize("top_p", [1.0, 0.9])
def test_a_written_token_is_fetched_once(top_p: float) -> None:
    draws = Fixed([1, 2, 3])
    with pretending() as traffic:
        model = pretended_model("llama")
        RowReader.prepare(model)
        reader = RowReader(model, 3, 64)
        for step in range(3):
            traffic.counts.clear()
            reading = reader.read([[5, 6 + row] for row in range(3)], [2 * step] * 3)
            tokens = sample(reading.last_of([0, 2]), draws.at(step, np.array([0, 2])), Sampling(top_p=top_p))
            assert tokens.shape == (2,)
        assert traffic.counts == {"up": 3, "down": 1}  # the pass, which rows are written, their keys


def test_arrays_come_to_a_gpu_from_pinned_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    pinned: list[Any] = []
    monkeypatch.setattr(torch.Tensor, "pin_memory", lambda tensor: (pinned.append(tensor), tensor)[1])  # type: ignore[func-returns-value]
    told: list[Any] = []
    monkeypatch.setattr(torch.Tensor, "to", lambda tensor, device, **named: (told.append(named), tensor)[1])  # type: ignore[func-returns-value]
    array = np.arange(3)
    assert sent(array, torch.device("cuda:0")).tolist() == [0, 1, 2]
    assert len(pinned) == 1
    assert told == [{"non_blocking": True}]
    sent(array, torch.device("cpu"))
    assert len(pinned) == 1
