"""In half precision a way of reading is judged by its distance from float32 beside a plain pass's own."""

import copy
from typing import Any

import pytest
import torch
from test_readers import READ_BY, by_plain_passes, largest_error, model_of, script

from agents.engine import float32_pass, probe
from agents.engine.float32_pass import in_float32
from agents.engine.precision import HALF_TOLERANCE, LEAST, TIMES
from agents.engine.probe import choose_reader
from agents.engine.readers import RowReader
from agents.engine.reading import Reading, plain_logits
from agents.engine.standard import Distance, Standard, script_of
from agents.engine.trie import Trie
from arenas.errors import UserError

HALF = torch.bfloat16
TEXT = list(range(20, 60))


@pytest.mark.parametrize("memory", ["all", "few", "none"])
@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt_oss", "mamba", "zamba2", "opt"])
def test_weights_are_widened_while_a_model_computes_in_float32(
    architecture: str, memory: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All at once, layer by layer where memory is short, or not at all."""
    half = model_of(architecture, HALF)
    exact = copy.deepcopy(half).float()
    before = {name: tensor.clone() for name, tensor in half.state_dict().items()}
    layers = float32_pass._layers(half)
    inside = {id(parameter) for layer in layers for parameter in layer.parameters()}
    outside = sum(tensor.numel() for tensor in float32_pass._tensors(half) if id(tensor) not in inside)
    free = {"all": 2**40, "few": 9 * outside, "none": 0}[memory]
    monkeypatch.setattr(float32_pass, "free_memory", lambda device: free)
    if memory == "none":
        with pytest.raises(NotImplementedError), in_float32(half):
            pass
    else:
        with in_float32(half):
            assert half.dtype == torch.float32
            narrow = [HALF in {parameter.dtype for parameter in layer.parameters()} for layer in layers]
            assert any(narrow) == (memory == "few")
            got = plain_logits(half, TEXT)
        assert got.dtype == torch.float32
        assert float((got - plain_logits(exact, TEXT)).abs().max()) <= 1e-3
    after = half.state_dict()
    assert all(after[name].dtype == tensor.dtype and torch.equal(after[name], tensor) for name, tensor in before.items())


def test_what_raises_in_float32_leaves_the_weights_as_they_were() -> None:
    half = model_of("llama", HALF)
    with pytest.raises(ZeroDivisionError), in_float32(half):
        1 / 0  # noqa: B018
    assert {parameter.dtype for parameter in half.parameters()} == {HALF}


@pytest.mark.parametrize("spread", [2.0, 12.0])
@pytest.mark.parametrize("architecture", ["llama", "gemma3", "qwen2_sliding"])
def test_the_row_cache_is_taken_however_much_half_precision_moves(architecture: str, spread: float) -> None:
    """With peaked distributions a sound model's plain passes differ from float32 by more than any fixed tolerance."""
    half = model_of(architecture, HALF)
    head = half.get_output_embeddings()
    head.weight.data = head.weight.data * spread
    standard = Standard(half, script_of(420, 0))
    assert standard._exact is not None
    if spread > 10:
        assert Distance.between(standard._plain, standard._exact).largest > HALF_TOLERANCE
    kind, notes = choose_reader(half)
    assert kind is RowReader
    assert kind.name == READ_BY[architecture]
    assert notes == ("read by row cache",)


class Forgetful(RowReader):
    """Loses the first token of its second row, whatever the type of its numbers: one cell of four."""

    name = "forgetful"

    def read(self, deltas: Any, keep: Any, trie: Trie | None = None) -> Reading:
        deltas, keep = list(deltas), list(keep)
        if keep[1] == 0:
            deltas[1] = deltas[1][1:]
        else:
            keep[1] -= 1
        return super().read(deltas, keep, trie)


class Blurred(RowReader):
    """Right in float32, and in half precision further off than rounding explains."""

    name = "blurred"

    def read(self, deltas: Any, keep: Any, trie: Trie | None = None) -> Reading:
        reading = super().read(deltas, keep, trie)
        noise = 0.5 * torch.randn(reading.states.shape, generator=torch.Generator().manual_seed(0))
        states = reading.states if reading.states.dtype == torch.float32 else reading.states + noise.to(HALF)
        return self.reading(states, reading.row_of)


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (Forgetful, "probabilities differ from a plain forward pass by "),
        (Blurred, "from float32 by mean total variation"),
    ],
)
def test_readers_that_are_wrong_are_refused_in_half_precision_too(
    kind: type[RowReader], fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe, "FASTEST_FIRST", (kind, RowReader))
    chosen, notes = choose_reader(model_of("llama", HALF))
    assert chosen is RowReader
    assert notes[1].startswith(f"unfit for {kind.name}: ")
    assert fault in notes[1]


def test_where_float32_does_not_fit_the_old_tolerance_is_used_and_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(float32_pass, "free_memory", lambda device: 0)
    kind, notes = choose_reader(model_of("llama", HALF))
    assert kind is RowReader
    assert notes[1].startswith("not measured against float32, which this model cannot be read in here: its embeddings")


def test_the_chosen_reader_is_within_the_rule_on_other_texts() -> None:
    exact = model_of("gemma3")
    half = copy.deepcopy(exact).to(HALF)
    steps = script(seed=5)
    wanted = by_plain_passes(copy.deepcopy(half).float(), steps)
    own = by_plain_passes(half, steps)
    kind, _ = choose_reader(half)
    reader, mine, plain = kind(half, 6, 16), [], []
    for told, right, rounded in zip(steps, wanted, own, strict=True):
        reading = reader.read(told.deltas, told.keep, told.trie)
        got = torch.softmax(reading.logits, dim=-1)[reading.row_of]
        for row in (row for row in range(6) if told.deltas[row]):
            mine.append(float((got[row] - right[row]).abs().sum(-1).mean() / 2))
            plain.append(float((rounded[row] - right[row]).abs().sum(-1).mean() / 2))
    assert sum(mine) <= TIMES * sum(plain) + LEAST * len(mine)


def test_float32_stays_strict() -> None:
    model, steps = model_of("llama"), script()
    wanted = by_plain_passes(model, steps)
    kind, notes = choose_reader(model)
    assert kind is RowReader
    assert largest_error(kind(model, 6, 16), steps, wanted) <= 1e-5
    assert notes == ("read by row cache",)


@pytest.mark.parametrize("dtype", [torch.float32, HALF])
def test_a_model_whose_logits_are_no_numbers_is_one_line(dtype: torch.dtype) -> None:
    broken = model_of("llama", dtype)
    broken.model.norm.weight.data[3] = torch.nan
    said = f"its logits are not finite in {str(dtype).removeprefix('torch.')}"
    with pytest.raises(UserError, match=said) as raised:
        choose_reader(broken)
    assert "\n" not in str(raised.value)
    assert ("try dtype" in str(raised.value)) == (dtype == HALF)
