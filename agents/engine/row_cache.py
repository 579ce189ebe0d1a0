"""A key-value cache in which row b's token at position p lies in slot p.

No row has holes, so rows of different lengths grow side by side and every key's slot is its position. The last slot takes the
keys of padding and is never read.
"""

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin

from agents.engine.memory import SHARE, free_memory
from agents.engine.transfers import sent

GROWTH = 64
"""Slots are added in multiples of this."""
AT_ONCE = 0.25
"""Of the free memory, what room for all rows that may ever come may take when the second one comes."""


@dataclass
class Frame:
    """Where the tokens of one forward pass stand: B rows, T new tokens (padding first), K slots that may be read."""

    slots: Tensor  # [B,T] slot each new token is written to; the trash slot for padding
    positions: Tensor  # [B,T] its position in the text
    key_positions: Tensor  # [B,K] the position of what is in each slot
    allowed: Tensor | None  # [B,T,K] which slots a token may attend to at all; None if all
    rows: Tensor  # [B] the rows of the cache
    span: slice | None  # the same as a slice, where they follow each other: then nothing is copied to read them
    float_masks: dict[tuple[int, int, torch.device], Tensor] = field(default_factory=dict)
    masks_alive: list[Tensor] = field(default_factory=list)  # so that no id in `float_masks` is taken twice
    _elsewhere: dict[torch.device, tuple[Tensor, Tensor]] = field(default_factory=dict)

    @property
    def readable(self) -> int:
        """K: the number of slots that may be read."""
        return self.key_positions.shape[1]

    def places(self, device: torch.device) -> tuple[Tensor, Tensor]:
        """The rows [B] and the slots [B,T] on a layer's device, sent there once a pass."""
        if device not in self._elsewhere:
            self._elsewhere[device] = self.rows.to(device), self.slots.to(device)
        return self._elsewhere[device]


_CURRENT: ContextVar[Frame | None] = ContextVar("frame", default=None)


@contextmanager
def active(frame: Frame) -> Iterator[None]:
    """Make `frame` the one that the registered attention and mask functions read."""
    token = _CURRENT.set(frame)
    try:
        yield
    finally:
        _CURRENT.reset(token)


def current_frame() -> Frame:
    """The frame of the forward pass that is under way."""
    frame = _CURRENT.get()
    if frame is None:
        raise RuntimeError("the row attention was called outside the row reader")
    return frame


def in_frame() -> bool:
    """Whether a forward pass of the row reader is under way."""
    return _CURRENT.get() is not None


class RowLayer(CacheLayerMixin):
    """One layer's keys and values, [rows,heads,capacity+1,dim]; made at the first update, when the shapes are known."""

    is_sliding = False

    def __init__(self, cache: "RowCache") -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None
        self.is_initialized = False
        # no cycle: a cache that is dropped gives its memory back at once
        self._cache: RowCache = weakref.proxy(cache)

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Allocate the buffers in the shapes and on the device of the first keys and values."""
        rows, capacity = self._cache.room, self._cache.capacity
        self.keys, self.values = (
            states.new_zeros((rows, states.shape[1], capacity + 1, states.shape[3])) for states in (key_states, value_states)
        )
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Write the new tokens' keys and values [B,heads,T,dim] to their slots; return all readable ones [B,heads,K,dim]."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        frame = current_frame()
        assert self.keys is not None
        assert self.values is not None
        rows, slots = frame.places(self.keys.device)
        self.keys[rows[:, None], :, slots] = key_states.transpose(1, 2)
        self.values[rows[:, None], :, slots] = value_states.transpose(1, 2)
        held = self.keys[:, :, : frame.readable], self.values[:, :, : frame.readable]
        if frame.span is None:
            return held[0].index_select(0, rows), held[1].index_select(0, rows)
        return held[0][frame.span], held[1][frame.span]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of the keys that a mask must cover."""
        return current_frame().readable, 0

    def get_seq_length(self) -> int:
        """Keys before the new ones; models ask for it when they are not told positions."""
        frame = _CURRENT.get()
        return 0 if frame is None else frame.readable - frame.slots.shape[1]

    def get_max_length(self) -> int:
        """The most tokens a row can hold without growing."""
        return self._cache.capacity

    def resize(self, rows: int, capacity: int) -> None:
        """Make room for more rows or longer ones."""
        if self.keys is not None and self.values is not None:
            self.keys, self.values = _resized(self.keys, rows, capacity), _resized(self.values, rows, capacity)

    def size(self, rows: int, capacity: int) -> int | None:
        """Bytes for so many rows of such a length; None before the first update."""
        if self.keys is None or self.values is None:
            return None
        slots = self.keys[0, :, 0].nbytes + self.values[0, :, 0].nbytes
        return rows * (capacity + 1) * slots


