"""Many conversations with one model: what is heard waits as tokens until a question is asked, then one pass reads it."""

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from agents.engine.answer_paths import AnswerPaths
from agents.engine.answers import Answers
from agents.engine.asking import AnswerCost, Asking
from agents.engine.menus import Outside, likeliest, summed
from agents.engine.pieces import Pieces
from agents.engine.reading import Reader, Reading
from agents.engine.rows import Rows
from agents.engine.sampling import RowDraws
from agents.engine.token_texts import TokenTexts
from agents.engine.writing import Written, write_texts
from agents.model import Answered, Choices, Said, Script
from arenas.errors import UserError

MakeReader = Callable[[int, int], Reader]
"""Makes a reader for a number of rows and a guess at their length."""
WRITTEN_AT_ONCE = 64
"""The most free texts that are decoded together, where nobody says how many."""


class RowConversation:
    """B conversations, read together."""

    def __init__(
        self,
        pieces: Pieces,
        script: Script,
        make_reader: MakeReader,
        texts: Callable[[], TokenTexts],
        ends: frozenset[int],
        cost: AnswerCost,
    ) -> None:
        self._pieces, self._script, self._ends = pieces, script, ends
        self._make_reader = make_reader
        self._rows = Rows(make_reader(len(script.openings), script.capacity))
        self._texts, self._cost = texts, cost
        self._rounds: list[list[tuple[str, str]]] = [[] for _ in script.openings]
        self._wanted = [pieces.opening(opening) for opening in script.openings]
        self._asking = self._read_menus()
        self._samples: dict[int, Rows] = {}

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

    def ask(self, seeds: Sequence[int] = ()) -> Choices:
        """The answers of each row, on their way from the device; `seeds` are for thoughts."""
        if self._asking is None:
            raise ValueError("a conversation without menus was asked for an answer")
        asking, script = self._asking, self._script
        rows, wanted, samples, thoughts = self._rows, self._wanted, 1, []
        if script.thinking is not None:
            samples = script.thinking.samples
            thoughts = self._written(script.thinking.tokens, seeds, samples, self._pieces.thought_over)
            rows = self._samples[samples]
            wanted = [[*self._wanted[b], *self._pieces.thought(t.tokens)] for b, own in enumerate(thoughts) for t in own]
        asked = asking.ask(rows, wanted)

        def outside(reading: Reading, rows: Sequence[int]) -> list[Outside]:
            return likeliest(asking.answers, reading, rows, script.sampling, self._pieces)

        def answered() -> Answered:
            read = asked()
            answers = summed(asking.answers, read.found, script.menu_of, partial(outside, read.reading), samples)
            return replace(answers, readings=self._with_thoughts(answers.readings, thoughts)) if thoughts else answers

        return answered

    def _with_thoughts(self, readings: Sequence[str], thoughts: Sequence[Sequence[Written]]) -> list[str]:
        """The readings with what was thought before them."""
        return [
            json.dumps(
                {**json.loads(reading or "{}"), "thoughts": [self._pieces.decode(thought.tokens) for thought in own]},
                ensure_ascii=False,
            )
            for reading, own in zip(readings, thoughts, strict=True)
        ]

    def speak(self, tokens: int, seeds: Sequence[int], samples: int = 1) -> list[list[Said]]:
        """Answers spoken by each row, `samples` of them, of at most so many tokens; what was said is forgotten again."""
        end = self._script.end
        written = self._written(tokens, seeds, samples, lambda said: end is not None and end in self._texts().text(said))
        lead = self._lead()
        return [[Said(self._texts().text(said.tokens).removeprefix(lead), said.ended) for said in own] for own in written]

    def write(self, max_tokens: int, seeds: Sequence[int], stop: str | None, at_once: int | None = None) -> list[str]:
        """Free text for each row, `at_once` of them at a time; it depends on the row's own seed, not on its neighbours'."""
        shares = -(-len(seeds) // WRITTEN_AT_ONCE)
        rows = min(at_once or -(-len(seeds) // shares), len(seeds))
        written = write_texts(
            Rows(self._make_reader(rows, self._script.capacity)),
            prompts=self._wanted,
            draws=RowDraws(seeds),
            sampling=self._script.sampling,
            most=max_tokens,
            ends=self._ends,
            ended=lambda tokens: self._stopped(tokens, stop),
        )
        return [self._pieces.decode(text.tokens) for text in written]

    def _written(
        self, tokens: int, seeds: Sequence[int], samples: int, ended: Callable[[list[int]], bool]
    ) -> list[list[Written]]:
        """Texts written after each row, `samples` of them, in rows that are kept for the next time."""
        if samples not in self._samples:
            self._samples[samples] = Rows(self._make_reader(len(seeds) * samples, self._script.capacity + tokens))
        written = write_texts(
            self._samples[samples],
            prompts=[wanted for wanted in self._wanted for _ in range(samples)],
            draws=RowDraws([(seed, k) for seed in seeds for k in range(samples)]),
            sampling=self._script.sampling,
            most=tokens,
            ends=self._ends if self._script.chat else frozenset(),
            ended=ended,
        )
        return [written[b * samples : (b + 1) * samples] for b in range(len(seeds))]

    def _lead(self) -> str:
        """The white space that the template has between its own marks and an answer's words."""
        if self._asking is None:
            return ""
        paths = self._asking.answers.paths
        spelled = self._texts().text(paths.tokens[0])
        return spelled.removesuffix(paths.forms[0]) if spelled.endswith(paths.forms[0]) else ""

    def _stopped(self, tokens: list[int], stop: str | None) -> bool:
        """Whether the stop text has been written, and something before it."""
        if stop is None or stop not in self._pieces.decode(tokens[-4 * len(stop) - 8 :]):
            # every character takes at most four tokens, so the end of the text shows whether the whole need be looked at
            return False
        return stop in self._pieces.decode(tokens).lstrip()

    def _read_menus(self) -> Asking | None:
        """The answers' tokens after an opening, checked to be the same after a reply. Every seam is tried here."""
        script, pieces = self._script, self._pieces
        if not script.menus:
            return None
        if script.thinking is not None and not pieces.thinks:
            raise UserError("the prompts have no place for thoughts: thinking is for chat models whose template has one")
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
        return Asking(Answers(paths, script.sampling), self._cost)
