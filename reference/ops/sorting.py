"""Order: sort, topk, kthvalue, median, mode, unique, nonzero, searchsorted ...

Only values are differentiable; indices never require grad (IDX-56). Along a dimension the gradient goes to the entry
whose index is returned.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.choosing import choosing, put_along, share_with_equals
from reference.ops.dims import dimension
from reference.ops.results import named
from reference.ops.rules import raw, refuse_lost_view
from reference.ops.table import Op
from reference.tensor import wrap

_Median, _NanMedian, _Mode, _KthValue, _Sort, _TopK = (
    named(name, "values", "indices") for name in ("median", "nanmedian", "mode", "kthvalue", "sort", "topk")
)

# --- one entry of each row --------------------------------------------------------------------------------------------


def _median_place(x: Any, dim: int) -> Any:
    order = np.argsort(x, dim, kind="stable")
    middle = np.take(order, (x.shape[dim] - 1) // 2, dim)
    nan = x != x
    return np.where(nan.any(dim), np.argmax(nan, dim), middle)


def _nanmedian_place(x: Any, dim: int) -> Any:
    order = np.argsort(x, dim, kind="stable")
    counted = np.maximum((x == x).sum(dim, keepdims=True), 1)
    return np.take_along_axis(order, (counted - 1) // 2, dim).squeeze(dim)


def _mode_place(x: Any, dim: int) -> Any:
    rows = np.moveaxis(x, dim, -1)
    places = np.empty(rows.shape[:-1], np.int64)
    for at in np.ndindex(*rows.shape[:-1]):
        values, counts = np.unique(rows[at], return_counts=True)
        commonest = values[np.argmax(counts)]
        places[at] = np.flatnonzero(rows[at] == commonest)[-1]
    return places


median_op = choosing("median", _median_place, node="MedianBackward1")
nanmedian_op = choosing("nanmedian", _nanmedian_place, node="NanmedianBackward1")
mode_op = choosing("mode", _mode_place)
kthvalue_op = choosing("kthvalue", lambda x, dim, k: np.take(np.argsort(x, dim, kind="stable"), k - 1, dim))


def _middle(place: Any) -> Any:
    def kernel(self: Any) -> Any:
        flat = self.reshape(-1)
        return flat[place(flat, 0)] if flat.size else np.array(np.nan, self.dtype)

    return kernel


median_of_all_op = Op("median_of_all", _middle(_median_place), node="MedianBackward0", self=share_with_equals)
nanmedian_of_all_op = Op(
    "nanmedian_of_all", _middle(_nanmedian_place), node="NanmedianBackward0", self=share_with_equals
)


def median(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower median, of all elements or along a dimension."""
    if dim is None:
        return median_of_all_op(input)
    return _Median(*median_op(input, dim=dimension(dim, input.ndim), keepdim=keepdim))


def nanmedian(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """The lower median of what is not NaN."""
    if dim is None:
        return nanmedian_of_all_op(input)
    return _NanMedian(*nanmedian_op(input, dim=dimension(dim, input.ndim), keepdim=keepdim))


def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """The commonest value along a dimension, the smallest of several."""
    return _Mode(*mode_op(input, dim=dimension(dim, input.ndim), keepdim=keepdim))


def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """The k-th smallest element along a dimension."""
    dim = dimension(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    if not size:
        raise IndexError(f"kthvalue(): Expected reduction dim {dim} to have non-zero size.")
    if not 1 <= k <= size:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}")
    return _KthValue(*kthvalue_op(input, dim=dim, keepdim=keepdim, k=k))


# --- whole rows in order ----------------------------------------------------------------------------------------------


def _sort_kernel(self: Any, *, dim: int, descending: bool) -> Any:
    if self.ndim == 0:
        return np.array(self), np.zeros((), np.int64)
    if descending:  # stable, with NaN first: PyTorch takes NaN for the largest
        order = self.shape[dim] - 1 - np.flip(np.argsort(np.flip(self, dim), dim, kind="stable"), dim)
    else:
        order = np.argsort(self, dim, kind="stable")
    return np.take_along_axis(self, order, dim), order


def _moved_back(g: Any, self_shape: Any, indices: Any, dim: int) -> Any:
    return put_along(g[0], self_shape, indices, dim)


sort_op = Op("sort", _sort_kernel, outputs=("values", "indices"), differentiable=1, self=_moved_back)


_stable_sort_op = sort_op.named("SortBackward1")


def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool | None = None) -> Any:
    """Values in order along a dimension, and where they stood (NUM-45); always stable, whatever is said of it."""
    op = sort_op if stable is None else _stable_sort_op
    return _Sort(*op(input, dim=dimension(dim, input.ndim), descending=descending))


def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = True) -> Any:
    """The indices that sort along a dimension."""
    return sort(input, dim, descending).indices


