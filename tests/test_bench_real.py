"""The benchmark of real models, on a shipped one, and its questions to llama.cpp's server, to a program in its place."""

import json
import os
import stat
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import tells

from agents.engine import benchmark_llama, benchmark_real, benchmark_real_report
from agents.engine.benchmark_llama import LlamaServer
from agents.engine.benchmark_real import RealBench
from agents.engine.reading import plain_logits

STAND_IN = """#!{python}
import http.server, json, pathlib, sys
options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
seen = pathlib.Path({seen!r})

class Server(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer({{"status": "ok"}})
    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with seen.open("a") as file:
            file.write(json.dumps([options, asked]) + "\\n")
        top = [{{"id": token, "logprob": -0.5 * token}} for token in range(asked["n_probs"])]
        self.answer({{"completion_probabilities": [{{"top_logprobs": top}}] * asked["n_predict"]}})
    def answer(self, what):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(what).encode())
    def log_message(self, *_):
        pass

http.server.ThreadingHTTPServer(("127.0.0.1", int(options["--port"])), Server).serve_forever()
"""


@pytest.fixture(scope="module")
def bench() -> RealBench:
    """A shipped model that has played one and three matches."""
    bench = RealBench("organism:sft")
    for rows in (1, 3):
        assert bench.engine(rows) > 0
    return bench


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program in the place of llama-server that writes down what it is asked; the file it writes."""
    seen = tmp_path / "seen.jsonl"
    server = tmp_path / benchmark_llama.PROGRAM
    server.write_text(STAND_IN.format(python=sys.executable, seen=str(seen)))
    server.chmod(server.stat().st_mode | stat.S_IEXEC)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return seen


def test_the_transcripts_are_those_of_the_match(bench: RealBench) -> None:
    for rows in (1, 3):
        rounds = bench.texts[rows]
        assert len(rounds) == benchmark_real.ROUND
        for before, now in pairwise(rounds):
            assert all(new[: len(old)] == old and len(new) > len(old) for old, new in zip(before, now, strict=True))
    assert len({tuple(text) for text in bench.texts[3][-1]}) > 1


def test_every_way_is_timed_and_leaves_the_model_as_it_was(bench: RealBench) -> None:
    text = bench.texts[1][-1][0]
    before = plain_logits(bench.stock, text)
    assert bench.forward(3) > 0
    assert bench.generate(3, bench.answer_tokens) > 0
    assert torch.equal(plain_logits(bench.stock, text), before)
    assert bench.answer_tokens == 2  # a word and the end of the turn


def test_llama_is_asked_about_the_same_tokens_each_row_in_its_slot(bench: RealBench, program: Path, tmp_path: Path) -> None:
    assert benchmark_llama.installed()
    assert bench.llama(tmp_path / "a model.gguf", 3, 2) >= 0  # the stand-in takes no time
    asked = [json.loads(line) for line in program.read_text().splitlines()]
    options = asked[0][0]
    assert options["-m"] == str(tmp_path / "a model.gguf")
    assert options["-np"] == "3"
    assert int(options["-c"]) >= 3 * (len(max(bench.texts[3][-1], key=len)) + 2)
    assert options["-t"] == str(torch.get_num_threads())
    by_slot = {slot: [text["prompt"] for _, text in asked if text["id_slot"] == slot] for slot in range(3)}
    assert by_slot == {slot: [texts[slot] for texts in bench.texts[3][-2:]] for slot in range(3)}
    assert all(text["cache_prompt"] and text["n_predict"] == 2 for _, text in asked)


def test_the_likeliest_tokens_come_with_their_log_probabilities(program: Path, tmp_path: Path) -> None:
    with LlamaServer(tmp_path / "model.gguf", 1, 10, 1) as server:
        assert server.log_probs([5, 6], 3) == {0: 0.0, 1: -0.5, 2: -1.0}


def test_a_server_that_does_not_start_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / benchmark_llama.PROGRAM).write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / benchmark_llama.PROGRAM).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(RuntimeError, match="llama-server did not start"), LlamaServer(tmp_path / "model.gguf", 1, 10, 1):
        pass


class SameModel:
    """A server that answers with the model's own numbers, all but some mass that it takes from one token."""

    bench: RealBench
    less = 0.0

    def __init__(self, *_: object) -> None: ...

    def __enter__(self) -> "SameModel":
        return self

    def __exit__(self, *_: object) -> None: ...

    def log_probs(self, text: list[int], likeliest: int) -> dict[int, float]:
        logs = torch.log_softmax(plain_logits(self.bench.stock, text)[-1].double(), dim=-1)
        top = torch.topk(logs, min(likeliest, len(logs)))
        found = dict(zip(top.indices.tolist(), top.values.tolist(), strict=True))
        rock = self.bench._answers()[0][0][0]
        return {token: value + np.log1p(-self.less) * (token == rock) for token, value in found.items()}


def test_agreement_is_of_whole_answers(bench: RealBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benchmark_real, "LlamaServer", SameModel)
    monkeypatch.setattr(SameModel, "bench", bench, raising=False)
    difference, variation, rounds = bench.agreement(Path("model.gguf"))
    assert rounds == benchmark_real.ROUND
    assert difference < 1e-6
    assert variation < 1e-6
    monkeypatch.setattr(SameModel, "less", 0.5)
    rock = max(bench._probability(texts[0], *bench._answers()[0]) for texts in bench.texts[1])
    difference, variation, _ = bench.agreement(Path("model.gguf"))
    assert difference == pytest.approx(rock / 2, rel=1e-4)
    assert variation > 0.01


def test_the_command_says_what_was_not_measured_and_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(benchmark_real_report, "ROWS", (1, 2, 3))
    monkeypatch.setattr(benchmark_real_report, "installed", lambda: False)
    said = tells("bench", "--model", "organism:sft", "--quick")
    assert said.exit_code == 0, said.output
    rows = [line for line in said.output.splitlines() if line.startswith("| ")]
    assert rows[0] == "|  | 1 row | 2 rows |"
    assert len(rows) == 2 + 4
    assert said.output.rstrip().endswith("not measured, no GGUF file was given (--gguf FILE).")
    file = tmp_path / "model.gguf"
    file.touch()
    monkeypatch.setattr(benchmark_real_report, "RealBench", lambda model: RealBench("organism:sft"))
    assert tells("bench", "--model", str(file), "--quick").output.rstrip().endswith("or pip install xllamacpp.")
    assert "no such file" in tells("bench", "--model", "organism:sft", "--gguf", tmp_path / "none.gguf").output
