"""Adaptive softmax: classes in clusters by frequency, the rare ones with smaller projections.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.AdaptiveLogSoftmaxWithLoss.html.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import numpy as np

from reference.nn import functional as F
from reference.nn.modules.container import ModuleList, Sequential
from reference.nn.modules.linear import Linear
from reference.nn.modules.module import Module
from reference.ops.joining import cat
from reference.tensor import wrap

ASMoutput = namedtuple("ASMoutput", ("output", "loss"))


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities of the targets, and their mean loss."""

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cuts = list(cutoffs)
        if not cuts:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if cuts != sorted(set(cuts)) or min(cuts) <= 0 or max(cuts) > n_classes - 1 or any(int(c) != c for c in cuts):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        options: dict[str, Any] = {"device": device, "dtype": dtype}
        self.in_features, self.n_classes, self.cutoffs = in_features, n_classes, [*cuts, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size, self.n_clusters = cuts[0], len(cuts)
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, bias=head_bias, **options)
        self.tail = ModuleList()
        for i, (low, high) in enumerate(zip(self.cutoffs, self.cutoffs[1:], strict=False)):
            width = int(in_features // div_value ** (i + 1))
            inner = Linear(in_features, width, bias=False, **options)
            self.tail.append(Sequential(inner, Linear(width, high - low, bias=False, **options)))

    def reset_parameters(self) -> None:
        """As in the layers."""
        self.head.reset_parameters()
        for layer in self.tail.modules():
            if isinstance(layer, Linear):
                layer.reset_parameters()

    def forward(self, input_: Any, target_: Any) -> Any:
        """The log-probability of each target, and the mean of their negatives."""
        if (target_.ndim == 0 and input_.ndim != 1) or (target_.ndim == 1 and input_.ndim != 2):
            raise RuntimeError(
                "0D or 1D target tensor with the matching 1D or 2D input expected, multi-target not supported"
            )
        unbatched = target_.ndim == 0
        input, target = (input_.unsqueeze(0), target_.unsqueeze(0)) if unbatched else (input_, target_)
        places = target._array
        if places.size and (places.min() < 0 or places.max() >= self.n_classes):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{places.min()}, "
                f"{places.max()}] were found. "
            )
        head = F.log_softmax(self.head(input), dim=1)
        found, rows = [], []
        starts = [0, *self.cutoffs]
        for i, (low, high) in enumerate(zip(starts, self.cutoffs, strict=False)):
            row = np.flatnonzero((places >= low) & (places < high))
            if not row.size:
                continue
            index = wrap(row)
            classes = wrap(places[row] - low)
            if i == 0:
                value = head[index].gather(1, classes.unsqueeze(1))  # type: ignore[attr-defined]
            else:
                inner = F.log_softmax(self.tail[i - 1](input[index]), dim=1)
                cluster = head[index][:, self.shortlist_size + i - 1 : self.shortlist_size + i]
                value = inner.gather(1, classes.unsqueeze(1)) + cluster  # type: ignore[attr-defined]
            found.append(value.squeeze(1))
            rows.append(row)
        order = wrap(np.argsort(np.concatenate(rows), kind="stable"))
        output = cat(found)[order]
        loss = (-output).mean()
        return ASMoutput(output.squeeze(0) if unbatched else output, loss)

    def log_prob(self, input: Any) -> Any:
        """The log-probabilities of all classes."""
        head = self.head(input)
        logs = F.log_softmax(head, dim=1)
        parts = [logs[:, : self.shortlist_size]]
        for i in range(self.n_clusters):
            inner = F.log_softmax(self.tail[i](input), dim=1)
            parts.append(inner + logs[:, self.shortlist_size + i].unsqueeze(1))
        return cat(parts, 1)

    def predict(self, input: Any) -> Any:
        """The most probable class of each row."""
        return self.log_prob(input).argmax(1)
