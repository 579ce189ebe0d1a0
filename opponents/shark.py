"""The strongest learner here."""

from dataclasses import dataclass

from arenas.bounds import within
from arenas.play import Player, Table
from opponents.ctw import ContextTree
from opponents.frequency import Frequency
from opponents.history_match import HistoryMatch
from opponents.learner import HISTORIES, Learner
from opponents.lz78 import LempelZiv
from opponents.ngram import Ngram
from opponents.opponent import OPPONENTS, Opponent
from opponents.outcome import OutcomeTransitions
from opponents.ppm import PartialMatching
from opponents.strategist import Strategist

HORIZONS = (200.0, 50.0, 20.0, 10.0, 5.0)
PATIENCE = 50.0
LEARNERS: tuple[Learner, ...] = (
    *(HistoryMatch(longest, "joint") for longest in (2, 5, 10, 1000)),
    *(HistoryMatch(longest, "other") for longest in (3, 7, 20, 1000)),
    *(HistoryMatch(longest, "own") for longest in (3, 7, 1000)),
    *(ContextTree(6, history) for history in HISTORIES),
    *(Ngram(order, "joint") for order in (1, 2)),
    *(Ngram(order, "other") for order in (1, 3)),
    *(Ngram(order, "own") for order in (1, 2)),
    PartialMatching(3, "joint"),
    LempelZiv("other"),
    *(Frequency(decay) for decay in (0.8, 0.95, 1.0)),
    *(OutcomeTransitions(memory, 0.98) for memory in (1, 2)),
)


@OPPONENTS.register("shark")
@dataclass(frozen=True)
class Shark(Opponent):
    """All that is here against one: predictors, levels of reasoning on each, votes over several horizons, and a defence.

    The levels are those of `Iocaine Powder` (Egnor 2000), the votes weigh the answers as Hedge does (Freund & Schapire 1997),
    and against a player that reads it better than it reads them it gives up once it has lost `budget` times what a round can
    lose, and plays the equilibrium: beyond that and one round more it never loses, expected over its own dice.
    """

    temperature: float = 2.0
    budget: float = 12.0

    def __post_init__(self) -> None:
        within("temperature", self.temperature, 0.0, 1e6)
        within("budget", self.budget, 0.0, 1e9)

    def player(self, table: Table) -> Player:
        """A strategist that lets all answers vote."""
        return Strategist(table, LEARNERS, HORIZONS, PATIENCE, self.temperature, self.budget)
