"""What Python numbers, sequences and arrays become: the array of ``torch.tensor(data)``, and what is refused.

Source: https://docs.pytorch.org/docs/stable/generated/torch.tensor.html.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from reference import dtypes
from reference.tensor import Tensor

_WORDS = 2**63
_PYTHON_NUMBERS = frozenset((bool, int, float, complex))


def in_native_order(array: Any) -> Any:
    """An array from outside; ValueError for one in another byte order than the machine's."""
    if not array.dtype.isnative:
        raise ValueError(
            "given numpy array has byte order different from the native byte order. Conversion between byte orders is "
            "currently not supported."
        )
    return array


def array_of(data: Any, dtype: Any = None) -> Any:
    """A new array of numbers, nested sequences, arrays or tensors, in PyTorch's choice of dtype.

    TypeError or RuntimeError for what is no number, ValueError for ragged sequences and integers of more than 64 bits,
    RuntimeError for numbers that an integer dtype does not hold.
    """
    if isinstance(data, Tensor):
        return np.array(data._array, dtype.numpy if dtype else None)
    if isinstance(data, (np.ndarray, np.generic)):
        if in_native_order(data).dtype not in dtypes.OF_NUMPY:
            raise TypeError(f"can't convert np.ndarray of type {data.dtype}.")
        return np.array(data, dtype.numpy if dtype else None)
    if data is None:
        raise RuntimeError("Could not infer dtype of NoneType")
    if not isinstance(data, (bool, int, float, complex, list, tuple, range)):
        if isinstance(data, (str, bytes)):
            raise TypeError(f"new(): invalid data type '{type(data).__name__}'")
        if hasattr(data, "__array__") or isinstance(data, Sequence):
            return np.array(data, dtype.numpy if dtype else None)
        raise RuntimeError(f"Could not infer dtype of {type(data).__name__}")
    plain = _plain(data)
    try:
        array = np.array(plain)
    except ValueError:
        _refuse_ragged(data)
        raise ValueError("expected sequence of equal length at each dimension of the nested sequence") from None
    if array.dtype.kind in "US":
        raise ValueError(f"too many dimensions '{'str' if array.dtype.kind == 'U' else 'bytes'}'")
    if array.dtype == object:
        if all(isinstance(value, (int, float)) for value in array.flat):
            return _of_long_integers(array, dtype)
        other = next(value for value in array.flat if not isinstance(value, (int, float, complex)))
        raise RuntimeError(f"Could not infer dtype of {type(other).__name__}")
    if array.dtype == np.uint64:  # NumPy's for integers above 2**63
        return _of_long_integers(array, dtype)
    if dtype is not None:
        return _as(array, dtype.numpy)
    found = _common_dtype(data) if array.size else None
    return array.astype(dtypes.get_default_dtype().numpy if found is None else found)


def _common_dtype(data: Any) -> Any:
    """The NumPy dtype of nested numbers: Python's take the default, tensors and NumPy's bring their own."""
    if isinstance(data, (list, tuple, range)):
        one_of_each = {type(x): x for x in data}
        plain = one_of_each.keys() <= _PYTHON_NUMBERS
        found = None
        for kind in {_common_dtype(x) for x in (one_of_each.values() if plain else data)} - {None}:
            found = kind if found is None else dtypes.promote_pair(found, kind)
        return found
    if isinstance(data, Tensor):
        return data.dtype.numpy
    if isinstance(data, (np.ndarray, np.generic)):
        return data.dtype
    return dtypes.default_of_category(dtypes.number_category(data))


def _refuse_ragged(data: Any) -> None:
    """TypeError where some elements of a sequence are sequences and some are not."""
    kinds = {isinstance(x, (list, tuple)) for x in data}
    if len(kinds) == 2:
        raise TypeError("a number stands where a sequence is expected, or a sequence where a number is")
    if kinds == {True}:
        for x in data:
            _refuse_ragged(x)


def _plain(data: Any) -> Any:
    if isinstance(data, (list, tuple)):
        return [_plain(x) for x in data]
    if isinstance(data, Tensor):
        if data.numel() != 1:
            raise ValueError("only one element tensors can be converted to Python scalars")
        if data.requires_grad:
            float(data) if not data.is_complex() else complex(data)  # which warns
        return data._array.reshape(())
    return data


def _of_long_integers(array: Any, dtype: Any) -> Any:
    if dtype is None or dtype.category < dtypes.FLOATING or any(abs(v) > 2 * _WORDS for v in array.flat):
        raise ValueError("Overflow when unpacking long long: an integer does not fit into 64 bits")
    return array.astype(dtype.numpy)


def _as(array: Any, found: Any) -> Any:
    """The numbers in another dtype, each of which it must hold."""
    if array.dtype.kind == "c" and found.kind in "fiu":
        raise TypeError("must be real number, not complex")
    if found.kind in "iu" and array.size:
        _check_range(array, found)
    return array.astype(found)


def _check_range(array: Any, found: Any) -> None:
    bounds = np.iinfo(found)
    low = -bounds.max if found.kind == "u" and array.dtype.kind in "iub" else bounds.min  # -1 is 255, but -1.0 is not
    if array.dtype.kind == "f":
        fits = np.isfinite(array).all() and (array >= low).all() and (array <= bounds.max).all()
        fits = fits and (bounds.max < _WORDS - 1 or (array < _WORDS).all())
    else:
        fits = (array >= low).all() and (array <= bounds.max).all()
    if not fits:
        raise RuntimeError(f"value cannot be converted to type {found} without overflow")


def number_as(value: Any, found: Any) -> Any:
    """A Python number for a dtype; RuntimeError where it does not hold it."""
    if isinstance(value, complex) and found.kind != "c":
        if value.imag and found.kind != "b":
            raise RuntimeError(f"value {value} cannot be converted to type {found} without overflow")
        return value.real
    if found.kind in "iu":
        _check_range(np.asarray(value), found)
        return np.asarray(value).astype(found)
    if (
        found.kind == "f"
        and isinstance(value, (int, float))
        and math.isfinite(value)
        and abs(value) > np.finfo(found).max
    ):
        raise RuntimeError(f"value {value} cannot be converted to type {found} without overflow")
    return value
