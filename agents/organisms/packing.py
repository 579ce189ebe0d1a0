"""Documents packed into rows, each with its own positions, so that none attends to another."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    import torch

ROW = 640
"""Tokens of a row; a longer document has a row to itself."""
IGNORED = -100


class Row(TypedDict):
    """Token ids of one or more whole documents, and each token's position in its document."""

    input_ids: list[int]
    position_ids: list[int]


def pack(documents: Iterable[Sequence[int]], room: int = ROW) -> Iterator[Row]:
    """Rows of whole documents, filled first-fit over a few open rows. Every document ends up in exactly one row."""
    rows: list[Row] = []
    for document in documents:
        row = next((r for r in rows if len(r["input_ids"]) + len(document) <= room), None)
        if row is None:
            row = Row(input_ids=[], position_ids=[])
            rows.append(row)
        row["input_ids"].extend(document)
        row["position_ids"].extend(range(len(document)))
        if len(rows) > 8 or len(row["input_ids"]) >= room:
            yield rows.pop(max(range(len(rows)), key=lambda i: len(rows[i]["input_ids"])))
    yield from rows


@dataclass(frozen=True)
class Collator:
    """Pads rows on the right to a batch. No attention mask is given: transformers reads the documents off the positions."""

    pad: int

    def __call__(self, rows: Sequence[Row]) -> dict[str, "torch.Tensor"]:
        import torch

        longest = max(len(row["input_ids"]) for row in rows)
        ids = torch.full((len(rows), longest), self.pad)
        positions = torch.zeros_like(ids)
        for i, row in enumerate(rows):
            ids[i, : len(row["input_ids"])] = torch.tensor(row["input_ids"])
            positions[i, : len(row["position_ids"])] = torch.tensor(row["position_ids"])
        # a document's first token is not to be foretold from the document before it; padding has position 0 too
        labels = ids.masked_fill(positions == 0, IGNORED)
        return {"input_ids": ids, "position_ids": positions, "labels": labels}
