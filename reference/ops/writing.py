"""In-place application of an operation: ``x.mul_(y)``, ``x += y``, ``x[1:] = y``.

The checks, the write, the version counter, and the history that the write gives to its target (INP-01 to INP-31).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.autograd.graph import gradient_edge
from reference.autograd.views import check_in_place, overlaps_partly, rebase_history
from reference.dtypes import OF_NUMPY, can_cast
from reference.ops.table import INPUT, RESULT, Op, broadcast_error, promote
from reference.tensor import Tensor, wrap

_LONG_NAMES = {"float32": "Float", "float64": "Double", "float16": "Half", "int64": "Long", "int32": "Int"}
_LONG_NAMES |= {"int16": "Short", "int8": "Char", "uint8": "Byte", "bool": "Bool", "complex64": "ComplexFloat"}


def long_name(numpy_dtype: Any) -> str:
    """The name by which PyTorch's messages call a dtype: Float, Double, Long ..."""
    name = OF_NUMPY[numpy_dtype].name
    return _LONG_NAMES.get(name, "ComplexDouble")


def write_in_place(op: Op, target: Any, *others: Any, **parameters: Any) -> Any:
    """Apply an operation to ``target`` and others, and write the result into ``target``, which is returned.

    Raises RuntimeError where the write would break the graph, change the target's shape, or lower the result's
    dtype category.
    """
    if state.special and state.modes.batch_level is not None:
        from reference.autograd.batching import is_batched, write_per_sample

        if is_batched(target, *others):
            return write_per_sample(op, target, others, parameters)
    inputs = (target, *others)
    mask = 0
    for i, value in enumerate(inputs):
        if isinstance(value, Tensor):
            if value._view is not None:
                value._view.refresh(value)
            if value._requires_grad and op.inputs[i] in op.rules:
                mask |= 1 << i
    recorded = bool(mask) or target.requires_grad
    if recorded and not op.rules:
        if op.name.startswith("logical_"):  # measured: the history stays that of the value before (INP-36)
            recorded = False
        else:  # a comparison, say: what the target held has no more influence
            op = op.with_rule(lambda g: g * 0)
            mask = 1 if target._requires_grad else 0
    if state.special:
        recorded = recorded and state.modes.grad and not state.modes.inference
    check_in_place(target, recorded)
    for value in others:
        if isinstance(value, Tensor) and overlaps_partly(target._array, value._array):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
                "memory location. Please clone() the tensor before performing the operation."
            )
    if state.special and state.modes.mutation_allowed is not None:
        state.modes.mutation_allowed.before_write(target)

    out = _compute(op, inputs, parameters, target._array)
    tangents = _tangents(op, inputs, parameters) if state.special else None
    if not recorded:
        _write(target, out)
    else:
        plan = op.plan(mask)
        edges = tuple([gradient_edge(value) if mask >> i & 1 else None for i, value in enumerate(inputs)])
        if (INPUT, 0) in plan.sources:  # what the target held must be saved before it is overwritten
            inputs = (wrap_with_history(target), *others)
        saved, versions = op.save(plan, inputs, parameters, (target,))
        _write(target, out)
        for i, (kind, _) in enumerate(plan.sources):
            if kind == RESULT:
                versions[i] = target._counter[0]
        node = op.make_node(plan, edges, saved, versions, (target,))
        if state.special:
            from reference.ops.special import note_node

            note_node(node, inputs)
        rebase_history(target, node)
    if tangents is not None:
        tangents(target)
    return target


def compose_in_place(function: Any) -> Any:
    """The in-place variant of a function that is no row of the table: it is applied to what the target held."""

    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        from reference.ops.copies import copy_

        recorded = self.requires_grad or any(isinstance(x, Tensor) and x.requires_grad for x in arguments)
        check_in_place(self, recorded and state.modes.grad)
        return copy_(self, function(wrap_with_history(self), *arguments, **keywords))

    method.__doc__ = f"{function.__doc__} In place."
    return method


def wrap_with_history(target: Any) -> Any:
    """A copy of a tensor's data, at the tensor's place in the graph, with copies of its tangents."""
    copy = wrap(target._array.copy())
    copy._node, copy._nr, copy._requires_grad = target._node, target._nr, target._requires_grad
    if state.modes.forward_level is not None:
        state.modes.forward_level.copy_tangents(target, copy)
    return copy


def _compute(op: Op, inputs: Any, parameters: Any, array: Any) -> Any:
    arrays = [value._array if isinstance(value, Tensor) else value for value in inputs]
    if op.promotes is not None:
        arrays = promote(arrays, op.promotes)
    try:
        out = np.asarray(op.kernel(*arrays, **parameters))
    except ValueError as error:
        raise (op.promotes and broadcast_error(arrays)) or error from None
    if out.dtype is not array.dtype and not can_cast(OF_NUMPY[out.dtype], OF_NUMPY[array.dtype]):
        raise RuntimeError(
            f"result type {long_name(out.dtype)} can't be cast to the desired output type {long_name(array.dtype)}"
        )
    if out.shape != array.shape:
        raise RuntimeError(f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(out.shape)}")
    return out


def _write(target: Any, out: Any) -> None:
    np.copyto(target._array, out, casting="unsafe")
    if not target._is_inference:
        target._counter[0] += 1


def _tangents(op: Op, inputs: Any, parameters: Any) -> Any:
    if state.modes.forward_level is None or state.modes.inference:
        return None
    from reference.autograd.forward import tangent_of_write

    return tangent_of_write(op, inputs, parameters)
