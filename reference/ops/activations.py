"""Activations: rows of the op table. Their public functions are in `reference.nn.functional`.

Each row: forward, and its derivative as a line of mathematics. What happens at a kink is PyTorch's choice, measured.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.ops.autocasting import in_autocast_dtype
from reference.ops.dims import dimension
from reference.ops.elementwise import Unary
from reference.ops.joining import cat
from reference.ops.logic import where
from reference.ops.pointwise import cosh, exp, log1p, sigmoid, tanh
from reference.ops.reductions import sum
from reference.ops.rules import not_implemented, zero
from reference.ops.special_functions import erf
from reference.ops.table import Op
from reference.ops.writing import long_name
from reference.tensor import Tensor


def require_floating(input: Any, kernel: str) -> None:
    """Refuse integers, as PyTorch's kernels do."""
    if input._array.dtype.kind in "biu":
        raise NotImplementedError(f"\"{kernel}\" not implemented for '{long_name(input._array.dtype)}'")


# --- a slope on each side of a threshold ----------------------------------------------------------------------------

# the gradient where it passes, elsewhere times a slope: the second derivative is zero, but the input is saved for it
_sloped_op = Op(
    "sloped_backward",
    lambda grad_output, self, *, passes, slope: np.where(
        passes(self), grad_output, grad_output * slope if slope else 0
    ).astype(grad_output.dtype, copy=False),
    grad_output=lambda g, self, passes, slope: _sloped_op(g, self, passes=passes, slope=slope),
    self=lambda g, self: zero(g),
)


def _sloped(g: Any, self: Any, passes: Any, slope: float = 0.0) -> Any:
    return _sloped_op(g, self, passes=passes, slope=slope)


leaky_relu_op = Op(
    "leaky_relu",
    lambda self, *, negative_slope: np.where(self > 0, self, self * negative_slope),
    self=lambda g, self, negative_slope: _sloped(g, self, lambda x: x > 0, negative_slope),
)


def _leaky_relu_of_result(g: Any, result: Any, negative_slope: float) -> Any:
    if negative_slope < 0:
        raise RuntimeError(
            "In-place leakyReluBackward calculation is triggered with a negative slope which is not supported. This is "
            "caused by calling in-place forward function with a negative slope, please call out-of-place version "
            "instead."
        )
    return _sloped(g, result, lambda y: y > 0, negative_slope)


# in place, the derivative is read off the result: the input is gone
leaky_relu_in_place = Op("leaky_relu_", leaky_relu_op.kernel, self=_leaky_relu_of_result, node="LeakyReluBackward1")

_prelu_backward_op = Op(
    "prelu_backward",
    lambda grad_output, self, weight: np.where(self > 0, grad_output, weight * grad_output),
    grad_output=lambda g, self, weight: where(self > 0, g, weight * g),
    self=lambda g, self: zero(g),
    weight=lambda g, grad_output, self: where(self > 0, 0, g * grad_output),
)
prelu_op = Op(
    "prelu_kernel",
    lambda self, weight: np.where(self > 0, self, weight * self),
    self=lambda g, self, weight: _prelu_backward_op(g, self, weight),
    weight=lambda g, self: where(self > 0, 0, self * g),
)
threshold_op = Op(
    "threshold",
    lambda self, *, threshold, value: np.where(self <= threshold, self.dtype.type(value), self),
    self=lambda g, self, threshold: _sloped(g, self, lambda x: ~(x <= threshold)),
)
hardtanh_op = Op(
    "hardtanh",
    lambda self, *, min_val, max_val: np.clip(self, min_val, max_val),
    # nothing passes at the bounds
    self=lambda g, self, min_val, max_val: _sloped(g, self, lambda x: ~((x <= min_val) | (x >= max_val))),
)
hardshrink_op = Op(
    "hardshrink",
    lambda self, *, lambd: np.where((self >= -lambd) & (self <= lambd), self.dtype.type(0), self),
    self=lambda g, self, lambd: _sloped(g, self, lambda x: ~((x >= -lambd) & (x <= lambd))),
)
softshrink_op = Op(
    "softshrink",
    lambda self, *, lambd: np.where(
        self > lambd, self - lambd, np.where(self < -lambd, self + lambd, self * self.dtype.type(0))
    ),
    self=lambda g, self, lambd: _sloped(g, self, lambda x: ~((x >= -lambd) & (x <= lambd))),
)
_no_derivative = not_implemented("derivative for aten::hardsigmoid_backward is not implemented", RuntimeError)
_hardsigmoid_backward_op = Op(
    "hardsigmoid_backward",
    lambda grad_output, self: where((self > -3) & (self < 3), grad_output / 6, 0),
    grad_output=_no_derivative,
    self=_no_derivative,
)
hardsigmoid_op = Unary(
    "hardsigmoid",
    lambda x: np.clip(x + 3, 0, 6) / 6,
    lambda g, self: _hardsigmoid_backward_op(g, self),
    promotes=None,
)
_hardswish_backward_op = Op(
    "hardswish_backward",
    lambda grad_output, self: np.where(
        self <= -3, grad_output.dtype.type(0), np.where(self < 3, grad_output * (self / 3 + 0.5), grad_output)
    ),
    grad_output=lambda g, self: _hardswish_backward_op(g, self),
    self=lambda g, grad_output, self: where((self > -3) & (self < 3), g * grad_output / 3, 0),
)
hardswish_op = Unary(
    "hardswish",
    lambda x: x * np.clip(x + 3, 0, 6) / 6,
    lambda g, self: _hardswish_backward_op(g, self),
    promotes=None,
)

