"""Adagrad, as the box of `torch.optim.Adagrad` has it."""

from __future__ import annotations

import numpy as np

from conformance.witnesses.arrays import Array, State


def adagrad(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-2,
    lr_decay: float = 0.0,
    weight_decay: float = 0.0,
    initial_accumulator_value: float = 0.0,
    eps: float = 1e-10,
    maximize: bool = False,
) -> Array:
    """One step of Adagrad; the state has step and sum."""
    t = state["step"] = state.get("step", 0) + 1
    if maximize:
        g = -g
    g = g + weight_decay * x
    gamma = lr / (1 + (t - 1) * lr_decay)
    s = state["sum"] = state.get("sum", initial_accumulator_value) + g**2
    return x - gamma * g / (np.sqrt(s) + eps)
