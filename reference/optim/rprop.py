"""Rprop, resilient backpropagation.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Rprop.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from reference.ops.pointwise import clamp, sign
from reference.optim.checks import check_lr
from reference.optim.elementwise import ElementwiseOptimizer, kept, next_step, zeros_like
from reference.optim.state_dict import new_step
from reference.tensor import Tensor, wrap


class Rprop(ElementwiseOptimizer):
    """Steps whose size grows while the gradient keeps its sign and shrinks where it changes (ALG-23)."""

    _added_options: ClassVar = {"foreach": None, "maximize": False, "differentiable": False, "capturable": False}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach, "maximize": maximize,
            "differentiable": differentiable, "capturable": capturable,
        }  # fmt: skip
        super().__init__(params, defaults)

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The former gradient and the size of each element's step."""
        return ("prev", "step_size")

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """No steps, no former gradient, and steps of the learning rate, in both parts of a complex number."""
        size = float(group["lr"])
        initial = complex(size, size) if param.is_complex() else size
        return {
            "step": new_step(group),
            "prev": zeros_like(param),
            "step_size": wrap(np.full_like(grad._array, initial)),
        }

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The box; where the sign changed the element does not move, and its former gradient counts as zero."""
        (eta_minus, eta_plus), (smallest, largest) = group["etas"], group["step_sizes"]
        maximize = group["maximize"]

        next_step(state)

        def update(p: Any, g: Any, previous: Any, size: Any) -> None:
            if maximize:
                g = -g
            direction = sign(g * kept(previous))
            turned = direction < 0
            factor = direction * 0 + 1
            factor[direction > 0] = eta_plus
            factor[turned] = eta_minus
            size[...] = clamp(kept(size) * factor, smallest, largest)
            g = g * 1
            g[turned] = 0
            p -= sign(g) * size
            previous[...] = g

        return update
