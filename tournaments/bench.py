"""How fast moves come, of models and of scripted players, beside other programs: `python -m tournaments.bench`."""

import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import combinations_with_replacement
from multiprocessing import get_context
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from agents.benchmark import benchmark, memory_benchmark, real_benchmark, wave_benchmark
from analysis.application import application
from analysis.figures import plain_table
from arenas.bounds import within
from arenas.command_line import one_line_errors
from arenas.dice import Dice, match_seed
from arenas.play import play, take_seats
from arenas.rock_paper_scissors import RockPaperScissors
from opponents.brockbank_vul_adaptive import CONTEXTS
from opponents.brockbank_vul_stable import RULES
from opponents.mixture import Mixture
from opponents.opponent import OPPONENTS, Opponent
from opponents.roshambo import bot_names
from tournaments.other_programs import axelrod_rate, kaggle_rate
from tournaments.population_bench import population_report

LIGHT_SECONDS = 2e-6
"""Whoever takes no longer for a move, in a large wave, counts as light: it is computed for all matches at once."""
Pair = tuple[str, str]


@one_line_errors
def bench(
    scripted: Annotated[bool, typer.Option("--scripted", help="Whole tournaments of scripted players.")] = False,
    population: Annotated[bool, typer.Option("--population", help="Everybody on the scale of the RoShamBo bots.")] = False,
    quick: Annotated[bool, typer.Option("--quick", help="Of the models: fewer rows and rounds.")] = False,
    model: Annotated[str | None, typer.Option(metavar="MODEL", help="This model: a folder, a hub id, smollm2.")] = None,
    gguf: Annotated[Path | None, typer.Option(metavar="FILE", help="Of a model: the same one for llama.cpp.")] = None,
    shape: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of a model of this shape: one whole wave (llama-3.1-8b, small, tiny).")
    ] = None,
    device: Annotated[str, typer.Option(help="Of a shape: where; auto is the GPU if there is one.")] = "auto",
    memory: Annotated[str | None, typer.Option(metavar="MODEL", help="What memory this model takes to play.")] = None,
    rows: Annotated[int, typer.Option(help="Of the memory: matches that are played at once.")] = 128,
    matches: Annotated[int, typer.Option(help="Of a shape: matches of the wave.")] = 256,
    games: Annotated[int, typer.Option(help="Of the population: matches a pair.")] = 4,
    rounds: Annotated[
        int | None, typer.Option(help="Rounds a match: 200 of scripted players, 100 of a shape, 10 of the memory.")
    ] = None,
    processes: Annotated[int, typer.Option(help="Processes for the tournament of everybody; 0: one a core.")] = 0,
) -> None:
    """Measure how fast models move, beside other ways to ask them; with --scripted how fast scripted players do.

    With --scripted, Axelrod's own tournament and kaggle-environments' rock-paper-scissors are measured in the same run where
    they are installed; with --model a real model plays, beside llama.cpp's server where that is. A match-turn is a round of
    one match, both players' moves and the pay included. On a GPU the shape of Llama-3.1-8B is measured without being asked for.
    """
    if rounds is not None:
        within("--rounds", rounds, 10, 1000)
    within("--rows", rows, 1, 100_000)
    within("--matches", matches, 1, 100_000)
    within("--games", games, 1, 100_000)
    within("--processes", processes, 0, 1024)
    workers = processes or os.cpu_count() or 1
    if population:
        lines: Iterable[str] = population_report(own_players(), games, workers)
    elif scripted:
        lines = scripted_report(rounds or 200, workers)
    elif model is not None:
        lines = real_benchmark(model, gguf, quick)
    elif memory is not None:
        lines = memory_benchmark(memory, rows, rounds or 10)
    else:
        lines = benchmark(quick) if shape is None else wave_benchmark(shape, device, matches, rounds or 100)
    for line in lines:
        print(line, flush=True)


def scripted_report(rounds: int, workers: int) -> Iterator[str]:
    """The rates of whole scripted tournaments, ours and others'."""
    everybody = everyone()
    light = [name for name, seconds in seconds_a_move(everybody).items() if seconds <= LIGHT_SECONDS]
    yield f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}; {time.strftime('%Y-%m-%d')}"
    rates = {f"tells, {len(light)} light players, 1 process": light_rate({n: everybody[n] for n in light}, rounds)}
    yield f"light: {', '.join(light)}"
    rates[f"tells, all {len(everybody)} players, {workers} processes"] = everybody_rate(everybody, rounds, workers)
    rates |= others_rates(len(light), rounds)
    yield from table(rates)
    yield "a match-turn: one round of one match; seconds are CPU time, of each process where there are several"


