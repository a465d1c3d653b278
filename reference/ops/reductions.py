"""Reductions: sum, mean, prod, var, std, max, min, amax, logsumexp, norm, and running ones.

``dim`` is a tuple of non-negative dimensions in a row's parameters; the functions below bring the user's forms there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.dtypes import OF_NUMPY
from reference.ops.arithmetic import conj
from reference.ops.logic import where
from reference.ops.table import Op
from reference.tensor import Tensor


def dimension(dim: int, ndim: int) -> int:
    """A dimension counted from the front; IndexError where there is none."""
    span = max(ndim, 1)
    if not -span <= dim < span:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {dim})"
        )
    return dim % span


def dimensions(dim: Any, ndim: int) -> tuple[int, ...]:
    """The dimensions that a reduction runs over: all, for None or an empty list."""
    if dim is None or (isinstance(dim, Sequence) and not dim):
        return tuple(range(ndim))
    if isinstance(dim, int):
        return (dimension(dim, ndim),) if ndim else ()
    found = tuple(dimension(d, ndim) for d in dim)
    if len(set(found)) != len(found):
        raise RuntimeError(f"dim {found[0]} appears multiple times in the list of dims")
    return found if ndim else ()


def restore(g: Any, dim: Any, keepdim: bool) -> Any:
    """Give back the dimensions of size one that a reduction over ``dim`` dropped."""
    if keepdim or not dim or not getattr(g, "ndim", 0) and not dim:
        return g
    if isinstance(g, Tensor):
        for d in sorted(dim):
            g = g.unsqueeze(d)
        return g
    return np.expand_dims(g, dim)


def spread(g: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    """The gradient of a sum: the same for every element that was summed."""
    g = restore(g, dim, keepdim)
    if isinstance(g, Tensor):
        return g.expand(shape)
    size = 1
    for n in shape:
        size *= n
    if size > 4096:
        return np.broadcast_to(g, shape)
    full = np.empty(shape, g.dtype)  # cheaper than np.broadcast_to, while it is small
    full[...] = g
    return full


def _count(shape: Any, dim: Any) -> int:
    n = 1
    for d in dim:
        n *= shape[d]
    return n


def _sum_kernel(self: Any, *, dim: Any, keepdim: bool) -> Any:
    if self.dtype.kind in "biu":
        return np.add.reduce(self, axis=dim, keepdims=keepdim, dtype=np.int64)
    return np.add.reduce(self, axis=dim, keepdims=keepdim)


# d(sum x) = sum dx
sum_op = Op(
    "sum",
    _sum_kernel,
    self=lambda g, self_shape, dim, keepdim: spread(g, self_shape, dim, keepdim),
)


def _mean_kernel(self: Any, *, dim: Any, keepdim: bool) -> Any:
    total = np.add.reduce(self, axis=dim, keepdims=keepdim)
    n = _count(self.shape, dim)
    return total / n if n else total * np.nan


# d(mean x) = sum dx / n
mean_op = Op(
    "mean",
    _mean_kernel,
    self=lambda g, self_shape, dim, keepdim: spread(g / _count(self_shape, dim), self_shape, dim, keepdim),
)


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, dtype: Any = None) -> Any:
    """The sum over all or some dimensions; cast to ``dtype`` first, where given (TYP-08)."""
    if isinstance(input, Tensor):
        if dtype is not None:
            input = input.to(dtype)
        return sum_op(input, dim=dimensions(dim if axis is None else axis, input._array.ndim), keepdim=keepdim)
    return _sum_kernel(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, dtype: Any = None) -> Any:
    """The mean over all or some dimensions."""
    if isinstance(input, Tensor):
        if dtype is not None:
            input = input.to(dtype)
        if input._array.dtype.kind in "biu":
            raise RuntimeError(
                "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. "
                f"Got: {input.dtype}"
            )
        return mean_op(input, dim=dimensions(dim if axis is None else axis, input._array.ndim), keepdim=keepdim)
    return _mean_kernel(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)


def _ties_share(g: Any, self: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    # the entries that equal the extreme share its gradient evenly (NUM-09 to NUM-11)
    chosen = self == restore(result, dim, keepdim)
    count = sum(chosen, dim=list(dim), keepdim=True) if dim else 1
    return where(chosen, restore(g, dim, keepdim) / count, 0 * self)


def _extreme(name: str, kernel: Any) -> Op:
    def reduce(self: Any, *, dim: Any, keepdim: bool) -> Any:
        if self.size == 0 and _count(self.shape, dim) == 0:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        return kernel.reduce(self, axis=dim, keepdims=keepdim)

    return Op(name, reduce, self=_ties_share)


amax_op = _extreme("amax", np.maximum)
amin_op = _extreme("amin", np.minimum)


def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest element over all or some dimensions; ties share the gradient."""
    ndim = input.ndim
    return amax_op(input, dim=dimensions(dim, ndim), keepdim=keepdim)


