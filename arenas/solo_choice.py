"""Games against nobody: choose at random, one answer a round, always from the same answers."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from arenas.bounds import within
from arenas.errors import UserError
from arenas.game import Game
from arenas.history import FORFEIT, FloatArray, History, IntArray
from arenas.wording import check_template


class SoloChoice(Game):
    """`length` random choices, one a round; each match is a fresh context.

    A round pays what somebody who knows the distribution and guesses its likeliest answer (the first of several) costs: the
    chance of a guess, 1/K, less 1 if the guess is right. Uniform play earns 0, a player that always says the same 1/K - 1, and
    so does no valid answer.
    `wording` replaces the rules; it may hold the fields of `terms`. Empty, the game words them itself.
    """

    length: int
    wording: str
    things: ClassVar[tuple[str, str]]
    """What an answer is called: one of them, and many."""

    @property
    @abstractmethod
    def terms(self) -> Mapping[str, object]:
        """What a wording may speak of, by field."""

    @abstractmethod
    def own_rules(self) -> str:
        """The rules where no wording is given."""

    def check_wording(self) -> None:
        """Raise `UserError` if the length or the wording cannot be."""
        within("length", self.length, 1, 10_000)
        check_template("wording", self.wording, self.terms)
        if self.wording != self.wording.strip():
            raise UserError(f"wording must have no space around it, got {self.wording!r}")

    @property
    def rounds(self) -> int:  # type: ignore[override]
        return self.length

    @property
    def seats(self) -> tuple[str, ...]:
        return ("picker",)

    def rules(self, seat: int) -> str:
        return self.wording.format(**self.terms) if self.wording else self.own_rules()

    def pay(self, history: History, t: int) -> FloatArray:
        guess, chosen = history.probs[:, :, t].argmax(axis=-1), history.chosen[:, :, t]
        return np.asarray(1.0 / self.width - ((chosen == guess) | (chosen == FORFEIT)))

    def expected_pay(self, history: History, t: int) -> FloatArray:
        probs: FloatArray = history.probs[:, :, t]
        forfeit = history.forfeit[:, :, t]
        return np.asarray(
            1.0 / self.width - np.where(forfeit > 0, forfeit + (1.0 - forfeit) * probs.max(axis=-1), probs.max(axis=-1))
        )

    def exploitability(self, seat: IntArray, probs: FloatArray) -> FloatArray:
        return np.asarray(np.maximum(probs.max(axis=1) - 1.0 / self.width, 0.0))
