"""The contract every game fulfils, and the registry of games."""

from abc import ABC, abstractmethod
from dataclasses import fields
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from arenas.dice import Dice
from arenas.history import BoolArray, FloatArray, History, IntArray, View
from arenas.registry import Registry
from arenas.sight import Sight

GAMES: Registry[type["Game"]] = Registry("game")


class Game(ABC):
    """A game's rules: pure functions of the history. Its parameters are its dataclass fields, so it is its own config.

    Every game has `seats` (their names, one or two) and `actions` (for each seat, the words a player may answer with).
    """

    rounds: int
    free_text: ClassVar[bool] = False
    """Whether a round asks for free text instead of one of several words."""
    scored: ClassVar[bool] = True
    """Whether pay says anything about the player."""

    @property
    @abstractmethod
    def seats(self) -> tuple[str, ...]:
        """The names of the seats."""

    @property
    @abstractmethod
    def actions(self) -> tuple[tuple[str, ...], ...]:
        """For each seat, the legal words."""

    @abstractmethod
    def rules(self, seat: int) -> str:
        """The rules in the second person, as told to the player in `seat`."""

    @abstractmethod
    def pay(self, history: History, t: int) -> FloatArray:
        """Points [M,S] for the moves chosen in round t."""

    @abstractmethod
    def expected_pay(self, history: History, t: int) -> FloatArray:
        """Points [M,S] expected in round t over the distributions played, given the rounds before."""

    @abstractmethod
    def exploitability(self, seat: IntArray, probs: FloatArray) -> FloatArray:
        """Points [B] a round that an opponent who knows probs [B,A] wins from it, beyond the game's value. Never negative."""

    def value(self, seat: int) -> float:
        """Points a round that perfect play guarantees to `seat`."""
        return 0.0

    @property
    def width(self) -> int:
        """A: the largest number of actions of any seat."""
        return max(len(words) for words in self.actions)

    @property
    def seats_alike(self) -> bool:
        """Whether it makes no difference who sits where."""
        return len(self.seats) == 1

    @cached_property
    def legal_by_seat(self) -> BoolArray:
        """Which actions are legal, [S,A]."""
        counts = np.array([len(words) for words in self.actions])
        return np.arange(self.width) < counts[:, None]

    def view(self, history: History, dice: Dice, matches: IntArray, seats: IntArray) -> View:
        """What the chairs (matches [B], seats [B]) may see before the round that is next."""
        return self.sight(history, dice, matches, seats).view(history)

    def sight(self, history: History, dice: Dice, matches: IntArray, seats: IntArray) -> Sight:
        """What the chairs (matches [B], seats [B]) may see of a history, round after round."""
        return Sight(history, dice, matches, seats, self.legal_by_seat[seats])

    def config(self) -> dict[str, Any]:
        """The parameters from which the game can be made again, with its registered name under `game`."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}  # type: ignore[arg-type]
        return {"game": GAMES.name_of(type(self)), **values}
