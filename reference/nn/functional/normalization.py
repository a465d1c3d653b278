"""Normalization functions; their derivatives stand in `reference.ops.normalization`.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#normalization-functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import dtypes
from reference.autograd.grad_mode import no_grad
from reference.nn.functional.padding import pad
from reference.nn.functional.pooling import avg_pool2d, avg_pool3d
from reference.ops.activations import require_floating
from reference.ops.arithmetic import div, pow
from reference.ops.normalization import batch_norm_op, fixed_norm_op, group_norm_op, layer_norm_op
from reference.ops.norms import norm
from reference.ops.out import accepting_out
from reference.ops.pointwise import clamp_min, rsqrt
from reference.ops.reductions import mean
from reference.ops.scaling import plus
from reference.ops.shapes import clone, reshape
from reference.tensor import wrap

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "normalize", "rms_norm"]


def _channel_shape(input: Any) -> tuple[int, ...]:
    return (1, input.shape[1], *[1] * (input.ndim - 2))


def _require_numbers_of_one_dtype(kernel: str, input: Any, *parameters: Any) -> None:
    """Refuse integers, and parameters of another dtype than the input, but float32 ones for half precision."""
    dtype = input.dtype
    if not (dtype.is_floating_point or dtype.is_complex) and all(value is None for value in parameters):
        require_floating(input, kernel)
    for value in parameters:
        if value is not None and value.dtype is not dtype and (dtype.itemsize > 2 or value.dtype is not dtypes.float32):
            raise RuntimeError("mixed dtype (CPU): all inputs must share same datatype.")


def _require_several_values(size: Any) -> None:
    if int(np.prod(size)) // size[1] == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {size}")


def _move(running: Any, value: Any, momentum: float) -> None:
    """Move a running statistic, in place and outside the graph."""
    if running is not None:
        with no_grad():
            running.mul_(1 - momentum).add_(wrap(np.asarray(value * momentum)))


def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Any:
    """Normalize each channel of (N, C, ...): by its own statistics in training, by the running ones otherwise."""
    if input.numel() == 0 and input.ndim < 2:
        return _of_nothing(input, weight, bias)
    if training:
        _require_several_values(input.shape)
        if eps <= 0:
            raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    _require_numbers_of_one_dtype("batch_norm", input, running_mean, running_var, weight, bias)
    shape = _channel_shape(input)
    for name, value in (
        ("running_mean", running_mean),
        ("running_var", running_var),
        ("weight", weight),
        ("bias", bias),
    ):
        if value is not None and value.numel() != input.shape[1]:
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {value.numel()}")
    if input.numel() == 0:
        return _of_nothing(input, weight, bias)
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when training=False")
        return fixed_norm_op(input, weight, bias, running_mean, running_var, eps=eps, shape=shape)
    dim = (0, *range(2, input.ndim))
    out, average, variance = batch_norm_op(input, weight, bias, dim=dim, eps=eps, shape=shape)
    n = input.numel() // input.shape[1]
    _move(running_mean, average._array.ravel(), momentum)
    _move(running_var, variance._array.ravel() * (n / max(n - 1, 1)), momentum)
    return out


def _of_nothing(input: Any, weight: Any, bias: Any) -> Any:
    """An input without elements is not normalized; the first of the weights and of the biases gets a gradient."""
    out = clone(input)
    out = out if weight is None else out * weight[0]
    return out if bias is None else out + bias[0]


def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Any:
    """Normalize each channel of each image of (N, C, ...) by its own statistics, or by the running ones."""
    if not use_input_stats and (running_mean is None or running_var is None):
        raise RuntimeError("Expected running_mean and running_var to be defined when use_input_stats=False")
    n = int(np.prod(input.shape[2:]))
    if use_input_stats and n == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {input.shape}")
    # as the channels of one image
    images, channels = input.shape[:2]
    flat = reshape(input, (1, images * channels, *input.shape[2:]))
    weight, bias = (None if value is None else value.repeat(images) for value in (weight, bias))
    shape = _channel_shape(flat)
    if not use_input_stats:
        average, variance = running_mean.repeat(images), running_var.repeat(images)
        return reshape(fixed_norm_op(flat, weight, bias, average, variance, eps=eps, shape=shape), tuple(input.shape))
    dim = (0, *range(2, input.ndim))
    out, average, variance = batch_norm_op(flat, weight, bias, dim=dim, eps=eps, shape=shape)
    average, variance = (value._array.reshape(images, channels).mean(0) for value in (average, variance))
    _move(running_mean, average, momentum)
    _move(running_var, variance * (n / max(n - 1, 1)), momentum)
    return reshape(out, tuple(input.shape))


def _last_dimensions(input: Any, normalized_shape: Any) -> tuple[int, ...]:
    """The dimensions that a shape at the end of the input's names."""
    wanted = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    if not wanted:
        raise RuntimeError(
            f"Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element, but got "
            f"normalized_shape = {list(wanted)}"
        )
    if tuple(input.shape[-len(wanted) :]) != wanted:
        raise RuntimeError(
            f"Given normalized_shape={list(wanted)}, expected input with shape [*, {', '.join(map(str, wanted))}], "
            f"but got input of size{list(input.shape)}"
        )
    return tuple(range(input.ndim - len(wanted), input.ndim))


