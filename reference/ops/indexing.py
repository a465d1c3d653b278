"""Indexing: ``x[...]`` and ``x[...] = y``, and ``index_put``.

Integers, slices, None and ellipsis make views, one select, slice or unsqueeze after the other, as in PyTorch;
tensors, lists and masks copy, and repeated indices sum their gradients (IDX-09).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.autograd.batching import call_per_sample, is_batched
from reference.ops.copies import copy_
from reference.ops.elements import index_op, index_put_accumulate_op, index_put_op
from reference.ops.shapes import alias_op, squeeze, unsqueeze
from reference.ops.slices import select, slice_along
from reference.ops.writing import writable, write_in_place
from reference.tensor import Tensor, wrap


def _parts(index: Any) -> list[Any]:
    """An index as a list of integers, slices, None, Ellipsis, and index tensors."""
    return [_part(part) for part in (index if isinstance(index, tuple) else (index,))]


def _part(part: Any) -> Any:
    if part is None or part is Ellipsis or isinstance(part, slice):
        return part
    if isinstance(part, (bool, np.bool_)):
        return wrap(np.asarray(part))
    if isinstance(part, (int, np.integer)):
        return int(part)
    if isinstance(part, (list, range)):
        part = wrap(np.asarray(part) if len(part) else np.zeros(0, np.int64))
    elif isinstance(part, np.ndarray):
        part = wrap(part)
    if not isinstance(part, Tensor):
        if hasattr(part, "__index__"):
            return part.__index__()
        raise TypeError(
            "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices (got "
            f"{type(part).__name__})"
        )
    kind = part._array.dtype.kind
    if kind not in "biu":
        raise IndexError("tensors used as indices must be long, int, byte or bool tensors")
    if part._array.dtype == np.uint8:
        return wrap(part._array.astype(np.bool_))
    return int(part._array) if part._array.ndim == 0 and kind == "i" else part


def _consumes(part: Any) -> int:
    """How many dimensions a part of an index stands for."""
    if isinstance(part, Tensor) and part._array.dtype.kind == "b":
        return part._array.ndim
    return 0 if part is None or part is Ellipsis else 1


def _look(input: Any, parts: list[Any], *, alone: bool = False) -> tuple[Any, list[Any]]:
    """Apply the basic parts of an index, as views; what is left are slices of everything and index tensors.

    A slice that takes everything is no view of its own, but where it stands ``alone`` in an index that is read.
    """
    used = sum(map(_consumes, parts))
    if used > input.ndim:
        if input.ndim == 0 and isinstance(parts[0], int):
            raise IndexError(
                "invalid index of a 0-dim tensor. Use `tensor.item()` in Python or `tensor.item<T>()` in C++ to "
                "convert a "
                "0-dim tensor to a number"
            )
        raise IndexError(f"too many indices for tensor of dimension {input.ndim}")
    gaps = [i for i, part in enumerate(parts) if part is Ellipsis]
    if len(gaps) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    if gaps:
        parts = [*parts[: gaps[0]], *[slice(None)] * (input.ndim - used), *parts[gaps[0] + 1 :]]
    dim = 0
    left: list[Any] = []
    for part in parts:
        if isinstance(part, int):
            if not -input.shape[dim] <= part < input.shape[dim]:
                raise IndexError(f"index {part} is out of bounds for dimension {dim} with size {input.shape[dim]}")
            input = select(input, dim, part)
            continue
        if isinstance(part, Tensor):
            if part._array.dtype.kind != "b":
                _check_bounds(part, input.shape[dim], dim)
                left.append(part)
            elif part._array.ndim == 0:
                input = unsqueeze(input, dim)
                left.append(wrap(np.zeros(int(part._array), np.int64)))
            else:
                left += _places_of_mask(part, input, dim)
        else:
            if part is None:
                input = unsqueeze(input, dim)
            elif alone or not _takes_everything(part, input.shape[dim]):
                input = slice_along(input, dim, part.start, part.stop, part.step)
            left.append(slice(None))
        dim = len(left)
    return input, left


def _takes_everything(part: slice, size: int) -> bool:
    return part.start in (None, 0) and part.step in (None, 1) and (part.stop is None or part.stop >= size)


def _check_bounds(index: Any, size: int, dim: int) -> None:
    array = index._array
    if array.size and (array.max() >= size or array.min() < -size):
        wrong = array[(array >= size) | (array < -size)].flat[0]
        raise IndexError(f"index {wrong} is out of bounds for dimension {dim} with size {size}")


def _places_of_mask(mask: Any, input: Any, dim: int) -> list[Any]:
    array = mask._array
    if array.shape != tuple(input.shape[dim : dim + array.ndim]):
        raise IndexError(
            f"The shape of the mask {list(array.shape)} at index 0 does not match the shape of the indexed tensor "
            f"{list(input.shape)} at index {dim}"
        )
    return [wrap(places) for places in np.nonzero(array)]


def _apart(left: list[Any]) -> tuple[list[Any], tuple[Any, ...]]:
    """The index tensors, and the places where they stand (`reference.ops.elements`)."""
    indices = [part for part in left if isinstance(part, Tensor)]
    try:
        np.broadcast_shapes(*(index._array.shape for index in indices))
    except ValueError:
        shapes = ", ".join(str(list(index._array.shape)) for index in indices)
        raise IndexError(
            f"shape mismatch: indexing tensors could not be broadcast together with shapes {shapes}"
        ) from None
    return indices, tuple(None if isinstance(part, Tensor) else part for part in left)


def getitem(input: Any, index: Any) -> Any:
    """``input[index]``."""
    if state.special and state.modes.batch_level is not None and is_batched(index):
        return call_per_sample(getitem, (input, index), {})
    viewed, left = _look(input, _parts(index), alone=isinstance(index, slice))
    indices, places = _apart(left)
    if not indices:
        return alias_op(input) if viewed is input else viewed
    return index_op(len(indices))(viewed, *indices, places=places)


def setitem(input: Any, index: Any, value: Any) -> None:
    """``input[index] = value``: an in-place write, recorded like any (IDX-25, IDX-26)."""
    if state.special and state.modes.batch_level is not None and is_batched(index):
        call_per_sample(setitem, (input, index, value), {})
        return
    parts = _parts(index)
    viewed, left = _look(input, parts)
    if not isinstance(value, Tensor):
        value = wrap(np.asarray(value, input._array.dtype))
    elif value.numel() == 1 and [part._array.dtype.kind for part in parts if isinstance(part, Tensor)] == ["b"]:
        value = value.to(input.dtype)  # filling where a mask holds casts, writing to places does not
    indices, places = _apart(left)
    if indices:
        op, inputs, parameters = _put(viewed, value, indices, places)
        write_in_place(op, *inputs, **parameters)
        return
    while value.ndim > viewed.ndim and value.shape[0] == 1:
        value = squeeze(value, 0)
    copy_(viewed, value)


def _put(input: Any, value: Any, indices: Any, places: Any, *, accumulate: bool = False) -> Any:
    """The row that writes into an advanced index, and what it is applied to; checks the value's shape and dtype."""
    following = iter(indices)
    index = tuple(next(following)._array if place is None else place for place in places)
    taken = np.broadcast_to(np.empty((), np.bool_), input._array.shape)[index].shape
    own = value._array.shape
    extra = max(len(own) - len(taken), 0)
    if any(n != 1 for n in own[:extra]) or any(n not in (1, m) for n, m in zip(own[::-1], taken[::-1], strict=False)):
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(value.shape)} cannot be broadcast to indexing result of "
            "shape "
            f"{list(taken)}"
        )
    for _ in range(extra):
        value = squeeze(value, 0)
    if value._array.dtype is not input._array.dtype:
        raise RuntimeError(
            f"Index put requires the source and destination dtypes match, got {input.dtype} for the destination and "
            f"{value.dtype} for the source."
        )
    row = (index_put_accumulate_op if accumulate else index_put_op)(len(indices))
    return row.bind(input, value, *indices, places=places)


@writable
def index_put(input: Any, indices: Any, values: Any, accumulate: bool = False) -> Any:
    """``input`` with ``values`` at ``input[indices]``, or added there, repeated indices adding up (IDX-24)."""
    viewed, left = _look(input, [slice(None) if i is None else i for i in indices])
    tensors, places = _apart(left)
    return _put(viewed, values, tensors, places, accumulate=accumulate)
