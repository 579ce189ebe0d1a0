"""What the benchmark measured, as Markdown that can be committed."""

import os
import platform
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import torch
import transformers

from agents.engine.benchmark import DELTA, PREFIX, Bench, Measured
from agents.engine.benchmark_play import share_of_forward

ROUNDS = (1, 10, 50, 100)
ROWS = (1, 16, 64, 256)
BESIDE = 16
"""Rows at which the other ways are timed."""


def report(quick: bool) -> Iterator[str]:
    """All figures of one process, line by line."""
    bench = Bench()
    rounds, rows = ((1, 10), (1, 16)) if quick else (ROUNDS, ROWS)
    yield from _head(bench)
    engine: dict[tuple[int, int], Measured] = {}
    yield from _table("Moves a second", [f"round {r}" for r in rounds])
    for count in rows:
        for r in rounds:
            engine[count, r] = bench.engine(count, r)
        yield _row(f"{count} rows" if count > 1 else "1 row", [f"{engine[count, r].moves_a_second:.1f}" for r in rounds])
    yield from _shares(bench, engine, rows, rounds)
    yield from _beside(bench, engine, rounds)
    yield from _identical(bench, rows[-1])
    yield from _dtypes(bench, 16 if quick else 64)
    moves, share = share_of_forward(bench, 16 if quick else 64, 5 if quick else 20)
    yield f"Whole matches, with prompts, dice, rules and store: {moves:.1f} moves a second; {share:.0%} is forward passes."
    yield f"Largest difference of any probability from a plain forward pass, ragged rows: {bench.largest_difference():.1e}."
    yield "GPU rows (bf16, Llama-3.1-8B shape; vLLM): not measured, no GPU at hand." if not torch.cuda.is_available() else ""


def _head(bench: Bench) -> Iterator[str]:
    c = bench.config
    weights = sum(parameter.numel() for parameter in bench.stock.parameters())
    yield (
        f"Llama of hidden size {c.hidden_size}, {c.num_hidden_layers} layers, {weights / 1e6:.0f} M random weights, float32; "
        f"{PREFIX} tokens, then {DELTA} a round."
    )
    yield (
        f"{_processor()}, {torch.get_num_threads()} thread(s), torch {torch.__version__}, "
        f"transformers {transformers.__version__}, {date.today().isoformat()}."
    )


def _shares(
    bench: Bench, engine: dict[tuple[int, int], Measured], rows: tuple[int, ...], rounds: tuple[int, ...]
) -> Iterator[str]:
    yield from _table("Share of the matmul peak (of the same-shape linear layers alone)", [f"round {r}" for r in rounds])
    for count in rows:
        cells = []
        for r in rounds:
            again, peak, linear = bench.engine(count, r), bench.peak(), bench.linear_layers(count)
            seconds = min(again.seconds, engine[count, r].seconds)
            cells.append(f"{bench.flops(count, r) / seconds / peak:.0%} ({linear / seconds:.0%})")
        yield _row(f"{count} rows" if count > 1 else "1 row", cells)
    if 100 in rounds and 64 in rows:
        yield ""
        yield f"At 64 rows round 100 costs {engine[64, 100].seconds / engine[64, 1].seconds:.2f} times round 1."


def _beside(bench: Bench, engine: dict[tuple[int, int], Measured], rounds: tuple[int, ...]) -> Iterator[str]:
    yield from _table(f"Times faster than other ways, {BESIDE} rows", [f"round {r}" for r in rounds])
    for way in (bench.generate, bench.one_by_one, bench.log_likelihood, bench.continuous):
        cells = []
        for r in rounds:
            other = way(BESIDE, r)
            cells.append(f"{other.seconds / engine[BESIDE, r].seconds:.1f}")
        yield _row(other.way, cells)
    yield _row("vLLM with prefix caching", ["not measured"] * len(rounds))


def _identical(bench: Bench, rows: int) -> Iterator[str]:
    same, one = bench.engine(rows, 10, same=True), bench.engine(1, 10)
    yield ""
    yield f"{rows} rows that have read the same cost {same.seconds / one.seconds:.2f} times one row."


def _dtypes(bench: Bench, rows: int) -> Iterator[str]:
    half = Bench(torch.bfloat16)
    half.model.load_state_dict(bench.model.state_dict())
    for r in (1, 10):
        gain = bench.engine(rows, r).seconds / half.engine(rows, r).seconds
        yield f"bfloat16 at {rows} rows, round {r}: {gain:.2f} times float32."


def _table(title: str, columns: list[str]) -> Iterator[str]:
    yield ""
    yield f"**{title}**"
    yield ""
    yield _row("", columns)
    yield _row("---", ["---:"] * len(columns))


def _row(name: str, cells: list[str]) -> str:
    return f"| {' | '.join([name, *cells])} |"


def _processor() -> str:
    listing = Path("/proc/cpuinfo")
    names = (
        [line.split(":", 1)[1].strip() for line in listing.read_text().splitlines() if line.startswith("model name")]
        if (listing.exists())
        else []
    )
    return f"{names[0] if names else platform.processor() or platform.machine()} ({os.cpu_count()} cores)"
