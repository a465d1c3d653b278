"""Dtypes, and PyTorch's own type promotion.

Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc. The promotion is never NumPy's:
int64 with float32 is float32 here, and 0-dim tensors and Python numbers do not raise the dtype within their category.
"""

from __future__ import annotations

import builtins
import types
from typing import Any

import numpy as np


class dtype:  # named as PyTorch names it: isinstance(x.dtype, torch.dtype)
    """A tensor's element type; ``numpy`` is the dtype of the array that holds it, as wide or wider."""

    __slots__ = ("category", "itemsize", "name", "numpy")

    def __init__(self, name: str, numpy_dtype: Any, category: Any, itemsize: Any = None) -> None:
        self.name = name
        self.numpy = np.dtype(numpy_dtype)
        self.category = category
        self.itemsize = itemsize or self.numpy.itemsize

    @property
    def is_floating_point(self) -> Any:
        """Whether it is a floating-point dtype (complex ones are not)."""
        return self.category == FLOATING

    @property
    def is_complex(self) -> Any:
        """Whether it is a complex dtype."""
        return self.category == COMPLEX

    @property
    def is_signed(self) -> Any:
        """Whether it can hold negative numbers."""
        return self.category > INTEGRAL or self.name.startswith("int")

    def to_complex(self) -> dtype:
        """The complex dtype whose parts have this precision."""
        return complex128 if self in (float64, complex128) else complex64

    def to_real(self) -> dtype:
        """The dtype of this complex dtype's parts."""
        return {complex128: float64, complex64: float32}.get(self, self)

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> str:
        return self.name


BOOL, INTEGRAL, FLOATING, COMPLEX = range(4)

#: The NumPy dtype of arrays that hold bfloat16 numbers: float32, in the other byte order (`reference.bfloat16`).
BFLOAT16 = np.dtype(np.float32).newbyteorder("S")

bool = dtype("bool", np.bool_, BOOL)
uint8 = dtype("uint8", np.uint8, INTEGRAL)
int8 = dtype("int8", np.int8, INTEGRAL)
int16 = dtype("int16", np.int16, INTEGRAL)
int32 = dtype("int32", np.int32, INTEGRAL)
int64 = dtype("int64", np.int64, INTEGRAL)
float16 = dtype("float16", np.float16, FLOATING)
bfloat16 = dtype("bfloat16", BFLOAT16, FLOATING, itemsize=2)
float32 = dtype("float32", np.float32, FLOATING)
float64 = dtype("float64", np.float64, FLOATING)
complex64 = dtype("complex64", np.complex64, COMPLEX)
complex128 = dtype("complex128", np.complex128, COMPLEX)
half, float, double = float16, float32, float64
short, int, long = int16, int32, int64
cfloat, cdouble = complex64, complex128

ALL = (bool, uint8, int8, int16, int32, int64, float16, bfloat16, float32, float64, complex64, complex128)

#: NumPy dtype -> ours.
OF_NUMPY: dict[Any, dtype] = {d.numpy: d for d in ALL}

_CATEGORY = {d.numpy: d.category for d in ALL}
_NUMBER_CATEGORY = {builtins.bool: BOOL, builtins.int: INTEGRAL, builtins.float: FLOATING, complex: COMPLEX}

_default: dtype = float32


_OF_PYTHON = {builtins.bool: bool, builtins.int: int64, builtins.float: float64, complex: complex128}


def as_dtype(given: Any) -> dtype:
    """A dtype, also by Python's types bool, int, float and complex; TypeError for anything else."""
    found = given if isinstance(given, dtype) else _OF_PYTHON.get(given) if isinstance(given, type) else None
    if found is None:
        raise TypeError(f"argument 'dtype' must be torch.dtype, not {type(given).__name__}")
    return found


def get_default_dtype() -> dtype:
    """The dtype that Python floats become: float32, unless set otherwise."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Set the dtype that Python floats become; a floating dtype (TYP-11).

    Raises TypeError for any other.
    """
    global _default
    if not isinstance(d, dtype) or d.category != FLOATING:
        raise TypeError(f"only floating-point types are supported as the default type, got {d}")
    _default = d


def default_of_category(category: Any) -> Any:
    """The NumPy dtype that a Python number of this category brings where no tensor of the category takes part."""
    if category == FLOATING:
        return _default.numpy
    return {BOOL: bool, INTEGRAL: int64, COMPLEX: _default.to_complex()}[category].numpy


