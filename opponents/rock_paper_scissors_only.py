"""Some published players know no other game."""

from arenas.errors import UserError
from arenas.play import Table
from arenas.rock_paper_scissors import RockPaperScissors

MOVES = 3
"""Rock 0, paper 1, scissors 2: the move one further wins, so a move's transition from another is a difference modulo 3."""


def check_rock_paper_scissors(table: Table, opponent: str) -> None:
    """Raise `UserError` unless the table's game is rock-paper-scissors."""
    if not isinstance(table.game, RockPaperScissors):
        raise UserError(
            f"opponent {opponent!r} plays rock-paper-scissors only: this game has the seats {' and '.join(table.game.seats)}"
        )
