"""Adam, and AMSGrad.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adam.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from reference.ops.arithmetic import maximum
from reference.ops.pointwise import sqrt
from reference.optim.checks import check_betas, check_lr, check_not_negative, check_tensors_with_foreach
from reference.optim.elementwise import ElementwiseOptimizer, kept, move_average, next_step, zeros_like
from reference.optim.flags import as_scalar, check_fused
from reference.optim.state_dict import new_step
from reference.tensor import Tensor


class Adam(ElementwiseOptimizer):
    """Steps along bias-corrected averages of the gradient and of its square (ALG-07 to ALG-14)."""

    _added_options: ClassVar = {
        "amsgrad": False, "maximize": False, "foreach": None, "capturable": False, "differentiable": False,
        "decoupled_weight_decay": False, "fused": None,
    }  # fmt: skip

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float | Tensor, float | Tensor] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        check_tensors_with_foreach(foreach, capturable, lr=lr)
        check_lr(lr)
        check_not_negative(eps=eps)
        check_betas(betas)
        check_not_negative(weight_decay=weight_decay)
        if not any(all(isinstance(beta, kind) for beta in betas[:2]) for kind in (float, Tensor)):
            raise ValueError(f"betas must be either both floats or both Tensors, got {betas}")
        check_tensors_with_foreach(foreach, capturable, **{"betas[0]": betas[0], "betas[1]": betas[1]})
        defaults = {
            "lr": lr, "betas": tuple(map(as_scalar, betas)), "eps": eps, "weight_decay": weight_decay,
            "amsgrad": amsgrad, "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable, "fused": fused, "decoupled_weight_decay": decoupled_weight_decay,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The averages of the gradient and of its square; under ``amsgrad`` the latter's maximum so far (ALG-11)."""
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, zeros."""
        return {"step": new_step(group), **{name: zeros_like(param) for name in self.entries(group)}}

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box."""
        lr, (beta1, beta2), eps, weight_decay = group["lr"], group["betas"], group["eps"], group["weight_decay"]
        amsgrad, maximize, decoupled = group["amsgrad"], group["maximize"], group["decoupled_weight_decay"]

        t: Any = next_step(state)
        if group["differentiable"]:
            t = kept(state.step)
        step_size = lr / (1 - beta1**t)
        root_of_correction = (1 - beta2**t) ** 0.5

        def update(p: Any, g: Any, m: Any, v: Any, v_max: Any = None) -> None:
            if maximize:
                g = -g
            if weight_decay != 0:
                if decoupled:
                    p *= 1 - lr * weight_decay
                else:
                    g = g + weight_decay * kept(p)
            move_average(m, g, 1 - beta1)
            v *= beta2
            v += (1 - beta2) * g * g
            if amsgrad:
                v_max[...] = maximum(kept(v_max), v)
                v = v_max
            denominator = sqrt(v) / root_of_correction + eps
            p -= step_size * kept(m) / denominator

        return update
