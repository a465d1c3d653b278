"""Looking rows of a table up: ``embedding``, and its gradient, dense or sparse.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.table import Op
from reference.tensor import Tensor


def _raw(x: Any) -> Any:
    return np.asarray(x._array) if isinstance(x, Tensor) else x


def _factors(indices: Any, padding_idx: int, scale_grad_by_freq: bool, dtype: Any) -> Any:
    """What each looked-up row's gradient is multiplied by; None where that is 1 for all."""
    factors = None
    if scale_grad_by_freq and indices.size:
        factors = 1 / np.bincount(indices.ravel())[indices]
    if padding_idx >= 0:
        padding = indices == padding_idx
        if padding.any():
            factors = np.where(padding, 0, 1.0 if factors is None else factors)
    return None if factors is None else factors[..., None].astype(dtype)


def _sum_rows_kernel(self: Any, indices: Any, *, rows: int, padding_idx: int, scale_grad_by_freq: bool) -> Any:
    width = self.shape[indices.ndim :]
    out = np.zeros((rows, *width), self.dtype)
    if not indices.size:
        return out
    factors = _factors(indices, padding_idx, scale_grad_by_freq, self.dtype)
    values = (self if factors is None else self * factors).reshape(indices.size, -1)
    flat = indices.ravel()
    order = np.argsort(flat, kind="stable")
    places = flat[order]
    starts = np.flatnonzero(np.concatenate([[True], places[1:] != places[:-1]]))
    sums = np.add.reduceat(values[order], starts, axis=0)  # much faster than np.add.at
    out[places[starts]] = sums.reshape(-1, *width)
    return out


def _scaled_rows_kernel(weight: Any, indices: Any, *, padding_idx: int, scale_grad_by_freq: bool) -> Any:
    factors = _factors(indices, padding_idx, scale_grad_by_freq, weight.dtype)
    rows = weight[indices]
    return rows if factors is None else rows * factors


def _weight_rule(
    g: Any, weight_shape: Any, indices: Any, padding_idx: int, scale_grad_by_freq: bool, sparse: bool
) -> Any:
    # the gradients of a row's look-ups add up (IDX-57)
    places = _raw(indices)
    if sparse:
        if scale_grad_by_freq:
            raise RuntimeError("embedding_backward: scale_grad_by_freq not supported with sparse gradients")
        return _sparse_rows(_raw(g), places, weight_shape, padding_idx)
    return sum_rows_op(g, places, rows=weight_shape[0], padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq)


def _sparse_rows(g: Any, indices: Any, shape: Any, padding_idx: int) -> Any:
    from reference.sparse import SparseTensor

    flat, values = indices.ravel(), g.reshape(-1, *shape[1:])
    if padding_idx >= 0:
        kept = flat != padding_idx
        flat, values = flat[kept], values[kept]
    return SparseTensor.of(flat[None], values, shape)


embedding_op = Op(
    "embedding",
    lambda weight, indices, *, padding_idx, scale_grad_by_freq, sparse: weight[indices],
    inputs=("weight", "indices"),
    weight=_weight_rule,
)
# rows added up by their index, and the reverse; each is the other's derivative
sum_rows_op = Op(
    "embedding_dense_backward",
    _sum_rows_kernel,
    inputs=("self", "indices"),
    self=lambda g, indices, padding_idx, scale_grad_by_freq: scaled_rows_op(
        g, _raw(indices), padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq
    ),
)
scaled_rows_op: Op = Op(
    "scaled_rows",
    _scaled_rows_kernel,
    inputs=("weight", "indices"),
    weight=lambda g, weight_shape, indices, padding_idx, scale_grad_by_freq: sum_rows_op(
        g, _raw(indices), rows=weight_shape[0], padding_idx=padding_idx, scale_grad_by_freq=scale_grad_by_freq
    ),
)
