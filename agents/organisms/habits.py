"""Habits of simulated players: each gives its next mixed strategy from what has been played."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

Mix = list[float]


@dataclass(frozen=True)
class Past:
    """What one player has seen: own moves, the other's moves and own points, oldest first."""

    mine: Sequence[int]
    theirs: Sequence[int]
    pay: Sequence[float]


class Habit(Protocol):
    """A way to play: the next distribution over the player's actions, given the past."""

    def mix(self, past: Past) -> Mix:
        """Probabilities, one for each action."""


def _pure(action: int, actions: int) -> Mix:
    return [1.0 if a == action else 0.0 for a in range(actions)]


@dataclass(frozen=True)
class Mixture:
    """The same mixed strategy every round."""

    weights: tuple[float, ...]

    def mix(self, past: Past) -> Mix:
        return list(self.weights)


@dataclass(frozen=True)
class Cycler:
    """Goes round the actions by a fixed step."""

    actions: int
    start: int
    step: int

    def mix(self, past: Past) -> Mix:
        last = past.mine[-1] if past.mine else self.start - self.step
        return _pure((last + self.step) % self.actions, self.actions)


@dataclass(frozen=True)
class Copycat:
    """Plays what the other played in the last round."""

    actions: int
    start: int

    def mix(self, past: Past) -> Mix:
        return _pure((past.theirs[-1] if past.theirs else self.start) % self.actions, self.actions)


@dataclass(frozen=True)
class WinStayLoseShift:
    """Repeats a move that won, shifts by a step after one that lost (Nowak & Sigmund 1993); after a tie, either."""

    actions: int
    start: int
    step: int

    def mix(self, past: Past) -> Mix:
        if not past.mine:
            return _pure(self.start, self.actions)
        stay, shift = _pure(past.mine[-1], self.actions), _pure((past.mine[-1] + self.step) % self.actions, self.actions)
        if past.pay[-1] == 0:
            return [(a + b) / 2 for a, b in zip(stay, shift, strict=True)]
        return stay if past.pay[-1] > 0 else shift


@dataclass(frozen=True)
class FrequencyLearner:
    """Fictitious play (Brown 1951): the best answer to the other's frequencies so far, recent rounds weighing more."""

    payoff: tuple[tuple[float, ...], ...]  # [own actions][other's actions]
    decay: float

    def mix(self, past: Past) -> Mix:
        counts = [1.0] * len(self.payoff[0])
        for their in past.theirs:
            counts = [self.decay * count for count in counts]
            counts[their] += 1.0
        worth = [sum(p * c for p, c in zip(row, counts, strict=True)) for row in self.payoff]
        best = [value >= max(worth) - 1e-9 for value in worth]
        return [float(b) / sum(best) for b in best]


@dataclass(frozen=True)
class RepeatAvoider:
    """A mixed strategy that shuns the last move, as people do who try to be random (Wagenaar 1972)."""

    weights: tuple[float, ...]
    shyness: float

    def mix(self, past: Past) -> Mix:
        scaled = list(self.weights)
        if past.mine:
            scaled[past.mine[-1]] *= 1.0 - self.shyness
        return [weight / sum(scaled) for weight in scaled]


@dataclass(frozen=True)
class Loose:
    """A habit kept only part of the time; in the other rounds a mixed strategy is played."""

    habit: Habit
    keeping: float
    otherwise: tuple[float, ...]

    def mix(self, past: Past) -> Mix:
        kept = self.habit.mix(past)
        return [self.keeping * a + (1.0 - self.keeping) * b for a, b in zip(kept, self.otherwise, strict=True)]
