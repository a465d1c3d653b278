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
    return norm_along(input - other, p, None, False)


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
