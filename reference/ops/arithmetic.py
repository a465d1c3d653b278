"""Arithmetic and powers: add, sub, mul, div, pow, remainder, maximum ...

Each row: forward, and the gradient with respect to each operand. ``g`` is the gradient of the result; it is summed
back to an operand's shape by the backward pass. Complex gradients are conjugate Wirtinger ones: for a holomorphic f the
vector-Jacobian product is g * conj(f'(z)) (CPX-02), and a row marked so is written with f' alone
(`reference.ops.table`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.dtypes import COMPLEX, FLOATING, category_of, complex128, float64, long_name, result_type_of
from reference.ops.elementwise import Binary, Unary
from reference.ops.logic import where
from reference.ops.overloads import OfNumber, Overloaded
from reference.ops.promotion import in_dtype_with, python_number
from reference.ops.rules import conj, is_complex, not_implemented, raw, refuse_bool, zero
from reference.ops.scaling import summand
from reference.ops.table import Op
from reference.ops.writing import check_dtype, write_in_place
from reference.tensor import Tensor

# d(a + b) = da + db
add_op = Binary("add", np.add, lambda g: g, lambda g: g, numbers="both")


def _refuse_bool_operands(*operands: Any) -> None:
    kinds = [x.dtype.kind if hasattr(x, "dtype") else "b" if isinstance(x, bool) else "" for x in map(raw, operands)]
    if "b" in kinds:
        raise RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator"
            " instead."
            if kinds == ["b", "b"]
            else "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a "
            "mask, use the `~` or `logical_not()` operator instead."
        )


# d(a - b) = da - db
sub_op = Binary("sub", np.subtract, lambda g: g, lambda g: -g, numbers="both", refuse=_refuse_bool_operands)
#: A number minus a tensor, which PyTorch names after the number's place.
sub_from_number_op = Binary(
    "sub",
    np.subtract,
    lambda g: g,
    lambda g: -g,
    numbers="both",
    node="RsubBackward1",
    refuse=_refuse_bool_operands,
)

rsub_op = Binary(
    "rsub", lambda a, b: np.subtract(b, a), lambda g: -g, lambda g: g, numbers="both", refuse=_refuse_bool_operands
)

# d(a b) = b da + a db
mul = multiply = Binary(
    "mul", np.multiply, lambda g, other: g * other, lambda g, self: g * self, holomorphic=True, numbers="both"
)

# d(a / b) = da / b - (a / b) db / b
div_op = true_divide = Binary(
    "div",
    np.true_divide,
    lambda g, other: g / other,
    lambda g, self, other: -g * ((self / other) / other),
    promotes="float",
    holomorphic=True,
    numbers="both",
)

# d(-a) = -da
neg = negative = Unary("neg", np.negative, lambda g: -g)

# d(1/a) = -da / a^2
reciprocal = Unary(
    "reciprocal", np.reciprocal, lambda g, result: -g * (result * result), promotes="float", holomorphic=True
)

# d(a^2) = 2 a da
square = Unary("square", np.square, lambda g, self: _pow_rule(g, self, 2), node="PowBackward0", holomorphic=True)


def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``input + alpha * other``."""
    return add_op(input, _scaled(other, alpha, input))


def add_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`add` in place."""
    if type(other) is not Tensor:
        other = add_op.second(other)
    return write_in_place(add_op, self, _scaled(other, alpha, self))


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``input - alpha * other``."""
    return sub_op(input, _scaled(other, alpha, input))


def sub_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """`sub` in place."""
    other = sub_op.second(other)
    _refuse_bool_operands(self, other)
    return write_in_place(sub_op, self, _scaled(other, alpha, self))


