"""Adamax, as the box of `torch.optim.Adamax` has it."""

from __future__ import annotations

import numpy as np

from conformance.witnesses.arrays import Array, State


def adamax(
    x: Array,
    g: Array,
    state: State,
    lr: float = 2e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> Array:
    """One step of Adamax; the state has step, exp_avg and exp_inf."""
    beta1, beta2 = betas
    t = state["step"] = state.get("step", 0) + 1
    if maximize:
        g = -g
    g = g + weight_decay * x
    m = state["exp_avg"] = beta1 * state.get("exp_avg", 0.0) + (1 - beta1) * g
    u = state["exp_inf"] = np.maximum(beta2 * state.get("exp_inf", 0.0), np.abs(g) + eps)
    return x - lr * m / ((1 - beta1**t) * u)
