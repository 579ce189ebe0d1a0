"""Where a chat model answers: the template's own history held against its generation prompt.

What stands between the two is white space (it belongs to the answer), a header or a closed block of thoughts (it is fed each
time the model is asked), or the model is left within its thoughts (they are closed by the template's own mark, or refused).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agents.engine.chat_template import SWITCHES, TEXT, ChatTemplate, Turn
from agents.engine.sentinels import ANSWER, NEXT, QUESTION, after, before, shared
from agents.engine.thoughts import CLOSER, ThinkingMarks, is_open, marks_of, without_blocks
from arenas.errors import UserError


@dataclass(frozen=True)
class Seam:
    """`fed` is written after each generation prompt; `own` is the white space that the template puts before an answer."""

    fed: str
    own: str
    marks: ThinkingMarks | None


class SeamFinder:
    """The seam of a template after the turns of a frame (a system turn, or none)."""

    def __init__(self, template: ChatTemplate, frame: Sequence[Turn], thinks: bool) -> None:
        self._template, self._thinks = template, thinks
        question, answer = Turn("user", QUESTION), Turn("assistant", ANSWER)
        self.prompt = template.render([*frame, question])
        """The template up to where the model answers the first question."""
        self.later = template.render([*frame, question, answer, Turn("user", NEXT)])
        """The same, with a question and its answer before."""
        if not all(
            word in text for text, word in ((self.prompt, QUESTION), (self.later, ANSWER), (after(self.later, ANSWER), NEXT))
        ):
            raise UserError(f"the chat template of {template.name} does not show every turn: {TEXT}")
        self.last = template.tried([*frame, question, answer], answering=False) or ""
        """A question and its answer, with nothing after; empty where the template has no such form."""
        self._histories = [before(text, ANSWER) for text in (self.last, self.later) if ANSWER in text]
        self._marks = marks_of(template, frame, self.prompt)

    def find(self) -> Seam:
        """The seam. Raises `UserError` where no place can be found at which the model answers."""
        if self._thinks:
            return self._thoughtful()
        if self._within_thoughts():
            return self._closed()
        gaps = [history[len(self.prompt) :] for history in self._histories if history.startswith(self.prompt)]
        if gaps:
            gap = next((gap for gap in gaps if gap.strip()), gaps[-1])
            return self._of_gap(gap)
        return self._replaced()

    def _of_gap(self, gap: str) -> Seam:
        return Seam(gap, "", self._marks) if gap.strip() else Seam("", gap, self._marks)

    def _added(self) -> tuple[str, str]:
        """What the generation prompt has that the history has not, and what the history has in its place."""
        history = self._histories[-1]
        common = len(shared(self.prompt, history))
        return self.prompt[common:], history[common:]

    def _within_thoughts(self) -> bool:
        """Whether the generation prompt leaves the model within its thoughts."""
        asked = after(self.prompt, QUESTION)
        if is_open(asked):
            return True
        if self._marks is None or not self._marks.shown or any(text.startswith(self.prompt) for text in self._histories):
            return False
        added = self._added()[0]
        return bool(added.strip()) and self._marks.mark not in added and not CLOSER.search(added)

    def _closed(self) -> Seam:
        """An empty block of thoughts, closed as the template closes them."""
        for history in self._histories:
            gap = history[len(self.prompt) :] if history.startswith(self.prompt) else ""
            if CLOSER.search(gap):
                return Seam(gap, "", self._marks)
        if self._marks is not None and self._marks.shown:
            return Seam(self._marks.closes, "", self._marks)
        switch = next((name for name in SWITCHES if name in self._template.reads), None)
        keys = ([f"template: {{{switch}: false}}"] if switch else []) + ["thinking: {tokens: N, samples: K}"]
        raise self._refusal(f"leaves the model within its thoughts ({_end(self.prompt)!r}): give it {' or '.join(keys)}")

    def _replaced(self) -> Seam:
        """The seam where the history leaves out an end of the generation prompt."""
        prompt, history = self._added()
        rest = without_blocks(history)
        end = self._template.end
        if end and end in prompt:
            raise self._refusal(f"ends the question with {end!r} where its history goes on: {TEXT}")
        if not rest.strip():
            return Seam("", "" if self.prompt[-1:].isspace() else rest[len(rest.rstrip()) :], self._marks)
        if without_blocks(prompt).strip():
            raise self._refusal(
                f"ends its generation prompt with {_end(prompt)!r} where its history has {_end(rest)!r}: {TEXT}"
            )
        return Seam(rest, "", self._marks)

    def _thoughtful(self) -> Seam:
        """The seam of a model that thinks before it answers."""
        asked = after(self.prompt, QUESTION)
        marks = self._marks
        if marks is None:
            raise UserError(f"thinking: the chat template of {self._template.name} shows no thoughts: leave the key out")
        if not is_open(asked) and CLOSER.search(asked):
            switch = next((name for name in SWITCHES if name in self._template.reads), None)
            key = f"template: {{{switch}: true}}" if switch else "thinking: off"
            raise UserError(f"thinking: the chat template of {self._template.name} closes its thoughts at once: give it {key}")
        return Seam(marks.opens, "", marks)

    def _refusal(self, why: str) -> UserError:
        return UserError(f"the chat template of {self._template.name} {why}")


def _end(text: str) -> str:
    return text if len(text) <= 24 else f"...{text[-24:]}"
