"""What a custom Function saves, and how its outputs get their place in the graph.

Source: https://docs.pytorch.org/docs/stable/notes/extending.html; FUN-12 to FUN-17, FUN-29.
"""

from __future__ import annotations

import warnings
import weakref
from typing import Any

from reference import state
from reference.autograd.graph import PackedTensor, gradient_edge, with_edge, without_history
from reference.autograd.views import CUSTOM, MULTIPLE, rebase_history, set_history
from reference.dtypes import FLOATING, category_of
from reference.ops.nodes import modified_message
from reference.ops.shapes import alias_op
from reference.tensor import Tensor


class SavedVariable:
    """One tensor saved through ``save_for_backward``."""

    __slots__ = ("_edge", "_is_output", "_value", "_version")

    def __init__(self, tensor: Any, node: Any, is_output: bool) -> None:
        self._is_output = is_output
        self._version = tensor._counter[0]
        self._edge = (weakref.ref(node), tensor._nr) if is_output else None
        if is_output:  # an alias, since the output itself would be a cycle
            self._value = tensor._alias()
            self._value._counter = tensor._counter
        else:
            self._value = tensor
        if state.modes.saved_tensor_hooks:
            self._pack(state.modes.saved_tensor_hooks[-1])

    def _pack(self, hooks: Any) -> None:
        edge: Any = gradient_edge(self._value) if self._edge is None else (self._edge[0](), self._edge[1])
        self._value = PackedTensor(self._value, hooks, edge, self._is_output)

    def register_hooks(self, pack_hook: Any, unpack_hook: Any) -> None:
        """Pack at once; unpacked when it is needed. A second pair is refused (SAV-08)."""
        if isinstance(self._value, PackedTensor):
            raise RuntimeError("Calling register_hooks on a saved tensor whose hooks have already been set.")
        self._pack((without_history(pack_hook), unpack_hook))

    def unpack(self) -> Any:
        """The tensor, in its place in the graph; RuntimeError where it was written to since."""
        value = self._value
        if isinstance(value, PackedTensor):
            value = value.tensor()
        elif value._counter[0] != self._version:
            node = self._edge[0]() if self._edge is not None else value._node
            output = self._edge[1] if self._edge is not None else value._nr
            raise RuntimeError(modified_message(value, self._version, node, output))
        if self._edge is None:
            return value
        node = self._edge[0]()
        return with_edge(value, None if node is None else (node, self._edge[1]))


def wrap_outputs(node: Any, ctx: Any, inputs: Any, outputs: Any, with_setup: bool) -> tuple[Any, ...]:
    """Make the outputs of a forward the outputs of its node; without one, of nothing.

    Values that are no tensors are handed on as they are.
    """
    dirty = _marked(ctx.dirty_tensors, "mark_dirty can only accept variables, but argument {i} is of type {type}")
    for tensor in dirty:
        if not tensor._is_inference:
            tensor._counter[0] += 1
    constant = _marked(
        ctx.non_differentiable, "mark_non_differentiable only accepts variable arguments, but got {type}"
    )
    if node is not None:
        node.outputs = len(outputs)
        shapes = [value._array.shape if isinstance(value, Tensor) else None for value in outputs]
        dtypes = [value._array.dtype if isinstance(value, Tensor) else None for value in outputs]
        node.shape, node.dtype = (shapes[0], dtypes[0]) if len(outputs) == 1 else (shapes, dtypes)
    saved = ctx.to_save if with_setup and ctx.to_save else ()
    wrapped: list[Any] = []
    differentiable = 0
    for i, value in enumerate(outputs):
        if not isinstance(value, Tensor):
            wrapped.append(value)
            continue
        is_input, is_dirty = _among(value, inputs), _among(value, dirty)
        if not is_input and is_dirty:
            warnings.warn(
                "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated "
                "should be passed to ctx.mark_dirty().",
                UserWarning,
                stacklevel=4,
            )
        carries = node is not None and not _among(value, constant) and category_of(value._array.dtype) >= FLOATING
        if not carries:
            value = _without_history(value, is_input, is_dirty)
        elif is_dirty:
            _rewrite(value, node, i, len(outputs))
        else:
            if is_input:
                if _among(value, saved):
                    raise RuntimeError(
                        "An input that has been returned as-is as output is being saved for backward. This is not "
                        "supported if you override setup_context. You should return and save a view of the input "
                        "instead, e.g. with x.view_as(x) or setup ctx inside the forward function itself."
                    )
                value = _view_of(value)
            value._node, value._nr, value._requires_grad = node, i, True
        if value._view is not None and not (is_input and is_dirty):
            value._view.creation = CUSTOM
            value._view.version = value._view.base._counter[0]
        differentiable += carries
        wrapped.append(value)
    if differentiable > 1:
        for value in wrapped:
            if isinstance(value, Tensor) and value._view is not None:
                value._view.creation = MULTIPLE
    for tensor in dirty:
        if not _among(tensor, outputs):
            raise RuntimeError(
                "Some elements marked as dirty during the forward method were not returned as output. The inputs that "
                "are modified inplace must all be outputs of the Function."
            )
    return tuple(wrapped)


def _marked(tensors: Any, refusal: str) -> tuple[Any, ...]:
    for i, tensor in enumerate(tensors or ()):
        if not isinstance(tensor, Tensor):
            raise RuntimeError(refusal.format(i=i, type=type(tensor).__name__))
    return tuple(tensors or ())


def _among(value: Any, tensors: Any) -> bool:
    return any(value is tensor for tensor in tensors)


def _view_of(value: Any) -> Any:
    """A view of an input that is returned as it is, made as in the forward: untracked."""
    before = state.set_mode(grad=False, forward_level=None)
    try:
        return alias_op(value)
    finally:
        state.set_mode(**before)


def _without_history(value: Any, is_input: bool, is_dirty: bool) -> Any:
    if not value.requires_grad:
        return _view_of(value) if is_input and not is_dirty else value
    if is_input:  # an alias, rather than an input that lost its requires_grad
        return value.detach()
    return value if value._view is not None else value.detach_()


def _rewrite(value: Any, node: Any, output: int, count: int) -> None:
    """Make the node the history of an input that forward changed in place."""
    if value.is_leaf and value._requires_grad:
        raise RuntimeError("a leaf Variable that requires grad has been used in an in-place operation.")
    if value._view is None:
        set_history(value, node, output)
        return
    if count > 1:
        raise RuntimeError(
            "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return "
            "more than one Tensor. This is not supported by the current autograd engine. You should either make sure "
            "the input is not a view (using .clone() for example) or make your Function only return one Tensor "
            "(potentially splitting it into two Functions: one doing the inplace that returns a single Tensor and a "
            "second one that does the other operations). You can ask on the forum https://discuss.pytorch.org/ if you "
            "need help to do this change."
        )
    base = value._view.base
    if base._node is None and base._requires_grad:
        raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    rebase_history(value, node)
