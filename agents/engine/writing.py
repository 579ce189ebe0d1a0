"""Writing free texts: a few rows are decoded at once, and a row that has ended makes room for the next at once."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.engine.reading import in_common
from agents.engine.rows import Rows
from agents.engine.sampling import RowDraws, sample
from agents.model import Sampling
from arenas.history import IntArray

Ended = Callable[[list[int]], bool]
"""Whether what was written is a whole text."""
NONE = -1


@dataclass(frozen=True)
class Written:
    """The tokens of a text, and whether it came to its end before it was cut off."""

    tokens: list[int]
    ended: bool


def write_texts(
    rows: Rows,
    prompts: Sequence[Sequence[int]],
    draws: RowDraws,
    sampling: Sampling,
    most: int,
    ends: frozenset[int],
    ended: Ended,
) -> list[Written]:
    """What is written after each prompt: at most `most` tokens, up to one of `ends` (left out) or until `ended`.

    Every text is drawn with its own keys, so that it is the same in whichever row and beside whomever it is written.
    """
    written: list[list[int]] = [[] for _ in prompts]
    whole = [False] * len(prompts)
    waiting = deque(range(len(prompts)))
    text_of = [NONE] * len(rows.held)
    if not any(rows.held):
        _read_in_common(rows, prompts)
    while True:
        for row, text in enumerate(text_of):
            if text == NONE and waiting:
                text_of[row] = waiting.popleft()
        busy = [row for row, text in enumerate(text_of) if text != NONE]
        if not busy:
            return [Written(tokens, over) for tokens, over in zip(written, whole, strict=True)]
        texts: IntArray = np.array([text_of[row] for row in busy])
        reading = rows.read([None if text == NONE else [*prompts[text], *written[text]] for text in text_of])
        keys = draws.at(np.array([len(written[text]) for text in texts]), texts)
        tokens = sample(reading.last_of(busy), keys, sampling)
        for row, text, token in zip(busy, texts.tolist(), tokens.tolist(), strict=True):
            whole[text] = token in ends
            if not whole[text]:
                written[text].append(token)
                whole[text] = ended(written[text])
            if whole[text] or len(written[text]) == most:
                text_of[row] = NONE


def _read_in_common(rows: Rows, prompts: Sequence[Sequence[int]]) -> None:
    """Read once what different prompts begin with, so that every row forks from it."""
    shortest = min(prompts, key=len)
    common = shortest[: min(in_common(shortest, prompt) for prompt in prompts)]
    if common and any(len(prompt) > len(common) for prompt in prompts):
        rows.read([common] * len(rows.held))
