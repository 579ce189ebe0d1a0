"""What only a GPU shows: exactness there, graphs, memory that really runs out, and that nobody waits. `make test-gpu`."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from architectures import configs
from test_device_traffic import small_answers
from test_readers import EXACT, READ_BY, ROUNDED, ROWS, TRIES, by_plain_passes, largest_error, model_of, script
from zoo import save_model

from agents.agent import AgentSpec, load_agents
from agents.engine.benchmark_wave import random_llama
from agents.engine.graph_reader import NOT_USED, TOKENS, GraphRowReader
from agents.engine.memory import free_memory
from agents.engine.probe import choose_reader
from agents.engine.readers import RowReader
from agents.engine.sampling import RowDraws, sample
from agents.model import Sampling

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")]

GPU = torch.device("cuda:0")
MIXTURES = {"mixtral", "qwen3_moe", "granitemoe", "deepseek_v2", "deepseek_v3", "gpt_oss", "llama4"}
"""Mixtures of experts: whether their passes can be recorded depends on the GPU, so either way of reading is right."""
OWN_ROUNDING = {**ROUNDED, "qwen3_5": 1e-4, "jamba": 1e-4, "zamba2": 1e-4}
"""On another device sums come in another order: architectures that float32 rounds by more than `EXACT`."""


def on_gpu(architecture: str, dtype: torch.dtype = torch.float32) -> Any:
    return model_of(architecture, dtype).to(GPU)


@pytest.mark.parametrize("architecture", sorted(configs()))
def test_every_architecture_is_exact(architecture: str) -> None:
    model, steps = on_gpu(architecture), script()
    wanted = by_plain_passes(model, steps)
    kind, notes = choose_reader(model)
    expected = {READ_BY[architecture]} if READ_BY[architecture] != ROWS else {GraphRowReader.name}
    assert kind.name in expected | ({ROWS} if architecture in MIXTURES else set()), notes
    assert largest_error(kind(model, rows=6, capacity=16), steps, wanted) <= OWN_ROUNDING.get(architecture, EXACT)


@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt_oss", "mixtral", "qwen3_5"])
def test_half_precision_is_no_further_off_than_a_plain_pass_in_half_precision(architecture: str) -> None:
    exact, half, steps = on_gpu(architecture), on_gpu(architecture, torch.bfloat16), script()
    half.load_state_dict(exact.state_dict())
    wanted, rounded = by_plain_passes(exact, steps), by_plain_passes(half, steps)
    kind, _ = choose_reader(half)
    reader, own, distances = kind.on_trial(half, 6, 16), [], []
    for told, right, plain in zip(steps, wanted, rounded, strict=True):
        reading = reader.read(told.deltas, told.keep, told.trie)
        got = torch.softmax(reading.logits.float(), dim=-1)[reading.row_of]
        rows = [row for row in range(6) if told.deltas[row]]
        own += [float((plain[row] - right[row]).abs().sum() / 2) for row in rows]
        distances += [float((got[row] - right[row]).abs().sum() / 2) for row in rows]
    assert 0.0 < np.mean(distances) <= 1.3 * np.mean(own)


def wave(reader: RowReader, rows: int, rounds: int) -> Iterator[torch.Tensor]:
    """Probabilities of some rounds, of three to eight tokens a row, with and without answers of several tokens."""
    rng = np.random.default_rng(0)
    held = [30] * rows
    reader.read([list(range(20, 50))] * rows, [0] * rows)
    for step in range(rounds):
        told = [rng.integers(3, 400, size=rng.integers(3, 9)).tolist() for _ in range(rows)]
        reading = reader.read(told, held, TRIES[0] if step % 2 else None)
        held = [length + len(new) for length, new in zip(held, told, strict=True)]
        yield torch.softmax(reading.logits.float(), dim=-1)[reading.row_of]


@pytest.mark.parametrize("rows", [1, 5, 48])
@pytest.mark.parametrize("architecture", ["llama", "gemma3", "gpt2", "mistral"])
def test_graphs_are_used_and_change_nothing(architecture: str, rows: int) -> None:
    model = on_gpu(architecture)
    GraphRowReader.prepare(model)
    graphed, plain = GraphRowReader(model, rows, 256), RowReader(model, rows, 256)
    replays = 0
    replay = torch.cuda.CUDAGraph.replay

    def counted(graph: Any) -> None:
        nonlocal replays
        replays += 1
        replay(graph)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch.cuda.CUDAGraph, "replay", counted)
        for with_graphs, without in zip(wave(graphed, rows, 24), wave(plain, rows, 24), strict=True):
            assert float((with_graphs - without).abs().max()) <= EXACT
    assert not graphed.notes
    assert replays >= 5


def test_passes_past_the_bound_are_read_as_they_are() -> None:
    model = on_gpu("llama")
    GraphRowReader.prepare(model)
    reader = GraphRowReader.on_trial(model, TOKENS, 64)
    reader.read([[5, 6 + row % 300, row // 300] for row in range(TOKENS)], [0] * TOKENS)
    reader.read([[7, 8]] * TOKENS, [3] * TOKENS)
    assert reader._graphs is not None
    assert len(reader._graphs) == 0


def test_a_model_that_waits_for_the_device_is_read_without_graphs() -> None:
    model = on_gpu("llama")
    forward = type(model.model.norm).forward

    def waits(norm: Any, hidden: Any) -> Any:
        assert float(hidden.abs().max()) < torch.inf
        return forward(norm, hidden)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(model.model.norm), "forward", waits)
        kind, notes = choose_reader(model)
        assert kind is RowReader, notes
        assert notes[1].startswith(f"unfit for {GraphRowReader.name}: ")
        reader = GraphRowReader(model, 3, 256)
        GraphRowReader.prepare(model)
        got = list(wave(reader, 3, 12))
        assert reader.notes[0].startswith(NOT_USED)
        for one, other in zip(got, wave(RowReader(model, 3, 256), 3, 12), strict=True):
            assert float((one - other).abs().max()) <= EXACT


@pytest.mark.parametrize("kind", [RowReader, GraphRowReader], ids=lambda kind: str(kind.name))
def test_nobody_waits_for_a_pass(kind: type[RowReader]) -> None:
    """torch itself raises at whatever would wait, but for the one array that is fetched."""
    model = on_gpu("gemma3", torch.bfloat16)
    kind.prepare(model)
    reader, answers = kind(model, 5, 256), small_answers()
    trie = answers.first_trie()
    draws = RowDraws(range(5))
    reader.read([list(range(20, 90))] * 5, [0] * 5)
    for step in range(12):
        told = [[5 + row, 6, 7 + step] for row in range(5)]
        keep = [70 + 3 * step] * 5
        quiet = step not in (0, 1, 2)  # rows part, room is made and graphs are recorded
        torch.cuda.set_sync_debug_mode("error" if quiet else "default")
        try:
            later = answers.ask(reader.read(told, keep, trie), trie)
        finally:
            torch.cuda.set_sync_debug_mode("default")
        assert len(later()) == 5
    reading = reader.read([[9 + row] for row in range(5)], [106] * 5)
    assert sample(reading.last_of([1, 3]), draws.at(0, np.array([1, 3])), Sampling()).shape == (2,)


def test_memory_that_runs_out_loses_no_round() -> None:
    """Both the cache and the passes are far larger than what may be taken."""
    model = random_llama("small", GPU, torch.bfloat16)
    GraphRowReader.prepare(model)
    rows, rng = 256, np.random.default_rng(0)
    opening, told = rng.integers(8, 512, size=64).tolist(), rng.integers(8, 512, size=(rows, 6)).tolist()
    taken = torch.cuda.memory_allocated(GPU)
    torch.cuda.reset_peak_memory_stats(GPU)
    whole = RowReader(model, rows, 2048)
    whole.read([opening] * rows, [0] * rows)
    wanted = whole.read(told, [64] * rows)
    right = torch.softmax(wanted.logits[:, 0].float(), dim=-1)[wanted.row_of].cpu()
    used = torch.cuda.max_memory_allocated(GPU) - taken
    del whole, wanted
    torch.cuda.empty_cache()
    share = (torch.cuda.memory_allocated(GPU) + used // 4) / torch.cuda.get_device_properties(GPU).total_memory
    torch.cuda.set_per_process_memory_fraction(share, GPU)
    try:
        reader = GraphRowReader(model, rows, 2048)
        reader.read([opening] * rows, [0] * rows)
        reading = reader.read(told, [64] * rows)
        got = torch.softmax(reading.logits[:, 0].float(), dim=-1)[reading.row_of].cpu()
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0, GPU)
    assert any("rows are read in turn" in note for note in reader.notes)
    assert float((got - right).abs().max()) <= 0.05


def test_free_memory_counts_what_torch_keeps_for_later() -> None:
    before = free_memory(GPU)
    assert before is not None
    large = torch.empty(2**28, dtype=torch.uint8, device=GPU)
    held = free_memory(GPU)
    del large
    after = free_memory(GPU)
    assert held is not None
    assert after is not None
    assert before - held >= 2**27
    assert after - held >= 2**27


def test_a_loaded_model_says_how_it_is_read(tmp_path: Path) -> None:
    agent = load_agents({"x": AgentSpec(model=str(save_model(tmp_path, "llama")), device="cuda:0")})["x"]
    assert f"read by {GraphRowReader.name}" in agent.notes[0]
    assert "cuda:0" in agent.notes[0]


def test_float32_is_not_rounded_to_nineteen_bits() -> None:
    """TensorFloat-32 is off unless somebody turned it on: the comparison at load allows for rounding in float32 only."""
    assert torch.get_float32_matmul_precision() == "highest"
    a = torch.randn(512, 512, dtype=torch.float64, device=GPU)
    assert float((a.float() @ a.float() - a @ a).abs().max()) < 1e-3


def test_copies_of_a_model_agree_across_devices() -> None:
    """The same weights on the CPU and on the GPU, rows growing side by side on both."""
    here = model_of("gemma3")
    there = copy.deepcopy(here).to(GPU)
    RowReader.prepare(here)
    GraphRowReader.prepare(there)
    pairs = zip(wave(RowReader(here, 4, 128), 4, 8), wave(GraphRowReader(there, 4, 128), 4, 8), strict=True)
    for one, other in pairs:
        assert float((one - other.cpu()).abs().max()) <= 1e-4
