"""What was found out as plain values, for other programs."""

import json
import math
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import numpy as np

from analysis.contexts import Context
from analysis.interval import Estimate
from arenas.errors import UserError

LEFT_OUT = ("cells", "layout", "games")
"""Single matches, which an export holds, where to draw things, and rules, which the run holds."""


def write_json(path: Path, found: Mapping[str, Any]) -> None:
    """Write findings as one JSON object; null is what does not exist. Raises `UserError` if that cannot be."""
    text = json.dumps(plain(found), indent=1, ensure_ascii=False, allow_nan=False)
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error


def plain(value: Any) -> Any:
    """Lists, mappings, texts and finite numbers that say the same; an estimate has the ends of its 95 % interval."""
    if isinstance(value, Estimate):
        half = value.half_width
        return plain({"mean": value.mean, "low": value.mean - half, "high": value.mean + half, "freedom": value.freedom})
    if isinstance(value, Context):
        return value.name
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value) if field.name not in LEFT_OUT}
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
