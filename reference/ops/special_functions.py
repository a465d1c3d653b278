"""Special functions: erf, gamma functions, Bessel functions of order 0 and 1, entropies, quantiles ...

``erf``, ``erfc`` and ``lgamma`` are Python's own, element by element; what Python lacks is SciPy's, which is asked for
when such a function is first called, so that the engine needs NumPy alone.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from reference.ops.elementwise import Binary, Unary
from reference.ops.gamma import digamma_series, polygamma_series
from reference.ops.logic import where
from reference.ops.pointwise import exp, log, sgn
from reference.ops.promotion import default_float
from reference.ops.rules import not_implemented
from reference.ops.scaling import times
from reference.ops.scipy_kernels import scipy_special
from reference.ops.table import Op
from reference.ops.writing import writable, write_in_place
from reference.tensor import Tensor


def _python(function: Any) -> Any:
    """A kernel of one of Python's own functions."""
    vectorized = np.frompyfunc(function, 1, 1)
    return lambda x: np.asarray(vectorized(x)).astype(x.dtype)


def _special(name: str, kernel: Any, rule: Any = None, **facts: Any) -> Unary:
    return Unary(name, kernel, rule, promotes="float", **facts)


# --- error functions --------------------------------------------------------------------------------------------------

_TWO_OVER_ROOT_PI = 2 / math.sqrt(math.pi)

# d erf(x) = 2/sqrt(pi) exp(-x^2) dx
erf = _special("erf", _python(math.erf), lambda g, self: times(exp(-(self**2)), _TWO_OVER_ROOT_PI) * g)
erfc = _special("erfc", _python(math.erfc), lambda g, self: times(exp(-(self**2)), -_TWO_OVER_ROOT_PI) * g)
erfinv = _special(
    "erfinv", scipy_special("erfinv"), lambda g, self: times(exp(erfinv(self) ** 2), 1 / _TWO_OVER_ROOT_PI) * g
)

# erfcx(x) = exp(x^2) erfc(x)
erfcx_op = _special(
    "erfcx",
    scipy_special("erfcx"),
    lambda g, self, result: g * (2 * self * result - _TWO_OVER_ROOT_PI),
    node="SpecialErfcxBackward0",
)

# the normal distribution: its inverse, and the logarithm of its cumulative function
ndtri_op = _special(
    "ndtri",
    scipy_special("ndtri"),
    lambda g, result: g * math.sqrt(2 * math.pi) * exp(result * result / 2),
    node="SpecialNdtriBackward0",
)
log_ndtr_op = _special(
    "log_ndtr",
    scipy_special("log_ndtr"),
    lambda g, self: g * (math.sqrt(2 / math.pi) / erfcx_op(self * -math.sqrt(0.5))),
    node="SpecialLogNdtrBackward0",
)

# --- gamma functions --------------------------------------------------------------------------------------------------


def _lgamma(x: float) -> float:
    if math.isnan(x):
        return x
    return math.inf if math.isinf(x) or (x <= 0 and x == math.floor(x)) else math.lgamma(x)


# d lgamma(x) = digamma(x) dx, d digamma(x) = polygamma(1, x) dx, and so on
lgamma = _special("lgamma", _python(_lgamma), lambda g, self: g * digamma(self))
digamma: Unary = _special("digamma", digamma_series, lambda g, self: g * polygamma(1, self))
polygamma_op: Op = Op(
    "polygamma",
    lambda self, *, n: digamma_series(self) if n == 0 else polygamma_series(n, self),
    self=lambda g, self, n: g * polygamma_op(self, n=n + 1),
    promotes="float",
)


