"""Scattering by index along a dimension: scatter, scatter_add, scatter_reduce, index_add, index_copy, index_fill ...

Each row writes into a copy of its first input; the in-place methods of the same names write there for real. What is
overwritten gets no gradient, what is written gets the gradient gathered from where it went.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.dims import dimension
from reference.ops.gathering import gather_op, index_select_op, take_op
from reference.ops.index_checks import along, check_index, check_no_larger, check_places, check_rows
from reference.ops.logic import where
from reference.ops.rules import constant, not_implemented, ones_shaped, raw, zeros_shaped
from reference.ops.shapes import expand
from reference.ops.table import Op
from reference.ops.writing import writable
from reference.tensor import Tensor, wrap


def _as_row(array: Any) -> Any:
    """A view of an array, with at least one dimension."""
    return array if np.ndim(array) else np.reshape(array, 1)


def _window(source: Any, index: Any) -> Any:
    """The part of the source that the index takes; a value is taken everywhere."""
    return source[tuple(slice(0, n) for n in index.shape)] if np.ndim(source) else source


def _scatter_kernel(self: Any, source: Any, index: Any, *, dim: int) -> Any:
    out = np.array(self)
    index = _as_row(index)
    _as_row(out)[along(dim, index)] = _window(source, index)
    return out


def _gathered(g: Any, index: Any, source_shape: Any, dim: int) -> Any:
    """The gradient that went to each scattered element; the source must have the index's shape (IDX-19)."""
    index = raw(index)
    if tuple(source_shape) == index.shape:
        return gather_op(g, index, dim=dim)
    if not source_shape:
        return gather_op(g, index, dim=dim).sum()
    raise RuntimeError(
        f"Function ScatterBackward0 returned an invalid gradient at index 1 - got {list(index.shape)} but expected "
        "shape "
        f"compatible with {list(source_shape)}"
    )


def _zero_where_written(g: Any, index: Any, dim: int) -> Any:
    return scatter_op(g, zeros_shaped(g, ()), raw(index), dim=dim)


scatter_op = Op("scatter", _scatter_kernel, self=_zero_where_written, source=_gathered)
_scatter_number_op = scatter_op.named("ScatterBackward1", numbers=("source",))


def _scatter_add_kernel(self: Any, source: Any, index: Any, *, dim: int) -> Any:
    out = np.array(self)
    index = _as_row(index)
    np.add.at(_as_row(out), along(dim, index), _window(_as_row(source), index))
    return out


scatter_add_op = Op("scatter_add", _scatter_add_kernel, self=lambda g: g, source=_gathered)


def _checked(name: str, input: Any, dim: int, index: Any, source: Any) -> tuple[int, Any]:
    dim = dimension(dim, input.ndim)
    if not isinstance(source, Tensor):
        source = wrap(np.asarray(source, input._array.dtype))
    else:
        if source._array.dtype is not input._array.dtype:
            raise RuntimeError(f"{name}(): Expected self.dtype to be equal to src.dtype")
        check_no_larger(name, index, tuple(source.shape), dim, of="src", also_along=True)
    check_no_larger(name, index, tuple(input.shape), dim)
    check_index(name, index, tuple(input.shape), dim)
    return dim, source


@writable
def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None, reduce: str | None = None) -> Any:
    """``out[index[i][j]][j] = src[i][j]`` for ``dim`` 0, and so on (IDX-17); ``reduce`` is "add" or "multiply"."""
    given = value if src is None else src
    dim, source = _checked("scatter", input, dim, index, given)
    if reduce is None:
        op = scatter_op if isinstance(given, Tensor) else _scatter_number_op
        return op.bind(input, source, index, dim=dim)
    if reduce not in ("add", "multiply"):
        raise RuntimeError("reduce argument must be either add or multiply.")
    if not source.ndim:
        source = expand(source, tuple(index.shape))
    kind = {"add": "sum", "multiply": "prod"}[reduce]
    op = _scatter_with_reduce_op if isinstance(given, Tensor) else _scatter_number_with_reduce_op
    return op.bind(input, source, index, dim=dim, reduce=kind, include_self=True)


@writable
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """``src`` added where the index points along a dimension (IDX-18)."""
    dim, src = _checked("scatter", input, dim, index, src)
    return scatter_add_op.bind(input, src, index, dim=dim)


# --- reductions of what meets at a place ------------------------------------------------------------------------------

_REDUCE = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}


def _start(reduce: str, dtype: Any) -> Any:
    """What a reduction of nothing gives."""
    if reduce in ("amax", "amin"):
        least, largest = (-np.inf, np.inf) if dtype.kind == "f" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
        return least if reduce == "amax" else largest
    return 1 if reduce == "prod" else 0


