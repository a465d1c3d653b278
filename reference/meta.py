"""The meta device: tensors that have a shape, strides and a dtype, and no data (CUD-08, CUD-17).

A tensor is there if its array is a `MetaArray`. NumPy hands that class on to views and copies, and `placed` gives it to
what operations make of such tensors; the numbers in it mean nothing, and asking for one is refused. Memory is reserved and
hardly ever touched, so that shapes are limited by what the system reserves.
Source: https://docs.pytorch.org/docs/stable/meta.html.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.devices import is_meta
from reference.tensor import Tensor

_NO_DATA = "Cannot copy out of meta tensor; no data!"
#: Operations that refuse operands on different devices, beside those that promote; others follow the meta one.
_CHECKED = frozenset(("dot", "vdot", "mv", "linear", "convolution", "conv_transpose", "cat", "where", "mse_loss"))
#: Operations, and functions of NumPy, whose result depends on the numbers in shape or altogether.
_OF_SIZES_THAT_DEPEND_ON_DATA = frozenset(("masked_select", "nonzero"))
_OF_DATA = frozenset((np.allclose, np.array_equal, np.isclose, np.unique))


class MetaArray(np.ndarray):
    """An array whose numbers mean nothing."""

    def item(self, *args: Any) -> Any:  # type: ignore[override]
        """Refused."""
        raise RuntimeError("Tensor.item() cannot be called on meta tensors")

    def __bool__(self) -> bool:
        return self.item()

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        if func in _OF_DATA:
            self.item()
        return super().__array_function__(func, types, args, kwargs)

    def tolist(self) -> Any:
        """Refused."""
        raise NotImplementedError(_NO_DATA)

    def nonzero(self) -> Any:
        """Refused: the size of the result depends on the numbers."""
        raise NotImplementedError("nonzero(): the shape of the result depends on data, which meta tensors do not have")


def without_data(array: Any) -> Any:
    """An array of the same shape, strides and dtype on the meta device, in memory of its own."""
    state.note_meta()
    if array.flags.c_contiguous:
        return np.zeros(array.shape, array.dtype).view(MetaArray)  # not touched: the system gives zeros when it is read
    return np.empty_like(array, subok=False).view(MetaArray)


def on_device(array: Any, device: Any) -> Any:
    """A new array, with its numbers or, on the meta device, without."""
    return without_data(array) if is_meta(device) else array


def without_class(array: Any) -> Any:
    """A meta array as a plain one, for a kernel to compute with; anything else as it is."""
    return np.asarray(array) if isinstance(array, MetaArray) else array


def placed(op: Any, inputs: Any, out: Any) -> Any:
    """What an operation's kernel made (one array, or several), on the meta device if an operand is there.

    Raises RuntimeError for operands on different devices, except for a 0-dim one on the CPU.
    """
    tensors = [x for x in inputs if isinstance(x, Tensor)]
    if not any(x.is_meta for x in tensors):
        return out
    if op.name in _OF_SIZES_THAT_DEPEND_ON_DATA:
        raise NotImplementedError(
            f"{op.name}(): the shape of the result depends on data, which meta tensors do not have"
        )
    on_cpu = [x for x in tensors if x.ndim and not x.is_meta]
    if on_cpu and (op.promotes is not None or op.name in _CHECKED):
        other = next(x for x in tensors if x.is_meta) if tensors[0] is on_cpu[0] else on_cpu[0]
        raise RuntimeError(f"Tensor on device {other.device} is not on the expected device {tensors[0].device}!")
    outputs = tuple(_of_view(array) if op.view else without_data(np.asarray(array)) for array in _several(op, out))
    return outputs if op.outputs else outputs[0]


def _several(op: Any, out: Any) -> Any:
    return out if op.outputs else (out,)


def _of_view(array: Any) -> Any:
    return np.asarray(array).view(MetaArray)


def check_write(op: Any, target: Any, others: Any) -> None:
    """Refuse to write what has no data into a tensor that has."""
    if target.is_meta or not any(isinstance(x, Tensor) and x.is_meta for x in others):
        return
    if op.name == "copy":
        raise NotImplementedError(_NO_DATA)
    raise RuntimeError("Tensor on device meta is not on the expected device cpu!")


def roots_are_on_meta(outputs: Any, gradients: Any) -> bool:
    """Whether some roots of a backward pass are on the meta device, where gradients are tensors.

    Raises RuntimeError for gradients on another device than their roots.
    """
    for i, (output, gradient) in enumerate(zip(outputs, gradients, strict=True)):
        if isinstance(output, Tensor) and gradient is not None and gradient.device != output.device:
            raise RuntimeError(
                f"invalid gradient at index {i} - expected device {output.device} but got {gradient.device}"
            )
    return any(isinstance(output, Tensor) and output.is_meta for output in outputs)
