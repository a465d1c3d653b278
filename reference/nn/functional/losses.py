"""Losses that compare an input and a target, element by element.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

from reference.autograd.grad_mode import no_grad
from reference.ops import losses as rows
from reference.ops.activations import require_floating
from reference.ops.arithmetic import square
from reference.ops.autocasting import in_float32
from reference.ops.losses import reduced
from reference.ops.margin_losses import soft_margin_op
from reference.ops.masking import masked_fill
from reference.ops.pointwise import abs, exp, log
from reference.ops.scaling import plus, times
from reference.ops.shapes import broadcast_tensors, clone
from reference.ops.special_functions import xlogy
from reference.ops.writing import long_name

__all__ = [
    "binary_cross_entropy", "binary_cross_entropy_with_logits", "gaussian_nll_loss", "huber_loss", "kl_div", "l1_loss",
    "mse_loss", "poisson_nll_loss", "smooth_l1_loss", "soft_margin_loss",
]  # fmt: skip


def reduction_of(size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction; the two arguments that it replaced are understood, with a warning."""
    if size_average is not None or reduce is not None:
        size_average, reduce = size_average is None or size_average, reduce is None or reduce
        reduction = "none" if not reduce else "mean" if size_average else "sum"
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
            stacklevel=3,
        )
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reduction


def _broadcast(input: Any, target: Any, weight: Any = None) -> tuple[Any, Any]:
    """Input and target in one shape; PyTorch warns where they differ."""
    if input._array.shape == target._array.shape:
        return input, target
    warnings.warn(
        f"Using a target size ({target.shape}) that is different to the input size ({input.shape}). This will likely "
        "lead to incorrect results due to broadcasting. Please ensure they have the same size.",
        stacklevel=3,
    )
    return broadcast_tensors(input, target)


def _is_floating(x: Any) -> bool:
    return x._array.dtype.kind not in "biu"


def _require_result_in(first: Any, second: Any) -> None:
    """Refuse integers that a result of floating numbers would be written into."""
    if _is_floating(second) and not _is_floating(first):
        raise RuntimeError(
            f"result type {long_name(second._array.dtype)} can't be cast to the desired output type "
            f"{long_name(first._array.dtype)}"
        )


def _common_dtype(input: Any, target: Any) -> tuple[Any, Any]:
    if input._array.dtype is target._array.dtype:
        return input, target
    from reference.dtypes import promote_types

    common = promote_types(input.dtype, target.dtype)
    return input.to(common), target.to(common)


@in_float32
def mse_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """(x - y)^2."""
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = _common_dtype(*_broadcast(input, target))
    require_floating(input, "mse_cpu")
    if weight is None:
        return rows.mse_op(input, target, reduction=reduction)
    return _weighted(rows.mse_op(input, target, reduction="none"), weight, input, reduction)


def _weighted(loss: Any, weight: Any, input: Any, reduction: str) -> Any:
    """The elements times a weight; their mean divides by the sum of the weights."""
    if tuple(weight.shape) != tuple(input.shape):
        raise ValueError("Weights and input must have the same size.")
    total = reduced(loss * weight, "sum" if reduction == "mean" else reduction)
    return total / weight.sum() if reduction == "mean" else total


@in_float32
def l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", weight: Any = None
) -> Any:
    """abs(x - y)."""
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = _broadcast(input, target)
    loss = abs(input - target)
    return reduced(loss, reduction) if weight is None else _weighted(loss, weight, input, reduction)


@in_float32
def smooth_l1_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean", beta: float = 1.0
) -> Any:
    """(x - y)^2 / (2 beta) where the two are within ``beta`` of each other, abs(x - y) - beta / 2 elsewhere."""
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = _common_dtype(*_broadcast(input, target))
    require_floating(input, "smooth_l1_cpu")
    if beta < 0:
        raise RuntimeError("smooth_l1_loss does not support negative values for beta.")
    if beta == 0:
        return reduced(abs(input - target), reduction)
    return rows.smooth_l1_op(input, target, beta=beta, reduction=reduction)


