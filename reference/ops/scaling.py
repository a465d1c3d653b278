"""Tensors times a number, and divided by one, by nodes that save no tensor.

That is how PyTorch's own derivatives take a number, so that a second backward pass finds it (BWD-12); the number of
``x * 2`` is a tensor that is saved.
"""

from __future__ import annotations

from typing import Any

from reference.ops.rules import conj
from reference.ops.table import Op
from reference.tensor import Tensor

times_number_op: Op = Op(
    "times_number", lambda self, *, number: self * number, self=lambda g, number: times(g, conj(number)),
    node="MulBackward1",
)  # fmt: skip
_over_number_op: Op = Op(
    "over_number", lambda self, *, number: self / number, self=lambda g, number: over(g, conj(number)),
    node="DivBackward1",
)  # fmt: skip


def times(g: Any, number: Any) -> Any:
    """A gradient times a number."""
    return times_number_op(g, number=number) if isinstance(g, Tensor) else g * number


def over(g: Any, number: Any) -> Any:
    """A gradient divided by a number."""
    return _over_number_op(g, number=number) if isinstance(g, Tensor) else g / number
