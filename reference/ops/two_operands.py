"""Elementwise functions of two or three operands beyond arithmetic: atan2, hypot, logaddexp, ldexp, lerp ..."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.ops.arithmetic import div_op, reciprocal
from reference.ops.elementwise import Binary
from reference.ops.logic import where
from reference.ops.pointwise import exp
from reference.ops.results import named
from reference.ops.rules import conj, not_implemented, zero
from reference.ops.scaling import times
from reference.ops.table import Op
from reference.ops.writing import writable
from reference.tensor import Tensor


def _of_floats(kernel: Any) -> Any:
    """A kernel that refuses integers, which NumPy would convert."""

    def refuse(a: Any, b: Any) -> Any:
        if getattr(a, "dtype", np.dtype(float)).kind in "biu":
            raise TypeError("not for integers")
        return kernel(a, b)

    return refuse


# atan2(y, x): dy x/(x^2+y^2) - dx y/(x^2+y^2), which is 0 at the origin (NUM-39)
def _over_squares(g: Any, self: Any, other: Any) -> Any:
    squares = self * self + other * other
    return g * where(squares == 0, 0, reciprocal(squares))


atan2 = arctan2 = Binary(
    "atan2",
    np.arctan2,
    lambda g, self, other: _over_squares(g * other, self, other),
    lambda g, self, other: _over_squares(g * -self, self, other),
    promotes="float",
    numbers="no",
)

# hypot(a, b) = sqrt(a^2 + b^2), whose gradient is NaN at the origin (NUM-40)
hypot = Binary(
    "hypot",
    _of_floats(np.hypot),
    lambda g, self, result: g * self / result,
    lambda g, other, result: g * other / result,
    numbers="no",
)

# |a| with the sign of b: d = da where the sign was kept, -da where it was not, 0 at a = 0
copysign = Binary(
    "copysign",
    np.copysign,
    lambda g, self, result: where(self == 0, 0, g * (result / where(self == 0, 1, self))),
    lambda g, result: zero(g),
    promotes="float",
)

_no_derivative = not_implemented("derivative for aten::heaviside is not implemented", RuntimeError)
heaviside_op = Binary("heaviside", np.heaviside, _no_derivative, _no_derivative, node="NotImplemented", numbers="no")


@writable
def heaviside(input: Any, values: Any) -> Any:
    """0 for negative elements, 1 for positive ones, ``values`` where the input is zero."""
    if input._array.dtype is not values._array.dtype:
        raise RuntimeError("heaviside is not yet implemented for tensors with different dtypes.")
    return heaviside_op.bind(input, values)


nextafter = Binary(
    "nextafter", _of_floats(np.nextafter), lambda g, self, other: where(self == other, zero(g), g), zero, numbers="no"
)

# log(exp(a) + exp(b)), log2(2^a + 2^b)
logaddexp = Binary(
    "logaddexp",
    lambda a, b: _logaddexp_kernel(a, b),
    lambda g, self, other: g / conj(1 + exp(other - self)),
    lambda g, self, other: g / conj(1 + exp(self - other)),
    numbers="no",
)
logaddexp2 = Binary(
    "logaddexp2",
    _of_floats(np.logaddexp2),
    lambda g, self, other: g / (1 + 2 ** (other - self)),
    lambda g, self, other: g / (1 + 2 ** (self - other)),
    numbers="no",
)


def _logaddexp_kernel(a: Any, b: Any) -> Any:
    if a.dtype.kind != "c":
        return _of_floats(np.logaddexp)(a, b)
    larger, smaller = np.where(a.real >= b.real, a, b), np.where(a.real >= b.real, b, a)
    return larger + np.log1p(np.exp(smaller - larger))


# a 2^b
ldexp = Binary(
    "ldexp",
    lambda a, b: a * np.power(2.0, b, dtype=np.result_type(a)),
    lambda g, other: g * 2**other,
    lambda g, result: g * result * math.log(2),
    promotes="float",
    holomorphic=True,
    numbers="no",
)

frexp_op = Op(
    "frexp",
    lambda self: tuple(np.frexp(self)),
    outputs=("mantissa", "exponent"),
    differentiable=1,
    self=lambda g, exponent: g[0] / 2.0**exponent,
)


_Frexp = named("frexp", "mantissa", "exponent")


def frexp(input: Any) -> Any:
    """The mantissa, at least 1/2 and less than 1, and the exponent of 2."""
    if input._array.dtype.kind != "f":
        raise RuntimeError(f"torch.frexp() only supports floating-point dtypes, but got {input.dtype}")
    return _Frexp(*frexp_op(input))


def _lerp_kernel(self: Any, end: Any, weight: Any) -> Any:
    near_start = np.abs(weight) < 0.5
    return np.where(near_start, self + weight * (end - self), end - (end - self) * (1 - weight)).astype(self.dtype)


# start + weight (end - start)
lerp_op = Op(
    "lerp",
    _lerp_kernel,
    self=lambda g, weight: g * conj(1 - weight),
    end=lambda g, weight: g * conj(weight),
    weight=lambda g, self, end, weight: g * conj(end - self),
    node="LerpBackward1",
)


# a number is no tensor that is saved, so a second backward pass finds it
lerp_number_op = Op(
    "lerp_number",
    lambda self, end, *, weight: _lerp_kernel(self, end, weight),
    self=lambda g, weight: times(g, conj(1 - weight)),
    end=lambda g, weight: times(g, conj(weight)),
    node="LerpBackward0",
)


@writable
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """Linear interpolation from ``input`` to ``end``."""
    if input._array.dtype.kind not in "fc":
        raise NotImplementedError(f"\"lerp_kernel\" not implemented for '{input.dtype}'")
    for name, x in (("end", end), ("weight", weight)):
        if isinstance(x, Tensor) and x._array.dtype is not input._array.dtype and (name == "end" or x.ndim):
            raise RuntimeError(f"expected dtype {input.dtype} for `{name}` but got dtype {x.dtype}")
    if isinstance(weight, Tensor):
        return lerp_op.bind(input, end, weight)
    return lerp_number_op.bind(input, end, weight=weight)


addcmul_op = Op(
    "addcmul",
    lambda self, tensor1, tensor2, *, value: self + (tensor1 * tensor2 if value == 1 else value * tensor1 * tensor2),
    promotes="common",
    self=lambda g: g,
    tensor1=lambda g, tensor2, value: g * conj(tensor2 * value),
    tensor2=lambda g, tensor1, value: g * conj(tensor1 * value),
)
addcdiv_op = Op(
    "addcdiv",
    lambda self, tensor1, tensor2, *, value: self + value * tensor1 / tensor2,
    promotes="common",
    self=lambda g, tensor2: g,  # which is saved whatever needs a gradient
    tensor1=lambda g, tensor2, value: g * conj(div_op(value, tensor2)),
    tensor2=lambda g, tensor1, tensor2, value: -g * conj(value * tensor1 / (tensor2 * tensor2)),
)


@writable
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """``input + value * tensor1 * tensor2``."""
    return addcmul_op.bind(input, tensor1, tensor2, value=value)


@writable
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """``input + value * tensor1 / tensor2``."""
    if all(isinstance(x, Tensor) and x._array.dtype.kind in "biu" for x in (tensor1, tensor2)):
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future release addcdiv will perform a true "
            "division of tensor1 and tensor2."
        )
    return addcdiv_op.bind(input, tensor1, tensor2, value=value)
