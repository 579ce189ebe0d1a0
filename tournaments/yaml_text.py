"""Reading YAML as people mean it: a key given twice is refused, and 1e-3 is a number."""

import re
from typing import Any

import yaml

from arenas.errors import UserError


class _Loader(yaml.SafeLoader):
    """YAML 1.1 as PyYAML reads it, with its two traps removed."""


def read_yaml(text: str, where: str) -> Any:
    """The value of a YAML text; raises `UserError` that begins with `where`."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise UserError(f"{where}: not readable as YAML: {' '.join(str(error).split())}") from error
    except ValueError as error:  # a date or a number that Python cannot hold
        raise UserError(f"{where}: not readable as YAML: {error}") from error
    except RecursionError as error:
        raise UserError(f"{where}: not readable as YAML: nested too deeply") from error


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    mapping: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if isinstance(key, list | dict):
            raise yaml.constructor.ConstructorError(None, None, "a key must be a word", key_node.start_mark)
        if key in mapping:
            raise yaml.constructor.ConstructorError(None, None, f"the key {key!r} is given twice", key_node.start_mark)
        mapping[key] = loader.construct_object(value_node, deep=True)
    return mapping


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9][0-9_]*(\.[0-9_]*)?[eE][-+]?[0-9]+$"), list("-+0123456789")
)
