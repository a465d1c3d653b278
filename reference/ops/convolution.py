"""Convolutions, of any number of spatial dimensions, and their transposes.

A convolution is linear in its input and in its weight. With C(x, w) the convolution, three bilinear maps follow from
one trilinear form, sum C(x, w) g = sum x X(g, w) = sum w W(g, x), and each derivative is one of them: that closes the
family under differentiation. X is also the forward of a transposed convolution.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#convolution-functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.reductions import sum
from reference.ops.rules import conj
from reference.ops.table import Op
from reference.ops.windows import Windows, gather_windows, overlay_windows


def _columns(x: Any, windows: Windows, count: tuple[int, ...], groups: int) -> Any:
    """The windows of an input (N, C, *spatial) as (N, groups, C / groups * kernel, positions)."""
    gathered = gather_windows(x, windows, count)
    rows = x.shape[1] // groups * int(np.prod(windows.kernel))
    return gathered.reshape(x.shape[0], groups, rows, int(np.prod(count)))


def _matrices(weight: Any, groups: int) -> Any:
    """A weight (O, C / groups, *kernel) as (groups, O / groups, C / groups * kernel)."""
    return weight.reshape(groups, weight.shape[0] // groups, -1)


def _with_bias(out: Any, bias: Any) -> Any:
    if bias is not None:
        out += bias.reshape(-1, *[1] * (out.ndim - 2))
    return out


def _convolution_kernel(
    input: Any, weight: Any, bias: Any = None, *, size: tuple[int, ...], windows: Windows, groups: int
) -> Any:
    n, out = input.shape[0], weight.shape[0]
    product = np.matmul(_matrices(weight, groups), _columns(input, windows, size, groups))
    return _with_bias(product.reshape(n, out, *size), bias)


def _transposed_kernel(
    input: Any, weight: Any, bias: Any = None, *, size: tuple[int, ...], windows: Windows, groups: int
) -> Any:
    n, out = input.shape[:2]
    count = input.shape[2:]
    gradients = input.reshape(n, groups, out // groups, int(np.prod(count)))
    columns = np.matmul(_matrices(weight, groups).swapaxes(1, 2), gradients)
    channels = weight.shape[1] * groups
    return _with_bias(overlay_windows(columns.reshape(n, channels, *windows.kernel, *count), windows, size), bias)


def _weight_kernel(g: Any, input: Any, *, windows: Windows, groups: int) -> Any:
    n, out = g.shape[:2]
    count = g.shape[2:]
    positions = int(np.prod(count))
    columns = _columns(input, windows, count, groups)
    rows = columns.shape[2]
    left = g.reshape(n, groups, out // groups, positions).transpose(1, 2, 0, 3).reshape(groups, out // groups, -1)
    right = columns.transpose(1, 0, 3, 2).reshape(groups, n * positions, rows)
    return np.matmul(left, right).reshape(out, input.shape[1] // groups, *windows.kernel)


def _over_positions(g: Any) -> Any:
    return sum(g, [d for d in range(g.ndim) if d != 1])


# C(x, w) + b
convolution_op = Op(
    "convolution",
    _convolution_kernel,
    inputs=("input", "weight", "bias"),
    input=lambda g, input_shape, weight, windows, groups: transposed_op(
        g, conj(weight), size=input_shape[2:], windows=windows, groups=groups
    ),
    weight=lambda g, input, windows, groups: weight_op(g, conj(input), windows=windows, groups=groups),
    bias=lambda g: _over_positions(g),
)
# X(g, w) + b
transposed_op: Op = Op(
    "conv_transpose",
    _transposed_kernel,
    inputs=("input", "weight", "bias"),
    node="ConvolutionBackward0",
    input=lambda g, input_shape, weight, windows, groups: convolution_op(
        g, conj(weight), size=input_shape[2:], windows=windows, groups=groups
    ),
    weight=lambda g, input, windows, groups: weight_op(conj(input), g, windows=windows, groups=groups),
    bias=lambda g: _over_positions(g),
)
# W(g, x)
weight_op: Op = Op(
    "convolution_weight",
    _weight_kernel,
    inputs=("gradient", "input"),
    node="ConvolutionBackwardBackward0",
    gradient=lambda g, gradient_shape, input, windows, groups: convolution_op(
        conj(input), g, size=gradient_shape[2:], windows=windows, groups=groups
    ),
    input=lambda g, input_shape, gradient, windows, groups: transposed_op(
        conj(gradient), g, size=input_shape[2:], windows=windows, groups=groups
    ),
)
