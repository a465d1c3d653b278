"""Forward mode: dual levels, the tangents of tensors, and how an operation carries them on.

A tensor's tangents are a dict, level -> tangent; ``forward_ad`` has one level at a time, ``func.jvp`` nests them. While
a level's tangents are computed, the level around it is the current one, so that they have tangents of their own there.

No operation needs a rule for forward mode. A view's tangent is the same view of the tangent (they share memory, as
their primals do). The gradient rule of an elementwise operation multiplies by f', as the tangent's does. For any other
operation the tangent is the gradient of the gradient rule, which is linear, with respect to its upstream gradient: the
transpose of the transpose.
Source: https://docs.pytorch.org/docs/stable/autograd.html#forward-mode-automatic-differentiation.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from reference import state
from reference.autograd import backward_pass
from reference.autograd.batching import BatchedTensor, batch, per_sample, sample_of
from reference.autograd.running import check
from reference.dtypes import COMPLEX, FLOATING, category_of
from reference.ops.nodes import DTYPE, INPUT, RESULT, SHAPE, arguments_of, conjugate
from reference.ops.shapes import alias_op
from reference.ops.table import Op
from reference.ops.writing import wrap_with_history
from reference.tensor import Tensor, memory_owner, wrap


class Level:
    """A dual level; ``outer`` is the one around it."""

    def __init__(self) -> None:
        self.outer = state.modes.forward_level
        self._carriers: list[Any] = []

    def enter(self) -> None:
        """Make it the current level of this thread."""
        state.set_mode(forward_level=self)

    def leave(self) -> None:
        """Go back to the level around it, and discard all of its tangents (FWD-04)."""
        state.set_mode(forward_level=self.outer)
        for reference in self._carriers:
            tensor = reference()
            if tensor is not None:
                tensor._tangents.pop(self, None)
        self._carriers.clear()

    def around(self) -> Any:
        """A context in which the level around it is the current one."""
        return _Current(self.outer)

    def give(self, tensor: Any, tangent: Any) -> None:
        """Make ``tangent`` the tensor's, laid out in memory like the tensor, so that views of both agree."""
        if isinstance(tensor, BatchedTensor):
            for i, sample in enumerate(tensor._samples):
                own = sample_of(tangent, tensor._level, i)
                self.give(sample, own.clone() if own is tangent else own)
            return
        if tensor._tangents is None:
            tensor._tangents = {}
        tensor._tangents[self] = _laid_out_like(tangent, tensor)
        self._carriers.append(weakref.ref(tensor))

    def tangent_of(self, tensor: Any) -> Any:
        """The tensor's tangent, or None; that of a view is looked for at its base too."""
        if isinstance(tensor, BatchedTensor):
            found = [self.tangent_of(sample) for sample in tensor._samples]
            if all(t is None for t in found):
                return None
            return batch(tensor._level, [_zeros_like(x) if t is None else t
                                         for t, x in zip(found, tensor._samples, strict=True)])  # fmt: skip
        tangents = tensor._tangents
        if tangents is not None and self in tangents:
            return tangents[self]
        view = tensor._view
        if view is None or view.base._tangents is None or self not in view.base._tangents:
            return None
        with self.around():
            self.give(tensor, view.replay(view.base._tangents[self]))
        return tensor._tangents[self]

    def copy_tangents(self, tensor: Any, to: Any) -> None:
        """Give copies of a tensor's tangents, here and around, to another of its shape."""
        level: Any = self
        while level is not None:
            tangent = level.tangent_of(tensor)
            if tangent is not None:
                with level.around():
                    level.give(to, tangent.clone())
            level = level.outer

    def with_tangents_of_sample(self, tensor: Any, batch_level: Any, i: int) -> Any:
        """An alias of a tensor, with one sample's tangents here and around; itself, without batched ones."""
        found = []
        level: Any = self
        while level is not None:
            tangent = level.tangent_of(tensor)
            if tangent is not None:
                found.append((level, sample_of(tangent, batch_level, i), tangent))
            level = level.outer
        if all(own is tangent for _, own, tangent in found):
            return tensor
        with _Current(None):
            made = alias_op(tensor)
        for level, own, _ in found:
            with level.around():
                level.give(made, own)
        return made


