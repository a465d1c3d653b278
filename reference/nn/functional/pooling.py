"""Pooling functions; their derivatives stand in `reference.ops.pooling`.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#pooling-functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.nn.functional.arguments import per_dimension, positive
from reference.ops.activations import require_floating
from reference.ops.autocasting import in_float32
from reference.ops.half_precision import refusing_halves
from reference.ops.pointwise import abs, relu, sign
from reference.ops.pooling import (
    adaptive_average_ops,
    adaptive_max_pool_ops,
    average_pool_ops,
    fractional_max_pool_ops,
    max_pool_ops,
    unpool_ops,
)
from reference.ops.reductions import mean
from reference.ops.shapes import squeeze, unsqueeze
from reference.ops.windows import Windows
from reference.random import uniform_array
from reference.tensor import Tensor

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices", "adaptive_max_pool2d", "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d", "adaptive_max_pool3d_with_indices", "avg_pool1d", "avg_pool2d", "avg_pool3d",
    "fractional_max_pool2d", "fractional_max_pool2d_with_indices", "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d",
    "max_pool1d_with_indices", "max_pool2d", "max_pool2d_with_indices", "max_pool3d", "max_pool3d_with_indices",
    "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip


def _require_image(input: Any, dims: int, name: str) -> None:
    if input.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"{name}: non-empty {dims + 1}D or {dims + 2}D (batch mode) tensor expected for input, but got input of "
            f"size: {list(input.shape)}"
        )


def _require_elements(input: Any, dims: int, name: str) -> None:
    """Refuse an empty dimension, but for that of the batch."""
    _require_image(input, dims, name)
    if 0 in input.shape[-dims - 1 :]:
        raise RuntimeError(
            f"{name}: Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size for "
            f"input, but got:{list(input.shape)}"
        )


def _fixed_windows(kernel_size: Any, stride: Any, padding: Any, dilation: Any, dims: int) -> Windows:
    kernel = positive(per_dimension(kernel_size, dims, "kernel_size"), "kernel_size")
    given = stride is not None and (isinstance(stride, int) or len(stride) > 0)
    steps = positive(per_dimension(stride, dims, "stride"), "stride") if given else kernel
    pad = per_dimension(padding, dims, "padding")
    spread = positive(per_dimension(dilation, dims, "dilation"), "dilation")
    for p, k, d in zip(pad, kernel, spread, strict=True):
        if p < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {p}")
        if p > ((k - 1) * d + 1) // 2:
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={p}, kernel_size={k} and "
                f"dilation={d}"
            )
    return Windows(kernel, steps, pad, spread)


def _count(windows: Windows, spatial: Any, ceil_mode: bool) -> tuple[int, ...]:
    """How many windows there are; with ``ceil_mode`` also those that reach beyond the padding but begin before it."""
    counts = []
    for n, k, s, p, d in zip(spatial, *windows, strict=True):
        room = n + 2 * p - d * (k - 1) - 1
        count = (-(-room // s) if ceil_mode else room // s) + 1
        if ceil_mode and (count - 1) * s >= n + p:
            count -= 1
        counts.append(count)
    if any(c < 1 for c in counts):
        raise RuntimeError(
            f"Given input size: ({'x'.join(map(str, spatial))}). Calculated output size: "
            f"({'x'.join(map(str, counts))}). Output size is too small"
        )
    return tuple(counts)


def _with_one_row(windows: Windows) -> Windows:
    """Windows of one dimension as windows of two: what is pooled along one dimension is an image of one row."""
    kernel, stride, padding, dilation = windows
    return Windows((1, *kernel), (1, *stride), (0, *padding), (1, *dilation))


def _max_pool(dims: int, input: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool) -> Any:
    _require_elements(input, dims, f"max_pool{dims}d")
    windows = _fixed_windows(kernel, stride, padding, dilation, dims)
    count = _count(windows, input.shape[-dims:], ceil_mode)
    if dims == 1:
        found = max_pool_ops[2](unsqueeze(input, -2), windows=_with_one_row(windows), count=(1, *count), dims=2)
        return tuple(squeeze(x, -2) for x in found)
    return max_pool_ops[dims](input, windows=windows, count=count, dims=dims)


def _max_pools(dims: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def with_indices(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        return _max_pool(dims, input, kernel_size, stride, padding, dilation, ceil_mode)

    def max_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        pool = in_float32(_max_pool) if dims == 3 and not return_indices else _max_pool
        found = pool(dims, input, kernel_size, stride, padding, dilation, ceil_mode)
        return found if return_indices else found[0]

    max_pool.__name__ = max_pool.__qualname__ = f"max_pool{dims}d"
    with_indices.__name__ = with_indices.__qualname__ = f"max_pool{dims}d_with_indices"
    max_pool.__doc__ = "The largest element of each window; with ``return_indices``, also where in the input it lies."
    with_indices.__doc__ = "The largest element of each window, and where in the input it lies."
    return max_pool, with_indices


max_pool1d, max_pool1d_with_indices = _max_pools(1)
max_pool2d, max_pool2d_with_indices = _max_pools(2)
max_pool3d, max_pool3d_with_indices = _max_pools(3)


def _max_unpool(dims: int) -> Callable[..., Any]:
    def max_unpool(
        input: Any, indices: Any, kernel_size: Any, stride: Any = None, padding: Any = 0, output_size: Any = None
    ) -> Any:
        _require_image(input, dims, f"max_unpool{dims}d")
        kernel = per_dimension(kernel_size, dims, "kernel_size")
        steps = per_dimension(stride, dims, "stride") if stride is not None else kernel
        pad = per_dimension(padding, dims, "padding")
        smallest = tuple(
            (n - 1) * s + k - 2 * p for n, s, k, p in zip(input.shape[-dims:], steps, kernel, pad, strict=True)
        )
        size = smallest if output_size is None else _unpooled_size(tuple(output_size), smallest, steps, dims)
        if input.shape != indices.shape:
            raise RuntimeError(
                f"Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) but got "
                f"indices tensor with shape: {list(indices.shape)}"
            )
        places, room = indices._array, int(np.prod(size))
        if places.size and (places.max() >= room or places.min() < 0):
            wrong = places[(places >= room) | (places < 0)].flat[0]
            raise RuntimeError(f"found an invalid max index: {wrong} (output volumes are of size {room}")
        shape = (*input.shape[:-dims], *size)
        if dims == 1:
            shape = (*shape, 1)
            return squeeze(unpool_ops[2](unsqueeze(input, -1), places[..., None], shape=shape, dims=2), -1)
        return unpool_ops[dims](input, places, shape=shape, dims=dims)

    max_unpool.__name__ = max_unpool.__qualname__ = f"max_unpool{dims}d"
    max_unpool.__doc__ = f"The elements put back where `max_pool{dims}d` found them, with zeros elsewhere."
    return max_unpool


def _unpooled_size(wanted: tuple[int, ...], smallest: tuple[int, ...], stride: tuple[int, ...], dims: int) -> Any:
    size = wanted[-dims:] if len(wanted) == dims + 2 else wanted
    if len(size) != dims:
        raise ValueError(
            f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it has a length of "
            f"'{len(wanted)}'"
        )
    for n, m, s in zip(size, smallest, stride, strict=True):
        if not m - s < n < m + s:
            raise ValueError(f'invalid output_size "{size}" (dim 0 must be between {m - s} and {m + s})')
    return size


max_unpool1d, max_unpool2d, max_unpool3d = (in_float32(_max_unpool(dims)) for dims in (1, 2, 3))


def _divisor(windows: Windows, count: tuple[int, ...], spatial: Any, include_pad: bool, override: Any) -> Any:
    """What the sum of each window is divided by."""
    if override is not None:
        if override == 0:
            raise RuntimeError("divisor must be not zero")
        return np.full(count, float(override))
    divisor = np.ones(())
    for m, n, k, s, p in zip(count, spatial, windows.kernel, windows.stride, windows.padding, strict=True):
        start = np.arange(m) * s - p
        end = np.minimum(start + k, n + p)
        width = end - start if include_pad else np.minimum(end, n) - np.maximum(start, 0)
        divisor = divisor[..., None] * width
    return divisor


def _avg_pool(dims: int) -> Callable[..., Any]:
    def avg_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: Any = None,
    ) -> Any:
        _require_image(input, dims, f"avg_pool{dims}d")
        windows = _fixed_windows(kernel_size, stride, padding, 1, dims)
        spatial = tuple(input.shape[-dims:])
        count = _count(windows, spatial, ceil_mode)
        divisor = _divisor(windows, count, spatial, count_include_pad, divisor_override)
        if dims == 1:
            pool, windows = average_pool_ops[2], _with_one_row(windows)
            return squeeze(pool(unsqueeze(input, -2), windows=windows, divisor=divisor[None]), -2)
        return average_pool_ops[dims](input, windows=windows, divisor=divisor)

    avg_pool.__name__ = avg_pool.__qualname__ = f"avg_pool{dims}d"
    avg_pool.__doc__ = "The mean of each window; zeros of the padding count unless ``count_include_pad`` is False."
    return avg_pool


avg_pool1d, avg_pool2d, avg_pool3d = _avg_pool(1), _avg_pool(2), in_float32(refusing_halves(_avg_pool(3)))


def _lp_pool(dims: int) -> Callable[..., Any]:
    average = (avg_pool1d, avg_pool2d, avg_pool3d)[dims - 1]

    def lp_pool(input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: bool = False) -> Any:
        elements = int(np.prod(per_dimension(kernel_size, dims, "kernel_size")))
        means = average(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
        return (sign(means) * relu(abs(means)) * elements).pow(1.0 / norm_type)

    lp_pool.__name__ = lp_pool.__qualname__ = f"lp_pool{dims}d"
    lp_pool.__doc__ = "The p-th root of the sum of the p-th powers of each window."
    return lp_pool


lp_pool1d, lp_pool2d, lp_pool3d = _lp_pool(1), _lp_pool(2), _lp_pool(3)


def _adaptive_size(output_size: Any, input: Any, dims: int) -> tuple[int, ...]:
    """The output's size; None keeps the input's."""
    if dims > 1 and input.ndim <= dims:
        raise ValueError(f"Input dimension should be at least {dims + 1}")
    _require_image(input, dims, f"adaptive_pool{dims}d")
    given = (output_size,) * dims if isinstance(output_size, int) else tuple(output_size)
    given = given * dims if len(given) == 1 and dims > 1 else given
    if len(given) != dims:
        raise RuntimeError(f"adaptive pooling: output_size must be {dims}")
    size = tuple(n if m is None else m for m, n in zip(given, input.shape[-dims:], strict=True))
    if any(m < 0 for m in size):
        raise RuntimeError("elements of output_size must be greater than or equal to 0 ")
    return size


def _adaptive_avg_pool(dims: int) -> Callable[..., Any]:
    def adaptive_avg_pool(input: Any, output_size: Any) -> Any:
        size = _adaptive_size(output_size, input, dims)
        if dims == 1:
            return squeeze(adaptive_avg_pool2d(unsqueeze(input, -2), (1, *size)), -2)
        if all(m == 1 for m in size):
            return mean(input, list(range(-dims, 0)), keepdim=True)
        require_floating(input, f"adaptive_avg_pool{dims}d")
        return adaptive_average_ops[dims](input, size=size)

    adaptive_avg_pool.__name__ = adaptive_avg_pool.__qualname__ = f"adaptive_avg_pool{dims}d"
    adaptive_avg_pool.__doc__ = "The means of the bins that the input is cut into to give a size."
    return adaptive_avg_pool


adaptive_avg_pool1d, adaptive_avg_pool2d = _adaptive_avg_pool(1), _adaptive_avg_pool(2)
adaptive_avg_pool3d = in_float32(_adaptive_avg_pool(3))


def _adaptive_max_pools(dims: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        size = _adaptive_size(output_size, input, dims)
        require_floating(input, f"adaptive_max_pool{dims}d")
        if dims == 1:
            found = adaptive_max_pool_ops[2](unsqueeze(input, -2), size=(1, *size), dims=2)
            return tuple(squeeze(x, -2) for x in found)
        return adaptive_max_pool_ops[dims](input, size=size, dims=dims)

    def adaptive_max_pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        found = with_indices(input, output_size)
        return found if return_indices else found[0]

    adaptive_max_pool.__name__ = adaptive_max_pool.__qualname__ = f"adaptive_max_pool{dims}d"
    with_indices.__name__ = with_indices.__qualname__ = f"adaptive_max_pool{dims}d_with_indices"
    adaptive_max_pool.__doc__ = "The largest elements of the bins that the input is cut into to give a size."
    with_indices.__doc__ = "The largest elements of the bins, and where in the input they lie."
    return adaptive_max_pool, with_indices


adaptive_max_pool1d, adaptive_max_pool1d_with_indices = _adaptive_max_pools(1)
adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive_max_pools(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = map(in_float32, _adaptive_max_pools(3))


def _starts(samples: Any, size: int, count: int, kernel: int) -> Any:
    """Where fractional windows begin: steps of (n - k) / (m - 1), shifted by a number drawn from [0, 1)."""
    if count == 1:
        return np.full((*samples.shape, 1), size - kernel)
    step = samples.dtype.type((size - kernel) / (count - 1))
    u = samples[..., None]
    starts = ((np.arange(count).astype(samples.dtype) + u) * step).astype(np.int64) - (u * step).astype(np.int64)
    starts[..., -1] = size - kernel
    return starts


def _fractional_max_pools(dims: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    def with_indices(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        name = f"fractional_max_pool{dims}d"
        _require_image(input, dims, name)
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        spatial = input.shape[-dims:]
        if output_size is None:
            ratio = (output_ratio,) * dims if isinstance(output_ratio, float) else tuple(output_ratio)
            size = tuple(int(n * r) for n, r in zip(spatial, ratio, strict=True))
        else:
            size = per_dimension(output_size, dims, "output_size")
        kernel = per_dimension(kernel_size, dims, "kernel_size")
        for n, k, m in zip(spatial, kernel, size, strict=True):
            if m + k - 1 > n:
                raise RuntimeError(f"{name}: pool size {k} is too large relative to the input size {n}")
        leading = tuple(input.shape[:-dims])
        if isinstance(_random_samples, Tensor):
            given = _random_samples._array  # those that are too many are left unused
            samples = given[0] if len(leading) == 1 and given.ndim == 3 else given[: leading[0]]
        else:
            samples = uniform_array((*leading, dims), input._array.dtype)
        order = (1, 0) if dims == 2 else (0, 1, 2)  # of the samples: width before height, but depth, height, width
        starts = [_starts(samples[..., i], n, m, k) for i, n, m, k in zip(order, spatial, size, kernel, strict=True)]
        return fractional_max_pool_ops[dims](input, starts=starts, kernel=kernel, dims=dims)

    def fractional_max_pool(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        found = with_indices(input, kernel_size, output_size, output_ratio, True, _random_samples)
        return found if return_indices else found[0]

    fractional_max_pool.__name__ = fractional_max_pool.__qualname__ = f"fractional_max_pool{dims}d"
    with_indices.__name__ = with_indices.__qualname__ = f"fractional_max_pool{dims}d_with_indices"
    fractional_max_pool.__doc__ = "The largest elements of windows at random steps, so many as to give a size."
    with_indices.__doc__ = "The largest elements of windows at random steps, and where in the input they lie."
    return fractional_max_pool, with_indices


fractional_max_pool2d, fractional_max_pool2d_with_indices = map(in_float32, _fractional_max_pools(2))
fractional_max_pool3d, fractional_max_pool3d_with_indices = map(in_float32, _fractional_max_pools(3))
