"""Drawing free text: every row from its own stream, so that no row's text depends on which others are written beside it."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from agents.model import Sampling
from arenas.history import FloatArray, IntArray


class RowDraws:
    """Uniform numbers for each row and step, from the row's seed alone."""

    def __init__(self, seeds: Sequence[int]) -> None:
        self._streams = [np.random.Generator(np.random.Philox(key=seed)) for seed in seeds]
        self._drawn = np.zeros((len(seeds), 0))

    def at(self, step: int) -> FloatArray:
        """The numbers [B] of a step."""
        while self._drawn.shape[1] <= step:
            block = np.stack([stream.random(64) for stream in self._streams])
            self._drawn = np.concatenate([self._drawn, block], axis=1)
        return self._drawn[:, step]


def sample(logits: Tensor, draws: FloatArray, sampling: Sampling) -> IntArray:
    """One token a row by inverse CDF over the tokens sorted by probability; logits [B,V], draws [B]."""
    probs, order = torch.softmax(logits.double() / sampling.temperature, dim=-1).sort(dim=-1, descending=True, stable=True)
    below = probs.cumsum(dim=-1) - probs
    kept = torch.where(below < sampling.top_p, probs, 0.0)
    reached = kept.cumsum(dim=-1)
    goal = torch.as_tensor(draws, device=logits.device)[:, None] * reached[:, -1:]
    place = (reached <= goal).sum(dim=-1, keepdim=True).clamp(max=probs.shape[1] - 1)
    chosen: IntArray = order.gather(1, place)[:, 0].cpu().numpy()
    return chosen


def finished(text: str, stop: str | None) -> bool:
    """Whether the stop text has come after something was written."""
    return stop is not None and stop in text.lstrip()
