"""Interfaces of early PyTorch that PyTorch still has: tensor types named after a dtype, and messages for what is gone.

Source: https://docs.pytorch.org/docs/stable/tensors.html (LEG-03 to LEG-09).
"""

from __future__ import annotations

import warnings
from typing import Any

from reference import dtypes
from reference.factories import legacy_array
from reference.ops.writing import long_name
from reference.tensor import Tensor, wrap


class _TensorType(type):
    """A tensor type: calling it makes tensors of its dtype, and such tensors are its instances (LEG-06)."""

    dtype: dtypes.dtype

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        """A tensor of sizes, or of one sequence, array or tensor."""
        return wrap(legacy_array(arguments, cls.dtype.numpy, **keywords))

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is cls.dtype


#: The types, by name: FloatTensor, LongTensor ...
TYPES: dict[str, Any] = {}
for _dtype in dtypes.ALL:
    if not _dtype.is_complex:
        _name = f"{long_name(_dtype.numpy)}Tensor"
        TYPES[_name] = _TensorType(_name, (), {"dtype": _dtype, "__module__": "torch"})
globals().update(TYPES)


def dtype_of_name(name: str) -> dtypes.dtype:
    """The dtype of a type's name, such as "torch.DoubleTensor"; ValueError for any other string."""
    found = TYPES.get(name.removeprefix("torch."))
    if found is None or not name.startswith("torch."):
        raise ValueError(f"invalid type: '{name}'")
    return found.dtype


def set_default_tensor_type(t: Any) -> None:
    """Set the default dtype by a type or its name (deprecated); TypeError for integer types."""
    warnings.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        UserWarning,
        stacklevel=2,
    )
    dtypes.set_default_dtype(dtype_of_name(t) if isinstance(t, str) else t.dtype)


def _new(self: Any, *arguments: Any, **keywords: Any) -> Any:
    """A tensor of sizes or of data, with this one's dtype."""
    return wrap(legacy_array(arguments, self._array.dtype, **keywords))


def _volatile(self: Any) -> bool:
    """False, with a warning (LEG-03)."""
    warnings.warn("volatile was removed (Variable.volatile is always False)", UserWarning, stacklevel=2)
    return False


def _set_volatile(self: Any, value: Any) -> None:
    warnings.warn(
        "volatile was removed and now has no effect. Use `with torch.no_grad():` instead.", UserWarning, stacklevel=2
    )


def _reinforce(self: Any, reward: Any) -> None:
    """Refuse (LEG-09)."""
    raise RuntimeError(
        "reinforce() was removed.\nUse torch.distributions instead.\nSee "
        "https://pytorch.org/docs/main/distributions.html"
    )


def attach() -> None:
    """Give the tensor class its legacy methods."""
    Tensor.new, Tensor.reinforce = _new, _reinforce  # type: ignore[attr-defined]
    Tensor.volatile = property(_volatile, _set_volatile)  # type: ignore[attr-defined]
