"""What the bots of Brockbank & Vul 2024 look back on."""

from dataclasses import dataclass

from arenas.history import IntArray
from opponents.rock_paper_scissors_only import MOVES


@dataclass(frozen=True)
class Rounds:
    """The rounds so far of B matches, with what the bots read from them. A transition is a difference modulo 3."""

    mine: IntArray  # [B,t]
    theirs: IntArray  # [B,t]

    @property
    def my_outcome(self) -> IntArray:
        """Of the last round, [B]: 0 a tie, 1 a win, 2 a loss."""
        return (self.mine[:, -1] - self.theirs[:, -1]) % MOVES

    @property
    def their_outcome(self) -> IntArray:
        """The same for the other."""
        return (self.theirs[:, -1] - self.mine[:, -1]) % MOVES

    @property
    def my_transition(self) -> IntArray:
        """From its own last move but one to the last, [B]."""
        return (self.mine[:, -1] - self.mine[:, -2]) % MOVES

    @property
    def their_transition(self) -> IntArray:
        """The same for the other."""
        return (self.theirs[:, -1] - self.theirs[:, -2]) % MOVES
