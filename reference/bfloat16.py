"""bfloat16, which NumPy does not have: float32 with the lower half of the bits rounded away.

The numbers are held as float32 in the byte order that is not the machine's own (`reference.dtypes.BFLOAT16`). NumPy
computes with such arrays as with any float32, views and copies of them stay what they are, and what it computes is in the
machine's order: so the dtype of an array tells what has been rounded from what has still to be.

As in PyTorch, an operation computes in float32 and its result is rounded once; for gradients see
`reference.ops.rounding_nodes`. From the first tensor of this dtype on, every operation looks for such operands, by way of
`reference.state.special`; before it, none does.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.dtypes import BFLOAT16, FLOATING, category_of, dtype, result_type_of
from reference.tensor import Tensor

_ndarray = np.ndarray
_NUMBERS = (bool, int, float, complex, np.generic)


def nearest(values: Any) -> Any:
    """The bfloat16 numbers nearest to some numbers, as float32; of two, the one whose last bit is 0."""
    values = np.asarray(values, np.float32)
    bits = values.view(np.uint32)
    upper_half = (bits + (0x7FFF + (bits >> 16 & 1))) & np.uint32(0xFFFF0000)
    return np.where(np.isnan(values), values, upper_half.view(np.float32))


def rounded(values: Any) -> Any:
    """The bfloat16 array of the numbers nearest to some numbers."""
    return np.asarray(nearest(values)).astype(BFLOAT16)


def widened(values: Any) -> Any:
    """The float32 numbers of a bfloat16 array; anything else as it is."""
    return values.astype(np.float32) if isinstance(values, _ndarray) and values.dtype == BFLOAT16 else values


def cast(array: Any, numpy_dtype: Any) -> Any:
    """An array in a NumPy dtype, rounded where that is bfloat16; the array itself where it is in that dtype."""
    if array.dtype is numpy_dtype:
        return array
    return rounded(array) if numpy_dtype == BFLOAT16 else array.astype(numpy_dtype)


def bits_of(array: Any) -> Any:
    """The two bytes of each number of a bfloat16 array, as uint16."""
    return np.asarray(array.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def from_bits(bits: Any) -> Any:
    """The bfloat16 array of numbers whose two bytes are given, as uint16."""
    return np.asarray((bits.astype(np.uint32) << 16).view(np.float32)).astype(BFLOAT16)


def round_in_place(array: Any) -> None:
    """Round what was written into an array, if it is a bfloat16 one."""
    if array.dtype == BFLOAT16:
        array[...] = rounded(array)


# --- operations -------------------------------------------------------------------------------------------------------


def settled(op: Any, inputs: Any, parameters: Any, out: Any) -> Any:
    """What an operation's kernel made of its operands (one array, or several), in the dtype that PyTorch gives it."""
    if not state.has_bfloat16 or op.view:
        return out
    asked = parameters.get("dtype")
    if isinstance(asked, dtype):
        return cast(out, asked.numpy)
    if not any(isinstance(value, Tensor) and value._array.dtype == BFLOAT16 for value in inputs):
        return out
    if op.promotes is not None:
        operands = _rounded_operands(op, inputs)
        if operands is not None:
            out = op.kernel(*operands, **parameters)
    finish = rounded if _meet_in_bfloat16(op, inputs) else np.float32
    if not op.outputs:
        return _finished(out, finish)
    return tuple(_finished(array, finish) for array in out)


def _finished(array: Any, finish: Any) -> Any:
    array = np.asarray(array)
    is_float32 = array.dtype == np.float32 or array.dtype == BFLOAT16
    return array if not is_float32 else rounded(array) if finish is rounded else array.astype(np.float32)


def _meet_in_bfloat16(op: Any, inputs: Any) -> bool:
    """Whether operands give a bfloat16 result; where an operation does not promote, its first operand says."""
    if op.promotes is not None:
        return result_type_of([raw(value) for value in inputs if value is not None]) == BFLOAT16
    floats = (x._array for x in inputs if isinstance(x, Tensor) and category_of(x._array.dtype) >= FLOATING)
    return next(floats).dtype == BFLOAT16


def _rounded_operands(op: Any, inputs: Any) -> Any:
    """The operands with numbers and 0-dim tensors as PyTorch computes with them; None where that changes nothing.

    They are rounded first, except for a factor and a divisor, which stay float32.
    """
    operands, change = [], False
    for i, value in enumerate(inputs):
        operand = raw(value)
        if isinstance(operand, _ndarray) and (operand.ndim or operand.dtype == BFLOAT16):
            operands.append(widened(operand))
            continue
        if operand is None or isinstance(operand, (bool, complex)) or np.asarray(operand).dtype.kind != "f":
            operands.append(operand)
            continue
        stays = op.name in ("mul", "div") and (i == 1 or not isinstance(value, Tensor))
        number = float(np.float32(operand)) if stays else rounded(operand).item()
        change = change or number != operand or isinstance(value, Tensor)
        operands.append(number)
    return operands if change else None


def raw(value: Any) -> Any:
    """The array of a tensor; anything else as it is."""
    return value._array if isinstance(value, Tensor) else value
