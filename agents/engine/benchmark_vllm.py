"""The same wave played by vLLM with prefix caching, where it is installed: `python -m agents.engine.benchmark_vllm FOLDER ...`.

It runs as a process of its own, since vLLM takes a GPU's memory for itself.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from agents.engine.benchmark_wave import ACTIONS, DELTA, PREFIX, told_by_round

TIMES = "seconds.json"
"""Where the process leaves what it measured, since vLLM may print whatever it likes."""


def installed() -> bool:
    """Whether vLLM can be imported."""
    return importlib.util.find_spec("vllm") is not None


def vllm_seconds(model: Any, matches: int, rounds: int) -> list[float]:
    """Seconds of every round of such a wave of a copy of the model. Raises `RuntimeError` with vLLM's last line if it fails."""
    with tempfile.TemporaryDirectory() as folder:
        model.save_pretrained(folder)
        command = [sys.executable, "-m", "agents.engine.benchmark_vllm", folder, str(matches), str(rounds)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        times = Path(folder) / TIMES
        if done.returncode or not times.exists():
            raise RuntimeError((done.stderr.strip().splitlines() or ["no output"])[-1])
        return [float(seconds) for seconds in json.loads(times.read_text())]


def play(folder: Path, matches: int, rounds: int) -> list[float]:
    """Seconds of every round: transcripts go in whole, and the log probabilities of the likeliest next tokens come out."""
    vllm: Any = importlib.import_module("vllm")
    longest = PREFIX + DELTA * rounds + 1
    engine = vllm.LLM(
        model=str(folder), skip_tokenizer_init=True, enable_prefix_caching=True, max_model_len=longest, max_num_seqs=matches
    )
    asked = vllm.SamplingParams(max_tokens=1, temperature=1.0, logprobs=len(ACTIONS), detokenize=False)
    texts: list[list[int]] = [[] for _ in range(matches)]
    times = []
    for told in told_by_round(np.random.default_rng(0), matches, rounds):
        texts = [text + new for text, new in zip(texts, told, strict=True)]
        prompts = [{"prompt_token_ids": text} for text in texts]
        start = time.perf_counter()
        engine.generate(prompts, asked, use_tqdm=False)
        times.append(time.perf_counter() - start)
    # the first is the common beginning
    return times[1:]


if __name__ == "__main__":
    where, *numbers = sys.argv[1:]
    seconds = play(Path(where), *map(int, numbers))
    (Path(where) / TIMES).write_text(json.dumps(seconds))
