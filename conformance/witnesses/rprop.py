"""Rprop, as the box of `torch.optim.Rprop` has it."""

from __future__ import annotations

import numpy as np

from conformance.witnesses.arrays import Array, State


def rprop(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-2,
    etas: tuple[float, float] = (0.5, 1.2),
    step_sizes: tuple[float, float] = (1e-6, 50.0),
    maximize: bool = False,
) -> Array:
    """One step of Rprop; the state has step, prev (the gradient acted on) and step_size."""
    eta_minus, eta_plus = etas
    smallest, largest = step_sizes
    state["step"] = state.get("step", 0) + 1
    if maximize:
        g = -g
    eta = state.get("step_size", np.full_like(x, lr))
    agreement = g * state.get("prev", np.zeros_like(x))
    eta = np.where(agreement > 0, np.minimum(eta * eta_plus, largest), eta)
    eta = np.where(agreement < 0, np.maximum(eta * eta_minus, smallest), eta)
    g = np.where(agreement < 0, 0.0, g)
    state["step_size"], state["prev"] = eta, g
    return x - eta * np.sign(g)
