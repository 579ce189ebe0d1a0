"""Eight families of models, with tokenizers of three kinds, through the command line."""

import copy
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from architectures import configs
from small_runs import only_run, written
from tiny_gguf import digits_tokenizer
from transformers import AutoModelForCausalLM
from zoo import CHAT_TEMPLATE, sentencepiece_like_tokenizer, tiktoken_like_tokenizer, tokenizer

from arenas.store import RunStore

FAMILIES = {
    "llama": ("byte level", True),
    "qwen2": ("single digits", False),
    "qwen3": ("single digits", True),
    "gemma3": ("SentencePiece", False),
    "phi3": ("SentencePiece", True),
    "mistral": ("three digits", False),
    "gpt2": ("byte level", False),
    "olmo2": ("three digits", False),
}
"""Each family's kind of tokenizer, and whether it chats."""
TOKENIZERS = {
    "byte level": tokenizer,
    "single digits": digits_tokenizer,
    "SentencePiece": sentencepiece_like_tokenizer,
    "three digits": tiktoken_like_tokenizer,
}
CHATTING = CHAT_TEMPLATE.replace("<|end|>", "</s>")


def saved(folder: Path, family: str) -> Path:
    """A random model of a family as a user would have it."""
    kind, chats = FAMILIES[family]
    own = TOKENIZERS[kind]()
    if chats:
        own.chat_template = CHATTING.replace("</s>", own.eos_token)
    config: Any = copy.deepcopy(configs()[family])
    config.eos_token_id = own.eos_token_id
    config.max_position_embeddings = 4096  # tokenizers of so few words take many tokens
    torch.manual_seed(len(family))
    AutoModelForCausalLM.from_config(config).save_pretrained(folder / family)
    own.save_pretrained(folder / family)
    return folder / family


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunStore, str]:
    """All families in one run of the console command, and what it printed."""
    folder = tmp_path_factory.mktemp("families")
    page = {
        "seed": 1,
        "repeats": 2,
        "arenas": {"rps": {"game": "rps", "rounds": 2}, "number": {"game": "random_number", "low": 0, "high": 10, "length": 2}},
        "agents": {family: {"model": str(saved(folder, family))} for family in FAMILIES},
        "opponents": {"uniform": {"opponent": "uniform"}},
    }
    command = [sys.executable, "-m", "tournaments.run", str(written(folder, page)), "--out", str(folder / "runs")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TELLS_CACHE": str(folder / "cache")}
    done = subprocess.run([*command, "--display", "plain"], capture_output=True, text=True, check=False, env=environment)
    assert done.stderr == ""
    assert done.returncode == 0
    return RunStore.read(only_run(folder / "runs")), done.stdout


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_plays(run: tuple[RunStore, str], family: str) -> None:
    store, printed = run
    records = [record for fixture, record in store.records() if family in fixture.line_up]
    seats = [fixture.line_up.index(family) for fixture, _ in store.records() if family in fixture.line_up]
    assert {record.rounds for record in records} == {2}
    assert len(records) >= 4
    for record, seat in zip(records, seats, strict=True):
        assert np.allclose(record.probs[seat].sum(-1), 1.0)
        assert np.all((record.off_menu[seat] >= 0) & (record.off_menu[seat] + record.unended[seat] <= 1 + 1e-9))
        assert np.all(record.probs[seat].max(-1) > record.probs[seat].min(-1))
    assert family in printed


def test_no_two_families_are_one_player(run: tuple[RunStore, str]) -> None:
    marks = [note.split("weights=")[1].split()[0] for note in run[0].notes() if " weights=" in note or "(weights=" in note]
    assert len(marks) == len({*marks}) == len(FAMILIES)
