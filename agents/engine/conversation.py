"""Many conversations with one model: what is heard waits as tokens until a question is asked, then one pass reads it."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from agents.engine.answer_paths import AnswerPaths
from agents.engine.answers import Answers, Found
from agents.engine.menus import SHOWN, summed
from agents.engine.pieces import Pieces
from agents.engine.reading import Reader, Reading
from agents.engine.sampling import RowDraws, cut
from agents.engine.token_texts import TokenTexts
from agents.engine.trie import Trie
from agents.engine.writing import kept_of, write_texts
from agents.model import Answered, Choices, Script
from arenas.errors import UserError
from arenas.history import FloatArray

MakeReader = Callable[[int, int], Reader]
"""Makes a reader for a number of rows and a guess at their length."""
LOOKED_AT_ONCE = 16
"""Rows whose likeliest tokens are looked for together."""
WRITTEN_AT_ONCE = 64
"""The most free texts that are decoded together, where nobody says how many."""


class RowConversation:
    """B conversations, read together."""

    def __init__(
        self, pieces: Pieces, script: Script, make_reader: MakeReader, texts: Callable[[], TokenTexts], ends: frozenset[int]
    ) -> None:
        self._pieces, self._script, self._ends = pieces, script, ends
        self._make_reader = make_reader
        self._reader = make_reader(len(script.openings), script.capacity)
        self._texts = texts
        self._rounds: list[list[tuple[str, str]]] = [[] for _ in script.openings]
        self._wanted = [pieces.opening(opening) for opening in script.openings]
        self._held: list[list[int]] = [[] for _ in script.openings]
        self._answers = self._read_menus()
        self._trie = self._answers.first_trie() if self._answers else None

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
        """The answers of each row, on their way from the device."""
        if self._answers is None or self._trie is None:
            raise ValueError("a conversation without menus was asked for an answer")
        trie = self._trie
        reading = self._read(trie)
        numbers = self._answers.ask(reading, trie)
        return lambda: self._answered(reading, trie, numbers())

    def _answered(self, reading: Reading, trie: Trie, numbers: FloatArray) -> Answered:
        """The answers, once all branches that carry mass were read."""
        answers = self._answers
        assert answers is not None
        found = Found.nothing(len(self._wanted), len(answers.paths.nodes))
        answers.take_in(found, numbers[reading.row_of], trie, np.arange(len(self._wanted)))
        while (missing := answers.missing(found)).any():
            rows = np.flatnonzero(missing.any(axis=1))
            more = answers.trie_over(missing)
            again = self._read_on(set(rows.tolist()), more)
            answers.take_in(found, answers.ask(again, more)()[again.row_of[rows]], more, rows)
        self._trie = answers.next_trie(found)
        return summed(answers, found, self._script.menu_of, lambda rows: self._likeliest(reading, rows))

    def _read_on(self, rows: set[int], trie: Trie) -> Reading:
        """Read the last token of some rows again, and branches after it."""
        keep = [len(held) - (b in rows) for b, held in enumerate(self._held)]
        deltas = [held[-1:] if b in rows else [] for b, held in enumerate(self._held)]
        return self._reader.read(deltas, keep, trie)

    def _likeliest(self, reading: Reading, rows: Sequence[int]) -> list[list[tuple[str, float]]]:
        """The likeliest tokens that begin no answer in some rows, with their probabilities."""
        assert self._answers is not None
        begin = {node[0] for node in self._answers.paths.nodes[1:]}
        shown = []
        for first in range(0, len(rows), LOOKED_AT_ONCE):
            logits = cut(reading.last_of(rows[first : first + LOOKED_AT_ONCE]).float(), self._script.sampling)
            likeliest = torch.softmax(logits, dim=-1).topk(min(SHOWN + len(begin), logits.shape[1]), dim=-1)
            for probs, tokens in zip(likeliest.values.tolist(), likeliest.indices.tolist(), strict=True):
                others = [
                    (self._pieces.spelled(token), p) for token, p in zip(tokens, probs, strict=True) if token not in begin
                ]
                shown.append([(text, round(p, 6)) for text, p in others if p > 0.0][:SHOWN])
        return shown

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
            ends=set(self._ends),
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

    def _read_menus(self) -> Answers | None:
        """The answers' tokens after an opening, checked to be the same after a reply. Every seam is tried here."""
        script, pieces = self._script, self._pieces
        if not script.menus:
            return None
        if script.end is None and not self._ends:
            raise UserError("neither the model nor its chat template says which token ends a turn: use a style of kind text")
        before = pieces.opening_text(script.openings[0])
        stops = self._ends if script.end is None else frozenset()
        paths = AnswerPaths(script.menus, script.end, stops, lambda text: pieces.answer(before, text), self._texts())
        if script.reply:
            after = pieces.reply_text(script.reply)
            for word in (forms[0] for menu in script.menus for forms in menu):
                pieces.reply(word, script.reply)
                if pieces.answer(after, word) != pieces.answer(before, word):
                    pieces.notes[f"{word!r} has other tokens later than at first; the first are used"] = None
        return Answers(paths, script.sampling)
