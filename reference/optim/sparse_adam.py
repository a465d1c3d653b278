"""SparseAdam, as far as an engine without sparse tensors can have it.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reference.optim.checks import check_betas, check_positive, check_tensor_lr
from reference.optim.optimizer import Optimizer, evaluate
from reference.tensor import Tensor


class SparseAdam(Optimizer):
    """Adam on the rows that a sparse gradient has, which is refused every other gradient (ALG-27).

    There are no sparse tensors here, so that no gradient is ever sparse: what can be had is construction, its checks,
    and the refusal.
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
        complex_params = [
            [i, j]
            for i, group in enumerate(self.param_groups)
            for j, param in enumerate(group["params"])
            if param.is_complex()
        ]
        if complex_params:
            raise ValueError(
                f"Complex params at indices {complex_params}: SparseAdam does not support complex parameters"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Refuse dense gradients with RuntimeError; without gradients, return the closure's value."""
        loss = evaluate(closure)
        for group in self.param_groups:
            for param in group["params"]:
                if param._grad is not None:
                    raise RuntimeError(
                        "SparseAdam does not support dense gradients, please consider Adam instead. "
                        "(Sparse gradients are missing here: this engine has no sparse tensors.)"
                    )
        return loss
