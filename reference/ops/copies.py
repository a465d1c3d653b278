"""Copies into and between tensors, casts, and writing whole tensors: copy_, fill_, zero_, to, resize_ ..."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference import dtypes, state
from reference.cautions import warn_once
from reference.devices import device as device_type
from reference.devices import is_meta
from reference.layouts import preserve_format
from reference.ops.dims import shape_of
from reference.ops.rules import zero
from reference.ops.shapes import cast_op, cast_to_integers_op, expand, to_meta_op
from reference.ops.strides import as_strided
from reference.ops.table import Op
from reference.ops.writing import writable, write, write_in_place
from reference.tensor import Tensor, memory_owner

# the source gets the gradient, what was overwritten gets zero (INP-18)
copy_op = Op(
    "copy",
    lambda self, source: np.broadcast_to(source, self.shape) if source.shape != self.shape else source,
    node="CopyBackwards",
    self=zero,
    source=lambda g: g,
)
# fill_ and zero_ cut the gradient to zero (INP-19)
fill_op = Op(
    "fill",
    lambda self, value: np.full(self.shape, value, self.dtype),
    self=zero,
    value=lambda g: g.sum(),
    node="FillBackward1",
)
_fill_number_op = fill_op.named("FillBackward0", numbers=("value",))
zero_op = Op("zero", lambda self: np.zeros(self.shape, self.dtype), self=zero)


def copy_(self: Any, source: Any, non_blocking: bool = False) -> Any:
    """Write ``source``, broadcast and cast, into the tensor."""
    if not isinstance(source, Tensor):
        raise TypeError(f"copy_(): argument 'other' (position 1) must be Tensor, not {type(source).__name__}")
    shape, own = source._array.shape, self._array.shape
    if shape != own:
        added = len(own) - len(shape)
        if added >= 0 and any(n not in (1, m) for n, m in zip(shape, own[added:], strict=True)):
            raise RuntimeError(
                f"The size of tensor a ({own[-1] if own else 1}) must match the size of tensor b ({shape[-1]}) at "
                f"non-singleton dimension {max(len(own) - 1, 0)}"
            )
        source = expand(source, own)
    return write_in_place(copy_op, self, _cast(source, self.dtype))


def _cast(source: Any, dtype: dtypes.dtype) -> Any:
    """A tensor in a dtype; of a complex one, a real dtype takes the real part."""
    if source._array.dtype.kind == "c" and dtype.category < dtypes.COMPLEX:
        source = source.real
    if dtype is dtypes.bfloat16:
        state.note_bfloat16()
    return source if source.dtype is dtype else _cast_op(dtype)(source, dtype=dtype)


def _cast_op(dtype: dtypes.dtype) -> Any:
    return cast_op if dtype.is_floating_point or dtype.is_complex else cast_to_integers_op


def fill(input: Any, value: Any) -> Any:
    """One value in all elements."""
    if isinstance(value, Tensor):
        if value.ndim:
            raise RuntimeError(
                f"fill_ only supports 0-dimension value tensor but got tensor with {value.ndim} dimensions."
            )
        return fill_op.bind(input, _cast(value, input.dtype))
    return _fill_number_op.bind(input, value)


fill = writable(
    fill,
    {
        fill_op: fill_op.named("FillBackward3"),
        _fill_number_op: _fill_number_op.named("FillBackward2"),
    },
)


def zero_(self: Any) -> Any:
    """Write zeros."""
    return write_in_place(zero_op, self)


def fill_diagonal_(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """Write one value on the main diagonal; ``wrap`` begins anew below a square of a tall matrix."""
    if self.ndim < 2:
        raise RuntimeError("dimensions must larger than 1")
    if self.ndim > 2 and len(set(self.shape)) > 1:
        raise RuntimeError("all dimensions of input must be of equal length")
    size, step = min(self.shape), sum(self.stride())
    as_strided(self, (size,), (step,), self.storage_offset()).fill_(fill_value)
    rows, columns = self.shape[0], self.shape[1]
    if wrap and self.ndim == 2 and rows > columns + 1:
        more = math.ceil((self.numel() - (size + 1) * columns) / (columns + 1))
        start = self.storage_offset() + self.stride(0) * (size + 1)
        as_strided(self, (more,), (step,), start).fill_(fill_value)
    return self


# --- other dtypes -----------------------------------------------------------------------------------------------------


def to(
    self: Any,
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
        elif isinstance(argument, (str, device_type)):
            device = argument
        elif isinstance(argument, type):
            dtype = dtypes.as_dtype(argument)
        elif argument is not None and not isinstance(argument, bool):
            raise TypeError(f"to(): a dtype, a device or a tensor is expected, not {type(argument).__name__}")
    if dtype is not None:
        dtype = dtypes.as_dtype(dtype)
    if device is not None and is_meta(device) != self.is_meta:
        if self.is_meta:
            raise NotImplementedError("Cannot copy out of meta tensor; no data!")
        self, copy = to_meta_op(self), False
    if memory_format is not None and memory_format is not preserve_format:
        if dtype is not None and dtype is not self.dtype:
            self, copy = _cast(self, dtype), False
        return self.clone(memory_format=memory_format) if copy else self.contiguous(memory_format)
    if dtype is None or dtype is self.dtype:
        return self.clone() if copy else self
    if self.is_complex() and not dtype.is_complex:
        warn_once("Casting complex values to real discards the imaginary part")
    made = _cast(self, dtype)
    return made if made._view is None else _cast_op(dtype)(made, dtype=dtype)


def type_as(self: Any, other: Any) -> Any:
    """The tensor in another's dtype."""
    return to(self, other.dtype)


