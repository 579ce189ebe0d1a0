"""What each token of a vocabulary writes, so that tokens are found by their text."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

BROKEN = "\ufffd"
"""What a token writes that is only a part of a character."""


class TokenTexts:
    """The text of every token as it stands after another."""

    def __init__(self, tokenizer: Any, size: int) -> None:
        anchor = tokenizer("1", add_special_tokens=False)["input_ids"][-1]
        alone = tokenizer.decode([anchor])
        known = range(min(size, len(tokenizer)))
        after = tokenizer.batch_decode([[anchor, token] for token in known], clean_up_tokenization_spaces=False)
        self._texts = [text[len(alone) :] if text.startswith(alone) else BROKEN for text in after]
        self._sorted = sorted((text, token) for token, text in enumerate(self._texts) if BROKEN not in text)

    def text(self, tokens: Sequence[int]) -> str:
        """What tokens write, one after another."""
        return "".join(self._texts[token] for token in tokens)

    def beginning_with(self, text: str) -> list[int]:
        """The tokens whose text begins with a text that is not empty."""
        tokens = []
        for place in range(bisect_left(self._sorted, (text, -1)), len(self._sorted)):
            found, token = self._sorted[place]
            if not found.startswith(text):
                break
            tokens.append(token)
        return sorted(tokens)

    def going_beyond(self, text: str) -> list[int]:
        """The tokens whose text begins with a text and goes on."""
        return [token for token in self.beginning_with(text) if len(self._texts[token]) > len(text)]
