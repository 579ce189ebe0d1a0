"""What every way of reading a model's next-token logits for many growing rows shares."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from inspect import signature
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from agents.engine.head import Head, head_of
from agents.engine.memory import Passes, bytes_of_pass
from agents.engine.transfers import sent
from agents.engine.trie import Trie
from arenas.history import IntArray

Deltas = Sequence[Sequence[int]]
"""The new tokens of each row."""


Work = Callable[[Tensor, Tensor], Tensor]
"""From logits [m,V], float32, and the positions [m] they are of, to what is wanted of each, [m,...]."""
BLOCK = {"cuda": 2**30}
"""Bytes of logits that are written at once, by device."""
SMALL_BLOCK = 2**26
"""The same on all others."""
COPIES = 4
"""How many times the logits are held at most while something is made of them."""


@dataclass(frozen=True)
class Reading:
    """What was read: hidden states [U,1+N,H] of U different rows, which their model's head makes logits of, and for each of the
    B rows which of them it is; any for a row that was told nothing.
    """

    states: Tensor
    row_of: IntArray  # [B]
    head: Head = field(default_factory=lambda: Head(None))
    passes: Passes | None = None

    @property
    def device(self) -> torch.device:
        """Where it was read."""
        return self.states.device

    @classmethod
    def of(cls, logits: Tensor) -> "Reading":
        """Of rows whose logits [U,V] or [U,1+N,V] are there already."""
        return cls(logits if logits.dim() == 3 else logits[:, None], np.arange(len(logits)))

    def in_parts(self, work: Work) -> Tensor:
        """What `work` makes of the logits of every position, [U,1+N,...].

        It is given as many positions at a time as have logits of a fixed size together, numbered by their place among all
        U * (1+N), so that logits of all are never there at once.
        """
        flat = self.states.flatten(0, 1)
        passes = self.passes or Passes(flat.device)
        size = COPIES * self.head.vocabulary_of(flat) * torch.float32.itemsize
        block = BLOCK.get(flat.device.type, SMALL_BLOCK) // (size // COPIES)

        def some(part: slice) -> Tensor:
            with torch.inference_mode():
                logits = self.head.logits(flat[part]).float()
                return work(logits, torch.arange(part.start, part.stop, device=logits.device))

        parts = joined(passes.run(len(flat), size, some, max(1, block)))
        return parts.reshape(*self.states.shape[:2], *parts.shape[1:])

    def last_of(self, rows: Sequence[int]) -> "Reading":
        """After the last token of some of the B rows: of n rows [n,1,H]."""
        places = sent(self.row_of[list(rows)], self.device)
        return replace(self, states=self.states[:, :1][places], row_of=np.arange(len(rows)))

    @property
    def logits(self) -> Tensor:
        """Logits [U,1+N,V] of all there is: for looking at little."""
        return self.in_parts(lambda logits, _: logits)


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
        self.passes, self.parts = Passes(self.device), Passes(self.device)
        self.head = head_of(model)
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

    def reading(self, states: Tensor, row_of: IntArray) -> Reading:
        """What was read, with what makes logits of it."""
        return Reading(states, row_of, self.head, self.parts)

    def bytes_of_pass(self, columns: int, keys: int, outputs: int) -> int:
        """About what a pass of this model takes for each row; see `memory`."""
        config = self.model.config.get_text_config()
        return bytes_of_pass(config, columns, keys, self.head.written(columns, outputs), self.model.dtype.itemsize)

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


def plain_logits(model: Any, text: Sequence[int], last: int = 0) -> Tensor:
    """Logits [T,V] of one text by a plain forward pass: no batch, no padding, no cache; or of its last tokens [last,V]."""
    device = model.get_input_embeddings().weight.device
    asked = {"logits_to_keep": last} if "logits_to_keep" in signature(type(model).forward).parameters else {}
    with torch.inference_mode():
        logits: Tensor = model(input_ids=torch.tensor([list(text)], device=device), use_cache=False, **asked).logits[0]
    return logits[-last:]


def joined(parts: Sequence[Tensor]) -> Tensor:
    """The passes' results one after another; a single one is not copied."""
    return parts[0] if len(parts) == 1 else torch.cat(list(parts))


def in_common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts begin with in common."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))
