"""The graph: nodes, edges, what they save, and the hooks on them.

An edge is a pair (node, index of the node's output) or None. A tensor that came from a recorded operation holds
its node; a leaf is reached through its AccumulateGrad node, which the graph keeps alive and the leaf does not.
Sources: https://docs.pytorch.org/docs/stable/autograd.html#autograd-graph, notes/autograd.
"""

from __future__ import annotations

import importlib
import itertools
import weakref
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

from reference import state
from reference.autograd.accumulate import accumulate

Edge = tuple["Node", int]

#: Nodes are numbered from 1 in order of creation; a backward pass takes them in reverse, and has 0 for none
#: (`reference.autograd.backward_pass`).
next_sequence_number = itertools.count(1).__next__

FREED_MESSAGE = (
    "Trying to backward through the graph a second time (or directly access saved tensors after they have already "
    "been freed). Saved intermediate values of the graph are freed when you call .backward() or autograd.grad(). "
    "Specify retain_graph=True if you need to backward through the graph a second time or if you need to access "
    "saved tensors after calling backward."
)


class _Freed:
    """Stands in for the saved values of a node that a backward pass has freed."""

    def __bool__(self) -> bool:
        return False


FREED: Any = _Freed()


class RemovableHandle:
    """What registering a hook returns: ``remove()`` unregisters it, and so does leaving it as a context (HKS-05)."""

    _next_id = itertools.count().__next__

    def __init__(self, hooks: Any) -> None:
        self._hooks = weakref.ref(hooks)
        self.id = RemovableHandle._next_id()

    def remove(self) -> None:
        """Unregister the hook; a second call does nothing."""
        hooks = self._hooks()
        if hooks is not None:
            hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.remove()


class Hooks(OrderedDict):
    """Hooks of one kind, in order of registration."""

    def add(self, hook: Any) -> RemovableHandle:
        """Register a hook, perhaps with how it wants to be called."""
        handle = RemovableHandle(self)
        self[handle.id] = hook
        return handle


class NodeHooks:
    """All hooks on a node, by kind. Most nodes have none, so they are kept apart from it."""

    __slots__ = ("post", "pre", "retained", "tensor")

    def __init__(self) -> None:
        self.tensor: dict[int, Hooks] = {}  # hooks on the tensor that is the node's output n
        self.retained: dict[int, Any] = {}  # weak reference to the tensor whose .grad output n fills
        self.pre = Hooks()
        self.post = Hooks()


class Node:
    """A step of a backward pass.

    ``next`` holds an edge (or None) per input of the forward operation; ``shape`` and ``dtype`` (a NumPy dtype)
    describe the gradient that the node takes, or are lists, one entry an output, where ``outputs`` is above 1.
    """

    __slots__ = (
        "__weakref__", "_metadata", "dtype", "hooks", "is_exact", "next", "outputs", "seq", "shape"
    )  # fmt: skip
    next: tuple[Edge | None, ...]
    shape: Any
    dtype: Any
    seq: int
    outputs: int
    is_exact: bool  # whether its gradients surely have the shapes and dtypes that the next nodes take
    hooks: NodeHooks | None
    _metadata: dict[Any, Any]  # not set until it is asked for

    def __init__(self, next: tuple[Edge | None, ...], shape: Any, dtype: Any, outputs: int = 1) -> None:
        self.next = next
        self.shape, self.dtype, self.outputs = shape, dtype, outputs
        self.is_exact, self.hooks = False, None
        self.seq = next_sequence_number()

    def apply(self, gradient: Any, needed: Any) -> Any:
        """The gradients of the inputs, from that of the output (or a list of them, an output each).

        Gradients are arrays in an ordinary backward pass, and tensors under ``create_graph``. ``needed`` says of
        each input whether its gradient will be used; None stands for all that have an edge.
        """
        raise NotImplementedError

    def __call__(self, *gradients: Any) -> Any:
        """The gradients of the inputs, from those of the outputs: one tensor, or a tuple (GPH-17). No hook runs."""
        from reference.tensor import Tensor

        if len(gradients) != self.outputs:
            raise TypeError(f"expected {self.outputs} arguments, got {len(gradients)} instead")
        for place, gradient in enumerate(gradients):
            if gradient is not None and not isinstance(gradient, Tensor):
                raise TypeError(f"argument {place} is not a tensor but a {type(gradient).__name__}")
        if all(gradient is None for gradient in gradients):
            found: Any = (None,) * len(self.next)
        else:
            found = tuple(self.apply(gradients[0] if self.outputs == 1 else list(gradients), None))
        return found[0] if len(found) == 1 else found

    def release(self) -> None:
        """Let go of saved tensors: a second backward pass will fail here."""

    @property
    def next_functions(self) -> tuple[tuple[Node | None, int], ...]:
        """Pairs (node, output number), in the order of the forward operation's arguments (GPH-03)."""
        return tuple((None, 0) if edge is None else edge for edge in self.next)

    @property
    def metadata(self) -> dict[Any, Any]:
        """A dict of the user's own, kept with the node (GPH-09)."""
        try:
            return self._metadata
        except AttributeError:
            self._metadata = {}
            return self._metadata

    def name(self) -> str:
        """The node's name, such as MulBackward0 (GPH-02)."""
        name = type(self).__name__
        return f"torch::autograd::{name}" if name in ("NotImplemented", "CopyBackwards") else name

    def own_hooks(self) -> NodeHooks:
        """The node's hooks, made on first use."""
        if self.hooks is None:
            self.hooks = NodeHooks()
        return self.hooks

    def register_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(grad_inputs, grad_outputs)`` after the node ran; it may return other grad_inputs (HKS-18)."""
        return self.own_hooks().post.add(hook)

    def register_prehook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(grad_outputs)`` before the node runs; it may return other grad_outputs (HKS-19)."""
        return self.own_hooks().pre.add(hook)

    def _sequence_nr(self) -> int:
        return self.seq

    def __repr__(self) -> str:
        return f"<{type(self).__name__} object at {id(self):#x}>"


