"""Complex tensors: parts, conjugates, and views as real numbers.

Source: https://docs.pytorch.org/docs/stable/notes/autograd.html#autograd-for-complex-numbers. A gradient is dL/dx + i
dL/dy, twice the conjugate Wirtinger derivative (CPX-01).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.dtypes import OF_NUMPY
from reference.ops.memory import look
from reference.ops.rules import is_complex, zero
from reference.ops.shapes import clone, transpose
from reference.ops.table import Op
from reference.ops.writing import writable
from reference.pending import ConjugateTensor, NegativeTensor
from reference.tensor import Tensor


def _as_real_part(g: Any) -> Any:
    """A real gradient, as the complex one that it is of the real part."""
    return complex_op(g, zero(g))


real_op = Op(
    "real",
    lambda self: self.real,
    view=True,
    rereads={ConjugateTensor: Tensor},
    self=_as_real_part,
    node="SelectBackward0",
)
imag_op = Op(
    "imag",
    lambda self: self.imag,
    view=True,
    rereads={ConjugateTensor: NegativeTensor},
    self=lambda g: complex_op(zero(g), g),
    node="SelectBackward0",
)


def real(input: Any) -> Any:
    """The real part, a view; a real tensor is returned itself (CPX-03)."""
    return real_op(input) if is_complex(input) else input


def imag(input: Any) -> Any:
    """The imaginary part, a view of a complex tensor."""
    if not is_complex(input):
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    return imag_op(input)


conj_op = Op(
    "conj",
    lambda self: self.view(),
    view=True,
    rereads={Tensor: ConjugateTensor, ConjugateTensor: Tensor},
    self=lambda g: g.conj(),
)
conj_physical_op = Op("conj_physical", np.conj, inputs=("self",), self=lambda g: g.conj())


def conj(input: Any) -> Any:
    """The complex conjugate, a view; a real tensor is returned itself (CPX-07)."""
    return conj_op(resolve_neg(input)) if input.is_complex() else input


@writable
def conj_physical(input: Any) -> Any:
    """The complex conjugate."""
    return conj_physical_op.bind(input)


def is_conj(input: Any) -> bool:
    """Whether conjugation is pending."""
    return input._pending is np.conjugate


def is_neg(input: Any) -> bool:
    """Whether negation is pending."""
    return input._pending is np.negative


def resolve_conj(input: Any) -> Any:
    """A copy without pending conjugation; the tensor itself, where none is pending."""
    return clone(input) if is_conj(input) else input


def resolve_neg(input: Any) -> Any:
    """A copy without pending negation; the tensor itself, where none is pending."""
    return clone(input) if is_neg(input) else input


def _complex_kernel(real: Any, imag: Any) -> Any:
    out = np.empty(np.broadcast_shapes(real.shape, imag.shape), np.result_type(real.dtype, np.complex64))
    out.real, out.imag = real, imag
    return out


complex_op: Op = Op("complex", _complex_kernel, real=lambda g: g.real, imag=lambda g: g.imag)


def complex(real: Any, imag: Any) -> Any:
    """A complex tensor of its parts (CPX-09)."""
    for x in (real, imag):
        if x._array.dtype.kind != "f":
            raise RuntimeError(
                f"Expected both inputs to be Half, Float or Double tensors but got {real.dtype} and {imag.dtype}"
            )
    if real._array.dtype is not imag._array.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {real.dtype} but got scalar type {imag.dtype} for second argument"
        )
    return complex_op(real, imag)


# r e^(i a): dr = Re(conj(e^(i a)) g), da = Re(conj(i r e^(i a)) g)
polar_op = Op(
    "polar",
    lambda abs, angle: _complex_kernel(abs * np.cos(angle), abs * np.sin(angle)),
    abs=lambda g, angle: (
        g.real * angle.cos() + g.imag * angle.sin()
        if isinstance(g, Tensor)
        else g.real * np.cos(angle) + g.imag * np.sin(angle)
    ),
    angle=lambda g, result: g.imag * result.real - g.real * result.imag,
)


def polar(abs: Any, angle: Any) -> Any:
    """A complex tensor of absolute values and angles."""
    for x in (abs, angle):
        if x._array.dtype.kind != "f":
            raise RuntimeError(f"Expected both inputs to be Half, Float or Double tensors but got {x.dtype}")
    if abs._array.dtype is not angle._array.dtype:
        raise RuntimeError(
            f"Expected object of scalar type {abs.dtype} but got scalar type {angle.dtype} for second argument"
        )
    return polar_op(abs, angle)


def _as_pairs(self: Any) -> Any:
    return look(self.real, (*self.shape, 2), (*self.strides, self.itemsize // 2))


def _as_numbers(self: Any) -> Any:
    made = np.empty(0, np.result_type(self.dtype, np.complex64)).dtype
    return look(self, self.shape[:-1], self.strides[:-1], dtype=made)


view_as_real_op = Op("view_as_real", _as_pairs, view=True, rereads={}, self=lambda g: view_as_complex_op(_in_pairs(g)))
view_as_complex_op: Op = Op(
    "view_as_complex", _as_numbers, view=True, rereads={}, self=lambda g: view_as_real_op(_resolved(g))
)


def _resolved(g: Any) -> Any:
    return resolve_conj(g) if isinstance(g, Tensor) else g


def _in_pairs(g: Any) -> Any:
    return g.contiguous() if isinstance(g, Tensor) else np.ascontiguousarray(g)


def view_as_real(input: Any) -> Any:
    """The real and imaginary parts along a last dimension of two, as a view (CPX-04)."""
    if not is_complex(input):
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if is_conj(input):
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view "
            "it as real, use self.resolve_conj(); however, be warned that the resulting tensor will not alias the original."
        )
    return view_as_real_op(input)


def view_as_complex(input: Any) -> Any:
    """Pairs along the last dimension, read as complex numbers, as a view."""
    array = input._memory
    if array.dtype.kind != "f":
        raise RuntimeError(
            f"view_as_complex is only supported for floating point tensors, but got {OF_NUMPY[array.dtype]}"
        )
    if array.ndim == 0:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if array.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    if array.strides[-1] != array.itemsize:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    return view_as_complex_op(input)


def adjoint(input: Any) -> Any:
    """The conjugate transpose of the last two dimensions."""
    if input.ndim == 1:
        raise RuntimeError("tensor.adjoint() is only supported on matrices or batches of matrices. Got 1-D tensor.")
    return conj(transpose(input, -2, -1)) if input.ndim else conj(input)


def _transposed_conjugate(self: Any) -> Any:
    """The conjugate transpose of a matrix."""
    if self.ndim not in (0, 2):
        raise RuntimeError(f"tensor.H is only supported on matrices (2-D tensors). Got {self.ndim}-D tensor.")
    return adjoint(self)


PROPERTIES = {"real": real, "imag": imag, "H": _transposed_conjugate, "mH": adjoint}
