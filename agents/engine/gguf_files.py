"""Models in GGUF files: what such a file says of itself, and its tokenizer mended where the conversion is known to fail."""

from collections import Counter
from contextlib import redirect_stderr
from dataclasses import dataclass
from importlib.util import find_spec
from io import StringIO
from pathlib import Path
from typing import Any

from tokenizers import pre_tokenizers
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig
from transformers.integrations.gguf.reader import read_gguf_metadata

from agents.model import ModelSpec
from arenas.errors import UserError

SINGLE_DIGITS = ("smollm",)
"""Values of `tokenizer.ggml.pre` whose tokenizers split off each digit before anything else, which the conversion loses."""
COMPARED = (("gpt2", "smollm"), ("llama", "default"))
"""Kinds of tokenizer (`tokenizer.ggml.model`, `.pre`) whose conversion was compared with the model's own."""


@dataclass(frozen=True)
class GgufFile:
    """A GGUF file's metadata that matters here: its tokenizer's kind and how its weights are quantised."""

    tokenizer: tuple[str, str]
    quantisation: str

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the run should know of a model from this file."""
        kind, split = self.tokenizer
        unchecked = f"its tokenizer was converted from GGUF ({kind}, {split}), which was not compared with the model's own"
        return (f"dequantised from GGUF {self.quantisation}", *(() if self.tokenizer in COMPARED else (unchecked,)))


def check_gguf(spec: ModelSpec) -> None:
    """Raise `UserError` if nothing here reads GGUF files."""
    if find_spec("gguf") is None:
        raise UserError(f"model {spec.model}: GGUF files need another package: pip install 'tells[gguf]'")


def read_gguf(path: Path) -> GgufFile:
    """What a file says of itself. Raises `ValueError` if it is damaged."""
    metadata, _ = read_gguf_metadata(str(path))
    kind = str(metadata.get("tokenizer.ggml.model", "none"))
    return GgufFile((kind, str(metadata.get("tokenizer.ggml.pre", "default"))), _quantisation(path, metadata))


def _quantisation(path: Path, metadata: dict[str, Any]) -> str:
    """The name under which llama.cpp makes such a file, such as Q4_K_M; without one, the commonest type of its tensors."""
    import gguf

    try:
        return gguf.LlamaFileType(metadata["general.file_type"]).name.removeprefix("MOSTLY_").removeprefix("ALL_")
    except (KeyError, ValueError):
        types = Counter(tensor.tensor_type.name for tensor in gguf.GGUFReader(path).tensors if len(tensor.shape) > 1)
        return types.most_common(1)[0][0] if types else "unknown"


def gguf_tokenizer(path: Path, file: GgufFile, **options: Any) -> Any:
    """The tokenizer of a file, with what the conversion loses put back: the digits that stand alone."""
    tokenizer = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name, **options)
    if file.tokenizer[1] in SINGLE_DIGITS:
        backend: Any = tokenizer.backend_tokenizer
        backend.pre_tokenizer = pre_tokenizers.Sequence(
            [
                pre_tokenizers.Digits(individual_digits=True),
                pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=True, use_regex=True),
            ]
        )
    return tokenizer


def gguf_model(path: Path, **options: Any) -> Any:
    """What `from_pretrained` makes of a file, its weights dequantised."""
    packed = GgufConfig(dequantize=True)
    with redirect_stderr(StringIO()):  # its progress bar knows no switch
        return AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, quantization_config=packed, **options)


def as_plain(model: Any) -> Any:
    """A model read from GGUF, as if it had been read from weights of its own type."""
    model.config.__dict__.pop("quantization_config", None)
    model.hf_quantizer = None
    model.is_quantized = False
    return model
