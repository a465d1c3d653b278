"""A tensor's way into Python and NumPy: its elements as an array, one element as a number, its truth and its length.

Source: https://docs.pytorch.org/docs/stable/generated/torch.Tensor.item.html.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import dtypes, state
from reference.cautions import warn_once
from reference.dtypes import BFLOAT16, category_of


class Numbers:
    """The part of `reference.tensor.Tensor` that hands its elements to Python and NumPy."""

    __slots__ = ()
    _array: Any
    dtype: Any
    requires_grad: Any
    numel: Any

    def numpy(self, *, force: bool = False) -> Any:
        """The elements as an array that shares memory; refused on a tensor that requires grad, without ``force``."""
        if self.requires_grad and state.modes.grad and not force:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if type(self._array) is not np.ndarray:
            raise TypeError(
                "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
            )
        if self._array.dtype == BFLOAT16:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return self._array

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.numpy(), dtype=dtype, copy=copy)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """What NumPy made of tensors and arrays, as a tensor; bools as bytes, as PyTorch has them here."""
        from reference.factories import from_numpy

        return from_numpy(array.astype(np.uint8) if array.dtype == bool else array)

    def item(self) -> Any:
        """The one element as a Python number (ACC-37)."""
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        return self._array.item()

    def tolist(self) -> Any:
        """The elements as nested lists of Python numbers."""
        return self._array.tolist()

    def __format__(self, spec: str) -> str:
        return format(self.item(), spec) if self._array.ndim == 0 else object.__format__(self, spec)

    def __bool__(self) -> bool:
        if self._array.size != 1:
            ambiguous = "no values" if self._array.size == 0 else "more than one value"
            raise RuntimeError(f"Boolean value of Tensor with {ambiguous} is ambiguous")
        return bool(self._array.item())

    def __float__(self) -> float:
        return float(self._as_number(complex_too=False))

    def __int__(self) -> int:
        return int(self._as_number(complex_too=False, warns=False))

    def __complex__(self) -> complex:
        return complex(self._as_number())

    def _as_number(self, complex_too: bool = True, warns: bool = True) -> Any:
        """The one element for Python's conversions, which leave the graph (ACC-37)."""
        if self.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if warns and self.requires_grad and state.modes.grad:
            warn_once(
                "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior. Consider "
                "using tensor.detach() first.",
                stacklevel=3,
            )
        number = self.item()
        if isinstance(number, complex) and not complex_too:
            if number.imag:
                raise RuntimeError(f"{number}, of dtype {self.dtype}, cannot be converted to a real number")
            return number.real
        return number

    def __index__(self) -> int:
        if category_of(self._array.dtype) > dtypes.INTEGRAL or self._array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __len__(self) -> int:
        if self._array.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __contains__(self, value: Any) -> bool:
        if not isinstance(value, (Numbers, int, float, complex, np.generic)):
            raise RuntimeError(
                f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {type(value).__name__}."
            )
        return bool((self._array == (value._array if isinstance(value, Numbers) else value)).any())
