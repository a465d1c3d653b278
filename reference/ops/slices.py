"""Some of the elements, as views: select, slice, narrow; and writing there out of place (IDX-55).

A view's gradient is the upstream one, put where the view looks, with zero elsewhere.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.dims import dimension
from reference.ops.nodes import taking
from reference.ops.rules import raw, zeros_shaped
from reference.ops.strides import as_strided, as_strided_op, diagonal, diagonal_op, embed, looking, parameters_of
from reference.ops.table import Op
from reference.tensor import Tensor


def _select_kernel(self: Any, *, dim: int, index: int) -> Any:
    return self[(slice(None),) * dim + (index, Ellipsis)]


select_op: Op = Op(
    "select",
    _select_kernel,
    view=True,
    self=lambda g, self_shape, dim, index: embed(g, self_shape, select_op, dim=dim, index=index),
)


def select(input: Any, dim: int, index: int) -> Any:
    """One slice along a dimension, without that dimension (IDX-28)."""
    if input.ndim == 0:
        raise IndexError("select() cannot be applied to a 0-dim tensor.")
    dim = dimension(dim, input.ndim)
    size = input.shape[dim]
    index = int(index)
    if not -size <= index < size:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(input.shape)} at dimension {dim}"
        )
    return select_op(input, dim=dim, index=index % size)


def _slice_kernel(self: Any, *, dim: int, start: int, end: int, step: int) -> Any:
    return self[(slice(None),) * dim + (slice(start, end, step),)]


slice_op: Op = Op(
    "slice",
    _slice_kernel,
    view=True,
    self=lambda g, self_shape, dim, start, end, step: embed(
        g, self_shape, slice_op, dim=dim, start=start, end=end, step=step
    ),
)


def slice_along(input: Any, dim: int, start: Any, end: Any, step: Any) -> Any:
    """``input[start:end:step]`` along one dimension; the step is positive (IDX-06)."""
    step = 1 if step is None else int(step)
    if step <= 0:
        raise ValueError("step must be greater than zero")
    start, end, step = slice(start, end, step).indices(input.shape[dim])
    return slice_op(input, dim=dim, start=start, end=max(start, end), step=step)


def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """``length`` entries of a dimension, from ``start`` (IDX-27)."""
    if input.ndim == 0:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if isinstance(start, Tensor) and (start.ndim or start._array.dtype.kind not in "iu"):
        raise RuntimeError("start must be an 0-dim integral Tensor.")
    dim = dimension(dim, input.ndim)
    size = input.shape[dim]
    start = int(start)
    if length < 0:
        raise RuntimeError("narrow(): length must be non-negative.")
    if not -size <= start <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    start = start + size if start < 0 else start
    if start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return slice_op(input, dim=dim, start=start, end=start + length, step=1)


# --- a view written out of place --------------------------------------------------------------------------------------


def _scattering(view: Op) -> Op:
    """The row that writes its second input into a copy of the first, where a view looks."""

    def kernel(self: Any, src: Any, **parameters: Any) -> Any:
        out = np.array(self)
        written = view.kernel(out, **parameters)
        if src.shape != written.shape:
            raise RuntimeError(
                f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice size = "
                f"{list(written.shape)}"
            )
        written[...] = src
        return out

    def rule_of_self(g: Any, *values: Any) -> Any:
        parameters = dict(zip(names, values, strict=True))
        return op(g, zeros_shaped(g, view.kernel(raw(g), **parameters).shape), **parameters)

    names = parameters_of(view)
    op = Op(f"{view.name}_scatter", kernel, self=taking(rule_of_self, *names), src=looking(view))
    return op


select_scatter_op, slice_scatter_op, diagonal_scatter_op, as_strided_scatter_op = (
    _scattering(view) for view in (select_op, slice_op, diagonal_op, as_strided_op)
)


def _written(op: Op, input: Any, src: Any, viewed: Any) -> Any:
    """Apply a row with the parameters that a view of the input was made with."""
    _, parameters, _ = viewed._view.chain[-1]
    return op(input, src, **parameters)


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy with ``src`` in the place of ``input.select(dim, index)``."""
    return _written(select_scatter_op, input, src, select(input, dim, index))


def slice_scatter(input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """A copy with ``src`` in the place of a slice along a dimension."""
    dim = dimension(dim, input.ndim)
    return _written(slice_scatter_op, input, src, slice_along(input, dim, start, end, step))


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy with ``src`` on a diagonal."""
    return _written(diagonal_scatter_op, input, src, diagonal(input, offset, dim1, dim2))


def as_strided_scatter(input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """A copy with ``src`` where ``input.as_strided(...)`` looks."""
    return _written(as_strided_scatter_op, input, src, as_strided(input, size, stride, storage_offset))
