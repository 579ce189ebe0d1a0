"""The figures of the move engine, as text."""

from collections.abc import Iterator
from pathlib import Path

from arenas.errors import UserError, nearest


def benchmark(quick: bool = False) -> Iterator[str]:
    """Measure the engine beside the other ways and yield the lines of a Markdown report as they come; `quick` takes less."""
    # heavy, like every door to torch
    from agents.engine.benchmark_report import report

    return report(quick)


def wave_benchmark(shape: str, device: str, matches: int, rounds: int) -> Iterator[str]:
    """Play one wave of a random-weight model of a known shape and set it beside what the device allows, as Markdown.

    Raises `UserError` if there is no such shape or device.
    """
    # heavy, like every door to torch
    from agents.engine.benchmark_report import wave_report
    from agents.engine.benchmark_wave import SHAPES
    from agents.engine.loading import device_named

    if shape not in SHAPES:
        raise UserError(f"unknown shape {shape!r}: {nearest(shape, SHAPES)}")
    return wave_report(shape, device_named(device), matches, rounds)


def real_benchmark(model: str, gguf: Path | None, quick: bool = False) -> Iterator[str]:
    """Measure a real model at play beside other ways to ask it, llama.cpp on its GGUF file among them, as Markdown.

    Raises `UserError` if the model cannot be loaded or there is no such file.
    """
    if gguf is not None and not gguf.is_file():
        raise UserError(f"--gguf {gguf}: no such file")
    # heavy, like every door to torch
    from agents.engine.benchmark_real_report import real_report

    own = Path(model) if model.endswith(".gguf") else None
    return real_report(model, gguf or own, quick)


def memory_benchmark(model: str, rows: int, rounds: int) -> Iterator[str]:
    """What memory a model takes beside its weights while it plays. Raises `UserError` if it cannot be loaded."""
    # heavy, like every door to torch
    from agents.engine.benchmark_memory import memory_report

    return memory_report(model, rows, rounds)
