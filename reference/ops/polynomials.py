"""Orthogonal polynomials, by their recurrences. PyTorch has no derivatives of them.

Source: https://dlmf.nist.gov/18.9.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.ops.elementwise import Binary


def _polynomial(name: str, first: Callable[[Any], Any], following: Callable[[Any, int, Any, Any], Any]) -> Binary:
    """The row of a family: ``first(x)`` is of degree 1, ``following(x, k, p_k, p_(k-1))`` of degree k + 1."""

    def kernel(x: Any, n: Any) -> Any:
        x, n = np.broadcast_arrays(x, np.trunc(n))
        dtype = np.result_type(x.dtype, np.float16) if x.dtype.kind == "f" else n.dtype
        x = x.astype(dtype, copy=False)
        before, now = np.ones_like(x), first(x)
        out = np.where(n < 0, 0, before)
        for k in range(1, int(n.max(initial=0)) + 1):
            out = np.where(n == k, now, out)
            before, now = now, following(x, k, now, before)
        return out.astype(dtype, copy=False)

    return Binary(name, kernel, promotes="float", numbers="either")


def _chebyshev(name: str, first: Callable[[Any], Any]) -> Binary:
    return _polynomial(name, first, lambda x, k, p, q: 2 * x * p - q)


def _shifted(name: str, first: Callable[[Any], Any]) -> Binary:
    return _polynomial(name, lambda x: first(2 * x - 1), lambda x, k, p, q: 2 * (2 * x - 1) * p - q)


chebyshev_polynomial_t_op = _chebyshev("chebyshev_polynomial_t", lambda x: x)
chebyshev_polynomial_u_op = _chebyshev("chebyshev_polynomial_u", lambda x: 2 * x)
chebyshev_polynomial_v_op = _chebyshev("chebyshev_polynomial_v", lambda x: 2 * x - 1)
chebyshev_polynomial_w_op = _chebyshev("chebyshev_polynomial_w", lambda x: 2 * x + 1)
shifted_chebyshev_polynomial_t_op = _shifted("shifted_chebyshev_polynomial_t", lambda x: x)
shifted_chebyshev_polynomial_u_op = _shifted("shifted_chebyshev_polynomial_u", lambda x: 2 * x)
shifted_chebyshev_polynomial_v_op = _shifted("shifted_chebyshev_polynomial_v", lambda x: 2 * x - 1)
shifted_chebyshev_polynomial_w_op = _shifted("shifted_chebyshev_polynomial_w", lambda x: 2 * x + 1)
hermite_polynomial_h_op = _polynomial("hermite_polynomial_h", lambda x: 2 * x, lambda x, k, p, q: 2 * x * p - 2 * k * q)
hermite_polynomial_he_op = _polynomial("hermite_polynomial_he", lambda x: x, lambda x, k, p, q: x * p - k * q)
laguerre_polynomial_l_op = _polynomial(
    "laguerre_polynomial_l", lambda x: 1 - x, lambda x, k, p, q: ((2 * k + 1 - x) * p - k * q) / (k + 1)
)
legendre_polynomial_p_op = _polynomial(
    "legendre_polynomial_p", lambda x: x, lambda x, k, p, q: ((2 * k + 1) * x * p - k * q) / (k + 1)
)
