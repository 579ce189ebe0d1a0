"""Where a chat model's thoughts begin and end, as its template shows them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agents.engine.chat_template import ChatTemplate, Turn
from agents.engine.sentinels import ANSWER, QUESTION, THOUGHTS

WORD = r"(?:think(?:ing)?|thoughts?|reason(?:ing)?|reflection|scratchpad)"
LEAD = r"(?:[a-z]+[:_\u2581-])?(?:of[_\u2581])?"
OPENER = re.compile(
    rf"<[|\uff5c]?(?!/|end){LEAD}{WORD}[|\uff5c]?>|\[{WORD}\]|<\|channel\|>analysis(?:<\|message\|>)?|<\|?channel\|?>thought"
    r"|<\|open\|>think<\|sep\|>|<\|inner_prefix\|>",
    re.IGNORECASE,
)
"""How templates open a block of thoughts."""
CLOSER = re.compile(
    rf"</{LEAD}{WORD}>|<[|\uff5c](?:/|end[_\u2581]){LEAD}{WORD}[|\uff5c]>|\[/{WORD}\]|<\|channel\|>final|<channel\|>"
    r"|<\|close\|>think<\|sep\|>|<\|inner_suffix\|>|\[BEGIN FINAL RESPONSE\]",
    re.IGNORECASE,
)
"""How they close it."""
PAIRS = (
    ("<think>\n", "\n</think>\n\n"),
    ("[THINK]", "[/THINK]"),
    ("<thinking>", "</thinking>"),
    ("<thought>", "</thought>"),
    ("<reasoning>", "</reasoning>"),
    ("<seed:think>", "</seed:think>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<|channel>thought\n", "\n<channel|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
)
"""Blocks by custom, for the templates that open one and never show how it ends."""
MARK = re.compile(r"<[^<>\s]+>|\[[^\[\]]+\]")


@dataclass(frozen=True)
class ThinkingMarks:
    """`opens` is what stands between the generation prompt and the first thought (nothing where the prompt itself opens the
    block), `closes` what stands between the last thought and the answer, `mark` the part of it by which its end is known.

    `kept` says that the template would keep thoughts in its history; `shown` that it shows them at all, rather than by custom.
    """

    opens: str
    closes: str
    mark: str
    kept: bool = False
    shown: bool = True


def is_open(text: str) -> bool:
    """Whether a text ends within a block of thoughts."""
    opened = [match.end() for match in OPENER.finditer(text)]
    closed = [match.end() for match in CLOSER.finditer(text)]
    return bool(opened) and max(opened) > max(closed, default=-1)


def without_blocks(text: str) -> str:
    """A text without its closed blocks of thoughts, whole or the rest of one."""
    while (closer := CLOSER.search(text)) is not None:
        opener = OPENER.search(text)
        text = (text[: opener.start()] if opener and opener.start() < closer.start() else "") + text[closer.end() :]
    return text


def marks_of(template: ChatTemplate, frame: Sequence[Turn], prompt: str) -> ThinkingMarks | None:
    """How thoughts stand after a rendered prompt; None where neither the template nor custom knows."""
    return _shown(template, frame, prompt) or _by_custom(template, prompt)


def _shown(template: ChatTemplate, frame: Sequence[Turn], prompt: str) -> ThinkingMarks | None:
    """From the template's own turn with thoughts."""
    turns = [*frame, Turn("user", QUESTION), Turn("assistant", ANSWER, THOUGHTS)]
    turn = template.tried(turns, answering=False)
    if turn is None or THOUGHTS not in turn or ANSWER not in turn.split(THOUGHTS, 1)[1]:
        return None
    lead, rest = turn.split(THOUGHTS, 1)
    closes = rest.split(ANSWER, 1)[0]
    if not closes.strip():
        return None
    mark = MARK.search(closes)
    later = template.tried([*turns, Turn("user", QUESTION)]) or ""
    opens = lead[len(prompt) :] if lead.startswith(prompt) else ""
    return ThinkingMarks(opens, closes, mark[0] if mark else closes.strip(), kept=THOUGHTS in later)


def _by_custom(template: ChatTemplate, prompt: str) -> ThinkingMarks | None:
    """From the block that the prompt opens, or that the template's text names."""
    for opens, closes in PAIRS:
        mark = MARK.search(closes)
        assert mark is not None
        if is_open(prompt) and prompt.rstrip().endswith(opens.rstrip()):
            return ThinkingMarks("", closes, mark[0], shown=False)
        if not is_open(prompt) and opens.rstrip() in template.source:
            return ThinkingMarks(opens, closes, mark[0], shown=False)
    return None


def tokens_that_open(tokenizer: Any, marks: ThinkingMarks | None) -> frozenset[int]:
    """The single tokens of a vocabulary by which a model opens its thoughts."""
    names = {opens.rstrip() for opens, _ in PAIRS} | {"<|channel|>", "<|channel>"}
    if marks is not None:
        names |= set(MARK.findall(marks.opens)[:1])
    vocabulary = tokenizer.get_vocab()
    return frozenset(vocabulary[name] for name in names if name in vocabulary)