def msort(input: Any) -> Any:
    """Sorted along the first dimension."""
    return sort(input, 0).values


def _topk_kernel(self: Any, *, k: int, dim: int, largest: bool) -> Any:
    if self.ndim == 0:
        return np.array(self), np.zeros((), np.int64)
    values, order = _sort_kernel(self, dim=dim, descending=largest)
    return np.take(values, range(k), dim), np.take(order, range(k), dim)


topk_op = Op("topk", _topk_kernel, outputs=("values", "indices"), differentiable=1, self=_moved_back)


def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """The k largest (or smallest) elements along a dimension, and where they stood."""
    dim = dimension(dim, input.ndim)
    if not 0 <= k <= (input.shape[dim] if input.ndim else 1):
        raise RuntimeError("selected index k out of range")
    return _TopK(*topk_op(input, k=k, dim=dim, largest=largest))


# --- places and counts: no gradient -----------------------------------------------------------------------------------


def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The indices of the elements that are not zero."""
    array = input._array
    if as_tuple:
        return tuple(wrap(i.astype(np.int64)) for i in np.nonzero(array.reshape(array.shape or (1,))))
    return wrap(np.argwhere(array).astype(np.int64))


def nonzero_static(input: Any, *, size: int, fill_value: int = -1) -> Any:
    """`nonzero` in so many rows: cut, or filled up."""
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, but got {size}")
    found = np.argwhere(input._array)[:size]
    missing = np.full((size - len(found), input.ndim), fill_value)
    return wrap(np.concatenate([found, missing]).astype(np.int64))


def argwhere(input: Any) -> Any:
    """The indices of the elements that are not zero."""
    return nonzero(input)


def unique(
    input: Any, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False, dim: Any = None
) -> Any:
    """The distinct elements; and, on request, where each element went and how many there were."""
    refuse_lost_view(input)
    values, inverse, counts = np.unique(input._array, return_inverse=True, return_counts=True, axis=dim)
    found = [wrap(values)]
    if return_inverse:
        found.append(wrap(inverse.reshape(input._array.shape if dim is None else -1).astype(np.int64)))
    if return_counts:
        found.append(wrap(counts.astype(np.int64)))
    return found[0] if len(found) == 1 else tuple(found)


def unique_consecutive(input: Any, return_inverse: bool = False, return_counts: bool = False, dim: Any = None) -> Any:
    """The elements (or slices along ``dim``) without the repetitions that follow one another."""
    rows = input._array.reshape(-1) if dim is None or not input.ndim else np.moveaxis(input._array, dim, 0)
    changed = np.ones(len(rows), np.bool_)
    changed[1:] = (rows[1:] != rows[:-1]).any(tuple(range(1, rows.ndim)))
    values = rows[changed]
    found = [wrap(values if dim is None else np.moveaxis(values, 0, dim).copy())]
    if return_inverse:
        inverse = np.cumsum(changed) - 1
        found.append(wrap(inverse.reshape(input._array.shape) if dim is None else inverse))
    if return_counts:
        found.append(wrap(np.diff(np.append(np.flatnonzero(changed), len(rows)))))
    return found[0] if len(found) == 1 else tuple(found)


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each integer occurs."""
    if input.ndim != 1 or (input.numel() and input._array.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    return wrap(np.bincount(input._array, None if weights is None else weights._array, minlength))


def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Where elements belong in a sorted sequence, or in the sequences along the last dimension."""
    if side not in (None, "left", "right"):
        raise RuntimeError(f"torch.searchsorted(): side can only be 'left' or 'right' but got {side}")
    if side == "left" and right:
        raise RuntimeError(
            "torch.searchsorted(): side and right can't be set to opposites, got side of left while right was True"
        )
    where: Any = "right" if right or side == "right" else "left"
    edges, values = sorted_sequence._array, np.asarray(raw(input))
    if edges.ndim > 1 and edges.shape[:-1] != values.shape[:-1]:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of boundaries "
            "tensor "
            f"and input value tensor must match, but we got boundaries tensor {list(edges.shape)} and input value "
            "tensor "
            f"{list(values.shape)}"
        )
    if sorter is not None:
        edges = np.take_along_axis(edges, sorter._array, -1)
    if edges.ndim == 1:
        found = np.asarray(np.searchsorted(edges, values, where))
    else:
        found = np.empty(values.shape, np.int64)
        for at in np.ndindex(*edges.shape[:-1]):
            found[at] = np.searchsorted(edges[at], values[at], where)
    return wrap(found.astype(np.int32 if out_int32 else np.int64))


def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """Which interval between boundaries each element falls in."""
    if boundaries.ndim != 1:
        raise RuntimeError(f"boundaries tensor must be 1 dimension, but got dim({boundaries.ndim})")
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)
