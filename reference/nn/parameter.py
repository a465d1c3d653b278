"""Parameter: a leaf tensor that a module counts as its own.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parameter.Parameter.html.
"""

from __future__ import annotations

from typing import Any

from reference.factories import empty
from reference.pending import resolved
from reference.tensor import Tensor, bare, wrap


class Parameter(Tensor):
    """A tensor that, assigned to a module's attribute, becomes one of its parameters.

    It shares the memory and the version counter of ``data`` and is a leaf, whatever ``data`` came from;
    ``requires_grad`` is True unless said otherwise, under ``no_grad`` too. What is computed from it is a plain tensor.
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        """A parameter of ``data``, by default an empty tensor; RuntimeError where its dtype carries no gradient."""
        source = empty(0) if data is None else resolved(data.detach())
        made = bare(cls, source._array, source._counter)
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


class _BufferType(type(Tensor)):  # type: ignore[misc]
    def __instancecheck__(cls, value: Any) -> bool:
        return super().__instancecheck__(value) or (
            isinstance(value, Tensor) and getattr(value, "_is_buffer", False) is True
        )


class Buffer(Tensor, metaclass=_BufferType):
    """A tensor that, assigned to a module's attribute, becomes one of its buffers; not saved unless ``persistent``.

    What the call makes is a plain tensor, marked as a buffer.
    """

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        """A buffer that shares the memory of ``data``."""
        source = empty(0) if data is None else data
        made = source.detach().requires_grad_(source.requires_grad)
        made.persistent, made._is_buffer = persistent, True
        return made


class _Uninitialized(Tensor):
    """What a parameter or buffer without a size does: tell its dtype and device, move, and refuse everything else."""

    _unsized: Any
    _class_once_known: Any

    @property
    def _array(self) -> Any:  # type: ignore[override]
        raise ValueError(
            f"Attempted to use an uninitialized {'parameter' if isinstance(self, Parameter) else 'buffer'}: it has no "
            "elements yet. Call `forward` of its lazy module with a batch first, which initializes it."
        )

    @_array.setter
    def _array(self, array: Any) -> None:
        self._unsized = array

    _memory = _array

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Take a size, and become an ordinary parameter or buffer."""
        array = empty(*shape, device=device, dtype=dtype or self.dtype)._array
        del self._unsized
        self.__class__ = self._class_once_known
        self._array = array

    @property
    def shape(self) -> Any:
        """Refused: there is no size yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call `forward` "
            "to initialize the parameters before accessing their attributes."
        )

    @property
    def dtype(self) -> Any:
        """The element type that it will have."""
        return self.data.dtype

    @property
    def is_meta(self) -> bool:
        """Whether it will have no data."""
        return self.data.is_meta

    @property
    def data(self) -> Any:
        """A plain tensor without elements, which stands for it where modules are moved."""
        return wrap(self._unsized)

    @data.setter
    def data(self, value: Any) -> None:
        self._unsized = value._array

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating-point one."""
        return self.data.is_floating_point()

    def is_complex(self) -> bool:
        """Whether the dtype is complex."""
        return self.data.is_complex()

    def to(self, *arguments: Any, **options: Any) -> Any:
        """A plain tensor without elements, of another dtype."""
        return self.data.to(*arguments, **options)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    __str__ = __repr__

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self._requires_grad, None, self.dtype)

    def __deepcopy__(self, memo: Any) -> Any:
        made = type(self)(self._requires_grad, None, self.dtype)  # type: ignore[call-arg]
        memo[id(self)] = made
        return made


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter whose size a lazy module finds out at its first call."""

    _class_once_known = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        """A parameter without a size."""
        made = Parameter.__new__(cls, empty(0, device=device, dtype=dtype), False)
        made._requires_grad = requires_grad
        return made


class UninitializedBuffer(_Uninitialized):
    """A buffer whose size a lazy module finds out at its first call."""

    _class_once_known = Tensor

    def __new__(cls, requires_grad: bool = False, device: Any = None, dtype: Any = None) -> Any:
        """A buffer without a size."""
        return bare(cls, empty(0, device=device, dtype=dtype)._array, [0])


def is_lazy(value: Any) -> bool:
    """Whether a parameter or buffer has no size yet."""
    return isinstance(value, _Uninitialized)


__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]
