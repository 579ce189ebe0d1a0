"""What memory play takes beside a model's weights: the peak of a few rounds less what stood after loading."""

import resource
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from agents.agent import AgentSpec, load_agents
from agents.engine.benchmark_play import Even
from agents.engine.memory import spoken
from arenas.dice import Dice
from arenas.play import play, take_seats
from arenas.rock_paper_scissors import RockPaperScissors

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
RESET_PEAK = "5"


@dataclass(frozen=True)
class Taken:
    """Bytes: what stood after loading, and the most that stood while `rows` matches were played for `rounds` rounds."""

    stood: int
    peak: int
    exact: bool  # whether the peak is that of play; else loading may have had a higher one


def memory_report(model: str, rows: int, rounds: int) -> Iterator[str]:
    """Load a model, let it play rock-paper-scissors and say what that took. Raises `UserError` if it cannot be loaded."""
    taken = taken_by(model, rows, rounds)
    more = taken.peak - taken.stood
    yield f"{model}, {rows} rows, {rounds} rounds of rock-paper-scissors, torch {torch.__version__}"
    yield f"after loading {spoken(taken.stood)}; at most {spoken(taken.peak)} while it played: {spoken(more)} more"
    if not taken.exact:
        yield "the peak cannot be told apart from that of loading here: it is a bound"


def taken_by(model: str, rows: int, rounds: int) -> Taken:
    """The memory of this process, the model's GPU's if it lies on one, around a wave of matches against an even player."""
    agent = load_agents({"x": AgentSpec(model=model)})["x"]
    game = RockPaperScissors(rounds)
    chairs = np.tile([0, 1], (rows, 1))
    on_gpu = torch.cuda.is_available()
    stood = torch.cuda.memory_allocated() if on_gpu else _now()
    exact = on_gpu or _reset_peak()
    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    for _ in play(game, take_seats(game, [agent.sit, Even], chairs), Dice.roll(range(rows), 2, rounds)):
        pass
    peak = torch.cuda.max_memory_allocated() if on_gpu else _peak()
    return Taken(stood, peak, exact)


def _reset_peak() -> bool:
    """Let the peak be counted from now; whether that can be done here."""
    try:
        CLEAR.write_text(RESET_PEAK)
    except OSError:
        return False
    return True


def _now() -> int:
    """Bytes that this process holds in memory; where that is not told, the most it ever held."""
    return _status("VmRSS") or _most()


def _peak() -> int:
    return _status("VmHWM") or _most()


def _status(name: str) -> int | None:
    try:
        for line in STATUS.read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError, IndexError):
        pass
    return None


def _most() -> int:
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
