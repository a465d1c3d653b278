"""Adamax: Adam with the infinity norm.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adamax.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from reference.ops.arithmetic import maximum
from reference.ops.pointwise import abs
from reference.optim.checks import check_betas, check_lr, check_not_negative
from reference.optim.elementwise import ElementwiseOptimizer, move_average, next_step, zeros_like
from reference.optim.state_dict import new_step
from reference.tensor import Tensor


class Adamax(ElementwiseOptimizer):
    """Steps along the average gradient, over the exponentially weighted infinity norm (ALG-17)."""

    _added_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The average of the gradient and the norm."""
        return ("exp_avg", "exp_inf")

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, zeros."""
        return {"step": new_step(group), "exp_avg": zeros_like(param), "exp_inf": zeros_like(param)}

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box; ``eps`` is added to the absolute gradient, before the maximum."""
        lr, (beta1, beta2), eps, weight_decay = group["lr"], group["betas"], group["eps"], group["weight_decay"]
        maximize = group["maximize"]

        t = next_step(state)
        step_size = lr / (1 - beta1**t)

        def update(p: Any, g: Any, m: Any, u: Any) -> None:
            if maximize:
                g = -g
            if weight_decay != 0:
                g = g + weight_decay * p
            move_average(m, g, 1 - beta1)
            u[...] = maximum(u * beta2, abs(g) + eps)
            p -= step_size * m / u

        return update
