"""Single key presses from a terminal."""

import os
import select
import sys
import termios
import tty
from types import TracebackType

ARROWS = {"\x1b[C": "n", "\x1bOC": "n", "\x1b[D": "p", "\x1bOD": "p"}
"""Right and left mean the next and the previous round."""


class Keyboard:
    """Hands over keys as they are pressed; the terminal is put back as it was on leaving."""

    def __init__(self) -> None:
        self._descriptor = sys.stdin.fileno()

    def __enter__(self) -> "Keyboard":
        self._before = termios.tcgetattr(self._descriptor)
        tty.setcbreak(self._descriptor)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)

    def pressed(self, seconds: float) -> list[str]:
        """Keys pressed within so many seconds, as soon as there are any; `q` when the input has ended."""
        ready, _, _ = select.select([self._descriptor], [], [], max(seconds, 0.0))
        if not ready:
            return []
        typed = os.read(self._descriptor, 256).decode("utf-8", "ignore")
        return keys_in(typed) if typed else ["q"]


def keys_in(typed: str) -> list[str]:
    """The keys in what a terminal sent; arrows as the letters they stand for, other escape sequences left out."""
    keys, rest = [], typed
    while rest:
        arrow = next((sequence for sequence in ARROWS if rest.startswith(sequence)), None)
        if arrow:
            keys.append(ARROWS[arrow])
            rest = rest[len(arrow) :]
        elif rest[0] == "\x1b":
            end = next((i for i, c in enumerate(rest[1:], 1) if c.isalpha() or c == "~"), len(rest) - 1)
            rest = rest[end + 1 :]
        else:
            keys.append(rest[0])
            rest = rest[1:]
    return keys
