"""Random numbers: a game against nobody."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.errors import UserError
from arenas.game import GAMES, Game
from arenas.history import FloatArray, History, IntArray


@GAMES.register("random_number")
@dataclass(frozen=True)
class RandomNumber(Game):
    """`length` random integers from `low` to `high`, one a round; each match is a fresh context.

    A round pays what somebody who knows the distribution and guesses its likeliest number (the lowest of several) costs: the
    chance of a guess, 1/K, less 1 if the guess is right. Uniform play earns 0, a player that always says 7 earns 1/K - 1.
    """

    low: int = 0
    high: int = 10
    length: int = 1

    def __post_init__(self) -> None:
        within("length", self.length, 1, 10_000)
        within("low", self.low, -1_000_000, 1_000_000)
        if not 1 <= self.high - self.low <= 999:
            raise UserError(
                f"high must be from low + 1 to low + 999 (here {self.low + 1} to {self.low + 999}), got {self.high}"
            )

    @property
    def rounds(self) -> int:  # type: ignore[override]
        return self.length

    @property
    def seats(self) -> tuple[str, ...]:
        return ("picker",)

    @property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        return (tuple(str(number) for number in range(self.low, self.high + 1)),)

    def pay(self, history: History, t: int) -> FloatArray:
        guess = history.probs[:, :, t].argmax(axis=-1)
        return np.asarray(1.0 / self.width - (history.chosen[:, :, t] == guess))

    def expected_pay(self, history: History, t: int) -> FloatArray:
        probs: FloatArray = history.probs[:, :, t]
        return np.asarray(1.0 / self.width - probs.max(axis=-1))

    def exploitability(self, seat: IntArray, probs: FloatArray) -> FloatArray:
        return np.asarray(np.maximum(probs.max(axis=1) - 1.0 / self.width, 0.0))

    def rules(self, seat: int) -> str:
        if self.length == 1:
            return f"Pick a random number from {self.low} to {self.high}."
        return f"Pick {self.length} random numbers from {self.low} to {self.high}, one after another."
