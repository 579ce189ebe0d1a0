"""Checkpoints whose weights are quantised: which packages read them."""

from importlib.util import find_spec
from typing import Any

from transformers.quantizers.auto import AUTO_QUANTIZATION_CONFIG_MAPPING

from agents.model import ModelSpec
from arenas.errors import UserError

PACKAGES: dict[str, dict[str, str]] = {
    "bitsandbytes": {"bitsandbytes": "bitsandbytes"},
    "gptq": {"optimum": "optimum", "gptqmodel": "gptqmodel"},
    "awq": {"gptqmodel": "gptqmodel"},
    "compressed-tensors": {"compressed_tensors": "compressed-tensors"},
    "torchao": {"torchao": "torchao"},
    "auto-round": {"auto_round": "auto-round"},
    "hqq": {"hqq": "hqq"},
    "quanto": {"optimum.quanto": "optimum-quanto"},
    "aqlm": {"aqlm": "aqlm"},
    "eetq": {"kernels": "kernels"},
    "vptq": {"vptq": "vptq"},
    "quark": {"quark": "amd-quark"},
    "fbgemm_fp8": {"fbgemm_gpu": "fbgemm-gpu"},
}
"""Of each way of quantising, the modules that it needs and the packages that bring them."""


def quantisation_of(config: Any) -> str | None:
    """The way in which a checkpoint is quantised, by transformers' name; None if it is not."""
    stated = getattr(config, "quantization_config", None) or getattr(config.get_text_config(), "quantization_config", None)
    if not stated:
        return None
    stated = stated if isinstance(stated, dict) else stated.to_dict()
    if stated.get("load_in_4bit") or stated.get("load_in_8bit"):
        return "bitsandbytes"
    method = stated.get("quant_method")
    return str(getattr(method, "value", method))


def check_quantised(spec: ModelSpec, config: Any) -> None:
    """Raise `UserError` if the checkpoint is quantised in a way that cannot be read here."""
    method = quantisation_of(config)
    if method is None:
        return
    known = {name.removesuffix("_4bit").removesuffix("_8bit") for name in AUTO_QUANTIZATION_CONFIG_MAPPING}
    if method not in known:
        raise UserError(f"model {spec.model}: its weights are quantised by {method!r}, which transformers does not know")
    absent = [package for module, package in PACKAGES.get(method, {}).items() if not _there(module)]
    if absent:
        raise UserError(
            f"model {spec.model}: its weights are quantised by {method}, which needs: pip install {' '.join(absent)}"
        )


def _there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package above it is absent
        return False
