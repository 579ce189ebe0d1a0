"""A GPU that computes nothing: tensors on it have shapes only; what would make the host wait for it raises or is counted.

The device is torch's own for other makers' hardware (`privateuse1`) under the name `pretend`, with tensors that are fake.
"""

import copy
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import transformers
from architectures import configs
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend


def pretend_device() -> torch.device:
    """The device, which is set up once a process."""
    if torch._C._get_privateuse1_backend_name() != "pretend":
        _setup_privateuseone_for_python_backend("pretend")
    return torch.device("pretend:0")


class Traffic(TorchDispatchMode):
    """Counts what goes from one device to another: `up` to the pretended one, `down` from it."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if func is torch.ops.aten._to_copy.default:
            args[0].constant = None  # a known number would be sent to the device, which is not there
        out = func(*args, **(kwargs or {}))
        # a number goes along with a kernel's arguments, and nobody waits
        given = {t.device.type for t in tree_leaves((args, kwargs)) if isinstance(t, torch.Tensor) and t.dim()}
        made = {t.device.type for t in tree_leaves(out) if isinstance(t, torch.Tensor)}
        if given and len(given | made) > 1:
            self.counts["down" if made == {"cpu"} else "up"] += 1
        return out


class Fetched:
    """What came from the device: zeros, which only numpy can read."""

    def __init__(self, tensor: torch.Tensor) -> None:
        self._zeros = np.zeros(tensor.shape, dtype=np.float64 if tensor.dtype.is_floating_point else np.int64)

    def numpy(self) -> Any:
        return self._zeros


@contextmanager
def pretending() -> Iterator[Traffic]:
    """Fake tensors, with the traffic counted."""
    pretend_device()
    traffic = Traffic()

    def fetched(tensor: torch.Tensor) -> Fetched:
        traffic.counts["down"] += tensor.device.type != "cpu"
        return Fetched(tensor)

    with ExitStack() as stack:
        stack.enter_context(FakeTensorMode())
        stack.enter_context(traffic)
        stack.enter_context(patch.object(torch.Tensor, "cpu", fetched))
        yield traffic


def pretended_model(architecture: str) -> Any:
    """A model in bfloat16 on the pretended device; within `pretending` only."""
    device = pretend_device()
    made: Any = transformers.AutoModelForCausalLM.from_config(copy.deepcopy(configs()[architecture]), dtype=torch.bfloat16)
    for module in made.modules():
        for held in (module._parameters, module._buffers):
            for name, tensor in held.items():
                if tensor is not None:
                    there = torch.empty(tensor.shape, dtype=tensor.dtype, device=device)
                    held[name] = torch.nn.Parameter(there, requires_grad=False) if held is module._parameters else there
    return made.eval()
