"""Three small language models made here: the same model pretrained, instruction-tuned and preference-tuned."""

from pathlib import Path

from arenas.errors import UserError, nearest

STAGES = ("base", "sft", "dpo")
"""The stages in the order of training."""


def organism_path(stage: str) -> Path:
    """The folder with the weights of a stage that ships with the package. Raises `UserError` for an unknown stage."""
    if stage not in STAGES:
        raise UserError(f"unknown organism {stage!r}: {nearest(stage, STAGES)}")
    folder = Path(__file__).parent / stage
    if not (folder / "model.safetensors").is_file():
        raise UserError(f"organism {stage}: no weights in {folder}; make them with python -m agents.organisms.train")
    return folder
