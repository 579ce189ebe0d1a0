"""Rows told nothing are not computed, rows of unlike lengths not padded to the longest, and the results are the same."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from architectures import COMMON
from test_readers import EXACT, by_plain_passes, largest_error, model_of, script
from transformers import LlamaConfig

from agents.engine import readers
from agents.engine.readers import PathRowReader, RowReader
from agents.engine.row_groups import WORTH_IT, PassCost, groups_of
from agents.engine.rows import kept_of
from arenas.history import IntArray

CPU, GPU = torch.device("cpu"), torch.device("cuda")


def partitions(rows: list[int]) -> Iterator[list[list[int]]]:
    """Every way to cut a set."""
    if not rows:
        yield []
        return
    first, rest = rows[0], rows[1:]
    for cut in partitions(rest):
        yield [[first], *cut]
        for i in range(len(cut)):
            yield [*cut[:i], [first, *cut[i]], *cut[i + 1 :]]


def price(groups: list[list[int]], fresh: IntArray, nodes: int, cost: PassCost) -> float:
    return sum(cost.start + len(group) * (max(int(fresh[row]) for row in group) + nodes) for group in groups)


def test_the_cut_is_the_cheapest_of_all() -> None:
    """Against every partition of six rows; nothing is copied, so that the cheapest is a cut by length."""
    rng = np.random.default_rng(0)
    kinds = set()
    for _ in range(60):
        fresh = rng.choice([1, 2, 4, 8, 12, 30], size=6)
        nodes, cost = int(rng.integers(0, 4)), PassCost(start=float(rng.choice([0.5, 3.0, 12.0, 60.0])), copied_slot=0.0)
        groups = [group.tolist() for group in groups_of(fresh, fresh, nodes, cost)]
        assert sorted(row for group in groups for row in group) == list(range(6))
        least = min(price(cut, fresh, nodes, cost) for cut in partitions(list(range(6))))
        together = price([list(range(6))], fresh, nodes, cost)
        if least <= WORTH_IT * together:
            assert price(groups, fresh, nodes, cost) == pytest.approx(least)
        else:
            assert groups == [list(range(6))]
        kinds.add(len(groups))
    assert {1, 2, 3} <= kinds


def test_rows_are_not_copied_where_that_costs_more_than_their_padding() -> None:
    fresh = np.array([40, 1, 40, 1, 40, 1])
    assert len(groups_of(fresh, fresh + 10, 0, PassCost(start=2.0, copied_slot=0.1))) == 2
    assert len(groups_of(fresh, fresh + 1000, 0, PassCost(start=2.0, copied_slot=0.1))) == 1


def test_costs_follow_from_the_models_shape() -> None:
    small = LlamaConfig(**COMMON)
    large = LlamaConfig(hidden_size=4096, intermediate_size=14336, num_attention_heads=32, num_key_value_heads=8)
    for device in (CPU, GPU):
        assert PassCost.of(small, device).start > PassCost.of(large, device).start
        assert PassCost.of(small, device).copied_slot > PassCost.of(large, device).copied_slot
    # 4.3 TB a second and 790 TFLOP a second: weights of 2 bytes are fetched while 184 tokens are computed, which 15 ms add to
    assert 184 < PassCost.of(large, GPU).start < 184 + 1000


class Counted(RowReader):
    """Keeps the rows and columns of each pass, padding included, and its readable slots."""

    def _run(self, whole: torch.Tensor, layout: Any, outputs: int) -> torch.Tensor:
        self.computed.append((layout.rows, layout.columns))
        self.readable.append(layout.readable)
        return super()._run(whole, layout, outputs)

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.computed: list[tuple[int, int]] = []
        self.readable: list[int] = []


def probabilities(reading: Any) -> torch.Tensor:
    return torch.softmax(reading.logits.float(), dim=-1)[reading.row_of]


def test_rows_that_are_told_nothing_are_not_computed_and_are_not_lost() -> None:
    """Rows fall silent and speak again in any order; each is as if it had been read alone."""
    model = model_of("gemma3")
    RowReader.prepare(model)
    reader, rng = Counted(model, 7, 16), np.random.default_rng(3)
    texts: list[list[int]] = [[] for _ in range(7)]
    held = list(texts)
    for _ in range(12):
        speaks = rng.random(7) < 0.5
        speaks[rng.integers(7)] = True
        before = [list(text) for text in texts]
        texts = [
            [*text, *rng.integers(3, 420, size=2).tolist()] if said else text for text, said in zip(texts, speaks, strict=True)
        ]
        keep = [kept_of(old, text) if said else len(old) for old, text, said in zip(held, texts, speaks, strict=True)]
        told = [text[kept:] if said else [] for text, kept, said in zip(texts, keep, speaks, strict=True)]
        reader.computed.clear()
        got = probabilities(reader.read(told, keep))
        assert sum(rows for rows, _ in reader.computed) == speaks.sum() or before == [[]] * 7
        held = texts
        alone = RowReader(model, 1, 64)
        for row in np.flatnonzero(speaks):
            wanted = probabilities(alone.read([texts[row]], [0]))[0]
            assert float((got[row] - wanted).abs().max()) <= EXACT
    assert [reader.texts[row] for row in reader.row_of] == texts


def test_a_long_text_among_short_ones_is_read_apart() -> None:
    model = model_of("llama")
    RowReader.prepare(model)
    reader = Counted(model, 4, 600)
    reader.read([[5, 6], [6, 6], [7, 6], [8, 6]], [0] * 4)
    reader._cost = PassCost(start=4.0, copied_slot=0.001)
    reader.computed.clear()
    long = list(range(20, 220))
    got = probabilities(reader.read([[5], long, [6], [7]], [2] * 4))
    assert sorted(reader.computed) == [(1, 200), (3, 1)]
    for row, text in enumerate(([5, 6, 5], [6, 6, *long], [7, 6, 6], [8, 6, 7])):
        wanted = probabilities(RowReader(model, 1, 600).read([text], [0]))[0]
        assert float((got[row] - wanted).abs().max()) <= EXACT


@pytest.mark.parametrize(("kind", "architecture"), [(RowReader, "gpt_oss"), (PathRowReader, "mistral")])
def test_any_cut_of_the_rows_is_exact(kind: type[RowReader], architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def scattered(fresh: IntArray, *_: Any) -> list[IntArray]:
        rows = np.arange(len(fresh))
        return [part for part in (rows[1::2], rows[::2]) if len(part)]

    monkeypatch.setattr(readers, "groups_of", scattered)
    model, steps = model_of(architecture), script(rounds=4)
    wanted = by_plain_passes(model, steps)
    kind.prepare(model)
    assert largest_error(kind(model, 6, 16), steps, wanted) <= EXACT


@pytest.mark.parametrize("architecture", ["gemma3", "gpt_oss"])
def test_more_slots_than_are_held_may_be_readable(architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU, whose kernels like masks of certain widths."""
    monkeypatch.setattr(readers, "MASK_MULTIPLE", {"cpu": 16})
    model, steps = model_of(architecture), script(rounds=3)
    wanted = by_plain_passes(model, steps)
    RowReader.prepare(model)
    reader = Counted(model, 6, 16)
    assert largest_error(reader, steps, wanted) <= EXACT
    assert {readable % 16 for readable in reader.readable} == {0}
