"""Which rows are read in one pass: padding is computed like any token, and a pass of its own is not free either."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from agents.engine.memory import size_stated
from arenas.history import IntArray

LENGTHS = 16
"""Lengths that are told apart, as shares of the longest."""
WORTH_IT = 0.9
"""Rows are read together unless it costs at most this share to read them apart: the costs are known roughly only."""


@dataclass(frozen=True)
class PassCost:
    """What costs beside a pass's tokens, in tokens that could be read in that time."""

    start: float  # one more pass: its weights are fetched once more
    copied_slot: float  # copying one slot of the cache, for rows of a pass that do not lie side by side

    @classmethod
    def of(cls, config: Any, device: torch.device) -> "PassCost":
        """Of a model's configuration, by what processors of this kind do: good to a factor of two or so."""
        hidden, heads = size_stated(config, "hidden_size", 4096), size_stated(config, "num_attention_heads", 1)
        groups = size_stated(config, "num_key_value_heads", heads)
        cached = 2 * groups * size_stated(config, "head_dim", hidden // heads)
        layer = 2.0 * hidden * (2 * hidden + cached + 3 * size_stated(config, "intermediate_size", 4 * hidden))
        # operations in the time in which a weight is fetched, in which a number is copied, and in which a layer is started
        fetched, copied, started = (400.0, 700.0, 3e11) if device.type == "cuda" else (40.0, 100.0, 2e7)
        return cls(start=fetched / 2 + started / layer, copied_slot=copied * cached / layer)


def groups_of(fresh: IntArray, ends: IntArray, nodes: int, cost: PassCost) -> list[IntArray]:
    """Rows cut into groups to be read one after another, each padded to its longest: the cheapest cut by length of new tokens.

    `fresh` are the new tokens of each row, `ends` what it then holds, `nodes` what is read after each.
    """
    whole = [np.arange(len(fresh))]
    longest = int(fresh.max())
    if len(fresh) * longest - int(fresh.sum()) <= cost.start:
        return whole
    order = np.argsort(-fresh, kind="stable")
    steps = -(-fresh[order] * LENGTHS // longest)
    bounds = [*np.flatnonzero(np.diff(steps, prepend=-1)).tolist(), len(fresh)]
    cheapest = [0.0]  # of the rows up to each bound
    begun: list[int] = []  # where the last group of that cut begins
    for stop in range(1, len(bounds)):
        cuts = [order[bounds[start] : bounds[stop]] for start in range(stop)]
        prices = [cheapest[start] + _price(rows, fresh, ends, nodes, cost) for start, rows in enumerate(cuts)]
        begun.append(int(np.argmin(prices)))
        cheapest.append(min(prices))
    if cheapest[-1] > WORTH_IT * (cost.start + len(fresh) * (longest + nodes)):
        return whole
    groups, stop = [], len(begun)
    while stop:
        groups.append(np.sort(order[bounds[begun[stop - 1]] : bounds[stop]]))
        stop = begun[stop - 1]
    return groups


def _price(rows: IntArray, fresh: IntArray, ends: IntArray, nodes: int, cost: PassCost) -> float:
    """Of one pass over rows, in the order of their length, which, it is feared, do not lie side by side."""
    return cost.start + len(rows) * (int(fresh[rows[0]]) + nodes + cost.copied_slot * int(ends[rows].max()))
