"""Ways to read a model's next-token logits for many growing rows, from the fastest to the plainest."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from agents.engine.row_attention import ROWS
from agents.engine.row_cache import Frame, RowCache, active
from agents.engine.trie import Trie
from arenas.history import BoolArray, IntArray

GROWTH = 64
"""Slots are added in multiples of this."""

Deltas = Sequence[Sequence[int]]


@dataclass(frozen=True)
class Reading:
    """What was read: logits [U,1+N,V] of the U different rows, and for each of the B rows which of them it is."""

    logits: Tensor
    row_of: IntArray  # [B]


class Reader(ABC):
    """Reads B rows of text of one model. What it has read it remembers; nodes of a trie it does not.

    Rows whose texts are the same so far are read once.
    """

    name: ClassVar[str]

    def __init__(self, model: Any, rows: int, capacity: int) -> None:
        self.model, self.capacity = model, capacity
        self.row_of: IntArray = np.zeros(rows, dtype=np.int64)

    @abstractmethod
    def read(self, deltas: Deltas, keep: Sequence[int], trie: Trie | None = None) -> Reading:
        """Cut row b to its first keep[b] tokens and append deltas[b]; read the logits after its last token and after the
        trie's inner nodes. The logits of a row whose delta is empty mean nothing.
        """

    @classmethod
    def prepare(cls, model: Any) -> None:
        """Set the model up for this way of reading."""
        model.eval()

    @property
    def device(self) -> torch.device:
        """Where the token ids go."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device

    def part(self, deltas: Deltas, keep: Sequence[int]) -> tuple[list[int], list[tuple[int, ...]], list[int]]:
        """Let rows that are told different things part.

        Returns the kept length and the delta of each different row, and whose copies the new ones among them are.
        """
        keys = [(int(row), kept, tuple(delta)) for row, kept, delta in zip(self.row_of, keep, deltas, strict=True)]
        place: dict[tuple[int, int, tuple[int, ...]], int] = {}
        different = int(self.row_of.max()) + 1
        taken: set[int] = set()
        sources: list[int] = []
        for key in dict.fromkeys(keys):
            if key[0] in taken:
                place[key] = different + len(sources)
                sources.append(key[0])
            else:
                place[key] = key[0]
                taken.add(key[0])
        self.row_of = np.array([place[key] for key in keys])
        told = {row: key for key, row in place.items()}
        ordered = [told[row] for row in range(len(told))]
        return [key[1] for key in ordered], [key[2] for key in ordered], sources


