"""Adadelta.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adadelta.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from reference.ops.pointwise import sqrt
from reference.optim.checks import check_lr, check_not_negative
from reference.optim.elementwise import ElementwiseOptimizer, next_step, zeros_like
from reference.optim.state_dict import new_step
from reference.tensor import Tensor


class Adadelta(ElementwiseOptimizer):
    """Steps scaled by the ratio of two running roots: of past steps' squares and of the gradients' (ALG-15)."""

    _added_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_not_negative(eps=eps, weight_decay=weight_decay)
        defaults = {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The running averages of squared gradients and of squared steps."""
        return ("square_avg", "acc_delta")

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, zeros."""
        return {"step": new_step(group), "square_avg": zeros_like(param), "acc_delta": zeros_like(param)}

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box; both roots include ``eps``."""
        lr, rho, eps, weight_decay = group["lr"], group["rho"], group["eps"], group["weight_decay"]
        maximize = group["maximize"]

        next_step(state)

        def update(p: Any, g: Any, v: Any, u: Any) -> None:
            if maximize:
                g = -g
            if weight_decay != 0:
                g = g + weight_decay * p
            v *= rho
            v += (1 - rho) * g * g
            delta = sqrt(u + eps) / sqrt(v + eps) * g
            u *= rho
            u += (1 - rho) * delta * delta
            p -= lr * delta

        return update
