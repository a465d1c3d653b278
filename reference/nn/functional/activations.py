"""Activation functions; their derivatives stand in `reference.ops.activations`.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#non-linear-activation-functions.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from reference.ops import activations as rows
from reference.ops.activations import hardshrink, prelu
from reference.ops.dims import dimension
from reference.ops.pointwise import abs, log, sigmoid, tanh
from reference.ops.pointwise import relu as relu_op
from reference.ops.special_modes import drawing
from reference.ops.table import Op
from reference.ops.writing import write_in_place
from reference.random import default_generator, uniform_array
from reference.tensor import Tensor, wrap

__all__ = [
    "celu", "celu_", "elu", "elu_", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish",
    "hardtanh", "hardtanh_", "leaky_relu", "leaky_relu_", "log_softmax", "logsigmoid", "mish", "prelu", "relu",
    "relu6", "relu_", "rrelu", "rrelu_", "selu", "selu_", "sigmoid", "silu", "softmax", "softmin", "softplus",
    "softshrink", "softsign", "tanh", "tanhshrink", "threshold", "threshold_",
]  # fmt: skip

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def _apply(op: Op, inplace: bool, input: Any, *others: Any, **parameters: Any) -> Any:
    if inplace:
        op = rows.IN_PLACE.get(op, op)
    if not isinstance(input, Tensor):
        raise TypeError(f"{op.name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}")
    return write_in_place(op, input, *others, **parameters) if inplace else op(input, *others, **parameters)


def relu(input: Any, inplace: bool = False) -> Any:
    """max(x, 0)."""
    return write_in_place(relu_op, input) if inplace else relu_op(input)


def relu_(input: Any) -> Any:
    """`relu`, in place."""
    return write_in_place(relu_op, input)


def relu6(input: Any, inplace: bool = False) -> Any:
    """min(max(x, 0), 6)."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x, bounded from both sides; at the bounds nothing passes."""
    if min_val > max_val:
        raise ValueError("min_val cannot be greater than max_val")
    return _apply(rows.hardtanh_op, inplace, input, min_val=min_val, max_val=max_val)


def hardtanh_(input: Any, min_val: float = -1.0, max_val: float = 1.0) -> Any:
    """`hardtanh`, in place."""
    return hardtanh(input, min_val, max_val, inplace=True)


def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x above the threshold, ``value`` elsewhere."""
    return _apply(rows.threshold_op, inplace, input, threshold=threshold, value=value)


def threshold_(input: Any, threshold: float, value: float) -> Any:
    """`threshold`, in place."""
    return _apply(rows.threshold_op, True, input, threshold=threshold, value=value)


def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x above zero, ``negative_slope * x`` elsewhere."""
    return _apply(rows.leaky_relu_op, inplace, input, negative_slope=negative_slope)


def leaky_relu_(input: Any, negative_slope: float = 0.01) -> Any:
    """`leaky_relu`, in place."""
    return leaky_relu(input, negative_slope, inplace=True)


