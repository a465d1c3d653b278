"""Indexing: ``x[...]`` and ``x[...] = y``, and the functions that take indices.

Integers, slices, None and ellipsis make views, one select, slice or unsqueeze after the other, as in PyTorch;
tensors, lists and masks copy, and repeated indices sum their gradients (IDX-09).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.autograd.batching import call_per_sample, is_batched
from reference.ops.reductions import dimension
from reference.ops.shapes import select, slice_along, unsqueeze, zeros_shaped
from reference.ops.table import Op
from reference.ops.writing import write_in_place
from reference.tensor import Tensor, wrap


def _put_added(g: Any, shape: Any, index: Any) -> Any:
    """Zeros with the gradient added where the index looks, repeated places summing."""
    whole = zeros_shaped(g, shape)
    if isinstance(g, Tensor):
        return index_put_added(whole, g, index=index)
    np.add.at(whole, index, g)
    return whole


index_op = Op(
    "index",
    lambda self, indices, *, index: self[index],
    inputs=("self", "indices"),
    # `indices` stands for the index tensors, which the operation saves (BWD-14)
    self=lambda g, self_shape, indices, index: _put_added(g, self_shape, index),
)


def _written(self: Any, values: Any, index: Any, accumulate: bool) -> Any:
    out = np.array(self)
    values = np.asarray(values).astype(out.dtype, copy=False)
    if accumulate:
        np.add.at(out, index, values)
    else:
        out[index] = values
    return out


def _index_put_self(g: Any, indices: Any, index: Any) -> Any:
    zero = wrap(np.zeros((), g._array.dtype)) if isinstance(g, Tensor) else np.zeros((), g.dtype)
    return index_put_op(g, zero, indices, index=index)


# without accumulate, what is overwritten gets zero; the values get the gathered gradient (IDX-24 to IDX-26)
index_put_op = Op(
    "index_put",
    lambda self, values, indices, *, index: _written(self, values, index, False),
    inputs=("self", "values", "indices"),
    self=_index_put_self,
    values=lambda g, indices, index: index_op(g, indices, index=index),
)
index_put_accumulate = Op(
    "index_put_accumulate",
    lambda self, values, indices, *, index: _written(self, values, index, True),
    inputs=("self", "values", "indices"),
    node="IndexPutBackward0",
    self=lambda g: g,
    values=lambda g, indices, index: index_op(g, indices, index=index),
)


def index_put_added(self: Any, values: Any, index: Any) -> Any:
    """``self`` with ``values`` added at the index, out of place."""
    return index_put_accumulate(self, values, None, index=index)


class Advanced:
    """An index with tensors in it: what the kernels use, and the tensors that are saved."""

    def __init__(self, parts: Any, ndim: int) -> None:
        self.tensors = [p for p in parts if isinstance(p, Tensor)]
        self.index = tuple(np.asarray(p._array) if isinstance(p, Tensor) else p for p in parts)


def _normal(index: Any) -> list[Any]:
    """An index as a list of integers, slices, None, Ellipsis, and index tensors."""
    parts = list(index) if isinstance(index, tuple) else [index]
    normal: list[Any] = []
    for part in parts:
        if isinstance(part, (bool, np.bool_)):
            part = wrap(np.asarray(part))
        elif isinstance(part, (list, range)):
            part = wrap(np.asarray(part) if len(part) else np.zeros(0, np.int64))
        elif isinstance(part, np.ndarray):
            part = wrap(part)
        elif isinstance(part, np.integer):
            part = int(part)
        elif isinstance(part, Tensor) and part._array.ndim == 0 and part._array.dtype.kind in "iu":
            part = int(part._array)
        if isinstance(part, Tensor) and part._array.dtype.kind not in "biu":
            raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
        if part is not None and part is not Ellipsis and not isinstance(part, (int, slice, Tensor)):
            raise TypeError(f"only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid "
                            f"indices (got {type(part).__name__})")
        normal.append(part)
    return normal


def _consumes(part: Any) -> int:
    if isinstance(part, Tensor) and part._array.dtype.kind == "b":
        return part._array.ndim
    return 0 if part is None or part is Ellipsis else 1


def basic(input: Any, parts: list[Any]) -> tuple[Any, list[Any]]:
    """Apply the basic parts of an index, as views; what is left is a list of slices and index tensors."""
    used = sum(map(_consumes, parts))
    if used > input.ndim:
        if input.ndim == 0 and isinstance(parts[0], int):
            raise IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to convert "
                "a 0-dim tensor to a number"
            )
        raise IndexError(f"too many indices for tensor of dimension {input.ndim}")
    if parts.count(Ellipsis) if not any(isinstance(p, Tensor) for p in parts) else any(p is Ellipsis for p in parts):
        place = next(i for i, p in enumerate(parts) if p is Ellipsis)
        parts = [*parts[:place], *[slice(None)] * (input.ndim - used), *(p for p in parts[place + 1 :])]
        if any(p is Ellipsis for p in parts):
            raise IndexError("an index can only have a single ellipsis ('...')")
    dim = 0
    left: list[Any] = []
    for part in parts:
        if isinstance(part, int):
            if not -input.shape[dim] <= part < input.shape[dim]:
                raise IndexError(
                    f"index {part} is out of bounds for dimension {dim} with size {input.shape[dim]}"
                )
            input = select(input, dim, part)
        elif isinstance(part, slice):
            if part != slice(None):
                input = slice_along(input, dim, part.start, part.stop, part.step)
            left.append(slice(None))
            dim += 1
        elif part is None:
            input = unsqueeze(input, dim)
            left.append(slice(None))
            dim += 1
        else:
            left.append(part)
            dim += _consumes(part)
    return input, left


def getitem(input: Any, index: Any) -> Any:
    """``input[index]``."""
    if state.special and state.modes.batch_level is not None and is_batched(index):
        return call_per_sample(getitem, (input, index), {})
    viewed, left = basic(input, _normal(index))
    advanced = [p for p in left if isinstance(p, Tensor)]
    if not advanced:
        from reference.ops.shapes import alias

        return alias(input) if viewed is input else viewed
    _check_bounds(viewed, left)
    places = tuple(p._array if isinstance(p, Tensor) else p for p in left)
    return index_op(viewed, advanced[0], index=places)


def _check_bounds(viewed: Any, parts: list[Any]) -> None:
    dim = 0
    for part in parts:
        if isinstance(part, Tensor):
            array = part._array
            if array.dtype.kind == "b":
                shape = tuple(viewed.shape[dim : dim + array.ndim])
                if array.shape != shape:
                    raise IndexError(
                        f"The shape of the mask {list(array.shape)} at index 0 does not match the shape of the indexed "
                        f"tensor {list(viewed.shape)} at index {dim}"
                    )
            elif array.size and (array.max() >= viewed.shape[dim] or array.min() < -viewed.shape[dim]):
                wrong = array[(array >= viewed.shape[dim]) | (array < -viewed.shape[dim])].flat[0]
                raise IndexError(
                    f"index {wrong} is out of bounds for dimension {dim} with size {viewed.shape[dim]}"
                )
        dim += _consumes(part)
    shapes = [p._array.shape for p in parts if isinstance(p, Tensor) and p._array.dtype.kind != "b"]
    try:
        np.broadcast_shapes(*shapes)
    except ValueError:
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {', '.join(map(str, shapes))}"
        ) from None


def setitem(input: Any, index: Any, value: Any) -> None:
    """``input[index] = value``: an in-place write, recorded like any (IDX-25, IDX-26)."""
    from reference.ops.copies import copy_

    if state.special and state.modes.batch_level is not None and is_batched(index):
        call_per_sample(setitem, (input, index, value), {})
        return
    viewed, left = basic(input, _normal(index))
    if not isinstance(value, Tensor):
        value = wrap(np.asarray(value, input._array.dtype))
    advanced = [p for p in left if isinstance(p, Tensor)]
    if not advanced:
        if viewed is input:
            copy_(input, _leading_ones_dropped(value, input.ndim))
        else:
            copy_(viewed, _leading_ones_dropped(value, viewed.ndim))
        return
    _check_bounds(viewed, left)
    places = tuple(p._array if isinstance(p, Tensor) else p for p in left)
    put_(viewed, value, advanced[0], places, accumulate=False)


def _leading_ones_dropped(value: Any, ndim: int) -> Any:
    while value.ndim > ndim and value.shape[0] == 1:
        value = value.squeeze(0)
    return value


def put_(input: Any, value: Any, indices: Any, places: Any, *, accumulate: bool) -> Any:
    """Write into an advanced index, checking the value's shape and dtype."""
    taken = np.empty(input._array.shape, np.bool_)[places].shape
    try:
        np.broadcast_to(np.empty(value._array.shape, np.bool_), taken)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast to indexing result of shape "
            f"{list(taken)}"
        ) from None
    if value._array.dtype != input._array.dtype:
        if value.ndim:
            raise RuntimeError(
                "Index put requires the source and destination dtypes match, got "
                f"{input.dtype} for the destination and {value.dtype} for the source."
            )
        value = value.to(input.dtype)
    op = index_put_accumulate if accumulate else index_put_op
    return write_in_place(op, input, value, indices, index=places)


