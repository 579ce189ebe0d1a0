"""What a spoken answer means. Nothing is guessed: what cannot be read is no answer."""

import re
from collections.abc import Sequence

from agents.model import TAILS, Forms, Said


def meant_strictly(said: Said, menu: Sequence[Forms], end: str | None) -> int | None:
    """The action of which a form was said, whole and ended, as it counts when probabilities are read; None for another text."""
    if end is None:
        answer = said.text if said.ended else None
    else:
        answer = said.text.split(end)[0] if end in said.text else None
    tails = TAILS if end is None else ("",)
    for action, forms in enumerate(menu):
        if answer in {form + tail for form in forms for tail in tails}:
            return action
    return None


def meant_leniently(said: Said, menu: Sequence[Forms], words: Sequence[str], end: str | None) -> int | None:
    """What is meant strictly, else the only action whose word stands in the text, in any case: in a chat's whole turn, in a
    text up to its end. None if none does, or several do.
    """
    strict = meant_strictly(said, menu, end)
    if strict is not None:
        return strict
    text = said.text if end is None else said.text.split(end)[0]
    named = [action for action, word in enumerate(words) if _stands_in(word, text)]
    return named[0] if len(named) == 1 else None


def _stands_in(word: str, text: str) -> bool:
    """Whether a word stands in a text by itself; 3 does not stand in 3.5, -3 or 13."""
    return re.search(rf"(?<![\w.\-]){re.escape(word)}(?![\w]|[.,]\d)", text, re.IGNORECASE) is not None
