"""Elementwise functions of one operand: exp, log, sin, tanh, abs, rounding ...

Each row: forward, and the gradient as a line of mathematics. A rule that names ``result`` saves the output, one that
names ``self`` the input (INP-11).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.ops.arithmetic import conj
from reference.ops.elementwise import Unary
from reference.ops.logic import where
from reference.ops.table import Op
from reference.tensor import Tensor


def _floating(name: str, kernel: Any, rule: Any = None, **facts: Any) -> Unary:
    return Unary(name, kernel, rule, promotes="float", **{"holomorphic": True, **facts})


# Powers and logarithms
exp = _floating("exp", np.exp, lambda g, result: g * result)
exp2 = _floating("exp2", np.exp2, lambda g, result: g * result * math.log(2))
expm1 = _floating("expm1", np.expm1, lambda g, result: g * (result + 1))
log = _floating("log", np.log, lambda g, self: g / self)
log2 = _floating("log2", np.log2, lambda g, self: g / (self * math.log(2)))
log10 = _floating("log10", np.log10, lambda g, self: g / (self * math.log(10)))
log1p = _floating("log1p", np.log1p, lambda g, self: g / (self + 1))
sqrt = _floating("sqrt", np.sqrt, lambda g, result: g / (2 * result))
rsqrt = _floating("rsqrt", lambda x: 1 / np.sqrt(x), lambda g, result: -0.5 * g * (result * result * result))

# Trigonometric and hyperbolic functions
sin = _floating("sin", np.sin, lambda g, self: g * (cos(self)))
cos = _floating("cos", np.cos, lambda g, self: g * -sin(self))
tan = _floating("tan", np.tan, lambda g, result: g * (1 + result * result))
asin = _floating("asin", np.arcsin, lambda g, self: g * (rsqrt(1 - self * self)))
acos = _floating("acos", np.arccos, lambda g, self: g * -rsqrt(1 - self * self))
atan = _floating("atan", np.arctan, lambda g, self: g / (self * self + 1))
sinh = _floating("sinh", np.sinh, lambda g, self: g * (cosh(self)))
cosh = _floating("cosh", np.cosh, lambda g, self: g * (sinh(self)))
tanh = _floating("tanh", np.tanh, lambda g, result: g * (1 - result * result))
asinh = _floating("asinh", np.arcsinh, lambda g, self: g * (rsqrt(self * self + 1)))
acosh = _floating("acosh", np.arccosh, lambda g, self: g * (rsqrt(self - 1) * rsqrt(self + 1)))
atanh = _floating("atanh", np.arctanh, lambda g, self: g * (1 / (1 - self * self)))
arcsin, arccos, arctan, arcsinh, arccosh, arctanh = asin, acos, atan, asinh, acosh, atanh


# Degrees and radians
deg2rad = _floating("deg2rad", np.deg2rad, lambda g: g * (math.pi / 180), node="MulBackward0")
rad2deg = _floating("rad2deg", np.rad2deg, lambda g: g * (180 / math.pi), node="MulBackward0")


# Magnitude and sign
def _abs_rule(g: Any, self: Any) -> Any:
    # d|z| = Re(conj(sgn z) dz), which is 0 at 0 (NUM-02, CPX-06)
    return g * sgn(self)


def _sgn_kernel(x: Any) -> Any:
    if x.dtype.kind != "c":
        return np.sign(x)
    size = np.abs(x)
    return np.where(size == 0, 0, x / np.where(size == 0, 1, size)).astype(x.dtype)


def _sgn_rule(g: Any, self: Any, result: Any) -> Any:
    # d(z/|z|) = (dz - s Re(conj(s) dz)) / |z|
    if not self.dtype.is_complex if isinstance(self, Tensor) else self.dtype.kind != "c":
        return g * 0
    size = abs(self)
    return where(size == 0, g * 0, (g - result * (conj(result) * g).real) / where(size == 0, size + 1, size))


abs = Unary("abs", np.abs, _abs_rule, promotes=None)
absolute = abs
sgn = Unary("sgn", _sgn_kernel, _sgn_rule, promotes=None)
sign = Unary("sign", np.sign, lambda g: g * 0, promotes=None)
positive = Unary("positive", np.positive, lambda g: g, promotes=None)

# Steps: the gradient is zero everywhere (NUM-24)
floor = Unary("floor", np.floor, lambda g: g * 0, promotes=None)
ceil = Unary("ceil", np.ceil, lambda g: g * 0, promotes=None)
trunc = Unary("trunc", np.trunc, lambda g: g * 0, promotes=None)
fix = trunc
frac = Unary("frac", lambda x: x - np.trunc(x), lambda g: g, promotes=None)
round_to_integer = Unary("round", np.round, lambda g: g * 0, promotes=None)
round_to_decimals = Op(
    "round_decimals", lambda self, *, decimals: np.round(self, decimals), self=lambda g: g * 0, node="RoundBackward1"
)


def round(input: Any, *, decimals: int = 0) -> Any:
    """Round half to even, to whole numbers or to a number of decimals."""
    return round_to_integer(input) if decimals == 0 else round_to_decimals(input, decimals=decimals)


# Sigmoid and its kin
def _sigmoid_kernel(x: Any) -> Any:
    if x.dtype.kind == "c":
        return 1 / (1 + np.exp(-x))
    e = np.exp(-np.abs(x))
    return np.where(x >= 0, 1 / (1 + e), e / (1 + e)).astype(x.dtype, copy=False)


sigmoid = _floating("sigmoid", _sigmoid_kernel, lambda g, result: g * ((1 - result) * result))
relu = Unary("relu", lambda x: np.maximum(x, 0), lambda g, result: g * (result > 0), promotes=None)


# sin(pi x) / (pi x): (cos(pi x) - sinc(x)) / x, which is 0 at 0 (NUM-41)
def _sinc_rule(g: Any, self: Any) -> Any:
    safe = where(self == 0, self * 0 + 1, self)
    return g * where(self == 0, self * 0, (cos(math.pi * safe) - sinc(safe)) / safe)


sinc = _floating("sinc", np.sinc, _sinc_rule)


# Complex parts; `real` and `imag` are views of a complex tensor (reference.ops.complex)
def _angle_rule(g: Any, self: Any) -> Any:
    # d arg(z) = Im(conj(z) dz) / |z|^2, which is 0 at 0; 0 for real numbers
    if not (self.dtype.is_complex if isinstance(self, Tensor) else self.dtype.kind == "c"):
        return g * 0
    squared = (self * conj(self)).real
    return where(squared == 0, g * 0, 1j * g * self / where(squared == 0, squared + 1, squared))


angle = _floating("angle", np.angle, _angle_rule, holomorphic=False)


# Bounds
def _clamp_kernel(self: Any, low: Any, high: Any) -> Any:
    out = self if low is None else np.maximum(self, low)
    out = out if high is None else np.minimum(out, high)
    return np.array(out) if out is self else out


def _inside(self: Any, low: Any, high: Any) -> Any:
    if low is None:
        return self <= high
    return self >= low if high is None else (self >= low) & (self <= high)


clamp_op = Op(
    "clamp",
    _clamp_kernel,
    inputs=("self", "min", "max"),
    promotes="common",
    # inside the bounds and at them the gradient passes (NUM-17 to NUM-19)
    self=lambda g, self, min, max: where(_inside(self, min, max), g, g * 0),
    min=lambda g, self, min, max: where((self < min) if max is None else (self < min) & (min < max), g, g * 0),
    max=lambda g, self, min, max: where((self > max) if min is None else (self > max) | (max < min), g, g * 0),
)


def _clamp_number_kernel(self: Any, *, min: Any, max: Any) -> Any:
    return _clamp_kernel(self, min, max)


clamp_number = Op(
    "clamp_number",
    _clamp_number_kernel,
    node="ClampBackward1",
    self=lambda g, self, min, max: where(_inside(self, min, max), g, g * 0),
)


def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """``input`` bounded from below by ``min`` and from above by ``max``, numbers or tensors."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if not isinstance(min, Tensor) and not isinstance(max, Tensor):
        kind = input._array.dtype.kind if isinstance(input, Tensor) else "f"
        if kind in "biu" and any(isinstance(bound, float) for bound in (min, max)):
            from reference.dtypes import get_default_dtype

            input = input.to(get_default_dtype())
        return clamp_number(input, min=min, max=max)
    return clamp_op(input, min, max)


clip = clamp


def clamp_min(input: Any, min: Any) -> Any:
    """``input`` bounded from below."""
    return clamp(input, min=min)


def clamp_max(input: Any, max: Any) -> Any:
    """``input`` bounded from above."""
    return clamp(input, max=max)


# replaced values have no gradient, the others pass it (NUM-43)
nan_to_num_op = Op(
    "nan_to_num",
    lambda self, *, nan, posinf, neginf: np.nan_to_num(self, copy=True, nan=nan, posinf=posinf, neginf=neginf),
    self=lambda g, self: where(np.isfinite(self) if not isinstance(self, Tensor) else self.isfinite(), g, g * 0),
)


def nan_to_num(input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Replace NaN (by 0) and infinities (by the dtype's largest and smallest numbers)."""
    return nan_to_num_op(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)
