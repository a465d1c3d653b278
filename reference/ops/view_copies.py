"""Copies of what views show: ``torch.expand_copy`` and its kin."""

from __future__ import annotations

from typing import Any

from reference.ops import shapes, slices, splitting, strides
from reference.ops.shapes import clone


def _copying(view: Any) -> Any:
    def copy(input: Any, *arguments: Any, **keywords: Any) -> Any:
        looked = view(input, *arguments, **keywords)
        return tuple(map(clone, looked)) if isinstance(looked, tuple) else clone(looked)

    copy.__doc__ = f"A copy: {view.__doc__}"
    return copy


FUNCTIONS = {
    f"{name}_copy": _copying(view)
    for name, view in {
        "alias": shapes.alias_op, "as_strided": strides.as_strided, "diagonal": strides.diagonal, "expand": shapes.expand,
        "narrow": slices.narrow, "permute": shapes.permute, "select": slices.select, "squeeze": shapes.squeeze,
        "split": splitting.split, "split_with_sizes": splitting.split_with_sizes, "t": shapes.t,
        "transpose": shapes.transpose, "unbind": splitting.unbind, "unfold": strides.unfold,
        "unsqueeze": shapes.unsqueeze, "view": shapes.view,
    }.items()
}  # fmt: skip
METHODS = {"narrow_copy": FUNCTIONS["narrow_copy"]}
