"""Losses of classes: cross entropy and its kin, multi-class and multi-label margins, CTC.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.nn.functional.linear import linear
from reference.nn.functional.losses import reduction_of
from reference.ops.activations import log_softmax, logsigmoid_op, require_floating
from reference.ops.autocasting import in_float32
from reference.ops.ctc import ctc_op
from reference.ops.half_precision import refusing_halves
from reference.ops.logic import where
from reference.ops.losses import nll2d_op, nll_op, reduced
from reference.ops.margin_losses import multi_margin_op, multilabel_margin_op
from reference.ops.masking import masked_fill
from reference.ops.rules import raw
from reference.ops.scaling import over, plus, times
from reference.ops.shapes import reshape
from reference.ops.writing import long_name
from reference.tensor import Tensor, wrap, wrap_beside

__all__ = [
    "cross_entropy", "ctc_loss", "linear_cross_entropy", "multi_margin_loss", "multilabel_margin_loss",
    "multilabel_soft_margin_loss", "nll_loss",
]  # fmt: skip


@in_float32
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """-x_y, of log-probabilities (N, C, ...) or (C); weighted by class, the mean divides by the weights (NNB-07)."""
    reduction = reduction_of(size_average, reduce, reduction)
    require_floating(input, "nll_loss_out_frame")
    return _nll(input, target, weight, ignore_index, reduction)


def _nll(input: Any, target: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
    shape, places = input._array.shape, raw(target)
    if len(shape) < 2:
        return _nll_of_one(input, target, weight, ignore_index, reduction)
    return _nll_of_rows(input, target, places, shape, weight, ignore_index, reduction)


def _nll_of_rows(
    input: Any, target: Any, places: Any, shape: Any, weight: Any, ignore_index: int, reduction: str
) -> Any:
    if places.shape != (shape[0], *shape[2:]):
        if places.ndim == 0 or shape[0] != places.shape[0]:
            raise ValueError(
                f"Expected input batch_size ({shape[0]}) to match target batch_size "
                f"({places.shape[0] if places.ndim else 1})."
            )
        raise RuntimeError(
            f"Expected target size {[shape[0], *shape[2:]]}, got {list(places.shape)}: multi-target not supported"
        )
    if places.dtype.kind not in "iu" or places.dtype.itemsize not in (1, 8):
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, expected scalar type Long but found {long_name(places.dtype)}"
        )
    if weight is not None and weight._array.dtype is not input._array.dtype:
        names = long_name(input._array.dtype), long_name(weight._array.dtype)
        raise RuntimeError(f"expected scalar type {names[0]} but found {names[1]}")
    classes = shape[1]
    if weight is not None and tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got weight tensor of "
            f"shape: {list(weight.shape)}"
        )
    weights = None if weight is None else raw(weight)
    places, weights = _weighted_places(places, weights, ignore_index, classes, input._array.dtype)
    if len(shape) == 2:
        return nll_op(input, target, places=places, weights=weights, reduction=reduction)
    if len(shape) == 4:
        return nll2d_op(input, target, places=places, weights=weights, reduction=reduction)
    flat = (shape[0], 1, -1 if places.size else 0)  # as an image of one row
    weights = None if weights is None else weights.reshape(flat)
    image = reshape(input, (*shape[:2], *flat[1:]))
    loss = nll2d_op(image, target, places=places.reshape(flat), weights=weights, reduction=reduction)
    return reshape(loss, places.shape) if reduction == "none" else loss


def _weighted_places(places: Any, weight: Any, ignore_index: int, classes: int, dtype: Any) -> tuple[Any, Any]:
    """The targets, those to be ignored replaced by class 0, and their weights; None where all are 1."""
    if places.dtype.itemsize == 8 and places.flags.c_contiguous:
        wrong = places.view(np.uint64) >= classes  # seen so, a negative number is a large one
    else:
        wrong = (places < 0) | (places >= classes)
    ignored = None
    if wrong.any() or 0 <= ignore_index < classes:
        ignored = places == ignore_index
        wrong &= ~ignored
        if wrong.any():
            raise IndexError(f"Target {places[wrong].flat[0]} is out of bounds.")
    if ignored is None or not ignored.any():
        return places, None if weight is None else weight[places]
    places = np.where(ignored, 0, places)
    weights = np.where(ignored, 0, np.ones(places.shape, dtype) if weight is None else weight[places])
    return places, weights


def _nll_of_one(input: Any, target: Any, weight: Any, ignore_index: int, reduction: str) -> Any:
    """Of the classes (C) of a single example."""
    if input.ndim == 0:
        raise RuntimeError("input tensor should be 1D or 2D")
    if target.ndim > 1 or target.numel() != 1:
        raise RuntimeError(f"0D or 1D target tensor expected, multi-target not supported; got {list(target.shape)}")
    return _nll_of_rows(input, target, raw(target).reshape(1), (1, *input.shape), weight, ignore_index, reduction)


@in_float32
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """`nll_loss` of `log_softmax`; targets are classes, or probabilities in the input's shape."""
    reduction = reduction_of(size_average, reduce, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    if not isinstance(target, Tensor) or not isinstance(input, Tensor):
        raise TypeError("cross_entropy_loss(): arguments 'input' and 'target' must be Tensors")
    class_dim = 0 if input._array.ndim == 1 else 1
    logs = log_softmax(input, class_dim)
    if target._array.shape == input._array.shape:
        if not target.is_floating_point():
            raise RuntimeError(
                "Expected floating point type for target with class probabilities, got "
                f"{long_name(target._array.dtype)}"
            )
        if ignore_index >= 0:
            raise RuntimeError("ignore_index is not supported for floating point target")
        return _of_probabilities(logs, target, weight, reduction, label_smoothing, class_dim)
    if label_smoothing == 0.0:
        return _nll(logs, target, weight, ignore_index, reduction)
    return _smoothed(logs, target, weight, ignore_index, reduction, label_smoothing, class_dim)


def _by_class(weight: Any, logs: Any, class_dim: int) -> Any:
    if tuple(weight.shape) != (logs.shape[class_dim],):
        raise RuntimeError(
            f"cross_entropy: weight tensor should be defined either for all {logs.shape[class_dim]} classes "
            f"or no classes but got weight tensor of shape: {list(weight.shape)}"
        )
    return reshape(weight, [-1 if d == class_dim else 1 for d in range(logs.ndim)])


def _of_probabilities(logs: Any, target: Any, weight: Any, reduction: str, smoothing: float, class_dim: int) -> Any:
    if smoothing > 0.0:
        target = plus(times(target, 1 - smoothing), smoothing / logs.shape[class_dim])
    terms = logs * target
    if weight is not None:
        terms = terms * _by_class(weight, logs, class_dim)
    if reduction == "none":
        return -terms.sum(class_dim)
    total = -terms.sum()
    return over(total, terms.numel() // logs.shape[class_dim] if terms.numel() else 0) if reduction == "mean" else total


def _smoothed(
    logs: Any, target: Any, weight: Any, ignore_index: int, reduction: str, smoothing: float, class_dim: int
) -> Any:
    """(1 - e) times the loss of the class, and e / C times that of every class."""
    nll = _nll(logs, target, weight, ignore_index, reduction)
    smooth = -(logs if weight is None else logs * _by_class(weight, logs, class_dim)).sum(class_dim)
    ignored = raw(target) == ignore_index
    if smooth.ndim == 0:
        ignored = ignored.reshape(())
    smooth = masked_fill(smooth, wrap_beside(ignored, smooth), 0.0)
    classes = logs.shape[class_dim]
    if reduction == "mean":
        if weight is None:
            total: Any = int((~ignored).sum())
        else:
            total = raw(weight)[np.where(ignored, 0, raw(target).reshape(ignored.shape))][~ignored].sum()
        smooth = smooth.sum() / (float(total) if total else float("nan"))
    else:
        smooth = reduced(smooth, reduction)
    return times(nll, 1 - smoothing) + times(smooth, smoothing / classes)


@in_float32
def linear_cross_entropy(
    input: Any,
    linear_weight: Any,
    target: Any,
    *,
    linear_bias: Any = None,
    weight: Any = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: Any = None,
) -> Any:
    """`cross_entropy` of `linear`; weights (C, ..., features) give a loss of further dimensions."""
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    features = linear_weight.shape[-1]
    rows = tuple(linear_weight.shape[:-1])
    if input.shape[-1] != features:
        raise RuntimeError(
            f"expected equal input and linear_weight last dimensions (in_features), got {input.shape[-1]} and "
            f"{features}, respectively"
        )
    if len(rows) > 1 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires batched input, "
            f"(N, {features}), got unbatched input with shape {tuple(input.shape)}"
        )
    if linear_bias is not None and tuple(linear_bias.shape) != rows:
        raise RuntimeError(f"expected linear_bias shape {rows}, got {tuple(linear_bias.shape)}")
    if ignore_index is not None and target.is_floating_point():
        raise RuntimeError("ignore_index cannot be specified when target contains probabilities")
    logits = linear(input, reshape(linear_weight, (-1, features)))
    if len(rows) > 1:
        logits = reshape(logits, (*logits.shape[:-1], *rows))
    if linear_bias is not None:
        logits = logits + linear_bias
    index = -100 if ignore_index is None else ignore_index
    return cross_entropy(logits, target, weight, None, index, None, reduction, label_smoothing)


@in_float32
@refusing_halves
def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean over classes j of w_y max(0, margin - x_y + x_j)^p, without j = y."""
    reduction = reduction_of(size_average, reduce, reduction)
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if weight is not None and weight.ndim != 1:
        raise ValueError("weight must be one-dimensional")
    if input.ndim > 2 or input.numel() == 0:
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    places = raw(target).reshape(-1)
    n, classes = (input.shape[0] if input.ndim > 1 else 1), (input.shape[-1] if input.ndim else 1)
    if len(places) != n:
        raise RuntimeError(
            "multi_margin_loss: target tensor should be 1-D with size equal to the number of input samples (batch "
            f"size). Expected target size [{n}], but got {list(target.shape)}."
        )
    if weight is not None and weight.numel() != classes:
        raise RuntimeError(f"inconsistent weight size, expected {classes} but got {list(weight.shape)}")
    if places.size and (places.min() < 0 or places.max() >= classes):
        raise RuntimeError("target out of range")
    weights = None if weight is None else raw(weight)[places]
    return multi_margin_op(input, places=places, weights=weights, p=p, margin=margin, reduction=reduction)


@in_float32
@refusing_halves
def multilabel_margin_loss(
    input: Any, target: Any, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Any:
    """The mean of max(0, 1 - x_y + x_j) over labels y, listed up to the first -1, and classes j that are none."""
    reduction = reduction_of(size_average, reduce, reduction)
    if input.ndim not in (0, 1, 2) or (input.ndim and not input.shape[-1]):
        raise RuntimeError(
            f"Expected non-empty vector or matrix with optional 0-dim batch size, but got: {list(input.shape)}"
        )
    if input.shape != target.shape:
        raise RuntimeError(f"inconsistent target size: {list(target.shape)} for input of size: {list(input.shape)}")
    classes = input.shape[-1] if input.ndim else 1
    n = input.shape[0] if input.ndim > 1 else 1
    places = raw(target).reshape(n, classes)
    listed = np.cumprod(places >= 0, 1).astype(bool)
    if (places[listed] >= classes).any():
        raise RuntimeError("target index out of range")
    index = np.where(listed, places, 0)
    is_label = np.zeros((n, classes), bool)
    np.logical_or.at(is_label, (np.arange(n)[:, None], index), listed)
    pairs = listed[:, :, None] & ~is_label[:, None, :]
    return multilabel_margin_op(input, index=index, pairs=pairs, reduction=reduction)


def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean over classes of -(y log sigmoid(x) + (1 - y) log sigmoid(-x))."""
    reduction = reduction_of(size_average, reduce, reduction)
    loss = -(target * logsigmoid_op(input) + (1 - target) * logsigmoid_op(-input))
    if weight is not None:
        loss = loss * weight
    return reduced(loss.sum(-1) / input.shape[-1], reduction)


@in_float32
@refusing_halves
def ctc_loss(
    log_probs: Any,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Any:
    """The negative logarithm of the probability of each labelling; the mean divides each by its length first."""
    reduction = reduction_of(None, None, reduction)
    unbatched = log_probs.ndim == 2
    if unbatched:
        log_probs, targets = log_probs.unsqueeze(1), targets.unsqueeze(0)
    steps, n, classes = log_probs.shape
    inputs, lengths = _lengths(input_lengths), _lengths(target_lengths)
    _check_lengths(inputs, lengths, steps, n, targets)
    if not 0 <= blank < classes:
        raise RuntimeError("blank must be in label range")
    loss = ctc_op(
        log_probs,
        targets,
        input_lengths=inputs,
        target_lengths=lengths,
        blank=blank,
        zero_infinity=zero_infinity,
    )
    if zero_infinity:
        loss = where(wrap(np.isinf(loss._array)), wrap(np.zeros((), loss._array.dtype)), loss)
    if reduction == "mean":
        return (loss / wrap(np.maximum(lengths, 1).astype(loss._array.dtype))).mean()
    loss = reduced(loss, reduction)
    return loss.squeeze(0) if unbatched and reduction == "none" else loss


def _lengths(lengths: Any) -> Any:
    if isinstance(lengths, Tensor):
        if lengths._array.dtype.kind not in "iu":
            raise RuntimeError("input_lengths and target_lengths must be integral")
        return lengths._array.reshape(-1)
    return np.asarray([lengths] if isinstance(lengths, int) else lengths, np.int64)


def _check_lengths(inputs: Any, lengths: Any, steps: int, n: int, targets: Any) -> None:
    if len(inputs) != n:
        raise RuntimeError("input_lengths must be of size batch_size")
    if len(lengths) != n:
        raise RuntimeError("target_lengths must be of size batch_size")
    if (inputs > steps).any() or (inputs < 0).any():
        wrong = int(np.flatnonzero((inputs > steps) | (inputs < 0))[0])
        raise RuntimeError(
            f"Expected input_lengths to have value at most {steps}, but got value {inputs[wrong]} (while checking "
            "arguments for ctc_loss_cpu)"
        )
    if targets.ndim == 2 and (lengths > targets.shape[1]).any():
        raise RuntimeError(
            f"Expected tensor to have size at least {lengths.max()} at dimension 1, but got size {targets.shape[1]} "
            "for argument #2 'targets' (while checking arguments for ctc_loss_cpu)"
        )
