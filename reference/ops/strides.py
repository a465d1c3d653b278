"""Views by strides: as_strided, unfold, diagonal, and the memory that arrays look into.

Source: https://docs.pytorch.org/docs/stable/tensor_view.html.
"""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from reference.ops.dims import dimension
from reference.ops.elements import put_added
from reference.ops.memory import look, places
from reference.ops.nodes import taking
from reference.ops.rules import constant
from reference.ops.table import Op
from reference.tensor import memory_owner

# --- any strides ------------------------------------------------------------------------------------------------------


def _as_strided_kernel(self: Any, *, size: Any, stride: Any, offset: Any, geometry: Any) -> Any:
    item = self.itemsize
    start = (
        0
        if offset is None
        else offset * item - (self.__array_interface__["data"][0] - memory_owner(self).__array_interface__["data"][0])
    )
    try:
        return look(self, size, [step * item for step in stride], start)
    except (ValueError, TypeError):
        raise RuntimeError(
            f"setStorage: sizes {list(size)}, strides {list(stride)}, storage offset {offset or 0}, and itemsize "
            f"{item} are "
            f"out of bounds for storage of size {memory_owner(self).nbytes}"
        ) from None


def _as_strided_rule(g: Any, self_shape: Any, size: Any, stride: Any, offset: Any, geometry: Any) -> Any:
    # sums per memory location (IDX-31), and drops what lies outside the input's own geometry (IDX-32); what several
    # elements of the input look at, they share
    if 0 in size or 0 in self_shape:
        return constant(np.zeros(self_shape), g)
    own_stride, own_offset = geometry
    looked = places(size, stride, own_offset if offset is None else offset)
    own = places(self_shape, own_stride, own_offset)
    length = int(max(looked.max(initial=0), own.max(initial=0))) + 1
    memory = put_added(g, (length,), (None,), looked)
    times = np.bincount(own.reshape(-1), minlength=length)
    if (times > 1).any():
        memory = memory / constant(np.maximum(times, 1), g)
    return memory[own]


as_strided_op = Op("as_strided", _as_strided_kernel, view=True, self=_as_strided_rule)


def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The storage read with any strides, counted in elements."""
    if len(size) != len(stride):
        raise RuntimeError("mismatch in length of strides and shape")
    if any(step < 0 for step in stride):
        raise RuntimeError(f"as_strided: Negative strides are not supported at the moment, got strides: {list(stride)}")
    geometry = (input.stride(), input.storage_offset())
    return as_strided_op(
        input, size=tuple(map(int, size)), stride=tuple(map(int, stride)), offset=storage_offset, geometry=geometry
    )


# --- the gradient of a view -------------------------------------------------------------------------------------------


@functools.cache
def _embedding(view: Op) -> Op:
    """The row that puts its input into zeros of a shape, where a view looks; the view is its derivative."""

    def kernel(self: Any, *, shape: Any, **parameters: Any) -> Any:
        whole = np.zeros(shape, self.dtype)
        view.kernel(whole, **parameters)[...] = self
        return whole

    return Op(f"{view.name}_backward", kernel, inputs=("self",), self=looking(view))


def looking(view: Op) -> Any:
    """The rule of what was written where the view looks: what the view shows of the gradient."""
    names = parameters_of(view)
    return taking(lambda g, *values: view(g, **dict(zip(names, values, strict=True))), *names)


def embed(g: Any, shape: Any, view: Op, **parameters: Any) -> Any:
    """Zeros of ``shape`` with the gradient where the view looks. No tensor is saved."""
    return _embedding(view)(g, shape=shape, **parameters)


def parameters_of(view: Op) -> tuple[str, ...]:
    """The names of an operation's parameters."""
    code = view.kernel.__code__
    return code.co_varnames[code.co_argcount : code.co_argcount + code.co_kwonlyargcount]


# --- windows ----------------------------------------------------------------------------------------------------------


def _unfold_kernel(self: Any, *, dim: int, size: int, step: int) -> Any:
    if self.ndim == 0:
        return self.reshape(1)[:size]
    windows = (self.shape[dim] - size) // step + 1
    shape = (*self.shape[:dim], windows, *self.shape[dim + 1 :], size)
    strides = (*self.strides[:dim], self.strides[dim] * step, *self.strides[dim + 1 :], self.strides[dim])
    return look(self, shape, strides)


def _unfold_backward_kernel(self: Any, *, shape: Any, dim: int, size: int, step: int) -> Any:
    # an element in several windows sums their gradients (IDX-29)
    places = _unfold_kernel(np.arange(math.prod(shape)).reshape(shape), dim=dim, size=size, step=step)
    whole = np.zeros(shape, self.dtype)
    np.add.at(whole.reshape(-1), places, self)
    return whole


_unfold_backward_op = Op(
    "unfold_backward",
    _unfold_backward_kernel,
    self=lambda g, dim, size, step: unfold_op(g, dim=dim, size=size, step=step),
)
unfold_op: Op = Op(
    "unfold",
    _unfold_kernel,
    view=True,
    self=lambda g, self_shape, dim, size, step: _unfold_backward_op(g, shape=self_shape, dim=dim, size=size, step=step),
)


def unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    """All windows of ``size`` along a dimension, ``step`` apart, as a last dimension."""
    dim = _dimension(dimension, self.ndim)
    length = self.shape[dim] if self.ndim else 1
    if size < 0:
        raise RuntimeError(f"size is {size} but must be >= 0")
    if size > length:
        raise RuntimeError(f"maximum size for tensor at dimension {dim} is {length} but size is {size}")
    if step <= 0:
        raise RuntimeError(f"step is {step} but must be > 0")
    return unfold_op(self, dim=dim, size=size, step=step)


_dimension = dimension  # `unfold` has an argument of this name

# --- diagonals --------------------------------------------------------------------------------------------------------


def _diagonal_kernel(self: Any, *, offset: int, dim1: int, dim2: int) -> Any:
    found = np.diagonal(self, offset, dim1, dim2)  # which NumPy makes read-only
    first: list[Any] = [slice(None)] * self.ndim
    first[dim1], first[dim2] = slice(max(-offset, 0), None), slice(max(offset, 0), None)
    return look(self[tuple(first)], found.shape, found.strides) if found.size else np.empty(found.shape, self.dtype)


diagonal_op: Op = Op(
    "diagonal",
    _diagonal_kernel,
    view=True,
    self=lambda g, self_shape, offset, dim1, dim2: embed(
        g, self_shape, diagonal_op, offset=offset, dim1=dim1, dim2=dim2
    ),
)


def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The diagonal of two dimensions, as a last dimension (IDX-33)."""
    first, second = dimension(dim1, input.ndim), dimension(dim2, input.ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diagonal_op(input, offset=offset, dim1=first, dim2=second)
