"""Splitting a tensor into views: split, chunk, tensor_split, unbind.

The pieces of ``split`` and ``unbind`` are outputs of one node: an unused piece adds zero, and none may be written to in
place (IDX-36 to IDX-38). Those of ``tensor_split`` are slices, each for itself.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

from reference.ops.dims import dimension
from reference.ops.joining import cat_op, stack_op
from reference.ops.rules import zeros_shaped
from reference.ops.slices import slice_along
from reference.ops.table import Op
from reference.tensor import Tensor


def _pieces(self: Any, *, starts: Any, dim: int) -> Any:
    return tuple(self[(slice(None),) * dim + (slice(a, b),)] for a, b in itertools.pairwise(starts))


def _gradients(g: Any) -> Any:
    """The gradients of the pieces; a node of a single one is given it bare."""
    return g if isinstance(g, (list, tuple)) else (g,)


def _joined(g: Any, self_shape: Any, starts: Any, dim: int) -> Any:
    g = _gradients(g)
    kind = next(x for x in g if x is not None)
    pieces = [
        zeros_shaped(kind, (*self_shape[:dim], b - a, *self_shape[dim + 1 :])) if x is None else x
        for x, (a, b) in zip(g, itertools.pairwise(starts), strict=True)
    ]
    return cat_op(len(pieces))(*pieces, dim=dim, starts=starts)


@functools.cache
def split_op(name: str, count: int) -> Op:
    """The row that makes so many pieces; those of "unsafe_split" share memory, but are no views."""
    outputs = tuple(f"piece{i}" for i in range(count))
    return Op(name, _pieces, view=name != "unsafe_split", outputs=outputs, self=_joined)


@functools.cache
def unbind_op(count: int) -> Op:
    """The row that makes so many slices along a dimension."""

    def slices(self: Any, *, dim: int) -> Any:
        return tuple(self[(slice(None),) * dim + (i, Ellipsis)] for i in range(count))

    def stacked(g: Any, self_shape: Any, dim: int) -> Any:
        g = _gradients(g)
        kind = next(x for x in g if x is not None)
        shape = (*self_shape[:dim], *self_shape[dim + 1 :])
        return stack_op(count)(*[zeros_shaped(kind, shape) if x is None else x for x in g], dim=dim)

    return Op("unbind", slices, view=True, outputs=tuple(f"slice{i}" for i in range(count)), self=stacked)


def _split(name: str, input: Any, sizes: Any, dim: int) -> Any:
    if input.ndim == 0:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = dimension(dim, input.ndim)
    size = input.shape[dim]
    if isinstance(sizes, int):
        if sizes < 0 or (sizes == 0 and size):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={sizes}")
        starts = (*range(0, max(size, 1), max(sizes, 1)), size)
    else:
        starts = tuple(itertools.accumulate(map(int, sizes), initial=0))
        if starts[-1] != size or any(int(n) < 0 for n in sizes):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension "
                f"{dim}), "
                f"but got split_sizes={list(sizes)}"
            )
    return split_op(name, len(starts) - 1)(input, starts=starts, dim=dim)


def split(tensor: Any, split_size_or_sections: Any, dim: int = 0) -> Any:
    """Views of pieces of a size, or of the sizes listed (IDX-35)."""
    listed = not isinstance(split_size_or_sections, int)
    return _split("split_with_sizes" if listed else "split", tensor, split_size_or_sections, dim)


def split_with_sizes(input: Any, split_sizes: Any, dim: int = 0) -> Any:
    """Views of pieces of the sizes listed."""
    return _split("split_with_sizes", input, list(split_sizes), dim)


def unsafe_split(input: Any, split_size: Any, dim: int = 0) -> Any:
    """`split`, whose pieces may be written to in place (IDX-39)."""
    return _split("unsafe_split", input, split_size, dim)


unsafe_split_with_sizes = unsafe_split


def _chunk_size(input: Any, chunks: int, dim: int) -> int:
    if input.ndim == 0:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    return max(-(-input.shape[dimension(dim, input.ndim)] // chunks), 1)


def chunk(input: Any, chunks: int, dim: int = 0) -> Any:
    """Views of at most ``chunks`` pieces."""
    return _split("split", input, _chunk_size(input, chunks, dim), dim)


def unsafe_chunk(input: Any, chunks: int, dim: int = 0) -> Any:
    """`chunk`, whose pieces may be written to in place."""
    return _split("unsafe_split", input, _chunk_size(input, chunks, dim), dim)


def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> Any:
    """Views of pieces that begin at the indices, or of so many nearly equal ones."""
    if input.ndim == 0:
        raise RuntimeError(
            f"tensor_split expected at least a 1-dimensional tensor, but got a tensor with {input.ndim} dims"
        )
    dim = dimension(dim, input.ndim)
    size = input.shape[dim]
    if isinstance(indices_or_sections, Tensor):
        if indices_or_sections._array.dtype.kind != "i" or indices_or_sections.ndim > 1:
            raise RuntimeError(
                "tensor_split expected tensor_indices_or_sections to be a zero- or one-dimensional long tensor"
            )
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        if indices_or_sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {indices_or_sections}")
        n, more = divmod(size, indices_or_sections)
        sizes = [n + 1] * more + [n] * (indices_or_sections - more)
        cuts = list(itertools.accumulate(sizes, initial=0))
    else:
        cuts = [0, *indices_or_sections, size]
    return tuple(slice_along(input, dim, a, b, 1) for a, b in itertools.pairwise(cuts))


def _splitting_along(name: str, least: int, dim: int) -> Any:
    def split_along(input: Any, indices_or_sections: Any) -> Any:
        if input.ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with {input.ndim} "
                "dimensions!"
            )
        along = 0 if input.ndim == 1 else dim
        sections = indices_or_sections
        if isinstance(sections, int) and (sections <= 0 or input.shape[along] % sections):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {along}, but the size of the dimension "
                f"{input.shape[along]} is not divisible by the split_size {sections}!"
            )
        return tensor_split(input, sections, along)

    split_along.__name__ = name
    split_along.__doc__ = f"`tensor_split` along dimension {dim}."
    return split_along


hsplit, vsplit, dsplit = (
    _splitting_along("hsplit", 1, 1),
    _splitting_along("vsplit", 2, 0),
    _splitting_along("dsplit", 3, 2),
)


def unbind(input: Any, dim: int = 0) -> Any:
    """Views of all slices along a dimension (IDX-34)."""
    if input.ndim == 0:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim = dimension(dim, input.ndim)
    return unbind_op(input.shape[dim])(input, dim=dim)
