"""Views and in-place writes: how the history of a base and of its views is rewritten.

A view knows its base and the chain of operations that makes it from the base. An in-place write to a view gives the
base a CopySlices node; every view finds its own node anew when the shared version counter has moved (INP-13, INP-14).
Source: https://docs.pytorch.org/docs/stable/notes/autograd.html#in-place-operations-with-autograd.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.autograd.graph import FREED_MESSAGE, Node, gradient_edge
from reference.tensor import is_dense, memory_owner, wrap

DEFAULT, NO_GRAD, INFERENCE, MULTIPLE, CUSTOM = "default", "no_grad", "inference", "multiple views", "custom function"


class View:
    """What a view knows: its base, the way to it, and the version of the base that its node belongs to.

    It is ``unreached`` where it requires grad because, and as long as, its base does, without a node: gradients stop
    there (INP-46).
    """

    __slots__ = ("base", "chain", "creation", "unreached", "version")

    def __init__(self, base: Any, chain: tuple[Any, ...], creation: str) -> None:
        self.base = base
        self.chain = chain  # triples (operation, its parameters, which output)
        self.creation = creation
        self.version = base._counter[0]
        self.unreached = False

    def replay(self, base: Any) -> Any:
        """Make the view again, of another tensor or array with the base's shape."""
        made = base
        for op, params, output in self.chain:
            made = op.kernel(made, **params) if isinstance(made, np.ndarray) else op(made, **params)
            if output is not None:
                made = made[output]
        return made

    @property
    def rereads(self) -> bool:
        """Whether the view takes what lies in memory for something else than its base does."""
        return any(op.rereads is not None for op, _, _ in self.chain)

    def _again(self) -> Any:
        """Make a view that rereads memory again: by the same operations where it does, by strides in between."""
        made, shown, memory = self.base, None, self.base._memory
        for op, params, output in self.chain:
            memory = op.kernel(memory, **params)
            memory = memory if output is None else memory[output]
            if op.rereads is None:
                shown = wrap(memory)
                if made is not self.base:
                    made, shown = _look(made, shown), None
            else:
                made, shown = op(made if shown is None else _look(made, shown), **params), None
        return made

    def requires_grad_of(self, view: Any) -> bool:
        """Whether a view requires grad: of itself, or because its base does now."""
        return self.base._requires_grad or (view._requires_grad and not self.unreached)

    def refresh(self, view: Any) -> None:
        """Give a view the node that it has since its base was last written to."""
        version = self.base._counter[0]
        if self.version == version:
            if self.unreached:
                view._requires_grad = self.unreached = self.base._requires_grad
            elif self.base._requires_grad and not view._requires_grad:
                view._requires_grad = self.unreached = True
            return
        if not self.base._requires_grad:  # it may yet, and then the view has a node
            return
        if self.creation != DEFAULT:
            raise RuntimeError(_refusal(view, self, indirect=True))
        before = state.set_mode(grad=True, inference=False, saved_tensor_hooks=())
        try:
            made = self._again() if self.rereads else _look(self.base, view)
        finally:
            state.set_mode(**before)
        if made._node is None:
            view._node, view._nr, view._requires_grad = None, 0, made._requires_grad
        else:
            set_history(view, made._node, made._nr)
        self.version = version


def _look(tensor: Any, view: Any) -> Any:
    """What a view shows now, by its strides, which is how PyTorch names the new node."""
    from reference.ops.strides import as_strided

    return as_strided(tensor, view.shape, view.stride(), view.storage_offset())


def _refusal(view: Any, info: View, indirect: bool) -> str:
    node = view._node
    what = f"Output {view._nr} of {node.name()}" if node is not None else "A view"
    modified = (
        "is a view and its base or another view of its base has been modified inplace."
        if indirect
        else "is a view and is being modified inplace."
    )
    if info.creation == MULTIPLE:
        return (
            f"{what} {modified} This view is the output of a function that returns multiple views. Such functions do "
            "not allow the output views to be modified inplace. You should replace the inplace operation by an "
            "out-of-place one."
        )
    if info.creation == CUSTOM:
        return (
            f"{what} {modified} This view was created inside a custom Function (or because an input was returned as-is)"
            " and the autograd logic to handle view+inplace would override the custom backward associated with the "
            "custom Function, leading to incorrect gradients. This behavior is forbidden. You can fix this by cloning "
            "the output of the custom Function."
        )
    mode = "no_grad" if info.creation == NO_GRAD else "inference"
    return (
        f"A view was created in {mode} mode and {modified.removeprefix('is a view and ')} Given that this use case is "
        "ambiguous and error-prone, it is forbidden. You can clarify your code by moving both the view and the inplace "
        f"either both inside the {mode} block (if you don't want the inplace to be tracked) or both outside (if you "
        "want the inplace to be tracked)."
    )


