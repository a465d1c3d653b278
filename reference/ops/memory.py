"""The memory that arrays look into."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.tensor import memory_owner


def look(array: Any, shape: Any, strides: Any, start: int = 0, dtype: Any = None) -> Any:
    """An array that looks into another's memory, with any shape and strides, from ``start``, both in bytes.

    ValueError where it would look beyond the memory, or for elements where there are none.
    """
    owner = memory_owner(array)
    if not owner.size and 0 not in shape:
        raise ValueError("the memory holds no element")
    if owner is not array:
        start += array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    if not owner.flags.c_contiguous:
        owner = owner.ravel(order="K")
    return np.ndarray(shape, dtype or array.dtype, owner, 0 if 0 in shape else start, strides)  # no element lies there


def places(shape: Any, stride: Any, offset: int) -> Any:
    """Where in memory each element lies, counted in elements."""
    places = np.asarray(offset)
    for n, step in zip(shape, stride, strict=True):
        places = places[..., None] + np.arange(n) * step
    return places
