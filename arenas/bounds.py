"""Checks of what a configuration may ask for."""

from collections.abc import Sequence

from arenas.errors import UserError, nearest
from arenas.wording import listed


def within(name: str, value: float, low: float, high: float) -> None:
    """Raise `UserError` unless low <= value <= high."""
    if not low <= value <= high:
        raise UserError(f"{name} must be from {low} to {high}, got {value}")


def one_of(name: str, value: str, known: Sequence[str]) -> None:
    """Raise `UserError` unless value is one of the known words."""
    if value not in known:
        raise UserError(f"{name} must be {listed(known)}, got {value!r}: {nearest(str(value), known)}")
