"""The system turn of a chat, and the prompt that a template puts there by itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from agents.engine.chat_template import ChatTemplate, Turn
from agents.engine.sentinels import ANSWER, NEXT, QUESTION, SYSTEM, after, before
from arenas.errors import UserError

SHORTEST = 3
"""From this many words on, what stands before the first question is a prompt and no mere name of a turn."""
SHOWN = 80
"""Characters of a template's own prompt that a note shows."""
MARK = re.compile(r"<[^<>\s]+>|\[/?[A-Z_]+\]|<<SYS>>|<</SYS>>")


@dataclass(frozen=True)
class Frame:
    """The turns before the first question, and what is put before that question's text where there is no system turn."""

    turns: tuple[Turn, ...] = ()
    lead: str = ""
    note: str = ""


def frame_of(template: ChatTemplate, system: str | None) -> Frame:
    """The frame for a system text: None leaves it to the template, "" wants none. Raises `UserError` where that cannot be."""
    if system is None:
        own = prompt_of(template, ())
        shown = f"{own[:SHOWN]}..." if len(own) > SHOWN else own
        return Frame(note=shown)
    if system == "":
        return _without(template)
    turn = Turn("system", system)
    rendered = template.tried([turn, Turn("user", QUESTION), Turn("assistant", ANSWER), Turn("user", NEXT)])
    seen = template.tried([Turn("system", SYSTEM), Turn("user", QUESTION)])
    if rendered is not None and QUESTION in rendered and seen is not None and SYSTEM in before(seen, QUESTION):
        return Frame((turn,))
    return Frame(lead=f"{system}\n\n", note="the chat template has no system turn: its text stands before the first question")


def _without(template: ChatTemplate) -> Frame:
    for turns in ((), (Turn("system", ""),)):
        own = prompt_of(template, turns)
        if own == "":
            return Frame(turns)
    own = prompt_of(template, ())
    raise UserError(
        f"system: none: the chat template of {template.name} keeps its own prompt ({own[:SHOWN]!r}): leave the key out"
    )


def prompt_of(template: ChatTemplate, turns: Sequence[Turn]) -> str:
    """The words that a template puts before the first question by itself, in one line; empty where there are none."""
    question, answer = Turn("user", QUESTION), Turn("assistant", ANSWER)
    rendered = template.tried([*turns, question, answer, Turn("user", NEXT)])
    if rendered is None:
        return "?" if turns else ""
    head, lead = before(rendered, QUESTION), before(after(rendered, ANSWER), NEXT)
    while lead and not head.endswith(lead):
        lead = lead[1:]
    words = MARK.sub(" ", head.removesuffix(lead)).split()
    while words and words[0].lower().strip("#:") in ("", "system", "developer"):
        words.pop(0)
    return " ".join(words) if len(words) >= SHORTEST else ""
