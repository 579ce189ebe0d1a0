"""How likely a model finds given texts: read token by token, in the way that was found right for the model."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from agents.engine.hugging_face_model import HuggingFaceModel
from agents.engine.transfers import sent
from agents.model import Opening
from arenas.errors import UserError
from arenas.history import FloatArray, IntArray

ROWS = 128
"""Texts that are read at once."""


class TextReader:
    """A loaded model that reads texts. Fulfils `agents.reference.ReferenceModel`."""

    def __init__(self, model: HuggingFaceModel) -> None:
        self._model = model

    @property
    def chats(self) -> bool:
        """Whether the tokenizer has a chat template."""
        return self._model.chats

    def bits(self, openings: Sequence[Opening], texts: Sequence[str], chat: bool) -> tuple[FloatArray, IntArray]:
        """-log2 of the probability of each text's tokens after its opening, [B], and their number, [B]."""
        pieces = self._model._pieces(chat)
        prompts = [pieces.opening(opening) for opening in openings]
        answers = [
            pieces.answer(pieces.opening_text(opening), text) if text else []
            for opening, text in zip(openings, texts, strict=True)
        ]
        self._check_lengths(prompts, answers)
        totals = np.zeros(len(texts))
        # texts of a length are read together, so that few rows wait for others
        order = sorted(range(len(texts)), key=lambda b: len(answers[b]))
        for start in range(0, len(order), ROWS):
            rows = order[start : start + ROWS]
            totals[rows] = self._read([prompts[b] for b in rows], [answers[b] for b in rows])
        return totals, np.array([len(answer) for answer in answers], dtype=np.int64)

    def _check_lengths(self, prompts: Sequence[Sequence[int]], answers: Sequence[Sequence[int]]) -> None:
        limit = self._model.context_limit
        longest = max((len(prompt) + len(answer) for prompt, answer in zip(prompts, answers, strict=True)), default=0)
        if limit is not None and longest > limit:
            raise UserError(f"a text and its question take {longest} tokens, the model holds {limit}: cut the texts shorter")

    def _read(self, prompts: Sequence[list[int]], answers: Sequence[list[int]]) -> FloatArray:
        """Bits [B] of the answers after the prompts."""
        steps = max(map(len, answers))
        reader = self._model._make_reader(len(prompts), max(map(len, prompts)) + steps)
        bits = np.zeros(len(prompts))
        held = np.zeros(len(prompts), dtype=np.int64)
        deltas = list(prompts)
        for step in range(steps):
            reading = reader.read(deltas, held.tolist())
            held += [len(delta) for delta in deltas]
            rows = [b for b, answer in enumerate(answers) if step < len(answer)]
            last = reading.last_of(rows)
            tokens = sent(np.array([answers[b][step] for b in rows]), last.states.device)
            log_probs = last.in_parts(lambda logits, which: _log_prob(logits, tokens[which]))[:, 0]  # noqa: B023
            bits[rows] -= log_probs.double().cpu().numpy() / np.log(2.0)
            deltas = [[answer[step]] if step < len(answer) else [] for answer in answers]
        return bits


def _log_prob(logits: Tensor, tokens: Tensor) -> Tensor:
    """log P of a token after each position, [m]."""
    return logits.gather(1, tokens[:, None])[:, 0] - torch.logsumexp(logits, dim=-1)
