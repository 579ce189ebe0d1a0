"""What the benchmark measured, as Markdown that can be committed."""

import os
import platform
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import torch
import transformers

from agents.engine.benchmark import Bench, Measured
from agents.engine.benchmark_effects import effects
from agents.engine.benchmark_limits import matmul_peak, peak_memory
from agents.engine.benchmark_play import share_of_forward
from agents.engine.benchmark_vllm import installed, vllm_seconds
from agents.engine.benchmark_wave import DELTA, PREFIX, Wave
from agents.engine.memory import spoken

ROUNDS = (1, 10, 50, 100)
ROWS = (1, 16, 64, 256)
BESIDE = 16
"""Rows at which the other ways are timed."""
BUSY_ROUNDS = 10
LARGE = "llama-3.1-8b"
"""The shape that is measured on a GPU without being asked for."""


def report(quick: bool) -> Iterator[str]:
    """All figures of one process, line by line."""
    bench = Bench()
    rounds, rows = ((1, 10), (1, 16)) if quick else (ROUNDS, ROWS)
    yield from _head(bench)
    engine: dict[tuple[int, int], Measured] = {}
    yield from table("Moves a second", [f"round {r}" for r in rounds])
    for count in rows:
        for r in rounds:
            engine[count, r] = bench.engine(count, r)
        yield row(rows_of(count), [f"{engine[count, r].moves_a_second:.1f}" for r in rounds])
    yield from _shares(bench, engine, rows, rounds)
    yield from _memory(engine, rows, rounds)
    yield from _beside(bench, engine, rounds)
    yield from _identical(bench, rows[-1])
    half = Bench(torch.bfloat16)
    half.model.load_state_dict(bench.model.state_dict())
    half.stock.load_state_dict(bench.stock.state_dict())
    yield from _dtypes(bench, half, 16 if quick else 64)
    moves, share = share_of_forward(bench, 16 if quick else 64, 5 if quick else 20)
    yield f"Whole matches, with prompts, dice, rules and store: {moves:.1f} moves a second; {share:.0%} is forward passes."
    yield f"Largest difference of any probability from a plain forward pass, ragged rows: {bench.largest_difference():.1e}."
    yield from _effects(bench, half, rows)
    yield ""
    if torch.cuda.is_available():
        yield from wave_report(LARGE, torch.device("cuda"), 256, 100)
    else:
        yield f"{LARGE} in bfloat16 on a GPU, beside vLLM: not measured, no GPU at hand."


def wave_report(shape: str, device: torch.device, matches: int, rounds: int) -> Iterator[str]:
    """One whole wave of a model of some shape beside the roofline of the device; bfloat16 on a GPU, float32 on a CPU."""
    wave = Wave(shape, device, torch.float32 if device.type == "cpu" else torch.bfloat16)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else processor()
    yield (
        f"{shape}, random weights, {str(wave.dtype).removeprefix('torch.')}, on {name}: {matches} matches of {rounds} rounds, "
        f"{PREFIX} tokens, then {DELTA} a round."
    )
    yield (
        f"Measured here: {wave.limits.flops / 1e12:.3g} TFLOP/s of a matrix product, {wave.limits.bandwidth / 1e9:.4g} GB/s "
        "of a copy."
    )
    played = list(wave.rounds(matches, rounds))
    shown = [r for r in played if r.number in {*ROUNDS, rounds}]
    yield from table("A round of all matches", [f"round {r.number}" for r in shown])
    yield row("ms", [f"{1e3 * r.seconds:.1f}" for r in shown])
    yield row("ms by the roofline", [f"{1e3 * r.least:.1f}" for r in shown])
    yield row("share of the roofline", [f"{r.least / r.seconds:.0%}" for r in shown])
    seconds, least = sum(r.seconds for r in played), sum(r.least for r in played)
    yield ""
    yield (
        f"All rounds: {seconds:.2f} s, {matches * rounds / seconds:,.0f} moves a second; {least:.2f} s by the roofline "
        f"({least / seconds:.0%}). Peak memory {spoken(wave.memory())}."
    )
    if device.type == "cuda":
        yield f"The GPU computes {wave.busy(matches, BUSY_ROUNDS):.0%} of the time of {BUSY_ROUNDS} rounds."
        yield _beside_vllm(wave.model.cpu(), matches, rounds, seconds)


