"""Adam and AdamW, as the boxes of `torch.optim.Adam` and `torch.optim.AdamW` have them."""

from __future__ import annotations

import numpy as np

from conformance.witnesses.arrays import Array, State


def adam(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 0.0,
    amsgrad: bool = False,
    maximize: bool = False,
) -> Array:
    """One step of Adam; the state has step, exp_avg, exp_avg_sq and with amsgrad max_exp_avg_sq."""
    beta1, beta2 = betas
    t = state["step"] = state.get("step", 0) + 1
    if maximize:
        g = -g
    g = g + weight_decay * x
    m = state["exp_avg"] = beta1 * state.get("exp_avg", 0.0) + (1 - beta1) * g
    v = state["exp_avg_sq"] = beta2 * state.get("exp_avg_sq", 0.0) + (1 - beta2) * g**2
    if amsgrad:
        v = state["max_exp_avg_sq"] = np.maximum(state.get("max_exp_avg_sq", 0.0), v)
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    return x - lr * m_hat / (np.sqrt(v_hat) + eps)


def adamw(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-3,
    betas: tuple[float, float] = (0.9, 0.999),
    eps: float = 1e-8,
    weight_decay: float = 1e-2,
    amsgrad: bool = False,
    maximize: bool = False,
) -> Array:
    """One step of AdamW: the weights decay by themselves, outside the moments."""
    x = x - lr * weight_decay * x
    return adam(x, g, state, lr=lr, betas=betas, eps=eps, amsgrad=amsgrad, maximize=maximize)
