"""NAdam: Adam with Nesterov's momentum.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.NAdam.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from reference.ops.pointwise import sqrt
from reference.optim.checks import check_betas, check_lr, check_not_negative
from reference.optim.elementwise import ElementwiseOptimizer, move_average, next_step, zeros_like
from reference.optim.state_dict import new_step, step_dtype
from reference.tensor import Tensor, wrap


class NAdam(ElementwiseOptimizer):
    """Adam that looks ahead along a momentum which grows from step to step (ALG-19)."""

    scalars = ("step", "mu_product")
    _added_options: ClassVar = {
        "maximize": False, "foreach": None, "capturable": False, "differentiable": False,
        "decoupled_weight_decay": False,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_not_negative(weight_decay=weight_decay, momentum_decay=momentum_decay)
        defaults = {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay, "maximize": maximize, "foreach": foreach,
            "capturable": capturable, "differentiable": differentiable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The averages of the gradient and of its square."""
        return ("exp_avg", "exp_avg_sq")

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, an empty product, zeros."""
        return {
            "step": new_step(group),
            "mu_product": wrap(np.ones((), step_dtype())),
            "exp_avg": zeros_like(param),
            "exp_avg_sq": zeros_like(param),
        }

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box; μ_t is ``mu``, and the product of all so far is carried in the state."""
        lr, (beta1, beta2), eps, weight_decay = group["lr"], group["betas"], group["eps"], group["weight_decay"]
        maximize, decoupled, decay = group["maximize"], group["decoupled_weight_decay"], group["momentum_decay"]

        t = next_step(state)
        mu = beta1 * (1 - 0.5 * 0.96 ** (t * decay))
        mu_next = beta1 * (1 - 0.5 * 0.96 ** ((t + 1) * decay))
        state.mu_product *= mu
        product = state.mu_product.item()
        correction = 1 - beta2**t
        gradient_weight = lr * (1 - mu) / (1 - product)
        average_weight = lr * mu_next / (1 - product * mu_next)

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
            denominator = sqrt(v / correction) + eps
            p -= gradient_weight * g / denominator
            p -= average_weight * m / denominator

        return update
