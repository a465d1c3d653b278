"""Resizing, sampling on a grid, and rearranging the elements of images.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#vision-functions.
"""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np

from reference import dtypes
from reference.nn.functional.pooling import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d
from reference.ops.activations import require_floating
from reference.ops.autocasting import in_float32
from reference.ops.linear import matmul
from reference.ops.pointwise import abs, clamp, floor, sign
from reference.ops.resampling import resampling
from reference.ops.shapes import reshape
from reference.ops.shuffles import channel_shuffle_op, pixel_shuffle_op, pixel_unshuffle_op
from reference.tensor import wrap

__all__ = [
    "affine_grid", "channel_shuffle", "grid_sample", "interpolate", "native_channel_shuffle", "pixel_shuffle",
    "pixel_unshuffle", "upsample", "upsample_bilinear", "upsample_nearest",
]  # fmt: skip

_DIMENSIONS = {"linear": 1, "bilinear": 2, "trilinear": 3, "bicubic": 2, "lanczos": 2}


def interpolate(
    input: Any,
    size: Any = None,
    scale_factor: Any = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Any:
    """Resize (N, C, ...) to a size or by a factor.

    Modes: nearest, nearest-exact, area, linear (3D inputs), bilinear, bicubic and lanczos (4D), trilinear
    (5D). With ``antialias`` each element is made of all that it covers: lanczos asks for it, bilinear and bicubic take
    it, the others raise ValueError.
    """
    if mode in ("nearest", "area", "nearest-exact"):
        if align_corners is not None:
            raise ValueError(
                "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | "
                "trilinear"
            )
    elif mode not in _DIMENSIONS:
        raise NotImplementedError(
            "Input Error: Only 3D, 4D and 5D input Tensors supported (got "
            f"{input.ndim}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | "
            f"nearest-exact (got {mode})"
        )
    if antialias and not (mode in _FILTERS and input.ndim == 4):
        raise ValueError(
            "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input"
        )
    dims = input.ndim - 2
    if dims not in (1, 2, 3) or _DIMENSIONS.get(mode, dims) != dims:
        raise NotImplementedError(
            f"Got {input.ndim}D input, but {mode} mode needs {_DIMENSIONS.get(mode, 1) + 2}D input"
        )
    if mode == "lanczos" and (align_corners or not antialias):
        raise ValueError(
            "Lanczos mode does not support align_corners=True"
            if align_corners
            else "Lanczos mode requires antialias=True"
        )
    sizes, scales = _sizes(input, size, scale_factor, recompute_scale_factor, dims)
    if mode == "area":
        return (adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d)[dims - 1](input, sizes)
    bytewise = input._array.dtype == np.uint8
    if not bytewise or mode in ("linear", "trilinear"):
        require_floating(input, f"upsample_{mode}{dims}d_out_frame")
    real = np.dtype(np.float32) if bytewise else input._array.dtype
    taps = _covering_taps if antialias else _taps
    chosen: list[Any] = []
    for i, (m, scale) in enumerate(zip(sizes, scales, strict=True)):
        places, weights = taps(mode, input.shape[2 + i], m, scale, bool(align_corners), real)
        chosen.append((2 + i, places, weights))
    if bytewise and mode in _FILTERS:
        return _of_bytes(input, chosen)
    kind = "".join(part.capitalize() for part in mode.split("-"))
    return resampling(f"Upsample{kind}{dims}D{'Aa' if antialias else ''}Backward0")(input, taps=chosen)


def _of_bytes(input: Any, taps: list[Any]) -> Any:
    """A resized image of bytes, which is rounded after each of its dimensions, the last one first."""
    x = input.to(dtypes.float32)
    for tap in reversed(taps):
        x = clamp(floor(resampling("UpsampleBackward0")(x, taps=[tap]) + 0.5), 0, 255)
    return x.to(dtypes.uint8)


def _sizes(input: Any, size: Any, factor: Any, recompute: bool | None, dims: int) -> tuple[list[int], list[Any]]:
    """The wanted sizes, and the factors that were given (None where the sizes alone decide)."""
    if size is not None and factor is not None:
        raise ValueError("only one of size or scale_factor should be defined")
    if size is None and factor is None:
        raise ValueError("either size or scale_factor should be defined")
    if size is not None:
        if recompute:
            raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
        sizes = [int(size)] * dims if isinstance(size, int) else [int(n) for n in size]
        factors: list[Any] = [None] * dims
    else:
        factors = [float(factor)] * dims if isinstance(factor, (int, float)) else [float(f) for f in factor]
        if len(factors) != dims:
            raise ValueError(
                "Input and scale_factor must have the same number of spatial dimensions, but got input with spatial "
                f"dimensions of {list(input.shape[2:])} and scale_factor of shape {factor}."
            )
        sizes = [math.floor(n * f) for n, f in zip(input.shape[2:], factors, strict=True)]
        if recompute:
            factors = [None] * dims
    if len(sizes) != dims:
        raise ValueError(
            "Input and output must have the same number of spatial dimensions, but got input with spatial dimensions "
            f"of {list(input.shape[2:])} and output size of {size}."
        )
    if any(n <= 0 for n in (*sizes, *input.shape[2:])):
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {list(input.shape[2:])} and output {sizes}"
        )
    return sizes, factors


