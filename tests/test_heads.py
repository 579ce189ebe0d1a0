"""Logits are made of hidden states by the model's own code, for few positions at a time, and are those of whole passes."""

import copy
from typing import Any

import numpy as np
import pytest
import torch
from architectures import configs
from test_readers import model_of

from agents.engine import head, reading
from agents.engine.head import Head, HiddenHead, head_of
from agents.engine.memory import Passes
from agents.engine.probe import choose_reader
from agents.engine.readers import RowReader
from agents.engine.reading import Reading, plain_logits
from agents.engine.trie import Trie

CPU = torch.device("cpu")
TEXT = list(range(20, 45))


def read_apart(model: Any) -> Reading:
    """All positions of `TEXT` as one reading of hidden states."""
    found = head_of(model)
    states, _ = found.read(len(TEXT), {"input_ids": torch.tensor([TEXT]), "use_cache": False})
    return Reading(states, np.zeros(1, dtype=np.int64), found)


@pytest.mark.parametrize("architecture", sorted(configs()))
def test_every_architecture_has_its_logits_apart(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of(architecture)
    wanted = plain_logits(model, TEXT)
    got = read_apart(model)
    assert isinstance(got.head, HiddenHead)
    assert got.states.shape[-1] != wanted.shape[-1]
    for block in (2**30, 4 * 420 * 7):
        monkeypatch.setattr(reading, "SMALL_BLOCK", block)
        torch.testing.assert_close(got.logits[0], wanted.float(), atol=2e-4, rtol=1e-5)


def test_work_is_given_few_positions_each_once_with_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("llama")
    RowReader.prepare(model)
    got = RowReader(model, 3, 16).read([[5, 6], [7], [8, 9, 9]], [0] * 3, Trie(((1, 2), (1, 3), (4, 5))))
    whole = got.logits.flatten(0, 1)
    monkeypatch.setattr(reading, "SMALL_BLOCK", 4 * 4 * 420)
    asked: list[list[int]] = []

    def work(logits: torch.Tensor, positions: torch.Tensor) -> torch.Tensor:
        asked.append(positions.tolist())
        assert logits.dtype == torch.float32
        torch.testing.assert_close(logits, whole[positions])
        return torch.stack([positions, positions + 1], dim=1)

    found = got.in_parts(work)
    different, nodes = got.states.shape[:2]
    assert found.shape == (different, nodes, 2)
    assert found[..., 0].flatten().tolist() == list(range(different * nodes))
    assert [position for positions in asked for position in positions] == list(range(different * nodes))
    assert {len(positions) for positions in asked[:-1]} == {4}
    assert got.in_parts(lambda logits, _: logits.sum(-1)).shape == (different, nodes)


def test_the_last_tokens_of_some_rows_are_read_alone() -> None:
    model = model_of("llama")
    RowReader.prepare(model)
    got = RowReader(model, 4, 16).read([[5, 6], [7], [8, 9, 9], [7]], [0] * 4, Trie(((1, 2),)))
    last = got.last_of([3, 0])
    torch.testing.assert_close(last.logits[:, 0], got.logits[got.row_of[[3, 0]], 0])


def test_a_block_that_does_not_fit_is_made_again_in_halves() -> None:
    logits = torch.randn(9, 50)
    sizes: list[int] = []

    def cramped(some: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        sizes.append(len(some))
        if len(some) > 3:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return some.logsumexp(-1)

    found = Reading(logits[:, None], np.arange(9), passes=Passes(CPU)).in_parts(cramped)
    torch.testing.assert_close(found[:, 0], logits.logsumexp(-1))
    assert sizes == [9, 4, 2, 2, 2, 2, 1]


def test_no_logits_of_all_rows_and_nodes_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """The largest tensor with a vocabulary's width has as many rows as a block has."""
    model = model_of("llama")
    RowReader.prepare(model)
    monkeypatch.setattr(reading, "SMALL_BLOCK", 8 * 4 * 420)
    written: list[int] = []
    model.get_output_embeddings().register_forward_hook(lambda _, __, out: written.append(out.numel() // 420))
    reader = RowReader(model, 40, 16)
    got = reader.read([[5 + row, 6] for row in range(40)], [0] * 40, Trie(((1, 2), (1, 3), (4, 5))))
    assert not written
    got.in_parts(lambda logits, _: logits.logsumexp(-1))
    assert max(written) == 8
    assert sum(written) == got.states.shape[0] * got.states.shape[1]


def test_the_model_itself_is_left_as_it_was() -> None:
    model = model_of("gemma2")
    modules = dict(model.named_modules())
    wanted = plain_logits(model, TEXT)
    assert read_apart(model).logits.shape == (1, len(TEXT), 420)
    assert dict(model.named_modules()) == modules
    assert torch.equal(plain_logits(model, TEXT), wanted)


@pytest.mark.parametrize("fault", ["other logits", "an error"])
def test_logits_that_cannot_be_had_apart_are_written_whole_and_a_note_says_so(
    fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(self: HiddenHead, states: torch.Tensor) -> torch.Tensor:
        if fault == "an error":
            raise TypeError("unexpected argument")
        logits: torch.Tensor = 2.0 * self._model.get_output_embeddings()(states)
        return logits

    monkeypatch.setattr(head.HiddenHead, "logits", wrong)
    model = model_of("llama")
    wanted = plain_logits(model, TEXT)[-1]
    kind, notes = choose_reader(model)
    assert kind is RowReader
    said = "TypeError: unexpected argument" if fault == "an error" else "hidden states give probabilities that differ by "
    assert notes[1].startswith(f"its logits are written whole: {said}")
    reader = kind(model, 2, 64)
    assert type(reader.head) is Head
    torch.testing.assert_close(reader.read([TEXT, TEXT], [0, 0]).logits[0, 0], wanted, atol=1e-4, rtol=1e-4)


def test_a_pass_is_not_feared_for_logits_that_it_does_not_write() -> None:
    model = model_of("llama")
    apart, whole = RowReader(model, 2, 16), RowReader(model, 2, 16)
    whole.head = Head(model)
    assert apart.bytes_of_pass(4, 20, 9) == apart.bytes_of_pass(4, 20, 1) < whole.bytes_of_pass(4, 20, 1)
    assert whole.bytes_of_pass(4, 20, 1) < whole.bytes_of_pass(4, 20, 4)


SCALED = {
    "gemma2": ("final_logit_softcapping", 5.0),
    "cohere": ("logit_scale", 0.3),
    "granite": ("logits_scaling", 4.0),
    "falcon_h1": ("lm_head_multiplier", 0.5),
    "recurrent_gemma": ("logits_soft_cap", 5.0),
    "xlstm": ("output_logit_soft_cap", 5.0),
}
"""Architectures that do more than a product at the end, and what says how much."""


def scaled_model(architecture: str) -> Any:
    """A model whose last step is strong enough to be missed."""
    import transformers

    config = copy.deepcopy(configs()[architecture])
    name, value = SCALED[architecture]
    assert hasattr(config, name)
    setattr(config, name, value)
    torch.manual_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    model.get_output_embeddings().weight.data *= 30.0
    return model


@pytest.mark.parametrize("architecture", sorted(SCALED))
def test_soft_caps_and_scales_are_not_forgotten(architecture: str) -> None:
    model = scaled_model(architecture)
    wanted = plain_logits(model, TEXT)
    torch.testing.assert_close(read_apart(model).logits[0], wanted.float(), atol=1e-4, rtol=1e-5)
    with torch.inference_mode():
        bare = model.get_output_embeddings()(read_apart(model).states[0])
    assert float((bare - wanted).abs().max()) > 0.1  # the test would see it
