"""What a model's repository on the hub holds, asked before anything large is fetched."""

import json
from pathlib import Path
from typing import Any

from transformers.utils.hub import cached_file

from agents.engine.sources import Source
from agents.model import ModelSpec
from arenas.errors import UserError


def check_hub(spec: ModelSpec, source: Source, config: Any) -> None:
    """Raise `UserError` for an adapter beside or instead of a model, and for an index of safetensors that names pickles.

    Asked once the configuration is there, so that a machine without a network waits for one failure only, and of the very state
    that the configuration is of, about which the cache answers by itself the next time.
    """
    if source.folder is not None:
        return
    state = getattr(config, "_commit_hash", None) or spec.revision
    adapter = _file(state, source, "adapter_config.json")
    if adapter is not None:
        base = json.loads(adapter.read_text(encoding="utf-8")).get("base_model_name_or_path") or "its base"
        raise UserError(
            f"model {spec.model}: it holds an adapter, which would not be used; write model: {base} and adapter: {spec.model}"
        )
    index = None if spec.allow_pickle else _file(state, source, "model.safetensors.index.json")
    if index is not None:
        names = {*json.loads(index.read_text(encoding="utf-8")).get("weight_map", {}).values()}
        if strange := sorted(name for name in names if not name.endswith(".safetensors")):
            what = f"{index.name} names {strange[0]}, which is no safetensors"
            raise UserError(f"model {spec.model}: {what}; it is read if allow_pickle is true")


def local_folder(spec: ModelSpec, source: Source, config: Any) -> Path | None:
    """The folder on this machine that the files of a model lie in; None if they are in no one folder."""
    state = getattr(config, "_commit_hash", None) or spec.revision
    written = None if source.folder else _file(state, source, "config.json")
    return source.folder or (written.parent if written else None)


def _file(revision: str | None, source: Source, name: str) -> Path | None:
    """A file of a repository, fetched; None if there is none, or nobody can be asked."""
    try:
        found = cached_file(
            source.place,
            name,
            revision=revision,
            _raise_exceptions_for_gated_repo=False,
            _raise_exceptions_for_missing_entries=False,
            _raise_exceptions_for_connection_errors=False,
        )
    except OSError:  # no such repository: said when its configuration is asked for
        return None
    return Path(found) if found is not None else None
