"""Parameter: a leaf tensor that a module counts as its own.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html.
"""

from __future__ import annotations

from typing import Any

from reference.factories import empty
from reference.tensor import Tensor, wrap


class Parameter(Tensor):
    """A tensor that, assigned to a module's attribute, becomes one of its parameters.

    It shares the memory and the version counter of ``data`` and is a leaf, whatever ``data`` came from;
    ``requires_grad`` is True unless said otherwise, under ``no_grad`` too. What is computed from it is a plain tensor.
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        """A parameter of ``data``, by default an empty tensor; RuntimeError where its dtype carries no gradient."""
        source = empty(0) if data is None else data.detach()
        made = object.__new__(cls)
        made._array, made._counter = source._array, source._counter
        made._is_inference = source._is_inference
        if requires_grad:
            made.requires_grad = True
        return made

    def __deepcopy__(self, memo: Any) -> Any:
        """A copy of the value and the flag; unlike a plain tensor's, without gradient and attributes."""
        if id(self) not in memo:
            made = type(self)(wrap(self._array.copy(order="K")), self.requires_grad)
            memo[id(self)] = made
        return memo[id(self)]


__all__ = ["Parameter"]
