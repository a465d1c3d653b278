"""What all losses have in common: a reduction, and perhaps weights."""

from __future__ import annotations

from typing import Any

from reference.nn.functional.losses import reduction_of
from reference.nn.modules.module import Module


class Loss(Module):
    """A loss with a reduction."""

    def __init__(self, size_average: Any = None, reduce: Any = None, reduction: str = "mean") -> None:
        super().__init__()
        legacy = size_average is not None or reduce is not None
        self.reduction = reduction_of(size_average, reduce, reduction) if legacy else reduction


class WeightedLoss(Loss):
    """A loss whose elements are weighted."""

    def __init__(
        self, weight: Any = None, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