class _Current:
    def __init__(self, level: Any) -> None:
        self._level = level

    def __enter__(self) -> None:
        self._before = state.set_mode(forward_level=self._level)

    def __exit__(self, *exception: Any) -> None:
        state.set_mode(**self._before)


def _zeros_like(tensor: Any) -> Any:
    return wrap(np.zeros_like(tensor._array))


def _laid_out_like(tangent: Any, tensor: Any) -> Any:
    if tangent._pending is not None and tensor._pending is None:  # or it would refuse what can be done to the tensor
        tangent = tangent.clone()
    array = tensor._memory
    if tangent._memory.strides == array.strides or array.size < 2 or isinstance(tangent, BatchedTensor):
        return tangent
    made = wrap(np.empty_like(array, dtype=tangent._memory.dtype))
    return tangent if made._memory.strides == tangent._memory.strides else made.copy_(tangent)


def propagate(op: Op, inputs: Any, parameters: Any, results: Any) -> None:
    """Give the results of an operation their tangents, at every level at which an input has one (FWD-03)."""
    for level, tangents in tangents_at_each_level(inputs):
        with level.around():
            made = _jvp_per_sample(op, inputs, parameters, results, tangents)
            for result, tangent in zip(results, made, strict=False):
                if tangent is not None:
                    level.give(result, tangent)
    _share_with_saved(results)


def tangents_at_each_level(inputs: Any) -> list[tuple[Level, list[Any]]]:
    """The levels at which an input has a tangent, and the inputs' tangents there, the outermost level first.

    An inner tangent is computed from the results, which must have their outer tangents by then.
    """
    found = []
    level = state.modes.forward_level
    while level is not None:
        tangents = [level.tangent_of(x) if isinstance(x, Tensor) else None for x in inputs]
        if any(t is not None for t in tangents):
            found.append((level, tangents))
        level = level.outer
    return found[::-1]


def _share_with_saved(results: Any) -> None:
    """A result that its own node saved has the result's tangents (for backward passes within the level)."""
    node = results[0]._node
    if results[0]._tangents is None or node is None or not getattr(node, "saved", None):
        return
    for (kind, key), value in zip(node.plan.sources, node.saved, strict=True):
        if kind == RESULT and isinstance(value, Tensor):
            value._tangents = results[key or 0]._tangents


def tangent_of_write(op: Op, inputs: Any, parameters: Any) -> Callable[[Any], None] | None:
    """What updates the tangent of an in-place operation's target, once that is written (FWD-09).

    Called before the write. None where no input has a tangent.
    """
    found = tangents_at_each_level(inputs)
    if not found:
        return None
    if any(op.source(name) == (INPUT, 0) for rule in op.rules.values() for name in arguments_of(rule)[1:]):
        inputs = (wrap_with_history(inputs[0]), *inputs[1:])

    def update(target: Any) -> None:
        for level, tangents in found:
            with level.around():
                tangent = _jvp_per_sample(op, inputs, parameters, (target,), tangents)[0]
                if tangent is not None:
                    write_tangent(level, target, tangent)

    return update


def write_tangent(level: Level, target: Any, tangent: Any) -> None:
    """Write a tangent in place into the target's; a view that had none gives its base one, which is zero elsewhere."""
    own = level.tangent_of(target)  # that of a view shares the viewed one's memory
    if own is None:
        if target._view is None:
            level.give(target, tangent)
            return
        base = target._view.base
        zeros = wrap(np.zeros_like(base._array, dtype=tangent._array.dtype))
        level.give(base, per_sample(lambda sample: zeros.clone(), tangent))
        own = level.tangent_of(target)
    own.copy_(tangent)


def _jvp_per_sample(op: Op, inputs: Any, parameters: Any, results: Any, tangents: Any) -> tuple[Any, ...]:
    if state.modes.batch_level is None:
        return _jvp(op, inputs, parameters, results, tangents)
    return per_sample(_jvp, op, tuple(inputs), parameters, tuple(results), tuple(tangents))


