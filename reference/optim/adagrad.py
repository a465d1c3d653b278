"""Adagrad.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adagrad.html.
"""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, ClassVar

import numpy as np

from reference.ops.pointwise import sqrt
from reference.optim.checks import check_lr, check_not_negative
from reference.optim.elementwise import ElementwiseOptimizer, next_step, rows_and_values
from reference.optim.flags import check_fused
from reference.optim.state_dict import new_step
from reference.tensor import Tensor, count_writes, wrap


class Adagrad(ElementwiseOptimizer):
    """Steps over the root of the sum of all squared gradients so far (ALG-16)."""

    _added_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "fused": None}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative(
            lr_decay=lr_decay, weight_decay=weight_decay, initial_accumulator_value=initial_accumulator_value, eps=eps
        )
        defaults = {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param] = self.new_state(group, param, None)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The sum of squares."""
        return ("sum",)

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, the initial sum in both parts of a complex number; made at construction (OPT-09)."""
        initial = self.defaults["initial_accumulator_value"]
        if param.is_complex():
            initial = complex(initial, initial)
        return {"step": new_step(group), "sum": wrap(np.full_like(param._array, initial))}

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box."""
        lr, lr_decay, eps, weight_decay = group["lr"], group["lr_decay"], group["eps"], group["weight_decay"]
        maximize = group["maximize"]

        t = next_step(state)
        rate = lr / (1 + (t - 1) * lr_decay)

        def update(p: Any, g: Any, s: Any) -> None:
            if maximize:
                g = -g
            if weight_decay != 0:
                g = g + weight_decay * p
            s += g * g
            p -= rate * g / (sqrt(s) + eps)

        return update

    def sparse_update(self, group: dict[str, Any], param: Any, grad: Any) -> None:
        """The box on the rows that the gradient has; RuntimeError under weight decay, which concerns all rows."""
        state = self.state[param]
        p, total = param._array, state["sum"]._array
        t = next_step(SimpleNamespace(step=state["step"]._array))
        if group["weight_decay"] != 0:
            raise RuntimeError("weight_decay option is not compatible with sparse gradients")
        rows, g = rows_and_values(-grad if group["maximize"] else grad)
        rate = float(group["lr"]) / (1 + (t - 1) * group["lr_decay"])
        total[rows] += g * g
        p[rows] -= rate * g / (np.sqrt(total[rows]) + group["eps"])
        count_writes((param, state["step"], state["sum"]))
