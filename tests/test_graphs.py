"""Recorded passes give what plain passes give; what cannot be recorded is read without. The recorder stands in for a GPU's."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from test_readers import EXACT, by_plain_passes, largest_error, model_of, script

from agents.engine import graph_reader, probe
from agents.engine.graph_reader import NOT_USED, GraphRowReader
from agents.engine.graphs import Graphs
from agents.engine.precision import HALF_TOLERANCE, differences, tolerance_of
from agents.engine.probe import choose_reader
from agents.engine.readers import RowReader

CPU = torch.device("cpu")
RECORDED = ["llama", "gemma2", "gemma3", "gpt_oss", "llama4", "deepseek_v3", "mixtral", "gpt2"]


class Repeats:
    """Runs a pass again on the same tensors, as a graph does, into the same result."""

    def __init__(self, buffers: Callable[[], Any] = lambda: None) -> None:
        self.records = self.replays = self.renewals = 0
        self._buffers = buffers

    def renew(self) -> None:
        self.renewals += 1

    def record(self, run: Callable[[], torch.Tensor]) -> tuple[Callable[[], Any], torch.Tensor]:
        self.records += 1
        result = run().clone()
        there = self._buffers()

        def replay() -> None:
            assert self._buffers() == there
            self.replays += 1
            result.copy_(run())

        result.fill_(torch.nan)  # what is recorded has not run yet
        return replay, result


class Graphed(GraphRowReader):
    """The reader for GPUs, on a CPU."""

    made: Repeats

    @classmethod
    def serves(cls, model: Any) -> bool:
        return True

    def _recorder(self) -> Repeats:
        self.made = Repeats(self.buffers)
        return self.made

    def buffers(self) -> list[int]:
        """Where the cache's memory is."""
        return [layer.keys.data_ptr() for layer in self._cache.row_layers if layer.keys is not None]


def graphed(model: Any, rows: int = 6, capacity: int = 16) -> Graphed:
    Graphed.prepare(model)
    reader = Graphed.on_trial(model, rows, capacity)
    assert isinstance(reader, Graphed)
    return reader


@pytest.mark.parametrize(
    ("architecture", "free"), [*((architecture, 10_000) for architecture in RECORDED), ("llama", 0), ("gemma3", 0)]
)
def test_recorded_passes_are_exact(architecture: str, free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_reader, "FREE", free)
    model, steps = model_of(architecture), script(rounds=6)
    wanted = by_plain_passes(model, steps)
    reader = graphed(model)
    assert largest_error(reader, steps, wanted) <= EXACT
    assert reader.made.records > 0
    assert reader.made.replays > reader.made.records or not free
    assert not reader.notes


def test_padding_and_neighbours_leave_a_row_as_it_was() -> None:
    """A graph of more rows, columns and slots than a pass has writes to nothing that is held."""
    model = model_of("llama")
    reader = graphed(model, rows=5, capacity=200)
    texts = [[*range(20, 50), 30 + b, *[31, 32][: b % 3]] for b in range(5)]
    reader.read([text[:30] for text in texts], [0] * 5)
    reader.read([text[30:] for text in texts], [30] * 5)
    for _ in range(2):  # recorded, then run: three rows, and room for a fourth
        held = [len(text) for text in texts]
        texts[:3] = [[*text, 7] for text in texts[:3]]
        reader.read([[7]] * 3 + [[]] * 2, held)
    assert reader.made.replays > reader.made.records
    last = reader.read([[9]] * 5, [len(text) for text in texts])
    got = torch.softmax(last.logits[:, 0], dim=-1)[last.row_of]
    for row, text in enumerate(texts):
        alone = RowReader(model, 1, 200).read([[*text, 9]], [0]).logits[0, 0]
        assert float((got[row] - torch.softmax(alone, dim=-1)).abs().max()) <= EXACT


def steady(reader: Graphed, rounds: int, held: int = 20) -> int:
    """A few rounds of two rows that are told three tokens each."""
    if held == 20:
        reader.read([list(range(30, 50))] * 2, [0, 0])
    for step in range(rounds):
        reader.read([[5 + step, 6, 7], [6 + step, 6, 7]], [held, held])
        held += 3
    return held


def test_a_shape_is_recorded_once_it_was_read_often_enough_and_then_run_again() -> None:
    model = model_of("llama")
    Graphed.prepare(model)
    reader = Graphed(model, 2, 128)
    steady(reader, 8)
    assert reader.made.records == 1
    assert reader.made.replays == 1 + 5  # the comparison; the first three rounds were read as they are


def test_graphs_of_buffers_that_were_replaced_are_never_run() -> None:
    """A graph writes to and reads from the memory that the cache had when it was recorded."""
    reader = graphed(model_of("llama"), 2, 64)
    steady(reader, 3)
    ran, buffers = reader.made.replays, reader.buffers()
    assert ran > reader.made.records
    reader.read([list(range(100)), list(range(1, 101))], [29, 29])
    assert reader.buffers() != buffers
    recorded = reader.made.records
    reader.read([[5, 6, 7], [6, 6, 7]], [20, 20])  # the shape of the first rounds
    assert reader.made.records == recorded + 1


