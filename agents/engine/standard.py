"""What a way of reading is measured by: plain passes over random tokens, in half precision beside the same in float32."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.engine.float32_pass import HALVES, in_float32
from agents.engine.precision import LEAST, TIMES, probabilities, tolerance_of, total_variation
from agents.engine.reading import Reader, plain_logits
from agents.engine.trie import Trie
from arenas.errors import UserError

TRIE = Trie(((3, 5), (3, 6, 2), (3, 6), (4,), (7, 1)))
CUT = 3
"""Tokens that every row loses before the last round."""
ROUNDS = ((11, 19, 14, 14), (3, 7, 1, 5), (6, 2, 5, 9), (4, 4, 4, 4), (2, 5, 4, 3))
"""New tokens of each of four rows in each round. The last two begin as one row and part; rows of other pasts come to the same
length; all grow past the shortened window."""


@dataclass(frozen=True)
class Step:
    """One round: what each row keeps, what it is told, and what it then holds."""

    keep: list[int]
    deltas: list[list[int]]
    texts: list[list[int]]


@dataclass(frozen=True)
class Distance:
    """Between the probabilities of a reader and others: the largest difference of one, and the mean total variation."""

    largest: float
    mean: float

    @classmethod
    def between(cls, ones: Iterator[Tensor] | Sequence[Tensor], others: Sequence[Tensor]) -> "Distance":
        """Of probabilities [B,1+N,V] of several rounds."""
        pairs = [(float((a - b).abs().max()), float(total_variation(a, b).mean())) for a, b in zip(ones, others, strict=True)]
        largest, means = np.array(pairs).T
        return cls(float(largest.max()), float(means.mean()))


class Standard:
    """Plain passes of one model over some rounds."""

    def __init__(self, model: Any, script: list[Step]) -> None:
        self._model, self._script = model, script
        self._plain = self._by_plain_passes()
        self._exact: list[Tensor] | None = None
        self.notes: tuple[str, ...] = ()
        if model.dtype in HALVES:
            self._measure_rounding()

    def fault(self, reader: type[Reader]) -> str | None:
        """Why a reader may not be used; None if it may.

        In half precision it is first tried in float32, where there is no rounding to hide behind; then it may be `TIMES` as
        far from float32 as the plain passes are.
        """
        if self._exact is None:
            return self._beyond_rounding(reader, self._plain)
        with in_float32(self._model):
            fault = self._beyond_rounding(reader, self._exact)
        if fault is not None:
            return fault
        mean = Distance.between(self._read(reader), self._exact).mean
        if mean <= TIMES * self._own + LEAST:
            return None
        return f"{mean:.1e} from float32 by mean total variation, a plain forward pass {self._own:.1e}"

    def _beyond_rounding(self, reader: type[Reader], wanted: Sequence[Tensor]) -> str | None:
        largest = Distance.between(self._read(reader), wanted).largest
        if largest <= tolerance_of(self._model.dtype, self._model.get_input_embeddings().weight.device):
            return None
        return f"probabilities differ from a plain forward pass by {largest:.1e}"

    def _read(self, reader: type[Reader]) -> Iterator[Tensor]:
        """What a reader finds, [B,1+N,V] of each round."""
        session = reader.on_trial(self._model, rows=len(self._script[0].texts), capacity=16)
        for step in self._script:
            reading = session.read(step.deltas, step.keep, TRIE)
            yield reading.in_parts(lambda logits, _: probabilities(logits))[reading.row_of].cpu()

    def _measure_rounding(self) -> None:
        """The plain passes in float32, and how far those in half precision are from them."""
        try:
            with in_float32(self._model):
                exact = self._by_plain_passes()
            self._own = Distance.between(self._plain, exact).mean
        except UserError:
            raise
        except Exception as error:  # whatever a model cannot do in float32, it is then measured by itself
            reason = " ".join(str(error).split())[:200]
            self.notes = (f"not measured against float32, which this model cannot be read in here: {reason}",)
        else:
            self._exact = exact

    def _by_plain_passes(self) -> list[Tensor]:
        """Probabilities [B,1+N,V] of each round, by plain passes over every text and branch."""
        found = [torch.stack([self._after_nodes(text) for text in step.texts]) for step in self._script]
        if not all(bool(torch.isfinite(probs).all()) for probs in found):
            dtype = str(self._model.dtype).removeprefix("torch.")
            hint = "" if dtype == "float32" else "; try dtype: float32, or bfloat16 for a model in float16"
            raise UserError(f"model {self._model.name_or_path}: its logits are not finite in {dtype}{hint}")
        return found

    def _after_nodes(self, text: list[int]) -> Tensor:
        """Probabilities [1+N,V] after a text and after each inner node of the trie."""
        after: dict[int, Tensor] = {}
        for tip in TRIE.tips:
            logits = plain_logits(self._model, [*text, *tip], last=len(tip) + 1)
            after.update({TRIE.number[tip[:depth]]: logits[depth] for depth in range(len(tip) + 1)})
        return probabilities(torch.stack([after[node] for node in range(len(after))])).cpu()


def script_of(vocabulary: int, window: int) -> list[Step]:
    """Random rounds; the first row begins with more tokens than `window`."""
    rng = np.random.default_rng(0)
    texts: list[list[int]] = [[] for _ in ROUNDS[0]]
    steps = []
    for number, lengths in enumerate(ROUNDS):
        cut = CUT if number == len(ROUNDS) - 1 else 0
        deltas = [rng.integers(0, vocabulary, size=length).tolist() for length in lengths]
        if number == 0:
            deltas[0] += rng.integers(0, vocabulary, size=window).tolist()
            deltas[3] = deltas[2]
        keep = [len(text) - cut for text in texts]
        texts = [[*text[:kept], *delta] for text, kept, delta in zip(texts, keep, deltas, strict=True)]
        steps.append(Step(keep, deltas, texts))
    return steps
