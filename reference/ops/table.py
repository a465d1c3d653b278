"""The op table: what a row holds, and how an operation is applied, recorded and differentiated.

A row is a kernel on NumPy arrays and, for each differentiable input, a rule for its gradient (a vector-Jacobian
product). The names of a rule's arguments say what the operation saves:

    mul = Op("mul", np.multiply, inputs=("self", "other"), self=lambda g, other: g * conj(other),
                                                           other=lambda g, self: g * conj(self))

``mul`` saves ``other`` where ``self`` needs a gradient, and the other way round. Beside the inputs' names there are
``result`` (the saved output), ``self_shape`` and ``self_dtype`` (for any input), and the names of the parameters.
What is saved is observable: it is what a second backward pass misses, and what an in-place write must not change.

A rule is written once, with operators and other operations: it is given arrays in an ordinary backward pass, and tensors
under ``create_graph`` (`reference.ops.nodes`).
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np

from reference import state
from reference.autograd.graph import Node, gradient_edge, next_sequence_number
from reference.autograd.views import DEFAULT, INFERENCE, MULTIPLE, NO_GRAD, View
from reference.bfloat16 import settled
from reference.dtypes import category_of
from reference.meta import placed, without_class
from reference.ops.nodes import DTYPE, INPUT, PARAMETER, RESULT, SHAPE, NotImplementedNode, OpNode, Plan, arguments_of
from reference.ops.promotion import FLOATING, broadcast_error, promote
from reference.ops.rules import refuse_lost_view
from reference.tensor import Tensor, bare

_new = object.__new__
_ndarray = np.ndarray
_asarray = np.asarray


class Op:
    """A row of the table.

    ``inputs`` are the kernel's positional arguments, ``parameters`` its keyword-only ones. ``view`` marks an operation
    whose result shares memory, and ``rereads`` one that takes what lies there for something else: it says of which class
    its result is, by that of its input (`reference.pending`). ``outputs`` names the outputs where there are several, of
    which the first ``differentiable`` carry a gradient; ``promotes`` is None, "common" (inputs meet in one dtype) or
    "float" (and integers become the default dtype). ``holomorphic`` says that the operation is a complex function which
    is real for real arguments, so that conj(f'(z)) = f'(conj(z)): its rules are written with f' alone, and are given the
    conjugates of what was saved (CPX-02).
    """

    elementwise = False

    def __init__(
        self,
        name: str,
        kernel: Callable[..., Any],
        /,
        *,
        inputs: tuple[str, ...] = (),
        node: str | None = None,
        view: bool = False,
        rereads: dict[type, type] | None = None,
        outputs: tuple[str, ...] = (),
        differentiable: int | None = None,
        promotes: str | None = None,
        holomorphic: bool = False,
        **rules: Callable[..., Any],
    ) -> None:
        self.name = name
        self.kernel = kernel
        self.inputs = inputs or arguments_of(kernel)
        self.node_name = node or "".join(part.capitalize() for part in name.split("_")) + "Backward0"
        self.view = view
        self.rereads = rereads
        self.outputs = outputs
        self.differentiable = differentiable if differentiable is not None else max(len(outputs), 1)
        self.promotes = promotes
        self.holomorphic = holomorphic
        self._settle(rules)

    def _settle(self, rules: dict[str, Callable[..., Any]]) -> None:
        self.rules = rules
        self._have_rules = tuple(name in rules for name in self.inputs)
        #: The places of the inputs that have a rule: the node has an edge for each of them, in that order.
        self.differentiated = tuple(i for i, name in enumerate(self.inputs) if name in rules)
        self._plans: dict[int, Plan] = {}
        self._node_class: type[OpNode] | None = None

    def named(self, node: str, *, numbers: tuple[str, ...] = ()) -> Op:
        """The same operation, whose nodes have another name: PyTorch numbers the overloads of a function.

        ``numbers`` are inputs that are numbers in this overload, so that the node has no edge for them.
        """
        twin = copy.copy(self)
        twin.node_name = node
        twin._settle({name: rule for name, rule in self.rules.items() if name not in numbers})
        return twin

    def source(self, name: str) -> tuple[int, Any]:
        """Where a rule's argument comes from."""
        if name in self.inputs:
            return INPUT, self.inputs.index(name)
        if name == "result":
            return RESULT, None
        if name in self.outputs:
            return RESULT, self.outputs.index(name)
        for suffix, kind in (("_shape", SHAPE), ("_dtype", DTYPE)):
            if name.endswith(suffix) and name.removesuffix(suffix) in self.inputs:
                return kind, self.inputs.index(name.removesuffix(suffix))
        return PARAMETER, name

    def plan(self, mask: int) -> Plan:
        """The plan for the inputs whose bit is set."""
        plan = self._plans.get(mask)
        if plan is None:
            plan = self._plans[mask] = Plan(self, mask)
        return plan

    @property
    def node_class(self) -> type[OpNode]:
        """The class of the operation's nodes, made on first use."""
        if self._node_class is None:
            members = {"op": self, "__module__": "torch.autograd.graph", "__slots__": ()}
            base = NotImplementedNode if self.node_name == "NotImplemented" else OpNode
            self._node_class = type(self.node_name, (base,), members)
        return self._node_class

    def __call__(self, *inputs: Any, **parameters: Any) -> Any:
        """Apply to tensors, recording where that is due; or to bare arrays, as the kernel alone."""
        for value in inputs:
            if isinstance(value, Tensor):
                return self.apply(inputs, parameters)
        return self.kernel(*inputs, **parameters)

    def bind(self, *inputs: Any, **parameters: Any) -> tuple[Op, Any, Any]:
        """An application to be made, out of place or in place (`reference.ops.writing.writable`)."""
        return self, inputs, parameters

    def apply(self, inputs: Any, parameters: Any) -> Any:
        """Apply to tensors (and numbers, or arrays that are constants)."""
        if self.view:
            arrays = [inputs[0]._memory]
        else:
            arrays = [value._array if isinstance(value, Tensor) else value for value in inputs]
        if state.has_meta:
            arrays = [without_class(value) for value in arrays]
        if self.promotes is not None:
            arrays = promote(arrays, self.promotes)
        try:
            out = self.kernel(*arrays, **parameters)
        except Exception as error:
            if self.rules:  # PyTorch looks at its views before its kernel runs
                for value in inputs:
                    refuse_lost_view(value)
            if isinstance(error, ValueError):
                raise broadcast_error(arrays) or RuntimeError(f"{self.name}(): {error}") from None
            raise
        return self.finish(inputs, parameters, out)

    def finish(self, inputs: Any, parameters: Any, out: Any) -> Any:
        """Wrap the kernel's output, and record the operation where grad mode and its inputs ask for it."""
        if state.special:
            if state.modes.batch_level is not None:
                from reference.autograd.batching import is_batched, per_sample

                if is_batched(*inputs):
                    return per_sample(self, *inputs, **parameters)
            out = settled(self, inputs, parameters, out)
            if state.has_meta:
                out = placed(self, inputs, out)
        outputs = out if self.outputs else (out,)
        results = tuple([self._result(value, inputs) for value in outputs])
        mask, bit = 0, 1
        for has_rule, value in zip(self._have_rules, inputs):  # noqa: B905 (strict costs on the hot path)
            if has_rule and isinstance(value, Tensor):
                if value._view is not None and (not state.special or state.modes.grad):
                    value._view.refresh(value)
                if value._requires_grad:
                    mask |= bit
            bit <<= 1
        if state.special:
            from reference.ops.special_modes import finish_in_special_mode

            finish_in_special_mode(self, inputs, parameters, results, mask)
        elif mask:
            self.record(mask, inputs, parameters, results)
        if self.view:
            self._note_view(inputs[0], parameters, results)
        return results if self.outputs else results[0]

    def _result(self, value: Any, inputs: Any) -> Any:
        array = value if type(value) is _ndarray else np.asanyarray(value)
        if not self.view:
            return bare(Tensor, array, [0])
        source = inputs[0]
        kind: Any = Tensor if source._pending is None else type(source)
        return bare(kind if self.rereads is None else self.rereads.get(kind, kind), array, source._counter)

    def _note_view(self, source: Any, parameters: Any, results: Any) -> None:
        """Tell each result which base it is a view of, and how it is made from it."""
        if source._is_inference:
            for result in results:
                result._is_inference = True
            return
        modes = state.modes
        creation = DEFAULT if modes.grad and not modes.inference else INFERENCE if modes.inference else NO_GRAD
        for i, result in enumerate(results):
            if result._memory.size and not np.may_share_memory(result._memory, source._memory):
                result._counter = [0]
                continue
            step = (self, parameters, i if self.outputs else None)
            above = source._view
            if above is None:
                base, chain = source, (step,)
            else:
                base, chain = above.base, (*above.chain, step)
                if above.creation != DEFAULT and creation == DEFAULT:
                    creation = above.creation
            result._view = View(base, chain, MULTIPLE if self.outputs and creation == DEFAULT else creation)

    def record(self, mask: int, inputs: Any, parameters: Any, results: Any) -> Node:
        """Make the node, save what its plan says, and give it to the results."""
        plan = self._plans.get(mask) or self.plan(mask)
        places = self.differentiated
        if len(places) == 1:
            edges: Any = (gradient_edge(inputs[places[0]]),)
        else:
            # from the last input to the first: of the leaves that are first used here, the first then runs first
            edges = tuple([gradient_edge(inputs[i]) if mask >> i & 1 else None for i in places[::-1]])[::-1]
        saved, versions = self.save(plan, inputs, parameters, results)
        node = self.make_node(plan, edges, saved, versions, results)
        for i, result in enumerate(results[: self.differentiable]):
            if category_of(result._array.dtype) >= FLOATING:
                result._node, result._nr, result._requires_grad = node, i, True
        return node

    def make_node(self, plan: Plan, edges: Any, saved: Any, versions: Any, results: Any) -> OpNode:
        """The node of one application; not yet any tensor's history."""
        node = _new(plan.node_class)
        node.next = edges
        node.outputs = len(results)
        node.hooks, node.is_exact = None, False
        if len(results) > 1:
            node.shape = [r._array.shape for r in results]
            node.dtype = [r._array.dtype for r in results]
        else:
            array = results[0]._array
            node.shape, node.dtype = array.shape, array.dtype
        node.plan, node.saved, node.versions = plan, saved, versions
        node.seq = next_sequence_number()
        return node

    def save(self, plan: Plan, inputs: Any, parameters: Any, results: Any) -> tuple[Any, Any]:
        """The saved values in the plan's order, and the versions of those that are tensors."""
        saved, versions = [], []
        for kind, key in plan.sources:
            version = None
            if kind == INPUT:
                value = inputs[key]
                if isinstance(value, Tensor):
                    version = value._counter[0]
            elif kind == RESULT:
                result = results[key or 0]
                value = result._alias()  # not the result itself: that would be a cycle
                value._counter = result._counter
                version = value._counter[0]
            elif kind == PARAMETER:
                value = parameters[key]
            else:
                array = inputs[key]._array if isinstance(inputs[key], Tensor) else _asarray(inputs[key])
                value = array.shape if kind == SHAPE else array.dtype
            saved.append(value)
            versions.append(version)
        return saved, versions
