"""Memory that runs out halves the work and loses no round; what cannot be helped is one clear line."""

import gc
import re
import weakref
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import play_small
from test_readers import EXACT, by_plain_passes, largest_error, model_of, script

from agents.engine import memory, row_cache
from agents.engine.memory import Passes, bytes_of_pass, free_memory, is_out_of_memory, spoken
from agents.engine.readers import PathRowReader, RowReader
from agents.engine.reading import Reader, Reading
from agents.engine.sampling import sample
from agents.engine.stock_readers import ChunkReader
from agents.engine.whole_readers import EqualReader, PaddedReader
from agents.model import Sampling
from arenas.errors import UserError
from arenas.store import RunStore

CPU = torch.device("cpu")
CPU_ERROR = RuntimeError(
    "[enforce fail at alloc_cpu.cpp:124] DefaultCPUAllocator: can't allocate memory: you tried to allocate 8 bytes"
)


def exhausted(most: int) -> tuple[list[tuple[int, int]], Any]:
    """Work that runs out of memory on more than `most` rows, and the slices that it was asked for."""
    asked: list[tuple[int, int]] = []

    def work(rows: slice) -> list[int]:
        asked.append((rows.start, rows.stop))
        if rows.stop - rows.start > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return list(range(rows.start, rows.stop))

    return asked, work


def test_a_pass_that_runs_out_is_made_again_in_halves_and_so_are_all_that_follow() -> None:
    passes = Passes(CPU)
    asked, work = exhausted(most=3)
    assert passes.run(11, 1, work) == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10]]
    assert asked[:3] == [(0, 11), (0, 5), (0, 2)]
    asked.clear()
    passes.run(4, 1, work)
    assert asked == [(0, 2), (2, 4)]


def test_other_errors_are_not_swallowed_and_a_single_row_is_one_clear_line() -> None:
    def broken(rows: slice) -> None:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        Passes(CPU).run(4, 1, broken)
    with pytest.raises(UserError, match="one row's forward pass, which takes about 4 KiB, does not fit the memory of cpu"):
        Passes(CPU).run(2, 4096, exhausted(most=0)[1])
    assert is_out_of_memory(CPU_ERROR)
    assert is_out_of_memory(MemoryError())
    assert not is_out_of_memory(ValueError("out of memory"))


def test_rows_of_a_pass_follow_from_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda device: 1000)
    asked, work = exhausted(most=99)
    Passes(CPU).run(10, 200, work)
    assert asked == [(0, 4), (4, 8), (8, 10)]  # four fifths of what is free
    asked.clear()
    Passes(CPU).run(2, 5000, work)
    assert asked == [(0, 1), (1, 2)]


def test_free_memory_is_the_least_of_machine_and_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "MEMORY_INFORMATION", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CGROUP_ROOT", tmp_path)
    (tmp_path / "meminfo").write_text("MemTotal: 90 kB\nMemAvailable:      50 kB\n")
    assert free_memory(CPU) == 50 * 1024
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("7000\n")
    (tmp_path / "memory.stat").write_text("anon 1\nactive_file 100\ninactive_file 900\n")
    assert free_memory(CPU) == 50 * 1024
    (tmp_path / "memory.max").write_text("20000\n")
    assert free_memory(CPU) == 14_000


def test_bytes_are_spoken() -> None:
    assert [spoken(size) for size in (0, 512, 1536, 3 * 1024**2, 5 * 1024**4)] == [
        "0 bytes",
        "512 bytes",
        "1.5 KiB",
        "3 MiB",
        "5.12e+03 GiB",
    ]


def test_what_a_pass_takes_grows_with_all_that_it_holds() -> None:
    config = model_of("llama").config
    base = bytes_of_pass(config, 10, 100, 1, 4)
    assert (
        base
        < bytes_of_pass(config, 20, 100, 1, 4)
        < bytes_of_pass(config, 20, 200, 1, 4)
        < bytes_of_pass(config, 20, 200, 5, 4)
    )