def index_put_(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """``input[indices] = values``, or ``+=`` with repeated indices adding up."""
    places = tuple(i._array if isinstance(i, Tensor) else slice(None) for i in indices)
    first = next(i for i in indices if isinstance(i, Tensor))
    return put_(input, values, first, places, accumulate=accumulate)


def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """`index_put_`, out of place."""
    return index_put_(input.clone(), indices, values, accumulate)


def along(array: Any, dim: int, index: Any) -> Any:
    """The NumPy index of ``gather`` and ``scatter``: ``index`` along ``dim``, the element's own place along others."""
    grid = np.ogrid[tuple(slice(0, n) for n in index.shape)]
    return tuple(index if d == dim else grid[d] for d in range(index.ndim))


def check_index(index: Any, size: int, dim: int) -> None:
    """Refuse an index out of range (IDX-60)."""
    array = index._array
    if array.dtype.kind not in "iu":
        raise RuntimeError(f"gather(): Expected dtype int64 for index, but got {index.dtype}")
    if array.size and (array.max() >= size or array.min() < 0):
        wrong = array[(array >= size) | (array < 0)].flat[0]
        raise RuntimeError(f"index {wrong} is out of bounds for dimension {dim} with size {size}")


index_select_op = Op(
    "index_select",
    lambda self, index, *, dim: np.take(self, np.atleast_1d(index), dim) if self.ndim else self.reshape(1)[index],
    inputs=("self", "index"),
    self=lambda g, self_shape, index, dim: _put_added(g, self_shape, (slice(None),) * dim + (_array(index),))
    if self_shape
    else g.sum(),
)


def _array(index: Any) -> Any:
    return index._array if isinstance(index, Tensor) else index


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices along a dimension that a list of indices names (IDX-13)."""
    dim = dimension(dim, input.ndim)
    size = input.shape[dim] if input.ndim else 1
    if index._array.size and (index._array.max() >= size or index._array.min() < 0):
        raise IndexError("index out of range in self")
    return index_select_op(input, index, dim=dim)


gather_op = Op(
    "gather",
    lambda self, index, *, dim: self[along(self, dim, index)] if self.ndim else self.reshape(1)[index],
    inputs=("self", "index"),
    self=lambda g, self_shape, index, dim: _put_added(g, self_shape, along(None, dim, _array(index)))
    if self_shape
    else g.reshape(self_shape),
)


def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """``out[i][j] = input[index[i][j]][j]`` for ``dim`` 0, and so on (IDX-14)."""
    dim = dimension(dim, input.ndim)
    if index.ndim != input.ndim and input.ndim and index.ndim:
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    for d in range(input.ndim):
        if d != dim and index.shape[d] > input.shape[d]:
            raise RuntimeError(
                f"Size does not match at dimension {d} expected index {list(index.shape)} to be no larger than self "
                f"{list(input.shape)} apart from dimension {dim}"
            )
    check_index(index, input.shape[dim] if input.ndim else 1, dim)
    return gather_op(input, index, dim=dim)


def take(input: Any, index: Any) -> Any:
    """Elements by their place in the flattened input (IDX-15)."""
    flat = input.reshape(-1)
    size = flat.shape[0]
    if index._array.size and (index._array.max() >= size or index._array.min() < -size):
        raise IndexError("out of range: tried to access index out of the tensor's elements")
    return getitem(flat, index) if index.ndim else getitem(flat, index.reshape(1)).reshape(())


def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """`gather`, with broadcasting; of the flattened tensors without ``dim`` (IDX-16)."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    dim = dimension(dim, input.ndim)
    shape = list(np.broadcast_shapes(
        tuple(1 if i == dim else n for i, n in enumerate(input.shape)),
        tuple(1 if i == dim else n for i, n in enumerate(indices.shape)),
    ))
    of_input, of_index = list(shape), list(shape)
    of_input[dim], of_index[dim] = input.shape[dim], indices.shape[dim]
    return gather(input.expand(of_input), dim, indices.expand(of_index))
