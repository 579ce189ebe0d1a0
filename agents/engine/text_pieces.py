"""From what is said to tokens, piece by piece.

The list of tokens is the truth: a row's text is never tokenised again, so each piece must be tokenised as it would be within
the whole. Every seam is checked, and a seam that a tokenizer would merge is noted.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from agents.model import Opening

ANCHORS = ("\n", ".", "a", "1", ":")
"""Texts after which another is tokenised as in the midst of a whole: some tokenizers put a space before what comes first."""


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

    thinks = False
    """Whether there is a place for thoughts before an answer."""

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
                self._known[name] = self._apart(text)
        return self._known[name]

    def _apart(self, text: str) -> list[int]:
        """Tokens of a text that stands after another and shares no token with it."""
        for anchor in ANCHORS:
            whole, head = self._encode(anchor + text), self._encode(anchor)
            if whole[: len(head)] == head and len(whole) > len(head):
                return whole[len(head) :]
        return self._encode(text)

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
