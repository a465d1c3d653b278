"""Elementwise functions of one operand: exp, log, sin, tanh, abs, rounding, bounds ...

Each row: forward, and the gradient as a line of mathematics. A rule that names ``result`` saves the output, one that
names ``self`` the input (INP-11).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.ops.elementwise import Unary
from reference.ops.logic import where
from reference.ops.promotion import in_dtype_with
from reference.ops.rules import conj, is_complex, not_implemented, raw, zero
from reference.ops.scaling import times
from reference.ops.table import Op
from reference.ops.writing import writable, write_in_place
from reference.tensor import Tensor


def _floating(name: str, kernel: Any, rule: Any = None, **facts: Any) -> Unary:
    return Unary(name, kernel, rule, promotes="float", **{"holomorphic": True, **facts})


# --- powers and logarithms --------------------------------------------------------------------------------------------

exp = _floating("exp", np.exp, lambda g, result: g * result)
exp2 = _floating("exp2", lambda x: np.power(2, x), lambda g, result: g * result * math.log(2))
expm1 = _floating("expm1", np.expm1, lambda g, result: g * (result + 1))
log = _floating("log", np.log, lambda g, self: g / self)
log2 = _floating("log2", np.log2, lambda g, self: g / (self * math.log(2)))
log10 = _floating("log10", np.log10, lambda g, self: g / (self * math.log(10)))
log1p = _floating("log1p", np.log1p, lambda g, self: g / (self + 1), node="Log1PBackward0")
sqrt = _floating("sqrt", np.sqrt, lambda g, result: g / (2 * result))
rsqrt = _floating("rsqrt", lambda x: 1 / np.sqrt(x), lambda g, result: -0.5 * g * (result * result * result))

# --- trigonometric and hyperbolic functions ---------------------------------------------------------------------------

sin = _floating("sin", np.sin, lambda g, self: g * cos(self))
cos: Unary = _floating("cos", np.cos, lambda g, self: g * -sin(self))
tan = _floating("tan", np.tan, lambda g, result: g * (1 + result * result))
asin = arcsin = _floating("asin", np.arcsin, lambda g, self: g * rsqrt(1 - self * self))
acos = arccos = _floating("acos", np.arccos, lambda g, self: g * -rsqrt(1 - self * self))
atan = arctan = _floating("atan", np.arctan, lambda g, self: g / (self * self + 1))
sinh = _floating("sinh", np.sinh, lambda g, self: g * cosh(self))
cosh: Unary = _floating("cosh", np.cosh, lambda g, self: g * sinh(self))
tanh = _floating(
    "tanh",
    np.tanh,
    lambda g, result: _tanh_backward_op(g, result) if isinstance(g, Tensor) else g * (1 - result * result),
)
_tanh_backward_op: Op = Op(
    "tanh_backward",
    lambda grad_output, output: grad_output * (1 - output * output),
    grad_output=lambda g, output: _tanh_backward_op(g, output),
    output=lambda g, grad_output, output: g * (-2 * output * grad_output),
    holomorphic=True,
)
asinh = arcsinh = _floating("asinh", np.arcsinh, lambda g, self: g * rsqrt(self * self + 1))
acosh = arccosh = _floating("acosh", np.arccosh, lambda g, self: g * _rsqrt_of_square_less_one(self))
atanh = arctanh = _floating("atanh", np.arctanh, lambda g, self: times(g, 1) / (1 - self * self))


def _rsqrt_of_square_less_one(z: Any) -> Any:
    # the product of the roots is the root of the product for no complex numbers but a half-plane's
    return rsqrt(z - 1) * rsqrt(z + 1) if is_complex(z) else rsqrt(z * z - 1)


def _without_derivative_in_place(op: Unary) -> Any:
    """PyTorch records these in place, but has no derivative for them."""
    rule = not_implemented(f"the derivative for 'inplace version of {op.name}' is not implemented.")
    row = Unary(f"{op.name}_", op.kernel, rule, promotes="float", node=f"{op.name.capitalize()}Backward1")
    return lambda self: write_in_place(row, self)


asinh_, acosh_, atanh_ = (_without_derivative_in_place(op) for op in (asinh, acosh, atanh))
arcsinh_, arccosh_, arctanh_ = asinh_, acosh_, atanh_

deg2rad = Unary(
    "deg2rad",
    lambda x: x * (math.pi / 180),
    lambda g: times(g, math.pi / 180),
    promotes="float",
    node="Deg2RadBackward0",
)
rad2deg = Unary(
    "rad2deg",
    lambda x: x * (180 / math.pi),
    lambda g: times(g, 180 / math.pi),
    promotes="float",
    node="Rad2DegBackward0",
)


# --- magnitude and sign -----------------------------------------------------------------------------------------------


def _sign_kernel(x: Any) -> Any:
    if x.dtype.kind == "b":
        return x
    sign = np.sign(x)
    return np.where(x == x, sign, 0) if x.dtype.kind == "f" else sign  # that of NaN is zero


def _sgn_kernel(x: Any) -> Any:
    if x.dtype.kind != "c":
        return _sign_kernel(x)
    size = np.abs(x)
    return np.where(size == 0, 0, x / np.where(size == 0, 1, size)).astype(x.dtype)


def _sgn_rule(g: Any, self: Any, result: Any) -> Any:
    # d(z/|z|) = (dz - s Re(conj(s) dz)) / |z|
    if not is_complex(self):
        return zero(g)
    size = abs(self)
    return where(size == 0, 0, (g - result * (conj(result) * g).real) / where(size == 0, 1, size))


# d|z| = Re(conj(sgn z) dz), which is 0 at 0 (NUM-02, CPX-06)
abs = absolute = Unary("abs", np.abs, lambda g, self: g * sgn(self))
sgn: Unary = Unary("sgn", _sgn_kernel, _sgn_rule)


def positive(input: Any) -> Any:
    """The tensor itself. Raises RuntimeError for bools."""
    if raw(input).dtype.kind == "b":
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


def _of_reals(kernel: Any) -> Any:
    """A kernel that refuses complex numbers, with which NumPy would put up."""

    def refuse(x: Any) -> Any:
        if x.dtype.kind == "c":
            raise TypeError("not for complex numbers")
        return kernel(x) if x.dtype.kind != "b" else x

    return refuse


sign = Unary("sign", _of_reals(_sign_kernel), zero)

# --- steps: the gradient is zero everywhere (NUM-24) ------------------------------------------------------------------

floor = Unary("floor", np.floor, zero)
ceil = Unary("ceil", np.ceil, zero)
trunc = fix = Unary("trunc", np.trunc, zero)
frac = Unary("frac", lambda x: x - np.trunc(x), lambda g: g)


def _round_kernel(self: Any, *, decimals: int) -> Any:
    if decimals and self.dtype.kind in "iu":
        raise RuntimeError(f"\"round_cpu\" not implemented for '{self.dtype}'")
    return np.round(self, decimals)


round_op = Unary("round", _of_reals(lambda x: np.rint(x) if x.dtype.kind == "f" else x.copy()), zero)
round_to_decimals_op = Op("round_decimals", _round_kernel, self=zero, node="RoundBackward1")


@writable
def round(input: Any, *, decimals: int = 0) -> Any:
    """Round half to even, to whole numbers or to a number of decimals."""
    return round_op.bind(input) if decimals == 0 else round_to_decimals_op.bind(input, decimals=decimals)


# --- sigmoid and its kin ----------------------------------------------------------------------------------------------


def _sigmoid_kernel(x: Any) -> Any:
    return np.reciprocal(1 + np.exp(-x))


def _unless_at_most_zero(g: Any, x: Any) -> Any:
    """``g``, and zero where x <= 0: its bits are masked, since np.where mispredicts its branch half of the time."""
    bits = f"i{g.dtype.itemsize}"
    mask = (x <= 0).astype(bits)
    mask -= 1  # all bits, or none
    return (g.view(bits) & mask).view(g.dtype)


sigmoid = _floating(
    "sigmoid",
    _sigmoid_kernel,
    lambda g, result: _sigmoid_backward_op(g, result) if isinstance(g, Tensor) else g * ((1 - result) * result),
)
_sigmoid_backward_op: Op = Op(
    "sigmoid_backward",
    lambda grad_output, output: grad_output * ((1 - output) * output),
    grad_output=lambda g, output: _sigmoid_backward_op(g, output),
    output=lambda g, grad_output, output: g * grad_output * (1 - 2 * output),
    holomorphic=True,
)
relu = Unary("relu", _of_reals(lambda x: np.maximum(x, 0)), lambda g, result: _passed_op(g, result))
# what reaches the input of relu: its slope is constant, which the second derivative knows as zero
_passed_op: Op = Op(
    "threshold_backward",
    lambda grad_output, self: _unless_at_most_zero(grad_output, self),
    grad_output=lambda g, self: _passed_op(g, self),
    self=zero,
)


def _sinc_rule(g: Any, self: Any) -> Any:
    # sin(pi x) / (pi x): (pi x cos(pi x) - sin(pi x)) / (pi x^2), which is 0 at 0 (NUM-41)
    turned, squared = times(self, math.pi), times(self * self, math.pi)
    sine = sin(turned)  # before the cosine: so the second derivative adds up in the order of PyTorch's
    return where(squared == 0, 0, g * ((turned * cos(turned) - sine) / squared))


sinc = _floating("sinc", np.sinc, _sinc_rule)


def _angle_rule(g: Any, self: Any) -> Any:
    # d arg(z) = Im(conj(z) dz) / |z|^2, which is 0 at 0; 0 for real numbers
    if not is_complex(self):
        return zero(g)
    return where(self == 0, 0, times(g * self / abs(self) ** 2, 1j))


def _angle_kernel(x: Any) -> Any:
    angle = np.angle(x).astype(x.real.dtype, copy=False)
    return angle if x.dtype.kind == "c" else np.where(np.isnan(x), x, angle)


angle = _floating("angle", _angle_kernel, _angle_rule, holomorphic=False)

# replaced values have no gradient, the others pass it (NUM-43)
nan_to_num_op = Op(
    "nan_to_num",
    lambda self, *, nan, posinf, neginf: np.nan_to_num(self, copy=True, nan=nan, posinf=posinf, neginf=neginf),
    self=lambda g, self: g * (self.isfinite() if isinstance(self, Tensor) else np.isfinite(self)),
)


@writable
def nan_to_num(input: Any, nan: float | None = None, posinf: float | None = None, neginf: float | None = None) -> Any:
    """Replace NaN (by 0) and infinities (by the dtype's largest and smallest numbers)."""
    return nan_to_num_op.bind(input, nan=0.0 if nan is None else nan, posinf=posinf, neginf=neginf)


# --- bounds -----------------------------------------------------------------------------------------------------------


def _clamp_kernel(self: Any, min: Any, max: Any) -> Any:
    if self.dtype.kind == "c":
        raise NotImplementedError("clamp is not supported for complex types")
    out = self if min is None else np.maximum(self, min)
    out = out if max is None else np.minimum(out, max)
    return np.array(out) if out is self else out


def _inside(self: Any, min: Any, max: Any) -> Any:
    if min is None:
        return self <= max
    return self >= min if max is None else (self >= min) & (self <= max)


# inside the bounds and at them the gradient passes (NUM-17 to NUM-19)
clamp_op = Op(
    "clamp",
    _clamp_kernel,
    promotes="common",
    self=lambda g, self, min, max: where(_inside(self, min, max), g, 0),
    min=lambda g, self, min, max: where(self < min if max is None else (self < min) & (min < max), g, 0),
    max=lambda g, self, min, max: where(self > max if min is None else (self > max) | (max < min), g, 0),
)
clamp_number_op = Op(
    "clamp_number",
    lambda self, *, min, max: _clamp_kernel(self, min, max),
    node="ClampBackward1",
    self=lambda g, self, min, max: where(_inside(self, min, max), g, 0),
)


# bounded from one side
_clamp_min_op = Op(
    "clamp_min",
    lambda self, min: _clamp_kernel(self, min, None),
    promotes="common",
    node="ClampMinBackward1",
    self=lambda g, self, min: where(self >= min, g, 0),
    min=lambda g, self, min: where(self < min, g, 0),
)
_clamp_max_op = Op(
    "clamp_max",
    lambda self, max: _clamp_kernel(self, None, max),
    promotes="common",
    node="ClampMaxBackward1",
    self=lambda g, self, max: where(self <= max, g, 0),
    max=lambda g, self, max: where(self > max, g, 0),
)
_clamp_min_number_op = Op(
    "clamp_min_number",
    lambda self, *, min: _clamp_kernel(self, min, None),
    node="ClampMinBackward0",
    self=lambda g, self, min: where(self >= min, g, 0),
)
_clamp_max_number_op = Op(
    "clamp_max_number",
    lambda self, *, max: _clamp_kernel(self, None, max),
    node="ClampMaxBackward0",
    self=lambda g, self, max: where(self <= max, g, 0),
)


@writable
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """``input`` bounded from below by ``min`` and from above by ``max``, numbers or tensors."""
    bounds = [bound for bound in (min, max) if bound is not None]
    if not bounds:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    tensors = [bound for bound in bounds if isinstance(bound, Tensor)]
    if not tensors:
        return clamp_number_op.bind(in_dtype_with(input, *bounds), min=min, max=max)
    if len(tensors) != len(bounds):
        raise TypeError("clamp(): min and max must both be tensors, or both numbers")
    return clamp_op.bind(input, min, max)


clip = clamp


@writable
def clamp_min(input: Any, min: Any) -> Any:
    """``input`` bounded from below."""
    if isinstance(min, Tensor):
        return _clamp_min_op.bind(input, min)
    if min is None:
        raise TypeError("clamp_min(): argument 'min' must be Tensor or Number, not NoneType")
    return _clamp_min_number_op.bind(in_dtype_with(input, min), min=min)


@writable
def clamp_max(input: Any, max: Any) -> Any:
    """``input`` bounded from above."""
    if isinstance(max, Tensor):
        return _clamp_max_op.bind(input, max)
    if max is None:
        raise TypeError("clamp_max(): argument 'max' must be Tensor or Number, not NoneType")
    return _clamp_max_number_op.bind(in_dtype_with(input, max), max=max)
