"""Prompt styles: the wording of everything a model reads, kept as data."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from agents.examples import Document, Examples, documents_shown, orders_of, rounds_shown
from agents.model import Forms, Opening
from agents.number_words import number_word
from agents.prompt_fields import common_fields, pay_of, task_fields, topic_of
from arenas.errors import UserError, nearest
from arenas.game import GAMES, Game
from arenas.solo_choice import SoloChoice
from arenas.wording import check_template, fields_of, listed
from arenas.writing import Writing

COMMON_FIELDS = {"rounds", "actions", "range", "seat"}
OPENING_FIELDS = COMMON_FIELDS | {"rules"}
ROUND_FIELDS = COMMON_FIELDS | {"mine", "theirs", "pay", "round", "next"}
EXAMPLE_FIELDS = OPENING_FIELDS | {"mine", "theirs", "pay", "round"}
NUMBER_FIELDS = {"word", "Word"}
"""A whole number from 0 to 100 in words; a form that holds one is left out where an action is no such number."""
FORM_FIELDS = {"action", "Action", "ACTION"} | NUMBER_FIELDS
"""An action as it is, with a capital, in capitals."""
THING_FIELDS = {"thing", "things", "Thing", "Things", "asked", "Asked"}
"""What the answers of a solo game are called, one and many, in lower case or with a capital; `asked` is one or many as the game
asks for one or many.
"""
WRITING_FIELDS = {"topic", "form", "Topic", "Form"}
PARTS = {"repeated": set[str](), "solo": THING_FIELDS, "writing": WRITING_FIELDS}
"""The parts of a style, each with the fields that it alone may speak of."""
DOCUMENT_KEYS = ("topic", "form", "text")
MOST_EXAMPLES = 100
"""The most examples that a style may ask for."""


@dataclass(frozen=True)
class Wording:
    """The templates for one kind of game. The opening of a text says with {examples} where they stand."""

    opening: str
    round: str = ""
    end: str | None = None
    stop: str | None = None
    examples: Examples | None = None

    def with_examples(self, wanted: bool | int) -> "Wording":
        """The same with examples where it has some, or without, or with at least so many."""
        if self.examples is None:
            return self
        number = (self.examples.number or 1) if wanted is True else int(wanted)
        return replace(self, examples=replace(self.examples, number=number))


@dataclass(frozen=True)
class Style:
    """How games are told to a model: as a text to continue (`text`) or as turns of a chat (`chat`).

    `answer` is how an action is written in the history, `forms` are the other ways in which it counts. `prefill` begins every
    answer of a chat and `system` is its system turn (empty: none; None: whatever the template does).

    `rules` replaces a game's own rules, by the game's registered name; it may hold the fields {rounds}, {actions} and {seat}. A
    solo game that is given a wording of its own keeps that: it is what is compared.
    """

    name: str
    kind: Literal["text", "chat"]
    answer: str
    repeated: Wording
    solo: Wording
    writing: Wording
    rules: Mapping[str, str]
    forms: tuple[str, ...] = ()
    prefill: str = ""
    system: str | None = None

    def with_examples(self, wanted: bool | int) -> "Style":
        """The same with examples or without, or with at least so many. Raises `UserError` if it has none to show."""
        parts = {part: getattr(self, part) for part in PARTS}
        if wanted and not any(wording.examples for wording in parts.values()):
            raise UserError(f"examples: style {self.name} says of no game how examples are told")
        return replace(self, **{part: wording.with_examples(wanted) for part, wording in parts.items()})

    def wording(self, game: Game) -> Wording:
        """The templates that this game is told with."""
        if game.free_text:
            return self.writing
        return self.solo if len(game.seats) == 1 else self.repeated

    def opening(self, game: Game, seat: int, order: int = 0) -> Opening:
        """What a model in `seat` reads before its first move; `order` chooses among the orders of the examples."""
        fields = self._fields(game, seat)
        wording, shown = self.wording(game), self._shown(game, seat, order)
        examples = wording.examples if shown else None
        if self.kind == "text":
            told = examples.all.format(each=examples.joined([said for said, _ in shown], game), **fields) if examples else ""
            return Opening(wording.opening.format(examples=told, **fields))
        system = None if self.system is None else self.system.format(**fields)
        opening = wording.opening if examples is None or examples.opening is None else examples.opening
        return Opening(opening.format(**fields), system, tuple(shown))

    def orders(self, game: Game, seat: int) -> int:
        """The number of orders in which examples may be shown: 1 where there are none."""
        examples = self.wording(game).examples
        if examples is None or not examples.number:
            return 1
        if game.free_text:
            return max(len(documents_shown(replace(examples, number=len(examples.documents)), topic_of(game), 0)), 1)
        return orders_of(game, seat, "theirs" in fields_of(examples.one))

    def _shown(self, game: Game, seat: int, order: int) -> list[tuple[str, str]]:
        """The examples: what is said, and the answer in a chat; in a text, the whole piece."""
        examples = self.wording(game).examples
        if examples is None or not examples.number:
            return []
        fields = self._fields(game, seat)
        if game.free_text:
            documents = documents_shown(examples, topic_of(game), order)
            tasks = [(fields | task_fields(document.topic, document.form), document.text.strip("\n")) for document in documents]
            if self.kind == "text":
                return [(examples.one.format(text=text, **known), "") for known, text in tasks]
            return [(examples.one.format(**known), text) for known, text in tasks]
        told = []
        for i, (mine, theirs) in enumerate(rounds_shown(game, seat, order, examples.number)):
            begins = i % examples.size(game) == 0 if self.kind == "text" else i == 0
            template = examples.first if begins and examples.first is not None else examples.one
            own = {"mine": mine, "theirs": theirs, "pay": f"{pay_of(game, seat, mine, theirs):g}"}
            said = template.format(round=i % (examples.size(game) if self.kind == "text" else game.rounds) + 1, **own, **fields)
            told.append((said, "" if self.kind == "text" else self.written(mine)))
        return told

    def _fields(self, game: Game, seat: int) -> dict[str, Any]:
        """What an opening may speak of."""
        worded = isinstance(game, SoloChoice) and game.wording != ""
        own = None if worded else self.rules.get(game.config()["game"])
        task = task_fields(game.topic, game.form) if isinstance(game, Writing) else {}
        common = {**common_fields(game, seat), **task}
        return {"rules": game.rules(seat) if own is None else own.format(**common), **common}

    def after_round(self, game: Game, seat: int, t: int, mine: str, theirs: str, pay: float) -> str:
        """What it reads after round t (from 0), up to the point where it moves again."""
        return self.wording(game).round.format(
            mine=mine, theirs=theirs, pay=f"{pay:g}", round=t + 1, next=t + 2, **common_fields(game, seat)
        )

    def written(self, action: str) -> str:
        """An action as it stands in the history."""
        return self.answer.format(action=action)

    def menu(self, game: Game, seat: int) -> tuple[Forms, ...]:
        """The forms of each action, the history's first. Raises `UserError` if two actions share one."""
        menu = tuple(self._forms_of(word) for word in game.actions[seat])
        owner: dict[str, str] = {}
        for word, forms in zip(game.actions[seat], menu, strict=True):
            for form in forms:
                if owner.setdefault(form, word) != word:
                    raise UserError(f"style {self.name}: {form!r} is a form of both {owner[form]!r} and {word!r}")
        return menu

    def _forms_of(self, word: str) -> Forms:
        spelled = {"action": word, "Action": word.capitalize(), "ACTION": word.upper()}
        number = number_word(word)
        if number is not None:
            spelled |= {"word": number, "Word": number.capitalize()}
        fitting = (form for form in (self.answer, *self.forms) if fields_of(form) <= spelled.keys())
        return tuple(dict.fromkeys(form.format(**spelled) for form in fitting))

    def end(self, game: Game) -> str | None:
        """What ends an answer of a text; None for a chat, whose answers end where the model stops."""
        return self.wording(game).end if self.kind == "text" else None


