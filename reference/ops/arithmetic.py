"""Arithmetic and powers: add, sub, mul, div, pow, remainder, maximum ...

Each row: forward, and the gradient with respect to each operand. ``g`` is the gradient of the result; it is summed
back to an operand's shape by the backward pass. Complex gradients are conjugate Wirtinger ones: for a holomorphic f the
vector-Jacobian product is g * conj(f'(z)) (CPX-02), and a row marked so is written with f' alone (`reference.ops.table`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.elementwise import Binary, Unary
from reference.ops.logic import where
from reference.ops.table import Op, no_derivative
from reference.tensor import Tensor

# d(a + b) = da + db
add_plain = Binary("add", np.add, lambda g: g, lambda g: g)

# d(a - b) = da - db
sub_plain = Binary("sub", np.subtract, lambda g: g, lambda g: -g)

# d(a b) = b da + a db
mul = Binary("mul", np.multiply, lambda g, other: g * other, lambda g, self: g * self, holomorphic=True)

# d(a / b) = da / b - (a / b) db / b
div_true = Binary(
    "div",
    np.true_divide,
    lambda g, other: g / other,
    lambda g, self, other: -g * ((self / other) / other),
    promotes="float",
    holomorphic=True,
)

# d(-a) = -da
neg = Unary("neg", np.negative, lambda g: -g)

# d(1/a) = -da / a^2
reciprocal = Unary("reciprocal", np.reciprocal, lambda g, result: -g * (result * result), promotes="float", holomorphic=True)

# d(a^2) = 2 a da
square = Unary("square", np.square, lambda g, self: g * (2 * self), node="PowBackward0", holomorphic=True)


def conj(x: Any) -> Any:
    """The conjugate, of a number, an array or a tensor; a real one is returned as it is."""
    return x.conjugate() if isinstance(x, (int, float, complex)) else x.conj()


def _pow_kernel(self: Any, *, exponent: Any) -> Any:
    if exponent == 2:
        return np.square(self)
    if self.dtype.kind in "iu" and isinstance(exponent, int) and exponent < 0:
        raise RuntimeError("Integers to negative integer powers are not allowed.")
    return np.power(self, exponent)


def _pow_self(g: Any, self: Any, exponent: Any) -> Any:
    # d(a^n) = n a^(n-1) da, which is 0 for n = 0 even at a = 0 (NUM-27)
    if exponent == 0:
        return g * 0 if isinstance(g, Tensor) else np.zeros_like(g)
    if exponent == 2:
        return g * (2 * self)
    exponent = conj(exponent)
    return g * (exponent * pow(self, exponent - 1))


pow_number = Op("pow", _pow_kernel, self=_pow_self, holomorphic=True)


def _number_to_the_power(exponent: Any, *, base: Any) -> Any:
    return np.power(base, exponent)


def _pow_exponent_of_number(g: Any, result: Any, base: Any, exponent: Any) -> Any:
    # d(a^y) = a^y log(a) dy, which is 0 at a = 0 for y >= 0 (NUM-30)
    slope = g * conj(result * _log_of_number(base))
    return where(exponent >= 0, slope * 0, slope) if base == 0 else slope


def _log_of_number(base: Any) -> Any:
    with np.errstate(all="ignore"):
        return np.log(base).item() if base != 0 else 0.0


number_pow = Op("number_pow", _number_to_the_power, node="PowBackward2", exponent=_pow_exponent_of_number)


def _pow_tensor_self(g: Any, self: Any, other: Any) -> Any:
    # d(a^b) = b a^(b-1) da, which is 0 for b = 0
    slope = other * pow_tensors(self, other - 1)
    return g * conj(where(other == 0, slope * 0, slope))


def _pow_tensor_other(g: Any, self: Any, other: Any, result: Any) -> Any:
    # d(a^b) = a^b log(a) db, which is 0 at a = 0 for b >= 0
    from reference.ops.pointwise import log

    zero = (self == 0) & (other.real >= 0)
    return g * conj(where(zero, result * 0, result * log(where(zero, self * 0 + 1, self))))


pow_tensors = Binary("pow_tensors", np.power, _pow_tensor_self, _pow_tensor_other, node="PowBackward1")


def pow(input: Any, exponent: Any) -> Any:
    """``input`` to the power of ``exponent``, either of which may be a number."""
    if isinstance(input, (Tensor, np.ndarray, np.generic)):
        if isinstance(exponent, (int, float, complex)):
            if isinstance(input, Tensor):
                kind = input._array.dtype.kind
                if kind in "biu" and not isinstance(exponent, int):
                    input = input.to(_default())
                elif kind == "f" and isinstance(exponent, complex):
                    input = input.to(input.dtype.to_complex())
            return pow_number(input, exponent=exponent)
        return pow_tensors(input, exponent)
    if isinstance(exponent, Tensor) and exponent._array.dtype.kind in "biu" and not isinstance(input, int):
        exponent = exponent.to(_default())
    return number_pow(exponent, base=input)


def _default() -> Any:
    from reference.dtypes import get_default_dtype

    return get_default_dtype()


def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``input + alpha * other``."""
    return add_plain(input, other if alpha == 1 else other * alpha)


