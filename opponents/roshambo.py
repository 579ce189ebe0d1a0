"""The field of the first two programming competitions of rock-paper-scissors."""

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from arenas.errors import UserError, nearest
from arenas.history import IntArray, Moves, View
from arenas.play import Player, Table
from opponents.opponent import OPPONENTS, Opponent, one_hot
from opponents.random_stream import RandomStream
from opponents.rock_paper_scissors_only import MOVES, check_rock_paper_scissors

LEAST_THROWS = 1000
"""A shorter match length makes `greenberg` write beyond its memory."""
MOST_ROUNDS = 3000
"""The longest match for which all bots were seen to stay within their memory."""


@OPPONENTS.register("roshambo")
@dataclass(frozen=True)
class Roshambo(Opponent):
    """One of the 43 RoShamBo bots that OpenSpiel carries, by its name there (Billings 1999 and 2000; Lanctot et al. 2023).

    A bot draws its moves itself, from random numbers that belong to its match: in the log its distributions are certain moves.
    """

    bot: str = "greenberg"

    def player(self, table: Table) -> Player:
        """The bot in every chair; `UserError` in other games, in matches beyond `MOST_ROUNDS` and for an unknown bot."""
        check_rock_paper_scissors(table, "roshambo")
        if table.game.rounds > MOST_ROUNDS:
            raise UserError(f"opponent 'roshambo' plays at most {MOST_ROUNDS} rounds, got {table.game.rounds}")
        known = bot_names()
        if self.bot not in known:
            raise UserError(f"opponent 'roshambo': unknown bot {self.bot!r}: {nearest(self.bot, known)}")
        return RoshamboPlayer(table, self.bot)


def bot_names() -> list[str]:
    """The names of the bots; `UserError` where the installed OpenSpiel was built without them."""
    spiel = _spiel()
    if not hasattr(spiel, "roshambo_bot_names"):
        raise UserError(
            "opponent 'roshambo': the installed open_spiel has no RoShamBo bots (its Windows wheel leaves them out)"
        )
    return list(spiel.roshambo_bot_names())


class RoshamboPlayer:
    """The same bot in B chairs, each with its own memory and random numbers."""

    foresees = False

    def __init__(self, table: Table, bot: str) -> None:
        self._bot, self._table = bot, table
        self._rows: list[RoshamboRow] = []

    def act(self, view: View) -> Moves:
        """What the bots play; a bot seated late is first fed what was played, in place of its own moves."""
        if not self._rows:
            seats, seeds = self._table.seats.tolist(), view.match_seeds.tolist()
            rounds = self._table.game.rounds
            self._rows = [RoshamboRow(self._bot, seat, seed, rounds) for seat, seed in zip(seats, seeds, strict=True)]
        moves = [row.move(mine, theirs) for row, mine, theirs in zip(self._rows, view.mine, view.theirs, strict=True)]
        return Moves(one_hot(np.array(moves), MOVES))


class RoshamboRow:
    """One bot in one match."""

    def __init__(self, bot: str, seat: int, seed: int, rounds: int) -> None:
        self._seat = seat
        self._stream = RandomStream(seed)
        with self._stream.drawn_from():  # some draw as they are made
            self._bot = _spiel().make_roshambo_bot(seat, bot, max(LEAST_THROWS, rounds))
        self._state = _game(rounds).new_initial_state()
        self._heard = 0
        self._answer: int | None = None

    def move(self, mine: IntArray, theirs: IntArray) -> int:
        """The bot's next move after mine [t] and theirs [t]. A bot must be asked just once a round."""
        for own, other in zip(mine[self._heard :].tolist(), theirs[self._heard :].tolist(), strict=True):
            self._ask()
            self._state.apply_actions([own, other] if self._seat == 0 else [other, own])
            self._answer = None
        self._heard = len(mine)
        return self._ask()

    def _ask(self) -> int:
        if self._answer is None:
            with self._stream.drawn_from():
                self._answer = int(self._bot.step(self._state))
        return self._answer


def _spiel() -> ModuleType:
    import pyspiel

    module: ModuleType = pyspiel
    return module


@cache
def _game(rounds: int) -> Any:
    """OpenSpiel's repeated rock-paper-scissors, which the bots read the history from."""
    return _spiel().load_game(f"repeated_game(stage_game=matrix_rps(),num_repetitions={rounds},recall=1)")