def _jvp(op: Op, inputs: Any, parameters: Any, results: Any, tangents: Any) -> tuple[Any, ...]:
    """The tangents of the results: a Jacobian-vector product of the operation."""
    if op.view:
        made = op(tangents[0], **parameters)
        return tuple(made) if op.outputs else (made,)
    tangents = [t if name in op.rules else None for name, t in zip(op.inputs, tangents, strict=True)]
    if all(t is None for t in tangents):
        return (None,)
    involved = [*results, *(x for x, t in zip(inputs, tangents, strict=True) if t is not None)]
    if op.elementwise and (op.holomorphic or all(category_of(x._array.dtype) == FLOATING for x in involved)):
        made = [_elementwise(op, inputs, parameters, results, tangents)]
    else:
        made = _transposed_twice(op, inputs, parameters, results, tangents)
    taken = {id(memory_owner(t._memory)) for t in tangents if t is not None}
    return tuple([t if t is None or id(memory_owner(t._memory)) not in taken else t.clone() for t in made])


def _elementwise(op: Op, inputs: Any, parameters: Any, results: Any, tangents: Any) -> Any:
    total: Any = None
    for name, x, t in zip(op.inputs, inputs, tangents, strict=True):
        if t is not None:
            if t.dtype is x.dtype and t.dtype is not results[0].dtype:
                t = t.to(results[0].dtype)
            rule = op.rules[name]
            term = rule(t, *_values_of(op, rule, inputs, parameters, results))
            total = term if total is None else total + term
    shape = results[0]._array.shape
    return total if total._array.shape == shape else total.expand(shape)


def _values_of(op: Op, rule: Any, inputs: Any, parameters: Any, results: Any) -> list[Any]:
    """A rule's arguments but the gradient, as the operation would have saved them."""
    values = []
    for name in arguments_of(rule)[1:]:
        kind, key = op.source(name)
        if kind == INPUT:
            values.append(inputs[key])
        elif kind == RESULT:
            values.append(results[key or 0])
        elif kind in (SHAPE, DTYPE):
            array = inputs[key]._array if isinstance(inputs[key], Tensor) else np.asarray(inputs[key])
            values.append(array.shape if kind == SHAPE else array.dtype)
        else:
            values.append(parameters[key])
    return values


def _transposed_twice(op: Op, inputs: Any, parameters: Any, results: Any, tangents: Any) -> list[Any]:
    outputs = [r for r in results[: op.differentiable] if category_of(r._array.dtype) in (FLOATING, COMPLEX)]
    if not outputs:
        return [None]
    recorded = state.modes.grad
    before = state.set_mode(grad=True, inference=False, saved_tensor_hooks=())
    try:
        upstream = [wrap(np.zeros(r._array.shape, r._array.dtype)) for r in outputs]
        for u in upstream:
            u._requires_grad = True
        given = [*upstream, *[None] * (len(results) - len(upstream))] if op.outputs else upstream[0]
        pulled, weights = [], []
        for name, x, t in zip(op.inputs, inputs, tangents, strict=True):
            if t is None:
                continue
            values = _values_of(op, op.rules[name], inputs, parameters, results)
            if op.holomorphic and category_of(results[0]._array.dtype) == COMPLEX:
                values = [conjugate(value) for value in values]
            gradient = op.rules[name](given, *values)
            if gradient is None:
                continue
            array = x._array
            if gradient._array.shape != array.shape or gradient._array.dtype is not array.dtype:
                gradient = check(gradient, array.shape, array.dtype, _NAMELESS, 0)
            if gradient.requires_grad:
                pulled.append(gradient)
                weights.append(t)
        zeros = [wrap(np.zeros_like(r._array)) for r in outputs]
        if not pulled:
            return zeros
        found = backward_pass.grad(pulled, upstream, weights, create_graph=recorded, allow_unused=True)
        return [zero if t is None else t for t, zero in zip(found, zeros, strict=True)]
    finally:
        state.set_mode(**before)


class _Nameless:
    """Stands for the node in the message of an error that cannot occur: the rule has served a backward pass."""

    @staticmethod
    def name() -> str:
        """No name."""
        return "forward mode"


_NAMELESS: Any = _Nameless()
