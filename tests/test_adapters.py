"""Adapters are applied to the model they were made for, are part of who it is, and are refused where they do not fit."""

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from zoo import save_model

from agents.engine import adapters, loading
from agents.engine.loading import load_model
from agents.engine.reading import plain_logits
from agents.engine.whole_readers import SingleReader
from agents.model import ModelSpec
from arenas.errors import UserError

peft = pytest.importorskip("peft")


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("base") / "llama", "llama")


@pytest.fixture(autouse=True)
def unprobed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "choose_reader", lambda *_: (SingleReader, ()))


def made(base: Path, folder: Path, **options: Any) -> Any:
    """A random LoRA of a model, written to a folder; returns the model with it."""
    torch.manual_seed(5)
    config = peft.LoraConfig(r=2, init_lora_weights=False, task_type="CAUSAL_LM", **options)
    model = peft.get_peft_model(AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32), config)
    model.save_pretrained(folder)
    return model.eval()


def refusal(**spec: Any) -> str:
    with pytest.raises(UserError) as error:
        load_model(ModelSpec(**spec))
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("targets", [["q_proj", "up_proj"], ["embed_tokens", "v_proj"]])
def test_an_adapter_is_applied_and_known(base: Path, tmp_path: Path, targets: list[str]) -> None:
    own = made(base, tmp_path / "adapter", target_modules=targets)
    plain = load_model(ModelSpec(str(base)))
    adapted = load_model(ModelSpec(str(base), adapter=str(tmp_path / "adapter")))
    tokens = AutoTokenizer.from_pretrained(base)("You: rock\nThem: paper\nYou:")["input_ids"]
    wanted, got, without = (plain_logits(model, tokens) for model in (own, adapted._model, plain._model))
    assert torch.allclose(got, wanted, atol=1e-4)
    assert float((got - without).abs().max()) > 0.1
    assert f"LORA adapter {tmp_path / 'adapter'} merged into the weights" in adapted.notes
    assert adapted.identity.weights != plain.identity.weights
    assert plain.identity.adapter == "none" != adapted.identity.adapter
    assert adapted.identity.config == plain.identity.config


def test_weights_that_two_modules_share_are_not_merged(tmp_path: Path) -> None:
    folder = save_model(tmp_path / "gemma", "gemma3")  # its embeddings are its head
    own = made(folder, tmp_path / "adapter", target_modules=["embed_tokens"])
    adapted = load_model(ModelSpec(str(folder), adapter=str(tmp_path / "adapter")))
    assert f"LORA adapter {tmp_path / 'adapter'} beside the weights" in adapted.notes
    assert torch.allclose(plain_logits(adapted._model, [5, 9, 30]), plain_logits(own, [5, 9, 30]), atol=1e-4)


def test_an_adapter_of_another_model_is_refused(base: Path, tmp_path: Path) -> None:
    made(save_model(tmp_path / "gpt2", "gpt2"), tmp_path / "other", target_modules=["c_attn"])
    line = refusal(model=str(base), adapter=str(tmp_path / "other"))
    assert line.startswith(f"adapter {tmp_path / 'other'} does not fit model {base}: ")


def test_what_an_adapter_says_of_its_base_is_said(base: Path, tmp_path: Path) -> None:
    folder = made_folder(base, tmp_path)
    assert not any("made for" in note for note in load_model(ModelSpec(str(base), adapter=str(folder))).notes)
    written = (folder / "adapter_config.json").read_text()
    (folder / "adapter_config.json").write_text(written.replace(str(base), "someone/else"))
    (folder / "tokenizer.json").write_text("{}")
    notes = load_model(ModelSpec(str(base), adapter=str(folder))).notes
    assert "the adapter was made for someone/else" in notes
    assert "the tokenizer in the adapter's folder is not used" in notes


def made_folder(base: Path, tmp_path: Path) -> Path:
    made(base, tmp_path / "fine", target_modules=["q_proj"])
    return tmp_path / "fine"


def test_tensors_that_an_adapter_lacks_or_has_too_many(base: Path, tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = made_folder(base, tmp_path)
    whole = load_file(folder / "adapter_model.safetensors")
    first, *rest = sorted(whole)
    save_file({name: whole[name] for name in rest}, folder / "adapter_model.safetensors")
    assert "it lacks 1 of its tensors" in refusal(model=str(base), adapter=str(folder))
    save_file(whole | {first.replace("layers.0", "layers.9"): whole[first].clone()}, folder / "adapter_model.safetensors")
    assert "the model has no place for 1 of its tensors" in refusal(model=str(base), adapter=str(folder))
    save_file(whole | {first: torch.ones(3, 3)}, folder / "adapter_model.safetensors")
    assert "does not fit model" in refusal(model=str(base), adapter=str(folder))


def test_what_is_no_adapter(base: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "adapter ./nowhere: no such folder" in refusal(model=str(base), adapter="./nowhere")
    assert f"adapter {base}: it holds no adapter_config.json, so it is no adapter of PEFT" in refusal(
        model=str(base), adapter=str(base)
    )
    folder = made_folder(base, tmp_path)
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")
    assert "a pickled adapter is read if allow_pickle is true" in refusal(model=str(base), adapter=str(folder))
    monkeypatch.setattr(adapters, "find_spec", lambda name: None)
    assert "adapters need another package: pip install 'tells[peft]'" in refusal(model=str(base), adapter=str(folder))
