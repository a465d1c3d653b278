"""Losses of pairs and triples: ranking, hinge, cosine, triplet.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reference.nn.functional.distances import pairwise_distance
from reference.nn.functional.losses import reduction_of
from reference.ops.arithmetic import minimum, sub
from reference.ops.autocasting import in_float32
from reference.ops.logic import where
from reference.ops.losses import reduced
from reference.ops.pointwise import clamp_min, sqrt
from reference.ops.rules import zeros_shaped
from reference.ops.scaling import minus, plus

__all__ = [
    "cosine_embedding_loss", "hinge_embedding_loss", "margin_ranking_loss", "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]  # fmt: skip


@in_float32
def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(0, -y (x1 - x2) + margin)."""
    reduction = reduction_of(size_average, reduce, reduction)
    if input1.ndim != input2.ndim or input1.ndim != target.ndim:
        raise RuntimeError(
            "margin_ranking_loss : All input tensors should have same dimension but got sizes: input1: "
            f"{input1.shape}, input2: {input2.shape}, target: {target.shape} "
        )
    return reduced(clamp_min(plus(-target * (input1 - input2), float(margin)), 0), reduction)


@in_float32
def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """x where the label is 1, max(0, margin - x) where it is -1."""
    reduction = reduction_of(size_average, reduce, reduction)
    zero = zeros_shaped(input, ())
    far = where(target != 1, clamp_min(sub(margin, input), 0), zero)
    near = where(target != -1, input, zero)
    return reduced(far + near, reduction)


@in_float32
def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """1 - cos(x1, x2) where the label is 1, max(0, cos(x1, x2) - margin) where it is -1."""
    reduction = reduction_of(size_average, reduce, reduction)
    if target.ndim not in (0, 1):
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
    if target.ndim == 1 and (input1.ndim != 2 or input2.ndim != 2):
        raise RuntimeError(
            f"1D target tensor expects 2D input tensors, but found inputs with sizes {input1.shape} and {input2.shape}."
        )
    if target.ndim == 0 and (input1.ndim != 1 or input2.ndim != 1):
        raise RuntimeError(
            f"0D target tensor expects 1D input tensors, but found inputs with sizes {input1.shape} and {input2.shape}."
        )
    eps = 1e-12
    product = (input1 * input2).sum(target.ndim)
    lengths = plus((input1 * input1).sum(target.ndim), eps) * plus((input2 * input2).sum(target.ndim), eps)
    cosine = product / sqrt(lengths)
    zero = zeros_shaped(cosine, ())
    near = where(target == 1, sub(1, cosine), zero)
    far = where(target == -1, clamp_min(minus(cosine, margin), 0), zero)
    return reduced(near + far, reduction)


@in_float32
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """max(0, d(a, p) - d(a, n) + margin); with ``swap``, d(p, n) where that is smaller than d(a, n)."""
    reduction = reduction_of(size_average, reduce, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    near, far = _distances(anchor, positive, negative, lambda a, b: pairwise_distance(a, b, p, eps), swap)
    return reduced(clamp_min(plus(near, margin) - far, 0), reduction)


def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Any, Any], Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """`triplet_margin_loss` with a distance of one's own."""
    reduction = reduction_of(None, None, reduction)
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    near, far = _distances(anchor, positive, negative, distance_function or pairwise_distance, swap)
    return reduced(clamp_min(near + margin - far, 0), reduction)


def _distances(a: Any, p: Any, n: Any, distance: Callable[[Any, Any], Any], swap: bool) -> tuple[Any, Any]:
    if not a.ndim == p.ndim == n.ndim:
        raise RuntimeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, but got: "
            f"anchor {a.ndim}D, positive {p.ndim}D, and negative {n.ndim}D inputs"
        )
    near, far = distance(a, p), distance(a, n)
    if swap:
        far = minimum(far, distance(p, n))
    return near, far
