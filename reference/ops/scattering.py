"""Writing by index and by mask: scatter, index_add, index_copy, index_fill, masked_fill, masked_scatter, select_scatter.

Each row writes into its first input; the in-place methods of the same names write there for real. What is overwritten
gets zero gradient, what is written gets the gradient gathered from where it went.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.indexing import along, check_index, gather_op, getitem, index_select_op
from reference.ops.joining import cat
from reference.ops.logic import where
from reference.ops.reductions import dimension
from reference.ops.shapes import diagonal, reshape, select, slice_along
from reference.ops.table import Op
from reference.ops.writing import write_in_place
from reference.tensor import Tensor, wrap


def _raw(x: Any) -> Any:
    return x._array if isinstance(x, Tensor) else x


def _whole(array: Any) -> Any:
    """An array to write into, with at least one dimension."""
    return np.array(array)


def _window(source: Any, index: Any) -> Any:
    """The part of the source that the index takes."""
    return source[tuple(slice(0, n) for n in index.shape)] if np.ndim(source) else source


def _at(out: Any, dim: int, index: Any) -> Any:
    return along(None, dim, index) if out.ndim else ...


def _scatter_kernel(self: Any, source: Any, index: Any, *, dim: int) -> Any:
    out = _whole(self)
    out[_at(out, dim, index)] = _window(source, index)
    return out


def _zero_where_written(g: Any, index: Any, dim: int) -> Any:
    zero = np.zeros((), g.dtype if not isinstance(g, Tensor) else g._array.dtype)
    return scatter_op(g, wrap(zero) if isinstance(g, Tensor) else zero, _raw(index), dim=dim)


scatter_op = Op(
    "scatter",
    _scatter_kernel,
    inputs=("self", "source", "index"),
    self=lambda g, index, dim: _zero_where_written(g, index, dim),
    source=lambda g, index, source_shape, dim: _gathered(g, index, source_shape, dim),
)


def _gathered(g: Any, index: Any, shape: Any, dim: int) -> Any:
    """The gradient that went to each scattered element; the source must have the index's shape (IDX-19)."""
    index = _raw(index)
    if not shape:
        return gather_op(g, index, dim=dim).sum()
    if tuple(shape) != index.shape:
        raise RuntimeError(
            f"Function ScatterBackward0 returned an invalid gradient at index 1 - got {list(index.shape)} but expected "
            f"shape compatible with {list(shape)}"
        )
    return gather_op(g, index, dim=dim)


def _scatter_add_kernel(self: Any, source: Any, index: Any, *, dim: int) -> Any:
    out = _whole(self)
    np.add.at(out, _at(out, dim, index), _window(source, index))
    return out


scatter_add_op = Op(
    "scatter_add",
    _scatter_add_kernel,
    inputs=("self", "source", "index"),
    self=lambda g: g,
    source=lambda g, index, source_shape, dim: _gathered(g, index, source_shape, dim),
)


def _scattering(input: Any, dim: int, index: Any, source: Any) -> tuple[int, Any]:
    dim = dimension(dim, input.ndim)
    check_index(index, input.shape[dim] if input.ndim else 1, dim)
    if not isinstance(source, Tensor):
        source = wrap(np.asarray(source, input._array.dtype))
    elif source._array.dtype is not input._array.dtype:
        raise RuntimeError("scatter(): Expected self.dtype to be equal to src.dtype")
    return dim, source


def _reducing(op_of: Any) -> Any:
    def apply(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: Any = None) -> Any:
        src = value if src is None else src
        if reduce is not None:
            kind = {"add": "sum", "multiply": "prod"}[reduce]
            values = src if isinstance(src, Tensor) else wrap(np.full(index._array.shape, src, input._array.dtype))
            return op_of(scatter_reduce_op, input, values, index, dim=dimension(dim, input.ndim), reduce=kind, own=True)
        dim, source = _scattering(input, dim, index, src)
        return op_of(scatter_op, input, source, index, dim=dim)

    return apply


def _apply(op: Op, *inputs: Any, **parameters: Any) -> Any:
    return op(*inputs, **parameters)


