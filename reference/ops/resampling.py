"""Padding and resampling: rows that are linear in their input, each with its transpose as derivative."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from reference.ops.table import Op


def _constant_pad_kernel(self: Any, *, pad: tuple[tuple[int, int], ...], value: Any) -> Any:
    """``pad`` holds, for each dimension, how much to add before and behind; less than zero cuts off."""
    kept = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(self.shape, pad, strict=True))
    added = [(max(a, 0), max(b, 0)) for a, b in pad]
    return np.pad(self[kept], added, constant_values=value)


# the inner part of the gradient; what was cut off gets zero
constant_pad_op: Op = Op(
    "constant_pad_nd",
    _constant_pad_kernel,
    self=lambda g, pad: constant_pad_op(g, pad=tuple((-a, -b) for a, b in pad), value=0),
)


def _along(dim: int, places: Any) -> Any:
    return (*[slice(None)] * dim, places)


def _resample_kernel(self: Any, *, taps: Any) -> Any:
    for dim, places, weights in taps:
        out: Any = 0
        for i, row in enumerate(places):
            taken = np.take(self, row, dim)
            if weights is not None:
                taken = taken * _shaped(weights[i], dim, self)
            out = out + taken if i else taken
        self = out
    return self


def _transposed_kernel(self: Any, *, taps: Any, shape: tuple[int, ...]) -> Any:
    for dim, places, weights in taps[::-1]:
        out = np.zeros((*self.shape[:dim], shape[dim], *self.shape[dim + 1 :]), self.dtype)
        for i, row in enumerate(places):
            np.add.at(out, _along(dim, row), self if weights is None else self * _shaped(weights[i], dim, self))
        self = out
    return self


def _shaped(weights: Any, dim: int, like: Any) -> Any:
    return weights.astype(like.dtype).reshape(-1, *[1] * (like.ndim - dim - 1))


# along each dimension of `taps`, out_i = sum_t w_ti x_(p_ti), where p are places and w weights (all one, for None)
_resample_op = Op(
    "resample",
    _resample_kernel,
    self=lambda g, self_shape, taps: _resample_transposed_op(g, taps=taps, shape=self_shape),
)
_resample_transposed_op: Op = Op(
    "resample_transposed",
    _transposed_kernel,
    self=lambda g, taps: _resample_op(g, taps=taps),
)


@functools.cache
def resampling(node: str) -> Op:
    """Resampling under the name that its nodes have in PyTorch, which has a kernel for each kind."""
    return _resample_op.named(node)
