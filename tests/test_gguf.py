"""GGUF files: the weights and the tokenizer are those they were made from."""

from pathlib import Path

import pytest
import torch
from tiny_gguf import TinyGguf, tiny_gguf

from agents.engine import gguf_files, loading
from agents.engine.conversion import convert_gguf
from agents.engine.loading import load_model
from agents.engine.reading import plain_logits
from agents.engine.whole_readers import SingleReader
from agents.model import ModelSpec
from arenas.errors import UserError

pytest.importorskip("gguf")
TEXTS = ["You: rock\nThem: paper", "Numbers: 10, 25, 100 and 7.", " 1024", "<|user|>Pick 10<|end|>", "a1b22 \n\n 3"]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> TinyGguf:
    return tiny_gguf(tmp_path_factory.mktemp("tiny") / "tiny.gguf")


@pytest.fixture(autouse=True)
def unprobed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "choose_reader", lambda *_: (SingleReader, ()))


@pytest.mark.parametrize("whole_folder", [False, True])
def test_a_file_is_the_model_it_was_made_from(tiny: TinyGguf, whole_folder: bool, capfd: pytest.CaptureFixture[str]) -> None:
    loaded = load_model(ModelSpec(str(tiny.path.parent if whole_folder else tiny.path)))
    assert capfd.readouterr() == ("", "")
    for text in TEXTS:
        tokens = tiny.tokenizer(text)["input_ids"]
        assert loaded._tokenizer(text)["input_ids"] == tokens
        assert torch.allclose(plain_logits(loaded._model, tokens), plain_logits(tiny.model, tokens), atol=1e-4)
    assert loaded._tokenizer.chat_template == tiny.tokenizer.chat_template
    assert loaded.notes == ("dequantised from GGUF F32", "float32 on cpu")
    assert loaded.identity.ends == str(tiny.tokenizer.eos_token_id)


def test_a_tokenizer_that_was_not_compared_is_said(tmp_path: Path) -> None:
    notes = load_model(ModelSpec(str(tiny_gguf(tmp_path / "x.gguf", split="starcoder").path))).notes
    line = "its tokenizer was converted from GGUF (gpt2, starcoder), which was not compared with the model's own"
    assert notes[:2] == ("dequantised from GGUF F32", line)


def test_two_files_are_two_models(tiny: TinyGguf, tmp_path: Path) -> None:
    one = load_model(ModelSpec(str(tiny.path))).identity
    other = load_model(ModelSpec(str(tiny_gguf(tmp_path / "x.gguf", split="starcoder").path))).identity
    assert one.weights == other.weights
    assert one.tokenizer != other.tokenizer


def test_a_converted_file_is_the_same_model_in_bfloat16(tiny: TinyGguf, tmp_path: Path) -> None:
    convert_gguf(tiny.path, tmp_path / "made")
    loaded = load_model(ModelSpec(str(tmp_path / "made")))
    rounded = {name: tensor.to(torch.bfloat16).float() for name, tensor in tiny.model.state_dict().items()}
    assert all(torch.equal(tensor, rounded[name]) for name, tensor in loaded._model.state_dict().items())
    assert all(loaded._tokenizer(text)["input_ids"] == tiny.tokenizer(text)["input_ids"] for text in TEXTS)
    assert loaded._model.config.dtype == torch.float32  # as it is loaded on a CPU
    assert loaded.notes == ("float32 on cpu",)


def test_damaged_files_and_no_package(tiny: TinyGguf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    short = tmp_path / "short.gguf"
    short.write_bytes(tiny.path.read_bytes()[:9000])
    with pytest.raises(UserError, match=r"^model \S+short\.gguf: the GGUF file cannot be read: "):
        load_model(ModelSpec(str(short)))
    short.write_bytes(tiny.path.read_bytes()[:-9000])
    with pytest.raises(UserError, match=r"^model \S+short\.gguf: "):
        load_model(ModelSpec(str(short)))
    monkeypatch.setattr(gguf_files, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"GGUF files need another package: pip install 'tells\[gguf\]'$"):
        load_model(ModelSpec(str(tiny.path)))
