"""Where the last rounds have come by before."""

import numpy as np

from arenas.history import IntArray


class SuffixMatches:
    """How long a stretch before each round equals the stretch before the round that is next, in B matches.

    A round more costs time in proportion to the rounds so far; up to a few hundred that is less than a tree of contexts takes.
    """

    def __init__(self, rows: int, rounds: int, longest: int) -> None:
        self.longest = longest
        self.played = 0
        self._symbols = np.zeros((rows, rounds + 1), dtype=np.int32)
        self._moves = np.zeros((rows, rounds + 1), dtype=np.int64)
        self._lengths = np.zeros((rows, rounds + 2), dtype=np.int32)

    @property
    def lengths(self) -> IntArray:
        """[B,t]: how many symbols up to just before round i equal the last ones, at most `longest`."""
        return np.asarray(self._lengths[:, : self.played])

    @property
    def moves(self) -> IntArray:
        """[B,t]: the moves that were heard with the symbols."""
        return np.asarray(self._moves[:, : self.played])

    def advance(self, symbols: IntArray, moves: IntArray) -> None:
        """Take in one more round: symbols [B], by which rounds are compared, and moves [B], which are to be foretold."""
        t = self.played
        if t == self._symbols.shape[1]:
            self._symbols = np.pad(self._symbols, ((0, 0), (0, t)))
            self._moves = np.pad(self._moves, ((0, 0), (0, t)))
            self._lengths = np.pad(self._lengths, ((0, 0), (0, t)))
        self._symbols[:, t], self._moves[:, t] = symbols, moves
        same = self._symbols[:, : t + 1] == self._symbols[:, t, None]
        self._lengths[:, 1 : t + 2] = np.minimum(self._lengths[:, : t + 1] + 1, self.longest) * same
        self.played = t + 1
