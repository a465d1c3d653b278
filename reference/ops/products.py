"""Products of all elements, or of those along dimensions: prod, cumprod."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.dims import dimensions
from reference.ops.joining import cat, stack
from reference.ops.rules import accumulated, conj, from_behind, ones_shaped, raw, restore
from reference.ops.running import cumsum_op, running_in
from reference.ops.slices import narrow
from reference.ops.table import Op
from reference.ops.writing import writable


def _prod_kernel(self: Any, *, dim: Any, keepdim: Any) -> Any:
    dtype: Any = np.int64 if self.dtype.kind in "biu" else None
    return np.multiply.reduce(self, axis=dim, keepdims=keepdim, dtype=dtype)


def _prod_rule(g: Any, self: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    # d prod = sum_i (product of the others) dx_i, also where some are zero (NUM-31, NUM-32)
    if not self.ndim:
        return g
    g = restore(g, dim, keepdim)
    if raw(self).all():
        return g * conj(restore(result, dim, keepdim) / self)
    return g * conj(_products_of_others(self, dim))


def _products_of_others(x: Any, dim: Any) -> Any:
    """For each element, the product of the others along ``dim``: of those before and of those behind it."""
    if len(dim) > 1:
        return _products_of_others(x.reshape(-1), (0,)).reshape(x.shape)
    if not dim:
        return ones_shaped(x, x.shape)
    if not x.shape[dim[0]]:
        return x
    if x.shape[dim[0]] == 1:
        return ones_shaped(x, x.shape)  # which depends on nothing
    return _product_of_those_before(x, dim[0]) * _product_of_those_before(x, dim[0], behind=True)


prod_op = Op("prod", _prod_kernel, self=_prod_rule)


prod_of_dim_op = prod_op.named("ProdBackward1")


def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product over all elements or one dimension."""
    input = input if dtype is None else input.to(dtype=dtype)
    product = (prod_op if dim is None else prod_of_dim_op)(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)
    return product if dtype is None else product.to(dtype=dtype)  # integers are multiplied as int64


def _product_of_those_before(x: Any, dim: int, behind: bool = False) -> Any:
    """The product of the entries before each along a dimension (of those ``behind`` it)."""
    n = x.shape[dim]
    one = ones_shaped(x, (*x.shape[:dim], 1, *x.shape[dim + 1 :]))
    if behind:
        return from_behind(cumprod_op, cat([narrow(x, dim, 1, n - 1), one], dim), dim)
    return cumprod_op(cat([one, narrow(x, dim, 0, n - 1)], dim), dim=dim)


def _cumprod_rule(g: Any, self: Any, result: Any, dim: int) -> Any:
    # y_k = x_0 ... x_k, so dx_i gets the sum over k >= i of g_k times the others of those: exact where some are zero, too
    # (NUM-33)
    if not self.ndim or self.shape[dim] <= 1 or 0 in self.shape:
        return g
    self = conj(self)
    if raw(self).all():
        return from_behind(cumsum_op, g * conj(result), dim) / self
    if isinstance(g, np.ndarray):
        return _cumprod_slopes_among_zeros(g, self, conj(result), dim)
    n = self.shape[dim]
    slopes = [(narrow(g, dim, i, n - i) * _products_without(self, dim, i)).sum(dim) for i in range(n)]
    return stack(slopes, dim)


def _products_without(x: Any, dim: int, i: int) -> Any:
    """The running products from the entry i of a dimension on, leaving it out."""
    n = x.shape[dim]
    before = prod_of_dim_op(narrow(x, dim, 0, i), dim=(dim,), keepdim=True)
    if i == n - 1:
        return before
    behind = cumprod_op(narrow(x, dim, i + 1, n - i - 1), dim=dim)
    return cat([before, before * behind if i else behind], dim)


def _cumprod_slopes_among_zeros(g: Any, x: Any, y: Any, dim: int) -> Any:
    """The same, of arrays: what a zero multiplies is left out, be it infinite or NaN."""
    zeros = np.add.accumulate(x == 0, axis=dim, dtype=np.int64)
    first = (zeros == 1) & (x == 0)
    before = zeros == 0
    slopes = from_behind(cumsum_op, np.where(before, g * y, 0), dim) / np.where(before, x, 1)
    behind = np.multiply.accumulate(np.where(before | first, 1, np.where(zeros == 1, x, 0)), axis=dim)
    ahead = np.multiply.reduce(np.where(before, x, 1), axis=dim, keepdims=True)
    at_first = ahead * np.add.reduce(np.where(zeros == 1, g, 0) * behind, axis=dim, keepdims=True)
    return np.where(before, slopes, np.where(first, at_first, 0)).astype(g.dtype, copy=False)


cumprod_op = Op("cumprod", accumulated(np.multiply), self=_cumprod_rule)
cumprod_in_dtype_op = Op("cumprod", accumulated(np.multiply, widened=False), self=_cumprod_rule)


@writable
def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running product along a dimension: of integers as int64, or in ``dtype``, to which the input is cast first."""
    return running_in(dtype, cumprod_op, cumprod_in_dtype_op, input, dim)
