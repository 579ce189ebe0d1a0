"""The state of a replay: which round is shown, and what a key does to it."""

from dataclasses import dataclass

SLOWEST, FASTEST = 0.125, 64.0
"""Rounds a second."""


@dataclass
class Playback:
    """Walks through the rounds of one match. `round` counts from 1."""

    rounds: int
    speed: float = 2.0
    round: int = 1
    paused: bool = False
    typed: str | None = None
    """The digits typed after `g`; None when no round is asked for."""
    waited: float = 0.0
    leaving: str = ""
    """`quit`, `next` or `previous` (match) once this match is left."""

    def press(self, key: str) -> None:
        """What a key does; unknown keys do nothing."""
        if self.typed is not None:
            self._type(key)
        elif key == " ":
            self.paused = not self.paused
        elif key in "np":
            self._step(1 if key == "n" else -1)
        elif key in "+=":
            self.speed = min(self.speed * 2, FASTEST)
        elif key in "-_":
            self.speed = max(self.speed / 2, SLOWEST)
        elif key == "g":
            self.typed, self.paused = "", True
        elif key in "NP":
            self.leaving = "next" if key == "N" else "previous"
        elif key in "qQ":
            self.leaving = "quit"

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        if self.paused or self.round == self.rounds:
            self.waited = 0.0
            return
        self.waited += seconds
        while self.waited * self.speed >= 1.0 and self.round < self.rounds:
            self.waited -= 1.0 / self.speed
            self.round += 1

    @property
    def patience(self) -> float | None:
        """Seconds until something moves by itself; None if nothing will."""
        return None if self.paused or self.round == self.rounds else max(1.0 / self.speed - self.waited, 0.0)

    def _step(self, by: int) -> None:
        self.paused = True
        self.round = min(max(self.round + by, 1), self.rounds)

    def _type(self, key: str) -> None:
        typed = self.typed or ""
        if key.isdecimal() and key.isascii() and len(typed) < 6:
            self.typed = typed + key
        elif key in "\x7f\b":
            self.typed = typed[:-1]
        elif key in "\r\n":
            if typed:
                self.round = min(max(int(typed), 1), self.rounds)
            self.typed = None
        elif not key.isdecimal():
            self.typed = None
