"""Bringing operands together: the dtype they meet in, and the error where their shapes do not."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.bfloat16 import cast
from reference.dtypes import FLOATING, OF_NUMPY, category_of, default_of_category, result_type_of
from reference.tensor import Tensor

_ndarray = np.ndarray


def promote(arrays: Any, how: str) -> list[Any]:
    """Arrays and numbers, brought to the dtype that PyTorch computes in."""
    common = result_type_of([value for value in arrays if value is not None])
    if how == "float" and category_of(common) < FLOATING:
        common = default_of_category(FLOATING)
    promoted = []
    for value in arrays:
        if isinstance(value, _ndarray):
            promoted.append(value if value.dtype is common else cast(value, common))
        elif type(value) is int and common.kind in "iu" and not 0 <= value < 128:
            promoted.append(np.asarray(value).astype(common))  # wrapped around where the dtype does not hold it
        else:
            promoted.append(value.item() if isinstance(value, np.generic) else value)
    return promoted


def python_number(value: Any) -> Any:
    """A number among the operands, as a Python number; None for anything else, arrays included.

    PyTorch takes NumPy's numbers for Python's, its bool for a float (TYP-03).
    """
    if isinstance(value, np.generic):
        value = float(value) if isinstance(value, np.bool_) else value.item()
    return value if isinstance(value, (int, float, complex)) else None


def broadcast_error(arrays: Any) -> Exception | None:
    """PyTorch's error for shapes that do not broadcast (BRC-01); None where they do."""
    shapes = [np.shape(a) for a in arrays]
    for n in range(1, max(map(len, shapes), default=0) + 1):
        sizes = {s[-n] for s in shapes if len(s) >= n} - {1}
        if len(sizes) > 1:
            a, b = (s[-n] for s in shapes[:2]) if len(shapes) >= 2 and all(len(s) >= n for s in shapes[:2]) else sizes
            dimension = max(map(len, shapes)) - n
            return RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) at non-singleton dimension "
                f"{dimension}"
            )
    return None


def in_dtype_with(x: Any, *numbers: Any) -> Any:
    """A tensor (or array) in the dtype that it and Python numbers meet in."""
    if isinstance(x, Tensor):
        common = result_type_of([x._array, *numbers])
        if x._array.dtype is not common:
            return x.to(OF_NUMPY[common])
    return x


def default_float(x: Any) -> Any:
    """A tensor of integers or bools in the default dtype; others as they are."""
    if isinstance(x, Tensor) and category_of(x._array.dtype) < FLOATING:
        return x.to(OF_NUMPY[default_of_category(FLOATING)])
    return x
