"""Writing free texts: a few rows are decoded at once, and a row that has ended makes room for the next at once."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from agents.engine.memory import Passes
from agents.engine.reading import Reader, Reading, in_common
from agents.engine.sampling import RowDraws, sample
from agents.model import Sampling
from arenas.history import IntArray

Ended = Callable[[list[int]], bool]
"""Whether what was written is a whole text."""


@dataclass
class Place:
    """A row of the reader: what it holds, and which text is being written in it; -1 for none."""

    text: int = -1
    held: list[int] = field(default_factory=list)


def write_texts(
    reader: Reader,
    prompts: Sequence[Sequence[int]],
    draws: RowDraws,
    sampling: Sampling,
    most: int,
    ends: set[int],
    ended: Ended,
) -> list[list[int]]:
    """Tokens written after each prompt: at most `most`, up to one of `ends` (left out) or until `ended`.

    The reader's rows are the places. Every text is drawn with its own keys, so that it is the same in whichever place and
    beside whomever it is written.
    """
    written: list[list[int]] = [[] for _ in prompts]
    waiting = deque(range(len(prompts)))
    places = [Place() for _ in reader.row_of]
    passes = Passes(reader.device)
    _read_in_common(reader, prompts, places)
    while True:
        for place in places:
            if place.text < 0 and waiting:
                place.text = waiting.popleft()
        busy = [b for b, place in enumerate(places) if place.text >= 0]
        if not busy:
            return written
        texts: IntArray = np.array([places[b].text for b in busy])
        reading = _read(reader, places, [[*prompts[p.text], *written[p.text]] if p.text >= 0 else [] for p in places])
        keys = draws.at(np.array([len(written[text]) for text in texts]), texts)
        tokens = sample(reading.last_of(busy), keys, sampling, passes)
        for b, text, token in zip(busy, texts, tokens.tolist(), strict=True):
            over = token in ends
            if not over:
                written[text].append(token)
                over = len(written[text]) == most or ended(written[text])
            if over:
                places[b].text = -1


def _read_in_common(reader: Reader, prompts: Sequence[Sequence[int]], places: Sequence[Place]) -> None:
    """Read once what different prompts begin with, so that every place forks from it."""
    shortest = min(prompts, key=len)
    common = shortest[: min(in_common(shortest, prompt) for prompt in prompts)]
    if common and any(len(prompt) > len(common) for prompt in prompts):
        reader.read([common] * len(places), [0] * len(places))
        for place in places:
            place.held = list(common)


def _read(reader: Reader, places: Sequence[Place], wanted: Sequence[list[int]]) -> Reading:
    """Read each place's text from where it differs from what is held, its last token always; an empty place reads nothing."""
    keep, deltas = [], []
    for place, text in zip(places, wanted, strict=True):
        kept = kept_of(place.held, text) if place.text >= 0 else len(place.held)
        keep.append(kept)
        deltas.append(text[kept:] if place.text >= 0 else [])
        place.held = text if place.text >= 0 else place.held
    return reader.read(deltas, keep)


def kept_of(held: list[int], wanted: list[int]) -> int:
    """How many tokens of what is held the wanted text begins with; its last token is always read anew."""
    # nearly always a text only grows, and a list is compared far faster as a whole
    common = len(held) if wanted[: len(held)] == held else in_common(held, wanted)
    return min(common, len(wanted) - 1)
