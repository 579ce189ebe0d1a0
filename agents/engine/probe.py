"""Which way of reading is right for a model: tried on random tokens before anything is believed."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.engine.readers import PaddedReader, Reader, RowReader, SingleReader, plain_logits
from agents.engine.trie import Trie

PROBE_WINDOW = 8
"""Attention windows are shortened to this for the probe, so that short texts exceed them."""
TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-6}
HALF_TOLERANCE = 0.05
"""Largest difference of a probability: rounding in float32; in half precision what batching alone was seen to move."""

FASTEST_FIRST: tuple[type[Reader], ...] = (RowReader, PaddedReader)

TRIE = Trie(((3, 5), (3, 6, 2), (3, 6), (4,), (7, 1)))
ROUNDS = ((11, 19, 14), (3, 7, 1), (5, 2, 6))
"""New tokens of each of three rows in each round: ragged, and past the shortened window."""
HELD = tuple(tuple(map(sum, zip(*ROUNDS[:r], strict=True))) if r else (0, 0, 0) for r in range(len(ROUNDS)))
"""Tokens of each row before each round."""


def choose_reader(model: Any) -> tuple[type[Reader], tuple[str, ...]]:
    """The fastest reader that agrees with plain forward passes, with the model set up for it, and notes on what was found."""
    stock = model.config._attn_implementation
    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    notes: list[str] = []
    with _short_windows(model.config):
        rounds = _random_rounds(vocabulary)
        wanted = _by_plain_passes(model, rounds)
        for reader in FASTEST_FIRST:
            fault = _fault(reader, model, rounds, wanted)
            if fault is None:
                return reader, (f"read by {reader.name}", *notes)
            model.set_attn_implementation(stock)
            notes.append(f"unfit for the {reader.name}: {fault}")
    return SingleReader, (f"read by {SingleReader.name}", *notes)


def _fault(reader: type[Reader], model: Any, rounds: list[list[list[int]]], wanted: Tensor) -> str | None:
    """Why a reader may not be used for a model; None if it may."""
    if reader is RowReader and getattr(model, "_is_stateful", False):
        return "the model keeps a state that is not a list of keys"
    try:
        reader.prepare(model)
        session = reader(model, rows=len(rounds[0]), capacity=16)
        readings = [session.read(deltas, kept, TRIE) for kept, deltas in zip(HELD, rounds, strict=True)]
        got = torch.stack([_probabilities(reading.logits)[reading.row_of] for reading in readings])
    except Exception as error:  # whatever an architecture raises here, the next way is tried and the reason is kept
        return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    difference = float((got - wanted).abs().max())
    tolerance = TOLERANCE.get(model.dtype, HALF_TOLERANCE)
    return None if difference <= tolerance else f"probabilities differ from a plain forward pass by {difference:.1e}"


def _by_plain_passes(model: Any, rounds: list[list[list[int]]]) -> Tensor:
    """Probabilities [rounds,B,1+N,V] by one plain pass for every text and node."""
    texts: list[list[int]] = [[] for _ in rounds[0]]
    result = []
    for deltas in rounds:
        for text, delta in zip(texts, deltas, strict=True):
            text.extend(delta)
        rows = [torch.stack([plain_logits(model, [*text, *prefix])[-1] for prefix in TRIE.prefixes]) for text in texts]
        result.append(_probabilities(torch.stack(rows)))
    return torch.stack(result)


def _probabilities(logits: Tensor) -> Tensor:
    return torch.softmax(logits.float(), dim=-1).cpu()


def _random_rounds(vocabulary: int) -> list[list[list[int]]]:
    rng = np.random.default_rng(0)
    return [[rng.integers(0, vocabulary, size=length).tolist() for length in lengths] for lengths in ROUNDS]


@contextmanager
def _short_windows(config: Any) -> Iterator[None]:
    """Shorten the attention windows that the model's masks read from its configuration, and put them back."""
    text = config.get_text_config()
    found = {name: getattr(text, name, None) for name in ("sliding_window", "attention_chunk_size")}
    shortened = {name: value for name, value in found.items() if isinstance(value, int) and value > PROBE_WINDOW}
    try:
        for name in shortened:
            setattr(text, name, PROBE_WINDOW)
        yield
    finally:
        for name, value in shortened.items():
            setattr(text, name, value)
