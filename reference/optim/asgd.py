"""ASGD, averaged stochastic gradient descent.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.ASGD.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from reference.optim.checks import check_lr, check_not_negative
from reference.optim.elementwise import ElementwiseOptimizer, next_step, zeros_like
from reference.optim.state_dict import new_step, step_dtype
from reference.tensor import Tensor, wrap


class ASGD(ElementwiseOptimizer):
    """Gradient descent with a decaying rate, which also keeps the average of the parameter from ``t0`` on (ALG-18)."""

    scalars = ("step", "eta", "mu")
    _added_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The average of the parameter."""
        return ("ax",)

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, the first rate, no averaging yet."""
        return {
            "step": new_step(group),
            "eta": wrap(np.full((), float(group["lr"]), step_dtype())),
            "mu": wrap(np.ones((), step_dtype())),
            "ax": zeros_like(param),
        }

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The rule; the rate ``eta`` and the weight ``mu`` of the average are those that the former step left."""
        lr, lambd, alpha, t0 = group["lr"], group["lambd"], group["alpha"], group["t0"]
        weight_decay, maximize = group["weight_decay"], group["maximize"]

        t, eta, mu = next_step(state), state.eta.item(), state.mu.item()
        state.eta[...] = lr / (1 + lambd * lr * t) ** alpha
        state.mu[...] = 1 / max(1, t - t0)

        def update(p: Any, g: Any, average: Any) -> None:
            if maximize:
                g = -g
            if weight_decay != 0:
                g = g + weight_decay * p
            p *= 1 - lambd * eta
            p -= eta * g
            if mu != 1:
                average += (p - average) * mu
            else:
                average[...] = p

        return update
