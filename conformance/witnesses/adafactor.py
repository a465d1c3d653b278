"""Adafactor, as the box of `torch.optim.Adafactor` has it."""

from __future__ import annotations

import numpy as np

from conformance.witnesses.arrays import Array, State


def adafactor(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-2,
    beta2_decay: float = -0.8,
    eps: tuple[float, float] = (0.0, 1e-3),
    d: float = 1.0,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> Array:
    """One step of Adafactor; the state has step, and variance, or row_var and col_var where x is a matrix.

    The first of ``eps`` is None by default, the machine epsilon of the parameter's dtype: nothing, in float64.
    """
    eps1, eps2 = eps
    t = state["step"] = state.get("step", 0) + 1
    if maximize:
        g = -g
    beta2 = 1 - t**beta2_decay
    rho = min(lr, 1 / np.sqrt(t))
    alpha = max(eps2, _rms(x)) * rho
    x = x - lr * weight_decay * x
    if g.ndim > 1:
        row = state["row_var"] = beta2 * state.get("row_var", 0.0) + (1 - beta2) * np.sum(g * g, -1, keepdims=True)
        col = state["col_var"] = beta2 * state.get("col_var", 0.0) + (1 - beta2) * np.sum(g * g, -2, keepdims=True)
        v = row @ col / np.maximum(np.sum(row, -2, keepdims=True), eps1)
    else:
        v = state["variance"] = beta2 * state.get("variance", 0.0) + (1 - beta2) * g * g
    u = g / np.maximum(np.sqrt(v), eps1)
    u = u / max(1.0, _rms(u) / d)
    return x - alpha * u


def _rms(x: Array) -> float:
    return float(np.sqrt(np.mean(x * x)))
