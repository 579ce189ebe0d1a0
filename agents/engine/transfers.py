"""Arrays on their way to a device, for which nobody waits."""

from typing import Any

import numpy as np
import torch
from torch import Tensor


def sent(array: np.ndarray[Any, Any], device: torch.device) -> Tensor:
    """A host's array as a tensor on a device.

    A GPU fetches it from pinned memory when it comes to it, so that the host need not wait for the work before.
    """
    tensor = torch.from_numpy(array)
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor.to(device)
