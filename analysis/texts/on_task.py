"""Whether a text is one of what was asked for at all: noise is the most diverse text there is."""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.texts.cleaning import clean
from analysis.texts.words import words_of
from arenas.writing import Writing

FEWEST_WORDS, MOST_WORDS = 3, 25
"""Words of a line of verse, where so many lines are asked for: at least on average, at most of each."""
SPARE_LINES = 1
"""How many lines more or fewer than were asked for still are an attempt at it, if they stand together before a blank one."""
FEWEST = 5
"""Words of a text."""
REPEATED = 0.6
"""The part of a line's runs of three words that stand in the prompt, or of a text's lines that came before: less is allowed."""
DIFFERENT = 0.35
"""The part of the words of a text that has to be different ones."""
LONG_ENOUGH = 12
"""Words of a text from which on that is asked of it."""
STANZA = re.compile(r"\n\s*\n")
ITEM = re.compile(r"\s*(?:\d+[.)]|[-*•])\s+")
"""What a line of a list begins with."""
DEFINITION = (
    "on-task share: of all texts, blank ones included, those that have as many lines as were asked for, or before the first "
    f"blank line as many give or take {SPARE_LINES}, of at least {FEWEST_WORDS} words on average and none above {MOST_WORDS}; "
    f"where no number was asked for, at least {FEWEST} words; and that neither repeat the prompt nor the same line or words "
    "over and over. What is not on the task is diverse for nothing."
)


@dataclass(frozen=True)
class Fault:
    """What keeps a text from being on the task."""

    name: str


EMPTY, LINES, LENGTH, PROMPT, SAME = map(Fault, ("empty", "lines", "length", "repeats the prompt", "repeats itself"))


def on_task(text: str, game: Writing) -> bool:
    """Whether nothing keeps a text, as it was written, from being on the task."""
    return next(faults(text, game), None) is None


def faults(text: str, game: Writing) -> Iterator[Fault]:
    """What keeps a text from being on the task; nothing where it is."""
    whole = clean(text or "")
    if not words_of(whole):
        yield EMPTY
        return
    lines = _lines(whole, game.lines)
    words = [words_of(ITEM.sub("", line)) for line in lines]
    if game.lines and len(lines) != game.lines and not _about(lines, whole, game.lines):
        yield LINES
    lengths = [len(line) for line in words]
    if game.lines and not (sum(lengths) >= FEWEST_WORDS * len(lengths) and max(lengths) <= MOST_WORDS):
        yield LENGTH
    if not game.lines and sum(lengths) < FEWEST:
        yield LENGTH
    if any(_repeats(line, words_of(game.rules(0))) for line in words):
        yield PROMPT
    if _over_and_over(words):
        yield SAME


def _lines(text: str, asked: int) -> list[str]:
    """The lines that are not blank: of the first stanza if these are about as many as were asked for, else of the whole."""
    first, whole = _first(text), [line for line in text.split("\n") if line.strip()]
    return first if asked and abs(len(first) - asked) <= SPARE_LINES else whole


def _about(lines: Sequence[str], text: str, asked: int) -> bool:
    """Whether these are the first stanza, and nearly as many as were asked for."""
    return abs(len(lines) - asked) <= SPARE_LINES and list(lines) == _first(text)


def _first(text: str) -> list[str]:
    """The lines of the first stanza."""
    return [line for line in STANZA.split(text.strip())[0].split("\n") if line.strip()]


def _repeats(line: Sequence[str], prompt: Sequence[str]) -> bool:
    """Whether a line says what the prompt said."""
    runs = list(zip(line, line[1:], line[2:], strict=False))
    known = set(zip(prompt, prompt[1:], prompt[2:], strict=False))
    return bool(runs) and sum(run in known for run in runs) >= REPEATED * len(runs)


def _over_and_over(lines: Sequence[Sequence[str]]) -> bool:
    said = [tuple(line) for line in lines]
    words = [word for line in said for word in line]
    again = len(said) - len(set(said))
    return again >= REPEATED * (len(said) - 1) > 0 or (len(words) >= LONG_ENOUGH and len(set(words)) < DIFFERENT * len(words))


@dataclass
class Share:
    """How many texts of how many are on the task."""

    on: int = 0
    of: int = 0

    def add(self, text: str, game: Writing) -> None:
        """Count a text."""
        self.on += on_task(text, game)
        self.of += 1

    @property
    def value(self) -> float:
        """The share; NaN of no texts."""
        return self.on / self.of if self.of else math.nan

    @property
    def ends(self) -> tuple[float, float]:
        """Its 95 % interval (Wilson 1927)."""
        if not self.of:
            return math.nan, math.nan
        z, p, n = 1.959964, self.value, self.of
        middle, half = (p + z * z / (2 * n)), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return max((middle - half) / (1 + z * z / n), 0.0), min((middle + half) / (1 + z * z / n), 1.0)


def together(shares: Sequence[Share]) -> Share:
    """The share of all texts."""
    return Share(sum(share.on for share in shares), sum(share.of for share in shares))
