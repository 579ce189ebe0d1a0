"""Real models: a GGUF file is the folder that was converted from it, and identities are quick."""

import os
import time
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from agents.engine import loading
from agents.engine.fingerprint import identity_of
from agents.engine.loading import load_model
from agents.engine.reading import plain_logits
from agents.engine.whole_readers import SingleReader
from agents.model import ModelSpec

pytestmark = pytest.mark.real
TEXTS = [
    "You: rock\nThem: paper\nYou:",
    "Numbers: 10, 25, 100 and 1024.",
    "  two  spaces,\n\n\ttabs and 3.14159",
    "Grüße, 你好, naïve 🎲 x=7;",
    "<|im_start|>user\nPick a number from 0 to 10.<|im_end|>\n<start_of_turn>user\n",
]


def real(name: str) -> Path:
    """A file or folder of real models, made by the script that brings them."""
    folder = os.environ.get("TELLS_REAL_MODELS")
    if folder is None or not (Path(folder) / name).exists():
        pytest.skip(f"TELLS_REAL_MODELS names no folder with {name}")
    return Path(folder) / name


@pytest.mark.parametrize("name", ["smollm2", "gemma3"])
def test_a_gguf_file_is_the_folder_made_from_it(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "choose_reader", lambda *_: (SingleReader, ()))
    folder = load_model(ModelSpec(str(real(name))))
    file = load_model(ModelSpec(str(real(f"raw/{name}.gguf"))))
    for text in TEXTS:
        tokens = folder._tokenizer(text)["input_ids"]
        assert file._tokenizer(text)["input_ids"] == tokens
        one, other = (plain_logits(model._model, tokens).float().softmax(-1) for model in (folder, file))
        assert float((one - other).abs().sum(-1).max()) / 2 < 0.03  # the folder's weights are rounded to bfloat16
    assert folder._tokenizer.chat_template == file._tokenizer.chat_template
    assert folder.identity.ends == file.identity.ends
    assert not any("compared" in note for note in file.notes)
    assert any(note.startswith("dequantised from GGUF Q4_") for note in file.notes)


def test_smollm2_is_known_in_well_under_a_second() -> None:
    folder = real("smollm2")
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), AutoTokenizer.from_pretrained(folder)
    seconds = []
    for _ in range(3):
        start = time.process_time()
        identity_of(tokenizer, model)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 1.0  # of all cores together
