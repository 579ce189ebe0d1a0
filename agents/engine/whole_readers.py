"""Ways to read rows that keep nothing: every text is read anew each round. Slow, for models that no cache fits."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from agents.engine.reading import Deltas, Reader, Reading, joined
from agents.engine.trie import Trie


class WholeReader(Reader):
    """Reads every row's whole text anew each round, and once more for each inner node of a trie."""

    def read(self, deltas: Deltas, keep: Sequence[int], trie: Trie | None = None) -> Reading:
        self.part(deltas, keep)
        texts = [text or [0] for text in self.texts]  # what is read of an empty one means nothing
        after = [self._last([[*text, *prefix] for text in texts]) for prefix in (trie.prefixes if trie else ((),))]
        return self.reading(torch.stack(after, dim=1), self.row_of)

    @abstractmethod
    def _last(self, texts: Deltas) -> Tensor:
        """States [U,H] after each text."""

    def _in_passes(self, texts: Deltas) -> Tensor:
        """States [U,H] after each text, in as few padded passes as memory allows."""
        longest = max(map(len, texts))
        size = self.bytes_of_pass(longest, longest, 1)
        return joined(self.passes.run(len(texts), size, lambda rows: self._padded(texts[rows])))

    def _padded(self, texts: Deltas) -> Tensor:
        longest = max(map(len, texts))
        ids = torch.zeros((len(texts), longest), dtype=torch.long)
        mask = torch.zeros_like(ids)
        for b, text in enumerate(texts):
            ids[b, longest - len(text) :] = torch.tensor(text)
            mask[b, longest - len(text) :] = 1
        positions = (mask.cumsum(1) - 1).clamp(min=0)
        asked: dict[str, Any] = {"input_ids": ids.to(self.device), "use_cache": False}
        if not mask.all():
            asked["attention_mask"] = mask.to(self.device)
        if "position_ids" in self.head.arguments:
            asked["position_ids"] = positions.to(self.device)
        return self.head.read(1, asked)[0][:, 0]


class PaddedReader(WholeReader):
    """All rows in one pass, padded on the left, with explicit positions and the stock attention."""

    name = "whole rows, padded"

    def _last(self, texts: Deltas) -> Tensor:
        return self._in_passes(texts)


class EqualReader(WholeReader):
    """Rows of one length in one pass, nothing padded, for models that cannot pass over padding."""

    name = "whole rows, equal lengths together"

    def _last(self, texts: Deltas) -> Tensor:
        states: dict[int, Tensor] = {}
        for length in sorted({len(text) for text in texts}):
            rows = [b for b, text in enumerate(texts) if len(text) == length]
            states.update(zip(rows, self._in_passes([texts[b] for b in rows]), strict=True))
        return torch.stack([states[b] for b in range(len(texts))])


class SingleReader(WholeReader):
    """One row a pass, nothing padded and nothing kept: right by definition, and what the others are measured against."""

    name = "whole rows, one by one"

    def _last(self, texts: Deltas) -> Tensor:
        ids = [torch.tensor([list(text)], device=self.device) for text in texts]
        return torch.cat([self.head.read(1, {"input_ids": row, "use_cache": False})[0][:, 0] for row in ids])
