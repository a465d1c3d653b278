"""Joining and splitting: cat, stack, split, chunk, unbind.

Each input of `cat` gets its own piece of the gradient (IDX-48). The pieces of a split are views of several outputs of
one node: an unused piece adds zero, and none may be written to in place (IDX-36 to IDX-38).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.dtypes import OF_NUMPY, result_type_of
from reference.ops.reductions import dimension
from reference.ops.shapes import narrow, reshape, select, slice_along, unsqueeze, zeros_shaped
from reference.ops.table import Op
from reference.tensor import Tensor


class Variadic(Op):
    """An operation on any number of tensors, with one rule ``each(g, i, shapes, **parameters)`` for the i-th."""

    def __init__(self, name: str, kernel: Any, each: Any) -> None:
        super().__init__(name, kernel, inputs=("tensors",))
        self.each = each
        self._rows: dict[int, _Row] = {}

    def __call__(self, *tensors: Any, **parameters: Any) -> Any:
        """Apply to tensors, or to bare arrays as the kernel alone."""
        if not any(isinstance(t, Tensor) for t in tensors):
            return self.kernel(*tensors, **parameters)
        row = self._rows.get(len(tensors))
        if row is None:
            row = self._rows[len(tensors)] = _Row(self, len(tensors))
        return row.apply(tensors, parameters)


class _Row(Op):
    """A variadic operation for one number of tensors."""

    def __init__(self, family: Variadic, count: int) -> None:
        names = tuple(f"tensor{i}" for i in range(count))
        super().__init__(family.name, family.kernel, inputs=names, promotes="common")
        self.rules = {name: _rule_of(family, i) for i, name in enumerate(names)}

    def source(self, name: str) -> tuple[int, Any]:
        return (2, int(name[6:-6])) if name.endswith("_shape") else super().source(name)


def _rule_of(family: Variadic, i: int) -> Any:
    if family.name == "cat":
        return lambda g, starts, dim: narrow(g, dim, starts[i], starts[i + 1] - starts[i])
    return lambda g, dim: select(g, dim, i)


cat_op = Variadic("cat", lambda *tensors, dim, starts: np.concatenate(tensors, dim), None)
stack_op = Variadic("stack", lambda *tensors, dim: np.stack(tensors, dim), None)


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: int | None = None) -> Any:
    """Tensors joined along a dimension; mixed dtypes are promoted (TYP-09)."""
    dim = dim if axis is None else axis
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("torch.cat(): expected a non-empty list of Tensors")
    if any(t.ndim == 0 for t in tensors):
        raise RuntimeError("zero-dimensional tensor (at position 0) cannot be concatenated")
    tensors = [t for t in tensors if not (t.ndim == 1 and t.shape[0] == 0)] or tensors[:1]
    dim = dimension(dim, tensors[0].ndim)
    for t in tensors:
        same = [(a, b) for i, (a, b) in enumerate(zip(t.shape, tensors[0].shape, strict=False)) if i != dim]
        if t.ndim != tensors[0].ndim:
            raise RuntimeError(
                f"Tensors must have same number of dimensions: got {tensors[0].ndim} and {t.ndim}"
            )
        if any(a != b for a, b in same):
            raise RuntimeError(
                f"Sizes of tensors must match except in dimension {dim}. Expected {list(tensors[0].shape)} but got "
                f"{list(t.shape)} in the list."
            )
    starts = [0]
    for t in tensors:
        starts.append(starts[-1] + t.shape[dim])
    return cat_op(*tensors, dim=dim, starts=tuple(starts))


concat = concatenate = cat


def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Tensors of one shape joined along a new dimension."""
    tensors = list(tensors)
    if not tensors:
        raise RuntimeError("stack expects a non-empty TensorList")
    for t in tensors:
        if tuple(t.shape) != tuple(tensors[0].shape):
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(tensors[0].shape)} at entry 0 and "
                f"{list(t.shape)} at entry {tensors.index(t) if not isinstance(t, Tensor) else 1}"
            )
    return stack_op(*tensors, dim=dimension(dim, tensors[0].ndim + 1))


class _Pieces(Op):
    """A view with as many outputs as its parameters say."""

    def finish(self, inputs: Any, parameters: Any, out: Any) -> Any:
        self_like = _new_like(self, len(out))
        return Op.finish(self_like, inputs, parameters, out)


def _new_like(op: Op, count: int) -> Op:
    """The row for a number of outputs: the same op, whose outputs are named by number."""
    cached = op.__dict__.setdefault("_by_count", {})
    if count not in cached:
        row = object.__new__(Op)
        row.__dict__.update(op.__dict__, outputs=tuple(f"out{i}" for i in range(count)), differentiable=count)
        row.__dict__["_node_class"] = None
        row.__dict__["_plans"] = {}
        cached[count] = row
    return cached[count]


