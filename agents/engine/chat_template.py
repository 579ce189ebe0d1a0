"""A tokenizer's chat template: what it reads, and how turns look in it."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from agents.engine.template_dates import FIXED, parts_of
from arenas.errors import UserError, nearest

SWITCHES = ("enable_thinking", "thinking")
"""Variables by which templates turn a model's thinking on or off."""
BUDGET = "thinking_budget"
"""A variable by which some bound it: nothing to turn it off."""
GIVEN = frozenset(
    [
        *("messages", "add_generation_prompt", "strftime_now", "raise_exception", "namespace", "dict", "range", "loop"),
        *("bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token", "mask_token"),
    ]
)
"""Variables of a template that are no arguments of it."""
LOST = frozenset(
    ("conversation", "chat_template", "tokenize", "padding", "truncation", "max_length", "return_tensors", "return_dict")
)
"""Names that the tokenizer would take for its own."""
TEXT = "use a style of kind text"
"""What to do about a template in which no chat can be held."""
MENDS: tuple[tuple[str, Any], ...] = (("tools", []), ("documents", []))
"""Arguments that templates stumble over when they are left out."""


class TemplateFailed(UserError):  # noqa: N818
    """A template that raised, with the arguments `wanted` by which it would not."""

    def __init__(self, name: str, words: str, wanted: Mapping[str, Any]) -> None:
        self.wanted = wanted
        self.said = f"the chat template of {name} fails ({words})"
        given = ", ".join(f"{key}: {value!r}" for key, value in wanted.items())
        super().__init__(f"{self.said}: " + (f"give it template: {{{given}}}" if wanted else TEXT))


class Turn(NamedTuple):
    """One turn of a chat; `thoughts` are what the assistant thought before it spoke."""

    role: str
    text: str
    thoughts: str | None = None


class ChatTemplate:
    """Renders turns with fixed arguments on a fixed date. Whatever goes wrong in a template is a `UserError` of one line."""

    def __init__(
        self, tokenizer: Any, name: str, arguments: Mapping[str, Any], date: dt.date | None = None, thinks: bool = False
    ) -> None:
        self.name, self._tokenizer = name, tokenizer
        self.end: str | None = getattr(tokenizer, "eos_token", None)
        """The text of the token that ends a text."""
        self._date = date or dt.date.today()
        self.source = self._read_source(arguments)
        self.reads = _variables(self.source, self.name)
        self._check(arguments)
        self.parts = False
        """Whether a turn is given as a list of parts, as templates of models that see images want it."""
        switches: dict[str, Any] = {name: thinks for name in SWITCHES if name in self.reads}
        if BUDGET in self.reads and not thinks:
            switches[BUDGET] = 0
        self._arguments = {**self._tokens_it_asks_for(), **switches, **arguments}

    @property
    def dated(self) -> bool:
        """Whether what is rendered depends on the date."""
        days = (dt.date(2001, 2, 3), dt.date(2022, 11, 24))
        try:
            one, other = (self._on(day, [Turn("user", "?")], True) for day in days)
        except Exception:  # what a template refuses is said when it is asked
            return False
        return one != other

    def render(self, turns: Sequence[Turn], answering: bool = True) -> str:
        """The turns as text, up to where the model answers if `answering`. Raises `UserError`."""
        try:
            return self._on(self._date, turns, answering)
        except Exception as error:
            words = " ".join(str(error).split()) or type(error).__name__
            raise TemplateFailed(self.name, words, self._wanted(turns, answering)) from error

    def tried(self, turns: Sequence[Turn], answering: bool = True) -> str | None:
        """The same, or None where the template fails."""
        try:
            return self._on(self._date, turns, answering)
        except Exception:
            return None

    def _on(self, date: dt.date, turns: Sequence[Turn], answering: bool, more: Mapping[str, Any] | None = None) -> str:
        arguments = {**self._arguments, **(more or {})}
        source = self.source
        if "strftime_now" in self.reads and "strftime_now" not in arguments:
            source, arguments["fixed_date"] = FIXED + source, parts_of(date)
        if "date_string" in self.reads and not re.search(r"\bset date_string\b", source):
            arguments.setdefault("date_string", date.strftime("%d %b %Y"))
        rendered: str = self._tokenizer.apply_chat_template(
            [self._message(turn) for turn in turns],
            chat_template=source,
            tokenize=False,
            add_generation_prompt=answering,
            **arguments,
        )
        return rendered

    def _message(self, turn: Turn) -> dict[str, Any]:
        content = [{"type": "text", "text": turn.text}] if self.parts else turn.text
        thoughts = {"reasoning_content": turn.thoughts, "reasoning": turn.thoughts} if turn.thoughts is not None else {}
        return {"role": turn.role, "content": content, **thoughts}

    def _read_source(self, arguments: Mapping[str, Any]) -> str:
        try:
            source: str = self._tokenizer.get_chat_template(tools=arguments.get("tools"))
        except (ValueError, AttributeError) as error:
            words = " ".join(str(error).split(". ")[0].split())
            raise UserError(f"{self.name} has no chat template to use ({words}): {TEXT}") from error
        return source

    def _check(self, arguments: Mapping[str, Any]) -> None:
        """Raise `UserError` for an argument that the template never reads."""
        known = sorted(self.reads - GIVEN)
        for key in arguments:
            if key in GIVEN or key in LOST or key not in self.reads:
                hint = nearest(key, known) if known else "it reads none"
                raise UserError(f"template: the chat template of {self.name} has no argument {key!r}: {hint}")

    def _tokens_it_asks_for(self) -> dict[str, Any]:
        """The special tokens beyond the named ones, for the templates that pick theirs from that list."""
        wanted = "additional_special_tokens"
        extra = getattr(self._tokenizer, "extra_special_tokens", None) or []
        return {wanted: list(extra)} if wanted in self.reads and extra else {}

    def _wanted(self, turns: Sequence[Turn], answering: bool) -> dict[str, Any]:
        """The arguments with which a template that fails would not; empty where none are found."""
        wanted: dict[str, Any] = {}
        for _ in range(4):
            try:
                self._on(self._date, turns, answering, wanted)
            except Exception as error:
                free = self.reads - wanted.keys()
                missing = re.search(r"'(\w+)' is undefined", str(error))
                candidates = ([(missing[1], "")] if missing and missing[1] in free else []) + [
                    (key, value) for key, value in MENDS if key in free
                ]
                if not candidates:
                    break
                wanted.update(candidates[:1])
            else:
                return wanted
        return {}


def _variables(source: str, name: str) -> frozenset[str]:
    """The variables that a template reads from outside."""
    import jinja2
    from jinja2 import meta
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"])
    plain = re.sub(r"\{%[-+]?\s*(end)?generation\s*[-+]?%\}", "", source)  # marks of training, which only the tokenizer knows
    try:
        return frozenset(meta.find_undeclared_variables(environment.parse(plain)))
    except jinja2.TemplateSyntaxError as error:
        raise UserError(f"the chat template of {name} cannot be read ({error}): {TEXT}") from error
