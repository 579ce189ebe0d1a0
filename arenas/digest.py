"""What was played, as one number."""

import hashlib
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenas.record import Record
from arenas.stack import ARRAYS, OPTIONAL


def digest_of(records: Iterable[tuple[str, Record]]) -> str:
    """sha256 over matches, by id in the order given."""
    total = hashlib.sha256()
    for name, record in records:
        total.update(f"{name} {record.probs.shape}\n".encode())
        for array, kind in ARRAYS.items():
            total.update(np.ascontiguousarray(getattr(record, array)).astype(kind).tobytes())
        for text in record.texts.flat:
            total.update(str(text).encode("utf-8", "surrogatepass") + b"\0")
        # what version 1 did not know counts where it says something, so that a match has one digest in both
        for array, kind in OPTIONAL.items():
            total.update(blob(array, getattr(record, array), kind))
        if record.readings.any():
            total.update("\0".join(map(str, record.readings.flat)).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def blob(name: str, numbers: NDArray[Any], kind: str) -> bytes:
    """Numbers as they are kept; nothing of a column that may be empty and holds zeros only."""
    return b"" if name in OPTIONAL and not numbers.any() else np.ascontiguousarray(numbers).astype(kind).tobytes()
