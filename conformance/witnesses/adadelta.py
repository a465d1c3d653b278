"""Adadelta, as the box of `torch.optim.Adadelta` has it."""

from __future__ import annotations

import numpy as np

from conformance.witnesses.arrays import Array, State


def adadelta(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1.0,
    rho: float = 0.9,
    eps: float = 1e-6,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> Array:
    """One step of Adadelta; the state has step, square_avg and acc_delta."""
    state["step"] = state.get("step", 0) + 1
    if maximize:
        g = -g
    g = g + weight_decay * x
    u = state.get("acc_delta", 0.0)
    v = state["square_avg"] = rho * state.get("square_avg", 0.0) + (1 - rho) * g**2
    delta = np.sqrt(u + eps) / np.sqrt(v + eps) * g
    state["acc_delta"] = rho * u + (1 - rho) * delta**2
    return x - lr * delta
