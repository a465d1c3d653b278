"""Copies of the elements in another order, or of several or some of them: flip, roll, repeat, tril, diag_embed ..."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.dims import dimension, shape_of
from reference.ops.elements import index_op
from reference.ops.rules import zeros_shaped
from reference.ops.shapes import reshape
from reference.ops.strides import diagonal
from reference.ops.table import Op
from reference.ops.view_copies import FUNCTIONS as VIEW_COPIES
from reference.ops.writing import writable
from reference.tensor import Tensor, wrap

flip_op: Op = Op("flip", lambda self, *, dims: np.flip(self, dims).copy(), self=lambda g, dims: flip_op(g, dims=dims))


def flip(input: Any, *axes: Any, dims: Any = ()) -> Any:
    """The elements in reverse order along dimensions."""
    found = tuple(dimension(d, input.ndim) for d in shape_of(axes or (dims,)))
    if len(set(found)) != len(found):
        raise RuntimeError(f"dim {found[0]} appears multiple times in the list of dims")
    return flip_op(input, dims=found if input.ndim else ())


def fliplr(input: Any) -> Any:
    """Flipped along the second dimension."""
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, 1)


def flipud(input: Any) -> Any:
    """Flipped along the first dimension."""
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, 0)


roll_op: Op = Op(
    "roll",
    lambda self, *, shifts, dims: np.roll(self, shifts, dims),
    self=lambda g, shifts, dims: roll_op(g, shifts=tuple(-s for s in shifts), dims=dims),
)


def roll(input: Any, shifts: Any, dims: Any = None) -> Any:
    """The elements moved along dimensions, those that fall off coming back at the other end."""
    shifts = (shifts,) if isinstance(shifts, int) else tuple(shifts)
    if not shifts:
        raise RuntimeError("`shifts` required")
    if dims is None or dims == ():
        if len(shifts) != 1:
            raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:0")
        return roll_op(input, shifts=shifts, dims=None)
    dims = (dims,) if isinstance(dims, int) else tuple(dims)
    if not input.ndim:
        raise IndexError(f"Dimension specified as {dims[0]} but tensor has no dimensions")
    if len(dims) != len(shifts):
        raise RuntimeError(f"shifts and dimensions must align. shifts: {len(shifts)}, dims:{len(dims)}")
    if not input.numel():
        return roll_op(input, shifts=(0,), dims=None)  # whatever the dimensions
    return roll_op(input, shifts=shifts, dims=tuple(dimension(d, input.ndim) for d in dims))


_rot90_op: Op = Op(
    "rot90",
    lambda self, *, k, dims: np.rot90(self, k, dims).copy(),  # of sides of one it would be a view
    self=lambda g, k, dims: _rot90_op(g, k=-k, dims=dims),
)


def rot90(input: Any, k: int = 1, dims: Any = (0, 1)) -> Any:
    """Turned by quarter turns in the plane of two dimensions."""
    if len(dims) != 2:
        raise RuntimeError(f"expected total rotation dims == 2, but got dims = {len(dims)}")
    if input.ndim < 2:
        raise RuntimeError(f"expected total dims >= 2, but got total dims = {input.ndim}")
    first, second = (dimension(d, input.ndim) for d in dims)
    if first == second:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = {dims[1]}")
    return _rot90_op(input, k=k, dims=(first, second))


def _repeat_rule(g: Any, self_shape: Any, repeats: Any) -> Any:
    # the copies' gradients add up (IDX-46)
    padded = (1,) * (len(repeats) - len(self_shape)) + tuple(self_shape)
    if 0 in repeats:
        return zeros_shaped(g, self_shape)
    apart: list[int] = []
    for times, n in zip(repeats, padded, strict=True):
        apart += [times, n]
    g = reshape(g, tuple(apart))
    copies = tuple(range(0, len(apart), 2))
    return reshape(g.sum(copies) if copies else g, self_shape)


repeat_op = Op("repeat", lambda self, *, repeats: np.tile(self, repeats), self=_repeat_rule)


def repeat(self: Any, *repeats: Any) -> Any:
    """The tensor copied along each dimension."""
    repeats = shape_of(repeats)
    if len(repeats) < self.ndim:
        raise RuntimeError("Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor")
    if any(n < 0 for n in repeats):
        raise RuntimeError(f"Trying to create tensor with negative dimension: {list(repeats)}")
    return repeat_op(self, repeats=repeats)


def tile(input: Any, *dims: Any) -> Any:
    """`repeat`, with missing dimensions filled up by ones."""
    dims = shape_of(dims)
    return repeat(input, *((1,) * (input.ndim - len(dims)) + dims))


def repeat_interleave(input: Any, repeats: Any = None, dim: Any = None, *, output_size: Any = None) -> Any:
    """Each element repeated in place, each so many times (IDX-47)."""
    if repeats is None:
        return wrap(np.repeat(np.arange(input._array.size), input._array))
    counts = repeats._array if isinstance(repeats, Tensor) else np.asarray(repeats)
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    if dim is None:
        input, dim = reshape(input, (-1,)), 0
    dim = dimension(dim, input.ndim)
    if counts.size not in (1, input.shape[dim]):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} and "
            f"input.size({dim}) = {input.shape[dim]}"
        )
    if isinstance(repeats, int):  # nothing is saved of that, as no index is made
        before, size, after = input.shape[:dim], input.shape[dim], input.shape[dim + 1 :]
        copies = input.unsqueeze(dim + 1).expand(*before, size, repeats, *after)
        return copies.clone().reshape(*before, size * repeats, *after)
    places = np.repeat(np.arange(input.shape[dim]), counts.reshape(-1))
    return index_op(1)(input, wrap(places), places=(slice(None),) * dim + (None,))


def _triangle(name: str, kernel: Any) -> Op:
    op = Op(name, lambda self, *, diagonal: kernel(self, diagonal), self=lambda g, diagonal: op(g, diagonal=diagonal))
    return op


tril_op, triu_op = _triangle("tril", np.tril), _triangle("triu", np.triu)


@writable
def tril(input: Any, diagonal: int = 0) -> Any:
    """The lower triangle, zeros elsewhere (IDX-51)."""
    return tril_op.bind(_matrix("tril", input), diagonal=diagonal)


@writable
def triu(input: Any, diagonal: int = 0) -> Any:
    """The upper triangle, zeros elsewhere."""
    return triu_op.bind(_matrix("triu", input), diagonal=diagonal)


def _matrix(name: str, input: Any) -> Any:
    if input.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions")
    return input


def _diag_embed_kernel(self: Any, *, offset: int, dim1: int, dim2: int) -> Any:
    n = self.shape[-1] + abs(offset)
    rest = list(self.shape[:-1])
    for d in sorted((dim1, dim2)):
        rest.insert(d, n)
    out = np.zeros(rest, self.dtype)
    diagonal(out, offset, dim1, dim2)[...] = self
    return out


diag_embed_op = Op(
    "diag_embed",
    _diag_embed_kernel,
    self=lambda g, offset, dim1, dim2: diagonal(g, offset, dim1, dim2),
)


def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """Matrices whose diagonals are the vectors along the last dimension, zeros elsewhere."""
    first, second = dimension(dim1, input.ndim + 1), dimension(dim2, input.ndim + 1)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return diag_embed_op(input, offset=offset, dim1=first, dim2=second)


def diag(input: Any, diagonal: int = 0) -> Any:
    """The matrix with a vector on its diagonal; a copy of the diagonal of a matrix."""
    if input.ndim == 1:
        return diag_embed(input, diagonal)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return VIEW_COPIES["diagonal_copy"](input, diagonal)


def diagflat(input: Any, offset: int = 0) -> Any:
    """The matrix with all elements on its diagonal."""
    return diag_embed(reshape(input, (-1,)), offset)
