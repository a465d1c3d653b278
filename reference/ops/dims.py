"""Dimensions as a user gives them, brought to the form that the rows of the op table take: numbers from 0 up."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.tensor import Tensor


def dimension(dim: int, ndim: int) -> int:
    """A dimension counted from the front; IndexError where there is none."""
    span = max(ndim, 1)
    if not -span <= dim < span:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})")
    return dim % span


def dimensions(dim: Any, ndim: int) -> tuple[int, ...]:
    """The dimensions that a reduction runs over: all, for None or an empty list."""
    if dim is None or (isinstance(dim, Sequence) and not dim):
        return tuple(range(ndim))
    if not isinstance(dim, Sequence):
        found: tuple[int, ...] = (dimension(dim, ndim),)
    else:
        found = tuple(dimension(d, ndim) for d in dim)
        if len(set(found)) != len(found):
            twice = next(d for d in found if found.count(d) > 1)
            raise RuntimeError(f"dim {twice} appears multiple times in the list of dims")
    return found if ndim else ()


def count(shape: Any, dim: Any) -> int:
    """How many elements a reduction over ``dim`` puts together."""
    n = 1
    for d in dim:
        n *= shape[d]
    return n


def shape_of(arguments: Any) -> tuple[int, ...]:
    """``view(2, 3)`` and ``view((2, 3))`` alike; TypeError where they are not integers."""
    if len(arguments) == 1 and not isinstance(arguments[0], _WHOLE):
        (arguments,) = arguments
        if not isinstance(arguments, (tuple, list)):
            raise TypeError(f"the size must be a tuple of ints, not {type(arguments).__name__}")
    if arguments and isinstance(arguments[0], bool):
        raise TypeError("the size must be a tuple of ints, but its first element is a bool")
    return tuple([n if type(n) is int else _whole(n, place) for place, n in enumerate(arguments, 1)])


_WHOLE = (int, np.integer, Tensor)


def _whole(value: Any, place: int) -> int:
    if isinstance(value, Tensor) and value.numel() == 1 and not value.is_floating_point() and not value.is_complex():
        return int(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    raise TypeError(f"the size must be a tuple of ints, but element {place} of it is a {type(value).__name__}")