def packaged_styles() -> list[str]:
    """Names of the styles that come with the package."""
    folder = resources.files("agents") / "prompts"
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


def load_style(name: str) -> Style:
    """A packaged style by name, or one from a YAML file by path. Raises `UserError` that names the bad key."""
    if name.endswith((".yaml", ".yml")):
        return parse_style(name, _text_of(name))
    if name not in packaged_styles():
        raise UserError(f"unknown style {name!r}: {nearest(name, packaged_styles())} (or the path of a .yaml file)")
    return parse_style(name, (resources.files("agents") / "prompts" / f"{name}.yaml").read_text(encoding="utf-8"))


def _text_of(name: str) -> str:
    try:
        return Path(name).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UserError(f"style {name}: no such file") from error
    except UnicodeDecodeError as error:
        raise UserError(f"style {name}: not a text file in UTF-8") from error
    except OSError as error:
        raise UserError(f"style {name}: cannot be read ({error.strerror})") from error


def parse_style(name: str, text: str) -> Style:
    """A style from its YAML text."""
    try:
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise UserError(f"style {name}: not readable as YAML: {' '.join(str(error).split())}") from error
    optional = {"rules", "forms", "prefill", "system"}
    known = {"kind", "answer", *PARTS, *optional}
    _check_keys(name, data, required=known - optional, known=known)
    if data["kind"] not in ("text", "chat"):
        raise UserError(f"style {name}: kind must be 'text' or 'chat', got {data['kind']!r}")
    check_template(f"style {name}: answer", data["answer"], {"action"})
    if "{action}" not in data["answer"]:
        raise UserError(f"style {name}: answer must contain {{action}}, got {data['answer']!r}")
    chat = data["kind"] == "chat"
    return Style(
        name=name,
        kind=data["kind"],
        answer=data["answer"],
        rules=_rules(name, data.get("rules") or {}),
        forms=_forms(name, data.get("forms") or []),
        prefill=_prefill(name, data.get("prefill") or "", chat),
        system=_system(name, data.get("system"), chat),
        **{part: _wording(f"{name}: {part}", part, data[part], chat) for part in PARTS},
    )


