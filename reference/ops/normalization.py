"""Normalization: rows that centre and scale over some dimensions, and then by a weight and a bias.

Batch, layer, group and instance norm are one formula over different dimensions, y = (x - m) r w + b, where m is the
mean, r = 1 / sqrt(v + eps), and v the variance. ``shape`` is the shape in which the weight and the bias broadcast.
Source: https://docs.pytorch.org/docs/stable/nn.html#normalization-layers.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.pointwise import rsqrt
from reference.ops.reductions import mean, sum
from reference.ops.shapes import reshape
from reference.ops.table import Op


def _statistics(x: Any, dim: tuple[int, ...]) -> tuple[Any, Any, Any]:
    """The mean, the centred array, and the variance, which is not corrected."""
    n = int(np.prod([x.shape[d] for d in dim]))
    average = np.add.reduce(x, axis=dim, keepdims=True) / n
    centred = x - average
    return average, centred, np.add.reduce(centred * centred, axis=dim, keepdims=True) / n


def _scaled(x: Any, weight: Any, bias: Any, shape: tuple[int, ...]) -> Any:
    """``x``, an array of its own, times the weight and plus the bias."""
    if weight is not None:
        x *= weight.reshape(shape)
    if bias is not None:
        x += bias.reshape(shape)
    return x


def _weighted(g: Any, weight: Any, shape: tuple[int, ...]) -> Any:
    return g if weight is None else g * reshape(weight, shape)


def _to_weight(g: Any, weight_shape: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """Sum over what the weight broadcasts over."""
    return reshape(sum(g, [d for d, n in enumerate(shape) if n == 1], keepdim=True) if 1 in shape else g, weight_shape)


def _normalized(x: Any, dim: tuple[int, ...], eps: float) -> tuple[Any, Any]:
    """(x - m) r and r, made of operations, so that they can be differentiated."""
    centred = x - mean(x, list(dim), keepdim=True)
    r = rsqrt(mean(centred * centred, list(dim), keepdim=True) + eps)
    return centred * r, r


def _input_rule(g: Any, input: Any, weight: Any, dim: Any, eps: float, shape: Any) -> Any:
    # dx = r (h - mean(h) - n mean(h n)), with n = (x - m) r and h = g w
    normal, r = _normalized(input, dim, eps)
    h = _weighted(g, weight, shape)
    return r * (h - mean(h, list(dim), keepdim=True) - normal * mean(h * normal, list(dim), keepdim=True))


def _weight_rule(g: Any, input: Any, weight_shape: Any, dim: Any, eps: float, shape: Any) -> Any:
    # dw = sum g (x - m) r
    return _to_weight(g * _normalized(input, dim, eps)[0], weight_shape, shape)


def _bias_rule(g: Any, bias_shape: Any, shape: Any) -> Any:
    return _to_weight(g, bias_shape, shape)


def _norm_kernel(input: Any, weight: Any, bias: Any, *, dim: Any, eps: float, shape: Any) -> Any:
    _, centred, variance = _statistics(input, dim)
    centred *= 1 / np.sqrt(variance + eps)
    return _scaled(centred, weight, bias, shape)


def _norm(name: str) -> Op:
    return Op(
        name,
        _norm_kernel,
        inputs=("input", "weight", "bias"),
        input=_input_rule,
        weight=_weight_rule,
        bias=_bias_rule,
    )


layer_norm_op = _norm("native_layer_norm")


# groups of the channels of (N, C, ...): `grouped` is (N, groups, channels of one, positions)
def _group_kernel(input: Any, weight: Any, bias: Any, *, grouped: Any, eps: float) -> Any:
    normal = _norm_kernel(input.reshape(grouped), weight, bias, dim=(2, 3), eps=eps, shape=(1, *grouped[1:3], 1))
    return normal.reshape(input.shape)


def _group_input_rule(g: Any, input: Any, weight: Any, grouped: Any, eps: float) -> Any:
    of_groups = _input_rule(reshape(g, grouped), reshape(input, grouped), weight, (2, 3), eps, (1, *grouped[1:3], 1))
    return reshape(of_groups, g.shape)


def _group_weight_rule(g: Any, input: Any, weight_shape: Any, grouped: Any, eps: float) -> Any:
    g, input = reshape(g, grouped), reshape(input, grouped)
    return _weight_rule(g, input, weight_shape, (2, 3), eps, (1, *grouped[1:3], 1))


group_norm_op = Op(
    "native_group_norm",
    _group_kernel,
    inputs=("input", "weight", "bias"),
    input=_group_input_rule,
    weight=_group_weight_rule,
    bias=lambda g, bias_shape, grouped: _bias_rule(reshape(g, grouped), bias_shape, (1, *grouped[1:3], 1)),
)


def _batch_norm_kernel(input: Any, weight: Any, bias: Any, *, dim: Any, eps: float, shape: Any) -> Any:
    average, centred, variance = _statistics(input, dim)
    centred *= 1 / np.sqrt(variance + eps)
    return _scaled(centred, weight, bias, shape), average, variance


# in training; the batch's mean and variance come along, for the running ones (NNB-10)
batch_norm_op = Op(
    "native_batch_norm",
    _batch_norm_kernel,
    inputs=("input", "weight", "bias"),
    outputs=("output", "average", "variance"),
    differentiable=1,
    input=lambda g, input, weight, dim, eps, shape: _input_rule(g[0], input, weight, dim, eps, shape),
    weight=lambda g, input, weight_shape, dim, eps, shape: _weight_rule(g[0], input, weight_shape, dim, eps, shape),
    bias=lambda g, bias_shape, shape: _bias_rule(g[0], bias_shape, shape),
)


def _fixed_kernel(input: Any, weight: Any, bias: Any, average: Any, variance: Any, *, eps: float, shape: Any) -> Any:
    centred = input - average.reshape(shape)
    centred *= 1 / np.sqrt(variance.reshape(shape) + eps)
    return _scaled(centred, weight, bias, shape)


def _fixed_scale(variance: Any, eps: float, shape: Any) -> Any:
    return rsqrt(reshape(variance, shape) + eps)


# in evaluation: the mean and the variance are constants
fixed_norm_op = Op(
    "batch_norm_with_running_statistics",
    _fixed_kernel,
    inputs=("input", "weight", "bias", "average", "variance"),
    node="NativeBatchNormBackward0",
    input=lambda g, weight, variance, eps, shape: _weighted(g, weight, shape) * _fixed_scale(variance, eps, shape),
    weight=lambda g, input, weight_shape, average, variance, eps, shape: _to_weight(
        g * (input - reshape(average, shape)) * _fixed_scale(variance, eps, shape), weight_shape, shape
    ),
    bias=_bias_rule,
)
