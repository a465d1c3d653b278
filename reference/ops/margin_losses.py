"""Losses of margins between the scores of classes, and between a score and its label: rows of the op table.

``reduction`` is "none", "mean" or "sum". The public functions are in `reference.nn.functional`.
Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.logic import where
from reference.ops.losses import gradient_of_each, pick_class_op, reduced
from reference.ops.pointwise import exp
from reference.ops.reductions import sum
from reference.ops.rules import constant, raw
from reference.ops.shapes import reshape
from reference.ops.table import Op

# --- the score of the class against those of the others ---------------------------------------------------------------


def _violations(scores: Any, places: Any, margin: float) -> Any:
    return margin - reshape(pick_class_op(scores, places), (-1, 1)) + scores


def _multi_margin_kernel(self: Any, *, places: Any, weights: Any, p: int, margin: float, reduction: str) -> Any:
    scores = self.reshape(len(places), -1)
    violation = np.maximum(_violations(scores, places, margin), 0) ** p
    violation[np.arange(len(places)), places] = 0
    loss = violation.sum(1) / scores.shape[1]
    return reduced((loss if weights is None else loss * weights).reshape(self.shape[:-1]), reduction)


def _multi_margin_rule(g: Any, self: Any, places: Any, weights: Any, p: int, margin: float, reduction: str) -> Any:
    # of a class j whose violation v is above zero p v^(p - 1); of the class itself, minus the sum of those
    scores = reshape(self, (len(places), -1))
    rows, classes = scores.shape
    violation = _violations(scores, places, margin)
    is_class = np.arange(classes) == places[:, None]
    of_class = constant(is_class, scores)
    scale = constant(~is_class * (1 if weights is None else weights[:, None]) / classes, scores)
    slope = where(violation > 0, (1 if p == 1 else 2 * violation) * scale, 0)
    slope = slope - of_class * sum(slope, [1], keepdim=True)
    return reshape(slope * reshape(gradient_of_each(g, rows, reduction), (-1, 1)), self.shape)


# `places` are the classes, `weights` theirs (None where all are 1)
multi_margin_op = Op("multi_margin_loss", _multi_margin_kernel, self=_multi_margin_rule)

# --- the scores of several labels against those of the classes that are none ------------------------------------------


def _multilabel_violations(scores: Any, index: Any, pairs: Any) -> Any:
    """By row, label and class: how far the class's score comes within the margin of the label's."""
    of_labels = np.take_along_axis(scores, index, 1)[:, :, None]
    return np.where(pairs, np.maximum(1 - of_labels + scores[:, None, :], 0), 0)


def _multilabel_kernel(self: Any, *, index: Any, pairs: Any, reduction: str) -> Any:
    scores = self.reshape(index.shape)
    loss = _multilabel_violations(scores, index, pairs).sum((1, 2)) / scores.shape[1]
    return reduced(loss.reshape(self.shape[:-1]).astype(self.dtype, copy=False), reduction)


def _multilabel_rule(g: Any, self: Any, index: Any, pairs: Any, reduction: str) -> Any:
    # a pair that violates adds one over the number of classes to the class, and takes it from the label
    rows, classes = index.shape
    violates = _multilabel_violations(raw(self).reshape(index.shape), index, pairs) > 0
    slope = violates.sum(1).astype(float)
    np.subtract.at(slope, (np.arange(rows)[:, None], index), violates.sum(2))
    share = reshape(gradient_of_each(g, rows, reduction), (-1, 1))
    return reshape(constant(slope / classes, g) * share, self.shape)


# `index` holds the labels of each row, and `pairs` which of them is a label beside which class that is none
multilabel_margin_op = Op("multilabel_margin_loss", _multilabel_kernel, self=_multilabel_rule)

# --- a score against its label, which is 1 or -1 ----------------------------------------------------------------------


def _soft_margin_rule(g: Any, self: Any, target: Any, reduction: str) -> Any:
    # log(1 + z), with z = e^(-y x), so -y z / (1 + z)
    z = exp(-target * self)
    return -target * z * gradient_of_each(g, int(np.prod(self.shape)), reduction) / (z + 1)


soft_margin_op = Op(
    "soft_margin_loss",
    lambda self, target, *, reduction: reduced(np.log1p(np.exp(-target * self)), reduction),
    self=_soft_margin_rule,
)
