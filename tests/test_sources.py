"""One true line for every folder or file that cannot be loaded as it is."""

import json
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from zoo import save_model, tokenizer

from agents.engine import loading, quantised
from agents.engine.loading import load_model
from agents.engine.whole_readers import SingleReader
from agents.model import ModelSpec
from arenas.errors import UserError

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0f\nsize 269060552\n"


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("sound") / "llama", "llama")


@pytest.fixture
def folder(sound: Path, tmp_path: Path) -> Path:
    """A copy to do harm to."""
    return Path(shutil.copytree(sound, tmp_path / "model"))


@pytest.fixture(autouse=True)
def unprobed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way of reading is tried: what is loaded here is not played."""
    monkeypatch.setattr(loading, "choose_reader", lambda *_: (SingleReader, ()))


def refusal(model: object, **spec: Any) -> str:
    """The one line with which a model is refused."""
    with pytest.raises(UserError) as error:
        load_model(ModelSpec(str(model), **spec))
    assert "\n" not in str(error.value)
    return str(error.value)


def rewritten(folder: Path, change: dict[str, torch.Tensor]) -> None:
    """The weights with some tensors changed or added."""
    save_file({**load_file(folder / "model.safetensors"), **change}, folder / "model.safetensors", metadata={"format": "pt"})


def configured(folder: Path, **values: Any) -> None:
    page = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(page | values))


def test_files_and_folders_that_are_no_models(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "nothing").mkdir()
    assert refusal(tmp_path / "nothing").endswith("the folder is empty")
    assert "it is a file, and only a .gguf file is a whole model" in refusal(folder / "model.safetensors")
    assert f"no such file (did you mean {folder}" not in refusal(tmp_path / "modle.gguf")
    assert "no such file" in refusal(tmp_path / "modle.gguf")
    (tmp_path / "text.gguf").write_text("hello there")
    assert "text.gguf does not begin as a GGUF file does" in refusal(tmp_path / "text.gguf")
    (tmp_path / "big-00001-of-00003.gguf").write_bytes(b"GGUF")
    assert "is one part of several" in refusal(tmp_path / "big-00001-of-00003.gguf")
    (tmp_path / "two").mkdir()
    for name in ("a.gguf", "b.gguf"):
        (tmp_path / "two" / name).write_bytes(b"GGUF")
    assert f"the folder holds 2 GGUF files; name one of them, such as {tmp_path / 'two' / 'a.gguf'}" in refusal(
        tmp_path / "two"
    )


@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json", "config.json"])
def test_a_git_lfs_pointer_is_named(folder: Path, name: str) -> None:
    (folder / name).write_text(POINTER)
    assert refusal(folder) == (
        f"model {folder}: {name} is a Git LFS pointer and not the file itself; run `git lfs pull` in the folder"
    )


def test_weights_that_were_cut_short_or_are_none(folder: Path) -> None:
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[:-1])
    assert f"model.safetensors is cut short: {len(whole) - 1:,} of {len(whole):,} bytes are there" in refusal(folder)
    (folder / "model.safetensors").write_bytes(b"")
    assert "model.safetensors is empty" in refusal(folder)
    (folder / "model.safetensors").write_bytes(struct.pack("<Q", 20) + b"{" * 20)
    assert "model.safetensors is no safetensors file" in refusal(folder)


def test_an_index_that_names_a_pickle(folder: Path) -> None:
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").rename(folder / "decoy.safetensors")
    torch.save(weights, folder / "weights.bin")
    index = {"metadata": {}, "weight_map": dict.fromkeys(weights, "weights.bin")}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    line = "model.safetensors.index.json names weights.bin, which is no safetensors; it is read if allow_pickle is true"
    assert refusal(folder) == f"model {folder}: {line}"
    assert load_model(ModelSpec(str(folder), allow_pickle=True)).context_limit == 512


def test_tensors_that_the_model_has_no_place_for(folder: Path) -> None:
    rewritten(folder, {"model.layers.0.mlp.up_proj.bias": torch.ones(96), "model.layers.1.mlp.up_proj.bias": torch.ones(96)})
    line = refusal(folder)
    assert "its files hold 2 tensors that a model of its config.json has not and would not use" in line
    assert "model.layers.0.mlp.up_proj.bias first" in line


def test_tables_and_other_senses_are_no_fault(folder: Path) -> None:
    rewritten(
        folder, {"model.layers.0.self_attn.rotary_emb.inv_freq": torch.ones(8), "vision_tower.patch.weight": torch.ones(4)}
    )
    assert "1 tensor for images or sound not used" in load_model(ModelSpec(str(folder))).notes


def test_tensors_of_other_shapes(folder: Path) -> None:
    configured(folder, intermediate_size=100)
    assert f"model {folder}: " in refusal(folder)


def test_an_adapter_is_no_model_and_is_not_dropped(folder: Path, tmp_path: Path) -> None:
    adapter = json.dumps({"peft_type": "LORA", "base_model_name_or_path": "someone/base"})
    alone = tmp_path / "alone"
    alone.mkdir()
    (alone / "adapter_config.json").write_text(adapter)
    line = f"the folder holds an adapter and no model; write model: someone/base and adapter: {alone}"
    assert refusal(alone) == f"model {alone}: {line}"
    (folder / "adapter_config.json").write_text(adapter)
    assert "an adapter lies beside the model (adapter_config.json) and would not be used" in refusal(folder)
    assert "move its files into a folder of its own" in refusal(folder, adapter=str(folder))


def test_another_models_tokenizer(folder: Path) -> None:
    rewritten(folder, {name: torch.ones(2000, 64) for name in ("model.embed_tokens.weight", "lm_head.weight")})
    configured(folder, vocab_size=2000)
    size = len(tokenizer())
    assert f"its tokenizer has {size} tokens and the model 2,000 embeddings: it is another model's tokenizer" in refusal(folder)


def test_a_special_token_without_an_embedding_is_never_fed(folder: Path) -> None:
    large = tokenizer()
    large.add_tokens([f"<filler{i}>" for i in range(420 - len(large))])
    large.add_special_tokens({"additional_special_tokens": ["<image_soft_token>"]})
    large.save_pretrained(folder)
    assert len(large) == 421
    assert "never fed, for want of an embedding: <image_soft_token>" in load_model(ModelSpec(str(folder))).notes
    large.chat_template = "<image_soft_token>{{ messages }}"
    large.save_pretrained(folder)
    assert "its tokenizer has 421 tokens, more than the model's 420 embeddings" in refusal(folder)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers(folder: Path, value: float) -> None:
    damaged = load_file(folder / "model.safetensors")["model.layers.2.mlp.up_proj.weight"]
    damaged[40, 7] = value
    rewritten(folder, {"model.layers.2.mlp.up_proj.weight": damaged})
    assert refusal(folder) == (
        f"model {folder}: its weights are damaged: model.layers.2.mlp.up_proj.weight holds NaN or infinity"
    )


def test_a_model_that_overflows_in_half_precision(folder: Path) -> None:
    head = load_file(folder / "model.safetensors")["lm_head.weight"]
    rewritten(folder, {"lm_head.weight": head / head.abs().max() * 60000})
    assert load_model(ModelSpec(str(folder))).context_limit == 512
    line = "what it computes in float16 is not a number (NaN or infinite logits); try dtype: bfloat16 or float32"
    assert refusal(folder, dtype="float16") == f"model {folder}: {line}"
    rewritten(folder, {"lm_head.weight": head / head.abs().max() * 1e6})
    assert "lm_head.weight holds NaN or values too large for float16; try dtype: bfloat16 or float32" in refusal(
        folder, dtype="float16"
    )


@pytest.mark.parametrize(
    ("method", "packages"),
    [
        ("bitsandbytes", "bitsandbytes"),
        ("gptq", "optimum gptqmodel"),
        ("awq", "gptqmodel"),
        ("compressed-tensors", "compressed-tensors"),
        ("torchao", "torchao"),
        ("quanto", "optimum-quanto"),
    ],
)
def test_quantised_weights_name_the_package_they_need(
    folder: Path, method: str, packages: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quantised, "_there", lambda module: False)
    configured(folder, quantization_config={"quant_method": method, "load_in_8bit": method == "bitsandbytes"})
    line = f"its weights are quantised by {method}, which needs: pip install {packages}"
    assert refusal(folder) == f"model {folder}: {line}"


def test_weights_quantised_in_an_unknown_way(folder: Path) -> None:
    configured(folder, quantization_config={"quant_method": "magic", "bits": 1})
    assert "its weights are quantised by 'magic', which transformers does not know" in refusal(folder)


def test_a_model_that_is_to_be_fetched_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELLS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    assert refusal("smollm2") == "model smollm2: it is not on this machine yet; run: tells get smollm2"
    (tmp_path / "smollm2").mkdir()
    assert "(the folder of that name is ./smollm2)" in refusal("smollm2")


def test_loading_says_nothing_on_stderr(sound: Path) -> None:
    code = (
        "from agents.engine.loading import load_model; from agents.model import ModelSpec; "
        f"load_model(ModelSpec({str(sound)!r}))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")