# --- smooth ones ----------------------------------------------------------------------------------------------------


def _elu_kernel(self: Any, *, alpha: float, scale: float, input_scale: float) -> Any:
    return np.where(self > 0, self * scale, np.expm1(np.minimum(self, 0) * input_scale) * (alpha * scale))


def _elu_backward_kernel(grad_output: Any, self: Any, *, alpha: float, scale: float, input_scale: float) -> Any:
    # s x above zero, s a (e^(k x) - 1) below, so s or s a k e^(k x); of zero the side below, of NaN that above
    slope = np.exp(np.minimum(self, 0) * input_scale) * (alpha * scale * input_scale)
    return np.where(self <= 0, grad_output * slope, grad_output * scale)


def _elu_rule(g: Any, self: Any, alpha: float, scale: float, input_scale: float) -> Any:
    return _elu_backward_op(g, self, alpha=alpha, scale=scale, input_scale=input_scale)


def _elu_second_rule(g: Any, grad_output: Any, self: Any, alpha: float, scale: float, input_scale: float) -> Any:
    # the derivative of the slope below zero, and at zero none
    return _elu_rule(g * grad_output * input_scale, self, alpha, scale, input_scale) * (self < 0)


_elu_backward_op = Op("elu_backward", _elu_backward_kernel, grad_output=_elu_rule, self=_elu_second_rule)
elu_op = Op("elu", _elu_kernel, self=_elu_rule)


def _elu_of_result(g: Any, result: Any, alpha: float, scale: float, input_scale: float) -> Any:
    # s a k e^(k x) = k (result + s a)
    if alpha < 0:
        raise RuntimeError(
            "In-place elu backward calculation is triggered with a negative slope which is not supported. This is "
            "caused by calling in-place forward function with a negative slope, please call out-of-place version "
            "instead."
        )
    return _elu_of_result_op(g, result, alpha=alpha, scale=scale, input_scale=input_scale)


_elu_of_result_op = Op(
    "elu_of_result_backward",
    lambda grad_output, output, *, alpha, scale, input_scale: np.where(
        output <= 0, grad_output * (output + alpha * scale) * input_scale, grad_output * scale
    ),
    node="EluBackwardBackward0",
    grad_output=lambda g, output, alpha, scale, input_scale: _elu_of_result(g, output, alpha, scale, input_scale),
    output=lambda g, grad_output, output, input_scale: g * grad_output * input_scale * (output < 0),
)
elu_in_place = Op("elu_", _elu_kernel, self=_elu_of_result, node="EluBackward1")


def _softplus_kernel(self: Any, *, beta: float, threshold: float) -> Any:
    scaled = self * beta
    return np.where(scaled > threshold, self, np.log1p(np.exp(np.minimum(scaled, threshold))) / beta)


def _softplus_second_rule(g: Any, grad_output: Any, self: Any, beta: float, threshold: float) -> Any:
    # the sigmoid s of b x has the derivative b s (1 - s)
    s = sigmoid(self * beta)
    return where(self * beta >= threshold, 0, g * grad_output * (s * (1 - s)) * beta)  # at the threshold too, unlike s


_softplus_backward_op = Op(
    "softplus_backward",
    lambda grad_output, self, *, beta, threshold: np.where(
        self * beta > threshold, grad_output, grad_output * sigmoid(self * beta)
    ),
    grad_output=lambda g, self, beta, threshold: _softplus_backward_op(g, self, beta=beta, threshold=threshold),
    self=_softplus_second_rule,
)
softplus_op = Op(
    "softplus",
    _softplus_kernel,
    # log(1 + e^(b x)) / b, so e^(b x) / (1 + e^(b x)); above the threshold it is taken for x
    self=lambda g, self, beta, threshold: _softplus_backward_op(g, self, beta=beta, threshold=threshold),
)
logsigmoid_op = Unary(
    "log_sigmoid",
    lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))),
    lambda g, self: _logsigmoid_backward_op(g, self),
    promotes=None,
)
_logsigmoid_backward_op: Op = Op(
    "log_sigmoid_backward",
    lambda grad_output, self: grad_output * sigmoid(-self),
    grad_output=lambda g, self: _logsigmoid_backward_op(g, self),
    self=lambda g, grad_output, self: -(g * grad_output) * (sigmoid(self) * sigmoid(-self)),
)


