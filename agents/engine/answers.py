"""From the logits after the nodes of a trie to the probability of each whole answer."""

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from agents.engine.memory import Passes
from agents.engine.reading import joined
from agents.engine.transfers import sent
from agents.engine.trie import Trie
from arenas.history import FloatArray

COPIES = 4
"""How many times the logits are held as float32 at most while they are read."""
WordEnds = Callable[[], Tensor]
"""Which tokens go on with a word after its last letter or digit: bool [V]."""


class Answers:
    """The answers of a trie. Where one goes on as another (`1`, `10`), the shorter counts only if its word ends there."""

    def __init__(self, trie: Trie, word_goes_on: WordEnds) -> None:
        self.trie = trie
        self._word_goes_on = word_goes_on
        self._places: tuple[Tensor, Tensor, Tensor, Tensor] | None = None
        self._passes: Passes | None = None

    def ask(self, logits: Tensor, temperature: float) -> Callable[[], FloatArray]:
        """log P of each whole answer, [U, answers], from logits [U,1+N,V]. The device is waited for at the call."""
        if self._places is None or self._passes is None:
            self._places, self._passes = self._on(logits.device), Passes(logits.device)
        size = COPIES * logits[0].numel() * torch.float32.itemsize
        read = joined(self._passes.run(len(logits), size, lambda rows: self._edges(logits[rows], temperature)))
        return lambda: self._log_probs(read.cpu().numpy())

    def _edges(self, logits: Tensor, temperature: float) -> Tensor:
        """The log probability of every edge, and of a word that goes on after every ending, [U, edges + endings], float64."""
        assert self._places is not None
        nodes, tokens, ends, goes_on = self._places
        scaled = logits.float() / temperature
        totals = torch.logsumexp(scaled, dim=-1)
        steps = scaled[:, nodes, tokens] - totals[:, nodes]
        after = torch.logsumexp(scaled[:, ends].masked_fill(~goes_on, -torch.inf), dim=-1) - totals[:, ends]
        return torch.cat([steps, after], dim=1).double()

    def _log_probs(self, read: FloatArray) -> FloatArray:
        """From what `_edges` found."""
        edges = len(self.trie.edges)
        log_probs: FloatArray = read[:, :edges] @ self.trie.paths.T.astype(np.float64)
        for i, (answer, _) in enumerate(self.trie.endings):
            log_probs[:, answer] += np.log1p(-np.minimum(np.exp(read[:, edges + i]), 1.0 - 1e-12))
        return log_probs

    def _on(self, device: torch.device) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Node and token of every edge, the nodes at which answers may end, and what goes on from those [endings,V]."""
        nodes, tokens = sent(np.array(self.trie.edges).T, device)
        ends = [node for _, node in self.trie.endings]
        goes_on = torch.zeros((0, 1), dtype=torch.bool)
        if ends:
            goes_on = self._word_goes_on().repeat(len(ends), 1)
            for row, node in zip(goes_on, ends, strict=True):
                row[self.trie.children(node)] = True
        return nodes, tokens, sent(np.array(ends, dtype=np.int64), device), goes_on.to(device)
