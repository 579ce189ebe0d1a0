"""Tables to sit at and views to look at, for the tests of opponents."""

import numpy as np

from arenas.game import Game
from arenas.history import View
from arenas.matrix import Matrix
from arenas.matrix_game import MatrixGame
from arenas.play import Table
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.opponent import Opponent

RPS = RockPaperScissors(rounds=60)
R, P, S = np.eye(3)
EVEN = np.full(3, 1 / 3)
LOPSIDED = Matrix(((2.0, 0.0, -1.0), (-1.0, 1.0, 3.0)), ("up", "down"), ("left", "middle", "right"), rounds=20)


def table(game: Game, seats: list[int]) -> Table:
    return Table(game, np.array(seats))


def view(game: Game, seats: list[int], mine: list[list[int]], theirs: list[list[int]]) -> View:
    """What rows in `seats` see once both sides have chosen; pay by the game's own payoff."""
    seat, own, other = np.array(seats), np.array(mine, dtype=np.int64), np.array(theirs, dtype=np.int64)
    pay = game.payoff[seat[:, None], own, other] if isinstance(game, MatrixGame) else np.zeros(own.shape)
    legal = game.legal_by_seat[seat]
    seeds = np.zeros(len(seat), dtype=np.uint64)
    return View(seat=seat, mine=own, theirs=other, pay=pay, legal=legal, seeds=seeds, match_seeds=seeds)


def answer(opponent: Opponent, game: Game, seats: list[int], mine: list[list[int]], theirs: list[list[int]]) -> np.ndarray:
    return opponent.sit(table(game, seats)).act(view(game, seats, mine, theirs)).probs
