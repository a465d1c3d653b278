"""Norms of vectors and matrices, condition numbers, ranks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.linalg.checks import require_floating, require_matrices, require_square
from reference.linalg.decompositions import svdvals
from reference.linalg.solving import bounds
from reference.ops.dims import dimension
from reference.ops.extremes import amax, amin
from reference.ops.inverses import LinAlgError, inv_op
from reference.ops.norms import norm_along
from reference.ops.pointwise import abs
from reference.ops.shapes import movedim, unsqueeze
from reference.tensor import wrap

__all__ = ["cond", "matrix_norm", "matrix_rank", "norm", "vector_norm"]


def _cast(name: str, x: Any, dtype: Any) -> Any:
    require_floating(name, x)
    if dtype is None:
        return x
    if not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(f"linalg.{name}: dtype should be floating point or complex. Got {dtype}")
    if dtype.is_complex != x.is_complex():
        raise RuntimeError(
            f"linalg.{name}: dtype should be {'complex' if x.is_complex() else 'real'} for {x.dtype} inputs"
        )
    if dtype.itemsize < x.dtype.itemsize:
        raise RuntimeError(
            f"linalg.{name}: the dtype of the input ({x.dtype}) should be convertible without narrowing to {dtype}"
        )
    return x.to(dtype)


def vector_norm(x: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The p-th root of the sum of p-th powers of magnitudes; for (minus) infinity the largest (smallest) one."""
    return norm_along(_cast("vector_norm", x, dtype), ord, dim, keepdim)


def matrix_norm(A: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of matrices: "fro", "nuc", or of order 1, 2, infinity and their negatives."""
    A = _cast("matrix_norm", A, dtype)
    require_matrices("matrix_norm", A)
    if not isinstance(dim, (tuple, list)) or len(dim) != 2:
        raise RuntimeError(f"linalg.matrix_norm: dim must be a 2-tuple. Got {dim}")
    rows, columns = (dimension(d, A.ndim) for d in dim)
    if rows == columns:
        raise RuntimeError(f"linalg.matrix_norm: dims must be different. Got ({dim[0]}, {dim[1]})")
    if ord == "fro":
        return norm_along(A, 2, (rows, columns), keepdim)
    if ord == "nuc" or (not isinstance(ord, str) and math.fabs(ord) == 2):
        values = svdvals(movedim(A, (rows, columns), (-2, -1)))
        found = values.sum(-1) if ord == "nuc" else (amax if ord > 0 else amin)(values, -1)
        for d in sorted((rows, columns)) if keepdim else ():
            found = unsqueeze(found, d)
        return found
    if isinstance(ord, str) or math.fabs(ord) not in (1, math.inf):
        raise RuntimeError(f"linalg.matrix_norm: Order {ord} not supported.")
    summed, chosen = (rows, columns) if math.fabs(ord) == 1 else (columns, rows)
    if not keepdim and chosen > summed:
        chosen -= 1
    return norm_along(abs(A).sum(summed, keepdim), math.copysign(math.inf, ord), chosen, keepdim)


def norm(A: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """A vector norm, or a matrix norm where two dimensions (or an order of matrices) are meant."""
    if isinstance(ord, str) or (
        ord is not None and (A.ndim == 2 if dim is None else not isinstance(dim, int) and len(dim) == 2)
    ):
        if dim is None and A.ndim != 2:
            raise RuntimeError(
                f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
            )
        return matrix_norm(A, ord, (-2, -1) if dim is None else dim, keepdim, dtype=dtype)
    if dim is not None and not isinstance(dim, int) and len(dim) not in (1, 2) and ord is not None:
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dim)}")
    if dim is None and ord is not None and A.ndim != 1:
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {A.ndim}D."
        )
    return vector_norm(A, 2 if ord is None else ord, dim, keepdim, dtype=dtype)


def cond(A: Any, p: Any = None) -> Any:
    """The condition number: the norm of a matrix times that of its inverse."""
    require_matrices("cond", A)
    if p is None or p in (2, -2):
        values = svdvals(A)
        largest, least = values[..., 0], values[..., -1]
        return least / largest if p == -2 else largest / least
    require_square("cond", A)
    try:
        inverse = inv_op(A)
    except LinAlgError:
        return wrap(np.full(A._array.shape[:-2], np.inf, A._array.real.dtype))
    return matrix_norm(A, p) * matrix_norm(inverse, p)


def matrix_rank(A: Any, tol: Any = None, hermitian: bool = False, *, atol: Any = None, rtol: Any = None) -> Any:
    """The number of singular values above a bound."""
    require_matrices("matrix_rank", A)
    if tol is not None:
        atol, rtol = tol, 0.0
    array = A._array
    if array.size == 0:
        return wrap(np.zeros(array.shape[:-2], np.int64))
    values = np.abs(np.linalg.eigvalsh(array)) if hermitian else np.linalg.svd(array, compute_uv=False)
    absolute, relative = bounds(A, atol, rtol)
    least = np.maximum(np.asarray(absolute), np.asarray(relative) * values.max(-1))
    return wrap((values > least[..., None]).sum(-1))