def _taps(mode: str, n: int, m: int, factor: Any, align_corners: bool, dtype: Any) -> tuple[Any, Any]:
    """Along a dimension, the places each output is made of, and their weights: (taps, m) each."""
    real: Any = np.float32 if dtype.itemsize < 8 else np.float64
    step = 1 / factor if factor is not None and factor > 0 else n / m
    i = np.arange(m)
    if mode.startswith("nearest"):
        half = 0.5 if mode == "nearest-exact" else 0
        place = np.floor((i + np.float32(half)).astype(np.float32) * np.float32(step)).astype(np.int64)
        return np.minimum(place, n - 1)[None], None
    if align_corners:
        source = i.astype(real) * real((n - 1) / (m - 1) if m > 1 else 0)
    else:
        source = real(step) * (i.astype(real) + real(0.5)) - real(0.5)
    if mode != "bicubic":
        source = np.maximum(source, 0)
        below = np.minimum(np.floor(source).astype(np.int64), n - 1)
        t = np.clip(source - below, 0, 1)
        return np.stack([below, np.minimum(below + 1, n - 1)]), np.stack([1 - t, t])
    below = np.floor(source).astype(np.int64)
    places = np.clip(below + np.arange(-1, 3)[:, None], 0, n - 1)
    return places, np.stack(cubic_weights(source - below))


def _covering_taps(mode: str, n: int, m: int, factor: Any, align_corners: bool, dtype: Any) -> tuple[Any, Any]:
    """`_taps` with antialiasing: the interpolating function is as wide as an output element, and its weights sum to 1."""
    if align_corners:
        step = (n - 1) / (m - 1) if m > 1 else 0.0
    else:
        step = 1 / factor if factor is not None and factor > 0 else n / m
    width = max(step, 1.0)
    reach, weight = _FILTERS[mode]
    support = reach * width
    centre = step * (np.arange(m) + 0.5)
    first = np.maximum((centre - support + 0.5).astype(np.int64), 0)
    count = np.minimum((centre + support + 0.5).astype(np.int64), n) - first
    taps = np.arange(count.max())[:, None]
    distance = np.abs((first + taps - centre + 0.5) / width)
    weights = np.where(taps < count, weight(distance), 0)
    return np.minimum(first + taps, n - 1), weights / weights.sum(0)


def _triangle(distance: Any) -> Any:
    return np.maximum(1 - distance, 0)


def _cubic(distance: Any, a: float = -0.5) -> Any:
    """Cubic convolution, whose parameter differs from that of `cubic_weights`."""
    near = ((a + 2) * distance - (a + 3)) * distance**2 + 1
    far = (((distance - 5) * distance + 8) * distance - 4) * a
    return np.where(distance < 1, near, np.where(distance < 2, far, 0))


def _lanczos(distance: Any) -> Any:
    return np.where(distance < 3, np.sinc(distance) * np.sinc(distance / 3), 0)


#: How far an interpolating function reaches, and what it is at a distance.
_FILTERS = {"bilinear": (1, _triangle), "bicubic": (2, _cubic), "lanczos": (3, _lanczos)}


