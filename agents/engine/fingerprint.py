"""What tells one model from another: its weights, configuration, tokenizer, template, stop tokens, adapter and number type."""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from agents.engine.files_hash import LARGE, files_hash, size_of
from agents.engine.stop_tokens import stop_tokens
from agents.engine.weights_hash import weights_hash
from agents.model import Identity

CIRCUMSTANCES = {
    "_attn_implementation",
    "_commit_hash",
    "_name_or_path",
    "architectures",
    "attn_implementation",
    "dtype",
    "id2label",
    "initializer_range",
    "label2id",
    "name_or_path",
    "output_attentions",
    "output_hidden_states",
    "problem_type",
    "return_dict",
    "torch_dtype",
    "transformers_version",
    "use_cache",
}
"""Keys of a configuration that decide nothing of what a model computes, or that are told apart by themselves."""


def identity_of(
    tokenizer: Any, model: Any, stated: Mapping[str, Any] | None = None, files: Sequence[Path] = (), adapter: str = ""
) -> Identity:
    """The parts by which a model is known again, the same wherever and among however many devices its weights lie.

    `stated` is the configuration as its file has it (by default the model's own), `files` hold the weights, `adapter` is the
    mark of an adapter. Raises `NotANumberError` for weights that are NaN or infinite.
    """
    large = bool(files) and size_of(files) > LARGE
    return Identity(
        weights=files_hash(files) if large else weights_hash(model),
        config=_config(model, model.config.to_diff_dict() if stated is None else stated),
        tokenizer=_tokenizer(tokenizer),
        template=_hash(str(getattr(tokenizer, "chat_template", None) or "")),
        ends="+".join(str(end) for end in sorted(stop_tokens(tokenizer, model))) or "none",
        dtype=str(model.dtype).removeprefix("torch."),
        adapter=adapter or "none",
    )


def _config(model: Any, stated: Mapping[str, Any]) -> str:
    """The configuration and, of a model that brings its own code, the code."""
    written = json.dumps(_arithmetic(stated), sort_keys=True, default=str)
    module = type(model).__module__
    code = getattr(sys.modules.get(module), "__file__", None)
    if code is None or module.split(".")[0] == "transformers":
        return _hash(written)
    return _hash(written + Path(code).read_text(encoding="utf-8"))


def _arithmetic(page: Any) -> Any:
    """A configuration without what decides nothing, at every depth."""
    if not isinstance(page, Mapping):
        return page
    return {key: _arithmetic(value) for key, value in page.items() if key not in CIRCUMSTANCES}


def _tokenizer(tokenizer: Any) -> str:
    """The whole tokenizer: words, merges, how text is cut, special tokens, and what it puts before and after a text."""
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is not None:
        written = backend.to_str()
        whole = written[written.index('"added_tokens"') :]  # what stands before says how batches are cut and filled up
    else:  # one in Python, which has no such file
        files = [path for path in vars(tokenizer).values() if isinstance(path, str) and Path(path).is_file()]
        marks = [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in files]
        whole = repr((sorted(tokenizer.get_vocab().items()), marks))
    added = [getattr(tokenizer, name, None) for name in ("add_bos_token", "add_eos_token")]
    around = tokenizer("a")["input_ids"]
    return _hash(f"{whole} {sorted(tokenizer.special_tokens_map.items())} {added} {around}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]
