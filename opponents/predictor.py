"""What a learner believes."""

from typing import Protocol

from arenas.history import FloatArray, View


class Predictor(Protocol):
    """A belief about the other seat's next move. It must be able to catch up from any first view."""

    def predict(self, view: View) -> FloatArray:
        """A distribution [B,A] over the *other* seat's legal actions."""
