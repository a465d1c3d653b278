"""Convolutions, and ``unfold`` and ``fold``; their derivatives stand in `reference.ops.convolution` and `.windows`.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#convolution-functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reference.nn.functional.arguments import batched, per_dimension, positive
from reference.ops.autocasting import in_autocast_dtype
from reference.ops.convolution import convolution_op, transposed_op
from reference.ops.windows import Windows, col2im_op, im2col_op
from reference.ops.writing import long_name

__all__ = [
    "conv1d", "conv2d", "conv3d", "conv_tbc", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "fold",
    "unfold",
]  # fmt: skip


def _check(input: Any, weight: Any, bias: Any, channels: int, groups: int) -> None:
    """Refuse dtypes that differ, a weight of the wrong number of dimensions, and channels that do not fit."""
    for what, other in (("weight", weight), ("bias", bias)):
        if other is not None and other._array.dtype is not input._array.dtype:
            raise RuntimeError(
                f"Input type ({long_name(input._array.dtype).lower()}) and {what} type "
                f"({long_name(other._array.dtype).lower()}) should be the same"
            )
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if weight.ndim != input.ndim:
        raise RuntimeError(
            f"Expected {weight.ndim}-dimensional input for {weight.ndim}-dimensional weight{list(weight.shape)}, but "
            f"got {input.ndim}-dimensional input of size {list(input.shape)} instead"
        )
    if weight.shape[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{list(weight.shape)} instead"
        )
    if weight.shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size {list(weight.shape)} instead"
        )
    if input.shape[1] != channels:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight.shape)}, expected input{list(input.shape)} to have "
            f"{channels} channels, but got {input.shape[1]} channels instead"
        )


def _not_negative(values: tuple[int, ...], name: str) -> tuple[int, ...]:
    if any(v < 0 for v in values):
        raise RuntimeError(f"negative {name} is not supported")
    return values


def _convolve(
    dims: int, input: Any, weight: Any, bias: Any, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    name = f"conv{dims}d"
    input, unbatched = batched(input, dims, name)
    stride = positive(per_dimension(stride, dims, "stride"), "stride")
    dilation = positive(per_dimension(dilation, dims, "dilation"), "dilation")
    if not isinstance(padding, str):
        padding = _not_negative(per_dimension(padding, dims, "padding"), "padding")
    _check(input, weight, bias, weight.shape[1] * groups, groups)
    if bias is not None and tuple(bias.shape) != (weight.shape[0],):
        raise RuntimeError(
            f"Given weight of size {list(weight.shape)}, expected bias to be 1-dimensional with {weight.shape[0]} "
            f"elements, but got bias of size {list(bias.shape)} instead"
        )
    kernel = tuple(weight.shape[2:])
    if isinstance(padding, str):
        input, padding = _padded_by_name(input, padding, stride, dilation, kernel)
    windows = Windows(kernel, stride, padding, dilation)
    size = windows.positions(input.shape[2:])
    if any(n < 1 for n in size):
        reached = [d * (k - 1) + 1 for d, k in zip(dilation, kernel, strict=True)]
        wide = [n + 2 * p for n, p in zip(input.shape[2:], padding, strict=True)]
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, wide))}). Kernel size: "
            f"({' x '.join(map(str, reached))}). Kernel size can't be greater than actual input size"
        )
    out = convolution_op(input, weight, bias, size=size, windows=windows, groups=groups)
    return out.squeeze(0) if unbatched else out


def _padded_by_name(input: Any, padding: str, stride: Any, dilation: Any, kernel: Any) -> tuple[Any, Any]:
    """The padding called "valid", none, or "same", which keeps the size and puts an odd one behind."""
    if padding == "valid":
        return input, (0,) * len(kernel)
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if any(s != 1 for s in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    total = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if any(t % 2 for t in total):
        from reference.nn.functional.padding import pad

        input = pad(input, [n for t in reversed(total) for n in (0, t % 2)])
    return input, tuple(t // 2 for t in total)


def _convolve_transposed(
    dims: int,
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Any:
    name = f"conv_transpose{dims}d"
    input, unbatched = batched(input, dims, name)
    stride = positive(per_dimension(stride, dims, "stride"), "stride")
    dilation = positive(per_dimension(dilation, dims, "dilation"), "dilation")
    padding = _not_negative(per_dimension(padding, dims, "padding"), "padding")
    output_padding = _not_negative(per_dimension(output_padding, dims, "output_padding"), "output_padding")
    _check(input, weight, bias, weight.shape[0], groups)
    for o, s, d in zip(output_padding, stride, dilation, strict=True):
        if o >= s and o >= d:
            raise RuntimeError(
                f"output padding must be smaller than either stride or dilation, but got output_padding: {o}, stride: "
                f"{s}, dilation: {d}"
            )
    kernel = tuple(weight.shape[2:])
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + 1 + o
        for n, s, p, d, k, o in zip(input.shape[2:], stride, padding, dilation, kernel, output_padding, strict=True)
    )
    windows = Windows(kernel, stride, padding, dilation)
    out = transposed_op(input, weight, bias, size=size, windows=windows, groups=groups)
    return out.squeeze(0) if unbatched else out


def _conv(dims: int) -> Callable[..., Any]:
    def conv(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        return _convolve(dims, input, weight, bias, stride, padding, dilation, groups)

    conv.__name__ = conv.__qualname__ = f"conv{dims}d"
    conv.__doc__ = f"The {dims}-dimensional convolution (a cross-correlation) of (N, C, ...) or (C, ...) with a weight."
    return in_autocast_dtype(conv)


def _conv_transpose(dims: int) -> Callable[..., Any]:
    def conv_transpose(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Any:
        return _convolve_transposed(dims, input, weight, bias, stride, padding, output_padding, groups, dilation)

    conv_transpose.__name__ = conv_transpose.__qualname__ = f"conv_transpose{dims}d"
    conv_transpose.__doc__ = f"The transpose of `conv{dims}d` as a linear map of its input."
    return in_autocast_dtype(conv_transpose)


conv1d, conv2d, conv3d = _conv(1), _conv(2), _conv(3)
conv_transpose1d, conv_transpose2d, conv_transpose3d = _conv_transpose(1), _conv_transpose(2), _conv_transpose(3)


@in_autocast_dtype
def conv_tbc(input: Any, weight: Any, bias: Any, pad: int = 0) -> Any:
    """A one-dimensional convolution of (time, batch, channels) with a weight (kernel, channels, out)."""
    out = conv1d(input.permute(1, 2, 0), weight.permute(2, 1, 0), bias, padding=pad)
    return out.permute(2, 0, 1)


def _windows(kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Windows:
    return Windows(
        positive(per_dimension(kernel_size, 2, "kernel_size"), "kernel_size"),
        positive(per_dimension(stride, 2, "stride"), "stride"),
        per_dimension(padding, 2, "padding"),
        positive(per_dimension(dilation, 2, "dilation"), "dilation"),
    )


def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """The windows of (N, C, H, W) as columns: (N, C * kernel, positions)."""
    if input.ndim not in (3, 4):
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions for "
            f"input, but got: {list(input.shape)}"
        )
    windows = _windows(kernel_size, dilation, padding, stride)
    unbatched = input.ndim == 3
    given = input.unsqueeze(0) if unbatched else input
    count = windows.positions(given.shape[2:])
    if any(n < 1 for n in count):
        raise RuntimeError(
            f"Given input with spatial size {tuple(given.shape[2:])}, kernel_size={windows.kernel}, dilation="
            f"{windows.dilation}, padding={windows.padding}, calculated shape of the array of sliding blocks as "
            f"{count}, but its components must be at least one."
        )
    out = im2col_op(given, windows=windows)
    return out.squeeze(0) if unbatched else out


def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1) -> Any:
    """Columns (N, C * kernel, positions) added up where their windows lie in (N, C, *output_size)."""
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero dimensions for "
            f"input, but got: {list(input.shape)}"
        )
    windows = _windows(kernel_size, dilation, padding, stride)
    size = per_dimension(output_size, 2, "output_size")
    unbatched = input.ndim == 2
    given = input.unsqueeze(0) if unbatched else input
    elements = windows.kernel[0] * windows.kernel[1]
    if given.shape[1] % elements:
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={given.shape[1]} and kernel_size={windows.kernel}."
        )
    count = windows.positions(size)
    if given.shape[2] != count[0] * count[1]:
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={windows.kernel}, dilation={windows.dilation}, padding="
            f"{windows.padding}, stride={windows.stride}, expected size of input's dimension 2 to match the calculated "
            f"number of sliding blocks {count[0]} * {count[1]} = {count[0] * count[1]}, but got input.size(2)="
            f"{given.shape[2]}."
        )
    out = col2im_op(given, size=size, windows=windows)
    return out.squeeze(0) if unbatched else out