def promote_pair(a: Any, b: Any) -> Any:
    """The common NumPy dtype of two of equal priority (both with dimensions, or both without)."""
    if a == b:
        return a
    category_a, category_b = _CATEGORY[a], _CATEGORY[b]
    if category_a == category_b:
        return OF_NUMPY[np.promote_types(a, b)].numpy
    low, high = (a, b) if category_a < category_b else (b, a)
    if _CATEGORY[high] == COMPLEX and _CATEGORY[low] == FLOATING:
        return OF_NUMPY[np.promote_types(low, high)].numpy  # float64 with complex64 is complex128
    return high


def result_type_of(operands: Any) -> Any:
    """The NumPy dtype of an operation on arrays and Python numbers.

    Three priorities: arrays with dimensions, 0-dim arrays, numbers. A lower priority counts only where its category
    is higher (TYP-02, TYP-03).
    """
    found: list[Any] = [None, None, None]
    for operand in operands:
        if isinstance(operand, np.ndarray):
            rank, d = (0 if operand.ndim else 1), operand.dtype
        else:
            rank, d = 2, default_of_category(_category_of_operand(operand))
        found[rank] = d if found[rank] is None else promote_pair(found[rank], d)
    result = None
    for d in found:
        if d is None:
            continue
        if result is None:
            result = d
        elif _CATEGORY[d] > _CATEGORY[result]:
            complex_from_number = _CATEGORY[d] == COMPLEX and _CATEGORY[result] == FLOATING
            result = OF_NUMPY[result].to_complex().numpy if complex_from_number else d
    return result


def _category_of_operand(number: Any) -> Any:
    category = _NUMBER_CATEGORY.get(type(number))
    if category is not None:
        return category
    if not isinstance(number, (builtins.int, builtins.float, complex, np.generic)):
        raise TypeError(f"an operand must be a tensor or a number, not {type(number).__name__}")
    return FLOATING if isinstance(number, np.bool_) else number_category(number)  # so does PyTorch (TYP-27)


def number_category(number: Any) -> Any:
    """The category of a Python or NumPy number."""
    category = _NUMBER_CATEGORY.get(type(number))
    return _CATEGORY[np.asarray(number).dtype] if category is None else category


def category_of(numpy_dtype: Any) -> Any:
    """The category of a NumPy dtype."""
    return _CATEGORY[numpy_dtype]


_LONG_NAMES = {bool: "Bool", uint8: "Byte", int8: "Char", int16: "Short", int32: "Int", int64: "Long", float16: "Half",
               bfloat16: "BFloat16", float32: "Float", float64: "Double",
               complex64: "ComplexFloat", complex128: "ComplexDouble"}  # fmt: skip


def long_name(numpy_dtype: Any) -> str:
    """The name by which PyTorch's messages call a dtype: Float, Double, Long ..."""
    return _LONG_NAMES[OF_NUMPY[numpy_dtype]]


def can_cast(from_: dtype, to: dtype) -> Any:
    """Whether an in-place result may be cast: never to a lower category (INP-21); bool takes only bool."""
    return from_.category <= to.category and not (to is bool and from_ is not bool)


def promote_types(a: dtype, b: dtype) -> dtype:
    """The smallest dtype that both may become."""
    return OF_NUMPY[promote_pair(a.numpy, b.numpy)]


_BFLOAT16_LIMITS = types.SimpleNamespace(
    bits=16, eps=2.0**-7, max=2.0**128 - 2.0**120, min=2.0**120 - 2.0**128, tiny=2.0**-126, resolution=0.01
)


class finfo:
    """Limits of a floating dtype."""

    def __init__(self, d: dtype | None = None) -> None:
        d = d or _default
        limits: Any = _BFLOAT16_LIMITS if d is bfloat16 else np.finfo(d.to_real().numpy)
        self.dtype, self.bits = d.name, limits.bits
        self.eps, self.max, self.min, self.tiny = (
            builtins.float(v) for v in (limits.eps, limits.max, limits.min, limits.tiny)
        )
        self.smallest_normal, self.resolution = self.tiny, builtins.float(limits.resolution)


class iinfo:
    """Limits of an integer dtype."""

    def __init__(self, d: dtype) -> None:
        limits = np.iinfo(d.numpy)
        self.dtype, self.bits, self.max, self.min = d.name, limits.bits, limits.max, limits.min
