"""How many threads torch's work on a CPU should take now: found by trying, and set.

Threads of one pass wait for each other at every operation, and wait by spinning. Where each has a core of its own that is the
fastest way; where another process wants the cores too, whoever waits keeps off the core the one that is waited for.
"""

import hashlib
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from agents.engine.memory import size_stated
from agents.threads import Shape, fixed_threads

OWN = 0.9
"""Share of its time that a thread must be given a core for, to count as having one of its own."""
HASHED = 16 << 20
"""Bytes that each thread hashes to find that out: some ten milliseconds, more than a scheduler's turn."""
SHARE_OF_LOOKING = 0.05
"""The most of all time that may be spent on looking."""
GAIN = 0.98
"""Twice the threads must take less than this share of the time."""
TRIALS = 3
MOST_TOKENS, MOST_WIDTH = 256, 1024
"""Limits of the work that is tried, so that trying takes some milliseconds for a large model too."""
LAYERS = 2
QUOTA = Path("/sys/fs/cgroup/cpu.max")
DEFAULT = torch.get_num_threads()
"""Torch's own number: the cores, or what OMP_NUM_THREADS says."""


def shape_of(model: Any) -> Shape | None:
    """The sizes of a model whose passes are made on this machine's cores by this process alone; None of any other."""
    places = (getattr(model, "hf_device_map", None) or {"": model.device}).values()
    if (getattr(model, "tp_size", None) or 1) > 1 or any(str(place) != "cpu" for place in places):
        return None
    config = model.config.get_text_config()
    hidden = size_stated(config, "hidden_size", 1024)
    return Shape(hidden, size_stated(config, "intermediate_size", 4 * hidden))


def choose(most: int, free: Callable[[int], int], seconds: Callable[[int], float]) -> int:
    """Threads, from 1 to `most`: no more than there are free cores, and of the doublings up to that the fastest.

    `free(n)` says how many of n threads have a core of their own, `seconds(n)` what a piece of the work takes with n.
    """
    cores = min(free(most), most) if most > 1 else 1
    best, count = 1, 1
    while count < cores:
        count = min(2 * count, cores)
        if seconds(count) > GAIN * seconds(best):
            break
        best = count
    return best


def threads_now(shape: Shape) -> int:
    """Threads for work of some shape on this machine as it is now."""
    return choose(min(DEFAULT, cores_allowed()), free_cores, lambda count: _seconds(shape, count))


class Looks:
    """How many of so many threads have a core of their own, by looks of which each counts for as long as it is young.

    `shares(n)` is the share of its time that each of n threads was given a core, while all of them had work.
    """

    def __init__(self, shares: Callable[[int], Sequence[float]], clock: Callable[[], float] = time.monotonic) -> None:
        self._shares, self._clock = shares, clock
        self._found: dict[int, tuple[int, float]] = {}

    def __call__(self, threads: int) -> int:
        """What two looks of at most three agree on, or one that finds all cores free."""
        cores, until = self._found.get(threads, (0, -math.inf))
        start = self._clock()
        if start < until:
            return cores
        found = [self._free(threads)]
        while max(found) < threads and len(found) < 2:
            found.append(self._free(threads))
        if len(found) == 2 and max(found) == threads:
            found.append(self._free(threads))
        cores = sorted(found)[len(found) // 2] if len(found) != 2 else min(found)
        end = self._clock()
        self._found[threads] = cores, end + (end - start) / SHARE_OF_LOOKING
        return cores

    def _free(self, threads: int) -> int:
        return sum(share >= OWN for share in self._shares(threads))


def cores_allowed() -> int:
    """The cores that this process may use, a container's quota included."""
    known = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = QUOTA.read_text().split()
        return max(1, min(known, math.ceil(int(quota) / int(period))))
    except (OSError, ValueError):  # no such file, or "max"
        return known


free_cores = Looks(lambda threads: shares_of(threads))


def use_threads(count: int) -> None:
    """Set what torch's operations take from here on."""
    if torch.get_num_threads() != count:
        torch.set_num_threads(count)


def settle(device: str) -> None:
    """Set the threads for work that begins now, if it is for a CPU."""
    if device == "cpu" or (device == "auto" and not torch.cuda.is_available() and not torch.backends.mps.is_available()):
        use_threads(fixed_threads() or threads_now(Shape(hidden=512, inner=2048)))


@contextmanager
def kept_threads() -> Iterator[None]:
    """Whatever is set meanwhile, what was set before holds again afterwards."""
    before = torch.get_num_threads()
    try:
        yield
    finally:
        use_threads(before)


def shares_of(threads: int) -> list[float]:
    """The share of its time that each of so many threads was given a core, while all of them had work."""
    text, shares, start = bytes(HASHED), [0.0] * threads, threading.Barrier(threads)

    def work(number: int) -> None:
        start.wait()
        wall, own = time.perf_counter(), time.thread_time()
        hashlib.sha256(text)  # without Python's lock
        shares[number] = (time.thread_time() - own) / (time.perf_counter() - wall)

    workers = [threading.Thread(target=work, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return shares


_LEAST: dict[tuple[Shape, int], float] = {}
"""The least seconds that work of a shape has taken with a number of threads: what it takes if nobody disturbs it."""


def _seconds(shape: Shape, threads: int) -> float:
    work = _work(shape)
    with kept_threads():
        use_threads(threads)
        if (shape, threads) not in _LEAST:
            _LEAST[shape, threads] = _timed(work)  # the first time memory is fetched too
        times = [_timed(work) for _ in range(TRIALS)]
    _LEAST[shape, threads] = min(_LEAST[shape, threads], *times)
    return _LEAST[shape, threads]


def _timed(work: Callable[[], Tensor]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _work(shape: Shape) -> Callable[[], Tensor]:
    """Operations in the order of a model's layers, on numbers of no meaning."""
    hidden, inner = min(shape.hidden, MOST_WIDTH), min(shape.inner, 4 * MOST_WIDTH)
    tokens = max(1, min(shape.tokens, MOST_TOKENS))
    start = torch.ones(tokens, hidden)
    square, wide, narrow = torch.ones(hidden, hidden), torch.ones(hidden, inner), torch.ones(inner, hidden)

    def work() -> Tensor:
        with torch.inference_mode():
            x = start
            for _ in range(LAYERS):
                query, key, value = (x @ square for _ in range(3))
                x = torch.nn.functional.layer_norm(x + (query * key + value) @ square, (hidden,))
                up = torch.nn.functional.silu(x @ wide) * (x @ wide)
                x = torch.nn.functional.layer_norm(x + up @ narrow, (hidden,))
        return x

    return work
