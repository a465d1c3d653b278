"""Tensors times a number, and divided by one, by nodes that save no tensor.

That is how PyTorch's own derivatives take a number, so that a second backward pass finds it (BWD-12); the number of
``x * 2`` is a tensor that is saved.
"""

from __future__ import annotations

from typing import Any

from reference.bfloat16 import nearest
from reference.dtypes import BFLOAT16, OF_NUMPY
from reference.ops.rules import conj
from reference.ops.table import Op
from reference.tensor import Tensor

times_number_op: Op = Op(
    "times_number", lambda self, *, number: self * number, self=lambda g, number: times(g, conj(number)),
    node="MulBackward1",
)  # fmt: skip
# bfloat16 sums round the number first, their derivatives do not
_times_rounded_op: Op = Op(
    "times_rounded", lambda self, *, number: self * nearest(number), self=lambda g, number: times(g, number),
    node="MulBackward1",
)  # fmt: skip
_over_number_op: Op = Op(
    "over_number", lambda self, *, number: self / number, self=lambda g, number: over(g, conj(number)),
    node="DivBackward1",
)  # fmt: skip


_plus_number_op: Op = Op(
    "plus_number", lambda self, number: self + number, promotes="common", self=lambda g: g, node="AddBackward1",
)  # fmt: skip
_minus_number_op: Op = Op(
    "minus_number", lambda self, number: self - number, promotes="common", self=lambda g: g, node="SubBackward1",
)  # fmt: skip


def plus(x: Any, number: Any) -> Any:
    """A tensor plus a number."""
    return _plus_number_op(x, number)


def minus(x: Any, number: Any) -> Any:
    """A tensor minus a number."""
    return _minus_number_op(x, number)


def times(g: Any, number: Any) -> Any:
    """A gradient times a number."""
    return times_number_op(g, number=number) if isinstance(g, Tensor) else g * number


def summand(other: Any, alpha: Any, dtype: Any) -> Any:
    """``alpha * other`` as it is added to something in a sum whose NumPy dtype is given."""
    if dtype != BFLOAT16 or isinstance(alpha, complex):
        if isinstance(other, Tensor) and other._array.dtype == BFLOAT16:
            other = other.to(dtype=OF_NUMPY[dtype])
        return times(other, alpha)
    if not isinstance(other, Tensor):
        return float(nearest(nearest(other) * nearest(alpha)))
    return _times_rounded_op(other, number=alpha)


def over(g: Any, number: Any) -> Any:
    """A gradient divided by a number."""
    return _over_number_op(g, number=number) if isinstance(g, Tensor) else g / number
