"""Reading what a node saved: ``grad_fn._saved_self``, ``grad_fn._raw_saved_self``, and hooks on one saved tensor.

Source: https://docs.pytorch.org/docs/stable/notes/autograd.html#saved-tensors.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.autograd.graph import FREED, FREED_MESSAGE, PackedTensor, gradient_edge, without_history
from reference.ops.nodes import INPUT, RESULT, SHAPE, arguments_of
from reference.tensor import Tensor, wrap


class SavedTensor:
    """A handle on one saved tensor, to register a pair of hooks on (SAV-08)."""

    def __init__(self, node: Any, place: int | None) -> None:
        self._node, self._place = node, place

    def register_hooks(self, pack_hook: Callable[..., Any], unpack_hook: Callable[..., Any]) -> None:
        """Pack the saved tensor at once; it is unpacked when it is needed. A second pair is refused."""
        if self._place is None:
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden.")
        value = self._node.saved[self._place] if self._node.saved is not FREED else FREED
        if value is FREED:
            raise RuntimeError(FREED_MESSAGE)
        if type(value) is PackedTensor:
            raise RuntimeError("Calling register_hooks on a saved tensor whose hooks have already been set.")
        if not isinstance(value, Tensor):
            raise RuntimeError("Calling register_hooks on a saved tensor with value None is forbidden.")
        kind, key = self._node.plan.sources[self._place]
        edge = (self._node, key or 0) if kind == RESULT else gradient_edge(value)
        packed = PackedTensor(value, (without_history(pack_hook), unpack_hook), edge, kind == RESULT)
        self._node.saved, self._node.versions = [*self._node.saved], [*self._node.versions]
        self._node.saved[self._place], self._node.versions[self._place] = packed, None


def saved_attributes(op: Any) -> list[str]:
    """The attributes that a node of an operation has for what it may have saved."""
    names = {name for rule in op.rules.values() for name in arguments_of(rule)[1:]}
    raw = [f"_raw_saved_{name}" for name in names if op.source(name)[0] in (INPUT, RESULT)]
    return [f"_saved_{_published(op, name)}" for name in names] + raw


def _published(op: Any, name: str) -> str:
    """What PyTorch calls something saved: the shape of ``self`` is ``self_sym_sizes``."""
    return f"{name.removesuffix('_shape')}_sym_sizes" if op.source(name)[0] == SHAPE else name


def saved_attribute(node: Any, name: str) -> Any:
    """The value behind ``_saved_NAME`` or ``_raw_saved_NAME``; RuntimeError once it was freed (BWD-37)."""
    raw = name.startswith("_raw")
    wanted = name.removeprefix("_raw_saved_").removeprefix("_saved_")
    if wanted.endswith("_sym_sizes"):
        wanted = f"{wanted.removesuffix('_sym_sizes')}_shape"
    if name not in saved_attributes(node.op):
        raise AttributeError(f"'{node.name()}' object has no attribute '{name}'")
    if wanted not in node.plan.names:  # it is saved only where another input needs a gradient
        return SavedTensor(node, None) if raw else None
    place = node.plan.names.index(wanted)
    if raw:
        return SavedTensor(node, place)
    if node.saved is FREED:
        raise RuntimeError(FREED_MESSAGE)
    value = node.unpack_recorded()[place]
    if node.op.name in _OF_TENSORS and isinstance(value, (bool, int, float, complex)):
        return wrap(np.array(value))
    return value if isinstance(value, Tensor) or not hasattr(value, "dtype") else wrap(value)


#: Operations that take a number for a tensor of no dimensions.
_OF_TENSORS = frozenset(("div", "mul"))
