"""Order and choice: max, min, sort, topk, kthvalue, median, mode, cummax, argmax, nonzero ...

Only values are differentiable; indices never require grad (IDX-56). Along a dimension the whole gradient goes to the
entry whose index is returned (NUM-12); over all elements ties share it (NUM-09, NUM-13).
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from reference.ops.arithmetic import maximum, minimum
from reference.ops.logic import where
from reference.ops.reductions import amax, amin, dimension
from reference.ops.shapes import zeros_shaped
from reference.ops.table import Op
from reference.tensor import Tensor, wrap

_PAIRS = {
    name: namedtuple(name, ("values", "indices"))
    for name in ("max", "min", "sort", "topk", "kthvalue", "median", "nanmedian", "mode", "cummax", "cummin")
}


def _pick(array: Any, places: Any, dim: int) -> Any:
    return np.take_along_axis(array, places, dim) if array.ndim else array


def _put(g: Any, shape: Any, places: Any, dim: int) -> Any:
    """Zeros, with the gradient added at the places along a dimension."""
    from reference.ops.scattering import scatter_add_op

    if not shape:
        return g.reshape(())
    places = places._array if isinstance(places, Tensor) else places
    return scatter_add_op(zeros_shaped(g, shape), g, places, dim=dim)


def _choosing(name: str, choose: Any) -> Op:
    """A row whose kernel chooses one entry along a dimension, by its index."""

    def kernel(self: Any, *, dim: int, keepdim: bool, **more: Any) -> Any:
        if self.ndim == 0:
            return np.array(self), np.zeros((), np.int64)
        if self.shape[dim] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
        places = np.expand_dims(choose(self, dim, **more), dim).astype(np.int64)
        values = np.take_along_axis(self, places, dim)
        return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))

    def rule(g: Any, self_shape: Any, indices: Any, dim: int, keepdim: bool) -> Any:
        g, places = g[0], indices._array if isinstance(indices, Tensor) else indices
        if self_shape and not keepdim:
            g = g.unsqueeze(dim) if isinstance(g, Tensor) else np.expand_dims(g, dim)
            places = np.expand_dims(places, dim)
        return _put(g, self_shape, places, dim)

    return Op(name, kernel, outputs=("values", "indices"), differentiable=1, self=rule)


def _argmax(x: Any, dim: int) -> Any:
    return np.argmax(x, dim)


def _argmin(x: Any, dim: int) -> Any:
    return np.argmin(x, dim)


def _median_place(x: Any, dim: int) -> Any:
    order = np.argsort(x, dim, kind="stable")
    middle = np.take(order, (x.shape[dim] - 1) // 2, dim)
    if x.dtype.kind == "f":
        nan = np.isnan(x)
        middle = np.where(nan.any(dim), np.argmax(nan, dim), middle)
    return middle


def _nanmedian_place(x: Any, dim: int) -> Any:
    order = np.argsort(x, dim, kind="stable")
    counted = np.maximum((~np.isnan(x)).sum(dim, keepdims=True), 1)
    return np.take_along_axis(order, (counted - 1) // 2, dim).squeeze(dim)


def _mode_place(x: Any, dim: int) -> Any:
    rows = np.moveaxis(x, dim, -1)
    places = np.empty(rows.shape[:-1], np.int64)
    for at in np.ndindex(*rows.shape[:-1]):
        values, counts = np.unique(rows[at], return_counts=True)
        commonest = values[np.argmax(counts)]
        places[at] = np.flatnonzero(rows[at] == commonest)[-1]
    return places


def _kth_place(x: Any, dim: int, k: int) -> Any:
    return np.take(np.argsort(x, dim, kind="stable"), k - 1, dim)


max_op = _choosing("max", _argmax)
min_op = _choosing("min", _argmin)
median_op = _choosing("median", _median_place)
nanmedian_op = _choosing("nanmedian", _nanmedian_place)
mode_op = _choosing("mode", _mode_place)
kthvalue_op = _choosing("kthvalue", lambda x, dim, k: _kth_place(x, dim, k))


def _pair(name: str, op: Op, input: Any, dim: int, keepdim: bool, **more: Any) -> Any:
    return _PAIRS[name](*op(input, dim=dimension(dim, input.ndim), keepdim=keepdim, **more))


def max(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The largest element; along a dimension, values and indices; of two tensors, the larger at each place."""
    if isinstance(dim, Tensor):
        return maximum(input, dim)
    if dim is None:
        if input.numel() == 0:
            raise RuntimeError("max(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                               "reduction dim with the 'dim' argument.")
        return amax(input)
    return _pair("max", max_op, input, dim, keepdim)


def min(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest element; along a dimension, values and indices; of two tensors, the smaller at each place."""
    if isinstance(dim, Tensor):
        return minimum(input, dim)
    if dim is None:
        if input.numel() == 0:
            raise RuntimeError("min(): Expected reduction dim to be specified for input.numel() == 0. Specify the "
                               "reduction dim with the 'dim' argument.")
        return amin(input)
    return _pair("min", min_op, input, dim, keepdim)


def _middle_of_all(self: Any) -> Any:
    flat = self.reshape(-1)
    return flat[_median_place(flat, 0)] if flat.size else np.array(np.nan, self.dtype)


def _share_equal(g: Any, self: Any, result: Any) -> Any:
    chosen = (self == result) | ((self != self) & (result != result))
    return where(chosen, g / chosen.sum(), g * 0)


median_of_all = Op("median_of_all", lambda self: _middle_of_all(self), node="MedianBackward0", self=_share_equal)
nanmedian_of_all = Op(
    "nanmedian_of_all",
    lambda self: self.reshape(-1)[_nanmedian_place(self.reshape(-1), 0)],
    node="NanmedianBackward0",
    self=_share_equal,
)


def median(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower median, of all elements or along a dimension."""
    return median_of_all(input) if dim is None else _pair("median", median_op, input, dim, keepdim)


def nanmedian(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower median of what is not NaN."""
    return nanmedian_of_all(input) if dim is None else _pair("nanmedian", nanmedian_op, input, dim, keepdim)


def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The commonest value along a dimension, the smallest of several."""
    return _pair("mode", mode_op, input, dim, keepdim)


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along a dimension."""
    size = input.shape[dim] if input.ndim else 1
    if not 1 <= k <= size:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
    return _pair("kthvalue", kthvalue_op, input, dim, keepdim, k=k)


def _sort_kernel(self: Any, *, dim: int, descending: bool) -> Any:
    if self.ndim == 0:
        return np.array(self), np.zeros((), np.int64)
    if descending:  # stable, with NaN first: PyTorch takes NaN for the largest
        flipped = np.flip(self, dim)
        order = self.shape[dim] - 1 - np.flip(np.argsort(flipped, dim, kind="stable"), dim)
    else:
        order = np.argsort(self, dim, kind="stable")
    return np.take_along_axis(self, order, dim), order


def _permuted_rule(g: Any, self_shape: Any, indices: Any, dim: int) -> Any:
    return _put(g[0], self_shape, indices, dim)


sort_op = Op("sort", _sort_kernel, outputs=("values", "indices"), differentiable=1, self=_permuted_rule)


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """Values in order along a dimension, and where they stood (NUM-45)."""
    return _PAIRS["sort"](*sort_op(input, dim=dimension(dim, input.ndim), descending=descending))


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that sort along a dimension."""
    return sort(input.detach(), dim, descending).indices


def _topk_kernel(self: Any, *, k: int, dim: int, largest: bool) -> Any:
    if self.ndim == 0:
        return np.array(self), np.zeros((), np.int64)
    values, order = _sort_kernel(self, dim=dim, descending=largest)
    return np.take(values, range(k), dim), np.take(order, range(k), dim)


topk_op = Op("topk", _topk_kernel, outputs=("values", "indices"), differentiable=1, self=_permuted_rule)


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements along a dimension, and where they stood."""
    dim = dimension(dim, input.ndim)
    if input.ndim and not 0 <= k <= input.shape[dim]:
        raise RuntimeError("selected index k out of range")
    return _PAIRS["topk"](*topk_op(input, k=k, dim=dim, largest=largest))


def _running(name: str, better: Any) -> Op:
    def kernel(self: Any, *, dim: int) -> Any:
        if self.ndim == 0:
            return np.array(self), np.zeros((), np.int64)
        x = np.moveaxis(self, dim, 0)
        values, places = np.empty_like(x), np.zeros(x.shape, np.int64)
        for i in range(x.shape[0]):
            if i == 0:
                values[0] = x[0]
                continue
            take = better(x[i], values[i - 1]) | (np.isnan(x[i]) if x.dtype.kind == "f" else False)
            values[i] = np.where(take, x[i], values[i - 1])
            places[i] = np.where(take, i, places[i - 1])
        return np.moveaxis(values, 0, dim).copy(), np.moveaxis(places, 0, dim).copy()

    return Op(name, kernel, outputs=("values", "indices"), differentiable=1, self=_permuted_rule)


cummax_op = _running("cummax", np.greater_equal)
cummin_op = _running("cummin", np.less_equal)


def cummax(input: Any, dim: int) -> Any:
    """The largest so far along a dimension, and where it stood."""
    return _PAIRS["cummax"](*cummax_op(input, dim=dimension(dim, input.ndim)))


def cummin(input: Any, dim: int) -> Any:
    """The smallest so far along a dimension, and where it stood."""
    return _PAIRS["cummin"](*cummin_op(input, dim=dimension(dim, input.ndim)))


_MINMAX = namedtuple("aminmax", ("min", "max"))


def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element."""
    dims = () if dim is None else dim
    return _MINMAX(amin(input, dims, keepdim), amax(input, dims, keepdim))


def _arg(kernel: Any, input: Any, dim: Any, keepdim: bool) -> Any:
    array = input._array
    if dim is None:
        found = np.asarray(kernel(array), np.int64)
        return wrap(found.reshape((1,) * array.ndim) if keepdim else found)
    if array.ndim == 0:
        return wrap(np.zeros((), np.int64))
    return wrap(np.asarray(kernel(array, axis=dimension(dim, array.ndim), keepdims=keepdim), np.int64))


def argmax(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Where the largest element stands."""
    return _arg(np.argmax, input, dim, keepdim)


def argmin(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Where the smallest element stands."""
    return _arg(np.argmin, input, dim, keepdim)


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero."""
    found = np.nonzero(input._array) if input.ndim else (np.zeros(int(bool(input)), np.int64),)
    if as_tuple:
        return tuple(wrap(i.astype(np.int64)) for i in found)
    return wrap(np.stack(found, 1).astype(np.int64) if input.ndim else np.zeros((int(bool(input)), 0), np.int64))


def argwhere(input: Any) -> Any:
    """`nonzero`."""
    return nonzero(input)


def unique(input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None) -> Any:
    """The distinct elements; and, on request, where each element went and how many there were."""
    values, inverse, counts = np.unique(input._array, return_inverse=True, return_counts=True, axis=dim)
    found = [wrap(values)]
    if return_inverse:
        found.append(wrap(inverse.reshape(input._array.shape if dim is None else -1).astype(np.int64)))
    if return_counts:
        found.append(wrap(counts.astype(np.int64)))
    return found[0] if len(found) == 1 else tuple(found)


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer occurs."""
    return wrap(np.bincount(input._array, None if weights is None else weights._array, minlength))


def searchsorted(sorted_sequence: Any, input: Any, *, right: bool = False) -> Any:
    """Where elements belong in a sorted sequence."""
    values = input._array if isinstance(input, Tensor) else input
    return wrap(np.asarray(np.searchsorted(sorted_sequence._array, values, "right" if right else "left"), np.int64))
