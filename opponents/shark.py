"""The strongest learner here."""

from dataclasses import dataclass

from arenas.bounds import within
from arenas.play import Player, Table
from opponents.ctw import ContextTree
from opponents.frequency import Frequency
from opponents.history_match import HistoryMatch
from opponents.learner import Learner
from opponents.ngram import Ngram
from opponents.opponent import OPPONENTS, Opponent
from opponents.outcome import OutcomeTransitions
from opponents.strategist import Strategist

HORIZONS = (100.0, 100.0 / 3.0, 10.0, 5.0, 2.0)
LEARNERS: tuple[Learner, ...] = (
    HistoryMatch(1000, "joint"),
    HistoryMatch(1000, "other"),
    HistoryMatch(1000, "own"),
    HistoryMatch(5, "joint"),
    HistoryMatch(2, "joint"),
    ContextTree(6, "joint"),
    ContextTree(6, "other"),
    Ngram(1, "joint"),
    Ngram(2, "joint"),
    Frequency(0.95),
    Frequency(1.0),
    OutcomeTransitions(1, 0.98),
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
    budget: float = 10.0

    def __post_init__(self) -> None:
        within("temperature", self.temperature, 0.0, 1e6)
        within("budget", self.budget, 0.0, 1e9)

    def player(self, table: Table) -> Player:
        """A strategist that lets all answers vote."""
        return Strategist(table, LEARNERS, HORIZONS, 100.0 / 3.0, self.temperature, self.budget)
