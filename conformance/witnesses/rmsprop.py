"""RMSprop, as the box of `torch.optim.RMSprop` has it."""

from __future__ import annotations

import numpy as np

from conformance.witnesses.arrays import Array, State


def rmsprop(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-2,
    alpha: float = 0.99,
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    momentum: float = 0.0,
    centered: bool = False,
    maximize: bool = False,
) -> Array:
    """One step of RMSprop; the state has step, square_avg, with momentum momentum_buffer, centered grad_avg."""
    state["step"] = state.get("step", 0) + 1
    if maximize:
        g = -g
    g = g + weight_decay * x
    v = state["square_avg"] = alpha * state.get("square_avg", 0.0) + (1 - alpha) * g**2
    if centered:
        g_avg = state["grad_avg"] = alpha * state.get("grad_avg", 0.0) + (1 - alpha) * g
        v = v - g_avg**2
    if momentum == 0:
        return x - lr * g / (np.sqrt(v) + eps)
    b = state["momentum_buffer"] = momentum * state.get("momentum_buffer", 0.0) + g / (np.sqrt(v) + eps)
    return x - lr * b
