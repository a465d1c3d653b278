"""Special functions, and functions of two operands beyond arithmetic: erf, lgamma, atan2, hypot, xlogy, lerp ...

``erf``, ``erfc`` and ``lgamma`` are Python's own, element by element; what Python lacks is SciPy's, which is asked for
when such a function is first called, so that the engine needs NumPy alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.ops.arithmetic import conj, mul
from reference.ops.elementwise import Binary, Unary
from reference.ops.logic import where
from reference.ops.gamma import digamma_series, polygamma_series
from reference.ops.pointwise import exp, log
from reference.ops.table import Op, no_derivative
from reference.tensor import Tensor


def _elementwise(function: Any) -> Any:
    vectorized = np.frompyfunc(function, 1, 1)

    def kernel(x: Any) -> Any:
        return np.asarray(vectorized(x)).astype(x.dtype)

    return kernel


def scipy_special(name: str) -> Any:
    """A kernel of SciPy's; where SciPy is not installed, NotImplementedError says what to do."""

    def kernel(*arrays: Any, **parameters: Any) -> Any:
        try:
            import scipy.special
        except ModuleNotFoundError:
            raise NotImplementedError(f"{name} needs SciPy: pip install scipy") from None
        out = getattr(scipy.special, name)(*arrays, **parameters)
        return np.asarray(out).astype(next(a.dtype for a in arrays if isinstance(a, np.ndarray)), copy=False)

    return kernel


_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)

# d erf(x) = 2/sqrt(pi) exp(-x^2) dx
erf = Unary("erf", _elementwise(math.erf), lambda g, self: g * _TWO_OVER_ROOT_PI * exp(-(self * self)), promotes="float")
erfc = Unary("erfc", _elementwise(math.erfc), lambda g, self: g * -_TWO_OVER_ROOT_PI * exp(-(self * self)), promotes="float")
erfinv = Unary("erfinv", scipy_special("erfinv"), lambda g, result: g * (math.sqrt(math.pi) / 2) * exp(result * result), promotes="float")


def _lgamma(x: float) -> float:
    if math.isnan(x):
        return x
    return math.inf if math.isinf(x) or (x <= 0 and x == math.floor(x)) else math.lgamma(x)


# d lgamma(x) = digamma(x) dx, d digamma(x) = polygamma(1, x) dx, and so on
lgamma = Unary("lgamma", _elementwise(_lgamma), lambda g, self: g * digamma(self), promotes="float")
digamma = Unary("digamma", digamma_series, lambda g, self: g * polygamma(1, self), promotes="float")
polygamma_op = Op(
    "polygamma",
    lambda self, *, n: digamma_series(self) if n == 0 else polygamma_series(n, self),
    self=lambda g, self, n: g * polygamma_op(self, n=n + 1),
    promotes="float",
)


