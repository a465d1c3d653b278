"""RAdam, as the box of `torch.optim.RAdam` has it."""

from __future__ import annotations

import numpy as np

from conformance.witnesses.arrays import Array, State


def radam(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    decoupled_weight_decay: bool = False,
    maximize: bool = False,
) -> Array:
    """One step of RAdam; the state has step, exp_avg and exp_avg_sq."""
    beta1, beta2 = betas
    t = state["step"] = state.get("step", 0) + 1
    if maximize:
        g = -g
    if decoupled_weight_decay:
        x = x - lr * weight_decay * x
    else:
        g = g + weight_decay * x
    m = state["exp_avg"] = beta1 * state.get("exp_avg", 0.0) + (1 - beta1) * g
    v = state["exp_avg_sq"] = beta2 * state.get("exp_avg_sq", 0.0) + (1 - beta2) * g**2
    m_hat = m / (1 - beta1**t)
    rho_inf = 2 / (1 - beta2) - 1
    rho = rho_inf - 2 * t * beta2**t / (1 - beta2**t)
    if rho <= 5:
        return x - lr * m_hat
    l = np.sqrt(1 - beta2**t) / (np.sqrt(v) + eps)  # noqa: E741 - the box's letter
    r = np.sqrt((rho - 4) * (rho - 2) * rho_inf / ((rho_inf - 4) * (rho_inf - 2) * rho))
    return x - lr * m_hat * r * l
