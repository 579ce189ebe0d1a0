"""How a model was found to be read, kept in the user's cache, so that it is not tried at every start."""

import hashlib
import json
import os
import platform
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import torch
import transformers

from agents.cache import cache_folder

KEPT = "readers"


@dataclass(frozen=True)
class Verdict:
    """The name of a reader, whether logits must be written whole, and what is to be said of both."""

    reader: str
    whole: bool
    notes: tuple[str, ...]


def key_of(model: Any, known_by: str) -> str:
    """Of what a verdict rests on: the weights, their type and place, the attention, and all programs, this one's too."""
    devices = sorted({str(tensor.device) for tensor in model.parameters()})
    processors = [torch.cuda.get_device_name(name) for name in devices if name.startswith("cuda")] or [platform.machine()]
    rests_on = [
        known_by,
        type(model).__name__,
        str(model.dtype),
        devices,
        processors,
        getattr(model, "tp_size", None),
        str(getattr(model, "hf_device_map", None)),
        model.config._attn_implementation,
        torch.get_float32_matmul_precision(),
        torch.__version__,
        transformers.__version__,
        _own_code(),
    ]
    return hashlib.sha256(json.dumps(rests_on).encode()).hexdigest()[:32]


def recall(key: str) -> Verdict | None:
    """What was kept under a key; None if nothing was, or it cannot be read."""
    try:
        page = json.loads(_file(key).read_text(encoding="utf-8"))
        reader, whole, notes = page["reader"], page["whole"], page["notes"]
    except (OSError, ValueError, KeyError, TypeError, RuntimeError):  # the last where there is no home
        return None
    right = isinstance(reader, str) and isinstance(whole, bool) and isinstance(notes, list)
    return Verdict(reader, whole, tuple(map(str, notes))) if right else None


def keep(key: str, verdict: Verdict) -> None:
    """Write a verdict, whole or not at all; where that cannot be, it is not kept."""
    try:
        file = _file(key)
        file.parent.mkdir(parents=True, exist_ok=True)
        beside = file.with_name(f"{file.name}.{os.getpid()}.{uuid4().hex}")
        beside.write_text(json.dumps(asdict(verdict)), encoding="utf-8")
        beside.replace(file)
    except (OSError, RuntimeError):
        return


def _file(key: str) -> Path:
    return cache_folder(KEPT) / f"{key}.json"


@cache
def _own_code() -> str:
    """A hash of the files that read models: another version may find another way."""
    total = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        total.update(file.read_bytes())
    return total.hexdigest()
