"""Muon, as the box of `torch.optim.Muon` has it, in full precision (PyTorch orthogonalises in bfloat16)."""

from __future__ import annotations

import math

import numpy as np

from conformance.witnesses.arrays import Array, State


def muon(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-3,
    weight_decay: float = 0.1,
    momentum: float = 0.95,
    nesterov: bool = True,
    ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
    eps: float = 1e-7,
    ns_steps: int = 5,
    adjust_lr_fn: str | None = None,
) -> Array:
    """One step of Muon on a matrix; the state has momentum_buffer."""
    b = state["momentum_buffer"] = momentum * state.get("momentum_buffer", 0.0) + g
    update = newton_schulz(g + momentum * b if nesterov else b, ns_coefficients, eps, ns_steps)
    rows, columns = x.shape
    if adjust_lr_fn == "match_rms_adamw":
        adjusted = lr * 0.2 * math.sqrt(max(rows, columns))
    else:
        adjusted = lr * math.sqrt(max(1, rows / columns))
    return x - lr * weight_decay * x - adjusted * update


def newton_schulz(matrix: Array, coefficients: tuple[float, float, float], eps: float, steps: int) -> Array:
    """Push the singular values of a matrix towards one by an odd polynomial, `steps` times."""
    a, b, c = coefficients
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / max(float(np.linalg.norm(x)), eps)
    for _ in range(steps):
        gram = x @ x.T
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x