@drawing
def rrelu(
    input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Any:
    """x above zero, a slope times x elsewhere: one drawn from [lower, upper) in training, their mean otherwise."""
    if lower > upper:
        raise RuntimeError("Lower bound should be less than or equal to the upper bound")
    if not training:
        return _apply(rows.rrelu_of_mean, inplace, input, negative_slope=(lower + upper) / 2)
    array = input._array
    slopes = uniform_array(array.shape, array.dtype, default_generator) * (upper - lower) + lower
    slopes = wrap(np.where(array > 0, 1, slopes).astype(array.dtype))
    return _apply(rows.rrelu_op, inplace, input, slopes)


def rrelu_(input: Any, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Any:
    """`rrelu`, in place."""
    return rrelu(input, lower, upper, training, inplace=True)


def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x above zero, alpha (e^x - 1) elsewhere."""
    return _apply(rows.elu_op, inplace, input, alpha=alpha, scale=1.0, input_scale=1.0)


def elu_(input: Any, alpha: float = 1.0) -> Any:
    """`elu`, in place."""
    return elu(input, alpha, inplace=True)


def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x above zero, alpha (e^(x / alpha) - 1) elsewhere."""
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _apply(rows.celu_op, inplace, input, alpha=alpha, scale=1.0, input_scale=1.0 / alpha)


def celu_(input: Any, alpha: float = 1.0) -> Any:
    """`celu`, in place."""
    return celu(input, alpha, inplace=True)


def selu(input: Any, inplace: bool = False) -> Any:
    """`elu` with the alpha and the scale that keep mean 0 and variance 1."""
    return _apply(rows.elu_op, inplace, input, alpha=_SELU_ALPHA, scale=_SELU_SCALE, input_scale=1.0)


def selu_(input: Any) -> Any:
    """`selu`, in place."""
    return selu(input, inplace=True)


def gelu(input: Any, approximate: str = "none") -> Any:
    """x F(x), where F is the standard normal distribution; or its approximation by ``tanh``."""
    rows.require_floating(input, "GeluKernelImpl")
    if approximate == "none":
        return rows.gelu_op(input)
    if approximate == "tanh":
        return rows.gelu_tanh_op(input)
    raise RuntimeError("approximate argument must be either none or tanh.")


def silu(input: Any, inplace: bool = False) -> Any:
    """x sigmoid(x)."""
    rows.require_floating(input, "silu_cpu")
    return _apply(rows.silu_op, inplace, input)


def mish(input: Any, inplace: bool = False) -> Any:
    """x tanh(softplus(x))."""
    return _apply(rows.mish_op, inplace, input)


def hardswish(input: Any, inplace: bool = False) -> Any:
    """x min(max(x + 3, 0), 6) / 6."""
    return _apply(rows.hardswish_op, inplace, input)


def hardsigmoid(input: Any, inplace: bool = False) -> Any:
    """min(max(x + 3, 0), 6) / 6."""
    return _apply(rows.hardsigmoid_op, inplace, input)


def softplus(input: Any, beta: float = 1, threshold: float = 20) -> Any:
    """log(1 + e^(beta x)) / beta; x where ``beta * x`` is above the threshold."""
    rows.require_floating(input, "softplus_cpu")
    return rows.softplus_op(input, beta=beta, threshold=threshold)


def logsigmoid(input: Any) -> Any:
    """log(sigmoid(x))."""
    rows.require_floating(input, "log_sigmoid_cpu")
    return rows.logsigmoid_op(input)


def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """x, pulled towards 0 by ``lambd``."""
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd:g}.")
    return rows.softshrink_op(input, lambd=lambd)


def softsign(input: Any) -> Any:
    """x / (1 + abs(x))."""
    return input / (abs(input) + 1)


def tanhshrink(input: Any) -> Any:
    """x - tanh(x)."""
    return input - tanh(input)


def glu(input: Any, dim: int = -1) -> Any:
    """The first half along a dimension, times the sigmoid of the second."""
    if input.ndim == 0:
        raise RuntimeError("glu does not support 0-dimensional tensors")
    dim = dimension(dim, input.ndim)
    size = input.shape[dim]
    if size % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {size}")
    return rows.glu_op(input, dim=dim)


def _implicit_dim(name: str, ndim: int, stacklevel: int) -> int:
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        UserWarning,
        stacklevel=stacklevel + 1,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """Exponentials along a dimension, divided by their sum."""
    return rows.softmax(input, _implicit_dim("softmax", input.ndim, _stacklevel) if dim is None else dim, dtype)


def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """`softmax` of -x."""
    return rows.softmax(-input, _implicit_dim("softmin", input.ndim, _stacklevel) if dim is None else dim, dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """The logarithm of `softmax`."""
    return rows.log_softmax(input, _implicit_dim("log_softmax", input.ndim, _stacklevel) if dim is None else dim, dtype)


def gumbel_softmax(logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Any:
    """A sample of the Gumbel-softmax distribution; with ``hard``, one-hot in the forward and soft in the backward."""
    noise = -log(logits.detach().clone().exponential_())
    soft = rows.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.max(dim, keepdim=True)[1]
    one_hot = (soft * 0).detach().scatter(dim, index, 1.0)
    return one_hot - soft.detach() + soft
