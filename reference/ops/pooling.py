"""Pooling: the largest element or the mean of windows, fixed or adaptive, of any number of spatial dimensions.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#pooling-functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.table import Op
from reference.ops.windows import Windows, gather_windows, overlay_windows, padded
from reference.tensor import Tensor


def _raw(x: Any) -> Any:
    return x._array if isinstance(x, Tensor) else x


# --- elements by their place in the flattened spatial dimensions ----------------------------------------------------


def _flat_places(indices: Any, shape: tuple[int, ...], dims: int) -> Any:
    """Indices into the flattened spatial dimensions of an array of a shape, as indices into all of it, flattened."""
    leading = int(np.prod(shape[: len(shape) - dims]))
    size = int(np.prod(shape[len(shape) - dims :]))
    return (indices.reshape(leading, -1) + size * np.arange(leading)[:, None]).ravel()


def _pick_kernel(self: Any, indices: Any, *, dims: int) -> Any:
    return self.ravel()[_flat_places(indices, self.shape, dims)].reshape(indices.shape)


def _place_kernel(self: Any, indices: Any, *, shape: tuple[int, ...], dims: int) -> Any:
    out = np.zeros(int(np.prod(shape)), self.dtype)
    np.add.at(out, _flat_places(indices, shape, dims), self.ravel())
    return out.reshape(shape)


def _unpool_kernel(self: Any, indices: Any, *, shape: tuple[int, ...], dims: int) -> Any:
    out = np.zeros(int(np.prod(shape)), self.dtype)
    out[_flat_places(indices, shape, dims)] = self.ravel()
    return out.reshape(shape)


def by_dimensions(op: Op, node: str) -> dict[int, Op]:
    """An operation by its spatial dimensions, after which PyTorch names its nodes."""
    return {dims: op.named(node.format(dims)) for dims in (2, 3)}


# the elements at the places, and the reverse, which adds up; each is the other's derivative
pick_op = Op(
    "pick",
    _pick_kernel,
    inputs=("self", "indices"),
    self=lambda g, self_shape, indices, dims: place_op(g, _raw(indices), shape=self_shape, dims=dims),
)
place_op: Op = Op(
    "place",
    _place_kernel,
    inputs=("self", "indices"),
    self=lambda g, indices, dims: pick_op(g, _raw(indices), dims=dims),
)
# of several elements for one place the last is written, and each gets the gradient that is found there (measured)
_unpool_op = Op(
    "max_unpool",
    _unpool_kernel,
    inputs=("self", "indices"),
    self=lambda g, indices, dims: pick_op(g, _raw(indices), dims=dims),
)
unpool_ops = by_dimensions(_unpool_op, "MaxUnpool{}DBackward0")


# --- the largest element --------------------------------------------------------------------------------------------


def _to_the_largest(g: Any, self_shape: Any, indices: Any, dims: int) -> Any:
    # the whole gradient goes to the first of the largest (NUM-12)
    return place_op(g[0], _raw(indices), shape=self_shape, dims=dims)


def _max_pool_kernel(self: Any, *, windows: Windows, count: tuple[int, ...], dims: int) -> Any:
    spatial = self.shape[-dims:]
    lowest = -np.inf if self.dtype.kind == "f" else np.iinfo(self.dtype).min
    reach = [
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(count, windows.stride, windows.dilation, windows.kernel, strict=True)
    ]
    x = padded(self, windows.padding, lowest)
    missing = [max(r - n, 0) for r, n in zip(reach, x.shape[-dims:], strict=True)]
    if any(missing):
        x = np.pad(x, [(0, 0)] * (x.ndim - dims) + [(0, m) for m in missing], constant_values=lowest)
    # the first element of each window that is not padding, and then whatever is larger, or NaN
    first = [
        np.arange(n) * s - p + d * np.maximum(-((np.arange(n) * s - p) // d), 0)
        for n, s, p, d in zip(count, windows.stride, windows.padding, windows.dilation, strict=True)
    ]
    indices = np.broadcast_to(_flat(first, spatial), self.shape[:-dims] + count).copy()
    values = np.full(indices.shape, lowest, self.dtype)
    for offset in np.ndindex(*windows.kernel):
        starts = [o * d for o, d in zip(offset, windows.dilation, strict=True)]
        place = tuple(slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(starts, windows.stride, count, strict=True))
        found = x[(..., *place)]
        better = found > values
        if self.dtype.kind == "f":
            better |= found != found
        at = [
            np.arange(n) * s + a - p for n, s, a, p in zip(count, windows.stride, starts, windows.padding, strict=True)
        ]
        np.copyto(values, found, where=better)
        np.copyto(indices, _flat(at, spatial), where=better)
    return values, indices


def _flat(coordinates: list[Any], spatial: tuple[int, ...]) -> Any:
    """Coordinates along each dimension, as indices into the flattened spatial dimensions."""
    flat: Any = 0
    for coordinate, n in zip(coordinates, spatial, strict=True):
        flat = (np.asarray(flat) * n)[..., None] + coordinate
    return flat


_max_pool_op = Op(
    "max_pool",
    _max_pool_kernel,
    outputs=("values", "indices"),
    differentiable=1,
    self=_to_the_largest,
)
max_pool_ops = by_dimensions(_max_pool_op, "MaxPool{}DWithIndicesBackward0")


def bins(size: int, count: int) -> list[tuple[int, int]]:
    """Where adaptive pooling cuts a dimension: bin i reaches from floor(i n / m) to ceil((i + 1) n / m)."""
    return [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]


def _adaptive_max_kernel(self: Any, *, size: tuple[int, ...], dims: int) -> Any:
    spatial = self.shape[-dims:]
    leading = self.shape[:-dims]
    values = np.empty(leading + size, self.dtype)
    indices = np.empty(leading + size, np.int64)
    places = np.arange(int(np.prod(spatial))).reshape(spatial)
    cuts = [bins(n, m) for n, m in zip(spatial, size, strict=True)]
    for cell in np.ndindex(*size):
        window = tuple(slice(*cuts[d][i]) for d, i in enumerate(cell))
        flat = self[(..., *window)].reshape(*leading, -1)
        best = flat.argmax(-1)
        values[(..., *cell)] = np.take_along_axis(flat, best[..., None], -1)[..., 0]
        indices[(..., *cell)] = places[window].ravel()[best]
    return values, indices


_adaptive_max_pool_op = Op(
    "adaptive_max_pool",
    _adaptive_max_kernel,
    outputs=("values", "indices"),
    differentiable=1,
    self=_to_the_largest,
)
adaptive_max_pool_ops = by_dimensions(_adaptive_max_pool_op, "AdaptiveMaxPool{}DBackward0")


def _fractional_kernel(self: Any, *, starts: list[Any], kernel: tuple[int, ...], dims: int) -> Any:
    """``starts`` holds, for each spatial dimension, where the windows of each image and channel begin: (N, C, size)."""
    spatial = self.shape[-dims:]
    leading = self.shape[:-dims]
    size = tuple(s.shape[-1] for s in starts)
    flat: Any = np.zeros((*leading, *[1] * (2 * dims)), np.int64)
    for d, (start, k) in enumerate(zip(starts, kernel, strict=True)):
        along = start.reshape(*leading, -1, 1) + np.arange(k)
        shape = [*leading, *[1] * (2 * dims)]
        shape[len(leading) + d], shape[len(leading) + dims + d] = along.shape[-2:]
        flat = flat * spatial[d] + along.reshape(shape)
    flat = flat.reshape(*leading, *size, -1)
    gathered = _pick_kernel(self, flat, dims=dims)
    best = gathered.argmax(-1)[..., None]
    return np.take_along_axis(gathered, best, -1)[..., 0], np.take_along_axis(flat, best, -1)[..., 0]


_fractional_max_pool_op = Op(
    "fractional_max_pool",
    _fractional_kernel,
    outputs=("values", "indices"),
    differentiable=1,
    self=_to_the_largest,
)
fractional_max_pool_ops = by_dimensions(_fractional_max_pool_op, "FractionalMaxPool{}DBackward0")


# --- the mean -------------------------------------------------------------------------------------------------------


def _average_kernel(self: Any, *, windows: Windows, divisor: Any) -> Any:
    dims = len(windows.kernel)
    gathered = gather_windows(self, windows, divisor.shape)
    within = tuple(range(self.ndim - dims, self.ndim))
    return np.add.reduce(gathered, axis=within) / divisor.astype(self.dtype)


def _spread_kernel(self: Any, *, windows: Windows, divisor: Any, spatial: tuple[int, ...]) -> Any:
    dims = len(spatial)
    share = self / divisor.astype(self.dtype)
    leading = share.shape[:-dims]
    share = share.reshape(*leading, *[1] * dims, *divisor.shape)
    return overlay_windows(np.broadcast_to(share, leading + windows.kernel + divisor.shape), windows, spatial)


# the sum of a window over its divisor, and the reverse; each is the other's derivative
_average_pool_op = Op(
    "avg_pool",
    _average_kernel,
    self=lambda g, self_shape, windows, divisor: spread_op(
        g, windows=windows, divisor=divisor, spatial=self_shape[-len(windows.kernel) :]
    ),
)
spread_op: Op = Op(
    "avg_pool_backward",
    _spread_kernel,
    self=lambda g, windows, divisor: _average_pool_op(g, windows=windows, divisor=divisor),
)
average_pool_ops = by_dimensions(_average_pool_op, "AvgPool{}DBackward0")


def _means_of_bins(self: Any, *, size: tuple[int, ...]) -> Any:
    for i, m in enumerate(size):
        dim = self.ndim - len(size) + i
        leading = (slice(None),) * dim
        cuts = bins(self.shape[dim], m)
        means = [np.add.reduce(self[(*leading, slice(a, b))], axis=dim) / (b - a) for a, b in cuts]
        self = np.stack(means, dim).astype(self.dtype, copy=False) if means else self[(*leading, slice(0, 0))]
    return self


def _over_bins(self: Any, *, lengths: tuple[int, ...]) -> Any:
    for i, length in enumerate(lengths):
        dim = self.ndim - len(lengths) + i
        out = np.zeros((*self.shape[:dim], length, *self.shape[dim + 1 :]), self.dtype)
        leading = (slice(None),) * dim
        for j, (a, b) in enumerate(bins(length, self.shape[dim])):
            out[(*leading, slice(a, b))] += np.expand_dims(self[(*leading, j)] / (b - a), dim)
        self = out
    return self


# the means of the bins along the last dimensions, and the reverse, which spreads each over its bin; each is the other's
# derivative
_adaptive_average_op = Op(
    "adaptive_avg_pool",
    _means_of_bins,
    self=lambda g, self_shape, size: over_bins_op(g, lengths=self_shape[-len(size) :]),
)
over_bins_op: Op = Op(
    "adaptive_avg_pool_backward",
    _over_bins,
    self=lambda g, self_shape, lengths: _adaptive_average_op(g, size=self_shape[-len(lengths) :]),
)
adaptive_average_ops = by_dimensions(_adaptive_average_op, "AdaptiveAvgPool{}DBackward0")
