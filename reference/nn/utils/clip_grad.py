"""Clipping gradients by their norm or by value.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html. ``foreach`` chooses among
PyTorch's implementations of one thing, and changes nothing here.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from reference.dtypes import get_default_dtype
from reference.tensor import Tensor, count_writes, wrap


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all tensors as one vector, a 0-dim tensor; 0 where there are none (CLP-01, CLP-03, CLP-04).

    Raises RuntimeError for a norm that is infinite or NaN where ``error_if_nonfinite`` (CLP-05).
    """
    order = float(norm_type)
    arrays = [tensor._array for tensor in _as_list(tensors)]
    if not arrays:
        return wrap(np.zeros((), get_default_dtype().numpy))
    norms = np.array([_norm(array, order) for array in arrays])
    total = _norm(norms, order)
    if error_if_nonfinite and not np.isfinite(total):
        raise RuntimeError(
            f"The total norm of order {order} for gradients from `parameters` is non-finite, so it cannot be clipped. "
            "To disable this error and scale the gradients by the non-finite norm anyway, set "
            "`error_if_nonfinite=False`"
        )
    return wrap(total)


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Multiply the gradients in place by ``max_norm / (total_norm + 1e-6)``, if that is below 1 (CLP-02, CLP-08)."""
    grads = _grads(_as_list(parameters))
    if not grads:
        return
    total = total_norm._array[()] if isinstance(total_norm, Tensor) else total_norm
    factor = np.minimum(float(max_norm) / (total + 1e-6), 1.0)  # NaN where the norm is
    for grad in grads:
        grad._array *= factor
        count_writes((grad,))


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients in place so that their norm, as one vector, is at most ``max_norm``; returns the former norm.

    Parameters without a gradient count for nothing. Raises RuntimeError for a norm that is infinite or NaN where
    ``error_if_nonfinite``, and changes nothing then (CLP-01 to CLP-06).
    """
    params = _as_list(parameters)
    if not params and isinstance(parameters, types.GeneratorType):
        warnings.warn("`parameters` is an empty generator, no gradient clipping will occur.", stacklevel=2)
    total_norm = get_total_norm(_grads(params), norm_type, error_if_nonfinite, foreach)
    clip_grads_with_norm_(params, max_norm, total_norm, foreach)
    return total_norm


def clip_grad_norm(*arguments: Any, **keywords: Any) -> Tensor:
    """The deprecated name of ``clip_grad_norm_``."""
    warnings.warn(
        "`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.",
        FutureWarning,
        stacklevel=2,
    )
    return clip_grad_norm_(*arguments, **keywords)


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Clamp each element of each gradient to ``[-clip_value, clip_value]`` in place (CLP-07).

    Raises RuntimeError for complex gradients, which have no order.
    """
    limit = float(clip_value)
    for grad in _grads(_as_list(parameters)):
        if grad.is_complex():
            raise RuntimeError("clamp is not supported for complex types")
        np.clip(grad._array, -limit, limit, out=grad._array)
        count_writes((grad,))


def _as_list(tensors: Any) -> list[Any]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _grads(parameters: list[Any]) -> list[Any]:
    return [parameter._grad for parameter in parameters if parameter._grad is not None]


def _norm(array: Any, order: float) -> Any:
    if array.size == 0 and (order < 0 or order == np.inf):
        raise RuntimeError(
            f"linalg.vector_norm cannot compute the {order} norm on an empty tensor because the operation does not "
            "have an identity"
        )
    return np.linalg.norm(array.reshape(-1), order)
