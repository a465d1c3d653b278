"""``torch.autograd.Variable``: what a tensor that requires grad was called before version 0.4 (LEG-01, LEG-02)."""

from __future__ import annotations

import warnings
from typing import Any

from reference.tensor import Tensor, wrap


class _VariableMeta(type):
    """Makes every tensor an instance."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableMeta):
    """``Variable(data, requires_grad=False)`` is a tensor of the same memory and version counter, a leaf.

    TypeError for data that is no tensor; RuntimeError where integers are to require grad. ``volatile`` has no effect.
    """

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool | None = None) -> Any:
        """Make the tensor."""
        if volatile:
            warnings.warn(
                "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.",
                UserWarning,
                stacklevel=2,
            )
        if data is None:
            data = wrap(Tensor()._array)
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)
