"""Ways to read rows on the model's own cache, for models whose state is no list of keys."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, ClassVar

import torch
from torch import Tensor

from agents.engine.reading import Deltas, Reader, Reading
from agents.engine.states import State, apart, size_of, together
from agents.engine.trie import ROOT, Trie

CACHES = ("past_key_values", "cache_params", "state")
"""The names under which models take and return their caches."""


class ChunkReader(Reader):
    """One forward pass for all rows that hold and are told equally many tokens, without padding.

    A state cannot be cut back, so each row keeps the state before its last tokens too; a row that is cut further is read anew.
    A trie's nodes are read from copies of the state.
    """

    name = "own cache, equal lengths together"
    at_once: ClassVar[bool] = True
    """Whether new tokens are read in one pass; else one by one."""
    fewest: ClassVar[int] = 1
    """The fewest tokens that may be read on top of a state."""

    def __init__(self, model: Any, rows: int, capacity: int) -> None:
        super().__init__(model, rows, capacity)
        if not self.head.arguments.intersection(CACHES):
            raise NotImplementedError("the model takes no cache that is known")
        self._trails: list[tuple[State, State]] = [(State(), State())]

    def read(self, deltas: Deltas, keep: Sequence[int], trie: Trie | None = None) -> Reading:
        kept, _, sources = self.part(deltas, keep)
        self._trails += [self._trails[source] for source in sources]
        before = [
            self._before(trail, length, len(text)) for trail, length, text in zip(self._trails, kept, self.texts, strict=True)
        ]
        fresh = [text[state.length :] for state, text in zip(before, self.texts, strict=True)]
        hidden, reached = self._advance(before, fresh)
        self._trails = [
            (state, after) if new else trail
            for state, after, new, trail in zip(before, reached, fresh, self._trails, strict=True)
        ]
        after = {ROOT: hidden, **(self._branches(trie, before, fresh) if trie else {})}
        return self.reading(torch.stack([after[node] for node in range(len(after))], dim=1), self.row_of)

    def _before(self, trail: tuple[State, State], kept: int, length: int) -> State:
        """The furthest state from which a row of this length can be read whose first `kept` tokens stand."""
        earlier, latest = trail
        if latest.length == length == kept:
            return latest
        for state in (latest, earlier):
            if state.length <= min(kept, length - self.fewest):
                return state
        return State()

    def _branches(self, trie: Trie, before: Sequence[State], fresh: Deltas) -> dict[int, Tensor]:
        """Hidden states [U,H] after each inner node, from the states before it."""
        rows = range(len(self.texts))
        states = {ROOT: [latest for _, latest in self._trails]}
        after: dict[int, Tensor] = {}
        for depth in sorted(set(trie.depths)):
            nodes = [node for node in trie.inner if len(node) == depth]
            parents = [states[trie.number[node[:-1]]][row] for node in nodes for row in rows]
            hidden, reached = self._advance(parents, [[node[-1]] for node in nodes for _ in rows])
            states = {}
            for place, node in enumerate(nodes):
                own = slice(place * len(rows), (place + 1) * len(rows))
                after[trie.number[node]], states[trie.number[node]] = hidden[own], reached[own]
        return after

    def _advance(self, states: Sequence[State], chunks: Deltas) -> tuple[Tensor, list[State]]:
        """Hidden states [n,H] after each state's new tokens, and the states then; a state that is told nothing stays."""
        groups: dict[tuple[int, int], list[int]] = defaultdict(list)
        for row, (state, chunk) in enumerate(zip(states, chunks, strict=True)):
            if chunk:
                groups[state.length, len(chunk)].append(row)
        reached = list(states)
        hidden: dict[int, Tensor] = {}
        for (length, fresh), rows in sorted(groups.items()):
            size = 2 * size_of(states[rows[0]].cache) + self.bytes_of_pass(fresh, length + fresh, 1)

            def work(part: slice, rows: list[int] = rows) -> None:
                mine = rows[part]
                last, after = self._pass([states[row] for row in mine], [chunks[row] for row in mine])
                for row, row_hidden, state in zip(mine, last, after, strict=True):
                    hidden[row], reached[row] = row_hidden, state

            self.passes.run(len(rows), size, work)
        if not hidden:
            raise ValueError("no row is told anything")
        nothing = torch.zeros_like(next(iter(hidden.values())))
        return torch.stack([hidden.get(row, nothing) for row in range(len(states))]), reached

    def _pass(self, states: Sequence[State], chunks: Deltas) -> tuple[Tensor, list[State]]:
        """Hidden states [n,H] and the states after chunks of one length, from states of one length."""
        length, cache = states[0].length, together(states)
        ids = torch.tensor([list(chunk) for chunk in chunks], device=self.device)
        steps = [ids] if self.at_once or cache is None else torch.split(ids, 1, dim=1)
        for step in steps:
            last, cache = self._step(step, length, cache)
            length += step.shape[1]
        return last, apart(cache, length, len(states))

    def _step(self, ids: Tensor, length: int, cache: Any) -> tuple[Tensor, Any]:
        asked: dict[str, Any] = {"input_ids": ids, "use_cache": True}
        if "position_ids" in self.head.arguments:
            asked["position_ids"] = torch.arange(length, length + ids.shape[1], device=self.device).expand(len(ids), -1)
        name = next(name for name in CACHES if name in self.head.arguments)
        if cache is not None:
            asked[name] = cache
        states, out = self.head.read(1, asked)
        return states[:, 0], out[name]


class TokenReader(ChunkReader):
    """As `ChunkReader`, with one pass for each new token: some state-space models start anew at every longer chunk."""

    name = "own cache, token by token"
    at_once = False


class PairReader(ChunkReader):
    """As `ChunkReader`, but no token is ever read alone on a state, where some models compute something else."""

    name = "own cache, no token alone"
    fewest = 2

    def _advance(self, states: Sequence[State], chunks: Deltas) -> tuple[Tensor, list[State]]:
        """As ever, but texts of a single token are read one text at a time: beside each other they are mixed up."""
        short = [row for row, chunk in enumerate(chunks) if len(chunk) == 1]
        if len(short) < 2:
            return super()._advance(states, chunks)
        alone = [super(PairReader, self)._advance([states[row]], [chunks[row]]) for row in short]
        others = [() if row in short else chunk for row, chunk in enumerate(chunks)]
        if any(others):
            hidden, reached = super()._advance(states, others)
        else:
            hidden, reached = alone[0][0].new_zeros((len(chunks), alone[0][0].shape[1])), list(states)
        for row, (own, state) in zip(short, alone, strict=True):
            hidden[row], reached[row] = own[0], state[0]
        return hidden, reached

    def _branches(self, trie: Trie, before: Sequence[State], fresh: Deltas) -> dict[int, Tensor]:
        """Each node with all that came after the state before."""
        return {
            trie.number[node]: self._advance(before, [[*new, *node] if new else [] for new in fresh])[0] for node in trie.inner
        }