def _require_shape(value: Any, name: str, wanted: tuple[int, ...]) -> None:
    if value is not None and tuple(value.shape) != wanted:
        raise RuntimeError(
            f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape {list(value.shape)} and "
            f"normalized_shape = {list(wanted)}"
        )


def layer_norm(input: Any, normalized_shape: Any, weight: Any = None, bias: Any = None, eps: float = 1e-05) -> Any:
    """Normalize over the last dimensions, whose sizes ``normalized_shape`` gives."""
    if not isinstance(normalized_shape, (list, tuple)):
        raise TypeError(
            f"layer_norm(): argument 'normalized_shape' must be tuple of ints, not {type(normalized_shape).__name__}"
        )
    dim = _last_dimensions(input, normalized_shape)
    size = tuple(input.shape[dim[0] :])
    _require_shape(weight, "weight", size)
    _require_shape(bias, "bias", size)
    _require_numbers_of_one_dtype("LayerNormKernelImpl", input, weight, bias)
    shape = (*[1] * dim[0], *size)
    return layer_norm_op(input, weight, bias, dim=dim, eps=eps, shape=shape)


def rms_norm(input: Any, normalized_shape: Any, weight: Any = None, eps: float | None = None) -> Any:
    """Divide by the root of the mean square over the last dimensions; ``eps`` is the dtype's unless given."""
    dim = _last_dimensions(input, normalized_shape)
    _require_shape(weight, "weight", tuple(input.shape[dim[0] :]))
    squares = mean(pow(input, 2), list(dim), keepdim=True)
    normal = input * rsqrt(plus(squares, dtypes.finfo(input.dtype).eps if eps is None else eps))
    return normal if weight is None else normal * weight


def group_norm(input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-05) -> Any:
    """Normalize groups of the channels of each image of (N, C, ...)."""
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    n, channels = input.shape[:2]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            "Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    for name, value in (("weight", weight), ("bias", bias)):
        if value is not None and tuple(value.shape) != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(value.shape)} and input of shape {list(input.shape)}"
            )
    _require_numbers_of_one_dtype("GroupNormKernelImpl", input, weight, bias)
    positions = int(np.prod(input.shape[2:]))
    if n * positions * (channels // num_groups) == 1:
        raise ValueError(
            "Expected more than 1 value per channel when training, got input size "
            f"{[n * channels // num_groups, num_groups, *input.shape[2:]]}"
        )
    grouped = (n, num_groups, channels // num_groups, positions)
    return group_norm_op(input, weight, bias, grouped=grouped, eps=eps)


def local_response_norm(input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Any:
    """Divide by (k + alpha mean(x^2))^beta, the mean over ``size`` neighbouring channels."""
    if input.ndim < 3:
        raise ValueError(
            f"Expected 3D or higher dimensionality                          input (got {input.ndim} dimensions)"
        )
    squares = (input * input).unsqueeze(1)
    before, behind = size // 2, (size - 1) // 2
    if input.ndim == 3:
        means = avg_pool2d(pad(squares, [0, 0, before, behind]), (size, 1), stride=1).squeeze(1)
    else:
        flat = reshape(squares, (input.shape[0], 1, input.shape[1], input.shape[2], -1))
        padded = pad(flat, [0, 0, 0, 0, before, behind])
        means = reshape(avg_pool3d(padded, (size, 1, 1), stride=1).squeeze(1), tuple(input.shape))
    return input / (means * alpha + k).pow(beta)


def normalize(input: Any, p: float = 2.0, dim: Any = 1, eps: float = 1e-12, out: Any = None) -> Any:
    """Divide by the p-norm along a dimension, or by ``eps`` where that is larger."""
    size = clamp_min(norm(input, p, dim, keepdim=True), eps).expand_as(input)
    return div(input, size) if out is None else accepting_out(div)(input, size, out=out)
