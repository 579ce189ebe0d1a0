"""What some chairs have seen, kept from round to round."""

import numpy as np

from arenas.dice import Dice
from arenas.history import UNSEEN, BoolArray, History, IntArray, View, read_only


class Sight:
    """The past of B chairs in rows of their own, so that a round copies what is new and not the whole match again."""

    def __init__(self, history: History, dice: Dice, matches: IntArray, seats: IntArray, legal: BoolArray) -> None:
        self._matches, self._seats, self._legal = matches, seats, legal
        self._seeds, self._match_seeds = dice.seeds, dice.seeds[matches, seats, 0]
        self._two = history.chosen.shape[1] == 2
        # the chairs of a round lie side by side: a round is written and its last moves are read in one stretch
        shape = (history.chosen.shape[2], len(matches))
        self._mine, self._theirs = np.full(shape, UNSEEN).T, np.full(shape, UNSEEN).T  # [B,T]
        self._pay = np.full(shape, np.nan).T  # [B,T]
        self._seen = 0

    def view(self, history: History) -> View:
        """What the chairs may see before the round that is next in the history they have followed."""
        t, new = history.played, slice(self._seen, history.played)
        matches, seats = self._matches, self._seats
        self._mine[:, new] = history.chosen[matches, seats, new]
        self._pay[:, new] = history.pay[matches, seats, new]
        if self._two:
            self._theirs[:, new] = history.chosen[matches, 1 - seats, new]
        self._seen = t
        return View(
            seat=read_only(seats),
            mine=read_only(self._mine[:, :t]),
            theirs=read_only(self._theirs[:, :t]),
            pay=read_only(self._pay[:, :t]),
            legal=read_only(self._legal),
            seeds=read_only(self._seeds[matches, seats, t]),
            match_seeds=read_only(self._match_seeds),
        )
