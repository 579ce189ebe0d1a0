"""Small phrases that several games' rules share, and templates that a user may write."""

import string
from collections.abc import Collection, Sequence

from arenas.errors import UserError, nearest


def rounds_in_words(rounds: int) -> str:
    """`1 round`, `30 rounds`."""
    return "1 round" if rounds == 1 else f"{rounds} rounds"


def listed(words: Sequence[str], last: str = "or") -> str:
    """`a`, `a or b`, `a, b or c`."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def fields_of(template: str) -> set[str]:
    """The names of a template's fields."""
    return {part[1] for part in string.Formatter().parse(template) if part[1] is not None}


def check_template(where: str, template: object, known: Collection[str]) -> None:
    """Raise `UserError` unless template is a text whose {fields} are known and stand alone, for `str.format` to fill."""
    if not isinstance(template, str):
        raise UserError(f"{where} must be a text, got {template!r}")
    try:
        used = [part[1:] for part in string.Formatter().parse(template) if part[1] is not None]
    except ValueError as error:
        raise UserError(f"{where}: {error}") from error
    for field, form, conversion in used:
        if field not in known:
            raise UserError(f"{where}: unknown field {{{field}}}: {nearest(str(field), known)}")
        if form or conversion:
            raise UserError(f"{where}: field {{{field}}} must stand alone, without a format")