def _how_many(shape: Any, index: Any, dim: int, include_self: bool) -> Any:
    """How many values met at each place (1 where none did)."""
    count = np.full(shape, int(include_self))
    np.add.at(_as_row(count), along(dim, _as_row(index)), 1)
    return np.maximum(count, 1)


def _scatter_reduce_kernel(self: Any, source: Any, index: Any, *, dim: int, reduce: str, include_self: bool) -> Any:
    out = np.array(self)
    index = _as_row(index)
    at = along(dim, index)
    if not include_self:
        _as_row(out)[at] = _start(reduce, out.dtype)
    _REDUCE[reduce].at(_as_row(out), at, _window(_as_row(source), index))
    if reduce == "mean":
        counts = _how_many(out.shape, index, dim, include_self)
        out = out // counts if out.dtype.kind in "iu" else (out / counts).astype(out.dtype)
    return out


def _gradients(
    g: Any, self: Any, source: Any, index: Any, result: Any, dim: int, reduce: str, include_self: bool
) -> tuple[Any, Any]:
    """The gradients of ``self``, as if it were included, and of ``source``."""
    index = raw(index)
    if reduce == "sum":
        return g, gather_op(g, index, dim=dim)
    if reduce == "mean":
        g = g / constant(_how_many(raw(g).shape, index, dim, include_self), g)
        return g, gather_op(g, index, dim=dim)
    if reduce == "prod":
        return _gradients_of_product(g, self, source, index, result, dim, include_self)
    # the values that equal the extreme share its gradient (IDX-21)
    self_is = constant(raw(self) == raw(result), g)
    source_is = constant(raw(source) == gather_op(raw(result), index, dim=dim), g)
    g = g / scatter_add_op(self_is, source_is, index, dim=dim)
    return where(self_is != 0, g, 0), where(source_is != 0, gather_op(g, index, dim=dim), 0)


def _gradients_of_product(
    g: Any, self: Any, source: Any, index: Any, result: Any, dim: int, include_self: bool
) -> tuple[Any, Any]:
    # the product of the others, without dividing by zero
    how = {"dim": dim, "reduce": "prod", "include_self": include_self}
    of_self = g * scatter_reduce_op(ones_shaped(self, self.shape), source, index, **how)
    is_zero = source == 0
    zeros = scatter_add_op(zeros_shaped(g, self.shape), constant(raw(is_zero), g), index, dim=dim)
    alone = is_zero & (gather_op(zeros, index, dim=dim) == 1)
    of_others = scatter_reduce_op(self, where(alone, 1, source), index, **how)
    of_source = where(
        alone,
        gather_op(g * of_others, index, dim=dim),
        gather_op(g * result, index, dim=dim) / where(is_zero, 1, source),
    )
    return of_self, of_source


def _reduced_self(
    g: Any, self: Any, source: Any, index: Any, result: Any, dim: int, reduce: str, include_self: bool
) -> Any:
    of_self, _ = _gradients(g, self, source, index, result, dim, reduce, include_self)
    return of_self if include_self else _zero_where_written(of_self, index, dim)


def _reduced_source(
    g: Any, self: Any, source: Any, index: Any, result: Any, dim: int, reduce: str, include_self: bool
) -> Any:
    return _gradients(g, self, source, index, result, dim, reduce, include_self)[1]


scatter_reduce_op = Op("scatter_reduce", _scatter_reduce_kernel, self=_reduced_self, source=_reduced_source)
_index_reduce_op = scatter_reduce_op.named("IndexReduceBackward0")
_no_derivative = not_implemented("derivative for aten::scatter is not implemented", RuntimeError)
# as `scatter` does it, where PyTorch has no derivative
_scatter_with_reduce_op = Op(
    "scatter", _scatter_reduce_kernel, self=_no_derivative, source=_no_derivative, node="NotImplemented"
)
_scatter_number_with_reduce_op = _scatter_with_reduce_op.named("NotImplemented", numbers=("source",))


@writable
def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Values reduced where the index points: sum, prod, mean, amax, amin."""
    if reduce not in _REDUCE:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    dim, src = _checked("scatter", input, dim, index, src)
    return scatter_reduce_op.bind(input, src, index, dim=dim, reduce=reduce, include_self=include_self)


@writable
def index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Slices reduced where the index points along a dimension: prod, mean, amax, amin."""
    if reduce not in ("prod", "mean", "amax", "amin"):
        raise RuntimeError(f"index_reduce(): reduce argument must be either prod, mean, amax or amin, got {reduce}")
    dim = _check_slices("index_reduce", input, dim, index, source)
    rows = index.reshape((-1,) + (1,) * (max(source.ndim, 1) - 1 - dim))
    rows = expand(rows, tuple(source.shape)) if source.ndim else index.reshape(())
    return _index_reduce_op.bind(input, source, rows, dim=dim, reduce=reduce, include_self=include_self)


