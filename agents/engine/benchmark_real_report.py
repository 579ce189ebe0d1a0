"""What was measured of a real model, as Markdown that can be committed."""

from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import torch
import transformers

from agents.engine.benchmark_llama import HOW, installed
from agents.engine.benchmark_real import ROUND, RealBench
from agents.engine.benchmark_report import processor, row, rows_of, table

ROWS = (1, 16, 64)
LLAMA = "llama.cpp's server, prompt cache on"


def real_report(model: str, gguf: Path | None, quick: bool) -> Iterator[str]:
    """A model's moves a second at some numbers of rows, and in brackets how many times as fast the engine is, line by line."""
    bench = RealBench(model)
    rows = ROWS[:2] if quick else ROWS
    yield from _head(bench, model)
    engine = {count: bench.engine(count) for count in rows}
    yield from table(f"Moves a second in round {ROUND} (times as fast the engine is)", [rows_of(count) for count in rows])
    yield row("this engine: all answers, with their ends", [f"{count / engine[count]:.1f}" for count in rows])
    tokens = bench.answer_tokens
    ways: dict[str, Callable[[int], float]] = {
        "a forward pass on the model's own cache": bench.forward,
        "`generate`, one token": lambda count: bench.generate(count, 1),
        f"`generate`, an answer of {tokens} tokens": lambda count: bench.generate(count, tokens),
    }
    if gguf is not None and installed():
        ways[f"{LLAMA}, one token"] = lambda count: bench.llama(gguf, count, 1)
        ways[f"{LLAMA}, an answer of {tokens} tokens"] = lambda count: bench.llama(gguf, count, tokens)
    for name, way in ways.items():
        other = {count: way(count) for count in rows}
        yield row(name, [f"{count / other[count]:.1f} ({other[count] / engine[count]:.2g})" for count in rows])
    yield ""
    yield from _llama(bench, gguf)


def _head(bench: RealBench, model: str) -> Iterator[str]:
    weights = sum(parameter.numel() for parameter in bench.stock.parameters())
    yield (
        f"{Path(model).name}, {weights / 1e6:.0f} M weights, {str(bench.model.dtype).removeprefix('torch.')}; "
        f"rock-paper-scissors in style {bench.agent.style.name}; {'; '.join(bench.agent.model.notes)}."
    )
    yield (
        f"{processor()}, {torch.get_num_threads()} thread(s), torch {torch.__version__}, "
        f"transformers {transformers.__version__}, {date.today().isoformat()}; "
        f"{'seconds of the processor' if bench.by_processor else 'seconds that passed'}."
    )


def _llama(bench: RealBench, gguf: Path | None) -> Iterator[str]:
    if gguf is None:
        yield f"{LLAMA}: not measured, no GGUF file was given (--gguf FILE)."
    elif not installed():
        yield f"{LLAMA}: not measured, not installed: {HOW}."
    else:
        difference, variation, rounds = bench.agreement(gguf)
        yield (
            f"llama.cpp on {gguf.name} against plain passes, the answers of {rounds} rounds: probabilities differ by at most "
            f"{difference:.3f}, distributions by a total variation of at most {variation:.3f}."
        )
