"""Repeated rock-paper-scissors."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.game import GAMES
from arenas.history import FloatArray
from arenas.matrix_game import MatrixGame
from arenas.wording import rounds_in_words

WORDS = ("rock", "paper", "scissors")


@GAMES.register("rps")
@dataclass(frozen=True)
class RockPaperScissors(MatrixGame):
    """Rock-paper-scissors, `rounds` times: a win pays 1, a loss -1, a tie 0."""

    rounds: int = 30

    def __post_init__(self) -> None:
        within("rounds", self.rounds, 1, 10_000)

    @property
    def seats(self) -> tuple[str, ...]:
        return ("first", "second")

    @property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        return (WORDS, WORDS)

    @property
    def matrix(self) -> FloatArray:
        return np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]])

    def value(self, seat: int) -> float:
        return 0.0

    def rules(self, seat: int) -> str:
        return (
            f"You play rock-paper-scissors against another player for {rounds_in_words(self.rounds)}. "
            "Rock beats scissors, scissors beats paper, paper beats rock. A win is worth 1 point, a loss -1, a tie 0."
        )
