"""The functions of linear algebra that ``torch`` itself has, most of them older forms of those in ``torch.linalg``."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.factories import arange
from reference.linalg import decompositions, products, solving
from reference.linalg.checks import require_matrices, require_square
from reference.ops.decompositions import cholesky_inverse_op, cholesky_solve_op, permutation, unpacked
from reference.ops.logic import where
from reference.ops.pointwise import log
from reference.ops.results import named
from reference.ops.rules import transposed
from reference.ops.shapes import broadcast_shapes, expand
from reference.tensor import wrap

_QR, _SVD, _Geqrf = named("qr", "Q", "R"), named("svd", "U", "S", "V"), named("geqrf", "a", "tau")
_LUUnpack = named("lu_unpack", "P", "L", "U")
_TriangularSolve = named("triangular_solve", "solution", "cloned_coefficient")

# --- inverses and determinants ----------------------------------------------------------------------------------------


def inverse(input: Any) -> Any:
    """The inverse (`torch.linalg.inv`)."""
    return solving.inv(input)


def pinverse(input: Any, rcond: float = 1e-15) -> Any:
    """The pseudo-inverse (`torch.linalg.pinv`)."""
    return solving.pinv(input, rtol=rcond)


def det(input: Any) -> Any:
    """The determinant (`torch.linalg.det`)."""
    return solving.det(input)


def slogdet(input: Any) -> Any:
    """The sign of the determinant, and the logarithm of its magnitude (`torch.linalg.slogdet`)."""
    return solving.slogdet(input)


def logdet(input: Any) -> Any:
    """The logarithm of the determinant; NaN where that is negative."""
    sign, magnitude = solving.slogdet(input)
    return magnitude + log(sign) if input.is_complex() else where(sign == -1, np.nan, magnitude)


def matrix_exp(input: Any) -> Any:
    """The exponential of a square matrix (`torch.linalg.matrix_exp`)."""
    return products.matrix_exp(input)


def matrix_power(input: Any, n: int) -> Any:
    """The n-th power of a square matrix (`torch.linalg.matrix_power`)."""
    return products.matrix_power(input, n)


def chain_matmul(*matrices: Any) -> Any:
    """The product of several matrices (`torch.linalg.multi_dot`)."""
    given = matrices[0] if len(matrices) == 1 and isinstance(matrices[0], (list, tuple)) else matrices
    for x in given:
        if x.ndim != 2:
            raise RuntimeError(f"chain_matmul(): Tensor should be 2D, got {x.ndim}D tensor instead")
    return products.multi_dot(given) if len(given) > 1 else given[0]


# --- triangles --------------------------------------------------------------------------------------------------------


def cholesky(input: Any, upper: bool = False) -> Any:
    """The Cholesky factor (`torch.linalg.cholesky`)."""
    return decompositions.cholesky(input, upper=upper)


def cholesky_inverse(input: Any, upper: bool = False) -> Any:
    """The inverse of the matrix that a Cholesky factor belongs to."""
    require_square("cholesky_inverse", input)
    return cholesky_inverse_op(input, upper=upper)


def cholesky_solve(input: Any, input2: Any, upper: bool = False) -> Any:
    """The X with A X = input, where A is the matrix that a Cholesky factor ``input2`` belongs to."""
    require_matrices("cholesky_solve", input, input2)
    if input2.shape[-1] != input2.shape[-2] or input.shape[-2] != input2.shape[-1]:
        raise RuntimeError(
            f"Incompatible matrix sizes for cholesky_solve: each A matrix is {input2.shape[-1]} by "
            f"{input2.shape[-2]} but "
            f"each b matrix is {input.shape[-2]} by {input.shape[-1]}"
        )
    batch = tuple(broadcast_shapes(tuple(input.shape[:-2]), tuple(input2.shape[:-2])))
    right, factor = (expand(x, (*batch, *x.shape[-2:])) for x in (input, input2))
    return cholesky_solve_op(right, factor, upper=upper)


def triangular_solve(
    input: Any, A: Any, upper: bool = True, transpose: bool = False, unitriangular: bool = False
) -> Any:
    """The X with A X = input for a triangular A (`torch.linalg.solve_triangular`), and a copy of A."""
    triangle = A.transpose(-2, -1) if transpose else A
    solved = solving.solve_triangular(triangle, input, upper=upper != transpose, unitriangular=unitriangular)
    return _TriangularSolve(solved, A.clone())


# --- decompositions ---------------------------------------------------------------------------------------------------


def qr(input: Any, some: bool = True) -> Any:
    """The QR decomposition (`torch.linalg.qr`)."""
    return _QR(*decompositions.qr(input, "reduced" if some else "complete"))


def svd(input: Any, some: bool = True, compute_uv: bool = True) -> Any:
    """The singular value decomposition with V in the place of V^H (`torch.linalg.svd`)."""
    U, S, Vh = decompositions.svd(input, full_matrices=not some)
    if not compute_uv:
        m, n = input.shape[-2:]
        batch, dtype = tuple(input.shape[:-2]), input._array.dtype
        return _SVD(wrap(np.zeros((*batch, m, m), dtype)), S, wrap(np.zeros((*batch, n, n), dtype)))
    return _SVD(U, S, transposed(Vh))


def lu_solve(input: Any, LU_data: Any, LU_pivots: Any) -> Any:
    """The X with A X = input for an A in its packed form (`torch.linalg.lu_solve`)."""
    return solving.lu_solve(LU_data, LU_pivots, input)


def lu(A: Any, pivot: bool = True, get_infos: bool = False) -> Any:
    """The packed LU decomposition and its pivots (`torch.linalg.lu_factor`)."""
    LU, pivots, info = decompositions.lu_factor_ex(A, pivot=pivot)
    return (LU, pivots, info) if get_infos else (LU, pivots)


def lu_unpack(LU_data: Any, LU_pivots: Any, unpack_data: bool = True, unpack_pivots: bool = True) -> Any:
    """The factors P, L and U of their packed form; those not asked for are empty."""
    if unpack_pivots and LU_pivots._array.dtype != np.int32:
        raise RuntimeError("torch.lu_unpack: LU_pivots is expected to be a contiguous tensor of torch.int32 dtype.")
    empty = wrap(np.zeros(0, LU_data._array.dtype))
    L, U = unpacked(LU_data) if unpack_data else (empty, empty)
    P = empty
    if unpack_pivots:
        P = wrap(permutation(LU_pivots._array, LU_data.shape[-2]).astype(LU_data._array.dtype))
    return _LUUnpack(P, L, U)


def geqrf(input: Any) -> Any:
    """The QR decomposition as LAPACK packs it: R above, Householder vectors below the diagonal, and their factors."""
    require_matrices("geqrf", input)
    packed, tau = np.linalg.qr(input._array, mode="raw")
    return _Geqrf(wrap(np.swapaxes(packed, -1, -2).copy()), wrap(np.array(tau)))


def orgqr(input: Any, tau: Any) -> Any:
    """The columns of a product of Householder reflections (`torch.linalg.householder_product`)."""
    return products.householder_product(input, tau)


def ormqr(input: Any, tau: Any, other: Any, left: bool = True, transpose: bool = False) -> Any:
    """``other`` multiplied, from the left or the right, by the matrix Q of a product of Householder reflections."""
    require_matrices("ormqr", input, other)
    along = other.shape[-2] if left else other.shape[-1]
    if along != input.shape[-2]:
        raise RuntimeError(f"torch.ormqr: other.shape[{-2 if left else -1}] must be equal to input.shape[-2]")
    if tau.shape[-1] > input.shape[-1]:
        raise RuntimeError("torch.ormqr: tau.shape[-1] must be less than or equal to input.shape[-1]")
    if input.ndim - tau.ndim != 1 or input.ndim != other.ndim:
        raise RuntimeError(
            f"torch.ormqr: Expected tau to have one dimension less than input, and other as many, but got {tau.ndim}, "
            f"{input.ndim} and {other.ndim}"
        )
    if any(x._array.dtype is not input._array.dtype for x in (tau, other)):
        raise RuntimeError(
            f"torch.ormqr: Expected input and tau to have the same dtype, but got {input.dtype} and {tau.dtype}"
        )
    product = other if left else transposed(other)
    adjoint = transpose == left
    steps = range(tau.shape[-1])
    for i in steps if adjoint else reversed(steps):
        product = products.reflected(product, input, tau, i, adjoint)
    return product if left else transposed(product)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of a vector's elements as rows, the highest first unless ``increasing``."""
    if x.ndim != 1:
        raise RuntimeError("x must be a one-dimensional tensor.")
    count = x.shape[0] if N is None else N
    if count < 0:
        raise RuntimeError("N must be non-negative.")
    exponents = arange(count) if increasing else arange(count - 1, -1, -1)
    return x.unsqueeze(1) ** exponents
