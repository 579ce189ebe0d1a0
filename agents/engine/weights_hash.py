"""A hash of every byte of a model's weights, the same wherever and among however many devices they lie."""

import hashlib
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from accelerate.utils import align_module_device
from torch import Tensor
from torch.distributed.tensor import DTensor

CHUNK = 1 << 24
"""Bytes hashed at a time, so that several threads share one large tensor."""
BLOCK = 1 << 19
"""Bytes that are looked at together."""
MOST_THREADS = 8
EXPONENTS: dict[torch.dtype, np.unsignedinteger[Any]] = {
    torch.float64: np.uint64(0x7FF0_0000_0000_0000),
    torch.float32: np.uint32(0x7F80_0000),
    torch.bfloat16: np.uint16(0x7F80),
    torch.float16: np.uint16(0x7C00),
    torch.float8_e5m2: np.uint8(0x7C),
    torch.float8_e4m3fn: np.uint8(0x7F),  # it has no infinity, and one NaN
}
"""The bits of a number that are all set if and only if it is NaN or infinite."""
Bytes = npt.NDArray[np.uint8]


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
        data = part.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy()
        exponent = EXPONENTS.get(part.dtype) if is_parameter else None
        chunks = [data[start : start + CHUNK] for start in range(0, data.size, CHUNK)]
        for digest, finite in pool.map(partial(_hashed_chunk, exponent=exponent), chunks):
            if not finite:
                raise NotANumberError(name)
            total.update(digest)
    return total.digest()


def _hashed_chunk(chunk: Bytes, exponent: np.unsignedinteger[Any] | None) -> tuple[bytes, bool]:
    """A digest of some bytes, and whether no number in them has all bits of its exponent set, as NaN and infinity have.

    numpy, not torch, whose threads would wait for each other in a loop at every tensor.
    """
    total, finite = hashlib.sha256(), True
    for start in range(0, chunk.size, BLOCK):  # read from memory once, then from the cache
        block = chunk[start : start + BLOCK]
        total.update(block.data)
        if exponent is not None:
            finite &= bool((block.view(exponent.dtype) & exponent).max() != exponent)
    return total.digest(), finite


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


def _memory(tensor: Tensor) -> tuple[Any, ...] | None:
    """What is equal for two views of the same memory; None where that cannot be known."""
    if isinstance(tensor, DTensor) or tensor.is_meta or hasattr(tensor, "__tensor_flatten__"):
        return None
    return (tensor.device, tensor.data_ptr(), tensor.shape, tensor.stride(), tensor.dtype) if tensor.numel() else None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
