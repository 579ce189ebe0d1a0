"""Documents packed whole into rows of tokens."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

ROW = 640
"""Tokens of a row; a longer document has a row to itself."""
OPEN_ROWS = 8
IGNORED = -100


def pack(documents: Iterable[Sequence[int]], room: int = ROW) -> Iterator[list[int]]:
    """Rows of whole documents, filled first-fit over a few open rows. Every document ends up in exactly one row."""
    rows: list[list[int]] = []
    for document in documents:
        row = next((r for r in rows if len(r) + len(document) <= room), None)
        if row is None:
            row = []
            rows.append(row)
        row.extend(document)
        if len(rows) > OPEN_ROWS:
            yield rows.pop(max(range(len(rows)), key=lambda i: len(rows[i])))
    yield from rows


@dataclass(frozen=True)
class Collator:
    """Pads rows on the right to a batch; padding and the token `begin`, which no document foretells, are not learnt from."""

    pad: int
    begin: int

    def __call__(self, rows: Sequence[dict[str, list[int]]]) -> dict[str, "torch.Tensor"]:
        import torch

        longest = max(len(row["input_ids"]) for row in rows)
        ids = torch.full((len(rows), longest), self.pad)
        for i, row in enumerate(rows):
            ids[i, : len(row["input_ids"])] = torch.tensor(row["input_ids"])
        labels = ids.masked_fill((ids == self.pad) | (ids == self.begin), IGNORED)
        return {"input_ids": ids, "labels": labels}
