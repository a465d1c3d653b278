"""Adafactor: adaptive steps from a factored estimate of the squared gradient.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.Adafactor.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from reference.dtypes import finfo
from reference.optim.checks import check_should_not_be_negative, check_tensor_lr
from reference.optim.elementwise import move_average
from reference.optim.flags import number
from reference.optim.optimizer import Optimizer, evaluate
from reference.optim.state_dict import new_step
from reference.tensor import Tensor, count_writes, wrap


class Adafactor(Optimizer):
    """Steps relative to the parameter's size; of a matrix it remembers a row and a column (ALG-24, ALG-25, ALG-42)."""

    scalars = ("step",)
    _added_options: ClassVar = {"foreach": None}

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_tensor_lr(lr)
        check_should_not_be_negative(lr=lr)
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        check_should_not_be_negative(epsilon1=0.0 if eps[0] is None else eps[0], epsilon2=eps[1])
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        check_should_not_be_negative(weight_decay=weight_decay)
        defaults = {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize,
        }  # fmt: skip
        super().__init__(params, defaults)

    def new_state(self, param: Any, grad: Any) -> dict[str, Any]:
        """No steps, and zeros: a variance a row and a column, or, without rows and columns, a variance an element."""
        shape, dtype = list(grad.shape), grad._array.dtype
        if len(shape) < 2:
            return {"step": new_step({}), "variance": wrap(np.zeros(shape, dtype))}
        return {
            "step": new_step({}),
            "row_var": wrap(np.zeros([*shape[:-1], 1], dtype)),
            "col_var": wrap(np.zeros([*shape[:-2], 1, shape[-1]], dtype)),
        }

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update each parameter that has a gradient; the closure's value is returned.

        Raises RuntimeError for complex parameters and sparse gradients.
        """
        loss = evaluate(closure)
        for group in self.param_groups:
            members = []
            for param in group["params"]:
                if param._grad is not None:
                    if param.is_complex():
                        raise RuntimeError("Adafactor does not support complex parameters")
                    if param._grad.is_sparse:
                        raise RuntimeError("Adafactor does not support sparse gradients")
                    state = self.state[param]
                    if not state:
                        state.update(self.new_state(param, param._grad))
                    members.append((param, state))
            for param, state in members:
                # The default of eps1 follows the dtype of a group's first parameter, as in PyTorch.
                eps1, eps2 = group["eps"]
                smallest = finfo(members[0][0].dtype).eps if eps1 is None else eps1
                arrays = {name: tensor._array for name, tensor in state.items()}
                self._update(group, param._array, param._grad._array, arrays, smallest, eps2)
                count_writes((param, *state.values()))
        return loss

    def _update(self, group: Any, p: Any, g: Any, state: Any, eps1: float, eps2: float) -> None:
        """The box, with means of squares where it has sums: the factors cancel in their quotient (ALG-42)."""
        lr, weight_decay = number(group["lr"]), group["weight_decay"]
        if group["maximize"]:
            g = -g
        state["step"] += 1
        t = state["step"].item()
        forgotten = t ** group["beta2_decay"]  # 1 - β₂
        step_size = max(eps2, root_mean_square(p)) * min(lr, 1 / t**0.5)
        if weight_decay != 0:
            p *= 1 - lr * weight_decay
        if g.ndim > 1:
            rows, columns = state["row_var"], state["col_var"]
            move_average(rows, np.mean(g * g, axis=-1, keepdims=True), forgotten)
            move_average(columns, np.mean(g * g, axis=-2, keepdims=True), forgotten)
            variance = rows @ columns
            variance /= np.maximum(rows.mean(axis=-2, keepdims=True), eps1)
        else:
            variance = state["variance"]
            move_average(variance, g * g, forgotten)
        update = g / np.sqrt(np.maximum(variance, eps1 * eps1))
        p -= step_size / max(1.0, root_mean_square(update) / group["d"]) * update


def root_mean_square(array: Any) -> float:
    """The root of the mean of an array's squared elements."""
    return float(np.linalg.norm(array)) / array.size**0.5
