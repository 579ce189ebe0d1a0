"""The figures of the move engine, as text."""

from collections.abc import Iterator


def benchmark(quick: bool = False) -> Iterator[str]:
    """Measure the engine beside the other ways and yield the lines of a Markdown report as they come; `quick` takes less."""
    # heavy, like every door to torch
    from agents.engine.benchmark_report import report

    return report(quick)
