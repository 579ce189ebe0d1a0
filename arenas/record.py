"""One match as it is kept, and the check that its rules pay what it says."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from arenas.game import Game
from arenas.history import LOGGED, FloatArray, History, IntArray

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Record:
    """The rounds of one match: arrays over S seats and t rounds played, A actions."""

    probs: FloatArray  # [S,t,A]
    chosen: IntArray  # [S,t]
    pay: FloatArray  # [S,t]
    expected: FloatArray  # [S,t]
    off_menu: FloatArray  # [S,t]
    texts: NDArray[np.object_]  # [S,t]
    unended: FloatArray  # [S,t]
    forfeit: FloatArray  # [S,t]
    samples: IntArray  # [S,t]
    readings: NDArray[np.object_]  # [S,t]

    @property
    def rounds(self) -> int:
        """t: rounds played."""
        return int(self.chosen.shape[1])

    def same_as(self, other: "Record") -> bool:
        """Whether every number and text is equal, bit for bit."""
        return all(np.array_equal(mine, getattr(other, name)) for name, mine in vars(self).items())


def record_of(history: History, match: int) -> Record:
    """What was played so far in one match of a wave."""
    t = history.played
    arrays: dict[str, Any] = {name: getattr(history, name)[match, :, :t].copy() for name in LOGGED}
    return Record(**arrays)


def history_of(records: list[Record], rounds: int) -> History:
    """A history of matches that have all been played equally far, with room for `rounds`. The inverse of `record_of`."""
    played = records[0].rounds
    if any(record.rounds != played for record in records):
        raise ValueError("the matches of a wave have been played to different rounds")
    seats, _, width = records[0].probs.shape
    history = History.empty(len(records), seats, rounds, width)
    for name in LOGGED:
        getattr(history, name)[:, :, :played] = np.stack([getattr(record, name) for record in records])
    history.played = played
    return history


def wrong_rounds(game: Game, record: Record) -> list[int]:
    """The rounds (from 0) whose logged pay is not what the rules pay for the logged moves."""
    history = history_of([record], record.rounds)
    wrong = []
    for t in range(record.rounds):
        off = [
            np.abs(game.pay(history, t) - history.pay[:, :, t]).max(),
            np.abs(game.expected_pay(history, t) - history.expected[:, :, t]).max(),
        ]
        if not all(gap <= TOLERANCE for gap in off):  # a NaN is wrong too
            wrong.append(t)
    return wrong