def _split_rule(g: Any, self_shape: Any, starts: Any, dim: int) -> Any:
    kind = next(x for x in g if x is not None)
    sizes = [b - a for a, b in zip(starts, starts[1:], strict=False)]
    pieces = [
        zeros_shaped(kind, (*self_shape[:dim], n, *self_shape[dim + 1 :])) if x is None else x
        for x, n in zip(g, sizes, strict=True)
    ]
    return cat_op(*pieces, dim=dim, starts=starts)


def _unbind_rule(g: Any, self_shape: Any, dim: int) -> Any:
    kind = next(x for x in g if x is not None)
    shape = (*self_shape[:dim], *self_shape[dim + 1 :])
    return stack_op(*[zeros_shaped(kind, shape) if x is None else x for x in g], dim=dim)


def _split_kernel(self: Any, *, starts: Any, dim: int) -> Any:
    return tuple(
        self[(slice(None),) * dim + (slice(a, b),)] for a, b in zip(starts, starts[1:], strict=False)
    )


split_op = _Pieces("split", _split_kernel, view=True, outputs=("pieces",), self=_split_rule)
unbind_op = _Pieces(
    "unbind",
    lambda self, *, dim: tuple(self[(slice(None),) * dim + (i, Ellipsis)] for i in range(self.shape[dim])),
    view=True,
    outputs=("pieces",),
    self=_unbind_rule,
)


def _starts(size: int, pieces: Any) -> tuple[int, ...]:
    if isinstance(pieces, int):
        if pieces < 0 or (pieces == 0 and size):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={pieces}")
        return (*range(0, max(size, 1), max(pieces, 1)), size)
    starts = [0]
    for n in pieces:
        starts.append(starts[-1] + int(n))
    if starts[-1] != size:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension 0), but "
            f"got split_sizes={list(pieces)}"
        )
    return tuple(starts)


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> Any:
    """Views of pieces of a size, or of the sizes listed (IDX-35)."""
    dim = dimension(dim, tensor.ndim)
    return split_op(tensor, starts=_starts(tensor.shape[dim], split_size_or_sections), dim=dim)


def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> Any:
    """Views of pieces of the sizes listed."""
    return split(input, list(split_sizes), dim)


def chunk(input: Any, chunks: int, dim: int = 0) -> Any:
    """Views of at most ``chunks`` pieces."""
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    size = input.shape[dimension(dim, input.ndim)]
    return split(input, max(-(-size // chunks), 1), dim)


def unsafe_split(input: Any, split_size: Any, dim: int = 0) -> Any:
    """`split`, whose pieces may be written to in place (IDX-39)."""
    dim = dimension(dim, input.ndim)
    starts = _starts(input.shape[dim], split_size)
    return tuple(slice_along(input, dim, a, b, 1) for a, b in zip(starts, starts[1:], strict=False))


def unsafe_chunk(input: Any, chunks: int, dim: int = 0) -> Any:
    """`chunk`, whose pieces may be written to in place."""
    size = input.shape[dimension(dim, input.ndim)]
    return unsafe_split(input, max(-(-size // chunks), 1), dim)


def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> Any:
    """Views of pieces that begin at the indices, or of so many nearly equal ones."""
    size = input.shape[dimension(dim, input.ndim)]
    if isinstance(indices_or_sections, int):
        n, more = divmod(size, indices_or_sections)
        sizes = [n + 1] * more + [n] * (indices_or_sections - more)
    else:
        cuts = [0, *(min(max(i % size if i < 0 else i, 0), size) for i in indices_or_sections), size]
        sizes = [max(b - a, 0) for a, b in zip(cuts, cuts[1:], strict=False)]
    return split(input, sizes, dim)


def unbind(input: Any, dim: int = 0) -> Any:
    """Views of all slices along a dimension (IDX-34)."""
    return unbind_op(input, dim=dimension(dim, input.ndim))


def hstack(tensors: Sequence[Any]) -> Any:
    """Joined along the second dimension (the first, of one-dimensional tensors)."""
    tensors = [reshape(t, (1,)) if t.ndim == 0 else t for t in tensors]
    return cat(tensors, 0 if tensors[0].ndim == 1 else 1)


def vstack(tensors: Sequence[Any]) -> Any:
    """Joined as rows."""
    return cat([reshape(t, (1, 1)) if t.ndim == 0 else unsqueeze(t, 0) if t.ndim == 1 else t for t in tensors], 0)


def result_dtype(tensors: Sequence[Any]) -> Any:
    """The dtype that tensors meet in."""
    return OF_NUMPY[result_type_of([t._array for t in tensors])]
