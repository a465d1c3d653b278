"""Windows of signals: ``torch.hann_window`` and its like.

Source: https://docs.pytorch.org/docs/stable/generated/torch.hann_window.html. A periodic window of n is the symmetric one
of n + 1 without its last element.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference import dtypes
from reference.factories import _new, _numpy_dtype


def _window(name: str, shape: Callable[[Any], Any], window_length: Any, periodic: bool, options: dict[str, Any]) -> Any:
    """The values of ``shape`` at n points from 0 to 1."""
    if not isinstance(window_length, int):
        raise TypeError(f"{name}(): argument 'window_length' must be int, not {type(window_length).__name__}")
    if window_length < 0:
        raise RuntimeError(f"{name} requires non-negative window_length, got window_length={window_length}")
    dtype = _numpy_dtype(options.get("dtype"))
    if dtypes.category_of(dtype) != dtypes.FLOATING:
        raise RuntimeError(f"{name} expects floating point dtypes, got: {dtype}")
    steps = window_length if periodic else window_length - 1
    values = np.ones(window_length) if window_length <= 1 else shape(np.arange(window_length) / steps)
    return _new(values.astype(dtype), options.get("requires_grad", False), options.get("device"))


def _cosines(*weights: float) -> Callable[[Any], Any]:
    return lambda t: sum((-1) ** k * w * np.cos(2 * np.pi * k * t) for k, w in enumerate(weights))


def hann_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """sin^2(pi t), for t from 0 to 1."""
    return _window("hann_window", _cosines(0.5, 0.5), window_length, periodic, options)


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, **options: Any
) -> Any:
    """alpha - beta cos(2 pi t)."""
    return _window("hamming_window", _cosines(alpha, beta), window_length, periodic, options)


def blackman_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """0.42 - 0.5 cos(2 pi t) + 0.08 cos(4 pi t)."""
    return _window("blackman_window", _cosines(0.42, 0.5, 0.08), window_length, periodic, options)


def bartlett_window(window_length: int, periodic: bool = True, **options: Any) -> Any:
    """A triangle: 1 - |2 t - 1|."""
    return _window("bartlett_window", lambda t: 1 - abs(2 * t - 1), window_length, periodic, options)


def kaiser_window(window_length: int, periodic: bool = True, beta: float = 12.0, **options: Any) -> Any:
    """I0(beta sqrt(1 - (2 t - 1)^2)) / I0(beta)."""

    def shape(t: Any) -> Any:
        return np.i0(beta * np.sqrt(np.maximum(1 - (2 * t - 1) ** 2, 0))) / np.i0(beta)

    return _window("kaiser_window", shape, window_length, periodic, options)
