"""What a model can do besides moving: say how likely it finds a text. The contract between whoever asks and a backend."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

from agents.model import ModelSpec, Opening
from arenas.history import FloatArray, IntArray


class ReferenceModel(Protocol):
    """One set of weights that reads and never answers."""

    @property
    def chats(self) -> bool:
        """Whether it has a chat template."""

    def bits(self, openings: Sequence[Opening], texts: Sequence[str], chat: bool) -> tuple[FloatArray, IntArray]:
        """For each text, -log2 of the probability of its tokens as the answer to its opening, [B], at temperature 1, and the
        number of these tokens, [B]. That the text ends there is not counted. A text of no tokens has 0 of both.

        Raises `UserError` if a text is longer than the model holds.
        """


@runtime_checkable
class ReferenceBackend(Protocol):
    """A backend whose models can be asked so."""

    def load_reference(self, spec: ModelSpec) -> ReferenceModel:
        """Load the weights. Raises `UserError`."""