def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest element over all or some dimensions; ties share the gradient."""
    return amin_op(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)


def _variance_kernel(self: Any, *, dim: Any, correction: Any, keepdim: bool) -> Any:
    n = _count(self.shape, dim)
    centred = self - np.add.reduce(self, axis=dim, keepdims=True) / max(n, 1)
    squares = np.add.reduce((centred * centred.conj()).real, axis=dim, keepdims=keepdim)
    return np.true_divide(squares, max(n - correction, 0)).astype(squares.dtype, copy=False)


def _variance_rule(g: Any, self: Any, dim: Any, correction: Any, keepdim: bool) -> Any:
    # d var = 2 sum (x - mean) dx / (n - correction)
    n = _count(self.shape, dim)
    degrees = n - correction
    centred = self - mean(self, dim=list(dim), keepdim=True) if dim else self - self
    scale = 2 / degrees if degrees > 0 else float("nan")
    return restore(g, dim, keepdim) * (scale * centred)


var_op = Op("var", _variance_kernel, self=_variance_rule)


def _std_rule(g: Any, self: Any, result: Any, dim: Any, correction: Any, keepdim: bool) -> Any:
    # d std = d var / (2 std), which is 0 where the std is (NUM-34)
    slope = where(result == 0, 0 * result, g / (2 * result))
    return _variance_rule(slope, self, dim, correction, keepdim)


std_op = Op("std", lambda self, *, dim, correction, keepdim: np.sqrt(
    _variance_kernel(self, dim=dim, correction=correction, keepdim=keepdim)), self=_std_rule)


def _spread_arguments(input: Any, dim: Any, unbiased: Any, correction: Any) -> tuple[Any, Any]:
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    return dimensions(dim, input.ndim), correction


def var(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The variance; divided by n - 1 unless ``correction`` (or ``unbiased``) says otherwise."""
    dim, correction = _spread_arguments(input, dim, unbiased, correction)
    return var_op(input, dim=dim, correction=correction, keepdim=keepdim)


