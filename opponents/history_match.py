"""What came next the last time the longest stretch of the past came by."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import one_of, within
from arenas.history import FloatArray, IntArray
from arenas.play import Table
from opponents.learner import HISTORIES, Learner, Told, told
from opponents.opponent import OPPONENTS, one_hot, shared
from opponents.predictor import Listener
from opponents.suffix_matches import SuffixMatches


@OPPONENTS.register("history_match")
@dataclass(frozen=True)
class HistoryMatch(Learner):
    """Best answer to what followed the latest of the longest earlier stretches that equal the last rounds, up to `longest`.

    The heart of `Iocaine Powder` (Egnor 2000) and, as `rfind`, of nearly every leader of RPSContest. The other's moves
    (`other`), its own (`own`) or both (`joint`) have to be equal.
    """

    longest: int = 1000
    history: Told = "joint"

    def __post_init__(self) -> None:
        within("longest", self.longest, 1, 10_000)
        one_of("history", self.history, HISTORIES)

    def predictor(self, table: Table) -> Listener:
        """The search."""
        return LatestMatch(table, self.longest, self.history)


class LatestMatch(Listener):
    """Believes in what followed the latest longest match of n rounds with weight n / (n + 1), and for the rest in nothing."""

    def __init__(self, table: Table, longest: int, history: Told) -> None:
        super().__init__(table)
        self.history: Told = history
        self.matches = SuffixMatches(table.rows, table.game.rounds, longest)

    def hear(self, mine: IntArray, theirs: IntArray) -> None:
        """Keep the other's moves, and look for what is like the last rounds."""
        self.matches.advance(told(self.history, self.width, mine, theirs), theirs)

    def belief(self) -> FloatArray:
        """Nearly sure after a long match; uniform without one."""
        lengths = self.matches.lengths
        evenly = shared(self.others_legal)
        if lengths.shape[1] == 0:
            return evenly
        latest = lengths.shape[1] - 1 - lengths[:, ::-1].argmax(axis=1)
        length = lengths[self.rows, latest][:, None]
        follower = one_hot(self.matches.moves[self.rows, latest], self.width)
        return np.asarray((length * follower + evenly) / (length + 1))