def test_results_outlive_the_next_run_of_their_graph() -> None:
    reader = graphed(model_of("llama"), 2, 128)
    held = steady(reader, 3)
    first = reader.read([[9, 9, 9], [8, 8, 8]], [held, held]).logits
    kept = first.clone()
    reader.read([[5, 6, 7], [9, 8, 7]], [held + 3, held + 3])
    assert torch.equal(first, kept)


def test_large_passes_are_read_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph_reader, "TOKENS", 5)
    reader = graphed(model_of("llama"), 2, 128)
    steady(reader, 3)
    assert reader.made.records == 0


def test_the_graph_used_longest_ago_goes() -> None:
    recorder = Repeats()
    graphs = Graphs(recorder, CPU, patience=0, most=2)
    numbers = torch.zeros(1).numpy()
    for shape in "ab":
        graphs.record(shape, numbers, lambda static: static + 1)
    assert graphs.find("a") is not None
    graphs.record("c", numbers, lambda static: static + 1)
    assert [graphs.find(shape) is not None for shape in "abc"] == [True, False, True]
    graphs.valid_for(1)
    assert len(graphs) == 0
    assert recorder.renewals == 1  # a pool is not used again once all its graphs are gone


class Refuses(Repeats):
    def record(self, run: Callable[[], torch.Tensor]) -> tuple[Callable[[], Any], torch.Tensor]:
        raise RuntimeError("operation not permitted when stream is capturing")


class Wrong(Repeats):
    """A recording that forgets to run anything."""

    def record(self, run: Callable[[], torch.Tensor]) -> tuple[Callable[[], Any], torch.Tensor]:
        result = run().roll(1, dims=-1)
        return lambda: None, result


@pytest.mark.parametrize(("kind", "fault"), [(Refuses, "RuntimeError: operation not"), (Wrong, "probabilities differ")])
def test_what_cannot_be_recorded_is_read_without_and_a_note_says_so(kind: type[Repeats], fault: str) -> None:
    class Reader(Graphed):
        def _recorder(self) -> Repeats:
            return kind()

    model, steps = model_of("llama"), script(rounds=9)
    wanted = by_plain_passes(model, steps)
    Reader.prepare(model)
    reader = Reader(model, 6, 128)
    for _ in range(3):  # until some shape is recorded
        assert largest_error(reader, steps, wanted) <= EXACT
    assert [note[: len(NOT_USED + fault)] for note in reader.notes] == [NOT_USED + fault]
    later = Reader(model, 2, 128)
    later.notes = reader.notes  # as all readers of a model have
    later._record = None  # type: ignore[method-assign,assignment]
    steady(later, 6)


@pytest.mark.parametrize("kind", [Refuses, Wrong])
def test_the_trial_at_load_finds_out(kind: type[Repeats], monkeypatch: pytest.MonkeyPatch) -> None:
    class Reader(Graphed):
        def _recorder(self) -> Repeats:
            return kind()

    monkeypatch.setattr(probe, "FASTEST_FIRST", (Reader, RowReader))
    chosen, notes = choose_reader(model_of("llama"))
    assert chosen is RowReader
    assert notes[1].startswith("unfit for row cache, CUDA graphs up to 1024 tokens: RuntimeError: ")


def test_the_trial_at_load_runs_graphs_on_other_rounds_than_they_were_recorded_in(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stale(Repeats):
        """Right the first time it is run, then never again."""

        def record(self, run: Callable[[], torch.Tensor]) -> tuple[Callable[[], Any], torch.Tensor]:
            return lambda: None, run().clone()

    class Reader(Graphed):
        def _recorder(self) -> Repeats:
            return Stale()

    monkeypatch.setattr(probe, "FASTEST_FIRST", (Graphed, RowReader))
    assert choose_reader(model_of("gemma3"))[0] is Graphed
    monkeypatch.setattr(probe, "FASTEST_FIRST", (Reader, RowReader))
    assert choose_reader(model_of("gemma3"))[0] is RowReader


def test_only_models_that_lie_on_one_gpu_are_tried_with_graphs() -> None:
    model = model_of("llama")
    assert not GraphRowReader.serves(model)
    assert not GraphRowReader.serves(model.to("meta"))
    assert not any("graphs" in note for note in choose_reader(model_of("llama"))[1])


def test_what_rounding_explains_depends_on_the_products_of_float32() -> None:
    gpu = torch.device("cuda:0")
    assert tolerance_of(torch.float32, gpu) == tolerance_of(torch.float32, CPU) == 1e-4
    assert tolerance_of(torch.bfloat16, gpu) == HALF_TOLERANCE
    torch.set_float32_matmul_precision("high")
    try:
        assert (tolerance_of(torch.float32, gpu), tolerance_of(torch.float32, CPU)) == (HALF_TOLERANCE, 1e-4)
    finally:
        torch.set_float32_matmul_precision("highest")


def test_a_reading_without_numbers_is_never_within_the_tolerance() -> None:
    broken = torch.tensor([[0.0, torch.nan]])
    assert not float(differences(broken, broken).max()) <= HALF_TOLERANCE
    assert float(differences(torch.tensor([[0.0, 0.0]]), torch.tensor([[0.0, 50.0]])).max()) == pytest.approx(0.5)
