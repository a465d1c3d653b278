"""Muon: momentum, orthogonalised by a Newton-Schulz iteration, for matrices.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Muon.html.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from reference.bfloat16 import nearest
from reference.optim.checks import check_should_not_be_negative, check_tensor_lr
from reference.optim.elementwise import move_average, zeros_like
from reference.optim.flags import number
from reference.optim.optimizer import Optimizer, evaluate
from reference.tensor import Tensor, count_writes


class Muon(Optimizer):
    """Steps along the nearest orthogonal matrix to the momentum (ALG-26, ALG-43 to ALG-46)."""

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_tensor_lr(lr)
        check_should_not_be_negative(lr=lr, momentum=momentum, **{"weight decay": weight_decay})
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps, "adjust_lr_fn": adjust_lr_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                if param.ndim != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {param.size()}"
                    )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update each parameter that has a gradient; the closure's value is returned.

        Raises RuntimeError for complex parameters and sparse gradients, ValueError for a gradient that is no matrix.
        """
        loss = evaluate(closure)
        for group in self.param_groups:
            members = []
            for param in group["params"]:
                if param._grad is not None:
                    if param.is_complex():
                        raise RuntimeError("Muon does not support complex parameters")
                    if param._grad.is_sparse:
                        raise RuntimeError("Muon does not support sparse gradients")
                    state = self.state[param]
                    if "momentum_buffer" not in state:
                        state["momentum_buffer"] = zeros_like(param._grad)
                    members.append((param, state["momentum_buffer"]))
            for param, buffer in members:
                self._update(group, param._array, param._grad._array, buffer._array)
                count_writes((param, buffer))
        return loss

    def _update(self, group: Any, p: Any, g: Any, b: Any) -> None:
        """The box, but for a factor 1 - μ of the buffer, which the normalisation takes out again (ALG-44)."""
        if g.ndim != 2:
            raise ValueError("Param gradient must be a 2D matrix")
        lr, momentum = number(group["lr"]), group["momentum"]
        move_average(b, g, 1 - momentum)
        update = b
        if group["nesterov"]:
            update = g.copy()
            move_average(update, b, momentum)
        orthogonal = newton_schulz(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        p *= 1 - lr * group["weight_decay"]
        p -= lr * _rate_factor(group["adjust_lr_fn"], *p.shape) * orthogonal.astype(p.dtype)


def _rate_factor(how: str | None, rows: int, columns: int) -> float:
    """What the learning rate is multiplied by for a matrix of a shape (ALG-45)."""
    if how == "match_rms_adamw":
        return 0.2 * math.sqrt(max(rows, columns))
    return math.sqrt(max(1, rows / columns)) if how in (None, "original") else 1.0


def newton_schulz(matrix: Any, coefficients: tuple[float, float, float], steps: int, eps: float) -> Any:
    """A matrix with the same singular vectors and singular values near 1, computed in bfloat16 (ALG-46).

    Each operation's result is rounded to bfloat16; products are summed in float32, as PyTorch does.
    """
    if steps >= 100:
        raise ValueError(f"Number of steps must be less than 100 for computational efficiency, got {steps}")
    if len(coefficients) != 3:
        raise ValueError(f"Coefficients must be a tuple of exactly 3 values, got {len(coefficients)}")
    a, b, c = coefficients
    x = nearest(matrix)
    wide = x.shape[0] <= x.shape[1]
    x = x if wide else x.T
    norm = nearest(np.linalg.norm(x))
    x = nearest(x / np.maximum(norm, nearest(eps)))
    for _ in range(steps):
        gram = nearest(x @ x.T)
        polynomial = _multiply_add(b, gram, c, gram @ gram)
        x = _multiply_add(a, x, 1.0, polynomial @ x)
    return x if wide else x.T


def _multiply_add(a: float, x: Any, b: float, y: Any) -> Any:
    """``a * x + b * y`` in bfloat16, by way of a float32 ``b * y`` and a fused multiply-add in float32."""
    return nearest(np.float64(np.float32(a)) * x + np.float32(b) * y)
