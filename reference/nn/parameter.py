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


class Buffer(Tensor):
    """A tensor that, assigned to a module's attribute, becomes one of its buffers; not saved unless ``persistent``."""

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        """A buffer that shares the memory of ``data``."""
        source = empty(0) if data is None else data
        made = object.__new__(cls)
        made._array, made._counter = source._array, source._counter
        made.persistent = persistent
        if source.requires_grad:
            made.requires_grad = True
        return made


class _Uninitialized:
    """What a parameter or buffer without a size does."""

    _array: Any
    _class_once_known: Any

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Take a size, and become an ordinary parameter or buffer."""
        self._array = empty(*shape, device=device, dtype=dtype or self.dtype)._array  # type: ignore[attr-defined]
        self.__class__ = self._class_once_known

    @property
    def shape(self) -> Any:
        """Refused: there is no size yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self._requires_grad, None, self.dtype)  # type: ignore[attr-defined]

    def __deepcopy__(self, memo: Any) -> Any:
        made = type(self)(self._requires_grad, None, self.dtype)  # type: ignore[attr-defined,call-arg]
        memo[id(self)] = made
        return made


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose size a lazy module finds out at its first call."""

    _class_once_known = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        """A parameter without a size."""
        return Parameter.__new__(cls, empty(0, device=device, dtype=dtype), requires_grad)


class UninitializedBuffer(_Uninitialized, Tensor):
    """A buffer whose size a lazy module finds out at its first call."""

    _class_once_known = Tensor

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: Any = None) -> Any:
        """A buffer without a size."""
        made = object.__new__(cls)
        made._array, made._counter = empty(0, device=device, dtype=dtype)._array, [0]
        return made


def is_lazy(value: Any) -> bool:
    """Whether a parameter or buffer has no size yet."""
    return isinstance(value, _Uninitialized)


__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]
