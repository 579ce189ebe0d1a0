"""Asking a player what it would do at every history of a short game."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from arenas.dice import Dice
from arenas.errors import UserError
from arenas.history import FloatArray, IntArray, View, read_only
from arenas.matrix_game import MatrixGame
from arenas.play import Maker, Player, Table, fair

MOST_HISTORIES = 5_000_000
"""The largest tree that is walked: seven rounds of rock-paper-scissors."""


@dataclass(frozen=True)
class GameTree:
    """All histories of a repeated matrix game before its last round, as the player in `seat` sees them.

    A history of t rounds is a number in base `branches` with a digit for each round, the oldest first; the round in which the
    other chose a and the player b is the digit a n + b, with n the player's number of actions: the order that
    `analysis.best_response` reads.
    """

    game: MatrixGame
    seat: int

    def __post_init__(self) -> None:
        if self.size > MOST_HISTORIES:
            raise UserError(f"{self.game.rounds} rounds have {self.size:,} histories, more than the {MOST_HISTORIES:,} allowed")

    @property
    def actions(self) -> int:
        """n: the player's number of actions."""
        return len(self.game.actions[self.seat])

    @property
    def branches(self) -> int:
        """What a round can come to: the other's number of actions times the player's."""
        return len(self.game.actions[1 - self.seat]) * self.actions

    @property
    def size(self) -> int:
        """Histories before a round, over all rounds."""
        return int(sum(self.branches**t for t in range(self.game.rounds)))

    def policy(self, maker: Maker, match_seed: int, rows: int) -> list[FloatArray]:
        """The player's distribution at every history, policy[t] [branches^t, n]; as `asked`."""
        return self.asked(maker, match_seed, rows)[0]

    def asked(self, maker: Maker, match_seed: int, rows: int) -> tuple[list[FloatArray], list[FloatArray]]:
        """The player's distribution at every history, [branches^t, n], and its probability on no answer, [branches^t].

        Seated in up to `rows` chairs at once (one at least), each of which follows one longest history, so that chairs agree
        for as long as their histories do and a model reads what they share once. Whoever foresees is refused, and so is whoever
        has no exact distributions.
        """
        depth = self.game.rounds - 1
        block = self.branches ** max(k for k in range(depth + 1) if self.branches**k <= max(rows, 1))
        found = [np.full((self.branches**t, self.actions + 1), np.nan) for t in range(depth + 1)]
        for start in range(0, self.branches**depth, block):
            longest = np.arange(start, start + block)
            player = maker(Table(self.game, np.full(block, self.seat)))
            if player.foresees:
                raise UserError("a player that foresees has no policy of its own: what it does depends on who it meets")
            for t, answers in enumerate(self._walk(player, longest, match_seed)):
                self._keep(found[t], longest // self.branches ** (depth - t), answers)
        return [answers[:, :-1] for answers in found], [answers[:, -1] for answers in found]

    def _walk(self, player: Player, longest: IntArray, match_seed: int) -> Iterator[FloatArray]:
        """The player's distributions and its probability on no answer [B,n+1] in every round, along longest histories [B]."""
        seeds = Dice.roll([match_seed], 2, self.game.rounds).seeds[0, self.seat]
        whole = self._view(longest, seeds[0])
        for t in range(self.game.rounds):
            past = {name: read_only(getattr(whole, name)[:, :t]) for name in ("mine", "theirs", "pay")}
            view = replace(whole, **past, seeds=np.full(len(longest), seeds[t]))
            moves = player.act(view)
            if moves.samples:
                raise UserError("its distributions are estimated from draws or thoughts, so that nothing exact can be said")
            lost = np.zeros(len(longest))
            for mass in (moves.off_menu, moves.unended):
                lost += mass if len(mass) else 0.0
            yield np.column_stack([fair(moves.probs, view.legal)[:, : self.actions], lost])

    def _view(self, longest: IntArray, first_seed: np.uint64) -> View:
        """The end of each of the longest histories."""
        digits = longest[:, None] // self.branches ** np.arange(self.game.rounds - 2, -1, -1) % self.branches  # [B,depth]
        theirs, mine = np.divmod(digits, self.actions)
        rows, seat = len(longest), np.full(len(longest), self.seat)
        seeds = np.full(rows, first_seed)
        pay = self.game.payoff[self.seat, mine, theirs]
        legal = self.game.legal_by_seat[seat]
        return View(seat, read_only(mine), read_only(theirs), read_only(pay), read_only(legal), seeds, seeds)

    @staticmethod
    def _keep(policy: FloatArray, histories: IntArray, probs: FloatArray) -> None:
        """Write answers [B,n+1] at their histories [B], which may come more than once, also from blocks before."""
        new, first, place = np.unique(histories, return_index=True, return_inverse=True)
        if np.abs(probs - probs[first][place]).max() > 1e-5:
            raise ValueError("a player answered one history in two ways")
        unknown = np.isnan(policy[new, 0])
        policy[new[unknown]] = probs[first[unknown]]
