"""A model is known again by all that decides what it computes, and by nothing else."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM, AutoTokenizer, PreTrainedConfig
from zoo import CHAT_TEMPLATE, save_model

from agents.engine import files_hash, fingerprint
from agents.engine.files_hash import weight_files
from agents.engine.fingerprint import identity_of
from agents.engine.weights_hash import NotANumberError, weights_hash
from agents.model import Identity
from arenas.errors import UserError
from tournaments.same_players import check_same, without_parts

Change = Callable[[Path], None]
OWN = ["weights", "config", "tokenizer", "template", "ends", "dtype", "adapter"]


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_model(tmp_path_factory.mktemp("sound") / "llama", "llama", chat_template=CHAT_TEMPLATE)


def identity(folder: Path, dtype: torch.dtype = torch.float32) -> Identity:
    """What loading finds of a folder."""
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
    stated, _ = PreTrainedConfig.get_config_dict(str(folder))
    return identity_of(AutoTokenizer.from_pretrained(folder), model, stated, weight_files(folder))


def different(one: Identity, other: Identity) -> list[str]:
    return [part for part in OWN if getattr(one, part) != getattr(other, part)]


def page(name: str, change: Callable[[Any], None]) -> Change:
    """A change of a JSON file."""

    def changed(folder: Path) -> None:
        values = json.loads((folder / name).read_text())
        change(values)
        (folder / name).write_text(json.dumps(values))

    return changed


def tensor(name: str, change: Callable[[torch.Tensor], None]) -> Change:
    """A change of a tensor in its place."""

    def changed(folder: Path) -> None:
        weights = load_file(folder / "model.safetensors")
        change(weights[name])
        save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})

    return changed


DECISIVE = {
    "rope": (page("config.json", lambda values: values["rope_parameters"].update(rope_theta=500000.0)), ["config"]),
    "norm": (page("config.json", lambda values: values.update(rms_norm_eps=1e-3)), ["config"]),
    "activation": (page("config.json", lambda values: values.update(hidden_act="gelu")), ["config"]),
    "middle rows": (tensor("model.layers.1.mlp.up_proj.weight", lambda t: t[40:50].neg_()), ["weights"]),
    "one value": (tensor("model.layers.1.mlp.up_proj.weight", lambda t: t[48, 31].add_(1e-3)), ["weights"]),
    "embeddings": (tensor("model.embed_tokens.weight", lambda t: t.mul_(1.5)), ["weights"]),
    "no first token": (page("tokenizer.json", lambda values: values.update(post_processor=None)), ["tokenizer"]),
    "merges": (page("tokenizer.json", lambda values: values["model"]["merges"].pop()), ["tokenizer"]),
    "template": (lambda folder: (folder / "chat_template.jinja").write_text("{{ messages }}") and None, ["template"]),
    "ends": (page("generation_config.json", lambda values: values.update(eos_token_id=[1, 5])), ["ends"]),
}


@pytest.mark.parametrize("name", DECISIVE)
def test_all_that_decides_is_told_apart(sound: Path, tmp_path: Path, name: str) -> None:
    change, parts = DECISIVE[name]
    folder = Path(shutil.copytree(sound, tmp_path / "model"))
    change(folder)
    before, after = identity(sound), identity(folder)
    assert different(before, after) == parts
    assert before.mark != after.mark


def test_what_decides_nothing_makes_no_difference(sound: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sound, tmp_path / "elsewhere"))
    page("config.json", lambda values: values.update(transformers_version="4.0.0", use_cache=False, _name_or_path="x"))(folder)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(weights)
    for number, part in enumerate((names[::2], names[1::2])):  # the same weights in two files
        save_file({name: weights[name] for name in part}, folder / f"part{number}.safetensors", metadata={"format": "pt"})
    index = {name: f"part{number}.safetensors" for number, part in enumerate((names[::2], names[1::2])) for name in part}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"metadata": {}, "weight_map": index}))
    assert identity(folder) == identity(sound)


def test_the_type_of_the_numbers_is_part_of_it(sound: Path) -> None:
    assert different(identity(sound), identity(sound, torch.bfloat16)) == ["weights", "dtype"]


def test_large_weights_are_known_by_their_files_which_are_read_once(
    sound: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(shutil.copytree(sound, tmp_path / "model"))
    monkeypatch.setenv("TELLS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(fingerprint, "LARGE", 1)
    read: list[Path] = []
    stock = files_hash._hash
    monkeypatch.setattr(files_hash, "_hash", lambda path: read.append(path) or stock(path))
    first = identity(folder)
    assert identity(folder) == first
    assert identity(folder, torch.bfloat16).weights == first.weights
    assert read == [folder / "model.safetensors"]
    tensor("model.embed_tokens.weight", lambda t: t.mul_(1.5))(folder)
    assert different(identity(folder), first) == ["weights"]
    assert len(read) == 2


def test_a_weight_that_is_no_number_is_named(sound: Path) -> None:
    model = AutoModelForCausalLM.from_pretrained(sound, dtype=torch.bfloat16)
    before = weights_hash(model)
    assert before == weights_hash(model)
    with torch.no_grad():
        model.model.layers[3].self_attn.o_proj.weight[7, 7] = float("-inf")
    with pytest.raises(NotANumberError, match=r"^model\.layers\.3\.self_attn\.o_proj\.weight$"):
        weights_hash(model)


def test_a_run_says_what_has_changed() -> None:
    old = Identity("w1", "c1", "t1", "m1", "2", "float32", "none")
    new = Identity("w1", "c2", "t1", "m1", "2+7", "float32", "none")

    def line(model: Identity, wording: str) -> str:
        return f"mind: weights and tokenizer {model.mark}, wording {wording} ({model.parts})"

    assert without_parts(line(old, "s1")) == f"mind: weights and tokenizer {old.mark}, wording s1"
    assert without_parts("mind: prompt style plain (weights)") == "mind: prompt style plain (weights)"
    notes = ["mind: prompt style plain; read by row cache", line(old, "s1")]
    check_same("run.sqlite", notes, {"mind": line(old, "s1"), "other": line(new, "s1").replace("mind", "other")})
    with pytest.raises(UserError) as error:
        check_same("run.sqlite", notes, {"mind": line(new, "s2")})
    assert str(error.value) == (
        "run.sqlite: mind has changed since the run began "
        "(another configuration; other stop tokens: 2 -> 2+7; another wording or way of asking); start a new run"
    )
    with pytest.raises(UserError, match=r"\(weights, tokenizer or prompt style\)"):
        check_same("run.sqlite", ["mind: weights and tokenizer abc, wording s1"], {"mind": line(old, "s1")})
