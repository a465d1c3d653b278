"""Norms of vectors, over all or some dimensions, the distance that they measure, and scaling down to a norm.

Where the norm is zero its gradient is zero, of all subgradients the one of smallest norm (NUM-06).
Source: https://docs.pytorch.org/docs/stable/generated/torch.linalg.vector_norm.html.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.ops.dims import dimension, dimensions
from reference.ops.logic import where
from reference.ops.pointwise import abs, sgn
from reference.ops.reductions import sum
from reference.ops.rules import conj, restore, zeros_shaped
from reference.ops.table import Op
from reference.ops.writing import writable


def _norm_kernel(self: Any, *, ord: float, dim: Any, keepdim: Any) -> Any:
    if ord == 2 and self.dtype.kind == "f" and len(dim) == self.ndim and not keepdim:
        flat = self.reshape(-1)
        return np.sqrt(np.dot(flat, flat))
    size = np.abs(self)
    if math.isinf(ord):
        if not size.size and any(not self.shape[d] for d in dim) and ord < 0:
            raise RuntimeError(f"linalg.vector_norm cannot compute the {ord} norm on an empty tensor")
        extreme = np.maximum if ord > 0 else np.minimum
        return extreme.reduce(size, axis=dim, keepdims=keepdim, initial=None if size.size else 0)
    if ord == 0:
        return np.add.reduce(size != 0, axis=dim, keepdims=keepdim).astype(size.dtype)
    if ord == 1:
        return np.add.reduce(size, axis=dim, keepdims=keepdim)
    if ord == 2:
        return np.sqrt(np.add.reduce(size * size, axis=dim, keepdims=keepdim))
    total = np.add.reduce(size ** size.dtype.type(ord), axis=dim, keepdims=keepdim)
    return total ** size.dtype.type(1 / ord)


def _norm_rule(g: Any, self: Any, result: Any, ord: float, dim: Any, keepdim: bool) -> Any:
    g, norm = restore(g, dim, keepdim), restore(result, dim, keepdim)
    if ord == 0:
        return zeros_shaped(self, self.shape)
    if ord == 1:
        return g * sgn(self)
    if ord == 2:
        return g * where(norm == 0, 0, self / norm)
    size = abs(self)
    if math.isinf(ord):
        # the entries of largest magnitude share the gradient evenly (NUM-08)
        chosen = (size == norm) | (size != size)
        return sgn(self) * (g / sum(chosen, list(dim), keepdim=True) * chosen)
    # d|x|_p = sum |x|^(p-1) sgn(x) dx / |x|_p^(p-1), which is taken for zero where |x| or |x|_p is
    if ord < 1:
        return sgn(self) * where(self == 0, 0, size ** (ord - 1)) * g * norm ** (1 - ord)
    scale = where(norm == 0, 0, g / norm ** (ord - 1))
    return (sgn(self) * size ** (ord - 1) if ord < 2 else self * size ** (ord - 2)) * scale


vector_norm_op = Op("linalg_vector_norm", _norm_kernel, self=_norm_rule)
#: The same under the name that it has in distances.
_distance_norm_op = vector_norm_op.named("NormBackward1")


def norms_of_rows(x: Any, p: float, keepdim: bool = False) -> Any:
    """The p-norms along the last dimension."""
    return _distance_norm_op(x, ord=float(p), dim=(x.ndim - 1,), keepdim=keepdim)


def _all_dimensions(x: Any) -> tuple[int, ...]:
    return tuple(range(len(x.shape)))


def _dist_kernel(self: Any, other: Any, *, p: float) -> Any:
    difference = self - other
    return _norm_kernel(difference, ord=p, dim=_all_dimensions(difference), keepdim=False)


def _dist_rule(g: Any, self: Any, other: Any, result: Any, p: float) -> Any:
    difference = self - other
    return _norm_rule(g, difference, result, p, _all_dimensions(difference), False)


dist_op = Op(
    "dist",
    _dist_kernel,
    promotes="common",
    self=_dist_rule,
    other=lambda g, self, other, result, p: -_dist_rule(g, self, other, result, p),
)


def _differences(x1: Any, x2: Any) -> Any:
    """The differences of each row of (..., P, M) from each row of (..., R, M)."""
    return x1[..., :, None, :] - x2[..., None, :, :]


def _rule_of_differences(g: Any, x1: Any, x2: Any, result: Any, p: float) -> Any:
    difference = _differences(x1, x2)
    return _norm_rule(g, difference, result, p, (len(difference.shape) - 1,), False)


cdist_op = Op(
    "cdist",
    lambda x1, x2, *, p: _norm_kernel(_differences(x1, x2), ord=p, dim=(-1,), keepdim=False),
    x1=lambda g, x1, x2, result, p: sum(_rule_of_differences(g, x1, x2, result, p), [-2]),
    x2=lambda g, x1, x2, result, p: -sum(_rule_of_differences(g, x1, x2, result, p), [-3]),
)


def _pdist_kernel(self: Any, *, p: float) -> Any:
    first, second = np.triu_indices(len(self), 1)
    return _norm_kernel(self[first] - self[second], ord=p, dim=(1,), keepdim=False)


def _pdist_rule(g: Any, self: Any, result: Any, p: float) -> Any:
    # that of `cdist` with itself, where the gradient lies above the diagonal
    upper = _above_diagonal(result, self.shape[0])
    h = _rule_of_differences(_above_diagonal(g, self.shape[0]), self, self, upper + upper.T, p)
    return sum(h, [1]) - sum(h, [0])


def _above_diagonal(x: Any, n: int) -> Any:
    whole = zeros_shaped(x, (n, n))
    whole[np.triu_indices(n, 1)] = x
    return whole


pdist_op = Op("pdist", _pdist_kernel, self=_pdist_rule)


def norm_along(input: Any, ord: Any, dim: Any, keepdim: bool) -> Any:
    """The norm of a tensor's vectors, along the dimensions given or all."""
    return vector_norm_op(input, ord=float(ord), dim=dimensions(dim, input.ndim), keepdim=keepdim)


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of all elements, or of vectors along dimensions; "fro" is the 2-norm of them, "nuc" that of matrices."""
    input = input if dtype is None else input.to(dtype)
    if input._array.dtype.kind not in "fc":
        raise RuntimeError(
            f"norm(): input dtype should be either floating point or complex. Got {input.dtype} instead."
        )
    if p == "nuc":
        from reference.linalg.norms import matrix_norm

        return matrix_norm(input, "nuc", (-2, -1) if dim is None else dim, keepdim)
    return norm_along(input, 2 if p in ("fro", None) else p, dim, keepdim)


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The norm of the difference."""
    return dist_op(input, other, p=float(p))


