"""RMSprop, plain, centered, and with momentum.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from reference.ops.pointwise import sqrt
from reference.optim.checks import check_lr, check_not_negative
from reference.optim.elementwise import ElementwiseOptimizer, move_average, next_step, zeros_like
from reference.optim.state_dict import new_step
from reference.tensor import Tensor


class RMSprop(ElementwiseOptimizer):
    """Steps over the root of the average squared gradient (ALG-21, ALG-22)."""

    _added_options: ClassVar = {
        "momentum": 0, "centered": False, "foreach": None, "maximize": False, "differentiable": False,
        "capturable": False,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(eps=eps, momentum=momentum, weight_decay=weight_decay, alpha=alpha)
        defaults = {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The average squared gradient; the momentum buffer and the average gradient where they are asked for."""
        momentum = ("momentum_buffer",) if group["momentum"] > 0 else ()
        centered = ("grad_avg",) if group["centered"] else ()
        return ("square_avg", *momentum, *centered)

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, zeros."""
        return {"step": new_step(group), **{name: zeros_like(param) for name in self.entries(group)}}

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box; ``eps`` is added outside the root."""
        lr, alpha, eps, weight_decay = group["lr"], group["alpha"], group["eps"], group["weight_decay"]
        momentum, centered, maximize = group["momentum"], group["centered"], group["maximize"]

        next_step(state)

        def update(p: Any, g: Any, v: Any, *rest: Any) -> None:
            if maximize:
                g = -g
            if weight_decay != 0:
                g = g + weight_decay * p
            v *= alpha
            v += (1 - alpha) * g * g
            if centered:
                average = rest[-1]
                move_average(average, g, 1 - alpha)
                denominator = sqrt(v - average * average) + eps
            else:
                denominator = sqrt(v) + eps
            if momentum > 0:
                b = rest[0]
                b *= momentum
                b += g / denominator
                p -= lr * b
            else:
                p -= lr * g / denominator

        return update
