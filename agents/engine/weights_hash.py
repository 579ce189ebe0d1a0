"""A hash of every byte of a model's weights, the same wherever and among however many devices they lie."""

import hashlib
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import torch
from accelerate.utils import align_module_device
from torch import Tensor
from torch.distributed.tensor import DTensor

CHUNK = 1 << 24
"""Bytes hashed at a time, so that several threads share one large tensor."""
MOST_THREADS = 8


class NotANumberError(ValueError):
    """A weight is NaN or infinite; the text is the tensor's name."""


def weights_hash(model: Any) -> str:
    """A hash of every tensor's name, shape, type and bytes. Raises `NotANumberError` for a parameter with NaN or infinity.

    Tensors that share their memory, such as tied embeddings, are read once; those that lie on a disk or in other processes are
    fetched one at a time.
    """
    parameters = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    total = hashlib.sha256()
    known: dict[tuple[Any, ...], bytes] = {}
    with ThreadPoolExecutor(min(_cores(), MOST_THREADS)) as pool:
        for name, value in sorted(model.state_dict().items()):
            total.update(f"{name} ".encode())
            if not torch.is_tensor(value):  # what a module keeps beside its tensors
                total.update(repr(value).encode())
                continue
            key = _memory(value)
            digest = known.get(key) if key else None
            if digest is None:
                digest = _hashed(model, name, value, name in parameters, pool)
                if key:
                    known[key] = digest
            total.update(digest)
    return total.hexdigest()[:12]


def _hashed(model: Any, name: str, tensor: Tensor, is_parameter: bool, pool: ThreadPoolExecutor) -> bytes:
    """A digest of one tensor, fetched from where it is."""
    if isinstance(tensor, DTensor):
        tensor = tensor.full_tensor()
    if not tensor.is_meta:
        return _digest(name, tensor, is_parameter, pool)
    owner, _, leaf = name.rpartition(".")
    module = model.get_submodule(owner)
    with align_module_device(module):
        return _digest(name, getattr(module, leaf).detach(), is_parameter, pool)


def _digest(name: str, tensor: Tensor, is_parameter: bool, pool: ThreadPoolExecutor) -> bytes:
    total = hashlib.sha256(f"{tuple(tensor.shape)} {tensor.dtype}".encode())
    for part in _plain(tensor):
        if is_parameter and not _finite(part):
            raise NotANumberError(name)
        data = part.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        chunks = [data[start : start + CHUNK] for start in range(0, data.size, CHUNK)]
        sha256: Callable[[Any], bytes] = lambda chunk: hashlib.sha256(chunk).digest()  # noqa: E731
        for digest in pool.map(sha256, chunks):
            total.update(digest)
    return total.digest()


def _plain(tensor: Tensor) -> Iterator[Tensor]:
    """The plain tensors that a tensor is made of: itself, or those a quantised one packs together."""
    flatten = getattr(tensor, "__tensor_flatten__", None)
    if flatten is None:
        yield tensor
        return
    names, context = flatten()
    for name in names:
        yield from _plain(getattr(tensor, name))
    yield torch.frombuffer(bytearray(repr(context), "utf-8"), dtype=torch.uint8)


def _finite(tensor: Tensor) -> bool:
    """Whether no value is NaN or infinite, in one pass over the memory."""
    if not tensor.is_floating_point() or tensor.numel() == 0:
        return True
    values = tensor.detach()
    if values.element_size() == 1:  # the eight-bit floats know little arithmetic
        values = values.to(torch.float32)
    least, most = torch.aminmax(values)  # NaN spreads, infinity is an extreme
    return bool(torch.isfinite(least)) and bool(torch.isfinite(most))


def _memory(tensor: Tensor) -> tuple[Any, ...] | None:
    """What is equal for two views of the same memory; None where that cannot be known."""
    if isinstance(tensor, DTensor) or tensor.is_meta or hasattr(tensor, "__tensor_flatten__"):
        return None
    return (tensor.device, tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype) if tensor.numel() else None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
