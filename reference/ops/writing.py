"""In-place application of an operation: ``x.mul_(y)``, ``x += y``, ``x[1:] = y``.

The checks, the write, the version counter, and the history that the write gives to its target (INP-01 to INP-31).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from reference import state
from reference.autograd.graph import gradient_edge
from reference.autograd.views import check_in_place, overlaps_partly, rebase_history
from reference.bfloat16 import round_in_place, settled
from reference.dtypes import OF_NUMPY, can_cast, long_name
from reference.meta import check_write, without_class
from reference.ops.nodes import INPUT, RESULT
from reference.ops.promotion import broadcast_error, promote
from reference.ops.table import Op
from reference.tensor import Tensor, wrap


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
            if value._view is not None and (not state.special or state.modes.grad):
                value._view.refresh(value)
            if value._requires_grad and op.inputs[i] in op.rules:
                mask |= 1 << i
    recorded = (bool(mask) or target.requires_grad) and bool(op.rules)
    if state.special:
        recorded = recorded and state.modes.grad and not state.modes.inference
    check_in_place(target, recorded)
    if state.has_meta:
        check_write(op, target, others)
    for value in others:
        if isinstance(value, Tensor) and overlaps_partly(target._array, value._array):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
                "memory location. Please clone() the tensor before performing the operation."
            )
    if state.special and state.modes.mutation_allowed is not None:
        state.modes.mutation_allowed.before_write(target)

    out = _compute(op, inputs, parameters, target._memory)
    tangents = _tangents(op, inputs, parameters) if state.special else None
    if not recorded:
        write(target, out)
    else:
        plan = op.plan(mask)
        edges = tuple([gradient_edge(inputs[i]) if mask >> i & 1 else None for i in op.differentiated])
        if (INPUT, 0) in plan.sources:  # what the target held must be saved before it is overwritten
            inputs = (wrap_with_history(target), *others)
        saved, versions = op.save(plan, inputs, parameters, (target,))
        write(target, out)
        for i, (kind, _) in enumerate(plan.sources):
            if kind == RESULT:
                versions[i] = target._counter[0]
        node = op.make_node(plan, edges, saved, versions, (target,))
        if state.special:
            from reference.ops.special_modes import note_node

            note_node(node, inputs)
        rebase_history(target, node)
    if tangents is not None:
        tangents(target)
    return target


def writable(choose: Callable[..., Any], twins: Mapping[Op, Op] | None = None) -> Any:
    """Make a function, and its in-place variant, of one that says which row is applied to what (`Op.bind`).

    ``twins`` are the rows in place of rows that have another name there.
    """

    @functools.wraps(choose)
    def function(*arguments: Any, **keywords: Any) -> Any:
        op, inputs, parameters = choose(*arguments, **keywords)
        return op(*inputs, **parameters)

    def in_place(self: Any, *arguments: Any, **keywords: Any) -> Any:
        op, inputs, parameters = choose(self, *arguments, **keywords)
        op = op if twins is None else twins.get(op, op)
        return write_in_place(op, self, *inputs[1:], **parameters)

    return _with_in_place(function, in_place)


def writable_by_copy(function: Callable[..., Any]) -> Any:
    """Give a function that applies several rows an in-place variant: it is applied to what the target held."""

    def in_place(self: Any, *arguments: Any, **keywords: Any) -> Any:
        from reference.ops.copies import copy_

        others = [x for x in (*arguments, *keywords.values()) if isinstance(x, Tensor)]
        check_in_place(self, state.modes.grad and any(x.requires_grad for x in (self, *others)))
        result = function(wrap_with_history(self), *arguments, **keywords)
        _check_result(result._array, self._memory)
        return copy_(self, result)

    return _with_in_place(function, in_place)


def _with_in_place(function: Any, in_place: Any) -> Any:
    in_place.__name__ = f"{function.__name__}_"
    in_place.__doc__ = f"`{function.__name__}` in place."
    function.in_place = in_place
    return function


def wrap_with_history(target: Any) -> Any:
    """A copy of a tensor's data, at the tensor's place in the graph, with copies of its tangents."""
    copy = wrap(target._array.copy())
    copy._node, copy._nr, copy._requires_grad = target._node, target._nr, target._requires_grad
    if state.modes.forward_level is not None:
        state.modes.forward_level.copy_tangents(target, copy)
    return copy


def _compute(op: Op, inputs: Any, parameters: Any, array: Any) -> Any:
    arrays = [value._array if isinstance(value, Tensor) else value for value in inputs]
    if state.has_meta:
        arrays = [without_class(value) for value in arrays]
    if op.promotes is not None:
        arrays = promote(arrays, op.promotes)
    try:
        out = np.asarray(op.kernel(*arrays, **parameters))
        if state.special:
            out = settled(op, inputs, parameters, out)
    except ValueError as error:
        raise broadcast_error(arrays) or RuntimeError(f"{op.name}(): {error}") from None
    except (TypeError, NotImplementedError) as error:
        if op.promotes is None:
            raise
        mismatch = broadcast_error(arrays)
        if mismatch is not None:
            raise mismatch from None
        dtype = arrays[0].dtype
        shape = np.broadcast_shapes(*map(np.shape, arrays))
        if shape != array.shape:
            raise _shape_error(shape, array) from None
        check_dtype(dtype, array)
        if isinstance(error, NotImplementedError):
            raise
        raise NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{long_name(dtype)}'") from None
    _check_result(out, array)
    return out


def _check_result(out: Any, array: Any) -> None:
    """Refuse to write a result of another shape or of a higher category (INP-20, INP-21)."""
    if out.dtype is not array.dtype:
        check_dtype(out.dtype, array)
    if out.shape != array.shape:
        raise _shape_error(out.shape, array)


def _shape_error(shape: Any, array: Any) -> Exception:
    return RuntimeError(f"output with shape {list(array.shape)} doesn't match the broadcast shape {list(shape)}")


def check_dtype(dtype: Any, array: Any) -> None:
    """Refuse to write a result of a higher category (INP-21)."""
    if dtype is not array.dtype and not can_cast(OF_NUMPY[dtype], OF_NUMPY[array.dtype]):
        raise RuntimeError(
            f"result type {long_name(dtype)} can't be cast to the desired output type {long_name(array.dtype)}"
        )


def write(target: Any, values: Any) -> None:
    """Make values the elements of a tensor, rounded where that is a bfloat16 one, and count the write."""
    memory = target._memory
    np.copyto(memory, values, casting="unsafe")
    if target._pending is not None:
        target._pending(memory, out=memory)
    if state.has_bfloat16:
        round_in_place(memory)
    if not target._is_inference:
        target._counter[0] += 1


def _tangents(op: Op, inputs: Any, parameters: Any) -> Any:
    if state.modes.forward_level is None or state.modes.inference:
        return None
    from reference.autograd.forward import tangent_of_write

    return tangent_of_write(op, inputs, parameters)
