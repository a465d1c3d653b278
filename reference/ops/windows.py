"""Sliding windows: all windows of an array side by side, and the reverse, which adds them up where they overlap.

Convolutions, poolings, ``unfold`` and ``fold`` stand on these two. `gather_windows` and `overlay_windows` are each
other's transpose, so each is the other's derivative. ``Windows`` says where the windows lie, a number for each spatial
dimension.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from reference.ops.table import Op


class Windows(NamedTuple):
    """Where windows lie: their size, the step between them, the padding of the input, the step within them."""

    kernel: tuple[int, ...]
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    dilation: tuple[int, ...]

    def positions(self, spatial: Any) -> tuple[int, ...]:
        """How many windows fit into an input of a size, along each dimension."""
        return tuple(
            (n + 2 * p - d * (k - 1) - 1) // s + 1
            for n, k, s, p, d in zip(spatial, self.kernel, self.stride, self.padding, self.dilation, strict=True)
        )


def padded(x: Any, padding: tuple[int, ...], value: Any = 0) -> Any:
    """The spatial dimensions, the last ones, padded on both sides."""
    if not any(padding):
        return x
    widths = [(0, 0)] * (x.ndim - len(padding)) + [(p, p) for p in padding]
    return np.pad(x, widths, constant_values=value)


def windows_of(x: Any, windows: Windows, count: tuple[int, ...]) -> Any:
    """A view of the windows of a padded array: (..., *spatial) becomes (..., *kernel, *count)."""
    dims = len(count)
    leading, steps = x.strides[: x.ndim - dims], x.strides[x.ndim - dims :]
    within = tuple(s * d for s, d in zip(steps, windows.dilation, strict=True))
    between = tuple(s * t for s, t in zip(steps, windows.stride, strict=True))
    shape = x.shape[: x.ndim - dims] + windows.kernel + count
    return np.lib.stride_tricks.as_strided(x, shape, leading + within + between, writeable=False)


def gather_windows(x: Any, windows: Windows, count: tuple[int, ...]) -> Any:
    """The windows of an array, which is padded with zeros: (N, C, *spatial) becomes (N, C, *kernel, *count)."""
    x = padded(x, windows.padding)
    reach = [
        (n - 1) * s + d * (k - 1) + 1
        for n, s, d, k in zip(count, windows.stride, windows.dilation, windows.kernel, strict=True)
    ]
    missing = [max(r - n, 0) for r, n in zip(reach, x.shape[-len(reach) :], strict=True)]
    if any(missing):  # an output padding that is larger than the stride
        x = np.pad(x, [(0, 0)] * (x.ndim - len(missing)) + [(0, m) for m in missing])
    return windows_of(x, windows, count)


def overlay_windows(columns: Any, windows: Windows, spatial: tuple[int, ...]) -> Any:
    """The windows (N, C, *kernel, *count), added up where they lie in an array (N, C, *spatial)."""
    dims = len(spatial)
    count = columns.shape[-dims:]
    size = tuple(
        max(n + 2 * p, (m - 1) * s + d * (k - 1) + 1)
        for n, p, m, s, d, k in zip(
            spatial, windows.padding, count, windows.stride, windows.dilation, windows.kernel, strict=True
        )
    )
    whole: Any = np.zeros(columns.shape[: -2 * dims] + size, columns.dtype)
    for offset in np.ndindex(*windows.kernel):
        place = tuple(
            slice(o * d, o * d + s * (m - 1) + 1, s)
            for o, d, s, m in zip(offset, windows.dilation, windows.stride, count, strict=True)
        )
        whole[(..., *place)] += columns[(..., *offset, *[slice(None)] * dims)]
    inside = tuple(slice(p, p + n) for p, n in zip(windows.padding, spatial, strict=True))
    return whole[(..., *inside)]


def _unfold_kernel(self: Any, *, windows: Windows) -> Any:
    spatial = self.shape[2:]
    count = windows.positions(spatial)
    n, c = self.shape[:2]
    gathered = gather_windows(self, windows, count)
    return gathered.reshape(n, c * int(np.prod(windows.kernel)), int(np.prod(count)))


def _fold_kernel(self: Any, *, size: tuple[int, ...], windows: Windows) -> Any:
    channels = self.shape[1] // int(np.prod(windows.kernel))
    columns = self.reshape(self.shape[0], channels, *windows.kernel, *windows.positions(size))
    return overlay_windows(columns, windows, size)


# each is the transpose of the other
im2col_op = Op(
    "im2col",
    _unfold_kernel,
    node="Im2ColBackward0",
    self=lambda g, self_shape, windows: col2im_op(g, size=self_shape[2:], windows=windows),
)
col2im_op: Op = Op(
    "col2im", _fold_kernel, node="Col2ImBackward0", self=lambda g, windows: im2col_op(g, windows=windows)
)
