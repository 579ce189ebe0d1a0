"""The benchmark of models: its arithmetic against counted operations and known figures, and its reports on tiny models."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import numpy as np
import pytest
import torch
from small_runs import tells
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig

from agents.engine import benchmark_report
from agents.engine.benchmark import Bench
from agents.engine.benchmark_effects import effects
from agents.engine.benchmark_limits import Limits, Work, bandwidth, linear_seconds, matmul_peak, peak_memory
from agents.engine.benchmark_play import share_of_forward
from agents.engine.benchmark_vllm import installed, vllm_seconds
from agents.engine.benchmark_wave import SHAPES, Wave, told_by_round

CPU = torch.device("cpu")
H200 = Limits(flops=790e12, bandwidth=4.3e12)


@pytest.fixture(scope="module")
def bench() -> Bench:
    return Bench(shape="tiny")


@pytest.fixture(scope="module")
def half(bench: Bench) -> Bench:
    twin = Bench(torch.bfloat16, shape="tiny")
    for model, source in ((twin.model, bench.model), (twin.stock, bench.stock)):
        model.load_state_dict(source.state_dict())
    return twin


def test_operations_are_those_that_torch_counts(bench: Bench) -> None:
    rows, tokens = 3, 20
    ids = torch.tensor([bench.tokens(tokens) for _ in range(rows)])
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        bench.stock.set_attn_implementation("eager")
        bench.stock(input_ids=ids, use_cache=False, logits_to_keep=1)
    bench.stock.set_attn_implementation("sdpa")
    counted = counter.get_flop_counts()["Global"]
    rotary = 2 * rows * tokens * bench.stock.config.head_dim // 2  # the angles, a product of matrices in Llama's code
    assert sum(counted.values()) - bench.work.flops(rows, tokens, tokens) in (0, rotary, rotary // rows)


def test_the_roofline_of_llama_8b_on_an_h200() -> None:
    work = Work.of(LlamaConfig(**SHAPES["llama-3.1-8b"]), itemsize=2)
    # 15.0 GB of weights take 3.49 ms, a token of the body 17.7 us, a token of context 30.5 ns a row
    assert work.seconds(H200, 1, 1, 0) == pytest.approx(3.49e-3, rel=0.01)
    assert work.linear_flops(1, 1000) / 1000 / H200.flops == pytest.approx(17.7e-6, rel=0.01)
    assert work.cached_numbers * 2 / H200.bandwidth == pytest.approx(30.5e-9, rel=0.01)
    wave = sum(work.seconds(H200, 256, 12, 150 + 12 * r) for r in range(1, 101))
    assert wave == pytest.approx(6.0, rel=0.06)
    for context, moves in ((750, 4233), (1500, 3859)):
        assert 64 / work.seconds(H200, 64, 12, context) == pytest.approx(moves, rel=0.06)


def test_one_row_is_bound_by_the_weights_and_many_by_the_operations() -> None:
    work = Work.of(LlamaConfig(**SHAPES["llama-3.1-8b"]), itemsize=2)
    fast_memory, fast_cores = Limits(H200.flops, 1e20), Limits(1e30, H200.bandwidth)
    assert work.seconds(fast_cores, 1, 12, 200) == pytest.approx(work.seconds(H200, 1, 12, 200), rel=1e-6)
    assert work.seconds(fast_memory, 64, 12, 200) < work.seconds(H200, 64, 12, 200)
    assert work.seconds(fast_memory, 64, 12, 200) == pytest.approx(work.flops(64, 12, 200) / H200.flops)


def test_what_a_device_does_is_measured(bench: Bench) -> None:
    assert 1e8 < bandwidth(CPU) < 1e13
    assert 1e8 < matmul_peak(CPU, torch.float32) < 1e15
    assert 0 < linear_seconds(bench.stock, 4, 12) < 10
    assert 5e7 < peak_memory(CPU) < 1e12


def test_the_effects_of_company_padding_and_dtype(bench: Bench, half: Bench) -> None:
    found = {effect.what: effect for effect in effects(bench, half, (1, 16))}
    assert found["float32, once more, against alone"].largest == 0.0
    exact = [effect for what, effect in found.items() if what.startswith("float32")]
    rounded = [effect for what, effect in found.items() if what.startswith("bfloat16")]
    assert len(exact) == len(rounded) == 3
    assert all(effect.mean <= effect.largest < 1e-4 for effect in exact)
    assert all(effect.largest < 0.5 for effect in rounded)
    assert found["bfloat16 alone, against float32"].mean > 10 * max(effect.largest for effect in exact)


def test_the_cache_is_as_large_as_its_keys_and_values(bench: Bench) -> None:
    measured = bench.engine(16, 10)
    tokens = bench.context(10) + 12
    least = 16 * tokens * bench.work.cached_numbers * bench.work.itemsize
    assert least <= measured.cache <= 2 * least


def test_a_wave_is_timed_round_by_round() -> None:
    wave = Wave("tiny", CPU, torch.float32)
    played = list(wave.rounds(matches=8, rounds=5))
    assert [r.number for r in played] == [1, 2, 3, 4, 5]
    assert all(0 < r.least < r.seconds for r in played)
    assert [r.least for r in played] == sorted(r.least for r in played)
    assert wave.memory() > 0


def test_whole_matches_are_mostly_forward_passes(bench: Bench) -> None:
    moves, share = share_of_forward(bench, matches=8, rounds=3)
    assert moves > 0
    assert 0 < share < 1


def test_the_report_has_every_table_and_says_what_was_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    tiny = lambda dtype=torch.float32: Bench(dtype, shape="tiny")  # noqa: E731
    monkeypatch.setattr(benchmark_report, "Bench", tiny)
    monkeypatch.setattr(Bench, "continuous", Bench.generate)  # the threads it starts take a minute to end
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    lines = list(benchmark_report.report(quick=True))
    assert sum(line.startswith("**") for line in lines) == 5
    assert lines[-1].endswith("not measured, no GPU at hand.")
    assert any(line.startswith("Most memory of the process") for line in lines)
    for row in (line for line in lines if line.startswith("|")):
        assert row.endswith(" |")


def test_the_command_plays_a_wave_of_a_shape() -> None:
    said = tells("bench", "--shape", "tiny", "--device", "cpu", "--matches", "6", "--rounds", "10")
    assert said.exit_code == 0, said.output
    assert "6 matches of 10 rounds" in said.output
    assert "| share of the roofline |" in said.output
    assert "moves a second" in said.output


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (("--shape", "llama-3.1-8c"), "unknown shape 'llama-3.1-8c': did you mean 'llama-3.1-8b'?"),
        (("--shape", "tiny", "--device", "abacus"), "device 'abacus' cannot be used here"),
        (("--shape", "tiny", "--matches", "0"), "--matches must be from 1 to 100000, got 0"),
    ],
)
def test_a_wave_that_cannot_be_is_refused_in_one_line(arguments: tuple[str, ...], why: str) -> None:
    said = tells("bench", *arguments)
    assert said.exit_code == 2
    assert why in said.output
    assert said.output.count("\n") == 1


def test_a_gpu_is_measured_without_being_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, torch.device, int, int]] = []

    def instead(shape: str, device: torch.device, matches: int, rounds: int) -> Iterator[str]:
        asked.append((shape, device, matches, rounds))
        yield "the wave"

    monkeypatch.setattr(benchmark_report, "Bench", lambda dtype=torch.float32: Bench(dtype, shape="tiny"))
    monkeypatch.setattr(benchmark_report, "wave_report", instead)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(benchmark_report, "_beside", lambda *_: iter(()))
    assert list(benchmark_report.report(quick=True))[-1] == "the wave"
    assert asked == [("llama-3.1-8b", torch.device("cuda"), 256, 100)]


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="a GPU is needed")
def test_a_wave_on_a_gpu() -> None:
    lines = list(benchmark_report.wave_report("small", torch.device("cuda"), 64, 10))
    assert any(line.startswith("| share of the roofline |") for line in lines)


STAND_IN = """
import json, os, pathlib

