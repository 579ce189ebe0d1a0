"""Many conversations with one model: what is heard waits as tokens until a question is asked, then one pass reads it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from agents.engine.pieces import Pieces
from agents.engine.readers import Reader, Reading
from agents.engine.sampling import RowDraws, finished, sample
from agents.engine.trie import Trie, trie_of
from agents.model import Script
from arenas.history import FloatArray

MakeReader = Callable[[int, int], Reader]
"""Makes a reader for a number of rows and a guess at their length."""
WordEnds = Callable[[], Tensor]
"""Which tokens go on with a word after its last letter or digit: bool [V]."""


@dataclass(frozen=True)
class Menu:
    """All answers of all menus in one trie. which[m,a] is answer a of menu m; -1 where the menu has no such answer."""

    trie: Trie
    which: np.ndarray[tuple[int, int], np.dtype[np.int64]]


class RowConversation:
    """B conversations, read together."""

    def __init__(self, pieces: Pieces, script: Script, make_reader: MakeReader, word_goes_on: WordEnds, ends: set[int]) -> None:
        self._pieces, self._script, self._ends = pieces, script, ends
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

    def choose(self) -> tuple[FloatArray, FloatArray]:
        """The distribution [B,A] over each row's menu, and the mass [B] put elsewhere."""
        reading = self._read(self._menu.trie)
        log_probs = self._answer_log_probs(reading.logits, self._menu.trie)[reading.row_of]  # [B, answers]
        which = self._menu.which[self._script.menu_of]  # [B,A]
        rows = np.arange(len(which))[:, None]
        mine = np.where(which >= 0, log_probs[rows, which], -np.inf)
        highest = mine.max(axis=1, keepdims=True)
        weights = np.exp(mine - highest)
        total = weights.sum(axis=1, keepdims=True)
        on_menu = np.exp(highest[:, 0]) * total[:, 0]
        return weights / total, np.clip(1.0 - on_menu, 0.0, 1.0)

    def write(self, max_tokens: int, seeds: Sequence[int], stop: str | None) -> list[str]:
        """Free text for each row; a row's text depends on its own seed, not on its neighbours'."""
        draws = RowDraws(seeds)
        written: list[list[int]] = [[] for _ in seeds]
        open_rows = np.ones(len(seeds), dtype=bool)
        reading = self._read(None)
        for step in range(max_tokens):
            tokens = sample(reading.logits[reading.row_of, 0], draws.at(step), self._script.sampling)
            for b in np.flatnonzero(open_rows):
                if tokens[b] in self._ends:
                    open_rows[b] = False
                    continue
                written[b].append(int(tokens[b]))
                open_rows[b] = not finished(self._text(written[b]), stop)
            if not open_rows.any() or step + 1 == max_tokens:
                break
            keep = [len(row) for row in self._held]
            deltas = [[int(tokens[b])] if open_rows[b] else [] for b in range(len(seeds))]
            self._held = [[*row, *delta] for row, delta in zip(self._held, deltas, strict=True)]
            reading = self._reader.read(deltas, keep)
        return [self._text(tokens) for tokens in written]

    def _read(self, trie: Trie | None) -> Reading:
        """Read what each row holds from where it first differs from what was read; its last token always."""
        keep = [min(_in_common(*rows), len(rows[1]) - 1) for rows in zip(self._held, self._wanted, strict=True)]
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
        return Menu(trie_of(tokens), which)

    def _answer_log_probs(self, logits: Tensor, trie: Trie) -> FloatArray:
        """log P of each whole answer, [B, answers], from logits [B,1+N,V]."""
        scaled = logits.float() / self._script.sampling.temperature
        totals = torch.logsumexp(scaled, dim=-1)
        nodes, tokens = (torch.tensor(part, device=logits.device) for part in zip(*trie.edges, strict=True))
        edges = (scaled[:, nodes, tokens] - totals[:, nodes]).double().cpu().numpy()
        log_probs: FloatArray = edges @ trie.paths.T.astype(np.float64)
        for answer, node in trie.endings:
            goes_on = self._word_goes_on().to(logits.device).clone()
            goes_on[trie.children(node)] = True
            on = torch.logsumexp(scaled[:, node].masked_fill(~goes_on, -torch.inf), dim=-1) - totals[:, node]
            log_probs[:, answer] += np.log1p(-np.minimum(np.exp(on.double().cpu().numpy()), 1.0 - 1e-12))
        return log_probs

    def _text(self, tokens: Sequence[int]) -> str:
        return self._pieces.decode(tokens)


def _in_common(one: list[int], other: list[int]) -> int:
    """How many tokens two rows begin with in common."""
    if other[: len(one)] == one:
        return len(one)
    return next(i for i, (a, b) in enumerate(zip(one, [*other, -1], strict=False)) if a != b)