def check_in_place(tensor: Any, recorded: bool) -> None:
    """Refuse a write that would break the graph; ``recorded`` says whether the write itself will be recorded."""
    if tensor._is_inference and not state.modes.inference:
        raise RuntimeError(
            "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone to get a "
            "normal tensor before doing inplace update."
        )
    if overlaps(tensor._memory):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory location. "
            "Please clone() the tensor before performing the operation."
        )
    if not recorded:
        return
    info = tensor._view
    if info is not None:
        if info.creation != DEFAULT:
            raise RuntimeError(_refusal(tensor, info, indirect=False))
        if info.base._node is None and tensor.requires_grad:
            raise RuntimeError("a view of a leaf Variable that requires grad is being used in an in-place operation.")
    if tensor._requires_grad and tensor._node is None:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")


def overlaps(array: Any) -> bool:
    """Whether several elements surely share a memory location (an expanded dimension)."""
    if 0 not in array.strides or not array.size:
        return False
    return any(s == 0 and n > 1 for s, n in zip(array.strides, array.shape, strict=True))


def overlaps_partly(a: Any, b: Any) -> bool:
    """Whether two arrays that lie densely in memory share some of it, but are not the same elements in one order."""
    if (a.base is None and b.base is None) or memory_owner(a) is not memory_owner(b):
        return False
    starts = [x.__array_interface__["data"][0] for x in (a, b)]
    if starts[0] == starts[1] and a.strides == b.strides and a.shape == b.shape:
        return False
    if not (is_dense(a) and is_dense(b)):
        return False
    return starts[0] < starts[1] + b.nbytes and starts[1] < starts[0] + a.nbytes


def rebase_history(tensor: Any, node: Node) -> None:
    """Make ``node``, an in-place operation's, the history of the tensor, and of its base where it is a view."""
    info = tensor._view
    if info is not None:
        base = info.base
        copy_slices = CopySlices(base, info, node)
        set_history(base, copy_slices)
        info.version = -1
        info.refresh(tensor)
    else:
        set_history(tensor, node)


def set_history(tensor: Any, node: Node, output: int = 0) -> None:
    """Make a tensor the output of a node; a retained gradient follows it (NLG-09)."""
    before, before_output = tensor._node, tensor._nr
    tensor._node, tensor._nr, tensor._requires_grad = node, output, True
    if before is not None and before.hooks is not None and before_output in before.hooks.retained:
        node.own_hooks().retained[output] = before.hooks.retained.pop(before_output)


def _is_of_a_function(node: Node) -> bool:
    from reference.autograd.function import BackwardCFunction

    return isinstance(node, BackwardCFunction)


class CopySlices(Node):
    """Backward of a write to a view, as a node of the base: the rest passes, the slice goes through ``fn``."""

    def __init__(self, base: Any, view: View, fn: Node) -> None:
        super().__init__((gradient_edge(base), *fn.next[1:]), base._array.shape, base._array.dtype)
        self.view, self.fn = view, fn
        self.freed = False

    def name(self) -> str:
        """The name PyTorch gives it."""
        return "torch::autograd::CopySlices"

    def apply(self, gradient: Any, needed: Any) -> Any:
        """Copy the gradient; let ``fn`` turn the slice of it into the gradient of what the slice held before.

        Where a Function gives none for the slice, the whole base gets none.
        """
        if self.freed:
            raise RuntimeError(FREED_MESSAGE)
        if gradient is None:
            return [None] * len(self.next)
        raw = not hasattr(gradient, "_array")
        if raw and self.view.rereads:  # an array cannot be written to by way of its conjugate, a tensor can
            before_mode = state.set_mode(grad=False, inference=False)
            try:
                return [x if x is None else x._array for x in self.apply(wrap(np.asarray(gradient)), needed)]
            finally:
                state.set_mode(**before_mode)
        whole = np.array(gradient) if raw else gradient.clone()
        written = self.view.replay(whole)
        inner = self.fn.apply(written.copy() if raw else written.clone(), None)
        before = inner[0]
        if before is None and _is_of_a_function(self.fn):
            return [None, *inner[1:]]
        if raw:
            written[...] = 0 if before is None else before
        elif before is None:
            written.zero_()
        else:
            written.copy_(before)
        return [whole, *inner[1:]]

    def release(self) -> None:
        """Free the in-place operation, even one that saved nothing: PyTorch runs it no second time."""
        self.fn.release()
        self.freed = True
