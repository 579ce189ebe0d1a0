"""Loading a Hugging Face causal language model, with one clear line for everything a user can get wrong."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM, AutoTokenizer, PreTrainedConfig
from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

from agents.engine.adapters import apply_adapter
from agents.engine.files_hash import weight_files
from agents.engine.fingerprint import identity_of
from agents.engine.first_pass import check_first_pass
from agents.engine.gguf_files import GgufFile, as_plain, check_gguf, gguf_model, gguf_tokenizer, read_gguf
from agents.engine.hub_files import check_hub, local_folder
from agents.engine.hugging_face_model import HuggingFaceModel
from agents.engine.one_line import first_line, one_line
from agents.engine.probe import choose_reader
from agents.engine.processes import check_shared, placement
from agents.engine.quantised import check_quantised, quantisation_of
from agents.engine.quiet import be_quiet
from agents.engine.sources import Source, check_has_tokenizer, source_of
from agents.engine.tensors_found import check_tensors
from agents.engine.tokenizer_fit import check_tokenizer
from agents.engine.weights_hash import NotANumberError
from agents.model import Identity, ModelSpec
from arenas.errors import UserError

DTYPES = ("float32", "bfloat16", "float16")


def load_model(spec: ModelSpec) -> HuggingFaceModel:
    """Load tokenizer and weights and find the way to read them. Raises `UserError`."""
    be_quiet()
    source = source_of(spec)
    file = _gguf(spec, source)
    options = {"revision": spec.revision, "trust_remote_code": spec.trust_remote_code}
    with one_line(spec.model):
        config = AutoConfig.from_pretrained(source.place, **options, **({"gguf_file": source.gguf} if source.gguf else {}))
    check_hub(spec, source, config)
    _check_causal(spec, config)
    check_quantised(spec, config)
    check_shared(spec, config)
    check_has_tokenizer(spec, source)
    with one_line(spec.model, "its tokenizer cannot be read: "):
        if file is not None:
            tokenizer = gguf_tokenizer(Path(source.place, str(source.gguf)), file)
        else:
            tokenizer = AutoTokenizer.from_pretrained(source.place, **options)
    model, unused = _weights(spec, source, config, options)
    notes = [*(file.notes if file else ()), *unused]
    notes += check_tokenizer(spec.model, tokenizer, int(model.get_input_embeddings().weight.shape[0]))
    applied = apply_adapter(spec, model, quantised=file is None and quantisation_of(config) is not None)
    identity = _identity(spec, source, tokenizer, applied.model, applied.mark)
    check_first_pass(spec.model, tokenizer, applied.model)
    reader, met = choose_reader(applied.model, f"{identity.weights} {identity.config} {identity.adapter}")
    return HuggingFaceModel(spec.model, tokenizer, applied.model, reader, (*notes, *applied.notes, *met), identity)


def _gguf(spec: ModelSpec, source: Source) -> GgufFile | None:
    """What the model's GGUF file says of itself, if it is one."""
    if source.gguf is None:
        return None
    check_gguf(spec)
    with one_line(spec.model, "the GGUF file cannot be read: "):
        return read_gguf(Path(source.place) / source.gguf)


def _weights(spec: ModelSpec, source: Source, config: Any, options: Mapping[str, Any]) -> tuple[Any, tuple[str, ...]]:
    """The model on its device, and notes on what its files hold beside it."""
    loaded: Any
    device, placed = device_named(spec.device), placement(spec)
    named = {"dtype": _dtype(spec, device), "output_loading_info": True, **placed}
    with one_line(spec.model):
        if source.gguf is not None:
            loaded = gguf_model(Path(source.place, source.gguf), **named)
        else:
            pickles = None if spec.allow_pickle else True
            loaded = AutoModelForCausalLM.from_pretrained(source.place, use_safetensors=pickles, **named, **options)
    model, found = loaded
    notes = check_tensors(spec.model, found)
    if source.gguf is not None:
        model = as_plain(model)
    held = placed or quantisation_of(config) == "bitsandbytes"  # which must not be moved once it is loaded
    return (model if held else model.to(device)).eval(), notes


def _identity(spec: ModelSpec, source: Source, tokenizer: Any, model: Any, adapter: str) -> Identity:
    folder = local_folder(spec, source, model.config)
    files = weight_files(folder, source.gguf) if folder else []
    stated = None
    if folder is not None and source.gguf is None:
        stated, _ = PreTrainedConfig.get_config_dict(str(folder))
    try:
        return identity_of(tokenizer, model, stated, files, adapter)
    except NotANumberError as error:
        if model.dtype == torch.float16:
            large = f"{error} holds NaN or values too large for float16; try dtype: bfloat16 or float32"
            raise UserError(f"model {spec.model}: {large}") from error
        raise UserError(f"model {spec.model}: its weights are damaged: {error} holds NaN or infinity") from error


def _check_causal(spec: ModelSpec, config: Any) -> None:
    known = set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.values())
    names = config.architectures or []
    remote = spec.trust_remote_code and "AutoModelForCausalLM" in (getattr(config, "auto_map", None) or {})
    mapped = config.model_type in MODEL_FOR_CAUSAL_LM_MAPPING_NAMES
    if remote or (mapped and not config.is_encoder_decoder and (not names or known & set(names))):
        return
    what = names[0] if names else config.model_type
    raise UserError(f"model {spec.model}: {what} is no causal language model; one whose class ends in ForCausalLM is needed")


def device_named(name: str) -> torch.device:
    """A device by torch's name; `auto` is the GPU if there is one. Raises `UserError` if it cannot be used."""
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"device {name!r} cannot be used here: {first_line(error)}") from error
    return device


def _dtype(spec: ModelSpec, device: torch.device) -> torch.dtype | str:
    if spec.dtype == "auto":
        return torch.float32 if device.type == "cpu" and not spec.device_map else "auto"
    if spec.dtype not in DTYPES:
        raise UserError(f"dtype must be auto, {', '.join(DTYPES)}, got {spec.dtype!r}")
    dtype: torch.dtype = getattr(torch, spec.dtype)
    return dtype
