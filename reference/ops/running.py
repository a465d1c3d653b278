"""Running reductions and differences along a dimension: cumsum, cumprod, logcumsumexp, diff, trapezoid."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.dims import dimension
from reference.ops.joining import cat
from reference.ops.logic import where
from reference.ops.pointwise import exp, log
from reference.ops.rules import accumulated, conj, from_behind, is_complex, raw, refuse_bool
from reference.ops.slices import narrow
from reference.ops.table import Op
from reference.ops.writing import writable
from reference.tensor import Tensor

# d(running sum) = running sum of dx, so the gradient is a running sum from behind
cumsum_op: Op = Op("cumsum", accumulated(np.add), self=lambda g, dim: from_behind(cumsum_op, g, dim))
cumsum_in_dtype_op = Op("cumsum", accumulated(np.add, widened=False), self=cumsum_op.rules["self"])


def running_in(dtype: Any, op: Op, op_in_dtype: Op, input: Any, dim: int) -> Any:
    """What is applied to what for a running reduction, whose integers are 64 bits wide unless a dtype is asked for."""
    dim = dimension(dim, input.ndim)
    if dtype is None:
        return op.bind(input, dim=dim)
    input = input.to(dtype=dtype)
    refuse_bool(f"{op.name}_out", input._array)
    return op_in_dtype.bind(input, dim=dim)


@writable
def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running sum along a dimension: of integers as int64, or in ``dtype``, to which the input is cast first."""
    return running_in(dtype, cumsum_op, cumsum_in_dtype_op, input, dim)


def _logcumsumexp_kernel(self: Any, *, dim: int) -> Any:
    if self.ndim == 0 or not self.size:
        return np.array(self)
    x = np.moveaxis(self, dim, 0)
    out = np.array(x)
    for i in range(1, len(x)):
        out[i] = _log_of_sum(out[i - 1], x[i])
    return np.moveaxis(out, 0, dim).copy()


def _log_of_sum(a: Any, b: Any) -> Any:
    if a.dtype.kind != "c":
        return np.logaddexp(a, b)
    larger, smaller = np.where(a.real >= b.real, a, b), np.where(a.real >= b.real, b, a)
    return np.where(np.isneginf(larger.real), larger, larger + np.log1p(np.exp(smaller - larger)))


def _logcumsumexp_rule(g: Any, self: Any, result: Any, dim: int) -> Any:
    # dx_i gets the sum over k >= i of g_k exp(x_i - y_k), which PyTorch takes by its logarithm: so it has no derivative
    # where a gradient is zero, and takes NaN for zero, as positive and negative gradients go back apart
    if not self.ndim or 0 in self.shape:
        return g

    def going_back(log_g: Any) -> Any:
        return exp(from_behind(logcumsumexp_op, log_g - result, dim) + self)

    if is_complex(g):
        return conj(going_back(log(conj(g))))
    log_g, least = log(abs(g)), np.finfo(raw(g).dtype).min
    return going_back(where(g > 0, log_g, least)) - going_back(where(g < 0, log_g, least))


logcumsumexp_op: Op = Op("logcumsumexp", _logcumsumexp_kernel, self=_logcumsumexp_rule, promotes="float")


def logcumsumexp(input: Any, dim: int) -> Any:
    """The logarithm of the running sum of exponentials. Raises NotImplementedError for integers."""
    if input._array.dtype.kind in "biu":
        raise NotImplementedError(f"\"logcumsumexp_out_cpu\" not implemented for '{input.dtype}'")
    return logcumsumexp_op(input, dim=dimension(dim, input.ndim))


# --- differences and integrals ----------------------------------------------------------------------------------------


def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences between neighbours along a dimension, ``n`` times over."""
    if input.ndim == 0:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = dimension(dim, input.ndim)
    pieces = [x for x in (prepend, input, append) if x is not None]
    for x in pieces:
        if x.ndim != input.ndim:
            raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    x = cat(pieces, dim) if len(pieces) > 1 and n else input
    for _ in range(min(n, x.shape[dim])):
        later, earlier = narrow(x, dim, 1, x.shape[dim] - 1), narrow(x, dim, 0, x.shape[dim] - 1)
        x = later ^ earlier if x.dtype.category == 0 else later - earlier
    return x.clone() if x is input else x


def _areas(y: Any, x: Any, dx: Any, dim: int) -> Any:
    """The area over each interval, and the dimension it lies along."""
    dim = dimension(dim, y.ndim)
    last = y.shape[dim] - 1
    if x is None:
        width = dx
    else:
        if x.ndim == 1 and x.shape[0] != y.shape[dim]:
            raise RuntimeError("There must be one `x` value for each sample point")
        if x.ndim == 1:
            x = x.reshape((-1,) + (1,) * (y.ndim - 1 - dim))
            width = narrow(x, 0, 1, last) - narrow(x, 0, 0, last)
        else:
            along = dimension(dim, x.ndim) if x.ndim == y.ndim else dim - y.ndim
            width = diff(x, dim=along)
    return (narrow(y, dim, 1, last) + narrow(y, dim, 0, last)) * width / 2, dim


def trapezoid(y: Any, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Any:
    """The integral along a dimension by the trapezoid rule."""
    if not isinstance(y, Tensor) or y.shape[dim] == 0:
        return y.sum(dim)
    areas, dim = _areas(y, x, dx, dim)
    return areas.sum(dim)


trapz = trapezoid


def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Any:
    """The running integral along a dimension by the trapezoid rule."""
    areas, dim = _areas(y, x, dx, dim)
    return cumsum(areas, dim)
