"""A fixed mixed strategy."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from arenas.bounds import within
from arenas.errors import UserError, nearest
from arenas.game import Game
from arenas.history import FloatArray, View
from arenas.play import Player, Table
from opponents.opponent import OPPONENTS, Opponent, Scripted, shared


@OPPONENTS.register("mixture")
@dataclass(frozen=True)
class Mixture(Opponent):
    """The same distribution every round.

    `weights` gives each action word its share, words left out get none. Without weights every action is `tilt` times as likely
    as the one after it, in any game; 1 is uniform.
    """

    weights: Mapping[str, float] = field(default_factory=dict, hash=False)
    tilt: float = 2.0
    needs_another: ClassVar[bool] = False

    def __post_init__(self) -> None:
        within("tilt", self.tilt, 0.01, 100.0)
        for word, weight in self.weights.items():
            within(f"weights.{word}", weight, 0.0, 1e9)
        if self.weights and not any(self.weights.values()):
            raise UserError("weights must have a sum above 0, got only zeros")

    def player(self, table: Table) -> Player:
        """A player without memory; `UserError` if a weight's word is no action of the game or a seat is left with none."""
        by_seat = self._weights_by_seat(table.game)
        for seat in np.unique(table.seats):
            if not by_seat[seat].sum() > 0:
                raise UserError(f"weights leave the seat {table.game.seats[seat]!r} no action: {self._known(table.game, seat)}")

        def distribution(view: View) -> FloatArray:
            return shared(by_seat[view.seat])

        return Scripted(distribution)

    def _weights_by_seat(self, game: Game) -> FloatArray:
        """Weights [S,A], of largest weight 1 in each seat where any is above 0."""
        words_known = {word for words in game.actions for word in words}
        for word in self.weights:
            if word not in words_known:
                raise UserError(f"weights: unknown action {word!r}: {nearest(word, words_known)}")
        table = np.zeros((len(game.seats), game.width))
        for seat, words in enumerate(game.actions):
            table[seat, : len(words)] = (
                [self.weights.get(word, 0.0) for word in words] if self.weights else self._tilted(len(words))
            )
            table[seat] /= table[seat].max() or 1.0
        return table

    def _tilted(self, count: int) -> FloatArray:
        """Geometric weights [count] of largest 1, so that no tilt overflows, however many the actions."""
        exponents = -np.arange(count) * np.log(self.tilt)
        return np.asarray(np.exp(exponents - exponents.max()), dtype=np.float64)

    @staticmethod
    def _known(game: Game, seat: int) -> str:
        return f"its actions are {', '.join(game.actions[seat])}"
