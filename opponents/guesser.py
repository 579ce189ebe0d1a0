"""A predictor as a guesser of numbers."""

from dataclasses import dataclass

import numpy as np

from arenas.bounds import within
from arenas.history import FloatArray, IntArray
from arenas.matrix_game import MatrixGame
from arenas.play import Table
from opponents.learner import Learner

GUESSER = 1


@dataclass(frozen=True)
class Guessing(MatrixGame):
    """One seat picks a number, the other guesses it: right wins it 1 point. The stand-in for a game against nobody."""

    count: int
    rounds: int

    def __post_init__(self) -> None:
        within("count", self.count, 2, 1000)
        within("rounds", self.rounds, 0, 10_000)

    @property
    def seats(self) -> tuple[str, ...]:
        return ("picker", "guesser")

    @property
    def actions(self) -> tuple[tuple[str, ...], ...]:
        words = tuple(str(number) for number in range(self.count))
        return (words, words)

    @property
    def matrix(self) -> FloatArray:
        return -np.eye(self.count)

    def value(self, seat: int) -> float:
        return (-1.0 if seat == 0 else 1.0) / self.count

    def rules(self, seat: int) -> str:
        return f"{('Pick', 'Guess')[seat]} one of {self.count} numbers."


def guesses(learner: Learner, numbers: IntArray, count: int) -> FloatArray:
    """What the learner's predictor believes before each number of B sequences [B,T], numbers from 0 to count - 1: [B,T,count].

    Row b, step t rests on numbers[b, :t] alone. The guesser's own moves are all 0, so that a history of them says nothing.
    Raises `ValueError` for a number out of range and `UserError` for a count or a length beyond what `Guessing` takes.
    """
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
        raise ValueError(f"numbers must be from 0 to {count - 1}, got {numbers.min()} to {numbers.max()}")
    rows, steps = numbers.shape
    predictor = learner.predictor(Table(Guessing(count, steps), np.full(rows, GUESSER)))
    silence = np.zeros(rows, dtype=np.int64)
    beliefs = np.empty((rows, steps, count))
    for t in range(steps):
        beliefs[:, t] = predictor.belief()
        predictor.hear(silence, numbers[:, t])
    return beliefs
