"""Norms of vectors, over all or some dimensions, and the distance that they measure.

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
from reference.ops.rules import conj, restore
from reference.ops.table import Op
from reference.ops.writing import writable


def _norm_kernel(self: Any, *, ord: float, dim: Any, keepdim: Any) -> Any:
    if ord == 2 and self.dtype.kind == "f" and len(dim) == self.ndim and not keepdim:
        flat = self.reshape(-1)
        return np.sqrt(np.dot(flat, flat))
    size = np.abs(self)
    if ord == math.inf:
        return np.maximum.reduce(size, axis=dim, keepdims=keepdim, initial=None if size.size else 0)
    if ord == -math.inf:
        return np.minimum.reduce(size, axis=dim, keepdims=keepdim)
    if ord == 0:
        return np.add.reduce(size != 0, axis=dim, keepdims=keepdim).astype(size.dtype)
    if ord == 1:
        return np.add.reduce(size, axis=dim, keepdims=keepdim)
    if ord == 2:
        return np.sqrt(np.add.reduce(size * size, axis=dim, keepdims=keepdim))
    total = np.add.reduce(size ** size.dtype.type(ord), axis=dim, keepdims=keepdim)
    return total ** size.dtype.type(1 / ord)


def _quotient(a: Any, b: Any) -> Any:
    """a / b, which is zero where b is."""
    zero = b == 0
    return where(zero, 0 * b, a / where(zero, 0 * b + 1, b))


def _norm_rule(g: Any, self: Any, result: Any, ord: float, dim: Any, keepdim: bool) -> Any:
    g, norm = restore(g, dim, keepdim), restore(result, dim, keepdim)
    if ord == 2:
        return self * _quotient(g, norm)
    if ord == 0:
        return self * 0 * g
    if ord == 1:
        return sgn(self) * g
    size = abs(self)
    if math.isinf(ord):
        # the entries of largest magnitude share the gradient evenly (NUM-08)
        chosen = size == norm
        return sgn(self) * where(chosen, g / sum(chosen, list(dim), keepdim=True), 0 * g)
    # d|x|_p = sum |x|^(p-1) sgn(x) dx / |x|_p^(p-1), of which |x|^(p-1) is taken for zero at zero
    zero = size == 0
    powers = where(zero, 0 * size, where(zero, 0 * size + 1, size) ** (ord - 1))
    return sgn(self) * powers * (_quotient(g, norm ** (ord - 1)) if ord > 1 else g * norm ** (1 - ord))


vector_norm_op = Op("linalg_vector_norm", _norm_kernel, self=_norm_rule)


def vector_norm(
    input: Any, ord: float = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, out: Any = None
) -> Any:
    """The p-th root of the sum of p-th powers of magnitudes; for (minus) infinity the largest (smallest) one."""
    if dtype is not None:
        input = input.to(dtype)
    if not input.is_floating_point() and not input.is_complex():
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {input.dtype}"
        )
    found = vector_norm_op(input, ord=float(ord), dim=dimensions(dim, input.ndim), keepdim=keepdim)
    if out is None:
        return found
    from reference.ops.out import write_out

    write_out(out, found)
    return out


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of all elements, or of vectors along dimensions; "fro" is the 2-norm of them."""
    if p == "nuc":
        raise NotImplementedError("torch.norm of order 'nuc' is not there; see torch.linalg.matrix_norm")
    return vector_norm(input, 2 if p in ("fro", None) else p, dim, keepdim, dtype=dtype)


def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The norm of the difference."""
    return vector_norm(input - other, p)


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