def std(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The standard deviation, as `var`."""
    dim, correction = _spread_arguments(input, dim, unbiased, correction)
    return std_op(input, dim=dim, correction=correction, keepdim=keepdim)


def var_mean(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The variance and the mean."""
    return var(input, dim, unbiased, keepdim, correction=correction), mean(input, _no_bool(dim), keepdim)


def std_mean(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The standard deviation and the mean."""
    return std(input, dim, unbiased, keepdim, correction=correction), mean(input, _no_bool(dim), keepdim)


def _no_bool(dim: Any) -> Any:
    return None if isinstance(dim, bool) else dim


def _logsumexp_kernel(self: Any, *, dim: Any, keepdim: bool) -> Any:
    largest = np.maximum.reduce(self, axis=dim, keepdims=True, initial=-np.inf)
    finite = np.where(np.isfinite(largest), largest, 0).astype(self.dtype)
    total = np.log(np.add.reduce(np.exp(self - finite), axis=dim, keepdims=True)) + finite
    return total if keepdim else np.squeeze(total, axis=dim)


# d log sum exp x = sum exp(x - result) dx
def _logsumexp_rule(g: Any, self: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    from reference.ops.pointwise import exp

    return restore(g, dim, keepdim) * exp(self - restore(result, dim, keepdim))


logsumexp_op = Op("logsumexp", _logsumexp_kernel, self=_logsumexp_rule, promotes="float")


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The logarithm of the sum of exponentials, without overflow (NUM-50)."""
    return logsumexp_op(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)


def _prod_kernel(self: Any, *, dim: Any, keepdim: bool) -> Any:
    dtype = np.int64 if self.dtype.kind in "biu" else None
    return np.multiply.reduce(self, axis=dim, keepdims=keepdim, dtype=dtype)


def _prod_rule(g: Any, self: Any, dim: Any, keepdim: bool) -> Any:
    # d prod = sum_i (product of the others) dx_i, also where some are zero (NUM-31, NUM-32)
    g = restore(g, dim, keepdim)
    return g * conj(_products_of_others(self, dim))


def _products_of_others(x: Any, dim: Any) -> Any:
    """For each element, the product of the others along ``dim``, as products of those before and of those behind."""
    from reference.ops.joining import cat
    from reference.ops.shapes import flip, narrow, ones_like, reshape

    if not dim:
        return ones_like(x)
    if len(dim) > 1:
        flat = reshape(x, (-1,))
        return reshape(_products_of_others(flat, (0,)), tuple(x.shape))
    d = dim[0]
    n = x.shape[d]
    one = ones_like(narrow(x, d, 0, 1)) if n else x
    before = cumprod(cat([one, narrow(x, d, 0, n - 1)], d), d) if n else x
    reverse = flip(x, [d])
    behind = flip(cumprod(cat([one, narrow(reverse, d, 0, n - 1)], d), d), [d]) if n else x
    return before * behind


prod_op = Op("prod", _prod_kernel, self=_prod_rule)


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product over all elements or one dimension."""
    if dtype is not None:
        input = input.to(dtype)
    return prod_op(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)


def _accumulated(kernel: Any) -> Any:
    def run(self: Any, *, dim: int) -> Any:
        if self.ndim == 0:
            return np.array(self)
        return kernel.accumulate(self, axis=dim, dtype=np.int64 if self.dtype.kind in "biu" else None)

    return run


def _reverse_cumsum(g: Any, dim: int) -> Any:
    from reference.ops.shapes import flip

    if g.ndim == 0:
        return g
    return flip(cumsum_op(flip(g, [dim]), dim=dim), [dim])


# d(running sum) = running sum of dx, so the gradient is a running sum from behind
cumsum_op = Op("cumsum", _accumulated(np.add), self=lambda g, dim: _reverse_cumsum(g, dim))


def _cumprod_rule(g: Any, self: Any, result: Any, dim: int) -> Any:
    # the gradient of x_i sums, over every k >= i, g_k times the product of x_0 .. x_k without x_i; exact at zeros (NUM-33)
    from reference.ops.joining import stack
    from reference.ops.shapes import narrow, select

    if self.ndim == 0:
        return g
    n = self.shape[dim]
    slopes = []
    for i in range(n):
        before = select(cumprod_op(narrow(self, dim, 0, i), dim=dim), dim, i - 1) if i else None
        behind = g if i == 0 else narrow(g, dim, i, n - i)
        total = None
        running = None
        for k in range(n - i):
            if k:
                factor = select(self, dim, i + k)
                running = factor if running is None else running * factor
            term = select(behind, dim, k)
            term = term if running is None else term * conj(running)
            total = term if total is None else total + term
        slopes.append(total if before is None else total * conj(before))
    return stack(slopes, dim) if slopes else g


cumprod_op = Op("cumprod", _accumulated(np.multiply), self=_cumprod_rule)


def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running sum along a dimension."""
    if dtype is not None:
        input = input.to(dtype)
    return cumsum_op(input, dim=dimension(dim, input.ndim))


def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running product along a dimension."""
    if dtype is not None:
        input = input.to(dtype)
    return cumprod_op(input, dim=dimension(dim, input.ndim))


def all(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether all elements are non-zero."""
    from reference.tensor import wrap

    return wrap(np.all(input._array, axis=dim, keepdims=keepdim))


def any(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
    """Whether any element is non-zero."""
    from reference.tensor import wrap

    return wrap(np.any(input._array, axis=dim, keepdims=keepdim))


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are non-zero."""
    from reference.tensor import wrap

    return wrap(np.asarray(np.count_nonzero(input._array, axis=dim), np.int64))


def dtype_of(x: Any) -> Any:
    """The dtype of a tensor or array, as ours."""
    return x.dtype if isinstance(x, Tensor) else OF_NUMPY[x.dtype]
