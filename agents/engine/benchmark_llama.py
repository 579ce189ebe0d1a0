"""llama.cpp's own server beside the engine: started on a GGUF file, and asked over the loopback about given tokens."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

PROGRAM = "llama-server"
HOW = "put llama.cpp's llama-server on the PATH, or pip install xllamacpp"
SECONDS = 120
"""The longest that a server may take to start."""
SERVE = """
import sys, xllamacpp
path, rows, tokens, threads, port = sys.argv[1], *map(int, sys.argv[2:])
p = xllamacpp.CommonParams()
p.model.path, p.n_parallel, p.n_ctx, p.port, p.n_threads_http = path, rows, rows * tokens, port, rows + 2
p.cpuparams.n_threads = p.cpuparams_batch.n_threads = threads
server = xllamacpp.Server(p)
sys.stdin.read()
"""


def installed() -> bool:
    """Whether there is a server of llama.cpp to start."""
    return shutil.which(PROGRAM) is not None or find_spec("xllamacpp") is not None


class LlamaServer:
    """A server on one model with a slot for each row; a context manager."""

    def __init__(self, gguf: Path, rows: int, tokens: int, threads: int) -> None:
        self._port = _free_port()
        self._rows = rows
        self._opener = build_opener(ProxyHandler({}))
        tokens = -(-tokens // 256) * 256
        sizes = [str(size) for size in (rows, tokens, threads, self._port)]
        program = shutil.which(PROGRAM)
        own = f"-np {rows} -c {rows * tokens} -t {threads} -tb {threads} --port {self._port} --host 127.0.0.1 --no-webui"
        self._command = (
            [program, "-m", str(gguf), *own.split()] if program else [sys.executable, "-c", SERVE, str(gguf), *sizes]
        )

    def __enter__(self) -> "LlamaServer":
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        begun = time.monotonic()
        while not self._serves():
            if self._process.poll() is not None or time.monotonic() - begun > SECONDS:
                self.__exit__(None, None, None)
                raise RuntimeError(f"{Path(self._command[0]).name} did not start")
            time.sleep(0.2)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._process.kill()
        self._process.wait()

    def seconds(self, texts: Sequence[Sequence[int]], tokens: int) -> tuple[float, float]:
        """Until every row has its answer of so many tokens, all asked at once, and of the server's processor time."""
        start, own = time.perf_counter(), _processor_seconds(self._process.pid)
        with ThreadPoolExecutor(self._rows) as pool:
            list(pool.map(lambda row: self._complete(texts[row], row, tokens, 1), range(len(texts))))
        return time.perf_counter() - start, _processor_seconds(self._process.pid) - own

    def log_probs(self, text: Sequence[int], likeliest: int) -> dict[int, float]:
        """Log-probabilities of the likeliest tokens after a text."""
        (first,) = self._complete(text, 0, 1, likeliest)["completion_probabilities"]
        return {int(token["id"]): float(token["logprob"]) for token in first["top_logprobs"]}

    def _complete(self, text: Sequence[int], slot: int, tokens: int, likeliest: int) -> Mapping[str, Any]:
        asked = {"prompt": list(text), "n_predict": tokens, "id_slot": slot, "n_probs": likeliest}
        fixed = {"cache_prompt": True, "ignore_eos": tokens > 1, "temperature": 1.0, "top_k": 0, "top_p": 1.0, "min_p": 0.0}
        answer: Mapping[str, Any] = self._post("/completion", asked | fixed)
        return answer

    def _post(self, path: str, asked: Mapping[str, Any]) -> Any:
        request = Request(
            f"http://127.0.0.1:{self._port}{path}", json.dumps(asked).encode(), {"Content-Type": "application/json"}
        )
        with self._opener.open(request, timeout=600) as answer:
            return json.load(answer)

    def _serves(self) -> bool:
        try:
            with self._opener.open(f"http://127.0.0.1:{self._port}/health", timeout=5):
                return True
        except (URLError, OSError):
            return False


def _processor_seconds(process: int) -> float:
    """What a process has taken of the processor so far; NaN where that cannot be told."""
    try:
        fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])
