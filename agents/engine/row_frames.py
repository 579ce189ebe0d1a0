"""Token ids and their places for one forward pass on the row cache.

What the host says of a pass is one array of numbers, sent to the device at once; all that follows from it is computed there.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from agents.engine.reading import Deltas
from agents.engine.row_cache import Frame
from agents.engine.transfers import sent
from agents.engine.trie import Trie
from arenas.history import IntArray


@dataclass(frozen=True)
class Told:
    """What is read in one pass: for each of B rows of the cache what it holds, and the tokens that are new to it."""

    rows: IntArray  # [B] rows of the cache
    lengths: IntArray  # [B] tokens held
    deltas: Deltas
    trie: Trie | None

    def __getitem__(self, part: slice) -> "Told":
        """Some of the rows."""
        return Told(self.rows[part], self.lengths[part], self.deltas[part], self.trie)

    @cached_property
    def layout(self) -> "Layout":
        """The smallest layout that holds it."""
        nodes = len(self.trie.inner) if self.trie else 0
        first, count = int(self.rows[0]), len(self.rows)
        together = int(self.rows[-1]) - first + 1 == count and bool((np.diff(self.rows) == 1).all())
        fresh = max(1, *map(len, self.deltas))  # rows that are told nothing are padded too
        return Layout(count, fresh, int(self.ends.max()) + nodes, first if together else None, self.trie if nodes else None)

    @cached_property
    def ends(self) -> IntArray:
        """Tokens held after the pass. [B]"""
        fresh: IntArray = np.array([len(delta) for delta in self.deltas])
        return self.lengths + fresh


@dataclass(frozen=True)
class Layout:
    """The shape of a pass: all that does not depend on which tokens are read."""

    rows: int
    fresh: int  # columns of new tokens, padding included
    readable: int  # slots that may be read
    first: int | None  # the row of the cache that row 0 of the pass is, if the others follow it; else None
    trie: Trie | None  # whose inner nodes are read too

    @property
    def columns(self) -> int:
        """Columns of new tokens and nodes."""
        return self.fresh + (len(self.trie.inner) if self.trie else 0)


@dataclass(frozen=True)
class Nodes:
    """A trie's inner nodes on a device."""

    depths: Tensor  # [N]
    ancestry: Tensor  # [N,N]

    @classmethod
    def of(cls, trie: Trie, device: torch.device) -> "Nodes":
        """Of a trie, fetched once."""
        return cls(sent(np.array(trie.depths), device), sent(trie.ancestry, device))


def written(told: Told, layout: Layout, trash: int) -> IntArray:
    """Token ids, slots and positions, each [B,T], then ends and rows of the cache, each [B], one after another in one array.

    A row is padding, the new tokens, then the trie's inner nodes: node j of a row then n tokens long lies in slot n + j, to be
    overwritten by the next round. Rows that the layout has beyond those told hold one token, and nothing is read in them.
    """
    whole = np.zeros(layout.rows * (3 * layout.columns + 2), dtype=np.int64)
    ids, slots, positions = whole[: -2 * layout.rows].reshape(3, layout.rows, layout.columns)
    ends, rows = whole[-2 * layout.rows :].reshape(2, layout.rows)
    slots[:], ends[:] = trash, 1
    told_rows, fresh = len(told.rows), layout.fresh
    rows[:told_rows], ends[:told_rows] = told.rows, told.ends
    rows[told_rows:] = told.rows[0] + np.arange(told_rows, layout.rows)
    for b, delta in enumerate(told.deltas):
        columns = slice(fresh - len(delta), fresh)
        ids[b, columns] = delta
        slots[b, columns] = positions[b, columns] = np.arange(told.lengths[b], told.ends[b])
    if told.trie and layout.trie:
        here = slice(0, told_rows), slice(fresh, None)
        ids[here] = told.trie.tokens
        slots[here] = told.ends[:, None] + np.arange(len(told.trie.inner))
        positions[here] = told.ends[:, None] + np.array(told.trie.depths) - 1
    return whole


def laid_out(whole: Tensor, layout: Layout, nodes: Nodes | None) -> tuple[Tensor, Frame]:
    """Token ids [B,T] and the frame of a pass, from what `written` wrote and where it now is."""
    block = layout.rows * layout.columns
    ids, slots, positions = (part.view(layout.rows, layout.columns) for part in torch.split(whole[: 3 * block], block))
    ends, rows = torch.split(whole[3 * block :], layout.rows)
    key_positions = torch.arange(layout.readable, device=whole.device).expand(layout.rows, -1)
    allowed = None
    if nodes is not None:
        key_positions, allowed = _among_nodes(key_positions, ends, layout.fresh, nodes)
    span = None if layout.first is None else slice(layout.first, layout.first + layout.rows)
    return ids, Frame(slots, positions, key_positions, allowed, rows, span)


def _among_nodes(slots: Tensor, ends: Tensor, fresh: int, nodes: Nodes) -> tuple[Tensor, Tensor]:
    """The positions of what is in each slot [B,K], and [B,T,K] which slots may be attended to: by the text the text, by a node
    the text, its ancestors and itself.
    """
    count = len(nodes.depths)
    offset = slots - ends[:, None]  # [B,K] how far past the row's end a slot lies
    node = offset.clamp(0, count - 1)
    text, among = offset < 0, (offset >= 0) & (offset < count)
    key_positions = torch.where(among, ends[:, None] + nodes.depths[node] - 1, slots)
    lineage = nodes.ancestry[:, node].transpose(0, 1) & among[:, None]  # [B,N,K]
    allowed = torch.cat([text[:, None].expand(-1, fresh, -1), lineage | text[:, None]], dim=1)
    return key_positions, allowed
