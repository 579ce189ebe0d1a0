"""python -m agents.organisms.train: make the three organisms, start to end."""

import argparse
import json
import math
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from agents.organisms import STAGES
from agents.organisms.card import write_card
from agents.organisms.measure import measure
from agents.organisms.pretrain import Log, pretrain
from agents.organisms.scale import SCALES, Scale
from agents.organisms.tune import tune_on_instructions, tune_on_preferences

THREADS = 1
"""One thread adds up in one order, and does not wait for others where cores are shared."""


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m agents.organisms.train", description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, help="folder to write the stages to")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--scale", choices=sorted(SCALES), default="small")
    asked = parser.parse_args()
    make_organisms(SCALES[asked.scale], asked.seed, asked.out)
    write_card(asked.out, f"python -m agents.organisms.train --seed {asked.seed} --scale {asked.scale}")


def make_organisms(scale: Scale, seed: int, out: Path) -> None:
    """Train every stage and put each under `out` once all are whole; the logs and measures go to `out/training.json`."""
    import torch

    torch.set_num_threads(THREADS)
    out.mkdir(parents=True, exist_ok=True)
    record: dict[str, Any] = {"seed": seed, "scale": vars(scale), "logs": {}}
    with tempfile.TemporaryDirectory(dir=out) as work:
        base, sft, dpo = (Path(work) / stage for stage in STAGES)
        courses: dict[str, Callable[[], Log]] = {
            "base": lambda: pretrain(scale, seed, base),
            "sft": lambda: tune_on_instructions(scale, seed, base, sft),
            "dpo": lambda: tune_on_preferences(scale, seed, sft, dpo),
        }
        for stage, course in courses.items():
            started = time.monotonic()
            log = course()
            log[-1]["seconds"] = time.monotonic() - started
            record["logs"][stage] = log
        for stage in STAGES:
            _put_in_place(Path(work) / stage, out / stage)
    record["parameters"] = _parameters(out / STAGES[0])
    _keep(record, out)
    record["measures"] = measure({stage: out / stage for stage in STAGES})
    _keep(record, out)


def _keep(record: dict[str, Any], out: Path) -> None:
    (out / "training.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def _parameters(folder: Path) -> int:
    from safetensors import safe_open

    with safe_open(folder / "model.safetensors", "pt") as weights:
        return sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118


def _put_in_place(stage: Path, place: Path) -> None:
    shutil.rmtree(stage / "work", ignore_errors=True)
    for file in stage.iterdir():
        file.chmod(0o644)
    shutil.rmtree(place, ignore_errors=True)
    stage.rename(place)


if __name__ == "__main__":
    main()
