"""A key-value cache in which row b's token at position p lies in slot p.

No row has holes, so rows of different lengths grow side by side and every key's slot is its position. The last slot takes the
keys of padding and is never read.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from transformers.cache_utils import Cache, CacheLayerMixin


@dataclass
class Frame:
    """Where the tokens of one forward pass stand: B rows, T new tokens (padding first), K slots that may be read."""

    slots: Tensor  # [B,T] slot each new token is written to; the trash slot for padding
    positions: Tensor  # [B,T] its position in the text
    key_positions: Tensor  # [B,K] the position of what is in each slot
    allowed: Tensor | None  # [B,T,K] which slots a token may attend to at all; None if all
    float_masks: dict[tuple[int, int], Tensor] = field(default_factory=dict)
    masks_alive: list[Tensor] = field(default_factory=list)  # so that no id in `float_masks` is taken twice

    @property
    def readable(self) -> int:
        """K: the number of slots that may be read."""
        return self.key_positions.shape[1]


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


class RowLayer(CacheLayerMixin):
    """One layer's keys and values, [B,heads,capacity+1,dim]; made at the first update, since only then the shapes are known."""

    is_sliding = False

    def __init__(self, cache: "RowCache") -> None:
        self.keys: Tensor | None = None
        self.values: Tensor | None = None
        self.is_initialized = False
        self._cache = cache

    def lazy_initialization(self, key_states: Tensor, value_states: Tensor) -> None:
        """Allocate the buffers in the shapes and on the device of the first keys and values."""
        self.keys = _buffer(key_states, self._cache.capacity)
        self.values = _buffer(value_states, self._cache.capacity)
        self.is_initialized = True

    def update(self, key_states: Tensor, value_states: Tensor, *args: Any, **kwargs: Any) -> tuple[Tensor, Tensor]:
        """Write the new tokens' keys and values [B,heads,T,dim] to their slots; return all readable ones [B,heads,K,dim]."""
        if not self.is_initialized:
            self.lazy_initialization(key_states, value_states)
        frame = current_frame()
        assert self.keys is not None and self.values is not None
        slots = frame.slots.to(self.keys.device)
        rows = torch.arange(len(slots), device=self.keys.device)[:, None]
        self.keys[rows, :, slots] = key_states.transpose(1, 2)
        self.values[rows, :, slots] = value_states.transpose(1, 2)
        return self.keys[:, :, : frame.readable], self.values[:, :, : frame.readable]

    def get_mask_sizes(self, query_length: int) -> tuple[int, int]:
        """Length and offset of the keys that a mask must cover."""
        return current_frame().readable, 0

    def get_seq_length(self) -> int:
        """Keys before the new ones; legacy models derive mask sizes from it."""
        frame = _CURRENT.get()
        return 0 if frame is None else frame.readable - frame.slots.shape[1]

    def get_max_length(self) -> int:
        """The most tokens a row can hold without growing."""
        return self._cache.capacity

    def reshape(self, rows: Tensor, capacity: int) -> None:
        """Keep the rows given by index (one row may be taken several times) with room for `capacity` tokens."""
        if self.keys is None or self.values is None:
            return
        self.keys = _moved(self.keys, rows.to(self.keys.device), capacity)
        self.values = _moved(self.values, rows.to(self.values.device), capacity)


class RowCache(Cache):
    """The layers of one model for B rows."""

    def __init__(self, layers: int, capacity: int) -> None:
        self.capacity = capacity
        self.row_layers = [RowLayer(self) for _ in range(layers)]
        super().__init__(layers=list(self.row_layers))

    @property
    def trash(self) -> int:
        """The slot that takes padding."""
        return self.capacity

    def reshape(self, rows: Tensor, capacity: int) -> None:
        """Keep these rows, with room for `capacity` tokens each."""
        for layer in self.row_layers:
            layer.reshape(rows, capacity)
        self.capacity = capacity


def _buffer(states: Tensor, capacity: int) -> Tensor:
    rows, heads, _, dim = states.shape
    return states.new_zeros((rows, heads, capacity + 1, dim))


def _moved(buffer: Tensor, rows: Tensor, capacity: int) -> Tensor:
    kept = min(capacity, buffer.shape[2] - 1)
    moved = buffer.new_zeros((len(rows), buffer.shape[1], capacity + 1, buffer.shape[3]))
    moved[:, :, :kept] = buffer[rows, :, :kept]
    return moved
