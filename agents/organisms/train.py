"""python -m agents.organisms.train: make the three organisms, start to end."""

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from agents.organisms import STAGES
from agents.organisms.pretrain import Log, pretrain
from agents.organisms.scale import SCALES, Scale
from agents.organisms.tune import tune_on_instructions, tune_on_preferences

THREADS = 2
"""Sums are added up in an order that depends on the threads, so their number is part of the recipe."""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.organisms.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write the stages to")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", choices=sorted(SCALES), default="small")
    asked = parser.parse_args()
    make_organisms(SCALES[asked.scale], asked.seed, asked.out)


def make_organisms(scale: Scale, seed: int, out: Path) -> None:
    """Train every stage and put each under `out` once it is whole, with the log of all in `out/training.json`."""
    import torch

    torch.set_num_threads(THREADS)
    out.mkdir(parents=True, exist_ok=True)
    logs: dict[str, Log] = {}
    with tempfile.TemporaryDirectory(dir=out) as work:
        base, sft, dpo = (Path(work) / stage for stage in STAGES)
        courses: dict[str, Callable[[], Log]] = {
            "base": lambda: pretrain(scale, seed, base),
            "sft": lambda: tune_on_instructions(scale, seed, base, sft),
            "dpo": lambda: tune_on_preferences(scale, seed, sft, dpo),
        }
        for stage, course in courses.items():
            started = time.monotonic()
            logs[stage] = course()
            logs[stage][-1]["seconds"] = time.monotonic() - started
            shutil.rmtree(Path(work) / stage / "work", ignore_errors=True)
        for stage in STAGES:
            shutil.rmtree(out / stage, ignore_errors=True)
            (Path(work) / stage).rename(out / stage)
    (out / "training.json").write_text(json.dumps({"seed": seed, "scale": vars(scale), "logs": logs}, indent=1) + "\n")


if __name__ == "__main__":
    main()