@in_float32
def huber_loss(input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Any:
    """(x - y)^2 / 2 where the two are within ``delta`` of each other, delta (abs(x - y) - delta / 2) elsewhere."""
    reduction = reduction_of(None, None, reduction)
    _require_result_in(input, target)
    input, target = _common_dtype(*_broadcast(input, target))
    require_floating(input, "huber_cpu")
    if delta <= 0:
        raise RuntimeError("huber_loss does not support non-positive values for delta.")
    if weight is None:
        return rows.huber_op(input, target, delta=delta, reduction=reduction)
    return _weighted(rows.huber_op(input, target, delta=delta, reduction="none"), weight, input, reduction)


@in_float32
def binary_cross_entropy(
    input: Any, target: Any, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """-(y log x + (1 - y) log(1 - x)), with logarithms bounded from below by -100."""
    reduction = reduction_of(size_average, reduce, reduction)
    if input._array.dtype != target._array.dtype:
        raise RuntimeError(f"Found dtype {long_name(target._array.dtype)} but expected {long_name(input._array.dtype)}")
    require_floating(input, "binary_cross_entropy")
    if target.shape != input.shape:
        raise ValueError(
            f"Using a target size ({target.shape}) that is different to the input size ({input.shape}) is deprecated. "
            "Please ensure they have the same size."
        )
    if weight is not None:
        weight = weight.expand(tuple(target.shape))
    return rows.bce_op(input, target, weight, reduction=reduction)


@in_float32
def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """`binary_cross_entropy` of sigmoid(x), without its underflow; ``pos_weight`` weighs the positive examples."""
    reduction = reduction_of(size_average, reduce, reduction)
    require_floating(input, "log_sigmoid_cpu")
    _require_result_in(target, input)
    if target.shape != input.shape:
        raise ValueError(f"Target size ({target.shape}) must be the same as input size ({input.shape})")
    return rows.bce_with_logits_op(input, target, weight, pos_weight, reduction=reduction)


@in_float32
def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """y (log y - x), of logarithms x; "batchmean" divides the sum by the batch's size (NNB-08)."""
    if not (_is_floating(input) and _is_floating(target)):
        raise RuntimeError("kl_div: Integral inputs not supported.")
    if reduction == "batchmean":
        total = kl_div(input, target, reduction="sum", log_target=log_target)
        return total / input.shape[0] if input.ndim else total
    if reduction == "mean":
        warnings.warn(
            "reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides "
            "only by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the "
            "same as 'batchmean' in the next major release.",
            stacklevel=2,
        )
    reduction = reduction_of(size_average, reduce, reduction)
    loss = exp(target) * (target - input) if log_target else xlogy(target, target) - target * input
    return reduced(loss, reduction)


@in_float32
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-8,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """e^x - y x of logarithms x, or x - y log(x + eps); with ``full``, Stirling's term for y above 1."""
    reduction = reduction_of(size_average, reduce, reduction)
    loss = exp(input) - target * input if log_input else input - target * log(plus(input, eps))
    if full:
        stirling = target * log(target) - target + times(log(times(target, 2 * math.pi)), 0.5)
        loss = loss + masked_fill(stirling, target <= 1, 0)
    return reduced(loss, reduction)


def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Any:
    """(log v + (x - y)^2 / v) / 2, with variances v of at least ``eps``; with ``full``, log(2 pi) / 2 more."""
    if isinstance(var, (int, float)):
        if var < 0:
            raise ValueError("var has negative entry/entries")
        var = input.new_full(tuple(input.shape), var)
    elif (var._array < 0).any():
        raise ValueError("var has negative entry/entries")
    var = _one_variance_each(var, input)
    reduction = reduction_of(None, None, reduction)
    bounded = clone(var)
    with no_grad():  # the gradient passes (measured)
        bounded.clamp_(min=eps)
    loss = (log(bounded) + square(input - target) / bounded) * 0.5
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)


def _one_variance_each(var: Any, input: Any) -> Any:
    """The variances in a shape that broadcasts: one for each element, or one along a dimension."""
    if var.shape == input.shape:
        return var
    if tuple(input.shape[:-1]) == tuple(var.shape):
        return var.unsqueeze(-1)
    if input.ndim == var.ndim and [m for n, m in zip(input.shape, var.shape, strict=True) if n != m] == [1]:
        return var
    raise ValueError("var is of incorrect size")


@in_float32
def soft_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """log(1 + e^(-y x)), of labels y that are 1 or -1."""
    reduction = reduction_of(size_average, reduce, reduction)
    if target.requires_grad:
        raise RuntimeError(
            "The function 'soft_margin_loss' is not differentiable with respect to argument 'target'. This input cannot "
            "have requires_grad True."
        )
    if not _is_floating(input):
        raise RuntimeError(
            f"result type Float can't be cast to the desired output type {long_name(input._array.dtype)}"
        )
    return soft_margin_op(input, target.to(input.dtype), reduction=reduction)
