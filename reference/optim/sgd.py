"""SGD, with momentum, Nesterov's momentum, and weight decay.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from reference.optim.checks import check_lr, check_not_negative
from reference.optim.elementwise import ElementwiseOptimizer, detached, kept, rows_and_values
from reference.optim.flags import check_fused
from reference.tensor import Tensor, count_writes, wrap


class SGD(ElementwiseOptimizer):
    """Stochastic gradient descent (ALG-01 to ALG-06)."""

    scalars = ()
    foreach_is_recorded = True
    _added_options: ClassVar = {
        "nesterov": False,
        "maximize": False,
        "foreach": None,
        "differentiable": False,
        "fused": False,
    }

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float | Tensor = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative(momentum=momentum, weight_decay=weight_decay)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError(
                "Nesterov momentum requires a momentum and zero dampening, "
                f"got momentum {momentum} and dampening {dampening}"
            )
        defaults = {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay, "nesterov": nesterov,
            "maximize": maximize, "foreach": foreach, "differentiable": differentiable, "fused": fused,
        }  # fmt: skip
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The momentum buffer, where there is momentum (ALG-06)."""
        return ("momentum_buffer",) if group["momentum"] != 0 else ()

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """The buffer, which the first step fills."""
        return {"momentum_buffer": wrap(np.empty_like(grad._array))}

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box; the first buffer is the gradient itself, undampened (ALG-03)."""
        lr, momentum, weight_decay = group["lr"], group["momentum"], group["weight_decay"]
        nesterov, maximize, first = group["nesterov"], group["maximize"], state.new
        dampening = group["dampening"]

        def update(p: Any, g: Any, b: Any = None) -> None:
            if maximize:
                g = -g
            if weight_decay != 0:
                g = g + weight_decay * kept(p)
            if momentum != 0:
                if first:
                    b[...] = detached(g)
                else:
                    b *= momentum
                    b += g if dampening == 0 else (1 - dampening) * g
                g = g + momentum * b if nesterov else b
            p -= lr * g

        return update

    def sparse_update(self, group: dict[str, Any], param: Any, grad: Any) -> None:
        """The box with a sparse gradient and buffer; RuntimeError under weight decay, which is not sparse."""
        momentum = group["momentum"]
        if group["maximize"]:
            grad = -grad
        if group["weight_decay"] != 0:
            raise RuntimeError(
                "add(sparse, dense) is not supported: weight_decay option is not compatible with sparse gradients"
            )
        if momentum != 0:
            state = self.state[param]
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = grad.clone()
            else:
                buffer.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(buffer, alpha=momentum) if group["nesterov"] else buffer
        rows, values = rows_and_values(grad)
        param._array[rows] -= float(group["lr"]) * values
        count_writes((param,))
