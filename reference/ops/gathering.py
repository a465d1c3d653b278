"""Gathering by index along a dimension: index_select, gather, take, take_along_dim."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.ops.dims import dimension
from reference.ops.elements import put_added
from reference.ops.index_checks import along, check_index, check_no_larger, check_places, check_rows
from reference.ops.rules import raw, zeros_shaped
from reference.ops.shapes import expand
from reference.ops.table import Op
from reference.tensor import wrap


def _as_row(x: Any) -> Any:
    """A 0-dim array as a vector of one element."""
    return x if x.ndim else x.reshape(1)


index_select_op = Op(
    "index_select",
    lambda self, index, *, dim: np.take(_as_row(self), np.atleast_1d(index), dim).reshape(_selected(self, index, dim)),
    self=lambda g, self_shape, index, dim: (
        put_added(g, self_shape, (slice(None),) * dim + (None,), _as_row(raw(index)), saves_gradient=True)
        if self_shape
        else g.sum()
    ),
)


def _selected(self: Any, index: Any, dim: int) -> tuple[int, ...]:
    return (*self.shape[:dim], index.size, *self.shape[dim + 1 :]) if self.ndim else ()


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices along a dimension that a list of indices names (IDX-13)."""
    dim = dimension(dim, input.ndim)
    check_rows("index_select", index, tuple(input.shape), dim)
    return index_select_op(input, index, dim=dim)


def _gather_kernel(self: Any, index: Any, *, dim: int) -> Any:
    if not index.size:
        return np.empty(index.shape, self.dtype)
    return _as_row(self)[along(dim, _as_row(index))].reshape(index.shape)


def _gather_rule(g: Any, self: Any, index: Any, dim: int) -> Any:
    # a gathered element's gradient goes back to where it was gathered from; the input is saved, not only its shape
    self_shape = tuple(self.shape)
    index = _as_row(raw(index))
    if index.ndim != len(self_shape or (1,)):  # an index without elements may have any shape
        return zeros_shaped(g, self_shape)
    whole = put_added(g.reshape(index.shape), self_shape or (1,), (None,) * index.ndim, *along(dim, index))
    return whole.reshape(self_shape)


gather_op = Op("gather", _gather_kernel, self=_gather_rule)


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """``out[i][j] = input[index[i][j]][j]`` for ``dim`` 0, and so on (IDX-14)."""
    dim = dimension(dim, input.ndim)
    check_no_larger("gather", index, tuple(input.shape), dim)
    check_index("gather", index, tuple(input.shape), dim)
    return gather_op(input, index, dim=dim)


take_op = Op(
    "take",
    lambda self, index: self.reshape(-1)[index],
    self=lambda g, self, index: put_added(g, (math.prod(self.shape),), (None,), index, saves_gradient=True).reshape(
        self.shape
    ),
)


def take(input: Any, index: Any) -> Any:
    """Elements by their place in the flattened input (IDX-15)."""
    check_places("take", index, input.numel())
    return take_op(input, index)


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """`gather`, with broadcasting; of the flattened tensors without ``dim`` (IDX-16)."""
    if indices._array.dtype != np.int64:
        raise RuntimeError(f"torch.take_along_dim(): dtype of indices should be Long but got {indices.dtype}")
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    if indices.ndim != input.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = dimension(dim, input.ndim)
    shapes = [[1 if i == dim else n for i, n in enumerate(x.shape)] for x in (input, indices)]
    common = list(np.broadcast_shapes(*map(tuple, shapes)))
    of_input, of_index = list(common), list(common)
    of_input[dim], of_index[dim] = input.shape[dim], indices.shape[dim]
    from_front = wrap(np.where(indices._array < 0, indices._array + input.shape[dim], indices._array))
    return gather(expand(input, of_input), dim, expand(from_front, of_index))
