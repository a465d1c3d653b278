"""Comparisons, logic and choosing: operations whose results carry no gradient, and ``where``."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.dtypes import default_of_category
from reference.ops.elementwise import Binary, Unary
from reference.ops.table import Op
from reference.tensor import Tensor, wrap

eq = Binary("eq", np.equal)
ne = Binary("ne", np.not_equal)
lt = Binary("lt", np.less)
le = Binary("le", np.less_equal)
gt = Binary("gt", np.greater)
ge = Binary("ge", np.greater_equal)
logical_and = Binary("logical_and", np.logical_and)
logical_or = Binary("logical_or", np.logical_or)
logical_xor = Binary("logical_xor", np.logical_xor)
logical_not = Unary("logical_not", np.logical_not)
bitwise_and = Binary("bitwise_and", np.bitwise_and)
bitwise_or = Binary("bitwise_or", np.bitwise_or)
bitwise_xor = Binary("bitwise_xor", np.bitwise_xor)
bitwise_not = Unary("bitwise_not", np.invert)
bitwise_left_shift = Binary("bitwise_left_shift", np.left_shift)
bitwise_right_shift = Binary("bitwise_right_shift", np.right_shift)
isnan = Unary("isnan", np.isnan, promotes=None)
isinf = Unary("isinf", np.isinf, promotes=None)
isfinite = Unary("isfinite", np.isfinite, promotes=None)
signbit = Unary("signbit", np.signbit, promotes=None)
isposinf = Unary("isposinf", np.isposinf, promotes=None)
isneginf = Unary("isneginf", np.isneginf, promotes=None)

# the branch that was chosen takes the gradient, the other an exact zero (IDX-54)
choose = Op(
    "where",
    lambda condition, self, other: np.where(condition, self, other),
    inputs=("condition", "self", "other"),
    self=lambda g, condition: where(condition, g, _zero(g)),
    other=lambda g, condition: where(condition, _zero(g), g),
)


def _zero(g: Any) -> Any:
    return wrap(np.zeros((), g._array.dtype)) if isinstance(g, Tensor) else np.zeros((), g.dtype)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """``input`` where ``condition`` holds, ``other`` elsewhere; with ``condition`` alone, the indices where it holds."""
    if input is None:
        from reference.ops.searching import nonzero

        return nonzero(condition, as_tuple=True)
    if not isinstance(condition, Tensor) and not isinstance(input, Tensor) and not isinstance(other, Tensor):
        return np.where(condition, input, other)
    if isinstance(condition, Tensor) and condition._array.dtype.kind not in "bu":
        raise RuntimeError(f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}")
    return choose(condition, *_same_dtype(input, other))


def _same_dtype(a: Any, b: Any) -> tuple[Any, Any]:
    """Two tensors or numbers, as tensors or arrays of their common dtype."""
    from reference.dtypes import OF_NUMPY, result_type_of

    arrays = [x._array if isinstance(x, Tensor) else x for x in (a, b)]
    common = result_type_of(arrays)
    if not any(isinstance(x, np.ndarray) for x in arrays) and common.kind == "f":
        common = default_of_category(2)
    made = []
    for x in (a, b):
        if not isinstance(x, Tensor):
            made.append(wrap(np.asarray(x, common)))
        else:
            made.append(x if x._array.dtype is common else x.to(OF_NUMPY[common]))
    return made[0], made[1]


def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether each element is within ``atol + rtol * |other|`` of the other's."""
    return wrap(np.isclose(input._array, other._array, rtol, atol, equal_nan))


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close (`isclose`)."""
    return bool(np.allclose(input._array, other._array, rtol, atol, equal_nan))


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and elements."""
    return input._array.shape == other._array.shape and bool((input._array == other._array).all())


def is_nonzero(input: Any) -> bool:
    """Whether a tensor of one element is not zero."""
    return bool(input)
