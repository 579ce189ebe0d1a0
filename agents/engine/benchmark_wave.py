"""One wave of matches of a model of any shape, from its first round to its last, beside what the machine allows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from agents.engine.benchmark_limits import Limits, Work, limits_of, peak_memory, seconds_of
from agents.engine.graph_reader import GraphRowReader
from agents.engine.readers import Deltas, RowReader

PREFIX, DELTA = 150, 12
"""Tokens that every row begins with, and new ones in a round."""
SHAPES: dict[str, dict[str, Any]] = {
    "tiny": {
        "vocab_size": 4096,
        "hidden_size": 64,
        "intermediate_size": 128,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
    },
    "small": {
        "vocab_size": 4096,
        "hidden_size": 512,
        "intermediate_size": 1408,
        "num_hidden_layers": 8,
        "num_attention_heads": 8,
        "num_key_value_heads": 2,
        "max_position_embeddings": 4096,
    },
    "llama-3.1-8b": {
        "vocab_size": 128256,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "max_position_embeddings": 131072,
    },
}
"""Llamas by size; weights are random, which changes no timing."""
ACTIONS = (5, 6, 7)
"""Tokens that stand for the answers."""


@dataclass(frozen=True)
class Round:
    """One round of a wave: the seconds it took, and those it must take at least."""

    number: int
    seconds: float
    least: float


def random_llama(shape: str, device: torch.device, dtype: torch.dtype) -> Any:
    """A Llama with random weights, made where it is to be."""
    torch.manual_seed(0)
    config: Any = LlamaConfig(**SHAPES[shape], initializer_range=0.1)
    before = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            return LlamaForCausalLM(config).eval()
    finally:
        torch.set_default_dtype(before)


class Wave:
    """Matches whose rows all differ after the common beginning, and that a model is asked about in step."""

    def __init__(self, shape: str, device: torch.device, dtype: torch.dtype) -> None:
        self.shape, self.device, self.dtype = shape, device, dtype
        self.model = random_llama(shape, device, dtype)
        self.reader = GraphRowReader if GraphRowReader.serves(self.model) else RowReader
        self.reader.prepare(self.model)
        self.work = Work.of(self.model.config, dtype.itemsize)
        self.limits: Limits = limits_of(device, dtype)

    def rounds(self, matches: int, rounds: int) -> Iterator[Round]:
        """Play and time every round: the new tokens in, every row's distribution over the answers out and on the host."""
        reader = self.reader(self.model, matches, PREFIX + DELTA * rounds)
        beginning, *later = told_by_round(np.random.default_rng(0), matches, rounds)
        reader.read(beginning, [0] * matches)
        for number, told in enumerate(later, 1):
            context = PREFIX + DELTA * (number - 1)
            seconds = seconds_of(lambda: _choose(reader, told, context), self.device)  # noqa: B023
            yield Round(number, seconds, self.work.seconds(self.limits, matches, DELTA, context + DELTA))

    def busy(self, matches: int, rounds: int) -> float:
        """The share of the time of some rounds in which a GPU computes, by torch's profiler; NaN on a CPU."""
        if self.device.type != "cuda":
            return float("nan")
        reader = self.reader(self.model, matches, PREFIX + DELTA * rounds)
        beginning, first, *later = told_by_round(np.random.default_rng(0), matches, rounds)
        reader.read(beginning, [0] * matches)
        _choose(reader, first, PREFIX)

        def play() -> None:
            for number, told in enumerate(later, 1):
                _choose(reader, told, PREFIX + DELTA * number)

        with torch.profiler.profile(activities=[torch.profiler.ProfilerActivity.CUDA]) as profile:
            seconds = seconds_of(play, self.device)
        on_device = (event for event in profile.key_averages() if event.device_type.name == "CUDA")
        computing = [event for event in on_device if not event.key.startswith(("Memcpy", "Memset"))]
        kernels: float = sum(event.self_device_time_total for event in computing)
        return kernels / 1e6 / seconds

    def memory(self) -> int:
        """The most bytes taken so far."""
        return peak_memory(self.device)


def told_by_round(generator: np.random.Generator, matches: int, rounds: int) -> list[list[list[int]]]:
    """The common beginning, then what each match is told in every round."""
    beginning = generator.integers(8, 512, size=PREFIX).tolist()
    later = generator.integers(8, 512, size=(rounds, matches, DELTA)).tolist()
    return [[beginning] * matches, *later]


def _choose(reader: RowReader, told: Deltas, held: int) -> Any:
    reading = reader.read(told, [held] * len(told))
    probs = torch.softmax(reading.logits[:, 0].float(), dim=-1)[:, list(ACTIONS)].cpu().numpy()
    return probs[reading.row_of]
