"""Distances and similarities of vectors.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#distance-functions.
"""

from __future__ import annotations

from typing import Any

from reference.autograd.grad_mode import no_grad
from reference.linalg.norms import vector_norm
from reference.ops.autocasting import in_float32
from reference.ops.half_precision import refusing_halves
from reference.ops.norms import cdist_op, norms_of_rows, pdist_op
from reference.ops.scaling import plus
from reference.ops.shapes import broadcast_tensors, clone

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]


def pairwise_distance(x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Any:
    """The p-norm of x1 - x2 + eps along the last dimension."""
    return norms_of_rows(plus(x1 - x2, eps), p, keepdim)


def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-8) -> Any:
    """x1 . x2 / (max(|x1|, eps) max(|x2|, eps)) along a dimension."""
    if not x1.is_floating_point() and not x1.is_complex():
        raise RuntimeError("expected common dtype to be floating point, yet common dtype is " + repr(x1.dtype))
    if x1.shape != x2.shape:
        x1, x2 = broadcast_tensors(x1, x2)
    return ((x1 / _length(x1, dim, eps)) * (x2 / _length(x2, dim, eps))).sum(dim)


def _length(x: Any, dim: int, eps: float) -> Any:
    length = clone(vector_norm(x, 2, dim, True))
    with no_grad():  # the gradient passes below the bound, too (measured)
        length.clamp_min_(eps)
    return length


@in_float32
@refusing_halves
def cdist(x1: Any, x2: Any, p: float = 2.0, compute_mode: str = "use_mm_for_euclid_dist_if_necessary") -> Any:
    """The p-norm distances (..., P, R) of each row of (..., P, M) from each row of (..., R, M)."""
    for i, x in enumerate((x1, x2)):
        if not x.is_floating_point():
            raise RuntimeError(f"cdist only supports floating-point dtypes, X{i + 1} got: {x.dtype}")
    if x1.dtype is not x2.dtype:
        raise RuntimeError(f"expected scalar type {x1.dtype} but found {x2.dtype}")
    if x1.ndim < 2 or x2.ndim < 2:
        raise RuntimeError(
            f"cdist only supports at least 2D tensors, X{1 if x1.ndim < 2 else 2} got: "
            f"{(x1 if x1.ndim < 2 else x2).ndim}D"
        )
    if x1.shape[-1] != x2.shape[-1]:
        raise RuntimeError(f"X1 and X2 must have the same number of columns. X1: {x1.shape[-1]} X2: {x2.shape[-1]}")
    if p < 0:
        raise RuntimeError("cdist only supports non-negative p values")
    return cdist_op(x1, x2, p=float(p))


@refusing_halves
def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norm distances of every two rows of a matrix, in the order of the upper triangle."""
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if p < 0:
        raise RuntimeError("pdist only supports non-negative p values")
    return pdist_op(input, p=float(p))
