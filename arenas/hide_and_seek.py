"""Repeated hide-and-seek with K places."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.game import GAMES
from arenas.history import FloatArray
from arenas.matrix_game import MatrixGame
from arenas.wording import rounds_in_words


@GAMES.register("hide_and_seek")
@dataclass(frozen=True)
class HideAndSeek(MatrixGame):
    """One seat hides in one of `places`, the other looks in one: found pays the seeker 1 and the hider -1, else 0."""

    places: int = 4
    rounds: int = 30

    def __post_init__(self) -> None:
        within("places", self.places, 2, 100)
        within("rounds", self.rounds, 1, 10_000)

    @property
    def seats(self) -> tuple[str, ...]:
        return ("hider", "seeker")

    @property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        words = tuple(str(place) for place in range(1, self.places + 1))
        return (words, words)

    @property
    def matrix(self) -> FloatArray:
        return -np.eye(self.places)

    def value(self, seat: int) -> float:
        return (-1.0 if seat == 0 else 1.0) / self.places

    def rules(self, seat: int) -> str:
        times, last = rounds_in_words(self.rounds), self.places
        if seat == 0:
            return (
                f"You hide and another player seeks, for {times}. Each round you hide in one of the places 1 to {last} "
                "and the seeker looks in one of them. If the seeker finds you, you lose 1 point and the seeker gains 1."
            )
        return (
            f"You seek and another player hides, for {times}. Each round the hider hides in one of the places 1 to {last} "
            "and you look in one of them. If you find the hider, you gain 1 point and the hider loses 1."
        )
