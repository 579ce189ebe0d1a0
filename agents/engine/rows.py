"""Growing rows of text on one reader: each is read from where it first differs from what was read of it."""

from collections.abc import Collection, Sequence

from agents.engine.reading import Reader, Reading, in_common
from agents.engine.trie import Trie


class Rows:
    """The rows of a reader and what each holds."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.held: list[list[int]] = [[] for _ in reader.row_of]

    def read(self, wanted: Sequence[Sequence[int] | None], trie: Trie | None = None) -> Reading:
        """Read what each row is to hold, its last token always; a row of None is told nothing and stays as it is."""
        keep, deltas = [], []
        for row, text in enumerate(wanted):
            kept = len(self.held[row]) if text is None else kept_of(self.held[row], list(text))
            keep.append(kept)
            deltas.append([] if text is None else list(text[kept:]))
            if text is not None:
                self.held[row] = list(text)
        return self.reader.read(deltas, keep, trie)

    def read_on(self, rows: Collection[int], trie: Trie) -> Reading:
        """Read the last token of some rows again, and branches after it."""
        return self.read([held if row in rows else None for row, held in enumerate(self.held)], trie)


def kept_of(held: list[int], wanted: list[int]) -> int:
    """How many tokens of what is held the wanted text begins with; its last token is always read anew."""
    # nearly always a text only grows, and a list is compared far faster as a whole
    common = len(held) if wanted[: len(held)] == held else in_common(held, wanted)
    return min(common, len(wanted) - 1)
