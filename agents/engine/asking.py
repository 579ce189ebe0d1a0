"""Asking rows for their answers: one pass for all that is sure to be needed, then others for what turns out to carry mass."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.engine.answers import Answers, Found
from agents.engine.reading import Reading
from agents.engine.rows import Rows
from agents.engine.trie import Trie
from arenas.history import FloatArray


@dataclass(frozen=True)
class Asked:
    """What was found of each row's answers, and the reading after the last token of each."""

    found: Found
    reading: Reading


@dataclass
class AnswerCost:
    """Tokens that were read for nothing but answers, over how many rows of how many rounds."""

    tokens: int = 0
    rows: int = 0

    @property
    def per_round(self) -> float:
        """Tokens a row and round; 0 before any."""
        return self.tokens / self.rows if self.rows else 0.0


class Asking:
    """Follows the answers of rows from round to round: what carried mass in one is read in the first pass of the next."""

    def __init__(self, answers: Answers, cost: AnswerCost) -> None:
        self.answers, self._cost = answers, cost
        self._trie = answers.first_trie()

    def ask(self, rows: Rows, wanted: Sequence[Sequence[int]]) -> Callable[[], Asked]:
        """Read what each row is to hold and then its answers; they are on their way from the device."""
        trie = self._trie
        self._cost.rows += len(wanted)
        self._cost.tokens += len(wanted) * len(trie.inner)
        reading = rows.read(wanted, trie)
        numbers = self.answers.ask(reading, trie)
        return lambda: self._followed(rows, reading, trie, numbers())

    def _followed(self, rows: Rows, reading: Reading, trie: Trie, numbers: FloatArray) -> Asked:
        """The answers, once all branches that carry mass were read."""
        answers, everybody = self.answers, np.arange(len(rows.held))
        found = Found.nothing(len(everybody), len(answers.paths.nodes))
        answers.take_in(found, numbers[reading.row_of], trie, everybody)
        while (missing := answers.missing(found)).any():
            some = np.flatnonzero(missing.any(axis=1))
            more = answers.trie_over(missing)
            self._cost.tokens += len(some) * (1 + len(more.inner))
            again = rows.read_on(set(some.tolist()), more)
            answers.take_in(found, answers.ask(again, more)()[again.row_of[some]], more, some)
        self._trie = answers.next_trie(found)
        return Asked(found, reading)
