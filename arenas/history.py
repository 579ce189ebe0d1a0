"""What was played, and what one entrant may see of it.

Array alphabet: M matches, S seats (1 or 2), T rounds, A actions, B rows of a batch, t rounds played so far.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
SeedArray = NDArray[np.uint64]

UNSEEN: int = int(np.iinfo(np.int64).min)
"""A move nobody made. An impossible index: numpy reads -1 as the last move without a word."""


@dataclass
class History:
    """Every round of M matches of one game. Only `play` writes it; everybody else gets read-only views.

    Rounds from `played` on hold NaN, `UNSEEN` and empty texts.
    """

    probs: FloatArray  # [M,S,T,A] the distribution each seat played
    chosen: IntArray  # [M,S,T]    what the dice made of it
    pay: FloatArray  # [M,S,T]     points for the chosen moves
    expected: FloatArray  # [M,S,T] points expected over both distributions, given the rounds before
    off_menu: FloatArray  # [M,S,T] probability a model put on answers that are not legal
    texts: NDArray[np.object_]  # [M,S,T] free text, "" where there is none
    played: int = 0

    @classmethod
    def empty(cls, matches: int, seats: int, rounds: int, actions: int) -> "History":
        """A history of no rounds with room for `rounds`."""
        shape = (matches, seats, rounds)
        return cls(
            probs=np.full((*shape, actions), np.nan),
            chosen=np.full(shape, UNSEEN, dtype=np.int64),
            pay=np.full(shape, np.nan),
            expected=np.full(shape, np.nan),
            off_menu=np.full(shape, np.nan),
            texts=np.full(shape, "", dtype=object),
        )

    def commit(self, probs: FloatArray, chosen: IntArray, off_menu: FloatArray, texts: NDArray[np.object_]) -> None:
        """Write the moves of the round that is being played: probs [M,S,A], the others [M,S]."""
        t = self.played
        self.probs[:, :, t], self.chosen[:, :, t] = probs, chosen
        self.off_menu[:, :, t], self.texts[:, :, t] = off_menu, texts

    def settle(self, pay: FloatArray, expected: FloatArray) -> None:
        """Write what the round paid, both [M,S], and close it."""
        self.pay[:, :, self.played], self.expected[:, :, self.played] = pay, expected
        self.played += 1


@dataclass(frozen=True)
class View:
    """What one entrant sees before a round: row b is the same match for the whole wave. All arrays are read-only."""

    seat: IntArray  # [B]
    mine: IntArray  # [B,t] own moves
    theirs: IntArray  # [B,t] the other seat's moves; UNSEEN in a solo game
    pay: FloatArray  # [B,t] own points
    legal: BoolArray  # [B,A]
    seeds: SeedArray  # [B] this round's seed for free text; independent of the dice
    match_seeds: SeedArray  # [B] the first round's seed: for a player whose chance must be the same whenever it is seated
    foreseen: FloatArray | None = None  # [B,A] the other's distribution this round, for a player that foresees

    @property
    def rounds_seen(self) -> int:
        """Number of rounds played so far."""
        return int(self.mine.shape[1])


@dataclass(frozen=True)
class Moves:
    """One round's answer of an entrant: a distribution per row, never a draw."""

    probs: FloatArray  # [B,A]
    off_menu: FloatArray = field(default_factory=lambda: np.zeros(0))  # [B]; empty means none
    texts: list[str] | None = None  # [B] free text, in games that ask for it


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view of `array` that cannot be written through."""
    view = array.view()
    view.flags.writeable = False
    return view