def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of digamma."""
    if n < 0:
        raise RuntimeError("polygamma(n, x) does not support negative n.")
    return polygamma_op(input, n=n)


def _polygamma_method(self: Any, n: int) -> Any:
    """The n-th derivative of digamma."""
    return polygamma(n, self)


def polygamma_(self: Any, n: int) -> Any:
    """`polygamma` in place."""
    return write_in_place(polygamma_op, self, n=n)


# log of pi^(p(p-1)/4) times the product of gamma(x - i/2)
mvlgamma_op = Op(
    "mvlgamma",
    lambda self, *, p: sum(lgamma(self - i / 2) for i in range(p)) + p * (p - 1) / 4 * math.log(math.pi),
    self=lambda g, self, p: g * sum(digamma(self - i / 2) for i in range(p)),
)


@writable
def mvlgamma(input: Any, p: int) -> Any:
    """The multivariate log-gamma function."""
    if p < 1:
        raise RuntimeError("p has to be greater than or equal to 1")
    return mvlgamma_op.bind(default_float(input), p=p)


def _of_gamma_density(g: Any, self: Any, other: Any) -> Any:
    # d P(a, x) = x^(a-1) exp(-x) / gamma(a) dx
    return g * exp((self - 1) * log(other) - other - lgamma(self))


igamma = Binary(
    "igamma",
    scipy_special("gammainc"),
    not_implemented("the derivative for 'igamma: input' is not implemented."),
    _of_gamma_density,
    promotes="float",
    numbers="no",
)
igammac = Binary(
    "igammac",
    scipy_special("gammaincc"),
    not_implemented("the derivative for 'igammac: input' is not implemented."),
    lambda g, self, other: -_of_gamma_density(g, self, other),
    promotes="float",
    numbers="no",
)

# d zeta(s, q) = -s zeta(s + 1, q) dq
zeta_op: Binary = Binary(
    "zeta",
    scipy_special("zeta"),
    not_implemented("the derivative for 'zeta' is not implemented."),
    lambda g, self, other: g * -self * zeta_op(self + 1, other),
    promotes="float",
    node="SpecialZetaBackward0",
    numbers="either",
)

# --- modified Bessel functions, i0e and i1e scaled by exp(-|x|) -------------------------------------------------------


def _i1_over_x(i1: Any, x: Any) -> Any:
    """i1(x) / x, given i1(x); 1/2 at 0."""
    return where(x == 0, 0.5, i1 / where(x == 0, 1, x))


i0 = _special("i0", lambda x: np.i0(x).astype(x.dtype), lambda g, self: g * i1_op(self))
i1_op: Unary = _special(
    "i1",
    scipy_special("i1"),
    lambda g, self, result: g * where(abs(self) > 0, i0(self) - _i1_over_x(result, self), 0.5),  # of NaN too
    node="SpecialI1Backward0",
)
i0e_op = _special(
    "i0e",
    scipy_special("i0e"),
    lambda g, self, result: g * (i1e_op(self) - sgn(self) * result),
    node="SpecialI0EBackward0",
)
i1e_op: Unary = _special(
    "i1e",
    scipy_special("i1e"),
    lambda g, self, result: g * (i0e_op(self) - sgn(self) * result - _i1_over_x(result, self)),
    node="SpecialI1EBackward0",
)

# --- entropies and logarithms -----------------------------------------------------------------------------------------


def _entr_kernel(x: Any) -> Any:
    inside = -x * np.log(np.where(x > 0, x, 1))
    return np.where(np.isnan(x), x, np.where(x > 0, inside, np.where(x == 0, 0, -np.inf))).astype(x.dtype)


# -x log x
entr_op = _special("entr", _entr_kernel, lambda g, self: g * -(1 + log(self)), node="SpecialEntrBackward0")


def _logit_kernel(self: Any, *, eps: Any) -> Any:
    x = self if eps is None else np.clip(self, eps, 1 - eps)
    return np.log(x / (1 - x))


def _logit_rule(g: Any, self: Any, eps: Any) -> Any:
    # d log(x / (1 - x)) = dx / (x (1 - x)) within the bounds
    low, slope = 0.0 if eps is None else eps, g / (self * (1 - self))
    outside = math.nan if eps is None else 0
    if isinstance(g, Tensor):  # a formula of its own: NaN is outside, and -0 is not 0
        return where((self >= low) & (self <= 1 - low), slope, outside)
    if eps is None:
        slope = where((self == 0) | (self == 1), g * math.inf, slope)
    return where((self < low) | (self > 1 - low), outside, slope)


logit_op = Op("logit", _logit_kernel, self=_logit_rule, promotes="float")


@writable
def logit(input: Any, eps: Any = None) -> Any:
    """log(x / (1 - x)), with x bounded to [eps, 1 - eps]."""
    return logit_op.bind(input, eps=eps)


def _product_with_log(logarithm: Any) -> Any:
    return lambda x, y: np.where((x == 0) & ~np.isnan(y), 0, x * logarithm(y))


# x log(y), 0 where x is, whatever y (NUM-41)
xlogy: Binary = Binary(
    "xlogy",
    _product_with_log(np.log),
    lambda g, self, other: where((self == 0) & (other <= 0), 0, xlogy(g, other)),
    lambda g, self, other: g * self / other,
    promotes="float",
    numbers="either",
)
xlog1py_op: Binary = Binary(
    "xlog1py",
    _product_with_log(np.log1p),
    lambda g, self, other: where((self == 0) & (other <= -1), 0, xlog1py_op(g, other)),
    lambda g, self, other: g * self / (other + 1),
    promotes="float",
    node="SpecialXlog1PyBackward0",
    numbers="either",
)

METHODS = {"polygamma": _polygamma_method}
