"""Turns of a chat as tokens, in the tokenizer's own template."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any

from agents.engine.chat_template import TEXT, ChatTemplate, TemplateFailed, Turn
from agents.engine.seams import SeamFinder
from agents.engine.sentinels import ANSWER, NEXT, QUESTION, after, before
from agents.engine.system_turns import Frame, frame_of, prompt_of
from agents.engine.text_pieces import Pieces
from agents.engine.thoughts import ThinkingMarks, tokens_that_open
from agents.model import Opening
from arenas.errors import UserError

SPECIMENS = ("rock", "scissors", "10", "1")
"""Answers on which every template is tried."""
SPOKEN = ("You play ten rounds. Your choice?", "The other player chose paper. Your next choice?")
"""What is said around them: an opening and a reply."""
REWRITES = "the chat template rewrites earlier turns: each round is read from where it first differs"
JOINED = (
    "the tokenizer joins an answer with what the chat template puts around it: each round is read from where it first differs"
)


class ChatPieces(Pieces):
    """Turns in the tokenizer's chat template, held to be token for token what the template makes of the whole chat.

    `template` holds arguments of the template, `prefill` begins every answer, `date` (today if None) is the day that a template
    is told, `system` the system turn that openings will have (as in `Opening`), `thinks` whether thoughts are written before an
    answer. A chat that cannot be composed of pieces (the template changes earlier turns, or a tokenizer joins them) is rendered
    anew each round and read from where it first differs. Raises `UserError`, one line, for a template that shows no place at
    which the model answers.
    """

    def __init__(
        self,
        tokenizer: Any,
        name: str,
        template: Mapping[str, Any] | None = None,
        prefill: str = "",
        date: dt.date | None = None,
        system: str | None = None,
        thinks: bool = False,
    ) -> None:
        super().__init__(tokenizer)
        self._template = ChatTemplate(tokenizer, name, template or {}, date, thinks)
        self._prefill, self._system, self.thinks = prefill, system, thinks
        self._frames: dict[str | None, Frame] = {}
        self._texts: dict[Opening, str] = {}
        try:
            self._finder = self._find_form()
        except TemplateFailed as error:
            more = {**(template or {}), **error.wanted}
            if not error.wanted or not _would_do(tokenizer, name, more, prefill, date, system, thinks):
                raise UserError(f"{error.said}: {TEXT}") from error
            raise
        self._seam = self._finder.find()
        self._reply_parts = tuple(after(self._finder.later, ANSWER).split(NEXT, 1))
        self._lay_seam()
        self.rewrites = thinks or not self._composes()
        self.ends = self._ending_tokens()
        self.thinking_tokens = tokens_that_open(tokenizer, self._seam.marks)

    # ---- what the template is

    @property
    def dated(self) -> bool:
        """Whether the template tells the model what day it is."""
        return self._template.dated

    @property
    def thinking(self) -> ThinkingMarks | None:
        """How the model's thoughts begin and end; None where the template has no thoughts."""
        return self._seam.marks

    def overhead(self) -> int:
        """Tokens the template adds to a question and its answer."""
        return len(self._encode(self.reply_text(""))) + len(self._encode(self._own))

    def opening_overhead(self) -> int:
        """Tokens the template puts around the first question, its own system prompt included."""
        return len(self.opening(Opening(QUESTION, self._system))) - len(self._encode(QUESTION))

    # ---- what is said

    def opening(self, opening: Opening) -> list[int]:
        return self._encode(self.opening_text(opening))

    def opening_text(self, opening: Opening) -> str:
        if opening not in self._texts:
            self._texts[opening] = self._place(self._template.render(self._turns(opening)))
        return self._texts[opening]

    def reply_text(self, said: str) -> str:
        if said == said.strip():
            return self._place(said.join(self._reply_parts))
        turns = [*self._frame(self._system).turns, Turn("user", QUESTION), Turn("assistant", ANSWER), Turn("user", said)]
        return self._place(after(self._template.render(turns), ANSWER))

    def answer(self, before: str, answer: str) -> list[int]:
        return self._after(before + self._closing, self._own + answer)

    def reply(self, answer: str, said: str) -> list[int]:
        return self._after(self._lead + self._own + answer, self.reply_text(said))

    def transcript(self, opening: Opening, rounds: Sequence[tuple[str, str]]) -> list[int]:
        return self._rendered(opening, rounds) if self.rewrites else super().transcript(opening, rounds)

    # ---- thoughts

    def thought_over(self, written: Sequence[int]) -> bool:
        """Whether tokens that the model writes as its thoughts have come to the end of them."""
        marks = self._seam.marks
        return marks is not None and marks.mark in self._spelled(written[-len(marks.mark) - 8 :])

    def thought(self, written: Sequence[int]) -> list[int]:
        """Thoughts as they stand before the answer: up to the closing mark if any, then closed as the template does."""
        marks = self._seam.marks
        assert marks is not None
        kept = list(written)
        if marks.mark in self._spelled(kept):
            while marks.mark in self._spelled(kept[:-1]):
                kept.pop()
            said = before(self._spelled(kept), marks.mark)
            while kept and not said.startswith(self._spelled(kept)):
                kept.pop()
        closing = self._closing.lstrip() if self._spelled(kept[-1:])[-1:].isspace() else self._closing
        return kept + self._apart(closing)

    # ---- how it is found

    def _find_form(self) -> SeamFinder:
        """The template's renderings, of turns that are texts or, where a template wants that, lists of parts."""
        refused: UserError | None = None
        for parts in (False, True) if re.search(r"\btext\b", self._template.source) else (False,):
            self._template.parts = parts
            try:
                finder = SeamFinder(self._template, self._frame(self._system).turns, self.thinks)
            except UserError as error:
                refused = refused or error
            else:
                if not (parts and re.search("type.: .text", finder.prompt)):
                    return finder
            self._frames.clear()
        assert refused is not None
        raise refused

    def _frame(self, system: str | None) -> Frame:
        if system not in self._frames:
            self._frames[system] = frame_of(self._template, system)
        return self._frames[system]

    def _lay_seam(self) -> None:
        """Decide which white space is read before the answer, and which is read as its beginning."""
        seam = self._seam
        marks = seam.marks if self.thinks else None
        own = "" if self._prefill else seam.own
        prefill = seam.own + self._prefill if self._prefill else ""
        self._tail, self._closing = (seam.fed, marks.closes + self._prefill) if marks else (seam.fed + prefill, "")
        self._own, self._cut = own, False
        place = self._finder.prompt + self._tail + self._closing
        space = place[len(place.rstrip()) :]
        if space and not self._holds(place, own) and self._holds(place.rstrip(), space + own):
            self._own, self._cut, self._closing = space + own, not marks, self._closing.rstrip()
        self._lead = self._place(after(self._finder.prompt, QUESTION))

    def _holds(self, place: str, own: str) -> bool:
        """Whether the tokens of a text stay the same with each of the specimens after it."""
        head = self._encode(place)
        return all(self._encode(place + own + word)[: len(head)] == head for word in self._specimens)

    @property
    def _specimens(self) -> tuple[str, ...]:
        apart = bool(self._prefill) and not self._prefill[-1].isspace()
        return tuple(f" {word}" if apart else word for word in SPECIMENS)

    def _place(self, rendered: str) -> str:
        """A rendered chat up to where the model is read."""
        text = rendered + self._tail
        return text.rstrip() if self._cut else text

    def _turns(self, opening: Opening, rounds: Sequence[tuple[str, str]] = ()) -> list[Turn]:
        """All turns of a chat, demonstrated ones first."""
        frame = self._framed(opening.system)
        said = [(*pair, True) for pair in opening.shown] + [(opening.text, "", False)]
        turns = list(frame.turns)
        for user, answer, answered in said:
            turns.append(Turn("user", user))
            if answered:
                turns.append(Turn("assistant", self._prefill + answer))
        first = len(frame.turns)
        turns[first] = Turn("user", frame.lead + turns[first].text)
        for answer, reply in rounds:
            turns += [Turn("assistant", self._prefill + answer), Turn("user", reply)]
        return turns

    def _framed(self, system: str | None) -> Frame:
        """The frame of an opening, with what is worth saying of it noted."""
        known = system in self._frames
        frame = self._frame(system)
        if not known and SeamFinder(self._template, frame.turns, self.thinks).find() != self._seam:
            raise UserError(f"the chat template of {self._template.name} answers elsewhere after the system turn {system!r}")
        if frame.note:
            self.notes[self._words_of(system, frame)] = None
        return frame

    def _words_of(self, system: str | None, frame: Frame) -> str:
        if system is not None:
            return frame.note
        tokens = len(self._encode(prompt_of(self._template, frame.turns)))
        return f"the chat template begins with its own prompt ({tokens} tokens): {frame.note!r}"

    def _rendered(self, opening: Opening, rounds: Sequence[tuple[str, str]]) -> list[int]:
        return self._encode(self._place(self._template.render(self._turns(opening, rounds))))

    def _composes(self) -> bool:
        """Whether the pieces, one after the other, are token for token what the template makes of the whole."""
        noted = dict(self.notes)
        opening = Opening(SPOKEN[0], self._system)
        whole, pieces = True, True
        for word in self._specimens:
            rounds = [(word, SPOKEN[1])] * 2
            one = self._own + word + self.reply_text(SPOKEN[1])
            whole &= self.opening_text(opening) + one * 2 == self._place(self._template.render(self._turns(opening, rounds)))
            pieces &= Pieces.transcript(self, opening, rounds) == self._rendered(opening, rounds)
        self.notes = noted
        self._texts.clear()
        if not pieces:
            self.notes[JOINED if whole else REWRITES] = None
        return pieces

    def _ending_tokens(self) -> frozenset[int]:
        """The first special token after an answer, in the midst of a chat and at its end."""
        added = {*self._tokenizer.added_tokens_decoder, *self._tokenizer.all_special_ids}
        added -= {self._tokenizer.bos_token_id} - {self._tokenizer.eos_token_id}
        ends = set()
        for text in (before(after(self._finder.later, ANSWER), NEXT), after(self._finder.last, ANSWER)):
            for token in self._encode(text):
                if token in added:
                    ends.add(token)
                if token in added or any(letter.isalnum() for letter in self._spelled([token])):
                    break
        return frozenset(ends)

    def _spelled(self, tokens: Sequence[int]) -> str:
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return text


def _would_do(*given: Any) -> bool:
    """Whether these arguments make pieces."""
    try:
        ChatPieces(*given)
    except UserError:
        return False
    return True
