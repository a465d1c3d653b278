"""Copies into and between tensors, and casts: copy_, fill_, zero_, to, type conversions."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import dtypes
from reference.devices import device, require_cpu
from reference.ops.shapes import cast_op
from reference.ops.table import Op
from reference.ops.writing import write_in_place
from reference.tensor import Tensor, wrap

# the source gets the gradient, what was overwritten gets zero (INP-18)
copy_op = Op(
    "copy",
    lambda self, source: np.broadcast_to(source, self.shape) if source.shape != self.shape else source,
    node="CopyBackwards",
    self=lambda g: g * 0,
    source=lambda g: g,
)
# fill_ and zero_ cut the gradient to zero (INP-19)
fill_op = Op(
    "fill",
    lambda self, value: np.full(self.shape, value, self.dtype),
    self=lambda g: g * 0,
    value=lambda g: g.sum(),
)
zero_op = Op("zero", lambda self: np.zeros(self.shape, self.dtype), self=lambda g: g * 0)


def copy_(input: Any, source: Any, non_blocking: bool = False) -> Any:
    """Write ``source``, broadcast and cast, into ``input``."""
    if not isinstance(source, Tensor):
        raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(source).__name__}")
    shape, own = source._array.shape, input._array.shape
    added = len(own) - len(shape)
    if added < 0 or any(n not in (1, m) for n, m in zip(shape, own[added:], strict=True)):
        if added < 0:
            raise RuntimeError(
                f"expand({list(shape)}): the number of sizes provided ({len(own)}) must be greater or equal to the number "
                f"of dimensions in the tensor ({len(shape)})"
            )
        raise RuntimeError(
            f"The size of tensor a ({own[-1] if own else 1}) must match the size of tensor b ({shape[-1]}) at "
            f"non-singleton dimension {max(len(own) - 1, 0)}"
        )
    if source._array.dtype is not input._array.dtype:
        if source._array.dtype.kind == "c" and input._array.dtype.kind != "c":
            source = source.real
        source = cast_op(source, dtype=input.dtype)
    return write_in_place(copy_op, input, source)


def fill_(input: Any, value: Any) -> Any:
    """Write one value into all elements."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
        value = cast_op(value, dtype=input.dtype) if value.dtype is not input.dtype else value
    return write_in_place(fill_op, input, value)


def fill(input: Any, value: Any) -> Any:
    """A tensor of the same shape, full of one value."""
    return fill_(input.clone(), value)


def zero_(input: Any) -> Any:
    """Write zeros."""
    return write_in_place(zero_op, input)


def to(
    input: Any,
    *arguments: Any,
    dtype: Any = None,
    device: Any = None,
    copy: bool = False,
    non_blocking: bool = False,
    memory_format: Any = None,
) -> Any:
    """The tensor with another dtype or device; itself where nothing changes (ACC-07, ACC-08)."""
    for argument in arguments:
        if isinstance(argument, dtypes.dtype):
            dtype = argument
        elif isinstance(argument, Tensor):
            dtype = argument.dtype
        elif isinstance(argument, str) or _is_device(argument):
            device = argument
    require_cpu(device)
    if dtype is None or dtype is input.dtype:
        return input.clone() if copy else input
    if input._array.dtype.kind == "c" and dtype.category < dtypes.COMPLEX:
        input = input.real
        if dtype is input.dtype:
            return input.clone()
    return cast_op(input, dtype=dtype)


def _is_device(value: Any) -> bool:
    return isinstance(value, device)


def _conversion(dtype: Any) -> Any:
    def convert(input: Any) -> Any:
        return to(input, dtype)

    convert.__doc__ = f"The tensor as {dtype.name}; itself where it is that already."
    return convert


CONVERSIONS = {
    "float": dtypes.float32,
    "double": dtypes.float64,
    "half": dtypes.float16,
    "int": dtypes.int32,
    "long": dtypes.int64,
    "short": dtypes.int16,
    "char": dtypes.int8,
    "byte": dtypes.uint8,
    "bool": dtypes.bool,
    "cfloat": dtypes.complex64,
    "cdouble": dtypes.complex128,
}


def cpu(input: Any) -> Any:
    """The tensor itself."""
    return input


def type_as(input: Any, other: Any) -> Any:
    """The tensor in another's dtype."""
    return to(input, other.dtype)


def type(input: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The tensor in a dtype; without one, the name of its legacy type."""
    if dtype is None:
        from reference.ops.writing import long_name

        return f"torch.{long_name(input._array.dtype)}Tensor"
    if isinstance(dtype, str):
        from reference.legacy import dtype_of_name

        dtype = dtype_of_name(dtype)
    return to(input, getattr(dtype, "dtype", dtype))


def set_(input: Any, source: Any) -> Any:
    """Make the tensor look into another's memory."""
    input._array = source._array
    return input


def constant(value: Any, like: Any) -> Any:
    """A 0-dim tensor of a number, in another's dtype."""
    return wrap(np.asarray(value, like._array.dtype))