def _beside_vllm(model: Any, matches: int, rounds: int, seconds: float) -> str:
    """The same rounds by vLLM, if it is there; the model must have left the GPU."""
    if not installed():
        return "vLLM with prefix caching: not measured, not installed."
    torch.cuda.empty_cache()
    try:
        other = sum(vllm_seconds(model, matches, rounds))
    except RuntimeError as error:
        return f"vLLM with prefix caching: not measured, it failed: {error}"
    return f"vLLM with prefix caching: {other:.2f} s for all rounds, {other / seconds:.2f} times this engine's."


def _head(bench: Bench) -> Iterator[str]:
    c = bench.stock.config
    weights = sum(parameter.numel() for parameter in bench.stock.parameters())
    yield (
        f"Llama of hidden size {c.hidden_size}, {c.num_hidden_layers} layers, {weights / 1e6:.0f} M random weights, float32; "
        f"{PREFIX} tokens, then {DELTA} a round."
    )
    yield (
        f"{processor()}, {torch.get_num_threads()} thread(s), torch {torch.__version__}, "
        f"transformers {transformers.__version__}, {date.today().isoformat()}."
    )


def _memory(engine: dict[tuple[int, int], Measured], rows: tuple[int, ...], rounds: tuple[int, ...]) -> Iterator[str]:
    yield from table("Memory of the cache", [f"round {r}" for r in rounds])
    for count in rows:
        yield row(rows_of(count), [spoken(engine[count, r].cache) for r in rounds])
    yield ""
    # taken before the other ways, which need more, are measured
    yield f"Most memory of the process, model and stock twin included: {spoken(peak_memory(torch.device('cpu')))}."


def _effects(bench: Bench, half: Bench, rows: tuple[int, ...]) -> Iterator[str]:
    yield from table("Total variation between distributions of the next token", ["mean", "largest"])
    for effect in effects(bench, half, rows):
        yield row(effect.what, [f"{effect.mean:.1e}", f"{effect.largest:.1e}"])


def _shares(
    bench: Bench, engine: dict[tuple[int, int], Measured], rows: tuple[int, ...], rounds: tuple[int, ...]
) -> Iterator[str]:
    yield from table("Share of the matmul peak (of the same-shape linear layers alone)", [f"round {r}" for r in rounds])
    for count in rows:
        cells = []
        for r in rounds:
            again, linear = bench.engine(count, r), bench.linear_layers(count)
            peak = matmul_peak(bench.device, bench.dtype)
            seconds = min(again.seconds, engine[count, r].seconds)
            cells.append(f"{bench.flops(count, r) / seconds / peak:.0%} ({linear / seconds:.0%})")
        yield row(rows_of(count), cells)
    if 100 in rounds and 64 in rows:
        yield ""
        yield f"At 64 rows round 100 costs {engine[64, 100].seconds / engine[64, 1].seconds:.2f} times round 1."


def _beside(bench: Bench, engine: dict[tuple[int, int], Measured], rounds: tuple[int, ...]) -> Iterator[str]:
    yield from table(f"Times faster than other ways, {BESIDE} rows", [f"round {r}" for r in rounds])
    for way in (bench.generate, bench.one_by_one, bench.log_likelihood, bench.continuous):
        cells = []
        for r in rounds:
            other = way(BESIDE, r)
            cells.append(f"{other.seconds / engine[BESIDE, r].seconds:.1f}")
        yield row(other.way, cells)


def _identical(bench: Bench, rows: int) -> Iterator[str]:
    same, one = bench.engine(rows, 10, same=True), bench.engine(1, 10)
    yield ""
    yield f"{rows} rows that have read the same cost {same.seconds / one.seconds:.2f} times one row."


def _dtypes(bench: Bench, half: Bench, rows: int) -> Iterator[str]:
    for r in (1, 10):
        gain = bench.engine(rows, r).seconds / half.engine(rows, r).seconds
        yield f"bfloat16 at {rows} rows, round {r}: {gain:.2f} times float32."


def table(title: str, columns: list[str]) -> Iterator[str]:
    """The head of a table of Markdown."""
    yield ""
    yield f"**{title}**"
    yield ""
    yield row("", columns)
    yield row("---", ["---:"] * len(columns))


def row(name: str, cells: list[str]) -> str:
    """A line of one."""
    return f"| {' | '.join([name, *cells])} |"


def rows_of(count: int) -> str:
    """A number of rows as people say it."""
    return f"{count} rows" if count > 1 else "1 row"


def processor() -> str:
    """The processor's name and its cores."""
    listing = Path("/proc/cpuinfo")
    names = (
        [line.split(":", 1)[1].strip() for line in listing.read_text().splitlines() if line.startswith("model name")]
        if (listing.exists())
        else []
    )
    return f"{names[0] if names else platform.processor() or platform.machine()} ({os.cpu_count()} cores)"
