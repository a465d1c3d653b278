"""Copies of what views show: ``torch.expand_copy`` and its kin."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from reference.ops import shapes, slices, splitting, strides
from reference.ops.shapes import clone
from reference.ops.table import Op


@functools.cache
def copying(op: Op, node: str = "{}_copy") -> Op:
    """The row of a view, which copies what it shows."""
    look = op.kernel

    def copied(self: Any, **parameters: Any) -> Any:
        shown = look(self, **parameters)
        return tuple(map(np.array, shown)) if op.outputs else np.array(shown)

    twin = op.named(node.format(op.node_name))
    twin.kernel, twin.inputs, twin.view = copied, op.inputs, False
    return twin


def _copying(view: Any, node: str = "{}_copy") -> Any:
    def copy(input: Any, *arguments: Any, **keywords: Any) -> Any:
        shown = view(input.detach(), *arguments, **keywords)
        first = shown[0] if isinstance(shown, tuple) else shown
        if first._view is None:  # of nothing, or of samples of a batch
            shown = view(input, *arguments, **keywords)
            return tuple(map(clone, shown)) if isinstance(shown, tuple) else clone(shown)
        op, parameters, _ = first._view.chain[-1]
        return copying(op, node)(input, **parameters)

    copy.__doc__ = f"A copy: {view.__doc__}"
    return copy


FUNCTIONS = {
    f"{name}_copy": _copying(view)
    for name, view in {
        "alias": shapes.alias_op, "as_strided": strides.as_strided, "diagonal": strides.diagonal, "expand": shapes.expand,
        "permute": shapes.permute, "select": slices.select, "squeeze": shapes.squeeze, "split": splitting.split,
        "split_with_sizes": splitting.split_with_sizes, "t": shapes.t, "transpose": shapes.transpose,
        "unbind": splitting.unbind, "unfold": strides.unfold, "unsqueeze": shapes.unsqueeze, "view": shapes.view,
    }.items()
}  # fmt: skip
FUNCTIONS["narrow_copy"] = _copying(slices.narrow, "NarrowCopyBackward0")
METHODS = {"narrow_copy": FUNCTIONS["narrow_copy"]}
