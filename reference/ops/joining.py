"""Joining tensors: cat, stack, and what is made of them. Each input gets its own piece of the gradient (IDX-48)."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.ops.dims import dimension
from reference.ops.shapes import atleast_1d, atleast_2d, atleast_3d, expand, reshape
from reference.ops.slices import narrow, select
from reference.ops.table import Op
from reference.tensor import Tensor, wrap


@functools.cache
def cat_op(count: int) -> Op:
    """The row that joins so many tensors; ``starts`` says where each begins."""

    def piece(i: int) -> Any:
        return lambda g, starts, dim: narrow(g, dim, starts[i], starts[i + 1] - starts[i])

    rules = {f"tensor{i}": piece(i) for i in range(count)}
    return Op(
        "cat",
        lambda *tensors, starts, dim: np.ascontiguousarray(np.concatenate(tensors, dim)),
        inputs=tuple(rules),
        promotes="common",
        **rules,
    )


@functools.cache
def stack_op(count: int) -> Op:
    """The row that stacks so many tensors."""

    def piece(i: int) -> Any:
        return lambda g, dim: select(g, dim, i)

    rules = {f"tensor{i}": piece(i) for i in range(count)}
    return Op(
        "stack",
        lambda *tensors, dim: np.ascontiguousarray(np.stack(tensors, dim)),
        inputs=tuple(rules),
        promotes="common",
        **rules,
    )


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Tensors joined along a dimension; mixed dtypes are promoted (TYP-09)."""
    dim = dim if axis is None else axis
    if isinstance(tensors, Tensor):
        raise TypeError("cat(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    tensors = list(tensors)
    if not tensors:
        raise ValueError("torch.cat(): expected a non-empty list of Tensors")
    for i, t in enumerate(tensors):
        if not hasattr(t, "ndim"):
            raise TypeError(f"expected Tensor as element {i} in argument 0, but got {type(t).__name__}")
        if t.ndim == 0:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated")
    shapes = [tuple(t.shape) for t in tensors if tuple(t.shape) != (0,)] or [(0,)]
    dim = dimension(dim, len(shapes[0]))
    for shape in shapes:
        if len(shape) != len(shapes[0]):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(shapes[0])} and {len(shape)}")
        if any(a != b for i, (a, b) in enumerate(zip(shape, shapes[0], strict=True)) if i != dim):
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected {list(shapes[0])} but got "
                f"{list(shape)} "
                "in the list."
            )
    # an empty vector goes with any shape
    tensors = [t if tuple(t.shape) != (0,) else _nothing(t, shapes[0], dim) for t in tensors]
    starts = tuple(itertools.accumulate((t.shape[dim] for t in tensors), initial=0))
    return cat_op(len(tensors))(*tensors, starts=starts, dim=dim)


concat = concatenate = cat


def _nothing(empty: Any, shape: Any, dim: int) -> Any:
    return reshape(empty, (*shape[:dim], 0, *shape[dim + 1 :]))


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape joined along a new dimension."""
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    first = tuple(tensors[0].shape)
    for i, t in enumerate(tensors):
        if tuple(t.shape) != first:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(first)} at entry 0 and {list(t.shape)} at "
                f"entry {i}"
            )
    return stack_op(len(tensors))(*tensors, dim=dimension(dim, len(first) + 1))


def hstack(tensors: Sequence[Any]) -> Any:
    """Joined along the second dimension (the first, of one-dimensional tensors)."""
    tensors = atleast_1d(_some("hstack", tensors))
    return cat(tensors, 0 if tensors[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Joined as rows."""
    return cat(atleast_2d(_some("vstack", tensors)), 0)


row_stack = vstack


def dstack(tensors: Sequence[Any]) -> Any:
    """Joined along the third dimension."""
    return cat(atleast_3d(_some("dstack", tensors)), 2)


def column_stack(tensors: Sequence[Any]) -> Any:
    """Joined as columns."""
    return cat([reshape(t, (t.numel(), 1)) if t.ndim < 2 else t for t in _some("column_stack", tensors)], 1)


def _some(name: str, tensors: Sequence[Any]) -> list[Any]:
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError(f"{name} expects a non-empty TensorList")
    return tensors


def meshgrid(*tensors: Any, indexing: str | None = None) -> Any:
    """Each vector expanded along a dimension of its own: coordinates of a grid."""
    given = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    if not given:
        raise RuntimeError("meshgrid expects a non-empty TensorList")
    for t in given:
        if t.ndim > 1:
            raise RuntimeError(f"torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: {t.ndim}D")
        if t._array.dtype is not given[0]._array.dtype:
            raise RuntimeError("torch.meshgrid expects all tensors to have the same dtype")
    if indexing not in (None, "ij", "xy"):
        raise RuntimeError(f'torch.meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    swap = indexing == "xy" and len(given) >= 2
    if swap:
        given[0], given[1] = given[1], given[0]
    shape = tuple(t.numel() for t in given)
    grids = [expand(reshape(t, (-1,) + (1,) * (len(given) - 1 - i)), shape) for i, t in enumerate(given)]
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of the vectors' elements, as rows."""
    for t in tensors:
        if t.ndim != 1:
            raise RuntimeError(f"Expect a 1D vector, but got shape {list(t.shape)}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([reshape(grid, (-1,)) for grid in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All combinations of ``r`` elements of a vector, as rows."""
    if input.ndim != 1:
        raise RuntimeError(f"Expect a 1D vector, but got shape {list(input.shape)}")
    if r < 0:
        raise RuntimeError(f"Expect a non-negative number, but got {r}")
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(choose(range(input.numel()), r)), np.int64).reshape(-1, r)
    if r == 0:
        return wrap(np.zeros(0, input._array.dtype))
    return stack([input.index_select(0, wrap(column.copy())) for column in places.T], 1)


def block_diag(*tensors: Any) -> Any:
    """A matrix with the given matrices along its diagonal, zeros elsewhere."""
    for i, t in enumerate(tensors):
        if t.ndim > 2:
            raise RuntimeError(
                f"torch.block_diag: Input tensors must have 2 or fewer dimensions. Input {i} has {t.ndim} dimensions"
            )
    matrices = [t if t.ndim == 2 else reshape(t, (1, -1)) for t in tensors] or [wrap(np.zeros((1, 0), np.float32))]
    width = sum(m.shape[1] for m in matrices)
    rows, before = [], 0
    for m in matrices:
        behind = width - before - m.shape[1]
        blank = [wrap(np.zeros((m.shape[0], n), m._array.dtype)) for n in (before, behind)]
        rows.append(cat([blank[0], m, blank[1]], 1))
        before += m.shape[1]
    return cat(rows, 0)
