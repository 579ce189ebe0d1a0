"""The poison of the first programming competition of rock-paper-scissors."""

from dataclasses import dataclass

from arenas.play import Player, Table
from opponents.frequency import Frequency
from opponents.history_match import HistoryMatch
from opponents.learner import HISTORIES, Learner
from opponents.opponent import OPPONENTS, Opponent
from opponents.strategist import Strategist

HORIZONS = (1000.0, 100.0, 10.0, 5.0, 2.0)
LEARNERS: tuple[Learner, ...] = (
    *(HistoryMatch(longest, history) for history in HISTORIES for longest in (1000, 20, 5)),
    Frequency(),
)


@OPPONENTS.register("iocaine")
@dataclass(frozen=True)
class Iocaine(Opponent):
    """The design of `Iocaine Powder`, winner of the first RoShamBo competition (Egnor 2000), in any matrix game.

    Searches for the longest earlier match and counts, on what the other plays and on what itself does; six rotations of each
    prediction (levels of reasoning in other games); the one that did best over each of several horizons; and of those the best.
    """

    def player(self, table: Table) -> Player:
        """A strategist that trusts the best answer alone."""
        return Strategist(table, LEARNERS, HORIZONS, patience=1000.0)
