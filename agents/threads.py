"""How many threads the passes of a wave take on a CPU: chosen as the wave begins, written down, and repeated on resume.

Threads change the last bits of a distribution, and so they are a part of what happened.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

RECHECK_SECONDS = 10.0
"""A choice of this age is looked at again before the next round."""
NEW_TOKENS = 32
"""About what a round reads for a row, its answers with their ends included."""


@dataclass(frozen=True)
class Shape:
    """The sizes of a model's layers, and the tokens of a pass."""

    hidden: int
    inner: int
    tokens: int = 128


@dataclass(frozen=True)
class Choice:
    """The threads of a wave's rounds from `round` on (from 0)."""

    round: int
    threads: int


class WaveThreads:
    """The choices of one wave: those that are known, and those that are still to be made.

    `measure` finds the number for the machine as it is (None: nothing is computed on it), `keep` writes a choice down before
    anything is computed with it, and `use` sets it.
    """

    def __init__(
        self,
        known: Iterable[Choice],
        measure: Callable[[], int] | None,
        keep: Callable[[Choice], None],
        use: Callable[[int], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._choices = sorted(known, key=lambda choice: choice.round)
        self._measure, self._keep, self._use, self._clock = measure, keep, use, clock
        self._looked = clock()

    def before(self, number: int) -> None:
        """Set the threads of a round; they are chosen first if nothing is known or the last look is old."""
        if self._measure is None:
            return
        now = self._clock()
        known = self._choices and (now - self._looked < RECHECK_SECONDS or self._choices[-1].round >= number)
        if not known:
            self._looked = now
            threads = self._measure()
            if not self._choices or threads != self._choices[-1].threads:
                self._choices.append(Choice(number, threads))
                self._keep(self._choices[-1])
        self.at(number)

    def at(self, number: int) -> None:
        """Set what was chosen for a round."""
        for choice in reversed(self._choices):
            if choice.round <= number:
                self._use(choice.threads)
                return


_fixed: int | None = None
_followed: WaveThreads | None = None
"""The wave that is being played. Torch has one number of threads for the whole process, and so there is one wave of them."""


def fix_threads(count: int | None) -> None:
    """Let all passes on a CPU take so many threads from here on; None: as many as suit the machine."""
    global _fixed
    _fixed = count


def fixed_threads() -> int | None:
    """The number that was asked for, if any."""
    return _fixed


def at_round(number: int) -> None:
    """Set the threads of a round of the wave that is being played, if any; called before a model computes."""
    if _followed is not None:
        _followed.at(number)


@contextmanager
def followed(wave: WaveThreads) -> Iterator[None]:
    """Let passes take a wave's threads meanwhile."""
    global _followed
    _followed = wave
    try:
        yield
    finally:
        _followed = None


def wave_threads(models: Sequence[tuple[object, int]], known: Iterable[Choice], keep: Callable[[Choice], None]) -> WaveThreads:
    """The threads of a wave of some models with their rows each; nothing is ever set if none computes on this machine's cores.

    Where no number was asked for, the widest model decides.
    """
    shapes = [(getattr(model, "shape", None), rows) for model, rows in models]
    here = [replace(shape, tokens=NEW_TOKENS * rows) for shape, rows in shapes if isinstance(shape, Shape)]
    if not here:
        return WaveThreads((), None, keep, lambda _: None)
    # heavy, like every door to torch
    from agents.engine.threads import threads_now, use_threads

    widest = max(here, key=lambda shape: shape.hidden * shape.tokens)
    return WaveThreads(known, lambda: _fixed or threads_now(widest), keep, use_threads)
