"""Decompositions: cholesky, qr, svd, eigh, eig, lu, ldl."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.linalg.checks import require_floating, require_matrices, require_square
from reference.linalg.solving import no_errors
from reference.ops.decompositions import (
    cholesky_op,
    eig_op,
    eigh_op,
    lu_factor_op,
    permutation,
    qr_op,
    svd_op,
    unpacked,
)
from reference.ops.inverses import LinAlgError
from reference.ops.results import named
from reference.ops.rules import transposed
from reference.tensor import wrap

__all__ = ["cholesky", "cholesky_ex", "eig", "eigh", "eigvals", "eigvalsh", "lu", "lu_factor", "lu_factor_ex", "qr",
           "svd", "svdvals"]  # fmt: skip

_CholeskyEx = named("cholesky_ex", "L", "info")
_QR, _SVD = named("qr", "Q", "R"), named("svd", "U", "S", "Vh")
_Eig, _Eigh = (named(name, "eigenvalues", "eigenvectors") for name in ("eig", "eigh"))
_LU, _LUFactor = named("lu", "P", "L", "U"), named("lu_factor", "LU", "pivots")
_LUFactorEx = named("lu_factor_ex", "LU", "pivots", "info")


def cholesky(A: Any, *, upper: bool = False) -> Any:
    """The lower triangular L with A = L L^H (or the upper one, its adjoint). Raises LinAlgError where there is none."""
    require_square("cholesky", A)
    if upper:
        return transposed(cholesky_op(transposed(A))).resolve_conj()
    return cholesky_op(A)


def cholesky_ex(A: Any, *, upper: bool = False, check_errors: bool = False) -> Any:
    """`cholesky`, and the order of the leading minor that was not positive (0 where all were)."""
    require_square("cholesky_ex", A)
    try:
        return _CholeskyEx(cholesky(A, upper=upper), no_errors(A))
    except LinAlgError:
        if check_errors:
            raise
    orders = np.zeros(A._array.shape[:-2], np.int32)
    for at in np.ndindex(*orders.shape):
        minors = (np.linalg.slogdet(A._array[at][:k, :k])[0].real > 0 for k in range(1, A.shape[-1] + 1))
        orders[at] = next((k for k, positive in enumerate(minors, 1) if not positive), 0)
    return _CholeskyEx(wrap(np.tril(A._array)), wrap(orders))


def qr(A: Any, mode: str = "reduced") -> Any:
    """The Q with orthonormal columns and the upper triangular R of A = Q R; ``mode`` "reduced", "complete" or "r"."""
    require_matrices("qr", A)
    require_floating("qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced' (default), 'r', or 'complete'"
        )
    return _QR(*qr_op(A, mode=mode))


def svd(A: Any, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """The U, S and V^H of A = U S V^H, the singular values S in descending order."""
    require_matrices("svd", A)
    require_floating("svd", A)
    if driver is not None:
        raise RuntimeError(
            "torch.linalg.svd: keyword argument `driver=` is only supported on CUDA inputs with cuSOLVER backend."
        )
    return _SVD(*svd_op(A, full=full_matrices))


def svdvals(A: Any, *, driver: str | None = None) -> Any:
    """The singular values, in descending order."""
    return svd(A, full_matrices=False, driver=driver).S


def eigh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues, in ascending order, and eigenvectors of a Hermitian matrix, of which one triangle is read."""
    require_square("eigh", A)
    if UPLO.upper() not in ("L", "U"):
        raise RuntimeError(f"Expected UPLO argument to be 'L' or 'U', but got {UPLO}")
    return _Eigh(*eigh_op(A, UPLO=UPLO.upper()))


def eigvalsh(A: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of a Hermitian matrix, in ascending order."""
    return eigh(A, UPLO).eigenvalues


def eig(A: Any) -> Any:
    """The eigenvalues and eigenvectors of a square matrix, as complex numbers."""
    require_square("eig", A)
    if not np.isfinite(A._array).all():
        raise RuntimeError("torch.linalg.eig: input tensor should not contain infs or NaNs.")
    return _Eig(*eig_op(A))


def eigvals(A: Any) -> Any:
    """The eigenvalues of a square matrix, as complex numbers."""
    return eig(A).eigenvalues


def lu_factor(A: Any, *, pivot: bool = True) -> Any:
    """The factors L and U of A = P L U, packed into one matrix, and the rows that were swapped."""
    require_matrices("lu_factor", A)
    require_floating("lu_factor", A)
    return _LUFactor(*lu_factor_op(A, pivot=pivot))


def lu_factor_ex(A: Any, *, pivot: bool = True, check_errors: bool = False) -> Any:
    """`lu_factor`, and the place of the first zero on the diagonal of U (0 where there is none)."""
    require_matrices("lu_factor", A)
    LU, pivots = lu_factor(A, pivot=pivot)
    zero = np.diagonal(LU._array, 0, -2, -1) == 0
    info = np.where(zero.any(-1), zero.argmax(-1) + 1, 0).astype(np.int32) if zero.shape[-1] else no_errors(A)._array
    return _LUFactorEx(LU, pivots, wrap(info))


def lu(A: Any, *, pivot: bool = True) -> Any:
    """The permutation P, the unit lower triangular L and the upper triangular U of A = P L U."""
    LU, pivots = lu_factor(A, pivot=pivot)
    P = wrap(permutation(pivots._array, A.shape[-2]).astype(A._array.dtype))
    return _LU(P if pivot else wrap(np.zeros(0, A._array.dtype)), *unpacked(LU))