class Cramped(torch.nn.Module):
    """A model that runs out of memory in passes of more than two rows."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.inner, self.config, self.dtype = model, model.config, model.dtype

    def get_input_embeddings(self) -> Any:
        return self.inner.get_input_embeddings()

    def forward(  # the readers look for these names
        self, input_ids: Any, position_ids: Any = None, past_key_values: Any = None, logits_to_keep: int = 0, **named: Any
    ) -> Any:
        if len(input_ids) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self.inner(
            input_ids, position_ids=position_ids, past_key_values=past_key_values, logits_to_keep=logits_to_keep, **named
        )


@pytest.mark.parametrize(
    "kind", [RowReader, PathRowReader, ChunkReader, PaddedReader, EqualReader], ids=lambda kind: kind.__name__
)
def test_passes_that_run_out_lose_no_round(kind: type[Reader]) -> None:
    model, steps = model_of("mistral"), script(rounds=4)
    wanted = by_plain_passes(model, steps)
    kind.prepare(model)
    assert largest_error(kind(Cramped(model), rows=6, capacity=16), steps, wanted) <= EXACT


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("kind", [RowReader, PathRowReader], ids=lambda kind: kind.__name__)
def test_a_cache_that_cannot_grow_is_shared_in_turn(kind: type[RowReader], most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    resized = row_cache._resized

    def cramped(buffer: Any, rows: int, capacity: int) -> Any:
        if rows > most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return resized(buffer, rows, capacity)

    monkeypatch.setattr(row_cache, "_resized", cramped)
    made = row_cache.RowLayer.lazy_initialization

    def cramped_at_first(layer: Any, keys: Any, values: Any) -> None:
        if layer._cache.room > most:
            raise CPU_ERROR
        made(layer, keys, values)

    monkeypatch.setattr(row_cache.RowLayer, "lazy_initialization", cramped_at_first)
    model, steps = model_of("mistral"), script()
    wanted = by_plain_passes(model, steps)
    kind.prepare(model)
    reader = kind(model, rows=6, capacity=16)
    assert largest_error(reader, steps, wanted) <= EXACT
    assert re.fullmatch(r"the cache of more than [123] rows did not fit the memory: rows are read in turn", reader.notes[-1])
    assert reader._cache.room <= most


def test_a_cache_is_not_grown_past_the_free_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    model, steps = model_of("llama"), script(rounds=4)
    wanted = by_plain_passes(model, steps)
    RowReader.prepare(model)
    reader = RowReader(model, rows=6, capacity=16)
    reader.read([[5, 6]] * 6, [0] * 6)
    row = reader._cache.size(1, 64)
    monkeypatch.setattr(row_cache, "free_memory", lambda device: row)
    reader = RowReader(model, rows=6, capacity=16)
    assert largest_error(reader, steps, wanted) <= EXACT
    assert reader.notes
    assert reader._cache.room <= 3


@pytest.mark.parametrize(("plenty", "room", "made"), [(True, 40, 1), (False, 24, 3)])
def test_room_for_all_rows_is_made_at_once_where_that_takes_little(
    plenty: bool, room: int, made: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of("llama")
    RowReader.prepare(model)
    reader = RowReader(model, rows=40, capacity=64)
    reader.read([[5, 6]] * 40, [0] * 40)
    everything = reader._cache.size(40, 64)
    monkeypatch.setattr(row_cache, "free_memory", lambda device: (5 if plenty else 3) * everything)
    for different in (2, 3, 8):  # rows that have parted
        reader.read([[7 + row % different] for row in range(40)], [2] * 40)
    assert (reader._cache.room, reader._cache.buffers_made) == (room, made)


def test_texts_read_in_turn_share_what_they_have_in_common(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("llama")
    RowReader.prepare(model)
    reader = RowReader(model, rows=4, capacity=64)
    opening = list(range(10, 40))
    reader.read([opening] * 4, [0] * 4)
    reader._hold_fewer = lambda trie: None  # type: ignore[method-assign]
    reader._most_rows = 2
    read: list[int] = []
    forward = reader._forward
    monkeypatch.setattr(reader, "_forward", lambda deltas, trie: (read.append(max(map(len, deltas))), forward(deltas, trie))[1])  # type: ignore[func-returns-value]
    reader.read([[5, 6], [5, 7], [6, 7], [6, 8]], [30] * 4)
    assert read == [32, 2]  # the second two take the places of the first, whose opening is theirs


def test_a_row_that_does_not_fit_is_one_clear_line(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("llama")
    RowReader.prepare(model)
    reader = RowReader(model, rows=2, capacity=64)
    reader.read([[5, 6, 7]] * 2, [0, 0])
    monkeypatch.setattr(row_cache, "free_memory", lambda device: 2048)
    monkeypatch.setattr(memory, "free_memory", lambda device: 2048)
    said = r"the cache of one row of 103 tokens, which takes about \d+ KiB, does not fit the memory of cpu, where 2 KiB is fr"
    with pytest.raises(UserError, match=said) as raised:
        reader.read([list(range(5, 105))] * 2, [3, 3])
    assert "\n" not in str(raised.value)


def test_the_log_of_a_run_says_that_memory_ran_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    resized = row_cache._resized

    def cramped(buffer: Any, rows: int, capacity: int) -> Any:
        if rows > 1:
            raise CPU_ERROR
        return resized(buffer, rows, capacity)

    page = {
        "arenas": {"rps": {"game": "rps", "rounds": 3}},
        "agents": {"base": {"model": "organism:base"}},
        "opponents": {"cycle": {"opponent": "cycle"}, "uniform": {"opponent": "uniform"}},
    }
    for name in ("plenty", "little"):
        (tmp_path / name).mkdir()
    plenty = play_small(tmp_path / "plenty", page)
    monkeypatch.setattr(row_cache, "_resized", cramped)
    little = play_small(tmp_path / "little", page)
    with closing(RunStore.read(plenty)) as one, closing(RunStore.read(little)) as other:
        assert not any("rows are read in turn" in note for note in one.notes())
        assert any("rows are read in turn" in note for note in other.notes())
        for (_, mine), (_, theirs) in zip(one.records(), other.records(), strict=True):
            assert abs(mine.probs - theirs.probs).max() < EXACT


def test_a_cache_that_is_dropped_is_gone_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("llama")
    RowReader.prepare(model)
    gc.disable()
    try:
        reader = RowReader(model, 8, 64)
        reader.read([[5, 6]] * 8, [0] * 8)
        kept = weakref.ref(reader._cache.row_layers[0].keys)
        there: list[bool] = []
        forward = RowReader._forward
        monkeypatch.setattr(RowReader, "_forward", lambda *a: (there.append(kept() is not None), forward(*a))[1])
        monkeypatch.setattr(row_cache, "_resized", ran_out)
        reader.read([[7 + b] for b in range(8)], [2] * 8)
        assert there[-1] is False  # what did not fit is given back before the rows are read in turn
        kept = weakref.ref(reader._cache.row_layers[0].keys)
        del reader
        assert kept() is None
    finally:
        gc.enable()


def ran_out(*_: Any) -> None:
    """What runs out of memory whatever it is asked."""
    raise torch.OutOfMemoryError("CUDA out of memory.")


def test_a_smaller_cache_is_read_in_passes_as_large_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_of("llama")
    RowReader.prepare(model)
    made = row_cache.RowLayer.lazy_initialization

    def cramped(layer: row_cache.RowLayer, keys: torch.Tensor, values: torch.Tensor) -> None:
        made(layer, keys, values) if layer._cache.room <= 4 else ran_out()

    monkeypatch.setattr(row_cache.RowLayer, "lazy_initialization", cramped)
    reader = RowReader(model, 16, 64)
    reader.read([[5, 6 + b] for b in range(16)], [0] * 16)
    passes: list[int] = []
    run = reader._run
    monkeypatch.setattr(
        reader, "_run", lambda whole, layout, outputs: (passes.append(layout.rows), run(whole, layout, outputs))[1]
    )
    reader.read([[9]] * 16, [2] * 16)
    assert passes == [4, 4, 4, 4]


def test_draws_are_read_by_as_many_rows_as_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    logits = torch.randn(7, 2, 50, generator=torch.Generator().manual_seed(0))
    keys = np.arange(7)
    reading = Reading.of(logits[:, 0])
    tokens = sample(reading, keys, Sampling(top_p=0.8))
    to_float, to_double = torch.Tensor.float, torch.Tensor.double
    sizes: list[int] = []

    def cramped(convert: Any) -> Any:
        def converted(tensor: torch.Tensor) -> torch.Tensor:
            sizes.append(len(tensor))
            result: torch.Tensor = ran_out() if len(tensor) > 2 and tensor.shape[-1] == 50 else convert(tensor)
            return result

        return converted

    monkeypatch.setattr(torch.Tensor, "float", cramped(to_float))
    monkeypatch.setattr(torch.Tensor, "double", cramped(to_double))
    np.testing.assert_array_equal(sample(reading, keys, Sampling(top_p=0.8)), tokens)
    assert {7, 3, 1} <= set(sizes)
