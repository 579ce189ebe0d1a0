"""Drawing free text: every row from its own stream, so that no row's text depends on which others are written beside it."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from agents.engine.reading import Reading, joined
from agents.engine.transfers import sent
from agents.model import Sampling
from arenas.errors import PlayerFailed
from arenas.history import IntArray

# the constants of SplitMix64 (Steele, Lea & Flood 2014), as signed numbers of 64 bits
GAMMA = 0x9E3779B97F4A7C15 - 2**64
COPIES = 12
"""How many times a row's logits are held as numbers of 64 bits at most while a token is drawn."""
DRAWN = 2**28
"""Bytes that may be taken so at once; a row takes what it takes."""
NO_TOKEN = -1
NOT_FINITE = "its logits are not finite (NaN or infinite): the weights are damaged or overflow; try dtype: float32"
"""What is wrong with a model whose numbers cannot be read, and what to do."""
FIRST, SECOND = 0xBF58476D1CE4E5B9 - 2**64, 0x94D049BB133111EB - 2**64


class RowDraws:
    """A key for each row and step, from the row's seed alone."""

    def __init__(self, seeds: Sequence[int | tuple[int, ...]]) -> None:
        states = [np.random.SeedSequence(seed).generate_state(1, np.uint64)[0] for seed in seeds]
        self._keys = np.array(states, dtype=np.uint64).view(np.int64)

    def at(self, step: int | IntArray, rows: IntArray | slice = slice(None)) -> IntArray:
        """The keys of a step, or of each row's own step."""
        keys: IntArray = _mixed(torch.from_numpy(self._keys[rows]) + GAMMA * torch.as_tensor(step)).numpy()
        return keys


def sample(reading: Reading, keys: IntArray, sampling: Sampling) -> IntArray:
    """One token a row after the last token of each, from keys [U], as many rows at a time as memory allows.

    A race (Gumbel 1954): token v is drawn if it has the smallest E[v] / P[v], E exponential and fixed by the key and v. So
    the token stays the same when rounding moves the probabilities by e, but for about e of all draws, with any vocabulary.
    The device is waited for once. Raises `PlayerFailed` at a NaN.
    """
    on_device = sent(keys, reading.device)

    def drawn(logits: Tensor, rows: Tensor) -> Tensor:
        few = max(1, DRAWN // (COPIES * logits.shape[1] * torch.float64.itemsize))
        parts = zip(torch.split(logits, few), torch.split(on_device[rows], few), strict=True)
        return joined([_drawn(some, their_keys, sampling) for some, their_keys in parts])

    chosen: IntArray = reading.in_parts(drawn)[:, 0].cpu().numpy()
    if (chosen == NO_TOKEN).any():
        raise PlayerFailed(NOT_FINITE)
    return chosen


def _drawn(logits: Tensor, keys: Tensor, sampling: Sampling) -> Tensor:
    """The token of each row, [B]; `NO_TOKEN` where a logit is NaN."""
    log_probs = torch.log_softmax(cut(logits.double(), sampling), dim=-1)
    race = log_probs - torch.log(_exponentials(keys, logits.shape[1]))
    token = race.argmax(dim=-1)  # a NaN is above all
    return torch.where(race.gather(1, token[:, None])[:, 0].isnan(), NO_TOKEN, token)


def cut(logits: Tensor, sampling: Sampling) -> Tensor:
    """Logits [m,V] divided by the temperature; -inf at tokens outside the likeliest `top_k` and the nucleus `top_p`."""
    scaled = logits / sampling.temperature
    if 0 < sampling.top_k < logits.shape[1]:
        least = scaled.topk(sampling.top_k, dim=-1).values[:, -1:]
        scaled = scaled.masked_fill(scaled < least, -torch.inf)
    if sampling.top_p < 1.0:
        scaled = scaled.masked_fill(~_nucleus(torch.softmax(scaled, dim=-1), sampling.top_p), -torch.inf)
    return scaled


def _nucleus(probs: Tensor, top_p: float) -> Tensor:
    """Whether a token is among the likeliest that together reach `top_p`: bool [m,V] (Holtzman et al. 2020)."""
    descending, order = probs.sort(dim=-1, descending=True, stable=True)
    below = descending.cumsum(dim=-1) - descending
    return torch.zeros_like(probs, dtype=torch.bool).scatter(1, order, below < top_p)


def _exponentials(keys: Tensor, count: int) -> Tensor:
    """Exponential numbers [B,count]: number v of the SplitMix64 stream that a key begins, the same on every device."""
    places = torch.arange(1, count + 1, device=keys.device)
    bits = _shifted(_mixed(keys[:, None] + GAMMA * places), 12)
    return -torch.log((bits.double() + 0.5) * 2.0**-52)


def _mixed(numbers: Tensor) -> Tensor:
    """SplitMix64's mixing of 64-bit numbers."""
    numbers = (numbers ^ _shifted(numbers, 30)) * FIRST
    numbers = (numbers ^ _shifted(numbers, 27)) * SECOND
    return numbers ^ _shifted(numbers, 31)


def _shifted(numbers: Tensor, places: int) -> Tensor:
    """Shifted to the right with zeros coming in, as of unsigned numbers."""
    return (numbers >> places) & ((1 << (64 - places)) - 1)
