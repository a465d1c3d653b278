"""Choosing and writing by mask: masked_fill, masked_select, masked_scatter."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.logic import where
from reference.ops.promotion import broadcast_error
from reference.ops.rules import raw, zeros_shaped
from reference.ops.table import Op
from reference.ops.writing import writable
from reference.tensor import Tensor

masked_fill_op = Op(
    "masked_fill",
    lambda self, value, mask: np.asarray(np.where(mask, value, self), self.dtype),
    self=lambda g, mask: where(mask, 0, g),
    value=lambda g, mask: masked_select_op(g, raw(mask)).sum(),
    node="MaskedFillBackward1",
)
_masked_fill_number_op = masked_fill_op.named("MaskedFillBackward0", numbers=("value",))


@writable
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """One value where a mask holds (IDX-52)."""
    _require_bool("masked_fill", mask)
    if not isinstance(value, Tensor):
        return _masked_fill_number_op.bind(input, np.asarray(value, _dtype_for(input, value)), mask)
    if value._array.dtype.kind == "c" and input._array.dtype.kind != "c":
        raise RuntimeError(f"value cannot be converted to type {input.dtype} without overflow")
    elif value.ndim:
        raise RuntimeError(
            f"masked_fill_ only supports a 0-dimensional value tensor, but got tensor with {value.ndim} dimension(s)."
        )
    _require_in_range(input, value._array)
    return masked_fill_op.bind(input, value, mask)


def _require_in_range(input: Any, value: Any) -> None:
    dtype = input._array.dtype
    if dtype.kind == "f" and np.isfinite(value) and abs(value) > np.finfo(dtype).max:
        raise RuntimeError(f"value cannot be converted to type {input.dtype} without overflow")


def _dtype_for(input: Any, value: Any) -> Any:
    dtype = input._array.dtype
    if isinstance(value, complex) and dtype.kind != "c":
        raise RuntimeError(f"value cannot be converted to type {input.dtype} without overflow")
    _require_in_range(input, value)
    return dtype


def _require_bool(name: str, mask: Any) -> None:
    if mask._array.dtype.kind != "b":
        raise RuntimeError(f"{name} only supports boolean masks, but got mask with dtype {mask.dtype}")


masked_select_op = Op(
    "masked_select",
    lambda self, mask: np.broadcast_to(self, np.broadcast_shapes(self.shape, mask.shape))[
        np.broadcast_to(mask, np.broadcast_shapes(self.shape, mask.shape))
    ],
    self=lambda g, self, mask: _put_back(g, self.shape, raw(mask)),  # not only the shape is saved
)


def _put_back(g: Any, shape: Any, mask: Any) -> Any:
    whole = np.broadcast_shapes(shape, mask.shape)
    return masked_scatter_op(zeros_shaped(g, whole), g, np.broadcast_to(mask, whole))


def masked_select(input: Any, mask: Any) -> Any:
    """The elements where a mask holds (IDX-53)."""
    if mask._array.dtype.kind != "b":
        raise RuntimeError("masked_select: expected BoolTensor for mask")
    return masked_select_op(input, mask)


def _masked_scatter_kernel(self: Any, source: Any, mask: Any) -> Any:
    mask = np.broadcast_to(mask, np.broadcast_shapes(self.shape, mask.shape))
    out = np.array(np.broadcast_to(self, mask.shape))
    out[mask] = source.reshape(-1)[: int(mask.sum())]
    return out


def _masked_scatter_backward_kernel(self: Any, mask: Any, *, shape: Any) -> Any:
    # what was not used gets zero
    taken = self[np.broadcast_to(mask, self.shape)]
    out = np.zeros(shape, self.dtype)
    out.reshape(-1)[: taken.size] = taken
    return out


_masked_scatter_backward_op = Op(
    "masked_scatter_backward",
    _masked_scatter_backward_kernel,
    self=lambda g, self_shape, mask: masked_scatter_op(zeros_shaped(g, self_shape), g, raw(mask)),
)
masked_scatter_op: Op = Op(
    "masked_scatter",
    _masked_scatter_kernel,
    self=lambda g, mask: where(mask, 0, g),
    source=lambda g, mask, source_shape: _masked_scatter_backward_op(g, raw(mask), shape=source_shape),
)


@writable
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """The source's elements, in order, where a mask holds."""
    _require_bool("masked_scatter", mask)
    if source._array.dtype is not input._array.dtype:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes but got {input.dtype} and {source.dtype}"
        )
    wrong = broadcast_error((input._array, mask._array))
    if wrong is not None:
        raise wrong
    needed = int(np.broadcast_to(mask._array, np.broadcast_shapes(input._array.shape, mask._array.shape)).sum())
    if source.numel() < needed:
        raise RuntimeError(
            f"masked_scatter: expected self and source to have same dtypes and at least {needed} source elements, got "
            f"{source.numel()}"
        )
    return masked_scatter_op.bind(input, source, mask)
