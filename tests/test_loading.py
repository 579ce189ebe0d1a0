"""Loading real folders, and one clear line for every folder that is none."""

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, BertConfig, BertForMaskedLM, T5Config, T5ForConditionalGeneration
from zoo import CHAT_TEMPLATE, configs, save_model, tokenizer

from agents.agent import AgentSpec, load_agents
from agents.model import Sampling
from arenas.errors import UserError


def refusal(**spec: object) -> str:
    """The one line with which a spec is refused."""
    with pytest.raises(UserError) as error:
        load_agents({"x": AgentSpec(**spec)})  # type: ignore[arg-type]
    assert "\n" not in str(error.value)
    return str(error.value)


def test_entrants_with_the_same_weights_share_the_model(tmp_path: Path) -> None:
    folder = str(save_model(tmp_path, "llama"))
    agents = load_agents(
        {
            "a": AgentSpec(folder),
            "b": AgentSpec(folder, sampling=Sampling(temperature=0.5)),
            "c": AgentSpec(folder, dtype="bfloat16"),
        }
    )
    assert agents["a"].model is agents["b"].model
    assert agents["a"].model is not agents["c"].model


def test_auto_style_follows_the_tokenizer(tmp_path: Path) -> None:
    base = save_model(tmp_path / "base", "llama")
    chat = save_model(tmp_path / "chat", "llama", chat_template=CHAT_TEMPLATE)
    agents = load_agents(
        {"base": AgentSpec(str(base)), "chat": AgentSpec(str(chat)), "told": AgentSpec(str(chat), style="plain")}
    )
    assert [agent.style.name for agent in agents.values()] == ["plain", "chat", "plain"]


def test_device_map_of_accelerate(tmp_path: Path) -> None:
    folder = str(save_model(tmp_path, "llama"))
    assert load_agents({"x": AgentSpec(folder, device_map="auto")})["x"].model.context_limit == 512


def test_a_chat_style_needs_a_chat_template(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama")
    assert "x: style chat needs a chat template" in refusal(model=str(folder), style="chat")


def test_unknown_paths_and_names(tmp_path: Path) -> None:
    assert "x: model ./nowhere: no such folder" in refusal(model="./nowhere")
    (tmp_path / "checkpoint").mkdir()
    assert f"did you mean {tmp_path / 'checkpoint'}?" in refusal(model=str(tmp_path / "chekpoint"))
    assert "unknown organism 'bsae': did you mean 'base'?" in refusal(model="organism:bsae")
    assert "unknown backend 'transfomers': did you mean 'transformers'?" in refusal(model="x", backend="transfomers")
    assert "holds no config.json" in refusal(model=str(tmp_path))


def test_a_hub_id_that_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "model nobody/nothing: " in refusal(model="nobody/nothing")
    assert "model nothing: " in refusal(model="nothing")


def test_a_revision_is_for_the_hub(tmp_path: Path) -> None:
    folder = str(save_model(tmp_path, "llama"))
    assert "revision 'main' is for models of the hub" in refusal(model=folder, revision="main")


def test_models_that_are_no_causal_language_models(tmp_path: Path) -> None:
    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 420}
    BertForMaskedLM(BertConfig(**small)).save_pretrained(tmp_path / "bert")
    assert "BertForMaskedLM is no causal language model" in refusal(model=str(tmp_path / "bert"))
    t5 = T5Config(d_model=32, d_ff=32, num_layers=1, num_heads=2, vocab_size=420, d_kv=16)
    T5ForConditionalGeneration(t5).save_pretrained(tmp_path / "t5")
    assert "T5ForConditionalGeneration is no causal language model" in refusal(model=str(tmp_path / "t5"))


def test_a_folder_without_a_tokenizer(tmp_path: Path) -> None:
    AutoModelForCausalLM.from_config(configs()["llama"]).save_pretrained(tmp_path)
    assert "the folder holds no tokenizer; copy the model's tokenizer.json" in refusal(model=str(tmp_path))


def test_damaged_files(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: len(weights) // 2])
    assert f"model {folder}: " in refusal(model=str(folder))
    (folder / "config.json").write_text("{")
    assert f"model {folder}: " in refusal(model=str(folder))


def test_weights_that_lack_a_tensor_are_refused(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama")
    tensors = load_file(folder / "model.safetensors")
    lost = "model.layers.1.mlp.up_proj.weight"
    save_file({name: t for name, t in tensors.items() if name != lost}, folder / "model.safetensors", metadata={"format": "pt"})
    assert f"its weights lack 1 tensor, {lost} first" in refusal(model=str(folder))


def test_pickled_weights_are_read_only_when_asked_for(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    assert "holds no safetensors; other weights are read if allow_pickle is true" in refusal(model=str(folder))
    assert load_agents({"x": AgentSpec(str(folder), allow_pickle=True)})["x"].model.context_limit == 512


def test_no_code_of_a_folder_is_run_unless_asked_for(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama")
    config = json.loads((folder / "config.json").read_text())
    config |= {"model_type": "homemade", "architectures": ["Homemade"], "auto_map": {"AutoConfig": "homemade.HomemadeConfig"}}
    (folder / "config.json").write_text(json.dumps(config))
    marker = tmp_path / "ran"
    (folder / "homemade.py").write_text(f"open({str(marker)!r}, 'w').close()\n")
    assert f"model {folder}: " in refusal(model=str(folder))
    assert not marker.exists()


def test_a_tokenizer_larger_than_the_model(tmp_path: Path) -> None:
    folder = save_model(tmp_path, "llama")
    large = tokenizer()
    large.add_tokens([f"<extra{i}>" for i in range(50)])
    large.save_pretrained(folder)
    assert "its tokenizer has 450 tokens, more than the model's 420 embeddings" in refusal(model=str(folder))


def test_dtype_and_device(tmp_path: Path) -> None:
    folder = str(save_model(tmp_path, "llama"))
    assert "dtype must be auto, float32, bfloat16, float16, got 'float8'" in refusal(model=folder, dtype="float8")
    assert "device 'abacus' cannot be used here" in refusal(model=folder, device="abacus")
    with pytest.raises(UserError, match=r"^temperature must be from 0\.001 to 100\.0, got 0$"):
        Sampling(temperature=0)
    with pytest.raises(UserError, match=r"^top_p must be above 0 and at most 1, got 1\.5$"):
        Sampling(top_p=1.5)
