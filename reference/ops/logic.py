"""Comparisons, logic and choosing: operations whose results carry no gradient, and ``where``."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.dtypes import OF_NUMPY, result_type_of
from reference.ops.elementwise import Binary, Unary
from reference.ops.rules import raw, refuse_bool, refuse_complex, refuse_lost_view, zero
from reference.ops.table import Op
from reference.ops.writing import write_in_place
from reference.tensor import Tensor, wrap

eq = Binary("eq", np.equal)
ne = not_equal = Binary("ne", np.not_equal)


def _ordering(name: str, compare: Any) -> Binary:
    def kernel(a: Any, b: Any) -> Any:
        for x in (a, b):
            refuse_complex(name, x)
        return compare(a, b)

    return Binary(name, kernel)


lt = less = _ordering("lt", np.less)
le = less_equal = _ordering("le", np.less_equal)
gt = greater = _ordering("gt", np.greater)
ge = greater_equal = _ordering("ge", np.greater_equal)


def _comparing_in_place(comparison: Binary) -> Any:
    # what the target held has no influence on what it holds now: its gradient is zero
    kernel = comparison.kernel
    op = Op(f"{comparison.name}_", lambda self, other: kernel(self, other), promotes="common", self=zero, other=zero)
    return lambda self, other: write_in_place(op, self, comparison.second(other))


eq_, ne_, lt_, le_, gt_, ge_ = (_comparing_in_place(comparison) for comparison in (eq, ne, lt, le, gt, ge))
not_equal_, less_, less_equal_, greater_, greater_equal_ = ne_, lt_, le_, gt_, ge_


def _shift(name: str, shifted: Any) -> Binary:
    def kernel(a: Any, b: Any) -> Any:
        refuse_bool(name, a if isinstance(a, np.ndarray) else b)
        return shifted(a, b)

    return Binary(name, kernel, numbers="either")


logical_and = Binary("logical_and", np.logical_and, numbers="no")
logical_or = Binary("logical_or", np.logical_or, numbers="no")
logical_xor = Binary("logical_xor", np.logical_xor, numbers="no")
logical_not = Unary("logical_not", np.logical_not)
bitwise_and = Binary("bitwise_and", np.bitwise_and, numbers="either")
bitwise_or = Binary("bitwise_or", np.bitwise_or, numbers="either")
bitwise_xor = Binary("bitwise_xor", np.bitwise_xor, numbers="either")
bitwise_not = Unary("bitwise_not", np.invert)
bitwise_left_shift = _shift("bitwise_left_shift", np.left_shift)
bitwise_right_shift = _shift("bitwise_right_shift", np.right_shift)

isnan = Unary("isnan", np.isnan)
isinf = Unary("isinf", np.isinf)
_isfinite_op = Unary("isfinite", np.isfinite)
isreal = Unary("isreal", np.isreal)
signbit = Unary("signbit", lambda x: x < 0 if x.dtype.kind in "biu" else np.signbit(x))
isposinf = Unary("isposinf", lambda x: x == np.inf)
isneginf = Unary("isneginf", lambda x: x == -np.inf)


def isfinite(input: Any) -> Any:
    """Whether each element is neither infinite nor NaN; in PyTorch computed from it, so that a lost view is refused."""
    refuse_lost_view(input)
    return _isfinite_op(input)


# the branch that was chosen takes the gradient, the other an exact zero (IDX-54)
where_op = Op(
    "where",
    lambda condition, self, other: np.where(condition, self, other),
    self=lambda g, condition: where(condition, g, 0),
    other=lambda g, condition: where(condition, 0, g),
)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """``input`` where ``condition`` holds, ``other`` elsewhere; with ``condition`` alone, where it holds."""
    if input is None:
        from reference.ops.sorting import nonzero

        return nonzero(condition, as_tuple=True)
    if not isinstance(condition, Tensor) and not isinstance(input, Tensor) and not isinstance(other, Tensor):
        return np.where(condition, input, other)
    if raw(condition).dtype.kind != "b" and raw(condition).dtype != np.uint8:
        raise RuntimeError(
            f"where expected condition to be a boolean tensor, but got a tensor with dtype {condition.dtype}"
        )
    return where_op(condition, *_in_common_dtype(input, other))


def _where_method(self: Any, condition: Any, other: Any) -> Any:
    """The tensor where ``condition`` holds, ``other`` elsewhere."""
    return where(condition, self, other)


def _in_common_dtype(a: Any, b: Any) -> tuple[Any, Any]:
    """Two tensors or numbers, as tensors of their common dtype."""
    arrays = [raw(x) for x in (a, b)]
    common = result_type_of(arrays)
    made = [
        wrap(np.asarray(x, common))
        if not isinstance(x, Tensor)
        else x
        if x._array.dtype is common
        else x.to(OF_NUMPY[common])
        for x in (a, b)
    ]
    return made[0], made[1]


def isclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Whether each element is within ``atol + rtol * |other|`` of the other's."""
    if input._array.dtype is not other._array.dtype:
        raise RuntimeError(f"{input.dtype} did not match {other.dtype}")
    for name, value in (("rtol", rtol), ("atol", atol)):
        if value < 0:
            raise RuntimeError(f"{name} must be greater than or equal to zero, but got {value}")
    refuse_lost_view(input)
    refuse_lost_view(other)
    return wrap(np.isclose(input._array, other._array, rtol, atol, equal_nan))


def allclose(input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Whether all elements are close (`isclose`)."""
    return bool(isclose(input.detach(), other.detach(), rtol, atol, equal_nan).all())


def equal(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape and elements."""
    return input._array.shape == other._array.shape and bool((input._array == other._array).all())


def is_nonzero(input: Any) -> bool:
    """Whether a tensor of one element is not zero."""
    return bool(input)


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape."""
    return input._array.shape == other._array.shape


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element occurs among the others."""
    return wrap(np.isin(raw(elements), raw(test_elements), invert=invert))


#: Methods whose functions take the tensor elsewhere.
METHODS = {"where": _where_method}