def own_players() -> dict[str, Opponent]:
    """Every registered opponent with its defaults and the bots of Brockbank & Vul, but whoever foresees."""
    members = {name: OPPONENTS.get(name)() for name in OPPONENTS.names() if name not in ("brockbank_vul", "roshambo", "oracle")}
    return members | {bot: OPPONENTS.get("brockbank_vul")(bot=bot) for bot in (*RULES, *CONTEXTS)}  # type: ignore[call-arg]


def everyone() -> dict[str, Opponent]:
    """The same and the RoShamBo bots."""
    return own_players() | {bot: OPPONENTS.get("roshambo")(bot=bot) for bot in bot_names()}  # type: ignore[call-arg]


def seconds_a_move(members: Mapping[str, Opponent], rows: int = 256, rounds: int = 50) -> dict[str, float]:
    """CPU seconds each takes for a move beyond what `mixture` takes, in a wave of `rows` matches against that."""
    mixture = Mixture(tilt=1.0)
    base = min(elapsed({"": mixture}, [("", "")] * rows, rounds) for _ in range(3))
    costs = {name: elapsed({name: member, "": mixture}, [(name, "")] * rows, rounds) for name, member in members.items()}
    return {name: max(cost - base, 0.0) / (rows * rounds) for name, cost in costs.items()}


def elapsed(members: Mapping[str, Opponent], pairs: Sequence[Pair], rounds: int) -> float:
    """CPU seconds for one wave of matches, played to its end with the full history kept."""
    names = list(members)
    game = RockPaperScissors(rounds=rounds)
    started = time.process_time()
    chairs = np.array([[names.index(name) for name in pair] for pair in pairs])
    dice = Dice.roll([match_seed(1, f"{pair}/{number}") for number, pair in enumerate(pairs)], 2, rounds)
    for _ in play(game, take_seats(game, [member.sit for member in members.values()], chairs), dice):
        pass
    return time.process_time() - started


def all_pairs(names: Sequence[str]) -> list[Pair]:
    """All against all, itself among them, as Axelrod's tournament plays."""
    return list(combinations_with_replacement(names, 2))


def light_rate(members: Mapping[str, Opponent], rounds: int, repeats: int = 4, best_of: int = 3) -> float:
    """Match-turns a second of all against all in one process, the best of a few tournaments."""
    pairs = all_pairs(list(members)) * repeats
    return len(pairs) * rounds / min(elapsed(members, pairs, rounds) for _ in range(best_of))


def everybody_rate(members: Mapping[str, Opponent], rounds: int, processes: int) -> float:
    """Match-turns a second of all against all, dealt to processes, by the mean CPU time of a process."""
    pairs = all_pairs(list(members))
    order = np.random.default_rng(1).permutation(len(pairs))
    parts = [[pairs[i] for i in part] for part in np.array_split(order, processes * 4)]
    work = [({name: members[name] for pair in part for name in pair}, part, rounds) for part in parts if part]
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        seconds = sum(pool.map(elapsed, *zip(*work, strict=True)))
    return len(pairs) * rounds * processes / seconds


def others_rates(players: int, rounds: int) -> dict[str, float]:
    """The rates of other programs by what they are; NaN and why where one is not installed."""
    programs: list[tuple[str, Callable[[], float]]] = [
        (f"Axelrod, {players} stochastic strategies, 1 process", lambda: axelrod_rate(players, rounds)),
        ("kaggle-environments, its rps agents, 1 process", lambda: kaggle_rate(rounds)),
    ]
    rates = {}
    for name, rate in programs:
        try:
            rates[name] = rate()
        except ImportError as error:
            rates[f"{name}: not installed ({error.name}); pip install 'tells[bench]'"] = float("nan")
    return rates


def table(rates: Mapping[str, float]) -> list[str]:
    """One line a program, with how many times as fast the light players are."""
    first = next(iter(rates.values()))
    rows = [[name, f"{rate:,.0f}", f"{first / rate:.3g}"] if rate > 0 else [name, "-", "-"] for name, rate in rates.items()]
    return plain_table(["", "match-turns/s", "times slower than the first"], rows)


app = application(bench)

if __name__ == "__main__":
    app()
