"""Inverses, determinants and systems of equations."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.linalg.checks import require_floating, require_matrices, require_same_dtype, require_square
from reference.linalg.products import matrix_exp, matrix_power
from reference.ops.decompositions import permutation, unpacked
from reference.ops.inverses import LinAlgError, det_op, inv_op, pinv_op, slogdet_op, solve_op, triangular_op
from reference.ops.linear import matmul
from reference.ops.results import named
from reference.ops.rules import raw, transposed
from reference.ops.shapes import broadcast_shapes, expand, movedim, reshape, squeeze, transpose, unsqueeze
from reference.tensor import wrap

__all__ = ["det", "inv", "inv_ex", "lstsq", "lu_solve", "matrix_exp", "matrix_power", "pinv", "slogdet", "solve",
           "solve_ex", "solve_triangular", "tensorinv", "tensorsolve"]  # fmt: skip

_InvEx, _SolveEx = named("inv_ex", "inverse", "info"), named("solve_ex", "result", "info")
_SlogDet = named("slogdet", "sign", "logabsdet")
_Lstsq = named("lstsq", "solution", "residuals", "rank", "singular_values")


def no_errors(A: Any) -> Any:
    """Zeros, a matrix each: that all could be done."""
    return wrap(np.zeros(A._array.shape[:-2], np.int32))


def inv(A: Any) -> Any:
    """The inverse. Raises LinAlgError for a singular matrix."""
    require_square("inv", A)
    return inv_op(A)


def inv_ex(A: Any, *, check_errors: bool = False) -> Any:
    """The inverse, and which matrices had none."""
    require_square("inv_ex", A)
    try:
        return _InvEx(inv_op(A), no_errors(A))
    except LinAlgError:
        if check_errors:
            raise
        singular = np.linalg.det(A._array) == 0
        return _InvEx(wrap(np.full_like(A._array, np.nan)), wrap(singular.astype(np.int32)))


def det(A: Any) -> Any:
    """The determinant."""
    require_square("det", A)
    return det_op(A)


def slogdet(A: Any) -> Any:
    """The sign of the determinant, and the logarithm of its magnitude."""
    require_square("slogdet", A)
    return _SlogDet(*slogdet_op(A))


# --- systems of equations ---------------------------------------------------------------------------------------------


def _is_vector(A: Any, B: Any) -> bool:
    return B.ndim == 1 or (B.ndim == A.ndim - 1 and tuple(B.shape) == tuple(A.shape[:-1]))


def solve(A: Any, B: Any, *, left: bool = True) -> Any:
    """The X with A X = B (or X A = B). Raises LinAlgError where A is singular."""
    require_square("solve", A)
    require_same_dtype("solve", A, B)
    if _is_vector(A, B):
        if not left:
            raise RuntimeError(
                "linalg.solve: Vector broadcasting of the left hand side is not supported for left=False. In this case "
                "linalg.solve is equivalent to B / A.squeeze(-1)"
            )
        return squeeze(_solved("solve", A, unsqueeze(B, -1)), -1)
    return _on_side("solve", _solved, A, B, left)


def _solved(name: str, A: Any, B: Any, **options: Any) -> Any:
    require_matrices(name, B)
    if A.shape[-1] != B.shape[-2]:
        raise RuntimeError(
            f"linalg.{name}: Incompatible shapes of A and B for the equation AX = B ({A.shape[-2]}x{A.shape[-1]} and "
            f"{B.shape[-2]}x{B.shape[-1]})"
        )
    try:
        batch = tuple(broadcast_shapes(tuple(A.shape[:-2]), tuple(B.shape[:-2])))
    except RuntimeError:
        raise RuntimeError(
            f"The batch dimensions of A and B must broadcast, but they are {list(A.shape[:-2])} and "
            f"{list(B.shape[:-2])}"
        ) from None
    A, B = expand(A, (*batch, *A.shape[-2:])), expand(B, (*batch, *B.shape[-2:]))
    return triangular_op(A, B, **options) if options else solve_op(A, B)


def _on_side(name: str, apply: Any, A: Any, B: Any, left: bool, **options: Any) -> Any:
    if left:
        return apply(name, A, B, **options)
    if B.ndim < 2 or A.shape[-1] != B.shape[-1]:
        raise RuntimeError(
            f"linalg.{name}: Incompatible shapes of A and B for the equation XA = B ({list(A.shape)} and "
            f"{list(B.shape)})"
        )
    if "upper" in options:
        options = {**options, "upper": not options["upper"]}
    return transpose(apply(name, transpose(A, -2, -1), transpose(B, -2, -1), **options), -2, -1)


def solve_ex(A: Any, B: Any, *, left: bool = True, check_errors: bool = False) -> Any:
    """The X with A X = B, and which of the systems had none."""
    return _SolveEx(solve(A, B, left=left), no_errors(A))


def solve_triangular(A: Any, B: Any, *, upper: bool, left: bool = True, unitriangular: bool = False) -> Any:
    """The X with A X = B (or X A = B) for a triangular A; what lies beyond the triangle is not looked at."""
    require_matrices("solve_triangular", A, B)
    require_square("solve_triangular", A)
    require_same_dtype("solve_triangular", A, B)
    return _on_side("solve_triangular", _solved, A, B, left, upper=upper, unit=unitriangular)


def lu_solve(LU: Any, pivots: Any, B: Any, *, left: bool = True, adjoint: bool = False) -> Any:
    """The X with A X = B (or A^H X = B) for an A that `lu_factor` has decomposed."""
    require_square("lu_solve", LU)
    require_same_dtype("lu_solve", LU, B)
    if pivots._array.dtype != np.int32:
        raise RuntimeError(
            f"linalg.lu_solve: pivots should be a Tensor of scalar type torch.int32. Got scalar type {pivots.dtype}"
        )
    if tuple(LU.shape[:-1]) != tuple(pivots.shape):
        raise RuntimeError("linalg.lu_solve: Number of pivots per batch should be same as the dimension of the matrix")
    if not left:
        solved = lu_solve(LU, pivots, transposed(B), adjoint=not adjoint)
        return transposed(solved)
    L, U = unpacked(LU)
    P = wrap(permutation(pivots._array, LU.shape[-1]).astype(LU._array.dtype))
    if adjoint:
        Y = _solved("lu_solve", transposed(U), B, upper=False, unit=False)
        return matmul(P, _solved("lu_solve", transposed(L), Y, upper=True, unit=True))
    Y = _solved("lu_solve", L, matmul(transpose(P, -2, -1), B), upper=False, unit=True)
    return _solved("lu_solve", U, Y, upper=True, unit=False)


# --- pseudo-inverses --------------------------------------------------------------------------------------------------


def bounds(A: Any, atol: Any, rtol: Any) -> tuple[Any, Any]:
    """The absolute and the relative bound up to which a singular value counts as zero."""
    if rtol is None:
        given = atol is not None and np.any(raw(atol) > 0)
        rtol = 0.0 if given else max(A.shape[-2:], default=0) * float(np.finfo(A._array.dtype).eps)
    return raw(0.0 if atol is None else atol), raw(rtol)


def pinv(A: Any, rcond: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """The pseudo-inverse, of Moore and Penrose."""
    require_matrices("pinv", A)
    require_floating("pinv", A)
    atol, rtol = bounds(A, atol, rcond if rtol is None else rtol)
    return pinv_op(A, atol=atol, rtol=rtol, hermitian=hermitian)


def lstsq(A: Any, B: Any, rcond: Any = None, *, driver: str | None = None) -> Any:
    """The X for which the norm of A X - B is least, the residuals' squares, the rank, and the singular values."""
    require_floating("lstsq", A)
    if A.ndim < 2:
        raise RuntimeError("torch.linalg.lstsq: input must have at least 2 dimensions.")
    if B.ndim < 1:
        raise RuntimeError("torch.linalg.lstsq: other must have at least 1 dimension.")
    if A.ndim - B.ndim not in (0, 1):
        raise RuntimeError(
            "torch.linalg.lstsq: input.dim() must be greater or equal to other.dim() and (input.dim() - other.dim()) "
            "<= 1"
        )
    if A._array.dtype is not B._array.dtype:
        raise RuntimeError(
            f"torch.linalg.lstsq: Expected input and other to have the same dtype, but got {A.dtype} and {B.dtype}"
        )
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise RuntimeError("torch.linalg.lstsq: parameter `driver` should be one of (gels, gelsy, gelsd, gelss)")
    driver = driver or "gelsy"
    vector = A.ndim - B.ndim == 1
    right = unsqueeze(B, -1) if vector else B
    if A.shape[-2] != right.shape[-2]:
        raise RuntimeError("torch.linalg.lstsq: input.size(-2) should match other.size(-2)")
    solution = matmul(pinv(A, rtol=rcond) if rcond is not None else pinv(A), right)
    m, n = A.shape[-2:]
    values = np.linalg.svd(A._array, compute_uv=False)
    _, rtol = bounds(A, None, rcond)
    rank = (values > rtol * values.max(-1, keepdims=True, initial=0)).sum(-1)
    residuals = reshape(solution.real, (-1,))[:0]
    if m > n and driver != "gelsy" and np.all(rank == n):
        difference = matmul(A, solution) - right
        residuals = (difference * difference.conj()).real.sum(-2)
    empty = np.zeros(0, np.int64)
    return _Lstsq(
        squeeze(solution, -1) if vector else solution,
        residuals,
        wrap(np.asarray(rank if driver != "gels" else empty)),
        wrap(values if driver in ("gelsd", "gelss") else values[..., :0].reshape(-1)),
    )