scatter = _reducing(_apply)
scatter_ = _reducing(write_in_place)


def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """``src`` added where the index points along a dimension (IDX-18)."""
    dim, src = _scattering(input, dim, index, src)
    return scatter_add_op(input, src, index, dim=dim)


def scatter_add_(input: Any, dim: int, index: Any, src: Any) -> Any:
    """`scatter_add` in place."""
    dim, src = _scattering(input, dim, index, src)
    return write_in_place(scatter_add_op, input, src, index, dim=dim)


_START = {"sum": 0, "mean": 0, "prod": 1, "amax": -np.inf, "amin": np.inf}
_REDUCE = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _counts(shape: Any, index: Any, dim: int, own: bool) -> Any:
    """How many values met at each place (1 where none did)."""
    count = np.full(shape, 1 if own else 0)
    np.add.at(count, along(None, dim, index), 1)
    return np.maximum(count, 1)


def _scatter_reduce_kernel(self: Any, source: Any, index: Any, *, dim: int, reduce: str, own: bool) -> Any:
    out = _whole(self)
    at = along(None, dim, index)
    if not own:
        start = _START[reduce]
        out[at] = start if np.isfinite(start) or out.dtype.kind == "f" else np.iinfo(out.dtype).min
    _REDUCE[reduce].at(out, at, _window(source, index))
    if reduce == "mean":
        counts = _counts(out.shape, index, dim, own)
        out = out // counts if out.dtype.kind in "iu" else (out / counts).astype(out.dtype)
    return out


def _reduce_self(g: Any, self: Any, source: Any, index: Any, result: Any, dim: int, reduce: str, own: bool) -> Any:
    index = _raw(index)
    if not own:
        return _zero_where_written(g, index, dim)
    if reduce == "sum":
        return g
    if reduce == "mean":
        return g / _like(_counts(result.shape, index, dim, own), g)
    if reduce == "prod":
        return g * _prod_of_others_at_self(self, source, index, dim)
    return where(self == result, g / _ties(self, source, index, result, dim, own), g * 0)


def _reduce_source(g: Any, self: Any, source: Any, index: Any, result: Any, dim: int, reduce: str, own: bool) -> Any:
    index = _raw(index)
    gathered = gather_op(g, index, dim=dim)
    if reduce == "sum":
        return gathered
    if reduce == "mean":
        return gather_op(g / _like(_counts(result.shape, index, dim, own), g), index, dim=dim)
    if reduce == "prod":
        return gathered * gather_op(result, index, dim=dim) / source
    shared = gather_op(g / _ties(self, source, index, result, dim, own), index, dim=dim)
    return where(source == gather_op(result, index, dim=dim), shared, gathered * 0)


def _like(array: Any, g: Any) -> Any:
    return wrap(array.astype(g._array.dtype)) if isinstance(g, Tensor) else array.astype(g.dtype)


def _prod_of_others_at_self(self: Any, source: Any, index: Any, dim: int) -> Any:
    ones = self * 0 + 1
    return scatter_reduce_op(ones, source, index, dim=dim, reduce="prod", own=True)


def _ties(self: Any, source: Any, index: Any, result: Any, dim: int, own: bool) -> Any:
    """How many values equal the extreme, at each place (IDX-21)."""
    best = _raw(result)
    chosen = (_raw(source) == np.asarray(gather_op(best, index, dim=dim))).astype(best.dtype)
    count = (_raw(self) == best).astype(best.dtype) if own else np.zeros(best.shape, best.dtype)
    np.add.at(count, along(None, dim, index), chosen)
    return _like(np.maximum(count, 1), result)


scatter_reduce_op = Op(
    "scatter_reduce",
    _scatter_reduce_kernel,
    inputs=("self", "source", "index"),
    self=_reduce_self,
    source=_reduce_source,
)


