"""How fast moves come, beside the ways others take: all measured in one process on one random-weight model.

The text of every row only grows: `PREFIX` tokens, then `DELTA` a round. What is timed is one round of all rows: the new
tokens in, the next-token distribution of every row out.
"""

import copy
import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import ContinuousBatchingConfig, GenerationConfig

from agents.engine.benchmark_limits import Work, linear_seconds, seconds_of
from agents.engine.benchmark_wave import DELTA, PREFIX, random_llama
from agents.engine.readers import RowReader, plain_logits

ACTIONS = 3
PAGE = 4
"""Tokens a page of continuous batching: the fewest it takes, so that the most of a transcript is reused."""
CPU = torch.device("cpu")


@dataclass(frozen=True)
class Measured:
    """Seconds for one round of `rows` matches, by one way, at one length of the text, and the bytes of its cache."""

    way: str
    rows: int
    round: int
    seconds: float
    cache: int = 0

    @property
    def moves_a_second(self) -> float:
        """Moves of all matches together."""
        return self.rows / self.seconds


class Bench:
    """A random-weight model, its stock twin for the other ways, and random texts."""

    def __init__(self, dtype: torch.dtype = torch.float32, device: torch.device = CPU, shape: str = "small") -> None:
        self.device, self.dtype = device, dtype
        self.stock: Any = random_llama(shape, device, torch.float32).to(dtype)
        self.model: Any = copy.deepcopy(self.stock)
        RowReader.prepare(self.model)
        self.work = Work.of(self.stock.config, dtype.itemsize)
        self.rng = np.random.default_rng(0)
        self.vocabulary = self.stock.config.vocab_size

    def tokens(self, count: int) -> list[int]:
        """Random tokens."""
        return [int(token) for token in self.rng.integers(3, self.vocabulary, size=count)]

    def context(self, round_number: int) -> int:
        """Tokens a row holds before a round (from 1) is asked."""
        return PREFIX + DELTA * (round_number - 1)

    def engine(self, rows: int, round_number: int, repeats: int = 3, same: bool = False) -> Measured:
        """This engine: the median over `repeats` rounds about the given one. Rows differ unless `same`."""
        reader = RowReader(self.model, rows, self.context(round_number) + DELTA * (repeats + 1))
        common = self.tokens(self.context(round_number) - DELTA)
        reader.read([common] * rows, [0] * rows)
        shared, held = self.tokens(DELTA), len(common)
        reader.read([shared if same else self.tokens(DELTA) for _ in range(rows)], [held] * rows)
        seconds = []
        for _ in range(repeats):
            held += DELTA
            deltas, keep = [shared if same else self.tokens(DELTA) for _ in range(rows)], [held] * rows
            seconds.append(seconds_of(lambda: reader.read(deltas, keep), self.device))  # noqa: B023
        return Measured("engine", rows, round_number, float(np.median(seconds)), cache_bytes(reader))

    def generate(self, rows: int, round_number: int) -> Measured:
        """`generate` on the whole transcripts of all rows, one new token."""
        ids = self._texts(rows, round_number)
        seconds = seconds_of(lambda: self._generate(ids), self.device)
        return Measured("generate, whole transcripts", rows, round_number, seconds)

    def one_by_one(self, rows: int, round_number: int, sample: int = 2) -> Measured:
        """`generate` for one match at a time; `sample` matches are timed."""
        ids = self._texts(sample, round_number)
        seconds = seconds_of(lambda: [self._generate(ids[b : b + 1]) for b in range(sample)], self.device)
        return Measured("one match at a time", rows, round_number, seconds * rows / sample)

    def log_likelihood(self, rows: int, round_number: int) -> Measured:
        """The log-likelihood of each action after each transcript, as evaluation harnesses compute it."""
        ids = self._texts(rows, round_number).repeat_interleave(ACTIONS, dim=0)
        ids = torch.cat([ids, torch.tensor([self.tokens(1) for _ in ids], device=self.device)], dim=1)

        def score() -> Tensor:
            with torch.inference_mode():
                logs = torch.log_softmax(self.stock(ids, use_cache=False).logits, dim=-1)
            return logs[:, -2].gather(1, ids[:, -1:])

        return Measured("log-likelihood of each action", rows, round_number, seconds_of(score, self.device))

    def continuous(self, rows: int, round_number: int) -> Measured:
        """transformers' continuous batching at its best: it has read the round before and keeps pages small enough to reuse.

        Two tokens are asked for, as it remembers nothing of requests that end with their first.
        """
        logging.getLogger("ContinuousBatchingLogger").setLevel(logging.ERROR)
        asked: dict[str, Any] = {
            "generation_config": GenerationConfig(max_new_tokens=2, do_sample=False, eos_token_id=-1, pad_token_id=0),
            "continuous_batching_config": ContinuousBatchingConfig(page_size=PAGE),
            "persistent_manager": True,
        }
        texts = self._texts(rows, round_number).tolist()
        self.stock.generate_batch([text[:-DELTA] for text in texts], **asked)
        seconds = seconds_of(lambda: self.stock.generate_batch(texts, **asked), self.device)
        self.stock.destroy_cached_continuous_batching_manager()
        return Measured("continuous batching", rows, round_number, seconds)

    def linear_layers(self, rows: int) -> float:
        """Seconds of the linear layers alone for one round of `rows`, the new tokens' shapes."""
        return linear_seconds(self.stock, rows, DELTA)

    def flops(self, rows: int, round_number: int) -> float:
        """Floating-point operations of one round: linear layers, head and attention."""
        return self.work.flops(rows, DELTA, self.context(round_number) + DELTA)

    def largest_difference(self, rows: int = 5, rounds: int = 6) -> float:
        """The largest difference of any next-token probability from a plain forward pass, over ragged rows."""
        reader = RowReader(self.model, rows, 64)
        texts: list[list[int]] = [[] for _ in range(rows)]
        worst = 0.0
        for _ in range(rounds):
            deltas = [self.tokens(int(self.rng.integers(1, 2 * DELTA))) for _ in range(rows)]
            keep = [len(text) for text in texts]
            for text, delta in zip(texts, deltas, strict=True):
                text.extend(delta)
            reading = reader.read(deltas, keep)
            got = torch.softmax(reading.logits[reading.row_of, 0].double(), dim=-1)
            plain = torch.stack([torch.softmax(plain_logits(self.stock, text)[-1].double(), dim=-1) for text in texts])
            worst = max(worst, float((got - plain).abs().max()))
        return worst

    def _texts(self, rows: int, round_number: int) -> Tensor:
        count = self.context(round_number) + DELTA
        return torch.tensor([self.tokens(count) for _ in range(rows)], device=self.device)

    def _generate(self, ids: Tensor) -> Any:
        return self.stock.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=1, do_sample=False, pad_token_id=0
        )


def cache_bytes(reader: RowReader) -> int:
    """Bytes that the keys and values of a reader take."""
    buffers = (buffer for layer in reader._cache.row_layers for buffer in (layer.keys, layer.values) if buffer is not None)
    return sum(buffer.nbytes for buffer in buffers)
