"""Functions that PyTorch has no float16 and bfloat16 kernels of on the CPU: they refuse such tensors.

While autocast is on, most of them are given float32 (`reference.ops.autocasting`).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from reference.dtypes import BFLOAT16, long_name
from reference.tensor import Tensor

_HALVES = (np.dtype(np.float16), BFLOAT16)

#: Functions of torch.linalg, and torch's older names, that LAPACK computes. The class of the error varies.
OF_LAPACK: dict[str, type[Exception]] = {
    **dict.fromkeys(
        """cholesky cholesky_ex cholesky_inverse cholesky_solve cond det eig eigh eigvals eigvalsh geqrf
        householder_product lu lu_factor lu_factor_ex lu_solve orgqr ormqr qr solve solve_ex solve_triangular svd svdvals
        tensorsolve triangular_solve""".split(),
        NotImplementedError,
    ),
    **dict.fromkeys(
        "inv inv_ex inverse logdet lstsq matrix_rank pinv pinverse slogdet tensorinv".split(), RuntimeError
    ),
}


def refusing_halves(function: Callable[..., Any], error: type[Exception] = NotImplementedError) -> Callable[..., Any]:
    """A function that refuses tensors of half precision by an error."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        for x in (*arguments, *keywords.values()):
            if isinstance(x, Tensor) and x._array.dtype in _HALVES:
                raise error(f"\"{function.__name__}_cpu\" not implemented for '{long_name(x._array.dtype)}'")
        return function(*arguments, **keywords)

    return call
