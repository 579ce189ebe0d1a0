"""Many conversations with one model: what is heard waits as tokens until a question is asked, then one pass reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from agents.engine.answers import Answers, WordEnds
from agents.engine.pieces import Pieces
from agents.engine.reading import Reader, Reading
from agents.engine.sampling import RowDraws
from agents.engine.trie import Trie, trie_of
from agents.engine.writing import kept_of, write_texts
from agents.model import Choices, Script
from arenas.history import FloatArray

MakeReader = Callable[[int, int], Reader]
"""Makes a reader for a number of rows and a guess at their length."""
WRITTEN_AT_ONCE = 64
"""The most free texts that are decoded together, where nobody says how many."""


@dataclass(frozen=True)
class Menu:
    """All answers of all menus together. which[m,a] is answer a of menu m; -1 where the menu has no such answer."""

    answers: Answers
    which: np.ndarray[tuple[int, int], np.dtype[np.int64]]


class RowConversation:
    """B conversations, read together."""

    def __init__(self, pieces: Pieces, script: Script, make_reader: MakeReader, word_goes_on: WordEnds, ends: set[int]) -> None:
        self._pieces, self._script, self._ends = pieces, script, ends
        self._make_reader = make_reader
        self._reader = make_reader(len(script.openings), script.capacity)
        self._word_goes_on = word_goes_on
        self._rounds: list[list[tuple[str, str]]] = [[] for _ in script.openings]
        self._wanted = [pieces.opening(text) for text in script.openings]
        self._held: list[list[int]] = [[] for _ in script.openings]
        self._menu = self._read_menu()

    def hear(self, answers: Sequence[str], said: Sequence[str]) -> None:
        """Append to each row the answer that was chosen for it and what is said next."""
        for b, spoken in enumerate(zip(answers, said, strict=True)):
            self._rounds[b].append(spoken)
            if len(self._rounds[b]) > self._script.most_rounds:
                # a large block at once, since what comes after it must be read again
                del self._rounds[b][: -max(1, self._script.most_rounds // 4)]
                self._wanted[b] = self._pieces.transcript(self._script.openings[b], self._rounds[b])
            elif self._pieces.rewrites:
                self._wanted[b] = self._pieces.transcript(self._script.openings[b], self._rounds[b])
            else:
                self._wanted[b] += self._pieces.round(self._script.openings[b], *spoken)

    def ask(self) -> Choices:
        """The distribution [B,A] over each row's menu, and the mass [B] put elsewhere, on their way from the device."""
        reading = self._read(self._menu.answers.trie)
        log_probs = self._menu.answers.ask(reading.logits, self._script.sampling.temperature)
        return lambda: self._choices(log_probs()[reading.row_of])

    def _choices(self, log_probs: FloatArray) -> tuple[FloatArray, FloatArray]:
        """From log P of every answer of every menu, [B, answers]."""
        which = self._menu.which[self._script.menu_of]  # [B,A]
        rows = np.arange(len(which))[:, None]
        mine = np.where(which >= 0, log_probs[rows, which], -np.inf)
        highest = mine.max(axis=1, keepdims=True)
        weights = np.exp(mine - highest)
        total = weights.sum(axis=1, keepdims=True)
        on_menu = np.exp(highest[:, 0]) * total[:, 0]
        return weights / total, np.clip(1.0 - on_menu, 0.0, 1.0)

    def write(self, max_tokens: int, seeds: Sequence[int], stop: str | None, at_once: int | None = None) -> list[str]:
        """Free text for each row, `at_once` of them at a time; it depends on the row's own seed, not on its neighbours'."""
        shares = -(-len(seeds) // WRITTEN_AT_ONCE)
        places = min(at_once or -(-len(seeds) // shares), len(seeds))
        written = write_texts(
            reader=self._make_reader(places, self._script.capacity),
            prompts=self._wanted,
            draws=RowDraws(seeds),
            sampling=self._script.sampling,
            most=max_tokens,
            ends=self._ends,
            ended=lambda tokens: self._stopped(tokens, stop),
        )
        return [self._pieces.decode(tokens) for tokens in written]

    def _stopped(self, tokens: list[int], stop: str | None) -> bool:
        """Whether the stop text has been written, and something before it."""
        if stop is None or stop not in self._pieces.decode(tokens[-4 * len(stop) - 8 :]):
            # every character takes at most four tokens, so the end of the text shows whether the whole need be looked at
            return False
        return stop in self._pieces.decode(tokens).lstrip()

    def _read(self, trie: Trie | None) -> Reading:
        """Read what each row holds from where it first differs from what was read; its last token always."""
        keep = [kept_of(*rows) for rows in zip(self._held, self._wanted, strict=True)]
        deltas = [wanted[kept:] for kept, wanted in zip(keep, self._wanted, strict=True)]
        self._held = [list(wanted) for wanted in self._wanted]
        return self._reader.read(deltas, keep, trie)

    def _read_menu(self) -> Menu:
        """The answers' tokens after an opening, checked to be the same after a reply. Every seam is tried here."""
        opening = self._pieces.opening_text(self._script.openings[0])
        words = list(dict.fromkeys(word for menu in self._script.menus for word in menu))
        place = {word: i for i, word in enumerate(words)}
        tokens = [self._pieces.answer(opening, word) for word in words]
        after_reply = self._pieces.reply_text(self._script.reply)
        for word, ids in zip(words, tokens, strict=True):
            if not self._script.reply:
                continue
            self._pieces.reply(word, self._script.reply)
            if self._pieces.answer(after_reply, word) != ids:
                self._pieces.notes[f"{word!r} has other tokens later than at first; the first are used"] = None
        widest = max(map(len, self._script.menus))
        which = np.full((len(self._script.menus), widest), -1)
        for m, menu in enumerate(self._script.menus):
            which[m, : len(menu)] = [place[word] for word in menu]
        return Menu(Answers(trie_of(tokens), self._word_goes_on), which)
