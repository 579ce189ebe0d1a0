"""Whether what two runs say can be set side by side: played by the same rules, asked in the same words."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from arenas.errors import UserError
from arenas.run_file import ENDED, PREFIX
from arenas.store import RunStore

IDENTITY = re.compile(r"(.*): weights and tokenizer (\S+), wording (\S+)(?: \(.*\))?")
STYLE = re.compile(r"(.*): prompt style ([^;]+)")
MEANINGS = {PREFIX: "whatever begins with its words (tells 0.1)", ENDED: "its words and then an end"}
PLACES = {"device", "device_map", "tp_plan"}
OWN_STYLES = {"auto", "plain", "chat"}
"""One wording, as a base model reads it and as a chat model does: a base may be in one run and its chat stage in another."""


def identity(store: RunStore, name: str) -> str:
    """What is equal for the same player: its configuration but for where it is computed and, of a model, its weights."""
    found = (IDENTITY.fullmatch(note) for note in store.notes())
    weights = [match[2] for match in found if match and match[1] == name]
    spec = {key: value for key, value in store.config["agents"][name].items() if key not in PLACES}
    return json.dumps([spec, weights], sort_keys=True)


def check_comparable(first: RunStore, other: RunStore) -> None:
    """Raise `UserError` unless the definition of an answer, rules, prompts and opponents are the same."""
    for difference in _differences(first, other):
        raise UserError(f"{first.path} and {other.path} cannot be compared: {difference}")


def _differences(first: RunStore, other: RunStore) -> Iterator[str]:
    """What two runs differ in, one line each; `repeats`, seeds and agents may differ."""
    if first.answers != other.answers:
        meanings = [MEANINGS.get(store.answers, store.answers) for store in (first, other)]
        yield f"an answer's probability is of {meanings[0]} in the first and of {meanings[1]} in the second"
    for part, ignored in (("arenas", ("repeats",)), ("opponents", ())):
        here, there = first.config.get(part, {}), other.config.get(part, {})
        kind = part.removesuffix("s")
        for name in [*here, *(name for name in there if name not in here)]:
            if name not in there or name not in here:
                yield f"only {'the first' if name in here else 'the second'} has the {kind} {name}"
                continue
            yield from _different_keys(f"{kind} {name}", here[name], there[name], ignored)
    here, there = _wordings(first), _wordings(other)
    for style in sorted(here.keys() & there.keys()):
        if here[style] != there[style]:
            yield f"the prompts of style {style} were worded differently"
    asked = [{spec["style"] for spec in _models(store)} for store in (first, other)]
    if all(asked) and asked[0] - OWN_STYLES != asked[1] - OWN_STYLES:
        styles = [", ".join(sorted(styles)) for styles in asked]
        yield f"their models were asked in other prompt styles: {styles[0]} in the first, {styles[1]} in the second"


def _different_keys(where: str, here: Mapping[str, Any], there: Mapping[str, Any], ignored: Iterable[str]) -> Iterator[str]:
    for key in sorted({*here, *there} - set(ignored)):
        if here.get(key) != there.get(key):
            yield f"{where} has {key} {_short(here.get(key))} in the first and {_short(there.get(key))} in the second"


def _models(store: RunStore) -> list[dict[str, Any]]:
    """The language models among the agents."""
    return [spec for spec in store.config["agents"].values() if "model" in spec and "style" in spec]


def _wordings(store: RunStore) -> dict[str, set[str]]:
    """A mark of the wording of each prompt style that was used."""
    styles, found = dict[str, str](), dict[str, set[str]]()
    for note in store.notes():
        if match := STYLE.match(note):
            styles[match[1]] = match[2].strip()
    for note in store.notes():
        if (match := IDENTITY.fullmatch(note)) and match[1] in styles:
            found.setdefault(styles[match[1]], set()).add(match[3])
    return found


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:57]}..."
