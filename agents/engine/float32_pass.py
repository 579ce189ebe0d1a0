"""A model of half precision made to compute in float32, for a while: what its rounding is measured against."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor

from agents.engine.memory import free_memory

HALVES = (torch.bfloat16, torch.float16)
SHARE = 0.5
"""Of the free memory, what weights in float32 may take; layers beyond that are widened one at a time, while they compute."""


@contextmanager
def in_float32(model: nn.Module) -> Iterator[None]:
    """Within it all weights of half precision are float32 of the same values.

    Raises `NotImplementedError` if some are not at hand, or if what is no layer does not fit the memory.
    """
    if any(tensor.is_meta for tensor in _tensors(model)):
        raise NotImplementedError("some of its weights are not in memory")
    kept: dict[int, tuple[Tensor, Tensor]] = {}
    hooks = []
    try:
        layers = _layers(model)
        room = _Room()
        inside = {id(tensor) for layer in layers for tensor in _tensors(layer)}
        others = [tensor for tensor in _tensors(model) if id(tensor) not in inside]
        if not room.takes(others):
            raise NotImplementedError("its embeddings do not fit the memory in float32")
        _widen(others, kept)
        for layer in layers:
            if room.takes(list(_tensors(layer))):
                _widen(_tensors(layer), kept)
            else:
                hooks += _while_it_computes(layer)
        yield
    finally:
        for hook in hooks:
            hook.remove()
        _narrow(kept)


class _Room:
    """What is left of each device's memory."""

    def __init__(self) -> None:
        self._left: dict[torch.device, float] = {}

    def takes(self, tensors: list[Tensor]) -> bool:
        """Whether there is room for these in float32; it is then taken."""
        wanted: dict[torch.device, int] = {}
        for tensor in tensors:
            if tensor.dtype in HALVES:
                wanted[tensor.device] = wanted.get(tensor.device, 0) + tensor.numel() * torch.float32.itemsize
        for device in wanted:
            if device not in self._left:
                free = free_memory(device)
                self._left[device] = torch.inf if free is None else SHARE * free
        if any(size > self._left[device] for device, size in wanted.items()):
            return False
        for device, size in wanted.items():
            self._left[device] -= size
        return True


def _tensors(module: nn.Module) -> Iterator[Tensor]:
    return chain(module.parameters(), module.buffers())


def _layers(model: nn.Module) -> list[nn.Module]:
    """The longest list of modules in a model."""
    lists = [list(module) for module in model.modules() if isinstance(module, nn.ModuleList)]
    return max(lists, key=len, default=[])


def _widen(tensors: Any, kept: dict[int, tuple[Tensor, Tensor]]) -> None:
    """Make tensors float32 in place, and keep what they were. Packed ones of other types stay what they are."""
    for tensor in tensors:
        if tensor.dtype in HALVES and type(tensor.data) in (Tensor, DTensor):
            kept[id(tensor)] = tensor, tensor.data
            tensor.data = tensor.data.float()


def _narrow(kept: dict[int, tuple[Tensor, Tensor]]) -> None:
    for tensor, before in kept.values():
        tensor.data = before
    kept.clear()


def _while_it_computes(layer: nn.Module) -> list[Any]:
    """Hooks that widen a layer before it computes and narrow it after."""
    kept: dict[int, tuple[Tensor, Tensor]] = {}

    def before(*_: Any) -> None:
        _widen(_tensors(layer), kept)

    def after(*_: Any) -> None:
        _narrow(kept)

    return [layer.register_forward_pre_hook(before), layer.register_forward_hook(after, always_call=True)]