subtract, subtract_ = sub, sub_


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``other - alpha * input``."""
    if not isinstance(input, Tensor):
        raise TypeError(f"rsub(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    input = _scaled(input, alpha, other)
    return rsub_op(input, other) if isinstance(other, Tensor) else sub_from_number_op(other, input)


def _scaled(other: Any, alpha: Any, to: Any) -> Any:
    if alpha == 1 and type(alpha) is not bool:
        return other
    dtype = result_type_of([raw(other), raw(to)])
    category = category_of(dtype)
    if isinstance(alpha, bool) and category:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if category < FLOATING and isinstance(alpha, (float, complex)):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if category < COMPLEX and isinstance(alpha, complex):
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return summand(other, alpha, dtype)  # unlike a factor, alpha is no tensor that is saved


# --- quotients that are rounded ---------------------------------------------------------------------------------------


def _nonzero(a: Any, b: Any) -> None:
    if a.size and not np.all(b):  # of nothing, no quotient is taken
        raise RuntimeError("ZeroDivisionError")


def _floor_kernel(a: Any, b: Any) -> Any:
    if a.dtype.kind == "f":
        return np.where(np.equal(b, 0), a / b, np.floor_divide(a, b)).astype(a.dtype, copy=False)
    if a.dtype.kind != "c":  # which NumPy refuses
        refuse_bool("div_floor", a)
        _nonzero(a, b)
    return np.floor_divide(a, b)


def _trunc_kernel(a: Any, b: Any) -> Any:
    if a.dtype.kind == "f":
        return np.trunc(np.true_divide(a, b)).astype(a.dtype, copy=False)
    if a.dtype.kind != "c":
        refuse_bool("div_trunc", a)
        _nonzero(a, b)
    quotient = np.floor_divide(a, b)
    return quotient + ((quotient < 0) & (quotient * b != a))  # toward zero


def _on_arrays(kernel: Any) -> Any:
    return lambda a, b: kernel(*_as_arrays(a, b))


def _as_arrays(a: Any, b: Any) -> Any:
    if not isinstance(a, (np.ndarray, np.generic)):
        return np.asarray(a, b.dtype), b
    return a, b if isinstance(b, (np.ndarray, np.generic)) else np.asarray(b, a.dtype)


_no_derivative = not_implemented("derivative for aten::floor_divide is not implemented", RuntimeError)
floor_divide = Binary(
    "floor_divide", _on_arrays(_floor_kernel), _no_derivative, _no_derivative, node="NotImplemented", numbers="both"
)
# a rounded quotient has no slope, and saves what a true one does
_no_slopes = (lambda g, other: zero(g), lambda g, self, other: zero(g))
div_floor_op = Binary("div_floor", _on_arrays(_floor_kernel), *_no_slopes, node="DivBackward2", numbers="both")
div_trunc_op = Binary("div_trunc", _on_arrays(_trunc_kernel), *_no_slopes, node="DivBackward2", numbers="both")


def _quotient(rounding_mode: str | None) -> Binary:
    if rounding_mode not in (None, "floor", "trunc"):
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return {None: div_op, "floor": div_floor_op, "trunc": div_trunc_op}[rounding_mode]


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """``input / other``, a true division (TYP-05) unless ``rounding_mode`` is "trunc" or "floor"."""
    return div_op(input, other) if rounding_mode is None else _quotient(rounding_mode)(input, other)


def div_(self: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """`div` in place."""
    quotient = _quotient(rounding_mode)
    return write_in_place(quotient, self, quotient.second(other))


divide, divide_ = div, div_


def _checked(name: str, kernel: Any) -> Any:
    def checked(a: Any, b: Any) -> Any:
        if a.dtype.kind in "biu":
            refuse_bool(name, a)
            _nonzero(a, b)
        return kernel(a, b)

    return _on_arrays(checked)


# a mod b = a - b floor(a / b), with the sign of b (NUM-26)
remainder = Overloaded(
    "remainder",
    _checked("remainder", np.remainder),
    lambda g: g,
    lambda g, self, other: -g * div_floor_op(self, other),
    numbers="either",
    node="RemainderBackward1",
    beside="RemainderBackward0",
)

remainder_of_number_op = OfNumber(
    "remainder_of_number",
    _checked("remainder", np.remainder),
    None,
    not_implemented("derivative for aten::remainder is not implemented", RuntimeError),
    node="NotImplemented",
)

# a - b trunc(a / b), with the sign of a
fmod = Overloaded(
    "fmod",
    _checked("fmod", np.fmod),
    lambda g: g,
    lambda g, self, other: -g * div_trunc_op(self, other),
    node="FmodBackward1",
    beside="FmodBackward0",
)


# --- powers -----------------------------------------------------------------------------------------------------------


def _pow_kernel(self: Any, *, exponent: Any) -> Any:
    if exponent == 2:
        return np.square(self)
    if self.dtype.kind == "b" and type(exponent) is bool:
        return self.copy() if exponent else np.ones_like(self)
    if self.dtype.kind in "iu" and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    if exponent == -0.5 and self.dtype.kind == "f":  # as for 0.5, which NumPy sees to: of -0 and -inf a root is taken
        return 1 / np.sqrt(self)
    return np.power(self, exponent)


def _pow_rule(g: Any, self: Any, exponent: Any) -> Any:
    # d(a^n) = n a^(n-1) da, which is 0 for n = 0 even at a = 0 (NUM-27)
    if exponent == 0:
        return zero(g)
    if exponent == 2 and not isinstance(self, Tensor):  # whose power is saved, though it is the tensor itself
        return g * (2 * self)
    return g * (exponent * pow(self, exponent - 1))


pow_op = Op("pow", _pow_kernel, self=_pow_rule, holomorphic=True)


def _pow_exponent_of_number(g: Any, result: Any, base: Any, exponent: Any) -> Any:
    # d(a^y) = a^y log(a) dy, which is 0 at a = 0 for y >= 0 (NUM-30)
    log = np.log(np.asarray(base, raw(result).dtype)).item()
    slope = result * log
    return g * conj(where(exponent.real >= 0, 0, slope) if base == 0 else slope)


pow_of_number_op = Op(
    "number_pow",
    lambda exponent, *, base: _power(np.asarray(base).astype(exponent.dtype), exponent),
    node="PowBackward2",
    exponent=_pow_exponent_of_number,
)


def _pow_tensor_self(g: Any, self: Any, exponent: Any, result: Any) -> Any:
    # d(a^b) = b a^(b-1) da, which is 0 for b = 0; the result is saved for the exponent's sake, even without need
    return where(exponent == 0, 0, g * conj(exponent * pow_tensors_op(self, exponent - 1)))


def _pow_tensor_exponent(g: Any, self: Any, exponent: Any, result: Any) -> Any:
    # d(a^b) = a^b log(a) db, which is 0 at a = 0 for b >= 0
    flat = (self == 0) & (exponent.real >= 0)
    return g * conj(where(flat, 0, result * _log(self)))  # which has no further derivative at 0


def _log(x: Any) -> Any:
    return x.log() if isinstance(x, Tensor) else np.log(x)


def _power(self: Any, exponent: Any) -> Any:
    if self.dtype.kind not in "biu":
        if (
            exponent.size == 1 and exponent.item() == 0.5
        ):  # for which NumPy takes a root; -0 and -inf have another power
            shape = np.broadcast_shapes(self.shape, exponent.shape)
            return np.power(np.atleast_1d(self), np.full(shape or 1, exponent)).reshape(shape)
        return np.power(self, exponent)
    refuse_bool("pow", self)
    if not (exponent < 0).any():
        return np.power(self, exponent)
    # the reciprocals of integers, cut off: of one and minus one alone something is left
    reciprocal = np.where(np.abs(self) == 1, np.power(self, exponent % 2), 0)
    return np.where(exponent >= 0, np.power(self, np.maximum(exponent, 0)), reciprocal)


pow_tensors_op = Binary(
    "pow_tensors",
    _on_arrays(_power),
    _pow_tensor_self,
    _pow_tensor_exponent,
    node="PowBackward1",
    inputs=("self", "exponent"),
)


def pow(input: Any, exponent: Any) -> Any:
    """``input`` to the power of ``exponent``, either of which may be a number."""
    if isinstance(input, np.generic) and isinstance(exponent, Tensor):
        input = python_number(input)
    elif isinstance(exponent, np.generic) and isinstance(input, Tensor):
        exponent = python_number(exponent)
    if not hasattr(input, "dtype"):
        if not hasattr(exponent, "dtype"):
            raise TypeError("pow() received an invalid combination of arguments - got two numbers")
        return pow_of_number_op(in_dtype_with(exponent, input), base=input)
    if isinstance(exponent, (int, float, complex)):
        if isinstance(input, Tensor) and input._array.dtype.kind != "f":
            input = in_dtype_with(input, exponent)
        return pow_op(input, exponent=exponent)
    return pow_tensors_op(input, exponent)


def pow_(self: Any, exponent: Any) -> Any:
    """`pow` in place."""
    exponent = pow_tensors_op.second(exponent)
    if isinstance(exponent, Tensor):
        return write_in_place(pow_tensors_op, self, exponent)
    check_dtype(result_type_of([self._array, exponent]), self._array)
    return write_in_place(pow_op, self, exponent=exponent)


def float_power(input: Any, exponent: Any) -> Any:
    """The power, computed in float64, or in complex128."""
    wide = _wide(input, exponent)
    return pow(*(x.to(wide) if isinstance(x, Tensor) else wide.numpy.type(x).item() for x in (input, exponent)))


def float_power_(self: Any, exponent: Any) -> Any:
    """`float_power` in place; the tensor must have the result's dtype, double or complex double (INP-45)."""
    wide = _wide(self, exponent)
    if self.dtype is not wide:
        raise RuntimeError(
            f"the base given to float_power_ has dtype {long_name(self._array.dtype)} but the operation's result "
            "requires "
            f"dtype {long_name(wide.numpy)}"
        )
    return pow_(self, exponent.to(wide) if isinstance(exponent, Tensor) else exponent)


