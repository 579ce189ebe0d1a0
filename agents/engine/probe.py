"""Which way of reading is right for a model: tried on random tokens before anything is believed."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.engine.graph_reader import GraphRowReader
from agents.engine.precision import probabilities, tolerance_of
from agents.engine.readers import PathRowReader, RowReader, StockPathRowReader, StockRowReader
from agents.engine.reading import Reader, plain_logits
from agents.engine.stock_readers import ChunkReader, PairReader, TokenReader
from agents.engine.trie import Trie
from agents.engine.whole_readers import EqualReader, PaddedReader, SingleReader

PROBE_WINDOW = 8
"""Attention windows are shortened to this for the probe, so that short texts exceed them."""
LONGEST_WINDOW = 1024
"""The largest window that a text is made longer than, where it cannot be shortened."""

FASTEST_FIRST: tuple[type[Reader], ...] = (
    GraphRowReader,
    RowReader,
    PathRowReader,
    StockRowReader,
    StockPathRowReader,
    ChunkReader,
    TokenReader,
    PairReader,
    PaddedReader,
    EqualReader,
)

TRIE = Trie(((3, 5), (3, 6, 2), (3, 6), (4,), (7, 1)))
CUT = 3
"""Tokens that every row loses before the last round."""
ROUNDS = ((11, 19, 14, 14), (3, 7, 1, 5), (6, 2, 5, 9), (4, 4, 4, 4), (2, 5, 4, 3))
"""New tokens of each of four rows in each round. The last two begin as one row and part; rows of other pasts come to the same
length; all grow past the shortened window."""


@dataclass(frozen=True)
class Step:
    """One round of the probe: what each row keeps, what it is told, and what it then holds."""

    keep: list[int]
    deltas: list[list[int]]
    texts: list[list[int]]


def choose_reader(model: Any) -> tuple[type[Reader], tuple[str, ...]]:
    """The fastest reader that agrees with plain forward passes, with the model set up for it, and notes on what was found."""
    stock = model.config._attn_implementation
    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    fixed = _fixed_windows(model, vocabulary)
    unfit: dict[str, list[str]] = {}
    script = _script(vocabulary, max((size for size in fixed.values() if size <= LONGEST_WINDOW), default=0))
    with _set(model.config.get_text_config(), dict.fromkeys(_windows(model.config), PROBE_WINDOW)):
        wanted = _by_plain_passes(model, script)
        for reader in (reader for reader in FASTEST_FIRST if reader.serves(model)):
            fault = _fault(reader, model, script, wanted)
            if fault is None:
                break
            model.set_attn_implementation(stock)
            unfit.setdefault(fault, []).append(reader.name)
        else:
            reader = SingleReader
    faults = [f"unfit for {_spoken(names)}: {fault}" for fault, names in unfit.items()]
    untried = [f"{name} of {size} tokens was not tried" for name, size in fixed.items() if size > LONGEST_WINDOW]
    return reader, (f"read by {reader.name}", *faults, *untried)


def _spoken(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (and {len(names) - 1} more)"


def _fault(reader: type[Reader], model: Any, script: list[Step], wanted: Tensor) -> str | None:
    """Why a reader may not be used for a model; None if it may."""
    if issubclass(reader, RowReader) and getattr(model, "_is_stateful", False):
        return "the model keeps a state that is not a list of keys"
    try:
        reader.prepare(model)
        session = reader.on_trial(model, rows=len(script[0].texts), capacity=16)
        readings = [session.read(step.deltas, step.keep, TRIE) for step in script]
        got = torch.stack([probabilities(reading.logits)[reading.row_of].cpu() for reading in readings])
    except Exception as error:  # whatever an architecture raises here, the next way is tried and the reason is kept
        return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    difference = float((got - wanted).abs().max())
    tolerance = tolerance_of(model.dtype, session.device)
    return None if difference <= tolerance else f"probabilities differ from a plain forward pass by {difference:.1e}"


def _by_plain_passes(model: Any, script: list[Step]) -> Tensor:
    """Probabilities [rounds,B,1+N,V] by plain passes over every text and branch."""
    return torch.stack([torch.stack([_after_nodes(model, text) for text in step.texts]) for step in script])


def _after_nodes(model: Any, text: list[int]) -> Tensor:
    """Probabilities [1+N,V] after a text and after each inner node of the trie."""
    after: dict[int, Tensor] = {}
    for tip in TRIE.tips:
        logits = plain_logits(model, [*text, *tip])[len(text) - 1 :]
        after.update({TRIE.number[tip[:depth]]: logits[depth] for depth in range(len(tip) + 1)})
    return probabilities(torch.stack([after[node] for node in range(len(after))])).cpu()


def _script(vocabulary: int, window: int) -> list[Step]:
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


def _windows(config: Any) -> dict[str, int]:
    """The attention windows and chunks that a configuration states, if they are longer than the probe's."""
    stated = vars(config.get_text_config())
    named = {name: size for name, size in stated.items() if re.search(r"window(_size)?$|attention_chunk_size$", name)}
    return {name: size for name, size in named.items() if type(size) is int and size > PROBE_WINDOW}


def _fixed_windows(model: Any, vocabulary: int) -> dict[str, int]:
    """The windows that a model does not read from its configuration once it is made, or does not use."""
    windows = _windows(model.config)
    if not windows:
        return {}
    text = np.random.default_rng(1).integers(0, vocabulary, size=3 * PROBE_WINDOW).tolist()
    full = plain_logits(model, text)
    fixed = {}
    for name, size in windows.items():
        with _set(model.config.get_text_config(), {name: PROBE_WINDOW}):
            if size >= len(text) and torch.equal(plain_logits(model, text), full):
                fixed[name] = size
    return fixed


@contextmanager
def _set(config: Any, values: Mapping[str, int]) -> Iterator[None]:
    """Change values of a configuration for a while."""
    before = {name: getattr(config, name) for name in values}
    try:
        for name, value in values.items():
            setattr(config, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(config, name, value)
