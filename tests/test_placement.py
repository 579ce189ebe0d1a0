"""Models larger than one device: laid out by accelerate, or shared by the processes of torchrun, they play the same."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from small_runs import only_run, tells, written
from test_engine import played
from transformers import AutoModelForCausalLM, AutoTokenizer
from zoo import save_model

from agents.agent import Agent, AgentSpec, load_agents
from agents.engine.hugging_face_model import HuggingFaceModel
from agents.engine.probe import choose_reader
from agents.engine.readers import RowReader
from arenas.errors import UserError
from arenas.random_number import RandomNumber
from arenas.run_file import RunLock
from arenas.store import RunStore
from tournaments.ranks import leads, own_place

GAME = RandomNumber(low=0, high=10, length=6)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("llama"), "llama")


@pytest.fixture(scope="module")
def agent(folder: Path) -> Agent:
    return load_agents({"x": AgentSpec(str(folder))})["x"]


def test_a_model_laid_out_by_accelerate_plays_the_same(folder: Path, agent: Agent) -> None:
    laid_out = load_agents({"x": AgentSpec(str(folder), device_map="auto")})["x"]
    assert "read by row cache" in laid_out.notes[0]
    assert laid_out.identity == agent.identity
    assert np.array_equal(played(laid_out, GAME).probs, played(agent, GAME).probs)


def test_a_model_with_layers_elsewhere_is_read_on_the_row_cache(folder: Path, agent: Agent, tmp_path: Path) -> None:
    parts = ("model.embed_tokens", "model.rotary_emb", "model.norm", "lm_head", *(f"model.layers.{i}" for i in range(4)))
    where = {part: "disk" if part in ("model.layers.1", "model.layers.3") else "cpu" for part in parts}
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, device_map=where, offload_folder=tmp_path).eval()
    assert any(parameter.is_meta for parameter in model.parameters())
    reader, notes = choose_reader(model)
    spread = HuggingFaceModel("x", AutoTokenizer.from_pretrained(folder), model, reader, notes)
    assert spread.notes == ("read by row cache", "float32 on cpu, disk")
    assert spread.identity.weights == agent.model.identity.weights
    assert np.array_equal(played(Agent("x", spread, agent.style, agent.sampling), GAME).probs, played(agent, GAME).probs)


def test_layers_elsewhere_share_one_mask(folder: Path, tmp_path: Path) -> None:
    parts = ("model.embed_tokens", "model.rotary_emb", "model.norm", "lm_head", *(f"model.layers.{i}" for i in range(4)))
    where = {part: "disk" if part == "model.layers.2" else "cpu" for part in parts}
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, device_map=where, offload_folder=tmp_path).eval()
    for layer in model.model.layers:  # a hook that hands out copies, as between two GPUs
        layer._hf_hook.pre_forward = partial(copying, layer._hf_hook, layer._hf_hook.pre_forward)
    seen: set[int] = set()
    RowReader.prepare(model)
    for layer in model.model.layers:
        layer.self_attn.register_forward_pre_hook(lambda _m, _a, named: seen.add(id(named["attention_mask"])), with_kwargs=True)
    RowReader(model, 2, 64).read([[5, 6], [7]], [0, 0])
    assert len(seen) == 1


def copying(hook: Any, stock: Any, module: Any, *arguments: Any, **named: Any) -> Any:
    """Copies what the hook is not told to leave alone."""
    copied = {
        name: value.clone() if torch.is_tensor(value) and name not in (hook.skip_keys or ()) else value
        for name, value in named.items()
    }
    return stock(module, *arguments, **copied)


def page(folder: Path, **agent: object) -> dict[str, object]:
    """A run of one model, in which it moves, writes and is exploited."""
    return {
        "seed": 4,
        "repeats": 3,
        "arenas": {
            "rps": {"game": "rps", "rounds": 8},
            "number": {"game": "random_number"},
            "sea": {"game": "writing", "max_tokens": 12},
        },
        "agents": {"model": {"model": str(folder), **agent}},
        "opponents": {"oracle": {"opponent": "oracle"}, "ngram": {"opponent": "ngram"}},
    }


def in_two_processes(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "tournaments.run"]
    return subprocess.run(
        [*command, *map(str, arguments)],
        cwd=Path(__file__).parents[1],
        env=os.environ | {"OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_processes_that_share_a_model_play_what_one_plays_and_keep_it_once(folder: Path, tmp_path: Path) -> None:
    alone = tells("run", written(tmp_path, page(folder)), "--out", tmp_path / "alone", "--display", "none")
    assert alone.exit_code == 0, alone.output
    shared = in_two_processes(
        written(tmp_path, page(folder, tp_plan="auto")), "--out", tmp_path / "shared", "--display", "plain"
    )
    assert shared.returncode == 0, shared.stderr
    assert shared.stdout.count("rounds played in") == 1
    assert "read by row cache; float32 on cpu, shared by 2 processes" in shared.stdout
    one, two = (RunStore.read(only_run(tmp_path / name)) for name in ("alone", "shared"))
    assert [note for note in one.notes() if "weights" in note] == [note for note in two.notes() if "weights" in note]
    for (fixture, mine), (other, theirs) in zip(one.records(), two.records(), strict=True):
        assert fixture == other
        assert np.abs(mine.probs - theirs.probs).max() < 1e-5
        assert np.array_equal(mine.chosen, theirs.chosen)
        assert np.array_equal(mine.texts, theirs.texts)


def test_the_process_that_leads_plays_in_the_open(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for rank in (None, "0"):
        monkeypatch.delenv("RANK", raising=False)
        if rank is not None:
            monkeypatch.setenv("RANK", rank)
        assert leads()
        with own_place(tmp_path, None) as place:
            assert (place.out, place.resume) == (tmp_path, None)


def test_another_process_goes_on_from_a_copy_in_silence(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = written(tmp_path, {"arenas": {"rps": {"game": "rps"}}, "agents": {"u": {"opponent": "uniform"}}})
    assert tells("run", source, "--set", "opponents.c.opponent=cycle", "--out", tmp_path / "runs").exit_code == 0
    run = only_run(tmp_path / "runs")
    before = run.read_bytes()
    monkeypatch.setenv("RANK", "1")
    lock = RunLock(run)  # as the process that leads holds it
    try:
        with own_place(tmp_path / "runs", run) as place:
            assert place.resume is not None
            print("said")
            with_it = RunStore.resume(place.resume)
            assert with_it.complete()
            with_it.note("kept nowhere")
            with_it.close()
            folder = place.out
    finally:
        lock.free()
    assert not folder.exists()
    assert capsys.readouterr().out == ""
    assert run.read_bytes() == before


def test_what_cannot_be_shared_is_refused_in_one_line(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refusal(where: Path = folder, **spec: str) -> str:
        with pytest.raises(UserError) as error:
            load_agents({"x": AgentSpec(str(where), **spec)})  # type: ignore[arg-type]
        return str(error.value)

    monkeypatch.delenv("RANK", raising=False)
    assert "tp_plan needs several processes: start them with `torchrun" in refusal(tp_plan="auto")
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert "tp_plan must be auto, got 'rows'" in refusal(tp_plan="rows")
    assert "leave out device and device_map" in refusal(tp_plan="auto", device_map="auto")
    assert "leave out device and device_map" in refusal(tp_plan="auto", device="cpu")
    assert "tp_plan needs processes that divide its 2 key heads, got 3" in refusal(tp_plan="auto")
    assert "mamba has no plan for tp_plan; use device_map" in refusal(save_model(tmp_path, "mamba"), tp_plan="auto")


@pytest.mark.gpu
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="two GPUs are needed")
def test_a_model_on_two_gpus_plays_the_same(folder: Path, agent: Agent) -> None:
    laid_out = load_agents({"x": AgentSpec(str(folder), device_map="balanced", dtype="float32")})["x"]
    assert "cuda:0, cuda:1" in laid_out.notes[0]
    assert np.abs(played(laid_out, GAME).probs - played(agent, GAME).probs).max() < 1e-4