def _rules(name: str, rules: Any) -> dict[str, str]:
    if not isinstance(rules, dict):
        raise UserError(f"style {name}: rules must map names of games to texts")
    for game, text in rules.items():
        if game not in GAMES.names():
            raise UserError(f"style {name}: rules: unknown game {game!r}: {nearest(str(game), GAMES.names())}")
        check_template(f"style {name}: rules.{game}", text, COMMON_FIELDS | (WRITING_FIELDS if game == "writing" else set()))
    return rules


def _forms(name: str, forms: Any) -> tuple[str, ...]:
    if not isinstance(forms, list):
        raise UserError(f"style {name}: forms must be a list of texts, got {forms!r}")
    for form in forms:
        check_template(f"style {name}: forms", form, FORM_FIELDS)
    return tuple(forms)


def _prefill(name: str, prefill: Any, chat: bool) -> str:
    if not isinstance(prefill, str) or (prefill and not chat):
        raise UserError(f"style {name}: prefill must be a text, in a style of kind chat, got {prefill!r}")
    return prefill


def _system(name: str, system: Any, chat: bool) -> str | None:
    if system is None:
        return None
    if not chat:
        raise UserError(f"style {name}: system is a turn of a chat, and this style is of kind text")
    check_template(f"style {name}: system", system, OPENING_FIELDS)
    return str(system)


def _wording(where: str, part: str, data: Any, chat: bool) -> Wording:
    _check_keys(where, data, required={"opening"}, known={"opening", "round", "end", "stop", "examples"})
    own = PARTS[part]
    check_template(f"style {where}.opening", data["opening"], OPENING_FIELDS | own | (set() if chat else {"examples"}))
    check_template(f"style {where}.round", data.get("round", ""), ROUND_FIELDS | own)
    for key in ("end", "stop"):
        if not isinstance(data.get(key), str | None):
            raise UserError(f"style {where}.{key} must be a text or null, got {data[key]!r}")
    if not chat and part != "writing" and not data.get("end"):
        raise UserError(f"style {where}.end: a text must say what ends an answer, such as a line feed")
    examples = data.get("examples")
    if examples is None:
        return Wording(**data)
    if not chat and "examples" not in fields_of(data["opening"]):
        raise UserError(f"style {where}.examples: the opening must say with {{examples}} where they stand")
    return Wording(**{**data, "examples": _examples(f"{where}.examples", part, examples, chat)})


def _examples(where: str, part: str, data: Any, chat: bool) -> Examples:
    writing = part == "writing"
    documents = {"documents"} if writing else set[str]()
    known = {"one", "first", "number"} | ({"opening"} if chat else {"all", "together", "between"}) | documents
    _check_keys(where, data, required={"one"} | documents, known=known)
    fields = (OPENING_FIELDS if writing else EXAMPLE_FIELDS) | PARTS[part] | ({"text"} if writing and not chat else set())
    check_template(f"style {where}.one", data["one"], fields)
    for key in ("first", "opening"):
        if data.get(key) is not None:
            check_template(f"style {where}.{key}", data[key], fields if key == "first" else OPENING_FIELDS | PARTS[part])
    check_template(f"style {where}.all", data.get("all", ""), OPENING_FIELDS | PARTS[part] | {"each"})
    number = data.get("number", 1)
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= MOST_EXAMPLES:
        raise UserError(f"style {where}.number must be a whole number from 0 to {MOST_EXAMPLES}, got {number!r}")
    texts = data.get("documents") or []
    if not isinstance(texts, list):
        raise UserError(f"style {where}.documents must be a list, got {texts!r}")
    for document in texts:
        _check_keys(f"{where}.documents", document, required=set(DOCUMENT_KEYS), known=set(DOCUMENT_KEYS))
        for key in DOCUMENT_KEYS:
            if not isinstance(document[key], str):
                raise UserError(f"style {where}.documents.{key} must be a text, got {document[key]!r}")
    return Examples(**{**data, "documents": tuple(Document(**document) for document in texts)})


def _check_keys(where: str, data: Any, required: set[str], known: set[str]) -> None:
    if not isinstance(data, dict):
        raise UserError(f"style {where}: must be a mapping with the keys {listed(sorted(required), 'and')}")
    for key in data:
        if key not in known:
            raise UserError(f"style {where}: unknown key {key!r}: {nearest(str(key), known)}")
    for key in sorted(required - set(data)):
        raise UserError(f"style {where}: the key {key!r} is missing")