def cubic_weights(t: Any) -> list[Any]:
    """The weights of four neighbours in cubic convolution with a = -0.75, at a distance ``t`` from the second."""
    a = -0.75

    def near(x: Any) -> Any:
        return ((a + 2) * x - (a + 3)) * x * x + 1

    def far(x: Any) -> Any:
        return ((a * x - 5 * a) * x + 8 * a) * x - 4 * a

    return [far(t + 1), near(t), near(1 - t), far(2 - t)]


def upsample(
    input: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", align_corners: bool | None = None
) -> Any:
    """`interpolate`, by its deprecated name."""
    warnings.warn("`nn.functional.upsample` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` with mode "nearest", by its deprecated name."""
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Any, size: Any = None, scale_factor: Any = None) -> Any:
    """`interpolate` with mode "bilinear" and aligned corners, by its deprecated name."""
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `nn.functional.interpolate` instead.", stacklevel=2
    )
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


# --- sampling on a grid ---------------------------------------------------------------------------------------------


def affine_grid(theta: Any, size: Any, align_corners: bool | None = None) -> Any:
    """The places (N, ..., dims) that an affine map (N, dims, dims + 1) takes the elements of an image of a size to."""
    if not theta.is_floating_point():
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    spatial = tuple(size)[2:]
    dims = len(spatial)
    if dims not in (2, 3):
        raise NotImplementedError(
            "affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size "
            f"{tuple(size)}."
        )
    if theta.ndim != 3 or theta.shape[-2] != dims or theta.shape[-1] != dims + 1:
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape Nx{dims}x{dims + 1} for size {tuple(size)}. Got "
            f"{theta.shape}."
        )
    lines = [np.linspace(-1, 1, n) if n > 1 else np.zeros(1) for n in spatial]
    if not align_corners:
        lines = [line * (n - 1) / n for line, n in zip(lines, spatial, strict=True)]
    grids = np.meshgrid(*lines, indexing="ij")
    base = np.stack([*grids[::-1], np.ones(spatial)], -1).reshape(-1, dims + 1).astype(theta._array.dtype)
    moved = matmul(wrap(np.broadcast_to(base, (theta.shape[0], *base.shape))), theta.transpose(1, 2))
    return reshape(moved, (theta.shape[0], *spatial, dims))


