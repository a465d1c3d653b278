"""L-BFGS, with a fixed step or a line search.

Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.LBFGS.html; the two-loop recursion is algorithm 7.4
of Nocedal and Wright, Numerical Optimization.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.autograd.grad_mode import enable_grad
from reference.optim.checks import check_lr
from reference.optim.elementwise import detached, real_view
from reference.optim.flags import number
from reference.optim.line_search import strong_wolfe
from reference.optim.optimizer import Optimizer
from reference.tensor import Tensor, count_writes, wrap


class LBFGS(Optimizer):
    """Quasi-Newton steps from the last ``history_size`` changes of parameters and gradients (ALG-29, ALG-39 to 41).

    All parameters count as one vector, and the state is kept with the first of them.
    """

    def __init__(
        self,
        params: Any,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_lr(lr)
        defaults = {
            "lr": lr, "max_iter": max_iter, "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change, "history_size": history_size,
            "line_search_fn": line_search_fn,
        }  # fmt: skip
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")

    @property
    def _params(self) -> list[Any]:
        return self.param_groups[0]["params"]

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Iterate; ``closure`` clears the gradients, computes the loss and its gradients, and returns the loss.

        Returns the first loss. Raises RuntimeError for a line search other than "strong_wolfe".
        """
        if len(self.param_groups) != 1:
            raise AssertionError(f"Expected exactly one param_group, but got {len(self.param_groups)}")
        closure = enable_grad()(closure)
        (group,) = self.param_groups
        lr, max_iter, max_eval = number(group["lr"]), group["max_iter"], group["max_eval"]
        tolerance_change = group["tolerance_change"]
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first_loss = closure()
        loss = float(detached(first_loss))
        evaluations = 1
        state["func_evals"] += 1
        gradient = self._gradient()
        if abs(gradient).max() <= group["tolerance_grad"]:
            return first_loss

        memory = Memory(state, group["history_size"])
        for iteration in range(1, max_iter + 1):
            state["n_iter"] += 1
            first = state["n_iter"] == 1
            direction = memory.next_direction(gradient, first)
            memory.keep(gradient, loss)
            memory.t = t = min(1.0, 1.0 / abs(gradient).sum()) * lr if first else lr
            slope = gradient @ direction
            if slope > -tolerance_change:
                break

            spent = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError(f"only 'strong_wolfe' is supported, got {group['line_search_fn']!r}")
                start = [param._array.copy() for param in self._params]

                def evaluate(t: Any, direction: Any = direction, start: Any = start) -> Any:
                    return self._evaluate(closure, start, t, direction)

                loss, gradient, t, spent = strong_wolfe(
                    evaluate, t, direction, loss, gradient, slope, max_iterations=max_eval - evaluations
                )
                memory.t = t
                self._move(t, direction)
            else:
                self._move(t, direction)
                if iteration != max_iter:  # the loss after the last move is not needed
                    loss = float(detached(closure()))
                    gradient = self._gradient()
                    spent = 1
            evaluations += spent
            state["func_evals"] += spent

            if (
                evaluations >= max_eval
                or abs(gradient).max() <= group["tolerance_grad"]
                or abs(direction * t).max() <= tolerance_change
                or abs(loss - memory.loss) < tolerance_change
            ):
                break
        if memory.d is not None:
            memory.store(state)
        return first_loss

    def _gradient(self) -> Any:
        """All gradients as one vector of reals; zeros where there is none."""
        parts = [np.zeros_like(p._array) if p._grad is None else p._grad._array for p in self._params]
        return np.concatenate([real_view(np.ascontiguousarray(part).reshape(-1)) for part in parts])

    def _move(self, t: Any, direction: Any) -> None:
        """Move the parameters by ``t`` along a direction."""
        start = 0
        for param in self._params:
            array = param._array
            size = array.size * (2 if array.dtype.kind == "c" else 1)
            part = t * direction[start : start + size]
            array += (part.view(array.dtype) if array.dtype.kind == "c" else part).reshape(array.shape)
            count_writes((param,))
            start += size

    def _evaluate(self, closure: Callable[[], Any], start: list[Any], t: Any, direction: Any) -> tuple[float, Any]:
        """The loss and the gradient at ``t`` along a direction; the parameters come back to the start."""
        self._move(t, direction)
        loss = float(detached(closure()))
        gradient = self._gradient()
        for param, array in zip(self._params, start, strict=True):
            param._array[...] = array
            count_writes((param,))
        return loss, gradient


class Memory:
    """What L-BFGS remembers: the last move, gradient and loss, and the last changes (y, s, 1 / y·s)."""

    def __init__(self, state: dict[str, Any], size: int) -> None:
        def vectors(name: str) -> list[Any]:
            return [tensor._array for tensor in state.get(name) or []]

        self.size = size
        self.d = state["d"]._array if "d" in state else None
        self.t = number(state.get("t"))
        inverse_products = [number(tensor) for tensor in state.get("ro") or []]
        self.changes = list(zip(vectors("old_dirs"), vectors("old_stps"), inverse_products, strict=True))
        self.scale = number(state.get("H_diag"))
        self.gradient = state["prev_flat_grad"]._array if "prev_flat_grad" in state else None
        self.loss = state.get("prev_loss", 0.0)
        self.alphas: list[Any] = state.get("al", [])

    def next_direction(self, gradient: Any, first: bool) -> Any:
        """The direction of the next move: the estimated inverse Hessian times the negative gradient."""
        if first:
            self.changes, self.scale = [], 1
            self.d = -gradient
            return self.d
        y, s = gradient - self.gradient, self.d * self.t
        product = y @ s
        if product > 1e-10:
            if len(self.changes) == self.size:
                self.changes.pop(0)
            self.changes.append((y, s, 1.0 / product))
            self.scale = product / (y @ y)

        q = -gradient
        alphas = [None] * self.size
        for i, (y, s, inverse_product) in reversed(list(enumerate(self.changes))):
            alphas[i] = (s @ q) * inverse_product
            q -= alphas[i] * y
        r = q * self.scale
        for (y, s, inverse_product), alpha in zip(self.changes, alphas, strict=False):
            r += (alpha - (y @ r) * inverse_product) * s
        self.d, self.alphas = r, alphas
        return r

    def keep(self, gradient: Any, loss: float) -> None:
        """Remember a gradient, in the place of the one before, and a loss.

        A state that was loaded shares its tensors with the dictionary that it came from.
        """
        if self.gradient is None:
            self.gradient = gradient
        else:
            np.copyto(self.gradient, gradient)
        self.loss = loss

    def store(self, state: dict[str, Any]) -> None:
        """Write the memory into the optimizer's state, under PyTorch's names."""
        y, s, inverse_products = zip(*self.changes, strict=True) if self.changes else ((), (), ())
        state["d"], state["t"] = wrap(self.d), _scalar(self.t)
        state["old_dirs"], state["old_stps"] = [wrap(vector) for vector in y], [wrap(vector) for vector in s]
        state["ro"], state["H_diag"] = [_scalar(value) for value in inverse_products], _scalar(self.scale)
        state["prev_flat_grad"], state["prev_loss"] = wrap(self.gradient), self.loss
        if self.alphas:
            state["al"] = [_scalar(value) for value in self.alphas]


def _scalar(value: Any) -> Any:
    """A tensor of a NumPy number; a Python number as it is."""
    return wrap(value) if isinstance(value, np.generic) else value
