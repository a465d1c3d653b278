"""Losses that are rows of the op table: a forward, its reduction, and its derivative.

``reduction`` is "none", "mean" or "sum". The public functions are in `reference.nn.functional`.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.activations import logsigmoid_op
from reference.ops.logic import where
from reference.ops.nodes import taking
from reference.ops.pointwise import clamp, log, sigmoid, sign
from reference.ops.shapes import reshape
from reference.ops.table import Op
from reference.tensor import Tensor, wrap


def reduced(loss: Any, reduction: str) -> Any:
    """A loss's elements, their mean or their sum; of arrays and tensors."""
    if reduction == "none":
        return loss
    if reduction == "sum":
        return loss.sum()
    if not isinstance(loss, np.ndarray):
        return loss.mean()
    return loss.sum() / loss.size if loss.size else np.array(np.nan, loss.dtype)


def gradient_of_each(g: Any, size: int, reduction: str) -> Any:
    """The gradient of each element of a loss that was reduced."""
    return g / size if reduction == "mean" else g


def _size(x: Any) -> int:
    return x.numel() if isinstance(x, Tensor) else x.size


def _of_difference(name: str, kernel: Any, slope: Any, bent: Any, *parameters: str, factor: int = 1) -> Op:
    """A loss of ``self - target``: its derivative is ``slope`` times a factor, the second a gradient ``bent`` by it.

    The gradient's node saves the gradient given, ``self`` and ``target``, whichever of them needs a gradient.
    """
    names = (*parameters, "reduction")

    def gradient(g: Any, self: Any, target: Any, *values: Any) -> Any:
        *of_slope, reduction = values
        share = gradient_of_each(g, _size(self), reduction)
        return slope(self - target, *of_slope) * (share if factor == 1 else share * factor)

    def backward_kernel(grad_output: Any, self: Any, target: Any, **named: Any) -> Any:
        return gradient(grad_output, self, target, *[named[name] for name in names])

    def of_grad_output(g: Any, grad_output: Any, self: Any, target: Any, *values: Any) -> Any:
        return gradient(g, self, target, *values)

    def of_self(g: Any, grad_output: Any, self: Any, target: Any, *values: Any) -> Any:
        *of_slope, reduction = values
        return gradient_of_each(bent(g * grad_output, self - target, *of_slope), _size(self), reduction) * factor

    def of_target(g: Any, *values: Any) -> Any:
        return -of_self(g, *values)

    saved = ("grad_output", "self", "target", *names)
    backward = Op(
        f"{name}_backward",
        backward_kernel,
        grad_output=taking(of_grad_output, *saved),
        self=taking(of_self, *saved),
        target=taking(of_target, *saved),
    )

    def rule(g: Any, self: Any, target: Any, *values: Any) -> Any:
        if isinstance(g, Tensor):
            return backward(g, self, target, **dict(zip(names, values, strict=True)))
        return gradient(g, self, target, *values)

    def target_rule(g: Any, self: Any, target: Any, *values: Any) -> Any:
        return rule(g, target, self, *values)

    of_loss = ("self", "target", *names)
    return Op(name, kernel, self=taking(rule, *of_loss), target=taking(target_rule, *of_loss))


def _mse_kernel(self: Any, target: Any, *, reduction: str) -> Any:
    difference = self - target
    if reduction == "none":
        return difference * difference
    flat = difference.reshape(-1)
    total = np.dot(flat, flat)
    return (
        total / self.size if reduction == "mean" and self.size else total if self.size else _of_nothing(self, reduction)
    )


def _of_nothing(x: Any, reduction: str) -> Any:
    return np.array(np.nan if reduction == "mean" else 0, x.dtype)


# d (x - y)^2 = 2 (x - y) dx
mse_op = _of_difference("mse_loss", _mse_kernel, lambda d: d, lambda g, d: g, factor=2)


def _smooth_l1_kernel(self: Any, target: Any, *, beta: float, reduction: str) -> Any:
    size = np.abs(self - target)
    return reduced(np.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta), reduction)


# within beta d / beta, beyond it the sign of d
smooth_l1_op = _of_difference(
    "smooth_l1_loss",
    _smooth_l1_kernel,
    lambda d, beta: where(abs(d) >= beta, sign(d), d / beta),
    lambda g, d, beta: g * (abs(d) < beta) / beta,
    "beta",
)


def _huber_kernel(self: Any, target: Any, *, delta: float, reduction: str) -> Any:
    size = np.abs(self - target)
    return reduced(np.where(size <= delta, 0.5 * size * size, delta * (size - 0.5 * delta)), reduction)


# within delta d, beyond it delta with the sign of d
huber_op = _of_difference(
    "huber_loss",
    _huber_kernel,
    lambda d, delta: where(abs(d) >= delta, delta * sign(d), d),
    lambda g, d, delta: g * (abs(d) < delta),
    "delta",
)

# --- binary cross entropy -------------------------------------------------------------------------------------------


def _bce_kernel(self: Any, target: Any, weight: Any, *, reduction: str) -> Any:
    if self.size and not ((self >= 0) & (self <= 1)).all():
        raise RuntimeError("all elements of input should be between 0 and 1")
    loss = (target - 1) * np.maximum(np.log1p(-self), -100) - target * np.maximum(np.log(self), -100)
    return reduced(loss if weight is None else loss * weight, reduction)


