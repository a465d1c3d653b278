"""RAdam: Adam whose adaptive rate is rectified, and left out while its variance is too large.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.RAdam.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from reference.ops.pointwise import sqrt
from reference.optim.checks import check_betas, check_lr, check_not_negative
from reference.optim.elementwise import ElementwiseOptimizer, move_average, next_step, zeros_like
from reference.optim.state_dict import new_step
from reference.tensor import Tensor


class RAdam(ElementwiseOptimizer):
    """Adam with a rectified adaptive rate (ALG-20)."""

    _added_options: ClassVar = {
        "foreach": None, "maximize": False, "differentiable": False, "decoupled_weight_decay": False,
        "capturable": False,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative(eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "foreach": foreach, "capturable": capturable, "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The averages of the gradient and of its square."""
        return ("exp_avg", "exp_avg_sq")

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, zeros."""
        return {"step": new_step(group), "exp_avg": zeros_like(param), "exp_avg_sq": zeros_like(param)}

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box; ``rho`` is the length of the simple moving average that the exponential one amounts to."""
        lr, (beta1, beta2), eps, weight_decay = group["lr"], group["betas"], group["eps"], group["weight_decay"]
        maximize, decoupled = group["maximize"], group["decoupled_weight_decay"]

        t = next_step(state)
        correction1, correction2 = 1 - beta1**t, 1 - beta2**t
        rho_limit = 2 / (1 - beta2) - 1
        rho = rho_limit - 2 * t * beta2**t / correction2
        if rho > 5:
            top, bottom = (rho - 4) * (rho - 2) * rho_limit, (rho_limit - 4) * (rho_limit - 2) * rho
            rectification = (top / bottom) ** 0.5

        def update(p: Any, g: Any, m: Any, v: Any) -> None:
            if maximize:
                g = -g
            if weight_decay != 0:
                if decoupled:
                    p *= 1 - lr * weight_decay
                else:
                    g = g + weight_decay * p
            move_average(m, g, 1 - beta1)
            v *= beta2
            v += (1 - beta2) * g * g
            corrected = m / correction1
            if rho > 5:
                p -= corrected * lr * (correction2**0.5 / (sqrt(v) + eps)) * rectification
            else:
                p -= corrected * lr

        return update