def _silu_rule(g: Any, self: Any) -> Any:
    # (x s)' = s + x s (1 - s)
    s = sigmoid(self)
    return g * (s * (1 + self * (1 - s)))


silu_op = Unary("silu", lambda x: x * sigmoid(x), _silu_rule, promotes=None, holomorphic=True)


def _mish_rule(g: Any, self: Any) -> Any:
    # (x t)' = t + x s (1 - t^2), with t = tanh(softplus(x)) and s = sigmoid(x) = softplus'(x)
    # of a tensor without a threshold, as PyTorch has it: where e^x overflows, the next derivative is NaN
    t = tanh(log1p(exp(self)) if isinstance(g, Tensor) else softplus_op(self, beta=1.0, threshold=20.0))
    return g * (t + self * sigmoid(self) * (1 - t * t))


mish_op = Unary("mish", lambda x: x * np.tanh(_softplus_kernel(x, beta=1.0, threshold=20.0)), _mish_rule, promotes=None)


def _normal_cdf(x: Any) -> Any:
    return 0.5 * (1 + erf(x * math.sqrt(0.5)))


def _normal_density(x: Any) -> Any:
    return exp(-0.5 * (x * x)) * (1 / math.sqrt(2 * math.pi))


# (x F)' = F + x F', where F is the standard normal distribution; as F'' = -x F', the next is (2 - x^2) F'
_gelu_backward_op: Op = Op(
    "gelu_backward",
    lambda grad_output, self: grad_output * (_normal_cdf(self) + self * _normal_density(self)),
    grad_output=lambda g, self: _gelu_backward_op(g, self),
    self=lambda g, grad_output, self: g * grad_output * ((2 - self * self) * _normal_density(self)),
)


_GELU_SCALE, _GELU_CUBIC = math.sqrt(2 / math.pi), 0.044715


def _gelu_tanh(x: Any) -> Any:
    return tanh(_GELU_SCALE * (x + _GELU_CUBIC * (x * x * x)))


def _gelu_tanh_backward_kernel(grad_output: Any, self: Any) -> Any:
    # x (1 + t) / 2 with t = tanh(u), so (1 + t) / 2 + x (1 - t^2) u' / 2
    t = _gelu_tanh(self)
    inner = _GELU_SCALE * (1 + 3 * _GELU_CUBIC * (self * self))
    return grad_output * (0.5 * (1 + t) + 0.5 * self * (1 - t * t) * inner)


def _gelu_tanh_second_rule(g: Any, grad_output: Any, self: Any) -> Any:
    # t' u' + x (t'' u'^2 + t' u'') / 2, with t' = 1 - t^2 and t'' = -2 t / cosh(u)^2, as PyTorch has it
    u = _GELU_SCALE * (self + _GELU_CUBIC * (self * self * self))
    t, secant = tanh(u), 1 / cosh(u)
    half, slope = 0.5 * self, 1 - t * t
    first, second = _GELU_SCALE * (1 + 3 * _GELU_CUBIC * (self * self)), 6 * _GELU_SCALE * _GELU_CUBIC * self
    bend = half * first * (2 * secant * (-secant * t) * first)
    return g * grad_output * (slope * first + bend + half * slope * second)


_gelu_tanh_backward_op: Op = Op(
    "gelu_tanh_backward",
    _gelu_tanh_backward_kernel,
    grad_output=lambda g, self: _gelu_tanh_backward_op(g, self),
    self=_gelu_tanh_second_rule,
)


gelu_op = Unary("gelu", lambda x: x * _normal_cdf(x), lambda g, self: _gelu_backward_op(g, self), promotes=None)
gelu_tanh_op = Unary(
    "gelu_tanh",
    lambda x: 0.5 * x * (1 + _gelu_tanh(x)),
    lambda g, self: _gelu_tanh_backward_op(g, self),
    promotes=None,
    node="GeluBackward0",
)

celu_op = elu_op.named("CeluBackward0")

# slopes that are drawn (one above zero); outside of training, `leaky_relu` with their mean
rrelu_op = Op(
    "rrelu_with_noise", lambda self, noise: self * noise, inputs=("self", "noise"), self=lambda g, noise: g * noise
)
rrelu_of_mean = leaky_relu_op.named("RreluWithNoiseBackward0")

