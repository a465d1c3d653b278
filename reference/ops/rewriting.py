"""In-place functions that are not derived from a row: fill_diagonal_, apply_, map_, resize_, index_reduce_ ..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.ops import pointwise
from reference.ops.reductions import dimension
from reference.ops.scattering import scatter_reduce, scatter_reduce_
from reference.ops.shapes import as_strided
from reference.ops.special_functions import float_power
from reference.ops.writing import compose_in_place, long_name, write_in_place
from reference.tensor import Tensor, memory_owner


def fill_diagonal_(input: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write one value along the main diagonal; with ``wrap`` again below it, in a tall matrix."""
    if input.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    shape = tuple(input.shape)
    if input.ndim > 2 and len(set(shape)) != 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    step, start = sum(input.stride()), input.storage_offset()
    as_strided(input, (min(shape),), (step,), start).fill_(fill_value)
    if wrap and input.ndim == 2 and shape[0] > shape[1] + 1:
        period = shape[1] + 1
        again = -(-input.numel() // period) - min(shape)
        as_strided(input, (again,), (step,), start + input.stride(0) * period).fill_(fill_value)
    return input


def _refuse_grad(input: Any, name: str) -> None:
    if input.requires_grad:
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")


def apply_(input: Any, callable: Callable[[Any], Any]) -> Any:
    """Replace each element by what a Python function makes of it; refused on a tensor that requires grad (INP-37)."""
    _refuse_grad(input, "apply_")
    array = input._array
    for place in np.ndindex(array.shape):
        array[place] = callable(array[place].item())
    return input


def map_(input: Any, tensor: Any, callable: Callable[[Any, Any], Any]) -> Any:
    """Replace each element by what a Python function makes of it and another tensor's, which is broadcast (INP-37)."""
    _refuse_grad(input, "map_")
    array, other = input._array, tensor._array
    if other.dtype != array.dtype:
        raise TypeError(
            f"map_: expected torch.{long_name(array.dtype)}Tensor for 'other' (got "
            f"torch.{long_name(other.dtype)}Tensor)"
        )
    other = np.broadcast_to(other, array.shape)
    for place in np.ndindex(array.shape):
        array[place] = callable(array[place].item(), other[place].item())
    return input


def resize_(input: Any, *sizes: Any, memory_format: Any = None) -> Any:
    """Give the tensor another shape, over the same memory where that is large enough, else over new (INP-29)."""
    if input.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    shape = tuple(sizes[0]) if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    array, size = input._array, int(np.prod(shape))
    owner, item = memory_owner(array), array.itemsize
    start = input.storage_offset()
    held = np.lib.stride_tricks.as_strided(owner, (owner.size,), (item,))[start:] if owner.size else owner.reshape(-1)
    if held.size < size:
        grown = np.zeros(size, array.dtype)
        grown[: held.size] = held
        held = grown
    input._array = held[:size].reshape(shape)
    input._counter[0] += 1
    return input


def resize_as_(input: Any, the_template: Any, *, memory_format: Any = None) -> Any:
    """`resize_` to another tensor's shape."""
    return resize_(input, tuple(the_template.shape))


def round_(input: Any, *, decimals: int = 0) -> Any:
    """`round` in place."""
    if decimals == 0:
        return write_in_place(pointwise.round_to_integer, input)
    return write_in_place(pointwise.round_to_decimals, input, decimals=decimals)


def float_power_(input: Any, exponent: Any) -> Any:
    """`float_power` in place; the tensor must have the result's dtype, double or complex double (INP-45)."""
    numbers = (input, exponent)
    of_complex = any(x.is_complex() if isinstance(x, Tensor) else isinstance(x, complex) for x in numbers)
    found = np.dtype(np.complex128 if of_complex else np.float64)
    if input._array.dtype != found:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {long_name(input._array.dtype)} but the operation's result "
            f"requires dtype {long_name(found)}"
        )
    return _float_power_(input, exponent)


def _spread_index(input: Any, dim: int, index: Any, source: Any) -> tuple[int, Any]:
    """The index of `scatter_reduce` for whole slices, one for each entry of ``index``."""
    dim = dimension(dim, input.ndim)
    shape = [1] * source.ndim
    shape[dim] = -1
    return dim, index.reshape(shape).expand(source.shape)


def index_reduce(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """Slices reduced where the index points: prod, mean, amax, amin."""
    dim, index = _spread_index(input, dim, index, source)
    return scatter_reduce(input, dim, index, source, reduce, include_self=include_self)


def index_reduce_(input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True) -> Any:
    """`index_reduce` in place."""
    dim, index = _spread_index(input, dim, index, source)
    return scatter_reduce_(input, dim, index, source, reduce, include_self=include_self)


_float_power_ = compose_in_place(float_power)

IN_PLACE = {
    function.__name__: function
    for function in (fill_diagonal_, apply_, map_, resize_, resize_as_, round_, float_power_, index_reduce_)
}