def _renorm_rule(g: Any, self: Any, p: float, dim: int, maxnorm: float) -> Any:
    """d(x / max(|x|, maxnorm)): where a slice was scaled down, its scale depends on it."""
    over = tuple(d for d in range(len(self.shape)) if d != dim)
    norm = vector_norm_op(self, ord=p, dim=over, keepdim=True)
    scale = maxnorm / (norm + _LEAST)
    of_norm = sum(g * conj(self), list(over), keepdim=True).real * (-scale / (norm + _LEAST))
    scaled = g * scale + _norm_rule(of_norm, self, norm, p, over, True)
    return where(norm > maxnorm, scaled, g)


_LEAST = 1e-7


def _renorm_kernel(self: Any, *, p: float, dim: int, maxnorm: float) -> Any:
    over = tuple(d for d in range(self.ndim) if d != dim)
    norm = _norm_kernel(self, ord=p, dim=over, keepdim=True)
    return (self * np.where(norm > maxnorm, maxnorm / (norm + _LEAST), 1)).astype(self.dtype, copy=False)


renorm_op = Op("renorm", _renorm_kernel, self=_renorm_rule)


@writable
def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Each slice along a dimension whose p-norm exceeds ``maxnorm``, scaled down to it."""
    if p <= 0:
        raise RuntimeError("renorm: non-positive-norm not supported")
    if maxnorm < 0:
        raise RuntimeError(f"renorm: expected maxnorm to be >= 0 but got {maxnorm}")
    if input.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, got {input.ndim} dimensions")
    return renorm_op.bind(input, p=float(p), dim=dimension(dim, input.ndim), maxnorm=float(maxnorm))
