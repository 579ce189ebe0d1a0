"""Stopping a run from outside: Ctrl-C and the wish of a system to end it are one."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

INTERRUPTED_CODE = 130
TERMINATED_CODE = 143
FAILED_CODE = 3
"""Everything was played but the matches of somebody who could not go on."""


class Terminated(KeyboardInterrupt):
    """SIGTERM has come."""


@contextmanager
def terminable() -> Iterator[None]:
    """Within it, SIGTERM stops this process as Ctrl-C does, with what was played kept and the terminal put right."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def exit_code(stop: KeyboardInterrupt) -> int:
    """What a shell expects of a process that was stopped this way: 128 and the number of the signal."""
    return TERMINATED_CODE if isinstance(stop, Terminated) else INTERRUPTED_CODE


def _terminate(*_: object) -> None:
    # once is enough: a second must not break off the writing that the first began
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise Terminated
