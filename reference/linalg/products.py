"""Products of matrices and vectors: matmul, multi_dot, matrix_power, vecdot, cross, vander, householder_product ..."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.linalg.checks import require_floating, require_matrices, require_square
from reference.ops import linear, strides
from reference.ops.autocasting import in_autocast_dtype
from reference.ops.complex import conj
from reference.ops.einsum import cross_along
from reference.ops.inverses import inv_op, matrix_exp_op
from reference.ops.joining import cat
from reference.ops.products import cumprod
from reference.ops.rules import transposed
from reference.ops.shapes import expand, unsqueeze
from reference.tensor import wrap

__all__ = ["cross", "diagonal", "householder_product", "matmul", "matrix_exp", "matrix_power", "multi_dot", "vander",
           "vecdot"]  # fmt: skip


def matmul(input: Any, other: Any) -> Any:
    """The matrix product (`torch.matmul`)."""
    return linear.matmul(input, other)


def diagonal(A: Any, *, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The diagonals of the last two dimensions, as a view."""
    return strides.diagonal(A, offset, dim1, dim2)


def cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The cross product along a dimension of size 3, with others broadcast."""
    return cross_along(input, other, dim)


@in_autocast_dtype
def vecdot(x: Any, y: Any, *, dim: int = -1) -> Any:
    """The sum along a dimension of the products of one's conjugate elements and the other's."""
    require_floating("vecdot", x, y)
    if x._array.dtype is not y._array.dtype:
        raise RuntimeError(f"linalg.vecdot: Expected x and y to have the same dtype, but got {x.dtype} and {y.dtype}")
    return (conj(x) * y).sum(dim)


def multi_dot(tensors: Sequence[Any]) -> Any:
    """The product of several matrices, in the order that costs least; the first and the last may be vectors."""
    tensors = list(tensors)
    if len(tensors) < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {len(tensors)}")
    for i, x in enumerate(tensors):
        ends = i in (0, len(tensors) - 1)
        if x.ndim != 2 and not (ends and x.ndim == 1):
            raise RuntimeError(f"multi_dot(): tensor {i} must be {'1D or ' if ends else ''}2D but got {x.ndim}D")
        if x._array.dtype is not tensors[0]._array.dtype:
            raise RuntimeError(
                f"multi_dot(): all tensors must have be the same dtype but tensor 0 is {tensors[0].dtype} and tensor "
                f"{i} {x.dtype}"
            )
    row, column = tensors[0].ndim == 1, tensors[-1].ndim == 1
    tensors[0] = unsqueeze(tensors[0], 0) if row else tensors[0]
    tensors[-1] = unsqueeze(tensors[-1], -1) if column else tensors[-1]
    sizes = [tensors[0].shape[0], *(x.shape[1] for x in tensors)]
    for i, x in enumerate(tensors):
        if x.shape[0] != sizes[i]:
            raise RuntimeError(
                f"multi_dot(): tensors {i - 1} and {i} with shapes {list(tensors[i - 1].shape)} and {list(x.shape)} "
                "cannot "
                "be multiplied"
            )
    product = _multiplied(tensors, _cheapest_cuts(sizes), 0, len(tensors) - 1)
    product = product.squeeze(-1) if column else product
    return product.squeeze(0) if row else product


def _cheapest_cuts(sizes: list[int]) -> dict[tuple[int, int], int]:
    """Where to cut each stretch of factors, by dynamic programming over their lengths."""
    n = len(sizes) - 1
    cost = {(i, i): 0 for i in range(n)}
    cuts = {}
    for length in range(1, n):
        for i in range(n - length):
            j = i + length
            ways = [(cost[i, k] + cost[k + 1, j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)]
            cost[i, j], cuts[i, j] = min(ways)
    return cuts


def _multiplied(tensors: list[Any], cuts: Any, i: int, j: int) -> Any:
    if i == j:
        return tensors[i]
    k = cuts[i, j]
    return linear.matmul(_multiplied(tensors, cuts, i, k), _multiplied(tensors, cuts, k + 1, j))


def matrix_power(A: Any, n: int) -> Any:
    """The n-th power, of the inverse for a negative n; of integers only for n >= 0."""
    require_square("matrix_power", A, floating=n < 0)
    if n == 0:
        return A.clone().copy_(wrap(np.eye(A.shape[-1], dtype=A._array.dtype)))
    if n < 0:
        A, n = inv_op(A), -n
    power = None
    while n:
        if n % 2:
            power = A if power is None else linear.matmul(power, A)
        n //= 2
        if n:
            A = linear.matmul(A, A)
    return power.clone() if power is A else power


def matrix_exp(A: Any) -> Any:
    """The exponential of a square matrix."""
    require_square("matrix_exp", A)
    return matrix_exp_op(A)


def vander(x: Any, N: int | None = None) -> Any:
    """The powers 0 to N - 1 of a vector's elements, as rows."""
    x = unsqueeze(x, -1) if x.ndim == 0 else x
    n = x.shape[-1] if N is None else N
    if n <= 1:
        raise RuntimeError(f"N must be greater than 1. Got {n}")
    powers = cumprod(expand(unsqueeze(x, -1), (*x.shape, n - 1)), -1)
    return cat([unsqueeze(x, -1) * 0 + 1, powers], -1) if x.numel() else powers


def householder_product(A: Any, tau: Any) -> Any:
    """The first columns of a product of reflections I - tau v v^H, whose v are the columns of A below the diagonal."""
    require_matrices("householder_product", A)
    if A.shape[-1] > A.shape[-2]:
        raise RuntimeError(
            "torch.linalg.householder_product: input.shape[-2] must be greater than or equal to input.shape[-1]"
        )
    if tau.shape[-1] > A.shape[-1]:
        raise RuntimeError(
            "torch.linalg.householder_product: input.shape[-1] must be greater than or equal to tau.shape[-1]"
        )
    if A.ndim - tau.ndim != 1:
        raise RuntimeError(
            "torch.linalg.householder_product: Expected tau to have one dimension less than input, but got tau.ndim "
            "equal "
            f"to {tau.ndim} and input.ndim is equal to {A.ndim}"
        )
    if tuple(A.shape[:-2]) != tuple(tau.shape[:-1]):
        raise RuntimeError(
            "torch.linalg.householder_product: Expected batch of tau to be equal to input.shape[:-2], but got "
            f"{list(tau.shape[:-1])}"
        )
    if A._array.dtype is not tau._array.dtype:
        raise RuntimeError(
            f"torch.linalg.householder_product: tau dtype {tau.dtype} does not match input dtype {A.dtype}"
        )
    m, n = A.shape[-2:]
    product = A.clone().copy_(wrap(np.eye(m, n, dtype=A._array.dtype)))
    for i in reversed(range(tau.shape[-1])):
        product = reflected(product, A, tau, i)
    return product


def reflected(x: Any, A: Any, tau: Any, i: int, adjoint: bool = False) -> Any:
    """``x`` from the left reflected by the i-th Householder vector."""
    m = A.shape[-2]
    one = wrap((np.arange(m) == i).astype(A._array.dtype))
    v = A[..., i] * wrap((np.arange(m) > i).astype(A._array.dtype)) + one
    v = unsqueeze(v, -1)
    scale = tau[..., i][..., None, None]
    return x - (conj(scale) if adjoint else scale) * linear.matmul(v, linear.matmul(transposed(v), x))