class SamplingParams:
    def __init__(self, max_tokens, temperature, logprobs, detokenize):
        assert (max_tokens, temperature, logprobs, detokenize) == (1, 1.0, 3, False)

class LLM:
    def __init__(self, model, skip_tokenizer_init, enable_prefix_caching, max_model_len, max_num_seqs):
        assert skip_tokenizer_init and enable_prefix_caching and max_num_seqs == 4
        config = json.loads((pathlib.Path(model) / "config.json").read_text())
        assert config["architectures"] == ["LlamaForCausalLM"] and "tells_rows" not in json.dumps(config)
        assert (pathlib.Path(model) / "model.safetensors").exists()
        self.longest, self.seen = max_model_len, []

    def generate(self, prompts, asked, use_tqdm):
        texts = [prompt["prompt_token_ids"] for prompt in prompts]
        assert max(map(len, texts)) < self.longest
        self.seen.append(texts)
        print("INFO: vLLM says things here")
        pathlib.Path(os.environ["SEEN"]).write_text(json.dumps(self.seen))
        if os.environ.get("BREAK"):
            raise ValueError("no memory for the cache")
"""


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package in the place of vLLM that writes down what it is asked; the file it writes."""
    (tmp_path / "vllm.py").write_text(STAND_IN)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("SEEN", str(tmp_path / "seen.json"))
    return tmp_path / "seen.json"


def test_vllm_is_asked_about_the_same_transcripts(stand_in: Path, bench: Bench) -> None:
    assert installed()
    seconds = vllm_seconds(bench.model, matches=4, rounds=3)
    assert len(seconds) == 3
    assert min(seconds) > 0
    seen = json.loads(stand_in.read_text())
    beginning, *told = told_by_round(np.random.default_rng(0), 4, 3)
    assert seen == [[list(chain(*parts)) for parts in zip(*[beginning, *told[:r]], strict=True)] for r in range(4)]


def test_what_vllm_complains_of_is_passed_on(stand_in: Path, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BREAK", "1")
    with pytest.raises(RuntimeError, match="ValueError: no memory for the cache"):
        vllm_seconds(bench.model, matches=4, rounds=3)
    assert "not measured, it failed: ValueError" in benchmark_report._beside_vllm(bench.model, 4, 3, 1.0)


def test_without_vllm_the_row_says_so(bench: Bench) -> None:
    if installed():
        pytest.skip("vLLM is installed")
    assert benchmark_report._beside_vllm(bench.model, 4, 3, 1.0).endswith("not measured, not installed.")


def test_only_a_gpu_is_busy() -> None:
    assert np.isnan(Wave("tiny", CPU, torch.float32).busy(2, 2))
