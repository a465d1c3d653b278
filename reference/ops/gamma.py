"""The digamma function and its derivatives, which neither Python nor NumPy has.

Recurrence up to where the asymptotic series is exact to double precision, and the reflection formula for what lies
left of zero. Source: https://dlmf.nist.gov/5.11 and https://dlmf.nist.gov/5.15.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

_FROM = 12.0
_BERNOULLI = (1 / 6, -1 / 30, 1 / 42, -1 / 30, 5 / 66, -691 / 2730, 7 / 6, -3617 / 510)


def digamma_series(x: Any) -> Any:
    """The derivative of log gamma."""
    z = np.asarray(x, np.float64)
    low = z < 0.5
    y = np.where(low, 1 - z, z)
    total = np.zeros_like(y)
    for _ in range(int(_FROM)):
        small = y < _FROM
        total = np.where(small, total - 1 / y, total)
        y = np.where(small, y + 1, y)
    total = total + np.log(y) - 1 / (2 * y)
    for k, b in enumerate(_BERNOULLI, 1):
        total = total - b / (2 * k * y ** (2 * k))
    reflected = total - math.pi / np.tan(math.pi * (z - np.round(z)))
    out = np.where(low, reflected, total)
    out = np.where((z <= 0) & (z == np.floor(z)), np.where(z == 0, -np.copysign(np.inf, z), np.nan), out)
    return out.astype(x.dtype)


def polygamma_series(n: int, x: Any) -> Any:
    """The n-th derivative of digamma, n at least 1, for positive x; to the left by the Hurwitz sum's recurrence."""
    z = np.asarray(x, np.float64)
    y = z.copy()
    total = np.zeros_like(y)
    shift = int(_FROM + max(0.0, -float(np.min(np.where(np.isfinite(y), y, 0), initial=0)))) + n
    for _ in range(shift):
        small = y < _FROM + n
        total = np.where(small, total + 1 / y ** (n + 1), total)
        y = np.where(small, y + 1, y)
    total = total * math.factorial(n)
    total = total + math.factorial(n - 1) / y**n + math.factorial(n) / (2 * y ** (n + 1))
    for k, b in enumerate(_BERNOULLI, 1):
        total = total + b * math.factorial(2 * k + n - 1) / (math.factorial(2 * k) * y ** (2 * k + n))
    return ((-1) ** (n + 1) * total).astype(x.dtype)
