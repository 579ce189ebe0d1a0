"""Checks of what a configuration may ask for."""

from arenas.errors import UserError


def within(name: str, value: float, low: float, high: float) -> None:
    """Raise `UserError` unless low <= value <= high."""
    if not low <= value <= high:
        raise UserError(f"{name} must be from {low} to {high}, got {value}")