def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Values reduced where the index points: sum, prod, mean, amax, amin."""
    dim, src = _scattering(input, dim, index, src)
    return scatter_reduce_op(input, src, index, dim=dim, reduce=reduce, own=include_self)


def scatter_reduce_(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """`scatter_reduce` in place."""
    dim, src = _scattering(input, dim, index, src)
    return write_in_place(scatter_reduce_op, input, src, index, dim=dim, reduce=reduce, own=include_self)


# --- whole slices along a dimension ---------------------------------------------------------------------------------


def _rows(dim: int, index: Any) -> Any:
    return (slice(None),) * dim + (np.atleast_1d(index),)


def _index_add_kernel(self: Any, source: Any, index: Any, *, dim: int, alpha: Any) -> Any:
    out = _whole(self)
    flat = out.reshape(1) if out.ndim == 0 else out
    np.add.at(flat, _rows(dim, index), np.asarray(source if alpha == 1 else source * alpha).reshape(
        flat[_rows(dim, index)].shape))
    return out


def _from_rows(g: Any, index: Any, shape: Any, dim: int) -> Any:
    return reshape(index_select_op(g, _raw(index), dim=dim), shape)


index_add_op = Op(
    "index_add",
    _index_add_kernel,
    inputs=("self", "source", "index"),
    self=lambda g: g,
    source=lambda g, index, source_shape, dim, alpha: _from_rows(g, index, source_shape, dim) * alpha,
)


def _index_copy_kernel(self: Any, source: Any, index: Any, *, dim: int) -> Any:
    out = _whole(self)
    flat = out.reshape(1) if out.ndim == 0 else out
    taken = flat[_rows(dim, index)].shape
    flat[_rows(dim, index)] = np.broadcast_to(source, taken) if np.ndim(source) == 0 else np.reshape(source, taken)
    return out


def _zero_rows(g: Any, index: Any, dim: int) -> Any:
    zero = np.zeros((), g.dtype if not isinstance(g, Tensor) else g._array.dtype)
    return index_copy_op(g, wrap(zero) if isinstance(g, Tensor) else zero, _raw(index), dim=dim)


index_copy_op = Op(
    "index_copy",
    _index_copy_kernel,
    inputs=("self", "source", "index"),
    self=lambda g, index, dim: _zero_rows(g, index, dim),
    source=lambda g, index, source_shape, dim: _from_rows(g, index, source_shape, dim)
    if source_shape or g.ndim == 0
    else index_select_op(g, _raw(index), dim=dim).sum(),
)


def _slices(input: Any, dim: int, index: Any) -> int:
    dim = dimension(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    array = index._array
    if array.size and (array.max() >= size or array.min() < -size):
        raise IndexError(f"index out of range in self: index {array.max()} for dimension {dim} with size {size}")
    return dim


def _writing_slices(op_of: Any, op: Op) -> Any:
    def apply(input: Any, dim: int, index: Any, source: Any, **parameters: Any) -> Any:
        if source._array.dtype is not input._array.dtype:
            raise RuntimeError(f"{op.name}(): self and source expected to have the same dtype, but got (self) "
                               f"{input.dtype} and (source) {source.dtype}")
        if op is index_add_op:
            parameters = {"alpha": 1, **parameters}
        return op_of(op, input, source, index, dim=_slices(input, dim, index), **parameters)

    return apply


index_add, index_add_ = _writing_slices(_apply, index_add_op), _writing_slices(write_in_place, index_add_op)
index_copy, index_copy_ = _writing_slices(_apply, index_copy_op), _writing_slices(write_in_place, index_copy_op)


def _filling(op_of: Any) -> Any:
    def apply(input: Any, dim: int, index: Any, value: Any) -> Any:
        if not isinstance(value, Tensor):
            value = wrap(np.asarray(value, input._array.dtype))
        if value.ndim:
            raise RuntimeError(
                f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
            )
        return op_of(index_copy_op, input, value, index, dim=_slices(input, dim, index))

    return apply


index_fill, index_fill_ = _filling(_apply), _filling(write_in_place)


# --- by mask ---------------------------------------------------------------------------------------------------------

masked_fill_op = Op(
    "masked_fill",
    lambda self, value, mask: np.where(mask, value, self).astype(self.dtype, copy=False),
    inputs=("self", "value", "mask"),
    self=lambda g, mask: where(mask, g * 0, g),
    value=lambda g, mask: where(mask, g, g * 0).sum(),
)


def _masking(op_of: Any) -> Any:
    def apply(input: Any, mask: Any, value: Any) -> Any:
        if mask._array.dtype.kind != "b":
            raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
        if not isinstance(value, Tensor):
            value = wrap(np.asarray(value, input._array.dtype))
        elif value.ndim:
            raise RuntimeError(
                f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
            )
        return op_of(masked_fill_op, input, value, mask)

    return apply


masked_fill, masked_fill_ = _masking(_apply), _masking(write_in_place)


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where a mask holds (IDX-53)."""
    if mask._array.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    shape = np.broadcast_shapes(tuple(input.shape), tuple(mask.shape))
    return getitem(input.expand(shape), mask.expand(shape))


