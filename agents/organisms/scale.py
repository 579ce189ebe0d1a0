"""How large the organisms are and how long they are trained."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Scale:
    """Sizes of the model and of its three courses of training."""

    vocabulary: int
    hidden: int
    layers: int
    feed_forward: int
    tokens: int
    """Tokens of plain text, each seen once."""
    conversations: int
    pairs: int
    rows: int = 2
    """Rows of a pretraining batch; the tuning stages take four times as many conversations or pairs."""


SCALES = {
    "tiny": Scale(vocabulary=512, hidden=32, layers=2, feed_forward=64, tokens=60_000, conversations=96, pairs=96),
    "quick": Scale(vocabulary=1536, hidden=128, layers=4, feed_forward=384, tokens=1_000_000, conversations=1500, pairs=1200),
    "small": Scale(vocabulary=1536, hidden=128, layers=4, feed_forward=384, tokens=1_500_000, conversations=2_400, pairs=2_000),
}
