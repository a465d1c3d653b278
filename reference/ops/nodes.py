"""The backward nodes of operations: what they save, and how their rules are applied.

A rule's arguments are the gradient and what is saved, by name. In an ordinary backward pass they are arrays, on which an
operation is its bare kernel; under ``create_graph`` they are tensors, and the rule is recorded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from reference.autograd.graph import FREED, FREED_MESSAGE, Node, PackedTensor, with_edge
from reference.dtypes import long_name
from reference.ops.straight_rules import straight_function
from reference.tensor import Tensor

if TYPE_CHECKING:
    from reference.ops.table import Op

#: What an array of a gradient is, or a NumPy scalar in its place.
_ARRAYS = frozenset((np.ndarray, *np.sctypeDict.values()))

#: What is said of a saved tensor that has left the graph since.
DETACHED_MESSAGE = (
    "Trying to use a saved tensor that has been detached in-place, i.e. with .detach_(). This is not supported, please "
    "use out-of-place `.detach()` instead"
)

#: Where a saved value comes from: an input, a result, an input's shape or dtype, a parameter.
INPUT, RESULT, SHAPE, DTYPE, PARAMETER = range(5)


class Plan:
    """What is saved, given which inputs need a gradient, and where each rule finds its arguments."""

    __slots__ = (
        "_on_arrays", "are_tensors", "elementwise", "holomorphic", "input_places", "names", "node_class", "rules",
        "saves_result_alone", "saves_tensors", "sources",
    )  # fmt: skip

    def __init__(self, op: Op, mask: int) -> None:
        names: dict[str, int] = {}
        rules: list[Any] = []
        for i in op.differentiated:
            if not mask >> i & 1:
                rules.append(None)
                continue
            rule = op.rules[op.inputs[i]]
            arguments = arguments_of(rule)[1:]
            picks = tuple(names.setdefault(name, len(names)) for name in arguments)
            rules.append((rule, picks))
        self.names = tuple(names)
        self.rules = tuple(rules)
        self.sources = tuple(op.source(name) for name in names)
        self.are_tensors = tuple(kind in (INPUT, RESULT) for kind, _ in self.sources)
        self.saves_tensors = any(self.are_tensors)
        self.elementwise = op.elementwise
        self.holomorphic = op.holomorphic
        self.node_class = op.node_class
        only_inputs = all(kind == INPUT for kind, _ in self.sources)
        #: The places of the inputs that are saved, where nothing else is; None otherwise.
        self.input_places = tuple(key for _, key in self.sources) if only_inputs else None
        self.saves_result_alone = [kind for kind, _ in self.sources] == [RESULT]
        self._on_arrays: Any = None

    @property
    def on_arrays(self) -> Any:
        """The rules on arrays, as one function of the node, the gradient and which gradients are needed."""
        if self._on_arrays is None:
            self._on_arrays = straight_function(self, _IN_STRAIGHT_FUNCTIONS)
        return self._on_arrays


def arguments_of(function: Any) -> tuple[str, ...]:
    """The names of a rule's (or a kernel's) positional arguments."""
    names = getattr(function, "arguments", None)
    code = function.__code__
    return code.co_varnames[: code.co_argcount] if names is None else names


def taking(rule: Any, *names: str) -> Any:
    """A rule for a varying number of arguments, whose names after the gradient's are these."""
    rule.arguments = ("g", *names)
    return rule


