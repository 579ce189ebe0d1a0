"""Real models: a GGUF file is the folder that was converted from it, and identities are quick."""

import hashlib
import os
import time
from collections.abc import Callable
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


def test_knowing_smollm2_again_takes_little_more_than_reading_its_memory_once() -> None:
    folder = real("smollm2")
    model, tokenizer = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32), AutoTokenizer.from_pretrained(folder)
    memory = [parameter.detach().reshape(-1).view(torch.uint8).numpy() for parameter in model.parameters()]

    def seconds(work: Callable[[], object]) -> float:
        """Least processor time of three tries; clocks on the wall know of other programs."""
        taken = []
        for _ in range(3):
            start = time.process_time()
            work()
            taken.append(time.process_time() - start)
        return min(taken)

    once = seconds(lambda: [hashlib.sha256(part).digest() for part in memory])
    assert seconds(lambda: identity_of(tokenizer, model)) < 3 * once  # half a second on an idle core
