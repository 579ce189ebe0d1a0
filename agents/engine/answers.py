"""From what a model finds likely after the nodes of a tree to the probability of each answer.

An answer is a form of an action and its end. The history's own forms are always read; another branch is read where a row puts
at least `LEAST` on it, in a further pass if need be, and is counted for such rows only, so that a row's numbers do not depend
on which others are read beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from torch import Tensor

from agents.engine.answer_paths import AnswerPaths
from agents.engine.reading import Reading
from agents.engine.sampling import NOT_FINITE, cut
from agents.engine.transfers import sent
from agents.engine.trie import Node, Trie, trie_of
from agents.model import Sampling
from arenas.errors import PlayerFailed
from arenas.history import FloatArray, IntArray

LEAST = 1e-6
"""Branches below this probability are not followed: each leaves at most so much unread."""


@dataclass(frozen=True)
class Found:
    """What is known of B rows: the log probability of every node of all answers, of an end after it, and of a token that
    finishes a form's words and goes on; -inf where nothing is known. `read` says at which nodes they were asked for.
    """

    reach: FloatArray  # [B,N]
    end: FloatArray  # [B,N]
    beyond: FloatArray  # [B,N]
    read: np.ndarray[tuple[int, int], np.dtype[np.bool_]]  # [B,N]

    @classmethod
    def nothing(cls, rows: int, nodes: int) -> "Found":
        """Before anything was read: only the root is reached."""
        reach = np.full((rows, nodes), -np.inf)
        reach[:, 0] = 0.0
        return cls(reach, np.full((rows, nodes), -np.inf), np.full((rows, nodes), -np.inf), np.zeros((rows, nodes), dtype=bool))


class Answers:
    """Reads the answers of all menus of a conversation."""

    def __init__(self, paths: AnswerPaths, sampling: Sampling) -> None:
        self.paths, self._sampling = paths, sampling
        self._number = {node: i for i, node in enumerate(paths.nodes)}
        self._always = np.array([not node or node in paths.usual for node in paths.nodes])
        self._tables: dict[tuple[Trie, torch.device], tuple[Tensor, ...]] = {}

    def first_trie(self) -> Trie:
        """The branches that are read whatever they carry."""
        return trie_of(self.paths.usual)

    def ask(self, reading: Reading, trie: Trie) -> Callable[[], FloatArray]:
        """The numbers [U,1+N,children + 2] of a reading on their way; the device is waited for at the call."""
        tables = self._tables_of(trie, reading.device)

        def work(logits: Tensor, positions: Tensor) -> Tensor:
            return _numbers(cut(logits, self._sampling), positions % (1 + len(trie.inner)), *tables)

        numbers = reading.in_parts(work)
        return lambda: numbers.cpu().numpy()

    def take_in(self, found: Found, numbers: FloatArray, trie: Trie, rows: IntArray) -> None:
        """Write what was read of some rows, numbers [n,1+N,...], into what is known. Raises `PlayerFailed` at a NaN."""
        if np.isnan(numbers).any():
            raise PlayerFailed(NOT_FINITE)
        for place, node in enumerate(trie.prefixes):
            i = self._number[node]
            new = ~found.read[rows, i]  # what was read before stays as it is
            fresh, read = rows[new], numbers[new, place]
            found.end[fresh, i], found.beyond[fresh, i] = read[:, -2], read[:, -1]
            found.read[fresh, i] = True
            for column, child in enumerate(self._children[node]):
                found.reach[fresh, self._number[child]] = found.reach[fresh, i] + read[:, column]

    def missing(self, found: Found) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        """Which nodes [B,N] carry enough mass and have not been read."""
        return self._counts(found) & ~found.read

    def trie_over(self, wanted: np.ndarray[tuple[int, int], np.dtype[np.bool_]]) -> Trie:
        """The nodes that any of the rows wants, [B,N], and where only one way leads on from them, that way."""
        nodes = [self.paths.nodes[i] for i in np.flatnonzero(wanted.any(axis=0)) if i]
        return trie_of(self._onward(node) for node in nodes)

    def next_trie(self, found: Found) -> Trie:
        """The branches to read in the next round at once: what is always read, and what carried mass in this one."""
        carried = self._counts(found).any(axis=0)
        return trie_of([*self.paths.usual, *(self.paths.nodes[i] for i in np.flatnonzero(carried) if i)])

    def by_form(self, found: Found) -> FloatArray:
        """The probability of each form with its end, [B,forms]."""
        leaves = np.array([self._number[path.node] for path in self.paths.paths])
        counted = self._counts(found)[:, leaves]
        mass = np.where(counted, np.exp(found.reach[:, leaves] + found.end[:, leaves]), 0.0)
        share = np.zeros((len(mass), len(self.paths.forms)))
        np.add.at(share.T, [path.form for path in self.paths.paths], mass.T)
        return share

    def begun(self, found: Found, forms: frozenset[int]) -> FloatArray:
        """The probability [B] of all texts that begin with the words of some of the forms, ended or not."""
        own = {self.paths.tokens[form] for form in forms}
        first = [node for node in own if not any(node[:i] in own for i in range(1, len(node)))]
        before = sorted({node[:i] for node in first for i in range(len(node))})
        said = [self._number[node] for node in first]
        on_the_way = [self._number[node] for node in before]
        beyond = found.reach[:, on_the_way] + found.beyond[:, on_the_way]
        counted = self._counts(found)[:, on_the_way]
        total: FloatArray = np.exp(found.reach[:, said]).sum(axis=1) + np.where(counted, np.exp(beyond), 0.0).sum(axis=1)
        return total

    def _counts(self, found: Found) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
        """Which nodes [B,N] are followed in each row."""
        counts: np.ndarray[tuple[int, int], np.dtype[np.bool_]] = (found.reach >= np.log(LEAST)) | self._always
        return counts

    @cached_property
    def _children(self) -> dict[Node, list[Node]]:
        children: dict[Node, list[Node]] = {node: [] for node in self.paths.nodes}
        for node in self.paths.nodes[1:]:
            children[node[:-1]].append(node)
        return children

    def _onward(self, node: Node) -> Node:
        """The furthest node that surely has to be read with this one: within a form's words, where only one way leads on."""
        while node not in self.paths.complete and len(self._children[node]) == 1:
            node = self._children[node][0]
        return node

    def _tables_of(self, trie: Trie, device: torch.device) -> tuple[Tensor, ...]:
        """For each node of a trie its children, the tokens that end an answer there, and those that go beyond a form's words;
        each [1+N,width], padded with -1.
        """
        if (trie, device) not in self._tables:
            ends = {path.node: path.ends for path in self.paths.paths}
            columns = (
                [[child[-1] for child in self._children[node]] for node in trie.prefixes],
                [list(ends.get(node, ())) for node in trie.prefixes],
                [self._beyond(node) for node in trie.prefixes],
            )
            width = max(map(len, self._children.values()))
            self._tables[trie, device] = tuple(
                sent(_padded(lists, width if place == 0 else 1), device) for place, lists in enumerate(columns)
            )
        return self._tables[trie, device]

    def _beyond(self, node: Node) -> list[int]:
        if node not in self._beyond_of:
            self._beyond_of[node] = self.paths.beyond(node)
        return self._beyond_of[node]

    @cached_property
    def _beyond_of(self) -> dict[Node, list[int]]:
        return {}


def _padded(lists: list[list[int]], least: int) -> IntArray:
    width = max(least, *map(len, lists))
    table = np.full((len(lists), width), -1, dtype=np.int64)
    for row, tokens in zip(table, lists, strict=True):
        row[: len(tokens)] = tokens
    return table


def _numbers(logits: Tensor, nodes: Tensor, children: Tensor, ends: Tensor, beyond: Tensor) -> Tensor:
    """log P [m,children + 2] of each child, of an end, and of going beyond, from logits [m,V] after nodes [m]; float64."""
    total = torch.logsumexp(logits, dim=-1, keepdim=True)
    total = total.masked_fill(~total.isfinite(), torch.nan)  # an infinite logit anywhere leaves no number unspoiled
    parts = []
    for table in (children, ends, beyond):
        tokens = table[nodes]
        found = logits.gather(1, tokens.clamp(min=0)).masked_fill(tokens < 0, -torch.inf) - total
        parts.append(found if table is children else torch.logsumexp(found, dim=-1, keepdim=True))
    return torch.cat(parts, dim=1).double()
