"""Prompt styles: the wording of everything a model reads, kept as data."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import yaml

from agents.model import Forms, Opening
from arenas.errors import UserError, nearest
from arenas.game import GAMES, Game
from arenas.solo_choice import SoloChoice
from arenas.wording import check_template, listed

COMMON_FIELDS = {"rounds", "actions", "seat"}
OPENING_FIELDS = COMMON_FIELDS | {"rules"}
ROUND_FIELDS = COMMON_FIELDS | {"mine", "theirs", "pay", "round", "next"}
FORM_FIELDS = {"action", "Action", "ACTION"}
"""An action as it is, with a capital, in capitals."""
THING_FIELDS = {"thing", "things", "Thing", "Things"}
"""What the answers of a solo game are called, one and many, in lower case or with a capital."""
LONGEST_LIST = 12
"""Actions a prompt lists one by one; longer lists are shortened to their first and last."""


@dataclass(frozen=True)
class Wording:
    """The templates for one kind of game."""

    opening: str
    round: str = ""
    end: str | None = None
    stop: str | None = None


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

    def wording(self, game: Game) -> Wording:
        """The templates that this game is told with."""
        if game.free_text:
            return self.writing
        return self.solo if len(game.seats) == 1 else self.repeated

    def opening(self, game: Game, seat: int, order: int = 0) -> Opening:
        """What a model in `seat` reads before its first move; `order` chooses among the orders of the examples."""
        worded = isinstance(game, SoloChoice) and game.wording != ""
        own = None if worded else self.rules.get(game.config()["game"])
        rules = game.rules(seat) if own is None else own.format(**_common(game, seat))
        fields = {"rules": rules, **_common(game, seat)}
        system = None if self.system is None else self.system.format(**fields)
        return Opening(self.wording(game).opening.format(**fields), system)

    def orders(self, game: Game, seat: int) -> int:
        """The number of orders in which examples may be shown."""
        return 1

    def after_round(self, game: Game, seat: int, t: int, mine: str, theirs: str, pay: float) -> str:
        """What it reads after round t (from 0), up to the point where it moves again."""
        return self.wording(game).round.format(
            mine=mine, theirs=theirs, pay=f"{pay:g}", round=t + 1, next=t + 2, **_common(game, seat)
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
        return tuple(dict.fromkeys(form.format(**spelled) for form in (self.answer, *self.forms)))

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
    known = {"kind", "answer", "repeated", "solo", "writing", *optional}
    _check_keys(name, data, required=known - optional, known=known)
    if data["kind"] not in ("text", "chat"):
        raise UserError(f"style {name}: kind must be 'text' or 'chat', got {data['kind']!r}")
    check_template(f"style {name}: answer", data["answer"], {"action"})
    if "{action}" not in data["answer"]:
        raise UserError(f"style {name}: answer must contain {{action}}, got {data['answer']!r}")
    forms = data.get("forms") or []
    if not isinstance(forms, list):
        raise UserError(f"style {name}: forms must be a list of texts, got {forms!r}")
    for form in forms:
        check_template(f"style {name}: forms", form, FORM_FIELDS)
    prefill = data.get("prefill") or ""
    if not isinstance(prefill, str) or (prefill and data["kind"] == "text"):
        raise UserError(f"style {name}: prefill must be a text, in a style of kind chat, got {prefill!r}")
    system = data.get("system")
    if system is not None:
        if data["kind"] == "text":
            raise UserError(f"style {name}: system is a turn of a chat, and this style is of kind text")
        check_template(f"style {name}: system", system, OPENING_FIELDS)
    rules = data.get("rules") or {}
    if not isinstance(rules, dict):
        raise UserError(f"style {name}: rules must map names of games to texts")
    for game, text in rules.items():
        if game not in GAMES.names():
            raise UserError(f"style {name}: rules: unknown game {game!r}: {nearest(str(game), GAMES.names())}")
        check_template(f"style {name}: rules.{game}", text, COMMON_FIELDS)
    parts = {"repeated": set[str](), "solo": THING_FIELDS, "writing": set[str]()}
    wordings = {part: _wording(f"{name}: {part}", data[part], things) for part, things in parts.items()}
    if data["kind"] == "text":
        for part in ("repeated", "solo"):
            if not wordings[part].end:
                raise UserError(f"style {name}: {part}.end: a text must say what ends an answer, such as a line feed")
    return Style(
        name=name,
        kind=data["kind"],
        answer=data["answer"],
        rules=rules,
        forms=tuple(forms),
        prefill=prefill,
        system=system,
        **wordings,
    )


def _wording(where: str, data: Any, things: set[str]) -> Wording:
    _check_keys(where, data, required={"opening"}, known={"opening", "round", "end", "stop"})
    check_template(f"style {where}.opening", data["opening"], OPENING_FIELDS | things)
    check_template(f"style {where}.round", data.get("round", ""), ROUND_FIELDS | things)
    for key in ("end", "stop"):
        if not isinstance(data.get(key), str | None):
            raise UserError(f"style {where}.{key} must be a text or null, got {data[key]!r}")
    return Wording(**data)


def _check_keys(where: str, data: Any, required: set[str], known: set[str]) -> None:
    if not isinstance(data, dict):
        raise UserError(f"style {where}: must be a mapping with the keys {listed(sorted(required), 'and')}")
    for key in data:
        if key not in known:
            raise UserError(f"style {where}: unknown key {key!r}: {nearest(str(key), known)}")
    for key in sorted(required - set(data)):
        raise UserError(f"style {where}: the key {key!r} is missing")


def _common(game: Game, seat: int) -> dict[str, Any]:
    words = game.actions[seat]
    shown = listed(words) if len(words) <= LONGEST_LIST else f"{words[0]} to {words[-1]}"
    one, many = game.things if isinstance(game, SoloChoice) else ("choice", "choices")
    called = {"thing": one, "things": many, "Thing": one.capitalize(), "Things": many.capitalize()}
    return {"rounds": game.rounds, "actions": shown, "seat": game.seats[seat], **called}