def _wide(*operands: Any) -> Any:
    for x in operands:
        if not isinstance(x, Tensor) and python_number(x) is None:
            raise TypeError(f"float_power(): an operand must be Tensor or Number, not {type(x).__name__}")
    return complex128 if any(is_complex(x) for x in operands) else float64


# --- the larger and the smaller ---------------------------------------------------------------------------------------


def _where_larger(g: Any, self: Any, other: Any) -> Any:
    return where(self < other, 0, where(self == other, g / 2, g))


def _where_smaller(g: Any, self: Any, other: Any) -> Any:
    return where(self > other, 0, where(self == other, g / 2, g))


# equal operands share the gradient (NUM-14)
maximum = Binary(
    "maximum", np.maximum, _where_larger, lambda g, self, other: _where_larger(g, other, self), numbers="no"
)
minimum = Binary(
    "minimum", np.minimum, _where_smaller, lambda g, self, other: _where_smaller(g, other, self), numbers="no"
)

# the first operand takes all of it (NUM-16); a NaN leaves it to the other
fmax = Binary(
    "fmax",
    np.fmax,
    lambda g, self, other: where((self >= other) | (other != other), g, 0),
    lambda g, self, other: where((self >= other) | (other != other), 0, g),
    numbers="no",
)
fmin = Binary(
    "fmin",
    np.fmin,
    lambda g, self, other: where((self <= other) | (other != other), g, 0),
    lambda g, self, other: where((self <= other) | (other != other), 0, g),
    numbers="no",
)

gcd = Binary("gcd", np.gcd, numbers="no")
lcm = Binary("lcm", np.lcm, numbers="no")
