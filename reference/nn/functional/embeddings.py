"""Embeddings, bags of them, and one-hot vectors.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#sparse-functions.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from reference.autograd.grad_mode import no_grad
from reference.ops.embedding import embedding_op
from reference.ops.joining import stack
from reference.ops.rules import raw
from reference.tensor import Tensor, wrap

__all__ = ["embedding", "embedding_bag", "one_hot"]


def embedding(
    input: Any,
    weight: Any,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Any:
    """The rows of ``weight`` that ``input`` names; the row ``padding_idx`` gets no gradient.

    With ``max_norm`` the rows that are looked up are first scaled down to it, in place.
    """
    if not isinstance(input, Tensor) or not isinstance(weight, Tensor):
        raise TypeError("embedding(): arguments 'input' and 'weight' must be Tensors")
    if weight.ndim != 2:
        raise RuntimeError("'weight' must be 2-D")
    rows = weight.shape[0]
    if padding_idx is not None:
        if not -rows <= padding_idx < rows:
            raise AssertionError("Padding_idx must be within num_embeddings")
        padding_idx %= rows
    places = _checked(input, weight)
    if max_norm is not None:
        _limit_norms(weight, places, max_norm, norm_type)
    return embedding_op(
        weight,
        input,
        padding_idx=-1 if padding_idx is None else padding_idx,
        scale_grad_by_freq=scale_grad_by_freq,
        sparse=sparse,
    )


def _checked(indices: Any, weight: Any) -> Any:
    places = raw(indices)
    if places.dtype.kind not in "iu" or places.dtype.itemsize < 4:
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{indices.type()} instead (while checking arguments for embedding)"
        )
    if places.size and (places.max() >= weight.shape[0] or places.min() < 0):
        raise IndexError("index out of range in self")
    return places


def _limit_norms(weight: Any, places: Any, max_norm: float, norm_type: float) -> None:
    rows = np.unique(places)
    norms = np.linalg.norm(weight._array[rows], norm_type, axis=1)
    scales = np.where(norms > max_norm, max_norm / (norms + 1e-7), 1).astype(weight._array.dtype)
    with no_grad():
        weight[wrap(rows)] = wrap(weight._array[rows] * scales[:, None])


def embedding_bag(
    input: Any,
    weight: Any,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Any:
    """The sum, mean or maximum of each bag's rows: a row of ``input``, or a stretch from each of ``offsets`` on."""
    if weight.dtype.category == 1 and input.is_floating_point():
        input, weight = weight, input  # the order of arguments of old
    if per_sample_weights is not None and per_sample_weights.shape != input.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum or mean")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            "embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode='{mode}'). Please open a feature request on GitHub."
        )
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    flat, starts = _bags(input, offsets, include_last_offset)
    if padding_idx is not None:
        if not -weight.shape[0] <= padding_idx < weight.shape[0]:
            raise AssertionError("padding_idx must be within the number of embeddings")
        padding_idx %= weight.shape[0]
    rows = embedding(flat, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1).unsqueeze(1)
    counted = np.ones(len(flat), bool) if padding_idx is None else flat._array != padding_idx
    return _pooled(rows, starts, counted, mode, weight.shape[1])


def _bags(input: Any, offsets: Any, include_last_offset: bool) -> tuple[Any, Any]:
    """All indices in one row, and where each bag begins, with the end of the last."""
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        n, length = input.shape
        return input.reshape(-1), np.arange(n + 1) * length
    if input.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    starts = offsets._array
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            f"offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {starts[0]}"
        )
    if starts.size and starts[-1] > len(input):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length ({len(input)}), but got offsets[-1] of {starts[-1]}"
        )
    return input, starts if include_last_offset else np.append(starts, len(input))


def _pooled(rows: Any, starts: Any, counted: Any, mode: str, width: int) -> Any:
    bags = len(starts) - 1
    bag_of = np.repeat(np.arange(bags), np.diff(starts))
    if mode == "max":
        found = []
        for a, b in itertools.pairwise(starts):
            kept = np.flatnonzero(counted[a:b]) + a
            found.append(rows[wrap(kept)].max(0).values if kept.size else rows.new_zeros(width))
        return stack(found) if found else rows.new_zeros(0, width)
    if not counted.all():
        rows = rows * wrap(counted[:, None].astype(rows._array.dtype))
    sums = rows.new_zeros(bags, width).index_add(0, wrap(bag_of), rows)
    if mode == "sum":
        return sums
    sizes = np.bincount(bag_of[counted], minlength=bags)
    return sums / wrap(np.maximum(sizes, 1)[:, None].astype(rows._array.dtype))


def one_hot(tensor: Any, num_classes: int = -1) -> Any:
    """Integers (...) as vectors (..., classes) with a one at each."""
    places = tensor._array
    if places.dtype.kind != "i" or places.dtype.itemsize != 8:
        raise RuntimeError(f"one_hot is only applicable to index tensor of type LongTensor, but got {tensor.dtype}")
    if places.size == 0:
        if num_classes <= 0:
            raise RuntimeError("Can not infer total number of classes from empty tensor.")
        return wrap(np.zeros((*places.shape, num_classes), np.int64))
    if places.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    if num_classes == -1:
        num_classes = int(places.max()) + 1
    elif num_classes < 1:
        raise RuntimeError("num_classes should be positive")
    elif places.max() >= num_classes:
        raise RuntimeError("Class values must be smaller than num_classes.")
    return wrap((places[..., None] == np.arange(num_classes)).astype(np.int64))
