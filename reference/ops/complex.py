"""Complex tensors: parts, conjugates, and views as real numbers.

Source: https://docs.pytorch.org/docs/stable/notes/autograd.html#autograd-for-complex-numbers. A gradient is dL/dx + i
dL/dy, twice the conjugate Wirtinger derivative (CPX-01).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.table import Op
from reference.tensor import Tensor, wrap


def _complex_of(g: Any, imaginary: bool) -> Any:
    """A real gradient, as the complex one that it is of the real (or imaginary) part."""
    if isinstance(g, Tensor):
        zero = wrap(np.zeros(g._array.shape, g._array.dtype))
        return complex(zero, g) if imaginary else complex(g, zero)
    return g * 1j if imaginary else g.astype(np.result_type(g.dtype, np.complex64))


real_op = Op("real", lambda self: self.real, view=True, self=lambda g: _complex_of(g, False))
imag_op = Op("imag", lambda self: self.imag, view=True, self=lambda g: _complex_of(g, True))


def real(input: Any) -> Any:
    """The real part, a view; a real tensor is returned itself (CPX-03)."""
    if not isinstance(input, Tensor):
        return input.real
    return real_op(input) if input._array.dtype.kind == "c" else input


def imag(input: Any) -> Any:
    """The imaginary part, a view of a complex tensor."""
    if input._array.dtype.kind != "c":
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return imag_op(input)


conj_op = Op("conj", lambda self: np.conj(self), self=lambda g: g.conj())


def conj(input: Any) -> Any:
    """The complex conjugate; a real tensor is returned itself (CPX-07)."""
    return conj_op(input) if input._array.dtype.kind == "c" else input


conj_physical = conj


def is_conj(input: Any) -> bool:
    """Whether conjugation is pending: never, here."""
    return False


def resolve_conj(input: Any) -> Any:
    """The tensor itself: conjugation is never pending here."""
    return input


def resolve_neg(input: Any) -> Any:
    """The tensor itself: negation is never pending here."""
    return input


complex_op = Op(
    "complex",
    lambda self, other: (self + 1j * other).astype(np.result_type(self.dtype, np.complex64), copy=False),
    self=lambda g: g.real,
    other=lambda g: g.imag,
)


def complex(real: Any, imag: Any) -> Any:
    """A complex tensor of its parts (CPX-09)."""
    if real._array.dtype != imag._array.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {real.dtype} but got scalar type {imag.dtype} for second argument"
        )
    return complex_op(real, imag)


def polar(abs: Any, angle: Any) -> Any:
    """A complex tensor of absolute values and angles."""
    return complex(abs * angle.cos(), abs * angle.sin())


def _as_pairs(array: Any) -> Any:
    part = np.float32 if array.dtype == np.complex64 else np.float64
    if not array.flags.c_contiguous:
        strides = (*array.strides, array.itemsize // 2)
        return np.ndarray((*array.shape, 2), part, buffer=array.base, strides=strides) if False else _strided_pairs(
            array, part, strides
        )
    return array.view(part).reshape(*array.shape, 2)


def _strided_pairs(array: Any, part: Any, strides: Any) -> Any:
    return np.lib.stride_tricks.as_strided(array.real, (*array.shape, 2), strides)


def _as_numbers(array: Any) -> Any:
    found = np.complex64 if array.dtype == np.float32 else np.complex128
    return np.ascontiguousarray(array).view(found)[..., 0]


view_as_real_op = Op("view_as_real", _as_pairs, inputs=("self",), view=True, self=lambda g: view_as_complex(g))
view_as_complex_op = Op("view_as_complex", _as_numbers, inputs=("self",), view=True, self=lambda g: view_as_real(g))


def view_as_real(input: Any) -> Any:
    """The real and imaginary parts along a last dimension of two, as a view (CPX-04)."""
    if (input.dtype.is_complex if isinstance(input, Tensor) else input.dtype.kind == "c") is False:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    return view_as_real_op(input)


def view_as_complex(input: Any) -> Any:
    """Pairs along the last dimension, read as complex numbers, as a view."""
    return view_as_complex_op(input)


def adjoint(input: Any) -> Any:
    """The conjugate transpose."""
    return conj(input.transpose(-2, -1))