def _masked_scatter_kernel(self: Any, source: Any, mask: Any) -> Any:
    mask = np.broadcast_to(mask, np.broadcast_shapes(self.shape, mask.shape))
    out = np.array(np.broadcast_to(self, mask.shape))
    count = int(mask.sum())
    if source.size < count:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes and at least {count} source elements, got "
            f"{source.size}"
        )
    out[mask] = source.reshape(-1)[:count]
    return out


def _masked_source(g: Any, mask: Any, source_shape: Any) -> Any:
    # surplus elements get zero
    mask = np.broadcast_to(_raw(mask), tuple(g.shape))
    size = int(np.prod(source_shape))
    count = int(mask.sum())
    if isinstance(g, Tensor):
        taken = getitem(g, wrap(mask.copy()))
        padding = wrap(np.zeros(size - count, g._array.dtype))
        return reshape(cat([taken, padding]), source_shape)
    flat = np.zeros(size, g.dtype)
    flat[:count] = g[mask]
    return flat.reshape(source_shape)


masked_scatter_op = Op(
    "masked_scatter",
    _masked_scatter_kernel,
    inputs=("self", "source", "mask"),
    self=lambda g, mask: where(mask, g * 0, g),
    source=_masked_source,
)


def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """The source's elements, in order, where a mask holds."""
    return masked_scatter_op(input, source, mask)


def masked_scatter_(input: Any, mask: Any, source: Any) -> Any:
    """`masked_scatter` in place."""
    return write_in_place(masked_scatter_op, input, source, mask)


# --- a view written out of place (IDX-55) -----------------------------------------------------------------------------


def _written(input: Any, source: Any, look: Any) -> Any:
    out = input.clone()
    look(out).copy_(source)
    return out


def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """A copy with ``src`` in the place of ``input.select(dim, index)``."""
    return _written(input, src, lambda out: select(out, dim, index))


def slice_scatter(input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    """A copy with ``src`` in the place of a slice along a dimension."""
    return _written(input, src, lambda out: slice_along(out, dimension(dim, out.ndim), start, end, step))


def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy with ``src`` on a diagonal."""
    return _written(input, src, lambda out: diagonal(out, offset, dim1, dim2))


def put_(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """Write elements by their place in the flattened tensor."""
    from reference.ops.indexing import put_ as write

    flat = input.view(-1)
    write(flat, source.reshape(-1), index.reshape(-1), (index._array.reshape(-1),), accumulate=accumulate)
    return input


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """`put_` out of place."""
    return put_(input.clone(), index, source, accumulate)


def repeat_interleave(input: Any, repeats: Any = None, dim: Any = None, *, output_size: Any = None) -> Any:
    """Each element repeated in place, each so many times (IDX-47)."""
    if repeats is None:
        return wrap(np.repeat(np.arange(input._array.size), input._array))
    counts = repeats._array if isinstance(repeats, Tensor) else repeats
    if dim is None:
        input, dim = reshape(input, (-1,)), 0
    dim = dimension(dim, input.ndim)
    places = np.repeat(np.arange(input.shape[dim]), counts)
    return index_select_op(input, wrap(places), dim=dim)


