"""Adapters of PEFT (LoRA and the like), applied to the model they were trained on."""

import hashlib
import json
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from transformers.utils.hub import cached_file

from agents.engine.one_line import first_line
from agents.model import ModelSpec
from arenas.errors import UserError

CONFIG, WEIGHTS, PICKLE = "adapter_config.json", "adapter_model.safetensors", "adapter_model.bin"


@dataclass(frozen=True)
class Applied:
    """A model with its adapter, what to say of it, and a hash of the adapter's files."""

    model: Any
    notes: tuple[str, ...]
    mark: str


def apply_adapter(spec: ModelSpec, model: Any, quantised: bool) -> Applied:
    """The model with the spec's adapter, merged into the weights where that is exact enough; unchanged if it names none.

    Raises `UserError` with one line if the adapter cannot be read or does not fit.
    """
    if spec.adapter is None:
        return Applied(model, (), "")
    if find_spec("peft") is None:
        raise UserError(f"adapter {spec.adapter}: adapters need another package: pip install 'tells[peft]'")
    config_path, weights_path = _files(spec)
    try:
        config, applied = _fitted(spec.adapter, model, config_path, weights_path)
        merged = not quantised and not _tied(applied)
        done = applied.merge_and_unload(safe_merge=True) if merged else applied.get_base_model()
    except UserError:
        raise
    except (OSError, ValueError, RuntimeError, KeyError, TypeError, NotImplementedError) as error:
        raise UserError(f"adapter {spec.adapter} does not fit model {spec.model}: {first_line(error)}") from error
    kind = f"{config.peft_type.value} adapter {spec.adapter}"
    place = "merged into the weights" if merged else "beside the weights"
    notes = (f"{kind} {place}", *_remarks(spec, config, config_path))
    return Applied(done.eval(), notes, _mark(config_path, weights_path))


def _files(spec: ModelSpec) -> tuple[Path, Path]:
    """The adapter's two files, fetched if it lies on the hub."""
    name = str(spec.adapter)
    place = Path(name).expanduser()
    if not place.is_dir() and (name.startswith((".", "/", "~")) or name.count("/") != 1):
        raise UserError(f"adapter {name}: no such folder (a hub id reads owner/name)")
    config = _file(str(place), CONFIG)
    if config is None:
        raise UserError(f"adapter {name}: it holds no {CONFIG}, so it is no adapter of PEFT")
    weights = _file(str(place), WEIGHTS) or (_file(str(place), PICKLE) if spec.allow_pickle else None)
    if weights is None:
        raise UserError(f"adapter {name}: it holds no {WEIGHTS}; a pickled adapter is read if allow_pickle is true")
    if weights.stat().st_size < 1024 and weights.read_bytes().startswith(b"version https://git-lfs"):
        raise UserError(f"adapter {name}: {weights.name} is a Git LFS pointer; run `git lfs pull` in the folder")
    return config, weights


def _file(place: str, name: str) -> Path | None:
    found = cached_file(
        place,
        name,
        _raise_exceptions_for_gated_repo=False,
        _raise_exceptions_for_missing_entries=False,
        _raise_exceptions_for_connection_errors=False,
    )
    return Path(found) if found is not None else None


def _fitted(name: str, model: Any, config_path: Path, weights_path: Path) -> tuple[Any, Any]:
    """The adapter's configuration, and the model with the adapter in its layers."""
    from peft import PeftConfig, PeftModel, set_peft_model_state_dict

    config = PeftConfig.from_pretrained(str(config_path.parent))
    if config.is_prompt_learning:
        raise UserError(f"adapter {name}: it is of the kind {config.peft_type.value}, which puts tokens before every text")
    config.inference_mode = True
    if weights_path.suffix == ".safetensors":
        state = load_file(weights_path)
    else:
        state = torch.load(weights_path, map_location="cpu", weights_only=True)
    fitted = PeftModel(model, config)
    result: Any = set_peft_model_state_dict(fitted, state)
    if unused := sorted(result.unexpected_keys):
        raise UserError(f"adapter {name}: the model has no place for {len(unused)} of its tensors, {unused[0]} first")
    if lacking := sorted(key for key in result.missing_keys if ".default" in key):
        raise UserError(f"adapter {name}: it lacks {len(lacking)} of its tensors, {lacking[0]} first")
    return config, fitted.eval()


def _tied(fitted: Any) -> bool:
    """Whether the adapter changes a weight that another module shares, so that merging would change both."""
    from peft.tuners.tuners_utils import BaseTunerLayer

    layers = [module for module in fitted.modules() if isinstance(module, BaseTunerLayer)]
    mine = {id(layer.get_base_layer().weight) for layer in layers if hasattr(layer.get_base_layer(), "weight")}
    base = fitted.get_base_model()
    ends = [base.get_input_embeddings(), base.get_output_embeddings()]
    weights = [getattr(getattr(end, "base_layer", end), "weight", None) for end in ends]
    return weights[0] is weights[1] and id(weights[0]) in mine


def _remarks(spec: ModelSpec, config: Any, config_path: Path) -> list[str]:
    """What is worth knowing of an adapter: another base in its configuration, a tokenizer that is not used."""
    remarks = []
    base = str(config.base_model_name_or_path or "")
    if base and Path(base).name != Path(spec.model.split(":")[-1]).name:
        remarks.append(f"the adapter was made for {base}")
    if (config_path.parent / "tokenizer.json").is_file() or (config_path.parent / "tokenizer_config.json").is_file():
        remarks.append("the tokenizer in the adapter's folder is not used")
    return remarks


def _mark(config_path: Path, weights_path: Path) -> str:
    """A hash of the adapter's weights and of its configuration, but for the place of its base."""
    page = json.loads(config_path.read_text(encoding="utf-8"))
    page.pop("base_model_name_or_path", None)
    total = hashlib.sha256(json.dumps(page, sort_keys=True).encode())
    with weights_path.open("rb") as stream:
        total.update(hashlib.file_digest(stream, "sha256").digest())
    return total.hexdigest()[:12]
