"""Which way of reading is right for a model: tried on random tokens before anything is believed."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from agents.engine.graph_reader import GraphRowReader
from agents.engine.head import Head, head_of, read_whole
from agents.engine.precision import differences
from agents.engine.readers import PathRowReader, RowReader, StockPathRowReader, StockRowReader
from agents.engine.reading import Reader, plain_logits
from agents.engine.standard import Standard, script_of
from agents.engine.stock_readers import ChunkReader, PairReader, TokenReader
from agents.engine.verdicts import Verdict, keep, key_of, recall
from agents.engine.whole_readers import EqualReader, PaddedReader, SingleReader

PROBE_WINDOW = 8
"""Attention windows are shortened to this for the probe, so that short texts exceed them."""
LONGEST_WINDOW = 1024
"""The largest window that a text is made longer than, where it cannot be shortened."""

SAME_HEAD = 1e-3
"""So far two products of the same hidden states and output embeddings may be apart, in any precision."""

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


def choose_reader(model: Any, known_by: str = "") -> tuple[type[Reader], tuple[str, ...]]:
    """The fastest reader that agrees with plain forward passes, with the model set up for it, and notes on what was found.

    `known_by` tells the model's weights and configuration from all others: what was once found of them is then not tried again.
    Raises `UserError` if what the model computes is no number.
    """
    key = key_of(model, known_by) if known_by else None
    kept = None if key is None else recall(key)
    if kept is not None:
        reader = _set_up(model, kept)
        if reader is not None:
            return reader, kept.notes
    verdict = _tried(model)
    if key is not None:
        keep(key, verdict)
    return _named(verdict.reader), verdict.notes


def _tried(model: Any) -> Verdict:
    """What is found of a model by trying."""
    stock = model.config._attn_implementation
    vocabulary = int(model.get_input_embeddings().weight.shape[0])
    fixed = _fixed_windows(model, vocabulary)
    unfit: dict[str, list[str]] = {}
    script = script_of(vocabulary, max((size for size in fixed.values() if size <= LONGEST_WINDOW), default=0))
    with _set(model.config.get_text_config(), dict.fromkeys(_windows(model.config), PROBE_WINDOW)):
        whole = _why_whole(model, script[-1].texts[0])
        standard = Standard(model, script)
        for reader in (reader for reader in FASTEST_FIRST if reader.serves(model)):
            fault = _fault(reader, model, standard)
            if fault is None:
                break
            model.set_attn_implementation(stock)
            unfit.setdefault(fault, []).append(reader.name)
        else:
            reader = SingleReader
    faults = [f"unfit for {_spoken(names)}: {fault}" for fault, names in unfit.items()]
    untried = [f"{name} of {size} tokens was not tried" for name, size in fixed.items() if size > LONGEST_WINDOW]
    written = [f"its logits are written whole: {whole}"] if whole else []
    return Verdict(reader.name, bool(whole), (f"read by {reader.name}", *faults, *standard.notes, *written, *untried))


def _named(name: str) -> type[Reader]:
    """The reader of a name. Raises `StopIteration` if there is none."""
    every: tuple[type[Reader], ...] = (*FASTEST_FIRST, SingleReader)
    return next(reader for reader in every if reader.name == name)


def _set_up(model: Any, verdict: Verdict) -> type[Reader] | None:
    """The model made ready for the reader that was found right for it; None if that cannot be done now."""
    stock = model.config._attn_implementation
    try:
        reader = _named(verdict.reader)
        reader.prepare(model)
    except Exception:  # what was found then does not hold here: it is tried anew
        model.set_attn_implementation(stock)
        return None
    if verdict.whole:
        read_whole(model)
    return reader


def _why_whole(model: Any, text: list[int]) -> str | None:
    """Why logits must be written whole, all of a pass at once; None if they need not be."""
    head = head_of(model)
    if type(head) is Head:
        return "hidden states are not to be had apart"
    ids = torch.tensor([text], device=model.get_input_embeddings().weight.device)
    try:
        states, _ = head.read(len(text), {"input_ids": ids, "use_cache": False})
        far = float(differences(head.logits(states[0]), plain_logits(model, text)).max())
    except Exception as error:  # whatever an architecture raises here, it is read as it always was
        fault = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
    else:
        if far <= SAME_HEAD:
            return None
        fault = f"hidden states give probabilities that differ by {far:.1e}"
    read_whole(model)
    return fault


def _spoken(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{names[0]} (and {len(names) - 1} more)"


def _fault(reader: type[Reader], model: Any, standard: Standard) -> str | None:
    """Why a reader may not be used for a model; None if it may."""
    if issubclass(reader, RowReader) and getattr(model, "_is_stateful", False):
        return "the model keeps a state that is not a list of keys"
    try:
        reader.prepare(model)
        return standard.fault(reader)
    except Exception as error:  # whatever an architecture raises here, the next way is tried and the reason is kept
        return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


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
