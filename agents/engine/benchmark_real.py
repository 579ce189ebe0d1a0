"""A real model at play beside other ways to ask it, all in one process on the same transcripts."""

import copy
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import DynamicCache

from agents.agent import AgentSpec, load_agents
from agents.engine.benchmark_limits import wait_for
from agents.engine.benchmark_llama import LlamaServer
from agents.engine.benchmark_play import Even
from agents.engine.conversation import RowConversation
from agents.engine.hugging_face_model import HuggingFaceModel
from agents.engine.reading import plain_logits
from arenas.dice import Dice
from arenas.play import Player, Table, play, take_seats
from arenas.rock_paper_scissors import RockPaperScissors

ROUND = 6
"""The round that is timed, with the two before it."""
TIMED = 3
LIKELIEST = 1000
"""Tokens that llama.cpp is asked about at a place; the others count as nothing."""
Texts = list[list[int]]


class RealBench:
    """A model that plays rock-paper-scissors in its own style, and its transcripts for the other ways."""

    def __init__(self, model: str, dtype: str = "auto") -> None:
        self.agent = load_agents({"bench": AgentSpec(model=model, dtype=dtype)})["bench"]
        assert isinstance(self.agent.model, HuggingFaceModel)
        self.model: Any = self.agent.model._model
        self.stock: Any = copy.deepcopy(self.model)
        self.stock.set_attn_implementation("sdpa")
        self.game = RockPaperScissors(ROUND)
        self.texts: dict[int, list[Texts]] = {}
        """By rows: what each row holds when it is asked, round by round."""
        self._conversation: RowConversation | None = None

    def engine(self, rows: int) -> float:
        """Seconds of a round of the game: whole answers with their ends, rules and dice included. Keeps the transcripts."""
        self.texts[rows] = []
        chairs = np.tile([0, 1], (rows, 1))
        seated = take_seats(self.game, [self._sit, Even], chairs)
        ticks = play(self.game, seated, Dice.roll(range(rows), 2, ROUND))
        seconds = []
        for _ in range(ROUND):
            seconds.append(self._seconds_of(lambda: next(ticks)))
            assert self._conversation is not None
            self.texts[rows].append([list(wanted) for wanted in self._conversation._wanted])
        return float(np.median(seconds[-TIMED:]))

    @property
    def by_processor(self) -> bool:
        """Whether seconds are those of the processor: of one thread they are the same on a busy machine."""
        return torch.get_num_threads() == 1 and self.stock.device.type == "cpu"

    def _seconds_of(self, work: Callable[[], object]) -> float:
        clock = time.process_time if self.by_processor else time.perf_counter
        start = clock()
        work()
        wait_for(self.stock.device)
        return clock() - start

    def _sit(self, table: Table) -> Player:
        player = self.agent.sit(table)
        assert isinstance(player._conversation, RowConversation)
        self._conversation = player._conversation
        return player

    @property
    def answer_tokens(self) -> int:
        """Tokens of the longest answer in the history's form, with its end."""
        return 1 + max(len(tokens) for tokens, _ in self._answers())

    def forward(self, rows: int) -> float:
        """Seconds of a pass of the model as it is, on its own cache: a round's tokens in, the next token's logits out."""
        lengths = [len(max(texts, key=len)) for texts in self.texts[rows][-TIMED - 1 :]]
        cache = DynamicCache(config=self.stock.config)
        token = self.texts[rows][0][0][0]

        def read(tokens: Tensor) -> None:
            with torch.inference_mode():
                self.stock(input_ids=tokens, past_key_values=cache, use_cache=True, logits_to_keep=1)

        read(torch.full((1, lengths[0]), token, device=self.stock.device))
        cache.batch_repeat_interleave(rows)
        seconds = []
        for before, now in pairwise(lengths):
            told = torch.full((rows, now - before), token, device=self.stock.device)
            seconds.append(self._seconds_of(lambda: read(told)))  # noqa: B023
        return float(np.median(seconds))

    def generate(self, rows: int, tokens: int) -> float:
        """Seconds of `generate` on the whole transcripts of all rows, so many new tokens each."""
        texts = self.texts[rows][-1]
        width = max(map(len, texts))
        ids = torch.tensor([[text[0]] * (width - len(text)) + text for text in texts], device=self.stock.device)
        mask = torch.tensor([[0] * (width - len(text)) + [1] * len(text) for text in texts], device=self.stock.device)

        def write() -> None:
            with torch.inference_mode():
                self.stock.generate(
                    ids, attention_mask=mask, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False, pad_token_id=0
                )

        return self._seconds_of(write)

    def llama(self, gguf: Path, rows: int, tokens: int) -> float:
        """Seconds in which llama.cpp's server answers all rows, each in a slot that has read the round before."""
        before, now = self.texts[rows][-2:]
        most = max(map(len, now)) + tokens
        with LlamaServer(gguf, rows, most, torch.get_num_threads()) as server:
            server.seconds(before, tokens)
            wall, own = server.seconds(now, tokens)
            return own if self.by_processor else wall

    def agreement(self, gguf: Path) -> tuple[float, float, int]:
        """Plain passes beside llama.cpp on the answers in the history's forms with their bare ends, in each round of one match:
        the largest difference of a probability, the largest total variation of the distributions, and the rounds.
        """
        texts = [texts[0] for texts in self.texts[1]]
        differences, variations = [0.0], [0.0]
        with LlamaServer(gguf, 1, max(map(len, texts)) + self.answer_tokens, torch.get_num_threads()) as server:
            for text in texts:
                ours = np.array([self._probability(text, *answer) for answer in self._answers()])
                theirs = np.array([_probability_by(server, text, *answer) for answer in self._answers()])
                differences.append(float(np.abs(ours - theirs).max()))
                variations.append(float(np.abs(ours / ours.sum() - theirs / theirs.sum()).sum() / 2))
        return max(differences), max(variations), len(texts)

    def _answers(self) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """The tokens of every action's first form, and those any one of which ends it."""
        assert self._conversation is not None
        assert self._conversation._asking is not None
        return [(path.node, path.ends) for path in self._conversation._asking.answers.paths.paths if path.usual]

    def _probability(self, text: list[int], said: tuple[int, ...], ends: tuple[int, ...]) -> float:
        logs = torch.log_softmax(plain_logits(self.stock, [*text, *said])[len(text) - 1 :].double(), dim=-1)
        words = sum(float(logs[i, token]) for i, token in enumerate(said))
        return float(np.exp(words)) * float(logs[len(said), list(ends)].exp().sum())


def _probability_by(server: LlamaServer, text: list[int], said: tuple[int, ...], ends: tuple[int, ...]) -> float:
    probability = 1.0
    for place, token in enumerate(said):
        probability *= np.exp(server.log_probs([*text, *said[:place]], LIKELIEST).get(token, -np.inf))
    after = server.log_probs([*text, *said], LIKELIEST)
    return float(probability * sum(np.exp(after.get(end, -np.inf)) for end in ends))
