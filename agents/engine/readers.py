"""The fastest ways to read many growing rows: on the row cache."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from agents.engine.memory import Passes, does_not_fit, is_out_of_memory, release
from agents.engine.reading import Deltas, Reader, Reading, in_common, joined, plain_logits
from agents.engine.row_attention import ROWS, choose_kernels, keep_masks_in_place
from agents.engine.row_cache import RowCache, active
from agents.engine.row_frames import Layout, Nodes, Told, laid_out, written
from agents.engine.row_groups import PassCost, groups_of
from agents.engine.transfers import sent
from agents.engine.trie import ROOT, Trie
from arenas.history import IntArray

__all__ = ["Deltas", "PathRowReader", "Reader", "Reading", "RowReader", "StockPathRowReader", "StockRowReader", "plain_logits"]

MASK_MULTIPLE = {"cuda": 16}
"""Readable slots are rounded up to this: torch would else copy every mask in every layer to a width that its kernels like."""


class RowReader(Reader):
    """One forward pass a round over only the new tokens, on the row cache.

    Where the cache of all different rows does not fit the memory, it holds as many as do, and the others take their places in
    turn: each is read anew from where its text parts from the one before it.
    """

    name = "row cache"
    attention: ClassVar[str | None] = ROWS
    """The registered attention that the model is set to; None if it keeps its own."""
    whole_tries: ClassVar[bool] = True
    """Whether a trie is read in the same pass as the text; else its branches are read one after another."""

    def __init__(self, model: Any, rows: int, capacity: int) -> None:
        super().__init__(model, rows, capacity)
        self.lengths: IntArray = np.zeros(1, dtype=np.int64)
        self._config = model.config.get_text_config()
        self._cost = PassCost.of(self._config, self.device)
        self._nodes_of: dict[Trie, Nodes] = {}
        self._most_rows = rows
        self._empty_cache()

    @classmethod
    def prepare(cls, model: Any) -> None:
        super().prepare(model)
        if cls.attention is None:
            return
        model.set_attn_implementation(cls.attention)
        keep_masks_in_place(model)
        choose_kernels(model.device)
        if model.config.get_text_config()._attn_implementation != cls.attention:
            raise NotImplementedError("the model does not let its attention be replaced")

    def read(self, deltas: Deltas, keep: Sequence[int], trie: Trie | None = None) -> Reading:
        kept, told, sources = self.part(deltas, keep)
        exchanged = self._side_by_side(kept, told)
        busy = _busy(told)
        states = None
        while states is None:
            try:
                if len(self.texts) > self._most_rows:
                    states = self._in_turn(busy, trie)
                else:
                    self._cache.grow(len(self.texts), self._longest(trie))
                    self._cache.fork(sources, max(kept))
                    self._cache.exchange(exchanged, max(kept))
                    self.lengths = np.array(kept)
                    states = self._forward(told, trie)
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
            if states is None:
                # not while the error is at hand, whose traceback holds what is to be given back
                self._hold_fewer(trie)
        place = np.zeros(len(self.texts), dtype=np.int64)
        place[busy] = np.arange(len(busy))
        return self.reading(states, place[self.row_of])

    def _side_by_side(self, kept: list[int], told: list[tuple[int, ...]]) -> list[tuple[int, int]]:
        """Renumber the rows so that those which are told something follow each other, and one pass reads just them in place.

        Returns the rows that change places. Few do: a row that ends seldom begins again.
        """
        busy = _busy(told).tolist()
        if busy[-1] - busy[0] + 1 == len(busy):
            return []
        idle = [row for row in range(len(busy)) if not told[row]]
        pairs = list(zip(idle, [row for row in busy if row >= len(busy)], strict=True))
        order = list(range(len(told)))
        for one, other in pairs:
            for things in (self.texts, kept, told, order):
                _swap(things, one, other)
        self.row_of = np.array(order)[self.row_of]
        return pairs

    def _in_turn(self, busy: IntArray, trie: Trie | None) -> Tensor:
        """Read these rows' texts in the place of others that begin like them, as many at a time as the cache holds."""
        states = []
        for first in range(0, len(busy), self._most_rows):
            texts = [self.texts[row] for row in busy[first : first + self._most_rows]]
            self._cache.grow(len(texts), self._longest(trie))
            there = [*self._there, *([] for _ in texts)]
            kept = [max(0, min(in_common(old, new), len(new) - 1)) for old, new in zip(there, texts, strict=False)]
            self.lengths = np.array(kept)
            fresh = [text[length:] for text, length in zip(texts, kept, strict=True)]
            states.append(self._forward(fresh, trie))
            self._there[: len(texts)] = [list(text) for text in texts]
        return torch.cat(states)

    def _hold_fewer(self, trie: Trie | None) -> None:
        """Go on with half the rows in the cache after memory ran out. Raises `DoesNotFitError` if it cannot hold even one."""
        rows = min(self._most_rows, len(self.texts))
        if rows == 1:
            longest = self._longest(trie)
            raise does_not_fit(f"the cache of one row of {longest} tokens", self._cache.size(1, longest), self.device)
        self._most_rows = rows // 2
        self._empty_cache()
        release(self.device)
        self.notes.append(f"the cache of more than {self._most_rows} rows did not fit the memory: rows are read in turn")

    def _empty_cache(self) -> None:
        self._cache = RowCache(int(self._config.num_hidden_layers), self._most_rows, self.capacity)
        # what did not fit beside the old cache may fit beside the new one
        self.passes = Passes(self.device)
        self._there: list[list[int]] = []

    def _longest(self, trie: Trie | None) -> int:
        """The slots that a row needs: its text, and the nodes or branches that are read after it."""
        after = 0 if trie is None else len(trie.inner) if self.whole_tries else max(map(len, trie.tips), default=0)
        return max(map(len, self.texts)) + after

    def _forward(self, told: Deltas, trie: Trie | None) -> Tensor:
        """States [n,1+N,H] of the n rows of the cache that are told something, of which `lengths` tokens are there."""
        rows = _busy(told)
        deltas = [told[row] for row in rows]
        ends = self.lengths[rows] + [len(delta) for delta in deltas]
        if trie is None or self.whole_tries:
            states = self._in_passes(rows, deltas, trie, 1 + (len(trie.inner) if trie else 0))
            self.lengths[rows] = ends
            return states
        after = {ROOT: self._in_passes(rows, deltas, None, 1)[:, 0]}
        self.lengths[rows] = ends
        for tip in trie.tips:
            # each branch overwrites the one before it
            branch = self._in_passes(rows, [tip] * len(rows), None, len(tip))
            after.update({trie.number[tip[: depth + 1]]: branch[:, depth] for depth in range(len(tip))})
        return torch.stack([after[node] for node in range(len(after))], dim=1)

    def _in_passes(self, rows: IntArray, deltas: Deltas, trie: Trie | None, outputs: int) -> Tensor:
        """States [n,outputs,H] after the last columns, in as few passes as memory and their padding allow."""
        fresh = np.array([len(delta) for delta in deltas])
        ends, nodes = self.lengths[rows] + fresh, len(trie.inner) if trie else 0
        groups = groups_of(fresh, ends, nodes, self._cost)
        states = joined([self._group(rows[group], [deltas[i] for i in group], trie, outputs) for group in groups])
        if len(groups) == 1:
            return states
        return states[sent(np.argsort(np.concatenate(groups)), states.device)]

    def _group(self, rows: IntArray, deltas: Deltas, trie: Trie | None, outputs: int) -> Tensor:
        told = Told(rows, self.lengths[rows], deltas, trie)
        layout = self._layout(told)
        size = self.bytes_of_pass(layout.columns, layout.readable, outputs)
        return joined(self.passes.run(len(rows), size, lambda part: self._pass(told[part], outputs)))

    def _pass(self, told: Told, outputs: int) -> Tensor:
        """States [B,outputs,H] of one pass."""
        layout = self._layout(told)
        return self._run(sent(written(told, layout, self._cache.trash), self.device), layout, outputs)

    def _layout(self, told: Told) -> Layout:
        """The layout in which a pass is read."""
        multiple = MASK_MULTIPLE.get(self.device.type, 1) if self.attention == ROWS else 1
        readable = min(-(-told.layout.readable // multiple) * multiple, self._cache.capacity)
        return replace(told.layout, readable=readable)

    def _run(self, whole: Tensor, layout: Layout, outputs: int) -> Tensor:
        """The pass that was `written`."""
        ids, frame = laid_out(whole, layout, self._nodes(layout.trie))
        asked: dict[str, Any] = {"input_ids": ids, "past_key_values": self._cache, "use_cache": True}
        if "position_ids" in self.head.arguments:
            asked["position_ids"] = frame.positions
        with active(frame):
            return self.head.read(outputs, asked)[0]

    def _nodes(self, trie: Trie | None) -> Nodes | None:
        """A trie's nodes on the device, sent there once."""
        if trie is None:
            return None
        if trie not in self._nodes_of:
            self._nodes_of[trie] = Nodes.of(trie, self.device)
        return self._nodes_of[trie]


def _busy(told: Deltas) -> IntArray:
    """The rows that are told something; if none is, one that shows the shape of the states."""
    return np.array([row for row, delta in enumerate(told) if delta] or [0])


def _swap(things: list[Any], one: int, other: int) -> None:
    things[one], things[other] = things[other], things[one]


class PathRowReader(RowReader):
    """For models that bias attention by the slots of keys (ALiBi), where the nodes of a trie do not lie by their depth."""

    name = "row cache, answer by answer"
    whole_tries = False


class StockRowReader(RowReader):
    """For models that do not let their attention be replaced: only their masks are."""

    name = "row cache, own attention"
    attention = None


class StockPathRowReader(RowReader):
    """For models of both kinds."""

    name = "row cache, own attention, answer by answer"
    attention = None
    whole_tries = False