def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma."""
    return polygamma_op(input, n=n)


def mvlgamma(input: Any, p: int) -> Any:
    """The multivariate log-gamma function."""
    steps = [lgamma(input - i / 2) for i in range(p)]
    total = steps[0]
    for step in steps[1:]:
        total = total + step
    return total + (p * (p - 1) / 4) * math.log(math.pi)


# i0(x)' = i1(x); i1(x)' = i0(x) - i1(x)/x
i0 = Unary("i0", lambda x: np.i0(x).astype(x.dtype), lambda g, self: g * i1(self), promotes="float")
i1 = Unary(
    "i1",
    scipy_special("i1"),
    lambda g, self, result: g * where(self == 0, self * 0 + 0.5, i0(self) - result / where(self == 0, self * 0 + 1, self)),
    promotes="float",
)

logit_op = Op(
    "logit",
    lambda self, *, eps: np.log(_bounded(self, eps) / (1 - _bounded(self, eps))),
    self=lambda g, self, eps: g / (self * (1 - self)) if eps is None else where(
        (self >= eps) & (self <= 1 - eps), g / (self * (1 - self)), g * 0),
    promotes="float",
)  # fmt: skip


def _bounded(x: Any, eps: Any) -> Any:
    return x if eps is None else np.clip(x, eps, 1 - eps)


def logit(input: Any, eps: Any = None) -> Any:
    """log(x / (1 - x)), with x bounded to [eps, 1 - eps]."""
    return logit_op(input, eps=eps)


# atan2(y, x): dy x/(x^2+y^2) - dx y/(x^2+y^2), which is 0 at the origin (NUM-39)
def _over_squares(g: Any, self: Any, other: Any) -> Any:
    squares = self * self + other * other
    return where(squares == 0, g * 0, g / where(squares == 0, squares * 0 + 1, squares))


atan2 = Binary(
    "atan2",
    np.arctan2,
    lambda g, self, other: _over_squares(g, self, other) * other,
    lambda g, self, other: _over_squares(g, self, other) * -self,
    promotes="float",
)
arctan2 = atan2

# hypot(a, b) = sqrt(a^2 + b^2), whose gradient is NaN at the origin (NUM-40)
hypot = Binary("hypot", np.hypot, lambda g, self, result: g * (self / result), lambda g, other, result: g * (other / result))


# x log(y), 0 where x is, whatever y (NUM-41)
def _xlogy_kernel(x: Any, y: Any) -> Any:
    return np.where((x == 0) & ~np.isnan(y), 0, x * np.log(y))


xlogy = Binary(
    "xlogy",
    _xlogy_kernel,
    lambda g, self, other: g * where((self == 0) & (other <= 0), other * 0, log(other)),
    lambda g, self, other: g * self / other,
    promotes="float",
)

copysign = Binary(
    "copysign",
    np.copysign,
    lambda g, self, result: where(self == 0, g * 0, g * (result / where(self == 0, self * 0 + 1, self))),
    lambda g: g * 0,
    promotes="float",
)
_of_heaviside = no_derivative("derivative for aten::heaviside is not implemented")
heaviside = Binary("heaviside", np.heaviside, _of_heaviside, _of_heaviside, node="NotImplemented")
nextafter = Binary("nextafter", np.nextafter)
logaddexp = Binary(
    "logaddexp",
    np.logaddexp,
    lambda g, self, result: g * exp(self - result),
    lambda g, other, result: g * exp(other - result),
    promotes="float",
)
logaddexp2 = Binary(
    "logaddexp2",
    np.logaddexp2,
    lambda g, self, result: g * 2 ** (self - result),
    lambda g, other, result: g * 2 ** (other - result),
    promotes="float",
)
float_power_op = Binary("float_power", np.float_power, promotes="float")


def float_power(input: Any, exponent: Any) -> Any:
    """The power, computed in float64."""
    from reference.dtypes import float64

    as_double = [x.to(float64) if isinstance(x, Tensor) else x for x in (input, exponent)]
    return as_double[0] ** as_double[1]


def ldexp(input: Any, other: Any) -> Any:
    """``input * 2 ** other``."""
    return mul(input, 2.0**other)


# start + weight (end - start)
lerp_op = Op(
    "lerp",
    lambda self, end, weight: np.where(
        np.abs(weight) < 0.5, self + weight * (end - self), end - (end - self) * (1 - weight)).astype(self.dtype),
    self=lambda g, weight: g * (1 - conj(weight)),
    end=lambda g, weight: g * conj(weight),
    weight=lambda g, self, end: g * conj(end - self),
)  # fmt: skip


def lerp(input: Any, end: Any, weight: Any) -> Any:
    """Linear interpolation from ``input`` to ``end``."""
    _require_same_dtype("lerp", input, end)
    return lerp_op(input, end, weight)


def _require_same_dtype(name: str, a: Any, b: Any) -> None:
    if a._array.dtype is not b._array.dtype:
        raise RuntimeError(f"expected dtype {a.dtype} for `end` but got dtype {b.dtype}")


def _scaled_product(self: Any, tensor1: Any, tensor2: Any, *, value: Any) -> Any:
    return self + (tensor1 * tensor2 if value == 1 else value * tensor1 * tensor2)


addcmul_op = Op(
    "addcmul",
    _scaled_product,
    promotes="common",
    self=lambda g: g,
    tensor1=lambda g, tensor2, value: g * conj(tensor2 * value),
    tensor2=lambda g, tensor1, value: g * conj(tensor1 * value),
)
addcdiv_op = Op(
    "addcdiv",
    lambda self, tensor1, tensor2, *, value: self + value * tensor1 / tensor2,
    promotes="common",
    self=lambda g: g,
    tensor1=lambda g, tensor2, value: g * conj(value / tensor2),
    tensor2=lambda g, tensor1, tensor2, value: -g * conj(value * tensor1 / (tensor2 * tensor2)),
)


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """``input + value * tensor1 * tensor2``."""
    return addcmul_op(input, tensor1, tensor2, value=value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """``input + value * tensor1 / tensor2``."""
    if all(x._array.dtype.kind in "biu" for x in (input, tensor1, tensor2)):
        raise RuntimeError("Integer division with addcdiv is no longer supported, use true division instead.")
    return addcdiv_op(input, tensor1, tensor2, value=value)