# --- whole slices along a dimension -----------------------------------------------------------------------------------


def _slices(dim: int, index: Any) -> Any:
    return (slice(None),) * dim + (_as_row(index),)


def _index_add_kernel(self: Any, source: Any, index: Any, *, dim: int, alpha: Any) -> Any:
    out = np.array(self)
    np.add.at(_as_row(out), _slices(dim, index), _as_row(source if alpha == 1 else source * alpha))
    return out


def _selected(g: Any, index: Any, source: Any, dim: int) -> Any:
    return index_select_op(g, raw(index), dim=dim).reshape(source.shape)  # the source is saved, not only its shape


index_add_op = Op(
    "index_add",
    _index_add_kernel,
    self=lambda g: g,
    source=lambda g, index, source, dim, alpha: _selected(g, index, source, dim) * alpha,
)


def _index_copy_kernel(self: Any, source: Any, index: Any, *, dim: int) -> Any:
    out = np.array(self)
    _as_row(out)[_slices(dim, index)] = source
    return out


def _zero_slices(g: Any, index: Any, dim: int) -> Any:
    return index_copy_op(g, zeros_shaped(g, ()), raw(index), dim=dim)


index_copy_op = Op("index_copy", _index_copy_kernel, self=_zero_slices, source=_selected)
index_fill_op = Op(
    "index_fill",
    lambda self, value, index, *, dim: _index_copy_kernel(self, value, index, dim=dim),
    self=_zero_slices,
    value=lambda g, index, dim: index_select_op(g, np.unique(raw(index)), dim=dim).sum(),
    node="IndexFillBackward1",
)
_index_fill_number_op = index_fill_op.named("IndexFillBackward0", numbers=("value",))


def _check_slices(name: str, input: Any, dim: int, index: Any, source: Any) -> int:
    """Refuse a source of another dtype than the input's, or another shape than the slices'; returns the dimension."""
    dim = dimension(dim, input.ndim)
    if source._array.dtype is not input._array.dtype:
        raise RuntimeError(
            f"{name}(): self and source expected to have the same dtype, but got (self) {input.dtype} and (source) "
            f"{source.dtype}"
        )
    check_rows(name, index, tuple(input.shape), dim)
    wanted = (*input.shape[:dim], index.numel(), *input.shape[dim + 1 :]) if input.ndim else (index.numel(),)
    if (tuple(source.shape) or (1,)) != wanted:
        raise (IndexError if name == "index_copy" else RuntimeError)(
            f"{name}(): Source/destination tensor must have the slices' shape {list(wanted)}, but got "
            f"{list(source.shape)}"
        )
    return dim


@writable
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """``alpha`` times the source's slices added to those that the index names (IDX-22)."""
    return index_add_op.bind(
        input, source, index, dim=_check_slices("index_add", input, dim, index, source), alpha=alpha
    )


@writable
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """The source's slices in the place of those that the index names."""
    return index_copy_op.bind(input, source, index, dim=_check_slices("index_copy", input, dim, index, source))


@writable
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """One value in the place of the slices that the index names (IDX-23)."""
    op = index_fill_op if isinstance(value, Tensor) else _index_fill_number_op
    if not isinstance(value, Tensor):
        value = wrap(np.asarray(value, input._array.dtype))
    if value.ndim:
        raise RuntimeError(
            f"index_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    dim = dimension(dim, input.ndim)
    check_rows("index_fill", index, tuple(input.shape), dim)
    return op.bind(input, value.to(input.dtype), index, dim=dim)


# --- by place in the flattened tensor -------------------------------------------------------------------------------


def _put_kernel(self: Any, source: Any, index: Any, *, accumulate: bool) -> Any:
    out = np.array(self)
    if accumulate:
        np.add.at(out.reshape(-1), index.reshape(-1), source.reshape(-1))
    else:
        out.reshape(-1)[index.reshape(-1)] = source.reshape(-1)
    return out


put_op: Op = Op(
    "put",
    _put_kernel,
    self=lambda g, index, accumulate: (
        g if accumulate else put_op(g, zeros_shaped(g, raw(index).shape), raw(index), accumulate=False)
    ),
    source=lambda g, index, source_shape: take_op(g, raw(index)).reshape(source_shape),
)


@writable
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """Write elements by their place in the flattened tensor."""
    if source._array.dtype is not input._array.dtype:
        raise RuntimeError(
            f"put_(): self and source expected to have the same dtype, but got {input.dtype} and {source.dtype}"
        )
    if source.numel() != index.numel():
        raise RuntimeError(
            f"put_(): Expected source and index to have the same number of elements, but got source.numel() = "
            f"{source.numel()}, index.numel() = {index.numel()}"
        )
    check_places("put_", index, input.numel())
    return put_op.bind(input, source, index, accumulate=accumulate)