class RowReader(Reader):
    """One forward pass a round over only the new tokens, on the row cache.

    A pass that runs out of memory is made again in halves, and so are all that follow.
    """

    name = "row cache"

    def __init__(self, model: Any, rows: int, capacity: int) -> None:
        super().__init__(model, rows, capacity)
        self.lengths: IntArray = np.zeros(1, dtype=np.int64)
        self._rows_at_once: int | None = None
        self._cache = RowCache(int(model.config.get_text_config().num_hidden_layers), _rounded(capacity))

    @classmethod
    def prepare(cls, model: Any) -> None:
        model.set_attn_implementation(ROWS)
        if model.config.get_text_config()._attn_implementation != ROWS:
            raise NotImplementedError("the model does not let its attention be replaced")

    def read(self, deltas: Deltas, keep: Sequence[int], trie: Trie | None = None) -> Reading:
        kept, told, sources = self.part(deltas, keep)
        if sources:
            self._cache.fork(sources)
        self.lengths = np.array(kept)
        return Reading(self._forward(told, trie), self.row_of)

    def _forward(self, deltas: Deltas, trie: Trie | None) -> Tensor:
        nodes = len(trie.inner) if trie else 0
        ends = self.lengths + np.array([len(delta) for delta in deltas])
        if ends.max() + nodes > self._cache.capacity:
            self._cache.lengthen(_rounded(max(int(ends.max()) + nodes, 3 * self._cache.capacity // 2)))
        logits, first = [], 0
        while first < len(deltas):
            rows = slice(first, first + (self._rows_at_once or len(deltas)))
            ids, frame = _frame(self.lengths[rows], deltas[rows], trie, self._cache.trash, first, self.device)
            try:
                logits.append(self._pass(ids, frame, nodes))
                first = rows.stop
            except torch.OutOfMemoryError:
                # what a pass wrote lies in slots that the next one writes again
                if len(ids) == 1:
                    raise
                self._rows_at_once = len(ids) // 2
                torch.cuda.empty_cache()
        self.lengths = ends
        return torch.cat(logits)

    def _pass(self, ids: Tensor, frame: Frame, nodes: int) -> Tensor:
        with active(frame), torch.inference_mode():
            out = self.model(
                input_ids=ids,
                position_ids=frame.positions,
                past_key_values=self._cache,
                use_cache=True,
                logits_to_keep=1 + nodes,
            )
        logits: Tensor = out.logits
        return logits


class WholeReader(Reader):
    """Reads every row's whole text anew each round, without a cache: slow, for models whose state cannot be kept by row."""

    def __init__(self, model: Any, rows: int, capacity: int) -> None:
        super().__init__(model, rows, capacity)
        self.texts: list[list[int]] = [[]]

    def read(self, deltas: Deltas, keep: Sequence[int], trie: Trie | None = None) -> Reading:
        kept, told, sources = self.part(deltas, keep)
        self.texts += [list(self.texts[source]) for source in sources]
        for text, length, delta in zip(self.texts, kept, told, strict=True):
            text[length:] = delta
        after = [self._last_logits([[*text, *prefix] for text in self.texts]) for prefix in (trie.prefixes if trie else ((),))]
        return Reading(torch.stack(after, dim=1), self.row_of)

    @abstractmethod
    def _last_logits(self, texts: Deltas) -> Tensor:
        """Logits [U,V] after each text."""


class PaddedReader(WholeReader):
    """All rows in one pass, padded on the left, with explicit positions and the stock attention."""

    name = "whole rows, padded"

    def _last_logits(self, texts: Deltas) -> Tensor:
        longest = max(map(len, texts))
        ids = torch.zeros((len(texts), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for b, text in enumerate(texts):
            ids[b, longest - len(text) :] = torch.tensor(text)
            mask[b, longest - len(text) :] = 1
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        ids, mask, positions = (t.to(self.device) for t in (ids, mask, positions))
        with torch.inference_mode():
            out = self.model(input_ids=ids, attention_mask=mask, position_ids=positions, use_cache=False)
        last: Tensor = out.logits[:, -1]
        return last


class SingleReader(WholeReader):
    """One row a pass, nothing padded and nothing kept: right by definition, and what the others are measured against."""

    name = "whole rows, one by one"

    def _last_logits(self, texts: Deltas) -> Tensor:
        return torch.stack([plain_logits(self.model, text)[-1] for text in texts])


def plain_logits(model: Any, text: Sequence[int]) -> Tensor:
    """Logits [T,V] of one text by a plain forward pass: no batch, no padding, no cache."""
    device = model.get_input_embeddings().weight.device
    with torch.inference_mode():
        logits: Tensor = model(input_ids=torch.tensor([list(text)], device=device), use_cache=False).logits[0]
    return logits


def _frame(
    lengths: IntArray, deltas: Deltas, trie: Trie | None, trash: int, first_row: int, device: torch.device
) -> tuple[Tensor, Frame]:
    """Token ids [B,T] and the frame for rows of these lengths: padding, the new tokens, then the trie's inner nodes.

    Node j of a row that is then n tokens long lies in slot n + j, to be overwritten by the next round.
    """
    rows, nodes = len(deltas), len(trie.inner) if trie else 0
    fresh = max(map(len, deltas))
    ids = np.zeros((rows, fresh + nodes), dtype=np.int64)
    slots, positions = np.full_like(ids, trash), np.zeros_like(ids)
    ends = lengths + np.array([len(delta) for delta in deltas])
    for b, delta in enumerate(deltas):
        columns = slice(fresh - len(delta), fresh)
        ids[b, columns] = delta
        slots[b, columns] = positions[b, columns] = np.arange(lengths[b], ends[b])
    readable = int(ends.max()) + nodes
    key_positions = np.broadcast_to(np.arange(readable), (rows, readable)).copy()
    allowed = None
    if trie and nodes:
        depths = np.array(trie.depths)
        ids[:, fresh:] = trie.tokens
        slots[:, fresh:] = ends[:, None] + np.arange(nodes)
        positions[:, fresh:] = ends[:, None] + depths - 1
        key_positions[np.arange(rows)[:, None], slots[:, fresh:]] = positions[:, fresh:]
        allowed = torch.from_numpy(_allowed(ends, fresh, trie, readable)).to(device)
    tensors = [torch.from_numpy(array).to(device) for array in (ids, slots, positions, key_positions)]
    return tensors[0], Frame(tensors[1], tensors[2], tensors[3], allowed, first_row)


def _allowed(ends: IntArray, fresh: int, trie: Trie, readable: int) -> BoolArray:
    """[B,T,K]: the text may attend to the text, a node to the text, its ancestors and itself."""
    nodes = len(trie.inner)
    offset = np.arange(readable) - ends[:, None]  # [B,K] how far past the row's end a slot lies
    text = offset < 0
    among = (offset >= 0) & (offset < nodes)
    ancestors = trie.ancestry[:, np.clip(offset, 0, nodes - 1)].transpose(1, 0, 2) & among[:, None]  # [B,N,K]
    allowed = np.broadcast_to(text[:, None], (len(ends), fresh + nodes, readable)).copy()
    allowed[:, fresh:] |= ancestors
    return allowed


def _rounded(slots: int) -> int:
    return -(-slots // GROWTH) * GROWTH
