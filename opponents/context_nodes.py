"""The tree of the contexts that have come by, for many matches at once."""

import numpy as np
from numpy.typing import NDArray

from arenas.history import FloatArray, IntArray, SeedArray

EMPTY = np.uint64(0)
ODD = np.uint64(0x9E3779B97F4A7C15)


class Numbering:
    """Numbers keys in the order in which they first come: a hash table that takes whole arrays of distinct keys, none 0."""

    def __init__(self) -> None:
        self.count = 0
        self._keys = np.zeros(1024, dtype=np.uint64)
        self._numbers = np.zeros(1024, dtype=np.int64)

    def numbers(self, keys: SeedArray) -> IntArray:
        """The numbers [n] of distinct keys [n]; new ones are numbered on from `count`."""
        if 2 * (self.count + len(keys)) > len(self._keys):
            self._grow(self.count + len(keys))
        found = np.empty(len(keys), dtype=np.int64)
        waiting, slots = np.arange(len(keys)), self._first_slots(keys)
        while len(waiting):
            self._claim(keys[waiting], slots)
            here = self._keys[slots] == keys[waiting]
            found[waiting[here]] = self._numbers[slots[here]]
            waiting, slots = waiting[~here], (slots[~here] + 1) % len(self._keys)
        return found

    def _claim(self, keys: SeedArray, slots: IntArray) -> None:
        """Give empty slots to the keys that look at them; of several keys at one slot the last gets it."""
        empty = np.flatnonzero(self._keys[slots] == EMPTY)
        if not len(empty):
            return
        self._keys[slots[empty]] = keys[empty]
        got = empty[self._keys[slots[empty]] == keys[empty]]
        self._numbers[slots[got]] = self.count + np.arange(len(got))
        self.count += len(got)

    def _first_slots(self, keys: SeedArray) -> IntArray:
        return (keys % np.uint64(len(self._keys))).astype(np.int64)

    def _grow(self, needed: int) -> None:
        full = self._keys != EMPTY
        keys, numbers = self._keys[full], self._numbers[full]
        size = len(self._keys)
        while size < 4 * needed:
            size *= 2
        self._keys, self._numbers = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int64)
        self.count = 0
        self.numbers(keys)
        # numbered anew in the order of the old table: put the old numbers back
        for_key = self._slots_of(keys)
        self._numbers[for_key] = numbers

    def _slots_of(self, keys: SeedArray) -> IntArray:
        """The slots [n] of keys [n] that are in the table."""
        slots = self._first_slots(keys)
        while (astray := self._keys[slots] != keys).any():
            slots[astray] = (slots[astray] + 1) % len(self._keys)
        return slots


class ContextNodes:
    """The nodes of B context trees along the path of the last 0, 1, ... `depth` symbols.

    A node is found by a 64-bit hash of its row and symbols: two of ten million nodes share one with a chance of 3e-6.
    """

    def __init__(self, rows: int, depth: int) -> None:
        self._recent = np.zeros((rows, depth), dtype=np.uint64)  # latest first; 0 is before the first round
        self._roots = mixed(np.arange(1, rows + 1, dtype=np.uint64))
        self._numbering = Numbering()
        self.path = self._look_up()

    @property
    def count(self) -> int:
        """How many nodes there are; they are numbered from 0."""
        return self._numbering.count

    def advance(self, *symbols: IntArray) -> None:
        """Take in more symbols, each [B] and from 0, the last one the latest; `path` [B,depth+1] is then where they lead."""
        for symbol in symbols:
            self._recent[:, 1:] = self._recent[:, :-1].copy()
            self._recent[:, :1] = symbol[:, None].astype(np.uint64) + np.uint64(1)
        self.path = self._look_up()

    def _look_up(self) -> IntArray:
        keys = [self._roots]
        for symbol in self._recent.T:
            keys.append(extended(keys[-1], symbol))
        path = np.stack(keys, axis=1)
        return self._numbering.numbers(path.ravel()).reshape(path.shape)


def mixed(numbers: SeedArray) -> SeedArray:
    """64-bit numbers scrambled one to one (splitmix64: Steele, Lea & Flood 2014), so that low bits depend on all."""
    z = numbers + ODD
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))


def extended(keys: SeedArray, symbols: SeedArray) -> SeedArray:
    """The keys [B] of what keys [B] stand for with one more symbol [B]."""
    return mixed(keys ^ (symbols * ODD))


def room_for(array: FloatArray, count: int) -> FloatArray:
    """The array with room for `count` entries along its first axis, the new ones 0."""
    if count <= len(array):
        return array
    grown: NDArray[np.float64] = np.zeros((max(count, 2 * len(array)), *array.shape[1:]))
    grown[: len(array)] = array
    return grown
