"""Rearrangements of the elements of images: rows whose derivative is the opposite rearrangement.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#vision-functions.
"""

from __future__ import annotations

from typing import Any

from reference.ops.table import Op


def _shuffle_kernel(self: Any, *, factor: int) -> Any:
    *leading, c, h, w = self.shape
    r, n = factor, len(leading)
    parts = self.reshape(*leading, c // (r * r), r, r, h, w)
    order = (*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return parts.transpose(order).copy().reshape(*leading, c // (r * r), h * r, w * r)


def _unshuffle_kernel(self: Any, *, factor: int) -> Any:
    *leading, c, h, w = self.shape
    r, n = factor, len(leading)
    parts = self.reshape(*leading, c, h // r, r, w // r, r)
    order = (*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return parts.transpose(order).copy().reshape(*leading, c * r * r, h // r, w // r)


# (..., C r^2, H, W) as (..., C, H r, W r), and the reverse
pixel_shuffle_op = Op("pixel_shuffle", _shuffle_kernel, self=lambda g, factor: pixel_unshuffle_op(g, factor=factor))
pixel_unshuffle_op: Op = Op(
    "pixel_unshuffle", _unshuffle_kernel, self=lambda g, factor: pixel_shuffle_op(g, factor=factor)
)


def _channel_kernel(self: Any, *, groups: int) -> Any:
    n, c = self.shape[:2]
    parts = self.reshape(n, groups, c // groups, *self.shape[2:])
    return parts.swapaxes(1, 2).copy().reshape(self.shape)


# the channels of (N, C, ...) taken from each group in turn
channel_shuffle_op: Op = Op(
    "channel_shuffle",
    _channel_kernel,
    self=lambda g, self_shape, groups: channel_shuffle_op(g, groups=self_shape[1] // groups),
)
