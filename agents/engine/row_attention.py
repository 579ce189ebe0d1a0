"""Attention and masks for the row cache, registered with transformers so that stock models use them unchanged.

The mask is not passed in: transformers hands its own mask function (causal, sliding, chunked, per layer type) to ours, which
evaluates it at every row's true positions. So every layer of every hybrid gets the window it asks for.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from transformers import AttentionInterface
from transformers.masking_utils import AttentionMaskInterface, eager_mask, sdpa_mask

from agents.engine.row_cache import Frame, current_frame, in_frame

ROWS = "tells_rows"
"""The name under which both functions are registered."""


def row_mask(batch_size: int, mask_function: Callable[..., Tensor], **_: Any) -> Tensor:
    """The boolean mask [B,1,T,K]: the model's own `mask_function` at the frame's positions, and the frame's restriction."""
    frame = current_frame()
    device = frame.positions.device
    rows = torch.arange(batch_size, device=device)[:, None, None, None]
    heads = torch.zeros((1, 1, 1, 1), dtype=torch.long, device=device)
    queries, keys = frame.positions[:, None, :, None], frame.key_positions[:, None, None, :]
    mask = mask_function(rows, heads, queries, keys)
    mask = mask.expand(batch_size, 1, queries.shape[2], keys.shape[3])
    return mask if frame.allowed is None else mask & frame.allowed[:, None]


def _in_frames(stock: Callable[..., Tensor | None], additive: bool) -> Callable[..., Tensor | None]:
    """A mask function that is ours while the row reader's forward pass is under way, and the stock one else.

    By it the row cache serves models that keep their own attention, some of which add their masks to the scores.
    """

    def mask(*arguments: Any, **named: Any) -> Tensor | None:
        if not in_frame():
            return stock(*arguments, **named)
        allowed = row_mask(*arguments, **named)
        if not additive:
            return allowed
        dtype = named.get("dtype", torch.float32)
        return torch.zeros(allowed.shape, dtype=dtype, device=allowed.device).masked_fill_(~allowed, torch.finfo(dtype).min)

    return mask


def row_attention(
    _module: torch.nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    scaling: float | None = None,
    softcap: float | None = None,
    s_aux: Tensor | None = None,
    **kwargs: Any,
) -> tuple[Tensor, None]:
    """Attention of query [B,H,T,D] over key and value [B,G,K,D] to [B,T,H,D].

    The H/G query heads that share a key head are packed into the query length, so that no key is repeated. `softcap` bounds the
    scores (Gemma 2), `s_aux` holds attention sinks (gpt-oss).
    """
    if kwargs.get("position_bias") is not None or attention_mask is None:
        raise NotImplementedError("attention with a position bias or without a mask")
    rows, heads, length, _ = query.shape
    groups = key.shape[1]
    shared = heads // groups
    packed = query.reshape(rows, groups, shared * length, query.shape[3])
    mask = _float_mask(current_frame(), attention_mask, shared, query)
    if softcap is None and s_aux is None:
        out = torch.nn.functional.scaled_dot_product_attention(packed, key, value, attn_mask=mask, scale=scaling)
    else:
        sinks = None if s_aux is None else s_aux.view(1, groups, shared, 1).expand(rows, -1, -1, length)
        out = _explicit(packed, key, value, mask, scaling or query.shape[3] ** -0.5, softcap, sinks)
    out = out.reshape(rows, groups, shared, length, value.shape[3]).permute(0, 3, 1, 2, 4)
    return out.reshape(rows, length, heads, value.shape[3]).contiguous(), None


def choose_kernels(device: torch.device) -> None:
    """On a GPU, keep torch from cuDNN's attention, which prepares itself anew for every number of keys: a matter of seconds."""
    if device.type == "cuda":
        torch.backends.cuda.enable_cudnn_sdp(False)


def keep_masks_in_place(model: torch.nn.Module) -> None:
    """Let a model whose layers lie on several devices hand all the same mask, to be copied once for each device."""
    for module in model.modules():
        hook = getattr(module, "_hf_hook", None)
        for part in getattr(hook, "hooks", [hook]):
            if hasattr(part, "skip_keys"):
                skipped = [part.skip_keys] if isinstance(part.skip_keys, str) else list(part.skip_keys or [])
                part.skip_keys = [*dict.fromkeys([*skipped, "attention_mask"])]


def _float_mask(frame: Frame, mask: Tensor, shared: int, query: Tensor) -> Tensor:
    """The additive mask [B,1,shared*T,K] where the query is, made once a forward pass for each of the model's masks."""
    name = (id(mask), shared, query.device)
    if name not in frame.float_masks:
        rows, _, length, keys = mask.shape
        barred = ~mask.to(query.device)
        additive = torch.zeros(mask.shape, dtype=query.dtype, device=query.device)
        additive = additive.masked_fill_(barred, torch.finfo(query.dtype).min)
        additive = additive[:, :, None].expand(rows, 1, shared, length, keys)
        frame.float_masks[name] = additive.reshape(rows, 1, shared * length, keys)
        frame.masks_alive.append(mask)
    return frame.float_masks[name]


def _explicit(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor, scale: float, softcap: float | None, sinks: Tensor | None
) -> Tensor:
    scores = query @ key.transpose(2, 3) * scale
    if softcap is not None:
        scores = torch.tanh(scores / softcap) * softcap
    scores = scores + mask
    if sinks is not None:
        scores = torch.cat([scores, sinks.reshape(*scores.shape[:3], 1).to(scores.dtype)], dim=-1)
    weights = torch.softmax(scores, dim=-1, dtype=torch.float32).to(query.dtype)
    return weights[..., : key.shape[2]] @ value


AttentionInterface.register(ROWS, row_attention)
AttentionMaskInterface.register(ROWS, row_mask)
AttentionMaskInterface.register("sdpa", _in_frames(sdpa_mask, additive=False))
AttentionMaskInterface.register("eager", _in_frames(eager_mask, additive=True))
