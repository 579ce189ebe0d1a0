"""Tokens that may come next as a tree, so that all of its branches are read in one forward pass."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from arenas.history import BoolArray

ROOT = 0
"""The node before any token: the last token of the text so far."""
Node = tuple[int, ...]
"""The tokens that lead to a node."""


@dataclass(frozen=True)
class Trie:
    """A tree whose node 0 is the root and whose other nodes are the beginnings of `branches`, and these themselves."""

    branches: tuple[Node, ...]

    @cached_property
    def prefixes(self) -> tuple[Node, ...]:
        """The nodes, shorter ones first, the root included."""
        nodes = {branch[:i] for branch in self.branches for i in range(len(branch) + 1)} | {()}
        return tuple(sorted(nodes, key=lambda node: (len(node), node)))

    @cached_property
    def number(self) -> dict[Node, int]:
        """Each node's number."""
        return {prefix: i for i, prefix in enumerate(self.prefixes)}

    @property
    def inner(self) -> tuple[Node, ...]:
        """The nodes but the root: the tokens that must be fed, each after its prefix."""
        return self.prefixes[1:]

    @cached_property
    def tips(self) -> tuple[Node, ...]:
        """The nodes that no other continues: with the prefixes of these, all are read."""
        followed = {node[:-1] for node in self.inner}
        return tuple(node for node in self.inner if node not in followed)

    @cached_property
    def tokens(self) -> list[int]:
        """The token of each inner node."""
        return [prefix[-1] for prefix in self.inner]

    @cached_property
    def depths(self) -> list[int]:
        """The depth of each inner node, 1 for a child of the root."""
        return [len(prefix) for prefix in self.inner]

    @cached_property
    def ancestry(self) -> BoolArray:
        """ancestry[i,j]: whether inner node j is i or lies between the root and i. [N,N]"""
        n = len(self.inner)
        table = np.zeros((n, n), dtype=bool)
        for i, node in enumerate(self.inner):
            table[i, [self.number[node[:depth]] - 1 for depth in range(1, len(node) + 1)]] = True
        return table


def trie_of(branches: Iterable[Sequence[int]]) -> Trie:
    """A trie of branches; each must have a token."""
    kept = tuple(dict.fromkeys(tuple(branch) for branch in branches))
    if not all(kept):
        raise ValueError("a branch must have a token")
    return Trie(kept)
