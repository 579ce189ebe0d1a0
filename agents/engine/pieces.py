"""From what is said to tokens, piece by piece.

The list of tokens is the truth: a row's text is never tokenised again, so each piece must be tokenised as it would be within
the whole. Every seam is checked, and a seam that a tokenizer would merge is noted.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from agents.model import Opening
from arenas.errors import UserError

SENTINELS = ("sentinelone", "sentineltwo", "sentinelthree")
"""Words that no template contains, by which the parts of a rendered chat are found."""


class Pieces(ABC):
    """Tokens of the parts of a conversation, in the order they are said: opening, answer, reply, answer, reply, ..."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._known: dict[tuple[str, str], list[int]] = {}
        self.notes: dict[str, None] = {}

    rewrites = False
    """Whether what was said earlier may read otherwise later."""

    ends: frozenset[int] = frozenset()
    """The tokens by which a chat template ends the model's turn."""
    thinking_tokens: frozenset[int] = frozenset()
    """The tokens by which a model may open its thoughts by itself."""

    @property
    def thinks(self) -> bool:
        """Whether there is a place for thoughts before an answer."""
        return False

    def thought_over(self, written: Sequence[int]) -> bool:
        """Whether tokens that the model writes as its thoughts have come to the end of them."""
        return False

    def thought(self, written: Sequence[int]) -> list[int]:
        """Thoughts as they stand before the answer, closed."""
        raise NotImplementedError

    @abstractmethod
    def opening(self, opening: Opening) -> list[int]:
        """Tokens of what is said first, special tokens included."""

    @abstractmethod
    def opening_text(self, opening: Opening) -> str:
        """The same as text, with everything a template puts around it."""

    @abstractmethod
    def reply_text(self, said: str) -> str:
        """What follows an answer, up to the point where the model answers again."""

    def answer(self, before: str, answer: str) -> list[int]:
        """Tokens of an answer after the text `before`."""
        return self._after(before, answer)

    def reply(self, answer: str, said: str) -> list[int]:
        """Tokens of what follows an answer."""
        return self._after(answer, self.reply_text(said))

    def round(self, opening: Opening, answer: str, said: str) -> list[int]:
        """Tokens of an answer and of what follows it."""
        return self.answer(self.opening_text(opening), answer) + self.reply(answer, said)

    def transcript(self, opening: Opening, rounds: Sequence[tuple[str, str]]) -> list[int]:
        """Tokens of an opening and the rounds (answer, what was said after it) that followed."""
        return sum((self.round(opening, *spoken) for spoken in rounds), self.opening(opening))

    def decode(self, tokens: Sequence[int]) -> str:
        """The text of tokens, special ones left out."""
        text: str = self._tokenizer.decode(list(tokens), skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return text

    def spelled(self, token: int) -> str:
        """One token's own text, special ones included."""
        text: str = self._tokenizer.decode([token], clean_up_tokenization_spaces=False)
        return text

    def _after(self, before: str, text: str) -> list[int]:
        """Tokens of `text` as they stand after `before`."""
        name = (before, text)
        if name not in self._known:
            whole, head = self._encode(before + text), self._encode(before)
            if whole[: len(head)] == head and len(whole) > len(head):
                self._known[name] = whole[len(head) :]
            else:
                self.notes[f"the tokenizer merges {before[-12:]!r} and {text[:12]!r}; they are kept apart"] = None
                self._known[name] = self._encode(text)
        return self._known[name]

    def _encode(self, text: str) -> list[int]:
        return list(self._tokenizer(text, add_special_tokens=False)["input_ids"])


class TextPieces(Pieces):
    """A plain text that goes on."""

    def opening(self, opening: Opening) -> list[int]:
        ids = list(self._tokenizer(opening.text)["input_ids"])
        return ids[:-1] if ids[-1:] == [self._tokenizer.eos_token_id] and len(ids) > 1 else ids

    def opening_text(self, opening: Opening) -> str:
        return opening.text

    def reply_text(self, said: str) -> str:
        return said


class ChatPieces(Pieces):
    """Turns in the tokenizer's own chat template, cut out of it once by sentinel words.

    With a template that rewrites earlier turns (that drops thinking blocks, say) the whole chat is rendered anew each round,
    and read from where it first differs.
    """

    def __init__(self, tokenizer: Any, name: str) -> None:
        super().__init__(tokenizer)
        first, answer, second = SENTINELS
        opening = self._render([("user", first)])
        later = self._render([("user", first), ("assistant", answer), ("user", second)])
        if first not in opening or answer not in later or second not in later.split(answer, 1)[1]:
            raise UserError(f"the chat template of {name} does not show every turn: use a style of kind text")
        if not later.startswith(opening + answer):
            self.rewrites = True
            self.notes["the chat template rewrites earlier turns: each round is read from where it first differs"] = None
        self._opening = opening.split(first, 1)
        self._reply = later.split(answer, 1)[1].split(second, 1)

    def opening(self, opening: Opening) -> list[int]:
        return self._encode(self.opening_text(opening))

    def opening_text(self, opening: Opening) -> str:
        return opening.text.join(self._opening)

    def reply_text(self, said: str) -> str:
        return said.join(self._reply)

    def transcript(self, opening: Opening, rounds: Sequence[tuple[str, str]]) -> list[int]:
        if not self.rewrites:
            return super().transcript(opening, rounds)
        turns = [("user", opening.text)]
        for answer, said in rounds:
            turns += [("assistant", answer), ("user", said)]
        return self._encode(self._render(turns))

    def overhead(self) -> int:
        """Tokens the template adds to a question and its answer."""
        return len(self._encode(self.reply_text("")))

    def _render(self, turns: list[tuple[str, str]]) -> str:
        messages = [{"role": role, "content": text} for role, text in turns]
        rendered: str = self._tokenizer.apply_chat_template(
            messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
        )
        return rendered
