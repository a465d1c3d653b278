"""Reductions: sum, mean, prod, var, std, logsumexp, all, any.

``dim`` is a tuple of non-negative dimensions in a row's parameters; the functions below bring the user's forms there.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from reference.autograd.running import add
from reference.ops.dims import count, dimensions
from reference.ops.logic import where
from reference.ops.pointwise import exp
from reference.ops.rules import conj, restore, spread
from reference.ops.scaling import over, times
from reference.ops.table import Op
from reference.tensor import Tensor, wrap, wrap_beside


def _cast(input: Any, dtype: Any) -> Any:
    return input if dtype is None else input.to(dtype=dtype)


# --- sums and means ---------------------------------------------------------------------------------------------------


def _sum_kernel(self: Any, *, dim: Any, keepdim: Any) -> Any:
    if self.dtype.kind in "biu":
        return np.add.reduce(self, axis=dim, keepdims=keepdim, dtype=np.int64)
    return np.add.reduce(self, axis=dim, keepdims=keepdim)


# d(sum x) = sum dx
sum_op = Op(
    "sum",
    _sum_kernel,
    self=lambda g, self_shape, dim, keepdim: spread(g, self_shape, dim, keepdim),
)


#: Over some dimensions: the same under another name.
sum_of_dims_op = sum_op.named("SumBackward1")


def sum(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, dtype: Any = None) -> Any:
    """The sum over all or some dimensions; cast to ``dtype`` first, where given (TYP-08)."""
    input = _cast(input, dtype)
    op = sum_op if dim is None and axis is None else sum_of_dims_op
    total = op(input, dim=dimensions(dim if axis is None else axis, input.ndim), keepdim=keepdim)
    return _cast(total, dtype)  # integers are summed as int64


def _mean_kernel(self: Any, *, dim: Any, keepdim: Any) -> Any:
    total = np.add.reduce(self, axis=dim, keepdims=keepdim)
    n = count(self.shape, dim)
    return total / n if n else total * np.nan


def _mean_rule(g: Any, self_shape: Any, dim: Any, keepdim: Any) -> Any:
    # d(mean x) = sum dx / n; arrays are divided while they are small
    n = count(self_shape, dim)
    if isinstance(g, Tensor):
        return over(spread(g, self_shape, dim, keepdim), n)
    return spread(g / n, self_shape, dim, keepdim)


mean_op = Op("mean", _mean_kernel, self=_mean_rule)


mean_of_dims_op = mean_op.named("MeanBackward1")


def mean(input: Any, dim: Any = None, keepdim: bool = False, *, axis: Any = None, dtype: Any = None) -> Any:
    """The mean over all or some dimensions."""
    input = _cast(input, dtype)
    if isinstance(input, Tensor) and input._array.dtype.kind in "biu":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be either a floating point or complex dtype. Got: "
            f"{input.dtype}"
        )
    op = mean_op if dim is None and axis is None else mean_of_dims_op
    return op(input, dim=dimensions(dim if axis is None else axis, input.ndim), keepdim=keepdim)


def _nansum_kernel(self: Any, *, dim: Any, keepdim: Any) -> Any:
    return _sum_kernel(np.where(np.isnan(self), np.zeros((), self.dtype), self), dim=dim, keepdim=keepdim)


nansum_op = Op(
    "nansum",
    _nansum_kernel,
    self=lambda g, self, dim, keepdim: spread(g, self.shape, dim, keepdim) * (self == self),
)


def nansum(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of what is not NaN."""
    input = _cast(input, dtype)
    if input._array.dtype.kind == "c":
        raise RuntimeError("nansum does not support complex inputs")
    return _cast(nansum_op(input, dim=dimensions(dim, input.ndim), keepdim=keepdim), dtype)