def cpu(self: Any, memory_format: Any = None) -> Any:
    """The tensor itself; NotImplementedError for one on the meta device."""
    return to(self, device="cpu")


def _type(self: Any, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The tensor in a dtype; without one, the name of its legacy type."""
    if dtype is None:
        return f"torch.{dtypes.long_name(self._array.dtype)}Tensor"
    if isinstance(dtype, str):
        from reference.legacy import dtype_of_name

        dtype = dtype_of_name(dtype)
    if dtype in (int, float, complex, object):
        raise ValueError(f"invalid type: {dtype.__name__!r}")
    return to(self, getattr(dtype, "dtype", dtype))


def _conversion(dtype: dtypes.dtype) -> Any:
    def convert(self: Any, memory_format: Any = None) -> Any:
        return to(self, dtype)

    convert.__doc__ = f"The tensor as {dtype.name}; itself where it is that already."
    return convert


METHODS: dict[str, Any] = {
    name: _conversion(getattr(dtypes, name))
    for name in ("float", "double", "half", "bfloat16", "int", "long", "short", "bool", "cfloat", "cdouble")
}
METHODS |= {"char": _conversion(dtypes.int8), "byte": _conversion(dtypes.uint8), "type": _type}

# --- other memory, and Python functions -------------------------------------------------------------------------------


def set_(self: Any, source: Any) -> Any:
    """Make the tensor look into another's memory."""
    self._memory = source._memory
    return self


def resize_(self: Any, *sizes: Any, memory_format: Any = None) -> Any:
    """Another shape for the same memory, which grows where it must; what it grows by is not initialised."""
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    shape = shape_of(sizes)
    memory = memory_owner(self._memory).reshape(-1)[self.storage_offset() :]
    if memory.size < math.prod(shape):
        memory = np.concatenate([memory, np.zeros(math.prod(shape) - memory.size, memory.dtype)])
    self._memory = memory[: math.prod(shape)].reshape(shape)
    self._counter[0] += 1
    return self


def resize_as_(self: Any, the_template: Any, memory_format: Any = None) -> Any:
    """`resize_` to another tensor's shape."""
    return resize_(self, tuple(the_template.shape))


def apply_(self: Any, callable: Any) -> Any:
    """Replace each element by what a Python function makes of it."""
    return _mapped(self, callable)


def map_(self: Any, tensor: Any, callable: Any) -> Any:
    """Replace each element by what a Python function makes of it and of another tensor's."""
    return _mapped(self, callable, tensor)


def map2_(self: Any, x: Any, y: Any, callable: Any) -> Any:
    """Replace each element by what a Python function makes of it and of two other tensors'."""
    return _mapped(self, callable, x, y)


def _mapped(self: Any, callable: Any, *others: Any) -> Any:
    array, name = np.array(self._array), ("apply_", "map_", "map2_")[len(others)]
    if self.requires_grad:
        raise RuntimeError(f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead.")
    for other in others:
        if other._array.dtype is not array.dtype:
            raise TypeError(
                f"{name}: expected torch.{dtypes.long_name(array.dtype)}Tensor for 'other' (got "
                f"torch.{dtypes.long_name(other._array.dtype)}Tensor)"
            )
    arrays = [array, *(np.broadcast_to(other._array, array.shape) for other in others)]
    for place in np.ndindex(array.shape):
        array[place] = callable(*(each[place].item() for each in arrays))
    write(self._alias(), array)
    return self
