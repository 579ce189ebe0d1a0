"""What a model does after its last layer: from hidden states to logits over its vocabulary, for as many positions as are asked.

A vocabulary is large: logits of every row and node would take far more memory than all else. So readers keep hidden states, and
the model's own code turns them into logits, soft caps and scales included.
"""

import copy
import inspect
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from weakref import WeakSet

import torch
from torch import Tensor, nn

from agents.engine.memory import size_stated

BODIES = ("model", "transformer", "backbone")
"""The names under which models hold all their layers, beside the one that they state."""
_READ_WHOLE: WeakSet[nn.Module] = WeakSet()
"""Models whose logits were found to need more than their hidden states."""


class Head:
    """Of a model whose states are its logits: what it has no better way for."""

    def __init__(self, model: Any) -> None:
        self._model = model

    @cached_property
    def arguments(self) -> frozenset[str]:
        """The arguments that a pass takes by name."""
        return frozenset(inspect.signature(type(self._passed).forward).parameters)

    def vocabulary_of(self, states: Tensor) -> int:
        """Logits a position of states [m,W]."""
        return states.shape[-1]

    def written(self, columns: int, outputs: int) -> int:
        """Of how many columns of a pass the logits are written, if the last `outputs` are wanted."""
        return outputs if "logits_to_keep" in self.arguments else columns

    def read(self, last: int, asked: Mapping[str, Any]) -> tuple[Tensor, Any]:
        """States [B,last,W] of the last columns of a pass, and all that it returned."""
        kept = {"logits_to_keep": last} if "logits_to_keep" in self.arguments else {}
        with torch.inference_mode():
            out = self._model(**asked, **kept)
        return out.logits[:, -last:], out

    def logits(self, states: Tensor) -> Tensor:
        """Logits [m,V] of states [m,W]."""
        return states

    @property
    def _passed(self) -> Any:
        return self._model


class HiddenHead(Head):
    """Of a model that holds all its layers in one module: that alone is run, and the rest only on what it gave."""

    def __init__(self, model: Any, body: str) -> None:
        super().__init__(model)
        self._body: Any = getattr(model, body)
        # the same module but for its layers: nothing of the model itself is changed
        self._rest = copy.copy(model)
        self._rest.__dict__["_modules"] = {**model._modules, body: _Given(self._body)}
        self._vocabulary = size_stated(model.config.get_text_config(), "vocab_size", 2**17)

    def vocabulary_of(self, states: Tensor) -> int:
        """As of a whole model."""
        return self._vocabulary

    def written(self, columns: int, outputs: int) -> int:
        """None."""
        return 0

    def read(self, last: int, asked: Mapping[str, Any]) -> tuple[Tensor, Any]:
        """As of a whole model."""
        with torch.inference_mode():
            out = self._body(**asked)
        return out.last_hidden_state[:, -last:], out

    def logits(self, states: Tensor) -> Tensor:
        """As of a whole model."""
        with torch.inference_mode():
            out = type(self._rest).forward(self._rest, inputs_embeds=states[:, None], use_cache=False)
        logits: Tensor = out.logits[:, 0]
        return logits

    @property
    def _passed(self) -> Any:
        return self._body


class _Given(nn.Module):
    """Stands for all layers of a model: what goes in is what came out of them. What else they hold can be asked for."""

    def __init__(self, layers: nn.Module) -> None:
        super().__init__()
        self.__dict__["_layers"] = layers

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_layers"], name)

    @property
    def decoder(self) -> "_Given":
        """Some models reach into their layers."""
        return self

    def forward(self, input_ids: Any = None, inputs_embeds: Any = None, **_: Any) -> Any:
        """Whatever was given, under all names by which it may be asked for."""
        return _Read(inputs_embeds)


class _Read:
    """What layers return: hidden states, and nothing else."""

    def __init__(self, states: Tensor) -> None:
        self.last_hidden_state = states

    def __getitem__(self, place: Any) -> Any:
        return self.last_hidden_state if place == 0 else ()

    def __getattr__(self, name: str) -> None:
        return None


def head_of(model: Any) -> Head:
    """The head of a model, by how it is built; whole logits where that does not show it, or was found not to be right."""
    if model is None or model in _READ_WHOLE or _is_elsewhere(model):
        return Head(model)
    for name in (getattr(model, "base_model_prefix", ""), *BODIES):
        if name and name in model._modules:
            return HiddenHead(model, name)
    return Head(model)


def read_whole(model: Any) -> None:
    """Let a model's logits be written whole from now on."""
    _READ_WHOLE.add(model)


def _is_elsewhere(model: Any) -> bool:
    """Whether the output embeddings are fetched anew whenever they are used: then once a pass is enough."""
    head = model.get_output_embeddings() if hasattr(model, "get_output_embeddings") else None
    return head is not None and any(parameter.is_meta for parameter in head.parameters())
