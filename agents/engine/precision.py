"""How far two readings of the same text may be apart."""

import torch
from torch import Tensor

TOLERANCE = {torch.float32: 1e-4, torch.float64: 1e-6}
HALF_TOLERANCE = 0.05
"""Largest difference of a probability: rounding in float32; in half precision what batching alone was seen to move."""
TIMES = 2.0
"""In half precision a reader may be so many times as far from float32 as a plain pass is, by mean total variation."""
LEAST = 1e-4
"""So far it may be in any case."""


def probabilities(logits: Tensor) -> Tensor:
    """Probabilities of next tokens, float32."""
    return torch.softmax(logits.float(), dim=-1)


def differences(one: Tensor, other: Tensor) -> Tensor:
    """The largest difference of a probability at each position of two readings' logits [...,V]; NaN where either has one."""
    return (probabilities(one) - probabilities(other)).abs().amax(dim=-1)


def total_variation(one: Tensor, other: Tensor) -> Tensor:
    """Half the sum of all differences of two distributions [...,V]: no event's probability differs by more."""
    return (one - other).abs().sum(dim=-1) / 2


def tolerance_of(dtype: torch.dtype, device: torch.device) -> float:
    """What a model's own rounding can explain."""
    if dtype == torch.float32 and device.type == "cuda" and torch.get_float32_matmul_precision() != "highest":
        return HALF_TOLERANCE  # TensorFloat-32 has the mantissa of a float16
    return TOLERANCE.get(dtype, HALF_TOLERANCE)
