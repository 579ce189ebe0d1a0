"""What every way of reading a model's next-token logits for many growing rows shares."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from agents.engine.memory import Passes
from agents.engine.transfers import sent
from agents.engine.trie import Trie
from arenas.history import IntArray

Deltas = Sequence[Sequence[int]]
"""The new tokens of each row."""


IN_PARTS = 2**24
"""The most logits that are looked at together."""


@dataclass(frozen=True)
class Reading:
    """What was read: logits [U,1+N,V] of U different rows, and for each of the B rows which of them it is; any for a row that
    was told nothing.
    """

    logits: Tensor
    row_of: IntArray  # [B]

    @property
    def device(self) -> torch.device:
        """Where it was read."""
        return self.logits.device

    def in_parts(self, work: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
        """`work` of the logits [m,V], in float32, at some positions [m], numbers into U*(1+N), for as many at a time as fit;
        together [U,1+N,...].
        """
        different, nodes, vocabulary = self.logits.shape
        flat = self.logits.reshape(-1, vocabulary)
        size = max(1, IN_PARTS // vocabulary)
        places = torch.arange(len(flat), device=self.device)
        parts = [work(flat[i : i + size].float(), places[i : i + size]) for i in range(0, len(flat), size)]
        return joined(parts).reshape(different, nodes, -1)

    def last_of(self, rows: Sequence[int]) -> Tensor:
        """Logits [n,V] after the last token of some of the B rows."""
        return self.logits[:, 0][sent(self.row_of[list(rows)], self.logits.device)]


class Reader(ABC):
    """Reads B rows of text of one model. What it has read it remembers; nodes of a trie it does not.

    Rows whose texts are the same so far are read once.
    """

    name: ClassVar[str]

    def __init__(self, model: Any, rows: int, capacity: int) -> None:
        self.model, self.rows, self.capacity = model, rows, capacity
        self.row_of: IntArray = np.zeros(rows, dtype=np.int64)
        self.texts: list[list[int]] = [[]]
        """What each different row holds."""
        self.passes = Passes(self.device)
        self.notes: list[str] = []
        """What a reader of the run should know of how these rows were read."""

    @abstractmethod
    def read(self, deltas: Deltas, keep: Sequence[int], trie: Trie | None = None) -> Reading:
        """Cut row b to its first keep[b] tokens and append deltas[b]; read the logits after its last token and after the
        trie's inner nodes. The logits of a row whose delta is empty mean nothing.
        """

    @classmethod
    def prepare(cls, model: Any) -> None:
        """Set the model up for this way of reading. Raises `NotImplementedError` if it cannot be."""
        model.eval()

    @classmethod
    def serves(cls, model: Any) -> bool:  # noqa: ARG003
        """Whether this way of reading is meant for where the model lies."""
        return True

    @classmethod
    def on_trial(cls, model: Any, rows: int, capacity: int) -> "Reader":
        """A reader that is to be compared with plain passes; what it would do only later it does at once."""
        return cls(model, rows, capacity)

    @cached_property
    def device(self) -> torch.device:
        """Where the token ids go."""
        device: torch.device = self.model.get_input_embeddings().weight.device
        return device

    @cached_property
    def arguments(self) -> frozenset[str]:
        """The arguments that the model's forward pass names."""
        return frozenset(inspect.signature(type(self.model).forward).parameters)

    def part(self, deltas: Deltas, keep: Sequence[int]) -> tuple[list[int], list[tuple[int, ...]], list[int]]:
        """Let rows that are told different things part, and keep what each different row now holds.

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
        self.texts += [list(self.texts[source]) for source in sources]
        for text, (_, kept, delta) in zip(self.texts, ordered, strict=True):
            text[kept:] = delta
        return [key[1] for key in ordered], [key[2] for key in ordered], sources


def plain_logits(model: Any, text: Sequence[int]) -> Tensor:
    """Logits [T,V] of one text by a plain forward pass: no batch, no padding, no cache."""
    device = model.get_input_embeddings().weight.device
    with torch.inference_mode():
        logits: Tensor = model(input_ids=torch.tensor([list(text)], device=device), use_cache=False).logits[0]
    return logits


def joined(parts: Sequence[Tensor]) -> Tensor:
    """The passes' results one after another; a single one is not copied."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts begin with in common."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))
