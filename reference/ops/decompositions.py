"""Decompositions of matrices: Cholesky, QR, singular values, eigenvalues, LU; the rows behind `reference.linalg`.

``^H`` is the conjugate transpose; a rule is given batches of matrices, and a list of gradients, one for each output, of
which some may be None.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.inverses import LinAlgError, eye, of_numpy, solve_op, triangular_op
from reference.ops.joining import cat
from reference.ops.rearranging import diag_embed, tril_op, triu_op
from reference.ops.rules import conj, constant, is_complex, raw, transposed, zeros_shaped
from reference.ops.strides import diagonal
from reference.ops.table import Op


def _diagonal(x: Any) -> Any:
    return diagonal(x, 0, -2, -1)


def _divided_by_triangle(x: Any, R: Any, upper: bool, unit: bool = False) -> Any:
    """``x R^-1`` for a triangular R."""
    return transposed(triangular_op(transposed(R), transposed(x), upper=not upper, unit=unit))


# --- Cholesky ---------------------------------------------------------------------------------------------------------


def _cholesky_kernel(self: Any) -> Any:
    try:
        return np.linalg.cholesky(self)
    except np.linalg.LinAlgError:
        raise LinAlgError(
            "linalg.cholesky: The factorization could not be completed because the input is not positive-definite."
        ) from None


def _cholesky_rule(g: Any, result: Any) -> Any:
    # L^-1 dA L^-H = X + X^H with X = L^-1 dL, which is lower triangular
    phi = tril_op(transposed(result) @ g, diagonal=0)
    phi = (phi + transposed(phi) - diag_embed(_diagonal(phi))) / 2
    return triangular_op(transposed(result), _divided_by_triangle(phi, result, upper=False), upper=True, unit=False)


cholesky_op = Op("linalg_cholesky_ex", _cholesky_kernel, self=_cholesky_rule)


def _cholesky_solve_kernel(self: Any, input2: Any, *, upper: bool) -> Any:
    lower = transposed(input2) if upper else input2
    inner = triangular_op(lower, self, upper=False, unit=False)
    return triangular_op(transposed(lower), inner, upper=True, unit=False)


def _of_factor(whole: Any, factor: Any, upper: bool) -> Any:
    """The gradient of the factor of a matrix, given that of the matrix; as in PyTorch not of its triangle alone."""
    whole = whole + transposed(whole)
    return factor @ whole if upper else whole @ factor


# A = L L^H: of X = A^-1 B and of X = A^-1
cholesky_solve_op: Op = Op(
    "cholesky_solve",
    _cholesky_solve_kernel,
    self=lambda g, input2, upper: cholesky_solve_op(g, input2, upper=upper),
    input2=lambda g, input2, result, upper: (
        -_of_factor(cholesky_solve_op(g, input2, upper=upper) @ transposed(result), input2, upper)
    ),
)
cholesky_inverse_op = Op(
    "cholesky_inverse",
    lambda self, *, upper: _cholesky_solve_kernel(
        np.broadcast_to(np.eye(self.shape[-1], dtype=self.dtype), self.shape), self, upper=upper
    ),
    self=lambda g, self, result, upper: -_of_factor(result @ g @ result, self, upper),
)

# --- QR ---------------------------------------------------------------------------------------------------------------


def _qr_kernel(self: Any, *, mode: Any) -> Any:
    if mode == "r":
        return np.zeros((0,), self.dtype), np.linalg.qr(self, "r")
    return tuple(np.linalg.qr(self, mode))


def _qr_rule(g: Any, self_shape: Any, Q: Any, R: Any, mode: str) -> Any:
    m, n = self_shape[-2:]
    if mode == "r":
        raise RuntimeError(
            "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use "
            "linalg.qr(A, mode='reduced') if you are going to require gradients"
        )
    if mode == "complete" and m > n:
        raise RuntimeError("The QR decomposition is not differentiable when mode='complete' and nrows > ncols")
    of_Q, of_R = g
    if m >= n:
        return _qr_gradient(of_Q, of_R, Q, R)
    # [A1 | A2] = Q [X | Y], where Q and X decompose A1, and Y = Q^H A2
    of_Y = None if of_R is None else of_R[..., m:]
    X, Y = R[..., :m], R[..., m:]
    if of_Y is not None:
        through_Y = Q @ Y @ transposed(of_Y)
        of_Q = through_Y if of_Q is None else of_Q + through_Y
    of_A1 = _qr_gradient(of_Q, None if of_R is None else of_R[..., :m], Q, X)
    of_A2 = Q @ of_Y if of_Y is not None else zeros_shaped(of_A1, (*of_A1.shape[:-1], n - m))
    return cat([of_A1, of_A2], -1)


def _qr_gradient(of_Q: Any, of_R: Any, Q: Any, R: Any) -> Any:
    # dA R^-1 = dQ + Q dR R^-1, where Q^H dQ is skew-Hermitian and dR R^-1 upper triangular
    inner: Any = 0
    if of_R is not None:
        inner = of_R @ transposed(R)
    if of_Q is not None:
        inner = inner - transposed(Q) @ of_Q
    inner = triu_op(inner, diagonal=0)
    inner = inner + transposed(inner) - diag_embed(_real_part(_diagonal(inner)))
    whole = Q @ inner
    if of_Q is not None:
        whole = whole + of_Q
    return _divided_by_triangle(whole, transposed(R), upper=False)


def _real_part(x: Any) -> Any:
    return x.real + 0j if is_complex(x) else x


qr_op = Op("linalg_qr", _qr_kernel, outputs=("Q", "R"), self=_qr_rule)

# --- singular values --------------------------------------------------------------------------------------------------


def _svd_kernel(self: Any, *, full: bool) -> Any:
    U, S, Vh = of_numpy("svd", np.linalg.svd)(self, full_matrices=full)
    return U, S, Vh


def _svd_rule(g: Any, U: Any, S: Any, Vh: Any, full: bool) -> Any:
    # dA = dU S V^H + U dS V^H + U S dV^H, where U^H dU and V^H dV are skew-Hermitian
    of_U, of_S, of_Vh = g
    k = S.shape[-1]
    if full:
        U, Vh = U[..., :, :k], Vh[..., :k, :]
        of_U = None if of_U is None else of_U[..., :, :k]
        of_Vh = None if of_Vh is None else of_Vh[..., :k, :]
    row, column = S[..., None, :], S[..., :, None]
    gap = row * row - column * column + eye(k, S)
    inner: Any = 0 if of_S is None else diag_embed(of_S)
    if of_U is not None:
        skew = _skew(transposed(U) @ of_U)
        inner = inner + skew / gap * row
        if is_complex(U):
            _refuse_phase(skew, of_Vh, Vh)
            inner = inner + diag_embed(_diagonal(skew) / (2 * S))
    if of_Vh is not None:
        inner = inner + column * (_skew(Vh @ transposed(of_Vh)) / gap)
    whole = U @ inner @ Vh
    if of_U is not None and U.shape[-2] > k:
        beyond = of_U / row
        whole = whole + (beyond - U @ (transposed(U) @ beyond)) @ Vh
    if of_Vh is not None and Vh.shape[-1] > k:
        beyond = of_Vh / column
        whole = whole + U @ (beyond - (beyond @ transposed(Vh)) @ Vh)
    return whole


def _skew(x: Any) -> Any:
    return x - transposed(x)


def _refuse_phase(skew: Any, of_Vh: Any, Vh: Any) -> None:
    of_V = 0 if of_Vh is None else _diagonal(_skew(Vh @ transposed(of_Vh)))
    if not np.allclose(raw(_diagonal(skew) + of_V), 0, rtol=1e-2, atol=1e-2):
        raise RuntimeError(
            "svd_backward: The singular vectors in the complex case are specified up to multiplication by e^{i phi}. "
            "The "
            "specified loss function depends on this phase term, making it ill-defined."
        )


svd_op = Op("linalg_svd", _svd_kernel, outputs=("U", "S", "Vh"), self=_svd_rule)

# --- eigenvalues ------------------------------------------------------------------------------------------------------


def _gaps(values: Any) -> Any:
    """The differences of eigenvalues, with ones on the diagonal."""
    return values[..., None, :] - values[..., :, None] + eye(values.shape[-1], values)


def _eigh_rule(g: Any, eigenvalues: Any, eigenvectors: Any) -> Any:
    # V^H dA V = dL + [V^H dV, L], where V^H dV is skew-Hermitian
    of_L, of_V = g
    V = eigenvectors
    if of_V is None:
        return (V * of_L[..., None, :]) @ transposed(V)
    inner = transposed(V) @ of_V
    if is_complex(V) and not np.allclose(raw(_diagonal(inner)).imag, 0, rtol=1e-2, atol=1e-2):
        raise RuntimeError(
            "linalg_eigh_backward: The eigenvectors in the complex case are specified up to multiplication by "
            "e^{i phi}. "
            "The specified loss function depends on this quantity, so it is ill-defined."
        )
    inner = _skew(inner) / 2 / _gaps(eigenvalues)
    inner = inner - diag_embed(_diagonal(inner))
    if of_L is not None:
        inner = inner + diag_embed(of_L)
    return V @ inner @ transposed(V)


eigh_op = Op(
    "linalg_eigh",
    lambda self, *, UPLO: tuple(of_numpy("eigh", np.linalg.eigh)(self, UPLO)),
    outputs=("eigenvalues", "eigenvectors"),
    self=_eigh_rule,
)


def _eig_kernel(self: Any) -> Any:
    values, vectors = of_numpy("eig", np.linalg.eig)(self)
    dtype = np.result_type(self.dtype, np.complex64)
    return values.astype(dtype), vectors.astype(dtype)


def _eig_rule(g: Any, eigenvalues: Any, eigenvectors: Any) -> Any:
    # dA V = dV L + V dL - A dV, with the columns of V of norm one
    of_L, of_V = g
    V = eigenvectors
    adjoint = transposed(V)
    if of_V is None:
        return solve_op(adjoint, of_L[..., :, None] * adjoint)
    inner = adjoint @ of_V
    along = _diagonal(inner)
    if not np.allclose(raw(along).imag, 0, rtol=1e-2, atol=1e-2):
        raise RuntimeError(
            "linalg_eig_backward: The eigenvectors in the complex case are specified up to multiplication by "
            "e^{i phi}. "
            "The specified loss function depends on this quantity, so it is ill-defined."
        )
    inner = (inner - adjoint @ (V * along.real[..., None, :])) / conj(_gaps(eigenvalues))
    inner = inner - diag_embed(_diagonal(inner))
    if of_L is not None:
        inner = inner + diag_embed(of_L)
    return solve_op(adjoint, inner @ adjoint)


eig_op = Op("linalg_eig", _eig_kernel, outputs=("eigenvalues", "eigenvectors"), self=_eig_rule)

# --- LU ---------------------------------------------------------------------------------------------------------------


def _lu_factor_kernel(A: Any, *, pivot: bool) -> Any:
    """Gaussian elimination, packed: the multipliers below the diagonal, and the rows that were swapped."""
    out = np.array(A)
    m, n = A.shape[-2:]
    k = min(m, n)
    pivots = np.broadcast_to(np.arange(1, k + 1, dtype=np.int32), (*A.shape[:-2], k)).copy()
    for at in np.ndindex(*A.shape[:-2]):
        matrix = out[at]
        for i in range(k):
            p = i + int(np.argmax(np.abs(matrix[i:, i]))) if pivot else i
            pivots[at][i] = p + 1
            matrix[[i, p]] = matrix[[p, i]]
            if matrix[i, i] != 0:
                matrix[i + 1 :, i] /= matrix[i, i]
                matrix[i + 1 :, i + 1 :] -= np.outer(matrix[i + 1 :, i], matrix[i, i + 1 :])
    return out, pivots


def permutation(pivots: Any, m: int) -> Any:
    """The permutation matrix of the rows that were swapped."""
    out = np.zeros((*pivots.shape[:-1], m, m))
    for at in np.ndindex(*pivots.shape[:-1]):
        order = np.arange(m)
        for i, p in enumerate(pivots[at]):
            order[[i, p - 1]] = order[[p - 1, i]]
        out[at][order, np.arange(m)] = 1
    return out


def _lu_gradient(of_L: Any, of_U: Any, P: Any, L: Any, U: Any) -> Any:
    """The gradient of A = P L U: L^-1 P^H dA U^-1 = L^-1 dL + dU U^-1, a strictly lower and an upper triangle."""
    m, n, k = L.shape[-2], U.shape[-1], L.shape[-1]
    L1, U1 = L[..., :k, :], U[..., :, :k]
    lower = transposed(L) @ of_L if of_L is not None else 0
    upper = of_U @ transposed(U) if of_U is not None else 0
    if n > k and of_U is not None:  # the rightmost columns of U depend on L alone
        lower = lower - of_U[..., k:] @ transposed(U[..., k:])
        upper = of_U[..., :k] @ transposed(U1)
    if m > k and of_L is not None:  # the undermost rows of L depend on U alone
        upper = upper - transposed(L[..., k:, :]) @ of_L[..., k:, :]
        lower = transposed(L1) @ of_L[..., :k, :]
    inner = _triangle(tril_op, lower, -1) + _triangle(triu_op, upper, 0)
    if n > k:
        right = of_U[..., k:] if of_U is not None else zeros_shaped(inner, (*inner.shape[:-1], n - k))
        inner = cat([_divided_by_triangle(inner, transposed(U1), upper=False), right], -1)
        return P @ triangular_op(transposed(L1), inner, upper=True, unit=True)
    inner = triangular_op(transposed(L1), inner, upper=True, unit=True)
    if m > k:
        below = of_L[..., k:, :] if of_L is not None else zeros_shaped(inner, (*inner.shape[:-2], m - k, k))
        inner = cat([inner, below], -2)
    return P @ _divided_by_triangle(inner, transposed(U1), upper=False)


def _triangle(op: Op, x: Any, k: int) -> Any:
    return op(x, diagonal=k) if hasattr(x, "shape") else x


def unpacked(LU: Any) -> tuple[Any, Any]:
    """L, with ones on its diagonal, and U of their packed form."""
    m, n = LU.shape[-2:]
    k = min(m, n)
    return tril_op(LU[..., :, :k], diagonal=-1) + constant(np.eye(m, k), LU), triu_op(LU[..., :k, :], diagonal=0)


def _lu_factor_rule(g: Any, LU: Any, pivots: Any) -> Any:
    of_LU = g[0]
    m, n = LU.shape[-2:]
    k = min(m, n)
    L, U = unpacked(LU)
    P = constant(permutation(raw(pivots), m), LU)
    return _lu_gradient(tril_op(of_LU[..., :, :k], diagonal=-1), triu_op(of_LU[..., :k, :], diagonal=0), P, L, U)


lu_factor_op = Op(
    "linalg_lu_factor_ex", _lu_factor_kernel, outputs=("LU", "pivots"), differentiable=1, A=_lu_factor_rule
)