#: The rows in place of rows that have another derivative, or a node of another name, there.
IN_PLACE = {
    leaky_relu_op: leaky_relu_in_place,
    elu_op: elu_in_place,
    celu_op: elu_in_place.named("CeluBackward1"),
    threshold_op: threshold_op.named("ThresholdBackward1"),
    rrelu_op: rrelu_op.named("RreluWithNoiseBackward1"),
    rrelu_of_mean: leaky_relu_in_place.named("RreluWithNoiseBackward1"),
}


def _halves(x: Any, dim: int) -> tuple[Any, Any]:
    n, leading = x.shape[dim] // 2, (slice(None),) * dim
    return x[(*leading, slice(0, n))], x[(*leading, slice(n, 2 * n))]


def _glu_kernel(self: Any, *, dim: int) -> Any:
    first, second = _halves(self, dim)
    return first * sigmoid(second)


def _glu_rule(g: Any, self: Any, dim: int) -> Any:
    # d(a s) = s da + a s (1 - s) db, with s = sigmoid(b)
    first, second = _halves(self, dim)
    s = sigmoid(second)
    return cat([g * s, g * first * (s * (1 - s))], dim)


glu_op = Op("glu", _glu_kernel, self=_glu_rule)

# --- softmax and its logarithm --------------------------------------------------------------------------------------


def _shifted(self: Any, dim: int) -> Any:
    """The input less its largest element along a dimension, in an array of its own."""
    if not self.ndim:
        return np.array(self - self)
    return self - np.maximum.reduce(self, axis=dim, keepdims=True) if self.size else np.array(self)


def _softmax_kernel(self: Any, *, dim: int) -> Any:
    out = _shifted(self, dim)
    np.exp(out, out=out)
    out /= _total(out, dim)
    return out


def _log_softmax_kernel(self: Any, *, dim: int) -> Any:
    out = _shifted(self, dim)
    out -= np.log(_total(np.exp(out), dim))
    return out


def _total(x: Any, dim: int) -> Any:
    """The sum along a dimension, which is kept; of arrays and tensors."""
    if not x.ndim:
        return x
    return np.add.reduce(x, axis=dim, keepdims=True) if isinstance(x, np.ndarray) else sum(x, dim, keepdim=True)


# dp_i = p_i (dx_i - sum_j p_j dx_j)
softmax_op = Op(
    "softmax",
    _softmax_kernel,
    self=lambda g, result, dim: result * (g - _total(g * result, dim)),
)
# d log p_i = dx_i - sum_j p_j dx_j
_log_softmax_backward_op = Op(
    "log_softmax_backward_data",
    lambda grad_output, output, *, dim: grad_output - np.exp(output) * _total(grad_output, dim),
    grad_output=lambda g, output, dim: g - _total(g * exp(output), dim),
    output=lambda g, grad_output, output, dim: -_total(grad_output, dim) * exp(output) * g,
)
log_softmax_op = Op(
    "log_softmax",
    _log_softmax_kernel,
    self=lambda g, result, dim: _log_softmax_backward_op(g, result, dim=dim),
)


def _along(op: Op, input: Any, dim: int, dtype: Any, kernel: str) -> Any:
    if dtype is not None:
        input = input.to(dtype=dtype)
    if input._array.dtype.kind in "biu":
        require_floating(input, kernel)
    dim = dimension(dim, input._array.ndim)
    return op(input, dim=dim)


def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """Exponentials along a dimension, divided by their sum; cast to ``dtype`` first, where given."""
    return _along(softmax_op, input, dim, dtype, "softmax_lastdim_kernel_impl")


def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """The logarithm of `softmax`, without its underflow."""
    return _along(log_softmax_op, input, dim, dtype, "log_softmax_lastdim_kernel_impl")


def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """x outside of [-lambd, lambd], 0 within."""
    return hardshrink_op(input, lambd=lambd)


@in_autocast_dtype
def prelu(input: Any, weight: Any) -> Any:
    """x above zero, ``weight * x`` elsewhere; one weight, or one for each channel, which is the second dimension."""
    channels = input.shape[1] if input.ndim >= 2 else 1
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.numel() != 1:
        if input.ndim == 0:
            raise RuntimeError("Not allow zero-dim input tensor.")
        if weight.numel() != channels:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} and "
                f"channel size = {channels}."
            )
    if weight.ndim == 1 and input.ndim != 1:
        weight = weight.reshape(()) if input.ndim == 0 else weight.reshape([1, -1, *[1] * (input.ndim - 2)])
    return prelu_op(input, weight)


#: What is a tensor's method.
METHODS = {"softmax": softmax, "log_softmax": log_softmax, "hardshrink": hardshrink, "prelu": prelu}
