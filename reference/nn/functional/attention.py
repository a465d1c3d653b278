"""Attention: scaled dot products, and several heads of them.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.scaled_dot_product_attention.html,
https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.nn.functional.dropouts import dropout
from reference.nn.functional.linear import linear
from reference.nn.functional.padding import pad
from reference.ops.activations import softmax
from reference.ops.autocasting import in_autocast_dtype
from reference.ops.joining import cat
from reference.ops.linear import matmul
from reference.ops.rules import raw
from reference.ops.shapes import reshape
from reference.tensor import wrap_beside

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


@in_autocast_dtype
def scaled_dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    attn_mask: Any = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Any:
    """softmax(q k^T scale + mask) v, of (..., L, E), (..., S, E) and (..., S, V).

    A boolean mask is True where attention may look; a row that may look nowhere gives zeros.
    """
    if attn_mask is not None and is_causal:
        raise RuntimeError("_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    if enable_gqa:
        key = key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
        value = value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
    scale = 1 / math.sqrt(query.shape[-1]) if scale is None else scale
    scores = matmul(query * scale, key.transpose(-2, -1))
    if is_causal:
        attn_mask = wrap_beside(np.tri(query.shape[-2], key.shape[-2], dtype=bool), query)
    if attn_mask is not None:
        scores = scores + additive_mask(attn_mask, scores.dtype, looks_where_true=True)
    weights = _safe_softmax(scores) if attn_mask is not None else softmax(scores, -1)
    return matmul(dropout(weights, dropout_p), value)


def _safe_softmax(scores: Any) -> Any:
    """Softmax along the last dimension, zero where all scores are minus infinity."""
    nowhere = (raw(scores) == -np.inf).all(-1, keepdims=True)
    if not nowhere.any():
        return softmax(scores, -1)
    weights = softmax(scores.masked_fill(wrap_beside(nowhere, scores), 0.0), -1)
    return weights.masked_fill(wrap_beside(nowhere, scores), 0.0)


def additive_mask(mask: Any, dtype: Any, *, looks_where_true: bool) -> Any:
    """A boolean mask as zeros and minus infinities; one of numbers as it is."""
    array = mask._array
    if array.dtype.kind != "b":
        return mask
    return wrap_beside(np.where(array if looks_where_true else ~array, 0, -np.inf).astype(dtype.numpy), mask)


def _canonical(mask: Any, name: str, dtype: Any) -> Any:
    """A mask of `multi_head_attention_forward`, in which True forbids, as numbers to be added."""
    if mask is None:
        return None
    if mask.dtype.category != 0 and not mask.is_floating_point():
        raise AssertionError(f"only bool and floating types of {name} are supported")
    return additive_mask(mask, dtype, looks_where_true=False)


def _projected(
    query: Any, key: Any, value: Any, packed: Any, separate: tuple[Any, ...], bias: Any
) -> tuple[Any, Any, Any]:
    """Queries, keys and values, projected by one weight for all three or by one each."""
    biases = bias.chunk(3) if bias is not None else (None, None, None)
    if packed is not None:
        width = packed.shape[0] // 3
        if key is value and query is key:
            out = linear(query, packed, bias)
            return out[..., :width], out[..., width : 2 * width], out[..., 2 * width :]
        separate = packed.chunk(3)
    return tuple(linear(x, w, b) for x, w, b in zip((query, key, value), separate, biases, strict=True))  # type: ignore


def _check_shapes(query: Any, key: Any, value: Any, padding: Any, mask: Any, heads: int) -> bool:
    """Whether there is a batch; AssertionError or RuntimeError where the numbers of dimensions do not fit."""
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor"
        )
    batched = query.ndim == 3
    kind = "batched (3-D)" if batched else "unbatched (2-D)"
    if key.ndim != query.ndim or value.ndim != query.ndim:
        raise AssertionError(
            f"For {kind} `query`, expected `key` and `value` to be {query.ndim}-D but found {key.ndim}-D and "
            f"{value.ndim}-D tensors respectively"
        )
    if padding is not None and padding.ndim != query.ndim - 1:
        raise AssertionError(
            f"For {kind} `query`, expected `key_padding_mask` to be `None` or {query.ndim - 1}-D but found "
            f"{padding.ndim}-D tensor instead"
        )
    if mask is not None and mask.ndim not in (2, 3):
        raise AssertionError(
            f"For {kind} `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found {mask.ndim}-D tensor instead"
        )
    if (
        mask is not None
        and not batched
        and mask.ndim == 3
        and tuple(mask.shape) != (heads, query.shape[0], key.shape[0])
    ):
        raise AssertionError(
            f"Expected `attn_mask` shape to be {(heads, query.shape[0], key.shape[0])} but got {tuple(mask.shape)}"
        )
    return batched


def multi_head_attention_forward(
    query: Any,
    key: Any,
    value: Any,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Any,
    in_proj_bias: Any,
    bias_k: Any,
    bias_v: Any,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Any,
    out_proj_bias: Any,
    training: bool = True,
    key_padding_mask: Any = None,
    need_weights: bool = True,
    attn_mask: Any = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Any = None,
    k_proj_weight: Any = None,
    v_proj_weight: Any = None,
    static_k: Any = None,
    static_v: Any = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Any, Any]:
    """Attention of several heads, of (L, N, E) or (L, E); returns the output and the weights (or None)."""
    batched = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same_key, same_value = key is query, value is key
        query = query.unsqueeze(1)
        key = query if same_key else key.unsqueeze(1)
        value = key if same_value else value.unsqueeze(1)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    steps, n, width = query.shape
    if is_causal and attn_mask is None:
        raise RuntimeError(
            "Need attn_mask if specifying the is_causal hint. You may use the Transformer module method "
            "`generate_square_subsequent_mask` to create this mask."
        )
    if width != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {width}")
    head = width // num_heads
    if head * num_heads != width:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {num_heads}")
    if use_separate_proj_weight:
        if tuple(key.shape[:2]) != tuple(value.shape[:2]):
            raise AssertionError(
                f"key's sequence and batch dims {key.shape[:2]} do not match value's {value.shape[:2]}"
            )
    elif key.shape != value.shape:
        raise AssertionError(f"key shape {key.shape} does not match value shape {value.shape}")

    separate = (q_proj_weight, k_proj_weight, v_proj_weight)
    q, k, v = _projected(
        query, key, value, None if use_separate_proj_weight else in_proj_weight, separate, in_proj_bias
    )
    padding = _canonical(key_padding_mask, "key_padding_mask", query.dtype)
    mask = _canonical(attn_mask, "attn_mask", query.dtype)
    if mask is not None:
        wanted = (steps, key.shape[0]) if mask.ndim == 2 else (n * num_heads, steps, key.shape[0])
        if tuple(mask.shape) != wanted:
            raise RuntimeError(f"The shape of the {mask.ndim}D attn_mask is {mask.shape}, but should be {wanted}.")
        mask = mask.unsqueeze(0) if mask.ndim == 2 else mask
    if bias_k is not None and bias_v is not None:
        k, v = cat([k, bias_k.repeat(1, n, 1)]), cat([v, bias_v.repeat(1, n, 1)])
        mask, padding = _longer(mask), _longer(padding)

    def by_head(x: Any) -> Any:
        return reshape(x, (x.shape[0], n * num_heads, head)).transpose(0, 1)

    q = by_head(q)
    k = by_head(k) if static_k is None else static_k
    v = by_head(v) if static_v is None else static_v
    if add_zero_attn:
        zeros = k.new_zeros(n * num_heads, 1, head)
        k, v = cat([k, zeros], 1), cat([v, zeros], 1)
        mask, padding = _longer(mask), _longer(padding)
    length = k.shape[1]
    if padding is not None:
        if tuple(padding.shape) != (n, length):
            raise AssertionError(f"expecting key_padding_mask shape of {(n, length)}, but got {padding.shape}")
        padding = reshape(padding.reshape(n, 1, 1, length).expand(n, num_heads, 1, length), (n * num_heads, 1, length))
        mask = padding if mask is None else mask + padding

    scores = matmul(q * math.sqrt(1.0 / head), k.transpose(-2, -1))
    if mask is not None:
        scores = scores + mask
    weights = softmax(scores, -1) if need_weights or mask is None else _safe_softmax(scores)
    if training and dropout_p > 0.0:
        weights = dropout(weights, dropout_p)
    out = reshape(matmul(weights, v).transpose(0, 1), (steps * n, width))
    out = reshape(linear(out, out_proj_weight, out_proj_bias), (steps, n, -1))
    if not batched:
        out = out.squeeze(1)
    if not need_weights:
        return out, None
    weights = reshape(weights, (n, num_heads, steps, length))
    if average_attn_weights:
        weights = weights.mean(1)
    return out, weights if batched else weights.squeeze(0)


def _longer(mask: Any) -> Any:
    """A mask with one more key, to which everything may look."""
    return None if mask is None else pad(mask, (0, 1))