def nanmean(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of what is not NaN."""
    if input._array.dtype.kind not in "fc":
        raise RuntimeError(f"nanmean(): expected input to have floating point or complex dtype but got {input.dtype}")
    counted = input.detach() == input.detach()
    return nansum(input, dim, keepdim, dtype=dtype) / sum(counted, dim, keepdim)


# --- spread -----------------------------------------------------------------------------------------------------------


def _variance(self: Any, *, dim: Any, correction: Any, keepdim: Any, given: int | None) -> Any:
    """The variance, in double precision; of ``given`` dimensions, or of all as none was given."""
    n = count(self.shape, dim)
    self = self.astype(np.complex128 if self.dtype.kind == "c" else np.float64, copy=False)
    centred = self - np.add.reduce(self, axis=dim, keepdims=True) / max(n, 1)
    squares = np.add.reduce((centred * centred.conj()).real, axis=dim, keepdims=keepdim)
    return np.true_divide(squares, max(n - correction, 0))


def _real_dtype(array: Any) -> Any:
    return np.zeros((), array.dtype).real.dtype


def _variance_rule(g: Any, self: Any, dim: Any, correction: Any, keepdim: bool, given: int | None) -> Any:
    # d var = 2 sum (x - mean) dx / (n - correction); without degrees of freedom, where no dimension was given, it is
    # NaN or infinite, and depends on nothing. Where dim=() was, PyTorch takes n for 1
    degrees = (1 if given == 0 else count(self.shape, dim)) - correction
    g, centred = restore(g, dim, keepdim), self - mean_op(self, dim=dim, keepdim=True)
    if degrees <= 0 and given is None:
        return g * where(centred == 0, np.nan, np.inf)
    return times(g, 2 / degrees if degrees else np.inf) * centred


var_op = Op("var", lambda self, **more: _variance(self, **more).astype(_real_dtype(self)), self=_variance_rule)


def _std_rule(g: Any, self: Any, result: Any, dim: Any, correction: Any, keepdim: bool, given: int | None) -> Any:
    # d std = d var / (2 std), which is 0 where the std is (NUM-34)
    return _variance_rule(where(result == 0, 0, g / (2 * result)), self, dim, correction, keepdim, given)


std_op = Op("std", lambda self, **more: np.sqrt(_variance(self, **more)).astype(_real_dtype(self)), self=_std_rule)


def _with_mean(name: str, spread_op: Op, rule: Any) -> Op:
    """A measure of spread and the mean, as one operation; ``rule`` is that of the former."""

    def kernel(self: Any, **parameters: Any) -> Any:
        average = mean_op.kernel(self, dim=parameters["dim"], keepdim=parameters["keepdim"])
        return spread_op.kernel(self, **parameters), average

    def of_both(g: Any, self: Any, spread: Any, dim: Any, correction: Any, keepdim: bool, given: int | None) -> Any:
        of_spread = None if g[0] is None else rule(g[0], self, spread, dim, correction, keepdim, given)
        of_mean = None if g[1] is None else _mean_rule(g[1], self.shape, dim, keepdim)
        return add(of_spread, of_mean)

    return Op(name, kernel, inputs=("self",), outputs=("spread", "average"), self=of_both)


var_mean_op = _with_mean("var_mean", var_op, lambda g, self, _, *parameters: _variance_rule(g, self, *parameters))
std_mean_op = _with_mean("std_mean", std_op, _std_rule)


def _of_spread(name: str, input: Any, dim: Any, unbiased: Any, keepdim: bool, correction: Any) -> dict[str, Any]:
    if input._array.dtype.kind not in "fc":
        raise RuntimeError(f"{name} only support floating point and complex dtypes")
    if isinstance(dim, bool):
        dim, unbiased = None, dim
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    given = None if dim is None or not input.ndim else 1 if isinstance(dim, int) else len(dim)
    dim = dimensions(dim, input.ndim)
    if count(input.shape, dim) <= correction:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor "
            "(input "
            "numel divided by output numel).",
            UserWarning,
            stacklevel=4,
        )
    return {"dim": dim, "correction": correction, "keepdim": keepdim, "given": given}


def var(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The variance; divided by n - 1 unless ``correction`` (or ``unbiased``) says otherwise."""
    return var_op(input, **_of_spread("var", input, dim, unbiased, keepdim, correction))


def std(input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None) -> Any:
    """The standard deviation, as `var`."""
    return std_op(input, **_of_spread("std", input, dim, unbiased, keepdim, correction))


def var_mean(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """The variance and the mean."""
    return var_mean_op(input, **_of_spread("var_mean", input, dim, unbiased, keepdim, correction))


def std_mean(
    input: Any, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: Any = None
) -> Any:
    """The standard deviation and the mean."""
    return std_mean_op(input, **_of_spread("std_mean", input, dim, unbiased, keepdim, correction))


# --- logarithms of sums -----------------------------------------------------------------------------------------------


def _logsumexp_kernel(self: Any, *, dim: Any, keepdim: Any) -> Any:
    largest = np.maximum.reduce(self.real, axis=dim, keepdims=True, initial=-np.inf)
    finite = np.where(np.isfinite(largest), largest, 0).astype(self.dtype)
    total = np.log(np.add.reduce(np.exp(self - finite), axis=dim, keepdims=True)) + finite
    return total if keepdim else np.squeeze(total, axis=dim)


# d log sum exp x = sum exp(x - result) dx
logsumexp_op = Op(
    "logsumexp",
    _logsumexp_kernel,
    self=lambda g, self, result, dim, keepdim: (
        restore(g, dim, keepdim) * conj(exp(self - restore(result, dim, keepdim)))
    ),
    promotes="float",
)


def logsumexp(input: Any, dim: Any, keepdim: bool = False) -> Any:
    """The logarithm of the sum of exponentials, without overflow (NUM-50)."""
    return logsumexp_op(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)


# --- what carries no gradient -----------------------------------------------------------------------------------------


def _deciding(name: str, kernel: Any, meaning: str) -> Any:
    def decide(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        array = input._array
        found = np.asarray(kernel(array, axis=dimensions(dim, array.ndim), keepdims=keepdim))
        return wrap_beside(found.astype(np.uint8) if array.dtype == np.uint8 else found, input)

    decide.__name__, decide.__doc__ = name, meaning
    return decide


all = _deciding("all", np.all, "Whether all elements are non-zero.")
any = _deciding("any", np.any, "Whether any element is non-zero.")


def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements are non-zero."""
    return wrap(np.asarray(np.count_nonzero(input._array, axis=dimensions(dim, input.ndim)), np.int64))
