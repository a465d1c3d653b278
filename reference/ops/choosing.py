"""Operations that choose elements: the gradient goes to what was chosen."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.logic import where
from reference.ops.reductions import sum
from reference.ops.rules import raw, restore, zeros_shaped
from reference.ops.table import Op


def share_with_equals(g: Any, self: Any, result: Any) -> Any:
    """A gradient shared among the elements that equal the result, or are NaN as it is (NUM-13)."""
    chosen = (self == result) | ((self != self) & (result != result))
    return where(chosen, g / sum(chosen), 0)


def put_along(g: Any, shape: Any, places: Any, dim: int) -> Any:
    """Zeros, with the gradient added at the places along a dimension."""
    from reference.ops.scattering import scatter_add_op

    if not shape:
        return g.reshape(())
    return scatter_add_op(zeros_shaped(g, shape), g, raw(places), dim=dim)


def choosing(name: str, choose: Any, node: str | None = None) -> Op:
    """A row whose kernel chooses one entry along a dimension, by its index: ``choose(array, dim, **parameters)``."""

    def kernel(self: Any, *, dim: int, keepdim: bool, **more: Any) -> Any:
        if self.ndim == 0:
            return np.array(self), np.zeros((), np.int64)
        if self.shape[dim] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
        places = np.expand_dims(choose(self, dim, **more), dim).astype(np.int64)
        values = np.take_along_axis(self, places, dim)
        return (values, places) if keepdim else (values.squeeze(dim), places.squeeze(dim))

    def rule(g: Any, self_shape: Any, indices: Any, dim: int, keepdim: bool) -> Any:
        g, places = g[0], raw(indices)
        if self_shape and not keepdim:
            g, places = restore(g, (dim,), False), np.expand_dims(places, dim)
        return put_along(g, self_shape, places, dim)

    return Op(name, kernel, outputs=("values", "indices"), differentiable=1, node=node, self=rule)
