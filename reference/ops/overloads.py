"""Functions of two tensors that PyTorch has another time for a tensor and a number, with nodes of another name."""

from __future__ import annotations

from typing import Any

from reference.ops.elementwise import Binary
from reference.tensor import Tensor


class OfNumber(Binary):
    """A row for a tensor and a number: it has a rule for the tensor alone, and its nodes one edge."""

    def make_node(self, plan: Any, edges: Any, saved: Any, versions: Any, results: Any) -> Any:
        """The node of one application, which has the tensor's edge."""
        return super().make_node(plan, (edges[0] or edges[-1],), saved, versions, results)


class Overloaded(Binary):
    """A row whose nodes have the name ``beside`` where a tensor stands beside a number."""

    def __init__(
        self, name: str, kernel: Any, self_rule: Any, other_rule: Any, /, *, beside: str, **facts: Any
    ) -> None:
        super().__init__(name, kernel, self_rule, other_rule, **facts)
        self._beside_number = OfNumber(name, kernel, self_rule, None, **{**facts, "node": beside})

    def with_number(self, a: Any, b: Any) -> Any:
        """Apply to a tensor and a Python number, in either order (or to two bare arrays); else NotImplemented."""
        return self._beside_number.with_number(a, b) if isinstance(a, Tensor) else super().with_number(a, b)

    def beside(self, other: Any) -> Binary:
        """The row that writes in place beside a tensor or a number."""
        return self if isinstance(other, Tensor) else self._beside_number
