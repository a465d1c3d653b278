"""Discrete Fourier transforms: the rows behind `reference.fft`.

The adjoint of a transform is the opposite one, in the opposite normalization: that of an unscaled forward transform is
the unscaled backward one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.joining import cat
from reference.ops.rules import constant, zeros_shaped
from reference.ops.table import Op

OPPOSITE = {"backward": "forward", "forward": "backward", "ortho": "ortho"}


def _c2c_kernel(self: Any, *, dim: Any, norm: Any, forward: bool) -> Any:
    transform = np.fft.fftn if forward else np.fft.ifftn
    return transform(self, axes=dim, norm=norm)


# of complex numbers
c2c_op: Op = Op(
    "fft_c2c",
    _c2c_kernel,
    node="FftC2CBackward0",
    self=lambda g, dim, norm, forward: c2c_op(g, dim=dim, norm=OPPOSITE[norm], forward=not forward),
)


def _r2c_kernel(self: Any, *, dim: Any, norm: Any, onesided: bool) -> Any:
    transform = np.fft.rfftn if onesided else np.fft.fftn
    return transform(self, axes=dim, norm=norm)


def _r2c_rule(g: Any, self_shape: Any, dim: Any, norm: Any, onesided: bool) -> Any:
    if not onesided:
        return c2c_op(g, dim=dim, norm=OPPOSITE[norm], forward=False).real
    # the other half of the result, which was left out, has no gradient
    last = dim[-1]
    missing = self_shape[last] - g.shape[last]
    shape = (*g.shape[:last], missing, *g.shape[last + 1 :])
    whole = cat([g, zeros_shaped(g, shape)], last)
    return c2c_op(whole, dim=dim, norm=OPPOSITE[norm], forward=False).real


# of real numbers; where it is one-sided, half of the result, since the other half is its conjugate
r2c_op = Op("fft_r2c", _r2c_kernel, self=_r2c_rule, node="FftR2CBackward0")


def _c2r_kernel(self: Any, *, dim: Any, norm: Any, length: int) -> Any:
    sizes = [*(self.shape[d] for d in dim[:-1]), length]
    return np.fft.irfftn(self, s=sizes, axes=dim, norm=norm)


def _c2r_rule(g: Any, dim: Any, norm: Any, length: int) -> Any:
    # what stands for its conjugate, too, counts twice
    half = r2c_op(g, dim=dim, norm=OPPOSITE[norm], onesided=True)
    twice = np.ones(half.shape[dim[-1]])
    twice[1 : (length + 1) // 2] = 2
    return half * constant(twice.reshape((-1,) + (1,) * (half.ndim - 1 - dim[-1])), g)


c2r_op = Op("fft_c2r", _c2r_kernel, self=_c2r_rule, node="FftC2RBackward0")
