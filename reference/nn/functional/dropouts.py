"""Dropout and its kin; the masks are random, and the gradient has the mask of its forward (NUM-49).

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#dropout-functions.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from reference.ops.special_modes import drawing
from reference.random import default_generator
from reference.tensor import wrap_beside

__all__ = ["alpha_dropout", "dropout", "dropout1d", "dropout2d", "dropout3d", "feature_alpha_dropout"]

_SELU_LIMIT = -1.7580993408473766  # what selu tends to far below zero


def _check(p: float) -> None:
    if p < 0.0 or p > 1.0:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")


def _kept(shape: Any, p: float, dtype: Any) -> Any:
    """1 where an element is kept, 0 where it is dropped."""
    drawn = default_generator.numbers.random(shape, np.float32)
    return np.asarray(drawn >= p).astype(dtype)


def _times(input: Any, mask: Any, inplace: bool) -> Any:
    factor = wrap_beside(mask, input)
    return input.mul_(factor) if inplace else input * factor


def _dropped(input: Any, p: float, shape: Any, inplace: bool) -> Any:
    mask = _kept(shape, p, input._array.dtype)
    if 0 < p < 1:
        mask /= 1 - p
    return _times(input, mask, inplace)


@drawing
def dropout(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Each element dropped with probability ``p``, the others divided by 1 - p; in training alone."""
    _check(p)
    if not training or p == 0:
        return input
    if input._array.dtype.kind in "biu":
        raise RuntimeError(f"result type Float can't be cast to the desired output type {input.dtype}")
    return _dropped(input, p, input._array.shape, inplace)


def _by_channel(name: str, input: Any, dims: tuple[int, ...], unbatched: int | None) -> tuple[int, ...]:
    """The shape of a mask of whole channels."""
    if input.ndim not in dims:
        warnings.warn(
            f"{name}: Received a {input.ndim}-D input to {name}, which is deprecated and will result in an error in a "
            "future release. To retain the behavior and silence this warning, please use dropout instead. Note that "
            f"{name} exists to provide channel-wise dropout on inputs with spatial dimensions, a channel dimension, "
            "and an optional batch dimension.",
            stacklevel=4,
        )
    shape = tuple(input.shape)
    if input.ndim == unbatched:
        return (shape[0], *[1] * (input.ndim - 1))
    if input.ndim < 2:
        raise RuntimeError("Feature dropout requires at least 2 dimensions in the input")
    return (*shape[:2], *[1] * (input.ndim - 2))


@drawing
def dropout1d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Whole channels of (N, C, L) or (C, L) dropped."""
    _check(p)
    if input.ndim not in (2, 3):
        raise RuntimeError(
            f"dropout1d: Expected 2D or 3D input, but received a {input.ndim}D input. Note that dropout1d exists to "
            "provide channel-wise dropout on inputs with 1 spatial dimension, a channel dimension, and an optional "
            "batch dimension (i.e. 2D or 3D inputs)."
        )
    return _feature_dropout(input, p, training, inplace, _by_channel("dropout1d", input, (2, 3), 2))


@drawing
def dropout2d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Whole channels of (N, C, H, W) dropped."""
    _check(p)
    return _feature_dropout(input, p, training, inplace, _by_channel("dropout2d", input, (3, 4), None))


@drawing
def dropout3d(input: Any, p: float = 0.5, training: bool = True, inplace: bool = False) -> Any:
    """Whole channels of (N, C, D, H, W) or (C, D, H, W) dropped."""
    _check(p)
    return _feature_dropout(input, p, training, inplace, _by_channel("dropout3d", input, (4, 5), 4))


def _feature_dropout(input: Any, p: float, training: bool, inplace: bool, shape: Any) -> Any:
    return _dropped(input, p, shape, inplace) if training else input


@drawing
def alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """Dropout that keeps the mean and the variance of what comes out of ``selu``."""
    _check(p)
    return _alpha_dropped(input, p, input._array.shape, inplace) if training else input


@drawing
def feature_alpha_dropout(input: Any, p: float = 0.5, training: bool = False, inplace: bool = False) -> Any:
    """`alpha_dropout` of whole channels."""
    _check(p)
    if not training:
        return input
    return _alpha_dropped(input, p, _by_channel("feature_alpha_dropout", input, (input.ndim,), None), inplace)


def _alpha_dropped(input: Any, p: float, shape: Any, inplace: bool) -> Any:
    """What is dropped becomes selu's limit; then a (x or limit) + b has mean 0 and variance 1 again."""
    dtype = input._array.dtype
    if p == 0:
        return input
    if p == 1:
        return _times(input, np.zeros(shape, dtype), inplace)
    kept = _kept(shape, p, dtype)
    a = 1 / np.sqrt((_SELU_LIMIT**2 * p + 1) * (1 - p))
    shift = wrap_beside(((1 - kept) * (a * _SELU_LIMIT) - a * _SELU_LIMIT * p).astype(dtype), input)
    scaled = _times(input, (kept * a).astype(dtype), inplace)
    return scaled.add_(shift) if inplace else scaled + shift