class AccumulateGrad(Node):
    """The end of an edge to a leaf: adds the gradient that arrives to the leaf's ``.grad``."""

    __slots__ = ("variable",)

    def __init__(self, leaf: Any) -> None:
        super().__init__((), leaf._array.shape, leaf._array.dtype)
        self.variable = leaf

    def name(self) -> str:
        """The name PyTorch gives it."""
        return "torch::autograd::AccumulateGrad"

    def apply(self, gradient: Any, needed: Any) -> Any:
        """Accumulate (`reference.autograd.accumulate`)."""
        if self.variable._node is not None:
            raise RuntimeError("leaf variable has been moved into the graph interior")
        if self.variable._view is not None and self.variable._view.unreached:
            return ()
        # frozen since, it gets nothing (ACC-32), but its hooks run
        accumulate(self.variable, gradient if self.variable._requires_grad else None)
        return ()


def accumulator_of(leaf: Any) -> AccumulateGrad:
    """A leaf's AccumulateGrad node: one, as long as anything holds it (GPH-05).

    It is numbered when the leaf is first used, just before the node that uses it, so that it is the next to run
    after the earliest user of the leaf.
    """
    reference = leaf._accumulator
    node = reference() if reference is not None else None
    if node is None:
        node = AccumulateGrad(leaf)
        leaf._accumulator = weakref.ref(node)
    return node


def gradient_edge(tensor: Any) -> Edge | None:
    """Where a tensor's gradient goes; None where it needs none."""
    if tensor._view is not None:
        tensor._view.refresh(tensor)
    node = tensor._node
    if node is not None:
        return node, tensor._nr
    return (accumulator_of(tensor), 0) if tensor._requires_grad else None


class PackedTensor:
    """A saved tensor that went through a pair of saved-tensor hooks (SAV-01 to SAV-12).

    The pack hook is given an input of the operation itself, or a tensor that stands for its result.
    """

    __slots__ = ("_edge", "_packed", "_place", "_unpack")

    def __init__(self, tensor: Any, hooks: tuple[Any, Any], edge: Edge | None, is_result: bool = False) -> None:
        pack, self._unpack = hooks
        before = tensor._counter[0]
        with_hooks_off = state.set_mode(grad=False, saved_tensor_hooks=())
        try:
            self._packed = pack(with_edge(tensor, edge) if is_result else tensor)
        finally:
            state.set_mode(**with_hooks_off)
        if tensor._counter[0] != before:
            raise RuntimeError(
                "A saved tensor pack hook is modifying its input in place. Tensors provided as input to pack hook "
                "cannot be modified by in-place operations as this can lead to unexpected side-effects. Please open "
                "an issue if you need to perform in-place operations on the input to a pack hook."
            )
        self._edge, self._place = edge, None
        if is_result and edge is not None:  # the node holds this
            self._edge, self._place = None, (weakref.ref(edge[0]), edge[1])

    def tensor(self) -> Any:
        """Unpack: a tensor with the saved one's place in the graph (SAV-05)."""
        from reference.tensor import Tensor

        unpacked = self._unpack(self._packed)
        if not isinstance(unpacked, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(unpacked).__name__}"
            )
        edge = self._edge
        if self._place is not None:
            node = self._place[0]()
            edge = None if node is None else (node, self._place[1])
        return with_edge(unpacked, edge)


def without_history(pack_hook: Any) -> Any:
    """A pack hook that is given tensors outside of their graph, as one is that is registered on a saved value."""
    return lambda tensor: pack_hook(tensor.detach())


def with_edge(tensor: Any, edge: Edge | None) -> Any:
    """The tensor's data, at the given place in the graph."""
    placed = tensor._alias()
    placed._counter = tensor._counter
    if tensor._tangents is not None:
        placed._tangents = tensor._tangents
    if edge is None:
        return placed
    node, placed._nr = edge
    placed._requires_grad = True
    if isinstance(node, AccumulateGrad):
        placed._accumulator = weakref.ref(node)
    else:
        placed._node = node
    return placed


#: What else ``torch.autograd.graph`` has, and where it is; imported when it is first asked for.
_ELSEWHERE = {
    "GradientEdge": "backward_pass",
    "get_gradient_edge": "backward_pass",
    "register_multi_grad_hook": "multi_grad",
    "saved_tensors_hooks": "saved_hooks",
    "save_on_cpu": "saved_hooks",
    "disable_saved_tensors_hooks": "saved_hooks",
    "allow_mutation_on_saved_tensors": "saved_hooks",
    "increment_version": "saved_hooks",
}


def __getattr__(name: str) -> Any:
    if name in _ELSEWHERE:
        return getattr(importlib.import_module(f"reference.autograd.{_ELSEWHERE[name]}"), name)
    raise AttributeError(f"module 'reference.autograd.graph' has no attribute '{name}'")
