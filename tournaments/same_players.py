"""Whether the models that go on with a run are those that began it, and if not, what has changed."""

import re
from collections.abc import Iterable, Iterator, Mapping

from arenas.errors import UserError

LINE = re.compile(r"(?P<name>.*): weights and tokenizer \S+, wording (?P<wording>\S+)(?: \((?P<parts>.*)\))?")
CHANGES = {
    "weights": "other weights",
    "config": "another configuration",
    "tokenizer": "another tokenizer",
    "template": "another chat template",
    "ends": "other stop tokens",
    "dtype": "another number type",
    "adapter": "another adapter",
    "wording": "another wording or way of asking",
}
"""What is said of each part that differs."""
SHOWN = ("ends", "dtype")
"""Parts that say something by themselves."""


def check_same(path: object, notes: Iterable[str], identities: Mapping[str, str]) -> None:
    """Raise `UserError` that says what has changed if an agent's line of identity is not the one that a run has noted."""
    known = {match["name"]: match for note in notes if (match := LINE.fullmatch(note))}
    for name, line in identities.items():
        before, now = known.get(name), LINE.fullmatch(line)
        if before is None or now is None or before[0] == now[0]:
            continue
        changes = "; ".join(_changes(_parts(before), _parts(now))) or "weights, tokenizer or prompt style"
        raise UserError(f"{path}: {name} has changed since the run began ({changes}); start a new run")


def without_parts(note: str) -> str:
    """A note as it is printed: a line of identity without its parts, which only a program compares."""
    match = LINE.fullmatch(note)
    return note[: match.start("parts") - 2] if match and match["parts"] else note


def _parts(match: re.Match[str]) -> dict[str, str]:
    """The parts of a line by their names."""
    pairs = [pair.partition("=") for pair in (match["parts"] or "").split()]
    return {key: value for key, _, value in pairs} | {"wording": match["wording"]}


def _changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    for part, words in CHANGES.items():
        here, there = before.get(part), now.get(part)
        if here is not None and there is not None and here != there:
            yield f"{words}: {here} -> {there}" if part in SHOWN else words
