"""Inverses, determinants and systems of equations: the rows behind `reference.linalg.solving`.

``^H`` is the conjugate transpose; a rule is given batches of matrices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.bfloat16 import widened
from reference.ops.joining import cat
from reference.ops.logic import where
from reference.ops.rearranging import tril_op, triu_op
from reference.ops.rules import conj, constant, is_complex, raw, transposed, zeros_shaped
from reference.ops.table import Op
from reference.tensor import Tensor


class LinAlgError(RuntimeError):
    """A matrix is not what an algorithm asks for: singular, not positive definite, without convergence."""


def of_numpy(name: str, kernel: Callable[..., Any]) -> Callable[..., Any]:
    """A kernel of NumPy's; what it cannot do is said by a `LinAlgError`."""

    def apply(*arrays: Any, **parameters: Any) -> Any:
        try:
            return kernel(*arrays, **parameters)
        except np.linalg.LinAlgError as error:
            raise LinAlgError(
                f"linalg.{name}: {error}; the input matrix is singular, or there was no convergence"
            ) from None

    return apply


def eye(n: int, like: Any) -> Any:
    """The identity matrix in the dtype of ``like``, and of its kind."""
    return constant(np.eye(n), like)


# d(A^-1) = -A^-1 dA A^-1
inv_op = Op(
    "linalg_inv_ex",
    of_numpy("inv", np.linalg.inv),
    inputs=("self",),
    self=lambda g, result: -(transposed(result) @ g @ transposed(result)),
)

# A X = B: dX = A^-1 (dB - dA X)
solve_op: Op = Op(
    "linalg_solve_ex",
    of_numpy("solve", np.linalg.solve),
    inputs=("A", "B"),
    A=lambda g, A, result: -(solve_op(transposed(A), g) @ transposed(result)),
    B=lambda g, A: solve_op(transposed(A), g),
)


def _triangular_kernel(A: Any, B: Any, *, upper: bool, unit: bool) -> Any:
    triangle = np.triu(A) if upper else np.tril(A)
    if unit:
        diagonal = np.eye(A.shape[-1], dtype=np.bool_)
        triangle = np.where(diagonal, np.ones((), A.dtype), triangle)
    return of_numpy("solve_triangular", np.linalg.solve)(triangle, B)


def _triangular_rule(g: Any, A: Any, result: Any, upper: bool, unit: bool) -> Any:
    whole = -(triangular_op(transposed(A), g, upper=not upper, unit=unit) @ transposed(result))
    return triu_op(whole, diagonal=int(unit)) if upper else tril_op(whole, diagonal=-int(unit))


triangular_op: Op = Op(
    "linalg_solve_triangular",
    _triangular_kernel,
    A=_triangular_rule,
    B=lambda g, A, upper, unit: triangular_op(transposed(A), g, upper=not upper, unit=unit),
)


def _det_rule(g: Any, A: Any, result: Any) -> Any:
    # d det A = det A tr(A^-1 dA); where A is singular PyTorch gives zero, but the true one under create_graph
    singular = raw(result) == 0
    if isinstance(g, Tensor) and singular.any():
        return g[..., None, None] * _cofactors(A)
    if singular.any():
        A = np.where(singular[..., None, None], np.eye(A.shape[-1]), A)
    return (g * conj(result))[..., None, None] * transposed(inv_op(A))


def _cofactors(A: Any) -> Any:
    """The gradient of the determinant from the singular values: of each, the product of the others."""
    from reference.ops.decompositions import svd_op

    U, S, Vh = svd_op(A, full=False)
    n = S.shape[-1]
    others = where(constant(np.eye(n), S) == 1, 1, S[..., None, :]).prod(-1)
    phase = conj(det_op(U) * det_op(Vh))[..., None, None]
    return phase * ((U * others[..., None, :]) @ Vh)


det_op = Op("linalg_det", np.linalg.det, inputs=("A",), A=_det_rule)


def _slogdet_rule(g: Any, A: Any, sign: Any) -> Any:
    # d log|det A| = Re tr(A^-1 dA), d sign = i sign Im tr(A^-1 dA)
    of_sign, of_logarithm = g
    scale: Any = 0 if of_logarithm is None else of_logarithm
    if of_sign is not None and is_complex(A):
        scale = scale - 1j * (conj(of_sign) * sign).imag
    if not hasattr(scale, "shape"):
        return zeros_shaped(next(x for x in g if x is not None), A.shape)
    return scale[..., None, None] * transposed(inv_op(A))


slogdet_op = Op(
    "linalg_slogdet",
    lambda A: tuple(np.linalg.slogdet(A)),
    outputs=("sign", "logabsdet"),
    A=_slogdet_rule,
)


def _pinv_kernel(self: Any, *, atol: Any, rtol: Any, hermitian: bool) -> Any:
    """The pseudo-inverse, singular values up to a bound being taken for zero."""
    if 0 in self.shape:
        return np.zeros((*self.shape[:-2], self.shape[-1], self.shape[-2]), self.dtype)
    if hermitian:
        values, U = np.linalg.eigh(self)
        S, Vh = np.abs(values), np.conj(np.swapaxes(U, -1, -2)) * np.sign(values)[..., None]
    else:
        U, S, Vh = np.linalg.svd(self, full_matrices=False)
    bound = np.maximum(np.asarray(atol)[..., None], np.asarray(rtol)[..., None] * S.max(-1, keepdims=True))
    kept = bound < S
    inverse = np.where(kept, 1 / np.where(kept, S, 1), 0)
    return (transposed(Vh) * inverse[..., None, :].astype(self.dtype)) @ transposed(U)


def _pinv_rule(g: Any, self: Any, result: Any) -> Any:
    # Golub and Pereyra, The differentiation of pseudo-inverses (1973), formula 4.12, transposed
    gh, ph = transposed(g), transposed(result)
    if self.shape[-2] <= self.shape[-1]:
        K = gh @ result
        Kph = K @ ph
        return -transposed(result @ K) + Kph - (self @ result) @ Kph + (ph @ result) @ (gh - K @ self)
    K = result @ gh
    phK = ph @ K
    return -transposed(K @ result) + (gh - self @ K) @ result @ ph + phK - (phK @ result) @ self


pinv_op = Op("linalg_pinv", _pinv_kernel, self=_pinv_rule)


def _expm(self: Any) -> Any:
    try:
        from scipy.linalg import expm
    except ModuleNotFoundError:
        raise NotImplementedError("matrix_exp needs SciPy: pip install scipy") from None
    return expm(widened(self)).astype(self.dtype, copy=False) if self.size else self.copy()


def _matrix_exp_rule(g: Any, self: Any) -> Any:
    # exp [[A, dA], [0, A]] = [[exp A, d exp A], [0, exp A]], of A^H for the gradient
    n = self.shape[-1]
    adjoint = transposed(self)
    blocks = cat([cat([adjoint, g], -1), cat([zeros_shaped(g, g.shape), adjoint], -1)], -2)
    return matrix_exp_op(blocks)[..., :n, n:]


matrix_exp_op = Op("linalg_matrix_exp", _expm, self=_matrix_exp_rule)