class OpNode(Node):
    """The backward node of an operation in the table; each operation has its own subclass, named after it."""

    __slots__ = ("plan", "saved", "versions")
    op: Op
    plan: Plan
    saved: Any
    versions: Any  # of the saved tensors; None for what is none, or was packed

    def unpack_recorded(self) -> Any:
        """The saved values, tensors as tensors in their place in the graph."""
        if self.saved is FREED:
            raise RuntimeError(FREED_MESSAGE)
        values = []
        for (kind, key), value, version in zip(self.plan.sources, self.saved, self.versions, strict=True):
            if type(value) is PackedTensor:
                values.append(value.tensor())
                continue
            if version is not None and value._counter[0] != version:
                raise RuntimeError(version_message(self, value, version))
            if version is not None and value._left_graph > self.seq:
                raise RuntimeError(DETACHED_MESSAGE)
            values.append(with_edge(value, (self, key or 0)) if kind == RESULT else value)
        return values

    def apply(self, gradient: Any, needed: Any) -> Any:
        """Apply the rules of the inputs that need a gradient."""
        plan = self.plan
        if type(gradient) in _ARRAYS:
            return (plan._on_arrays or plan.on_arrays)(self, gradient, needed)
        if gradient is None or (type(gradient) is list and all(g is None for g in gradient)):
            if self.saved is FREED:
                raise RuntimeError(FREED_MESSAGE)
            return [None] * len(self.next)
        if not (isinstance(gradient, Tensor) or any(isinstance(g, Tensor) for g in gradient)):
            return plan.on_arrays(self, gradient, needed)
        values = self.unpack_recorded()
        if plan.holomorphic and self.dtype.kind == "c":
            values = [conjugate(value) for value in values]
        gradients: list[Any] = []
        for entry in plan.rules:
            if entry is None or (needed is not None and not needed[len(gradients)]):
                gradients.append(None)
                continue
            rule, picks = entry
            gradients.append(rule(gradient, *[values[p] for p in picks]))
        return gradients

    def release(self) -> None:
        """Free what was saved, if that was more than shapes and parameters (BWD-11, BWD-12)."""
        if self.plan.saves_tensors:
            self.saved = FREED

    def __dir__(self) -> list[str]:
        from reference.autograd.saved import saved_attributes

        return [*super().__dir__(), *saved_attributes(self.op)]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_saved_") or name.startswith("_raw_saved_"):
            from reference.autograd.saved import saved_attribute

            return saved_attribute(self, name)
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")


def version_message(node: Any, tensor: Any, version: int) -> str:
    """What is said of a saved tensor that was written to since (INP-08, INP-09)."""
    if tensor._node is None:
        for (kind, key), value in zip(node.plan.sources, node.saved, strict=True):
            if kind == RESULT and value is tensor:
                return modified_message(tensor, version, node, key or 0)
    return modified_message(tensor, version, tensor._node, tensor._nr)


def _unpacked(value: Any) -> Any:
    """What stands in a saved tensor's place: a packed tensor, as an array; or a number or an array."""
    return value.tensor()._array if type(value) is PackedTensor else value


def modified_message(tensor: Any, version: int, node: Any, output: int) -> str:
    """What is said of a saved tensor, the node's output where that is known, that was written to since."""
    what = f"[torch.{long_name(tensor._array.dtype)}Tensor {list(tensor.shape)}]"
    of = f", which is output {output} of {node.name()}," if node is not None else ""
    return (
        f"one of the variables needed for gradient computation has been modified by an inplace operation: {what}{of} "
        f"is at version {tensor._counter[0]}; expected version {version} instead. Hint: enable anomaly detection to "
        "find"
        " the operation that failed to compute its gradient, with torch.autograd.set_detect_anomaly(True)."
    )


def conjugate(value: Any) -> Any:
    """The conjugate of a saved tensor, array or number; shapes and the like are returned as they are."""
    if isinstance(value, complex):
        return value.conjugate()
    return value.conj() if isinstance(value, (Tensor, np.ndarray, np.generic)) else value


#: What the text of `straight_function` uses.
_IN_STRAIGHT_FUNCTIONS: dict[str, Any] = {
    "FREED": FREED,
    "DETACHED_MESSAGE": DETACHED_MESSAGE,
    "FREED_MESSAGE": FREED_MESSAGE,
    "conjugate": conjugate,
    "float32": np.dtype("f4"),
    "float64": np.dtype("f8"),
    "unpacked": _unpacked,
    "version_message": version_message,
}


class NotImplementedNode(OpNode):
    """The node of an operation that has no derivative: it fails whichever gradients are asked of it."""

    __slots__ = ()

    def apply(self, gradient: Any, needed: Any) -> Any:
        """Raise, as the rules of all inputs do."""
        return super().apply(gradient, None)