@in_float32
def grid_sample(
    input: Any, grid: Any, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Any:
    """The values of (N, C, ...) at the places (N, ..., dims) of a grid, where -1 and 1 are the borders."""
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    dims = input.ndim - 2
    if dims not in (2, 3) or grid.ndim != input.ndim:
        raise RuntimeError(
            "grid_sampler(): expected 4D or 5D input and grid with same number of dimensions, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if input.shape[0] != grid.shape[0] or grid.shape[-1] != dims:
        raise RuntimeError(
            f"grid_sampler(): expected grid and input to have same batch size and grid to have size {dims} in last "
            f"dimension, but got input with sizes {list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if mode == "bicubic" and dims != 2:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")
    corners = bool(align_corners)
    spatial = tuple(input.shape[2:])
    at = [_unnormalized(grid[..., dims - 1 - d], n, corners) for d, n in enumerate(spatial)]
    if mode == "bicubic":
        return _cubic_sample(input, at, padding_mode, corners)
    at = [_padded(x, n, padding_mode, corners) for x, n in zip(at, spatial, strict=True)]
    if mode == "nearest":
        found = _values(input, [np.round(x._array) for x in at], "zeros", corners)
        return found * _one(grid) if grid.requires_grad else found  # a gradient that is zero, but is there
    below = [floor(x.detach()) for x in at]
    total: Any = 0
    for corner in itertools.product((0, 1), repeat=dims):
        weight: Any = 1
        for x, b, c in zip(at, below, corner, strict=True):
            weight = weight * (x - b if c else b + 1 - x)
        places = [b._array + c for b, c in zip(below, corner, strict=True)]
        total = total + _values(input, places, "zeros", corners) * weight.unsqueeze(1)
    return total


def _one(grid: Any) -> Any:
    """A one for each place, which has the gradient zero with respect to the grid."""
    flat = sign(grid)
    return (flat - flat.detach()).sum(-1).unsqueeze(1) + 1


def _unnormalized(x: Any, n: int, corners: bool) -> Any:
    return (x + 1) / 2 * (n - 1) if corners else ((x + 1) * n - 1) / 2


def _padded(x: Any, n: int, mode: str, corners: bool) -> Any:
    """Coordinates outside of the image, taken into it as the padding mode says."""
    if mode == "reflection":
        low, span = (0.0, float(n - 1)) if corners else (-0.5, float(n))
        if span == 0:
            return x * 0
        distance = abs(x - low)
        flips = floor(distance.detach() / span)
        extra = distance - flips * span
        even = wrap(flips._array % 2 == 0)
        x = extra.where(even, span - extra) + low
    return clamp(x, 0, n - 1) if mode in ("border", "reflection") else x


def _values(input: Any, places: list[Any], mode: str, corners: bool) -> Any:
    """The elements of (N, C, ...) at places (N, ...) along each dimension, zero outside of it."""
    inside: Any = True
    flat: Any = 0
    for x, n in zip(places, input.shape[2:], strict=True):
        inside = inside & (x >= 0) & (x <= n - 1)
        flat = flat * n + np.clip(np.nan_to_num(x), 0, n - 1).astype(np.int64)
    n, c = input.shape[:2]
    index = np.broadcast_to(flat.reshape(n, 1, -1), (n, c, flat[0].size)).copy()
    taken = reshape(reshape(input, (n, c, -1)).gather(2, wrap(index)), (n, c, *flat.shape[1:]))
    return taken * wrap(inside[:, None].astype(input._array.dtype))


def _cubic_sample(input: Any, at: list[Any], padding_mode: str, corners: bool) -> Any:
    below = [floor(x.detach()) for x in at]
    weights = [cubic_weights(x - b) for x, b in zip(at, below, strict=True)]
    total: Any = 0
    for i, j in itertools.product(range(4), repeat=2):
        places = []
        for b, k, n in zip(below, (i, j), input.shape[2:], strict=True):
            places.append(_padded(b + (k - 1), n, padding_mode, corners)._array)
        total = total + _values(input, places, "zeros", corners) * (weights[0][i] * weights[1][j]).unsqueeze(1)
    return total


# --- rearrangements -------------------------------------------------------------------------------------------------


def pixel_shuffle(input: Any, upscale_factor: int) -> Any:
    """(..., C r^2, H, W) as (..., C, H r, W r)."""
    r = upscale_factor
    if input.ndim < 3:
        raise RuntimeError(
            f"pixel_shuffle expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"pixel_shuffle expects a positive upscale_factor, but got {r}")
    c = input.shape[-3]
    if c % (r * r):
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of upscale_factor, "
            f"but input.size(-3)={c} is not divisible by {r * r}"
        )
    return pixel_shuffle_op(input, factor=r)


def pixel_unshuffle(input: Any, downscale_factor: int) -> Any:
    """(..., C, H r, W r) as (..., C r^2, H, W): the reverse of `pixel_shuffle`."""
    r = downscale_factor
    if input.ndim < 3:
        raise RuntimeError(
            f"pixel_unshuffle expects input to have at least 3 dimensions, but got input with {input.ndim} dimension(s)"
        )
    if r <= 0:
        raise RuntimeError(f"pixel_unshuffle expects a positive downscale_factor, but got {r}")
    h, w = input.shape[-2:]
    for name, size in (("height", h), ("width", w)):
        if size % r:
            raise RuntimeError(
                f"pixel_unshuffle expects {name} to be divisible by downscale_factor, but input.size "
                f"{size} is not divisible by {r}"
            )
    return pixel_unshuffle_op(input, factor=r)


def channel_shuffle(input: Any, groups: int) -> Any:
    """The channels of (N, C, ...) taken from each group in turn."""
    if input.ndim < 3:
        raise RuntimeError(f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}")
    c = input.shape[1]
    if groups <= 0:
        raise RuntimeError(f"Number of groups to divide channels in must be positive. Value of groups:{groups}")
    if c % groups:
        raise RuntimeError(f"Number of channels must be divisible by groups. Got {c} channels and {groups} groups.")
    return channel_shuffle_op(input, groups=groups)


native_channel_shuffle = channel_shuffle
