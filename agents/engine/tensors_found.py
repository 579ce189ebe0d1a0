"""Whether the tensors of a checkpoint are those of the model: none missing, none dropped without a word."""

import re
from collections.abc import Collection, Mapping
from typing import Any

from arenas.errors import UserError

OTHER_SENSES = re.compile(
    r"(^|\.)(vision|visual|image|video|audio|speech|vit|multi_modal|mm_|embed_vision|embed_audio|vqmodel|connector)"
)
"""Tensors of the parts of a multimodal model that see or hear."""
BUFFERS = re.compile(r"(^|\.)rotary_emb\.inv_freq$")
"""Tables that old checkpoints hold and that follow from the configuration."""


def check_tensors(model: str, found: Mapping[str, Collection[Any]]) -> tuple[str, ...]:
    """Notes on what a checkpoint holds beside the model. Raises `UserError` if the two do not fit.

    `found` is what transformers says of loading it: the keys that are missing, unexpected, or of other shapes.
    """
    if missing := sorted(found.get("missing_keys", ())):
        raise UserError(f"model {model}: its weights lack {_tensors(missing)}, {missing[0]} first")
    if other := sorted(str(key[0] if isinstance(key, tuple) else key) for key in found.get("mismatched_keys", ())):
        raise UserError(f"model {model}: {_tensors(other)} of other shapes than its config.json says, {other[0]} first")
    surplus = sorted(key for key in found.get("unexpected_keys", ()) if not BUFFERS.search(key))
    senses = [key for key in surplus if OTHER_SENSES.search(key)]
    if strange := [key for key in surplus if key not in senses]:
        raise UserError(
            f"model {model}: its files hold {_tensors(strange)} that a model of its config.json has not and would not use, "
            f"{strange[0]} first; is it the config.json of these weights?"
        )
    return (f"{_tensors(senses)} for images or sound not used",) if senses else ()


def _tensors(names: Collection[str]) -> str:
    return f"{len(names)} tensor{'s' if len(names) != 1 else ''}"
