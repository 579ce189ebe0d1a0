"""What was played, and what one entrant may see of it.

Array alphabet: M matches, S seats (1 or 2), T rounds, A actions, B rows of a batch, t rounds played so far.
"""

from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
BoolArray = NDArray[np.bool_]
SeedArray = NDArray[np.uint64]

UNSEEN: int = int(np.iinfo(np.int64).min)
"""A move nobody made. An impossible index: numpy reads -1 as the last move without a word."""
FORFEIT: int = UNSEEN + 1
"""The move of who gave no valid answer. As impossible an index as `UNSEEN`."""
NO_ANSWER = "no valid answer"
"""What both seats hear in the place of a move that was forfeited, and what every log and table calls it."""


@dataclass
class History:
    """Every round of M matches of one game. Only `play` writes it; everybody else gets read-only views.

    Rounds from `played` on hold NaN, `UNSEEN`, 0 samples and empty texts.
    """

    probs: FloatArray  # [M,S,T,A] the distribution each seat played
    chosen: IntArray  # [M,S,T]    what the dice made of it; `FORFEIT` where no valid answer was given
    pay: FloatArray  # [M,S,T]     points for the chosen moves
    expected: FloatArray  # [M,S,T] points expected over both distributions, given the rounds before
    off_menu: FloatArray  # [M,S,T] probability a model put on answers that are not legal
    texts: NDArray[np.object_]  # [M,S,T] free text, "" where there is none
    unended: FloatArray  # [M,S,T] probability of texts that begin with a legal answer and go on to something else
    forfeit: FloatArray  # [M,S,T] probability that no valid answer is given; 0 for answers that are read
    samples: IntArray  # [M,S,T]   0 where probs are exact, K where they are estimated from K draws or thoughts
    readings: NDArray[np.object_]  # [M,S,T] what is worth looking at in a model's answer, as JSON; "" where nothing is
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
            unended=np.full(shape, np.nan),
            forfeit=np.full(shape, np.nan),
            samples=np.zeros(shape, dtype=np.int64),
            readings=np.full(shape, "", dtype=object),
        )

    def commit(
        self,
        probs: FloatArray,
        chosen: IntArray,
        off_menu: FloatArray,
        texts: NDArray[np.object_],
        *,
        unended: FloatArray | float = 0.0,
        forfeit: FloatArray | float = 0.0,
        samples: IntArray | int = 0,
        readings: NDArray[np.object_] | str = "",
    ) -> None:
        """Write the moves of the round that is being played: probs [M,S,A], the others [M,S]."""
        t = self.played
        self.probs[:, :, t], self.chosen[:, :, t] = probs, chosen
        self.off_menu[:, :, t], self.texts[:, :, t] = off_menu, texts
        self.unended[:, :, t], self.forfeit[:, :, t] = unended, forfeit
        self.samples[:, :, t], self.readings[:, :, t] = samples, readings

    def settle(self, pay: FloatArray, expected: FloatArray) -> None:
        """Write what the round paid, both [M,S], and close it."""
        self.pay[:, :, self.played], self.expected[:, :, self.played] = pay, expected
        self.played += 1


LOGGED = tuple(each.name for each in fields(History) if each.name != "played")
"""The arrays of a history, all of which begin with [M,S,T]."""


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
    """One round's answer of an entrant: a distribution per row, never a draw. Empty arrays mean zeros.

    Only answers that somebody must understand can be forfeited; where that is certain, `probs` are any fair distribution.
    `readings` are JSON to look at, "" where nothing is worth it: {"outside": [[token, p], ...], "forms": [[form, p], ...]}.
    """

    probs: FloatArray  # [B,A]
    off_menu: FloatArray = field(default_factory=lambda: np.zeros(0))  # [B] probability of texts that begin with no answer
    texts: list[str] | None = None  # [B] free text, in games that ask for it
    unended: FloatArray = field(default_factory=lambda: np.zeros(0))  # [B] of texts that begin with an answer and go on
    forfeit: FloatArray = field(default_factory=lambda: np.zeros(0))  # [B] that no valid answer is given
    samples: int = 0
    """0: `probs` are exact; K: estimated from K draws or thoughts."""
    readings: list[str] | None = None  # [B]


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """A view of `array` that cannot be written through."""
    view = array.view()
    view.flags.writeable = False
    return view
