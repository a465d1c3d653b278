"""SparseAdam: Adam on the rows that a sparse gradient has.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from reference.optim.checks import check_betas, check_positive, check_tensor_lr
from reference.optim.elementwise import rows_and_values, zeros_like
from reference.optim.flags import number
from reference.optim.optimizer import Optimizer, evaluate
from reference.tensor import Tensor, count_writes


class SparseAdam(Optimizer):
    """Adam of which only the rows move, and only their averages change, that the gradient has (ALG-27, ALG-47).

    Raises ValueError for sparse or complex parameters.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        check_tensor_lr(lr)
        check_positive(lr=lr, eps=eps)
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        self._refuse("Sparse", "requires dense parameter tensors", lambda param: param.is_sparse)
        self._refuse("Complex", "does not support complex parameters", lambda param: param.is_complex())

    def _refuse(self, kind: str, reason: str, found: Callable[[Any], bool]) -> None:
        places = [
            [i, j] for i, group in enumerate(self.param_groups) for j, p in enumerate(group["params"]) if found(p)
        ]
        if places:
            raise ValueError(f"{kind} params at indices {places}: SparseAdam {reason}")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the rows of each parameter that its gradient has; RuntimeError for a dense gradient."""
        loss = evaluate(closure)
        for group in self.param_groups:
            members = []
            for param in group["params"]:
                if param._grad is not None:
                    if not param._grad.is_sparse:
                        raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
                    state = self.state[param]
                    if not state:
                        state.update(step=0, exp_avg=zeros_like(param), exp_avg_sq=zeros_like(param))
                    members.append((param, state))
            for param, state in members:
                state["step"] += 1
                rows, g = rows_and_values(-param._grad if group["maximize"] else param._grad)
                if g.size:
                    self._update(group, state, param, rows, g)
        return loss

    def _update(self, group: dict[str, Any], state: dict[str, Any], param: Any, rows: Any, g: Any) -> None:
        """Adam's box on some rows, but for ``eps``, which is added to the uncorrected root (ALG-47)."""
        (beta1, beta2), t = group["betas"], state["step"]
        averages, squares = state["exp_avg"], state["exp_avg_sq"]
        m = averages._array[rows] + (1 - beta1) * (g - averages._array[rows])
        v = squares._array[rows] + (1 - beta2) * (g * g - squares._array[rows])
        averages._array[rows], squares._array[rows] = m, v
        step_size = number(group["lr"]) * math.sqrt(1 - beta2**t) / (1 - beta1**t)
        param._array[rows] -= step_size * m / (np.sqrt(v) + group["eps"])
        count_writes((param, averages, squares))
