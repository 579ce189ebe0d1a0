"""Rounds in which somebody gave no valid answer: who does not understand them is never shown one."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from arenas.history import FORFEIT, BoolArray, IntArray, Moves, View, read_only

if TYPE_CHECKING:
    from arenas.play import Maker, Player, Promise, Table

SHARES = ("off_menu", "unended", "forfeit")
"""The parts of a move that may be empty, which means zeros."""


def equally_answered(chosen: IntArray) -> Iterator[tuple[IntArray, IntArray]]:
    """Matches in their order, and the rounds in which all seats of them answered, so that what nobody answered leaves no gap.

    chosen [M,S,T]; of each pair of matches [m] and rounds [t], chosen[matches][:, :, rounds] holds moves only. A match of
    forfeits only is in none.
    """
    answered = (chosen != FORFEIT).all(axis=1)  # [M,T]
    whole = answered.all(axis=1)
    # neighbours that were answered throughout go together; each other match is alone
    for matches in np.split(np.arange(len(chosen)), np.flatnonzero(~(whole[1:] & whole[:-1])) + 1):
        if len(matches) and answered[matches[0]].any():
            yield matches, np.flatnonzero(answered[matches[0]])


def skipping(maker: "Maker", table: "Table", player: "Player") -> "Player":
    """The player, or where it does not say that it `hears_forfeits`, one that plays as it does and is never shown any."""
    if getattr(player, "hears_forfeits", False):
        return player
    return SlowSkipper(maker, table, player) if hasattr(player, "ask") else Skipper(maker, table, player)


class Skipper:
    """Plays as another player would in a match without the rounds in which somebody gave no valid answer.

    A row without such a round is played by the player of the whole table, to the bit. From its first one on, a row is played by
    a player of its own, which catches up with the rounds that are left.
    """

    hears_forfeits = True

    def __init__(self, maker: "Maker", table: "Table", player: "Player") -> None:
        self.foresees = player.foresees
        self.sampled = bool(getattr(player, "sampled", False))
        self._maker, self._table, self._player = maker, table, player
        self._apart: dict[int, Player] = {}
        self._seen = 0

    def act(self, view: View) -> Moves:
        """The moves of every row."""
        return self._promised(view)()

    def _promised(self, view: View) -> "Promise":
        self._notice(view)
        if not self._apart:
            return _asked(self._player, view)
        # whoever plays the whole table is told of some move in the place of none, and what it makes of that row is not used
        common = None if len(self._apart) == len(view.seat) else _asked(self._player, _with_moves(view))
        apart = {row: _asked(player, _alone(view, row)) for row, player in self._apart.items()}

        def moves() -> Moves:
            answers = {row: promise() for row, promise in apart.items()}
            return _joined(None if common is None else common(), answers, len(view.seat))

        return moves

    def _notice(self, view: View) -> None:
        """Seat players of their own where a forfeit is new."""
        new = slice(self._seen, view.rounds_seen)
        failed = ((view.mine[:, new] == FORFEIT) | (view.theirs[:, new] == FORFEIT)).any(axis=1)
        self._seen = view.rounds_seen
        for row in np.flatnonzero(failed).tolist():
            if row not in self._apart:
                only, table = slice(row, row + 1), self._table
                self._apart[row] = self._maker(replace(table, seats=table.seats[only], repeats=table.repeats[only]))


class SlowSkipper(Skipper):
    """The same of a player that promises its moves."""

    def ask(self, view: View) -> "Promise":
        """Set off what `act` would return."""
        return self._promised(view)


def _asked(player: "Player", view: View) -> "Promise":
    if hasattr(player, "ask"):
        promise: Promise = player.ask(view)
        return promise
    moves = player.act(view)
    return lambda: moves


def _with_moves(view: View) -> View:
    """The view with action 0, which is always legal, in the place of a forfeit."""
    mine, theirs = (np.where(moves == FORFEIT, 0, moves) for moves in (view.mine, view.theirs))
    return replace(view, mine=read_only(mine), theirs=read_only(theirs))


def _alone(view: View, row: int) -> View:
    """What one row sees, without the rounds that somebody forfeited."""
    kept: BoolArray = (view.mine[row] != FORFEIT) & (view.theirs[row] != FORFEIT)
    only = slice(row, row + 1)
    return View(
        seat=view.seat[only],
        mine=read_only(view.mine[only, kept]),
        theirs=read_only(view.theirs[only, kept]),
        pay=read_only(view.pay[only, kept]),
        legal=view.legal[only],
        seeds=view.seeds[only],
        match_seeds=view.match_seeds[only],
        foreseen=None if view.foreseen is None else view.foreseen[only],
    )


def _joined(common: Moves | None, apart: dict[int, Moves], rows: int) -> Moves:
    """Moves of all rows, those of single rows in their places."""
    some = [*([] if common is None else [common]), *apart.values()]
    arrays: dict[str, Any] = {}
    for name in ("probs", *(share for share in SHARES if any(len(getattr(moves, share)) for moves in some))):
        first = getattr(some[0], name)
        whole = np.zeros((rows, *first.shape[1:]))
        if common is not None and len(getattr(common, name)):
            whole[:] = getattr(common, name)
        for row, moves in apart.items():
            whole[row] = getattr(moves, name)[0] if len(getattr(moves, name)) else 0.0
        arrays[name] = whole
    for name in ("texts", "readings"):
        if any(getattr(moves, name) is not None for moves in some):
            said = list(getattr(common, name, None) or [""] * rows)
            for row, moves in apart.items():
                said[row] = (getattr(moves, name) or [""])[0]
            arrays[name] = said
    return Moves(**arrays, samples=max(moves.samples for moves in some))