def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``input - alpha * other``."""
    if any(isinstance(x, Tensor) and x._array.dtype.kind == "b" for x in (input, other)):
        raise RuntimeError("Subtraction, the `-` operator, with a bool tensor is not supported.")
    return sub_plain(input, other if alpha == 1 else other * alpha)


def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``other - alpha * input``."""
    return sub(other, input, alpha=alpha)


def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """``input / other``, a true division (TYP-05) unless ``rounding_mode`` is "trunc" or "floor"."""
    if rounding_mode is None:
        return div_true(input, other)
    if rounding_mode == "floor":
        return div_floor(input, other)
    if rounding_mode == "trunc":
        return div_trunc(input, other)
    raise RuntimeError(
        f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
    )


def _zero(g: Any) -> Any:
    return g * 0


div_floor = Binary("div_floor", np.floor_divide, _zero, _zero, node="DivBackward1")
_of_floor_divide = no_derivative("derivative for aten::floor_divide is not implemented")
floor_divide = Binary("floor_divide", np.floor_divide, _of_floor_divide, _of_floor_divide, node="NotImplemented")
div_trunc = Binary("div_trunc", lambda a, b: np.trunc(np.true_divide(a, b)).astype(a.dtype), _zero, _zero, node="DivBackward1")

# a mod b = a - b floor(a / b), with the sign of b (NUM-26)
remainder = Binary("remainder", np.remainder, lambda g: g, lambda g, self, other: -g * div_floor(self, other))

# a - b trunc(a / b), with the sign of a
fmod = Binary("fmod", np.fmod, lambda g: g, lambda g, self, other: -g * div_trunc(self, other))


def _larger_takes(g: Any, self: Any, other: Any) -> Any:
    return where(self == other, g / 2, where(self > other, g, g * 0))


def _smaller_takes(g: Any, self: Any, other: Any) -> Any:
    return where(self == other, g / 2, where(self < other, g, g * 0))


# equal operands share the gradient (NUM-14)
maximum = Binary(
    "maximum", np.maximum, _larger_takes, lambda g, self, other: _larger_takes(g, other, self), node="MaximumBackward0"
)
minimum = Binary("minimum", np.minimum, _smaller_takes, lambda g, self, other: _smaller_takes(g, other, self))

# the first operand takes all of it (NUM-16); a NaN leaves it to the other
fmax = Binary(
    "fmax",
    np.fmax,
    lambda g, self, other: where((self >= other) | (other != other), g, g * 0),
    lambda g, self, other: where((self >= other) | (other != other), g * 0, g),
)
fmin = Binary(
    "fmin",
    np.fmin,
    lambda g, self, other: where((self <= other) | (other != other), g, g * 0),
    lambda g, self, other: where((self <= other) | (other != other), g * 0, g),
)

# integers alone: no gradient
gcd = Binary("gcd", np.gcd)
lcm = Binary("lcm", np.lcm)
