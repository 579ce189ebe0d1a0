"""What memory is free, and work cut into passes that fit it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch

from arenas.errors import UserError

SHARE = 0.8
"""Of the free memory, what a pass or a cache may take: what it will take is known roughly only."""
CGROUPS = (
    ("memory.max", "memory.current", "memory.stat"),
    ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat"),
)
"""The limit, the use and the particulars of a container's memory, in the two versions of Linux control groups."""
CGROUP_ROOT = Path("/sys/fs/cgroup")
MEMORY_INFORMATION = Path("/proc/meminfo")

Result = TypeVar("Result")


class DoesNotFitError(UserError, MemoryError):
    """Memory ran out on the least that can be done at once."""


def free_memory(device: torch.device) -> int | None:
    """Bytes that can still be taken on a device; None where that cannot be told."""
    if device.type == "cuda":
        # what torch keeps for later is free to it
        kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + kept
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory()) - int(torch.mps.driver_allocated_memory())
    known = [free for free in (_free_of_machine(), _free_of_container()) if free is not None]
    return min(known) if known else None


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out; each device has its own way to."""
    said = str(error)
    return isinstance(error, torch.OutOfMemoryError | MemoryError) or (
        isinstance(error, RuntimeError) and ("can't allocate memory" in said or "out of memory" in said)
    )


def does_not_fit(what: str, size: int, device: torch.device) -> DoesNotFitError:
    """The line that says so; `size` is what it wanted, in bytes, 0 if that is not known."""
    wanted = f", which takes about {spoken(size)}," if size else ""
    free = free_memory(device)
    there = "" if free is None else f", where {spoken(free)} is free"
    return DoesNotFitError(f"{what}{wanted} does not fit the memory of {device}{there}: lower `rows`, or play shorter matches")


def spoken(size: int) -> str:
    """A number of bytes as people say it."""
    power = min((max(size, 1).bit_length() - 1) // 10, 3)
    return f"{size / 1024**power:.3g} {('bytes', 'KiB', 'MiB', 'GiB')[power]}"


class Passes:
    """Cuts work on many rows into passes that fit the free memory.

    A pass that runs out of memory all the same is made again in halves, and so are all that follow.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._limit: int | None = None
        self._found_to_fit = 0

    def run(self, rows: int, bytes_per_row: int, work: Callable[[slice], Result], most: int | None = None) -> list[Result]:
        """What `work` returns for each slice of at most `most` rows, in their order. It may be called again for rows it
        failed on.

        Raises `DoesNotFitError` if memory runs out on a single row.
        """
        results, first = [], 0
        at_once = self._fitting(min(rows, most or rows), bytes_per_row)
        while first < rows:
            part = slice(first, min(first + at_once, rows))
            try:
                results.append(work(part))
                first = part.stop
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                if part.stop - part.start == 1:
                    raise does_not_fit("one row's forward pass", bytes_per_row, self._device) from error
                at_once = self._limit = (part.stop - part.start) // 2
                release(self._device)
        return results

    def _fitting(self, rows: int, bytes_per_row: int) -> int:
        """The rows of a pass, from what is free; that is not asked anew before a pass takes twice as much as when it was."""
        at_once = min(rows, self._limit or rows)
        if at_once * bytes_per_row > self._found_to_fit:
            free = free_memory(self._device)
            if free is not None:
                at_once = min(at_once, max(1, int(SHARE * free) // max(1, bytes_per_row)))
                self._found_to_fit = min(2 * at_once * bytes_per_row, int(SHARE * free))
        return at_once


def release(device: torch.device) -> None:
    """Give back what torch keeps of a device's memory for later."""
    if device.type == "cuda":
        torch.cuda.empty_cache()
    if device.type == "mps":
        torch.mps.empty_cache()


def bytes_of_pass(config: Any, columns: int, keys: int, outputs: int, itemsize: int) -> int:
    """About what a forward pass takes for each row, beside the cache: `columns` new tokens that attend to `keys`, and logits
    after `outputs` of them.

    The widest moment of a layer, its scores as if they were written out, the masks, and the logits with copies in float32.
    """
    heads, hidden = size_stated(config, "num_attention_heads", 1), size_stated(config, "hidden_size", 4096)
    inner = size_stated(config, "intermediate_size", 4 * hidden)
    layer = columns * (8 * hidden + 3 * inner) * itemsize
    scores = columns * keys * (2 * heads * itemsize + heads * itemsize + 1)
    return layer + scores + outputs * size_stated(config, "vocab_size", 2**17) * (itemsize + 12)


def size_stated(config: Any, name: str, default: int) -> int:
    """A size that a configuration states, the largest if it differs between layers; the default if it states none."""
    try:
        stated = getattr(config, name)
    except (AttributeError, RuntimeError):  # the second where every layer has its own
        return default
    return max(
        (size for size in (stated if isinstance(stated, list | tuple) else [stated]) if isinstance(size, int)), default=default
    )


def _free_of_machine() -> int | None:
    try:
        for line in MEMORY_INFORMATION.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    if "SC_AVPHYS_PAGES" in os.sysconf_names:
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _free_of_container() -> int | None:
    """What a container may still take, its caches of files included, which make room; None without a limit."""
    for limit, used, particulars in CGROUPS:
        try:
            left = int((CGROUP_ROOT / limit).read_text()) - int((CGROUP_ROOT / used).read_text())
            stated = dict(line.split() for line in (CGROUP_ROOT / particulars).read_text().splitlines())
            return left + sum(int(stated.get(name, 0)) for name in ("active_file", "inactive_file"))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return None