class RowCache(Cache):
    """The layers of one model, for at most `most_rows` rows of about `capacity` tokens; both grow as needed."""

    def __init__(self, layers: int, most_rows: int, capacity: int) -> None:
        self.rows, self.room, self.capacity = 1, 1, _rounded(capacity)
        self.buffers_made = 0
        self._most_rows = most_rows
        self.row_layers = [RowLayer(self) for _ in range(layers)]
        super().__init__(layers=list(self.row_layers))

    @property
    def trash(self) -> int:
        """The slot that takes padding."""
        return self.capacity

    def size(self, rows: int, capacity: int) -> int:
        """Bytes for so many rows of such a length, as far as the layers' shapes are known."""
        return sum(layer.size(rows, capacity) or 0 for layer in self.row_layers)

    def grow(self, rows: int, length: int) -> None:
        """Make room for so many rows of such a length, and for more to come if there is memory for it.

        Raises `MemoryError` or what torch raises if there is not even enough for these; the cache is then of no more use.
        """
        room = self.room if rows <= self.room else max(rows, min(2 * self.room, self._most_rows))
        capacity = self.capacity if length <= self.capacity else _rounded(max(length, 3 * self.capacity // 2))
        if (room, capacity) == (self.room, self.capacity):
            return
        least = max(rows, self.room), max(_rounded(length), self.capacity)
        all_rows = [(max(rows, self._most_rows), capacity, AT_ONCE)] if rows > self.room and self._is_initialized else []
        for shape_room, shape_capacity, share in (*all_rows, (room, capacity, SHARE), (*least, SHARE)):
            if self._fits(shape_room, shape_capacity, share):
                self._resize(shape_room, shape_capacity)
                return
        raise MemoryError(f"the cache of {rows} rows of {length} tokens is larger than the free memory")

    def fork(self, sources: list[int], length: int) -> None:
        """Add a copy of the first `length` tokens of each of these rows, for which there must be room."""
        if sources:
            self._move(sources, list(range(self.rows, self.rows + len(sources))), length)
        self.rows += len(sources)

    def exchange(self, pairs: Sequence[tuple[int, int]], length: int) -> None:
        """Let each two rows, which hold at most `length` tokens, take each other's place."""
        if pairs:
            ones, others = zip(*pairs, strict=True)
            self._move([*ones, *others], [*others, *ones], length)

    @torch.inference_mode()
    def _move(self, sources: list[int], targets: list[int], length: int) -> None:
        """Copy rows to rows, layer by layer; all are read before any is written."""
        places: dict[torch.device, tuple[Tensor, Tensor]] = {}
        for layer in self.row_layers:
            for buffer in (layer.keys, layer.values):
                if buffer is None:
                    continue
                if buffer.device not in places:
                    from_rows, to_rows = sent(np.array([sources, targets]), buffer.device)
                    places[buffer.device] = from_rows, to_rows
                from_rows, to_rows = places[buffer.device]
                used = buffer[:, :, :length]
                used.index_copy_(0, to_rows, used.index_select(0, from_rows))

    @property
    def _is_initialized(self) -> bool:
        return any(layer.is_initialized for layer in self.row_layers)

    def _fits(self, room: int, capacity: int, share: float) -> bool:
        """Whether the free memory of every device holds the larger buffers beside the old ones, which go layer by layer."""
        by_device: dict[torch.device, list[RowLayer]] = {}
        for layer in self.row_layers:
            if layer.keys is not None:
                by_device.setdefault(layer.keys.device, []).append(layer)
        for device, layers in by_device.items():
            new, old = (
                [layer.size(*shape) or 0 for layer in layers] for shape in ((room, capacity), (self.room, self.capacity))
            )
            free = free_memory(device)
            if free is not None and sum(new) - sum(old) + max(old) > share * free:
                return False
        return True

    def _resize(self, room: int, capacity: int) -> None:
        for layer in self.row_layers:
            layer.resize(room, capacity)
        self.room, self.capacity = room, capacity
        self.buffers_made += 1


def _resized(buffer: Tensor, rows: int, capacity: int) -> Tensor:
    resized = buffer.new_zeros((rows, buffer.shape[1], capacity + 1, buffer.shape[3]))
    resized[: len(buffer), :, : buffer.shape[2] - 1] = buffer[:, :, :-1]
    return resized


def _rounded(slots: int) -> int:
    return -(-slots // GROWTH) * GROWTH