# --- tensors as matrices ----------------------------------------------------------------------------------------------


def tensorinv(A: Any, ind: int = 2) -> Any:
    """The inverse for `torch.tensordot`: the first ``ind`` dimensions, as one, are the rows."""
    if ind <= 0:
        raise RuntimeError("Expected a strictly positive integer for 'ind'")
    rows, columns = tuple(A.shape[:ind]), tuple(A.shape[ind:])
    if math.prod(rows) != math.prod(columns):
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[ind:]) == prod(self.shape[:ind]), but got "
            f"{math.prod(columns)} != {math.prod(rows)}"
        )
    return reshape(inv(reshape(A, (math.prod(rows), math.prod(columns)))), (*columns, *rows))


def tensorsolve(A: Any, B: Any, dims: Any = None) -> Any:
    """The X with ``tensordot(A, X, X.ndim) = B``; ``dims`` of A are moved to its end first."""
    if dims is not None:
        A = movedim(A, tuple(dims), tuple(range(A.ndim - len(dims), A.ndim)))
    shape = tuple(A.shape[B.ndim :])
    size = math.prod(shape)
    if math.prod(A.shape[: B.ndim]) != size:
        raise RuntimeError(
            "Expected self to satisfy the requirement prod(self.shape[other.ndim:]) == "
            "prod(self.shape[:other.ndim]), but "
            f"got {size} != {math.prod(A.shape[: B.ndim])}"
        )
    return reshape(solve(reshape(A, (-1, size)), reshape(B, (-1,))), shape)