def _weighted(g: Any, weight: Any) -> Any:
    return g if weight is None else g * weight


def _bce_rule(g: Any, self: Any, target: Any, weight: Any, reduction: str) -> Any:
    # d -(y log x + (1 - y) log(1 - x)) = (x - y) / (x (1 - x)) dx, of which PyTorch bounds the denominator
    slope = (self - target) / clamp((1 - self) * self, min=1e-12)
    return _weighted(slope * gradient_of_each(g, _size(self), reduction), weight)


def _bce_target_rule(g: Any, self: Any, target: Any, weight: Any, reduction: str) -> Any:
    # (log(1 - x) - log x) dy
    return _weighted((log(1 - self) - log(self)) * gradient_of_each(g, _size(target), reduction), weight)


bce_op = Op(
    "binary_cross_entropy",
    _bce_kernel,
    self=_bce_rule,
    target=_bce_target_rule,
)


def _logits_kernel(self: Any, target: Any, weight: Any, pos_weight: Any, *, reduction: str) -> Any:
    softplus = np.log1p(np.exp(-np.abs(self))) + np.maximum(-self, 0)  # of -x
    scale = 1 if pos_weight is None else (pos_weight - 1) * target + 1
    loss = (1 - target) * self + scale * softplus
    return reduced(loss if weight is None else loss * weight, reduction)


def _logits_rule(g: Any, self: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    # with s = sigmoid(x): s - y; where positives weigh p: (1 - y) s - p y (1 - s)
    if pos_weight is None:
        slope = sigmoid(self) - target
    else:
        positive = pos_weight * target
        slope = (positive + 1 - target) * sigmoid(self) - positive
    return _weighted(slope * gradient_of_each(g, _size(self), reduction), weight)


def _logits_target_rule(g: Any, self: Any, target: Any, weight: Any, pos_weight: Any, reduction: str) -> Any:
    # -x; where positives weigh p: log sigmoid(-x) - p log sigmoid(x)
    slope = -self if pos_weight is None else logsigmoid_op(-self) - pos_weight * logsigmoid_op(self)
    return _weighted(slope * gradient_of_each(g, _size(target), reduction), weight)


bce_with_logits_op = Op(
    "binary_cross_entropy_with_logits",
    _logits_kernel,
    self=_logits_rule,
    target=_logits_target_rule,
)

# --- negative log likelihood ----------------------------------------------------------------------------------------


def _raw(x: Any) -> Any:
    return x._array if isinstance(x, Tensor) else x


def _at_classes(target: Any) -> Any:
    """NumPy's index of the elements (N, ...) of an array (N, C, ...) that belong to the target classes."""
    if target.ndim == 1:
        return np.arange(len(target)), target
    grid = np.ogrid[tuple(slice(n) for n in target.shape)]
    return (grid[0], target, *grid[1:])


def _place_kernel(self: Any, target: Any, *, shape: Any) -> Any:
    out = np.zeros(shape, self.dtype)
    out[_at_classes(target)] = self
    return out


# the element of each row that belongs to its class, and the reverse (of one for all rows, too); each is the other's
# derivative
pick_class_op = Op(
    "pick_class",
    lambda self, target: self[_at_classes(target)],
    self=lambda g, self_shape, target: place_class_op(g, _raw(target), shape=self_shape),
)
place_class_op: Op = Op("place_class", _place_kernel, self=lambda g, target: pick_class_op(g, _raw(target)))


def _nll_kernel(self: Any, target: Any, *, places: Any, weights: Any, reduction: str) -> Any:
    loss = -(self if self.ndim > 1 else self[None])[_at_classes(places)]
    if self.ndim == 1 and reduction == "none":
        loss = loss.reshape(target.shape)
        weights = None if weights is None else weights.reshape(target.shape)
    if weights is None:
        return np.add.reduce(loss) / loss.size if reduction == "mean" and loss.ndim == 1 else reduced(loss, reduction)
    loss = np.where(weights == 0, 0, loss * weights)  # what is ignored counts for nothing, be it infinite
    return loss.sum() / weights.sum() if reduction == "mean" else reduced(loss, reduction)


def _nll_rule(g: Any, self_shape: Any, self: Any, target: Any, places: Any, weights: Any, reduction: str) -> Any:
    # d(-w x_y) = -w dx_y; the mean divides by the sum of the weights (NNB-07)
    if weights is None:
        share = g / -places.size if reduction == "mean" else -g
    else:
        total = weights.sum() if reduction == "mean" else 1
        scale = np.where(weights == 0, 0, weights / -total)  # what is ignored has no gradient, even where all is
        share = g * (wrap(scale) if isinstance(g, Tensor) else scale)
    if len(self_shape) == 1:
        return reshape(place_class_op(share, places, shape=(1, *self_shape)), self_shape)
    return place_class_op(share, places, shape=self_shape)


# `places` are the targets with those that are ignored replaced by a class, `weights` theirs (None where all are 1). The
# rule needs neither `self` nor `target`, but PyTorch saves them, so that writing to them before backward is an error.
nll_op = Op("nll_loss", _nll_kernel, self=_nll_rule)
nll2d_op = nll_op.named("NllLoss2DBackward0")
