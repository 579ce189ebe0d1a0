"""The model organisms that ship with the package."""

from pathlib import Path

from arenas.errors import UserError, nearest

STAGES = ("base", "sft", "dpo")


def organism_path(stage: str) -> Path:
    """The folder of a stage's weights; `UserError` with the nearest name if there is no such stage."""
    if stage not in STAGES:
        raise UserError(f"unknown organism {stage!r}: {nearest(stage, STAGES)}")
    return Path(__file__).parent / stage
