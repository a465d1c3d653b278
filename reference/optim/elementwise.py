"""Optimizers whose rule treats each element by itself, and how a rule is run.

A rule is written once, as the documented algorithm box, on whatever holds the elements: arrays in the ordinary case,
tensors under ``differentiable=True``, where each operation is recorded. ``+=`` and its like write in place on both.

Where arrays are many and small, calls cost more than arithmetic: parameters of one shape that have made the same
number of steps are copied into one array, updated together, and copied back. Where an array is large, memory costs
more than arithmetic: it is updated block by block, so that temporaries stay in the cache.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference import state as modes
from reference.autograd.grad_mode import set_grad_enabled
from reference.autograd.views import check_in_place
from reference.dtypes import BFLOAT16
from reference.ops.complex import view_as_real
from reference.ops.shapes import clone
from reference.optim import flags
from reference.optim.optimizer import Optimizer, evaluate
from reference.tensor import Tensor, count_writes, wrap

BLOCK = 65536  # elements that are updated at once: operands and temporaries stay in the second-level cache
SMALL = 4096  # elements up to which a parameter is copied to be updated with others


class ElementwiseOptimizer(Optimizer):
    """An optimizer given by what it remembers of a parameter and by its rule.

    ``group`` is a parameter group; in it, ``rule`` finds numbers where the user gave tensors of one element, except
    under ``differentiable=True``.
    """

    scalars: tuple[str, ...] = ("step",)
    foreach_is_recorded = False

    def entries(self, group: dict[str, Any]) -> tuple[str, ...]:
        """The names of the state that has the parameter's shape, in the order in which the rule takes it."""
        raise NotImplementedError

    def new_state(self, group: dict[str, Any], param: Any, grad: Any) -> dict[str, Any]:
        """The state of a parameter before its first step."""
        raise NotImplementedError

    def rule(self, group: dict[str, Any], state: Any) -> Callable[..., None]:
        """The update of parameters whose scalars are ``state``, which this advances by a step.

        ``state.new`` says that it is the first step. The update takes the parameter, its gradient, and the entries,
        and writes all but the gradient in place.
        """
        raise NotImplementedError

    def sparse_update(self, group: dict[str, Any], param: Any, grad: Any) -> None:
        """Update a parameter whose gradient is sparse; RuntimeError where the algorithm does not take it (ALG-28)."""
        raise RuntimeError(
            f"{type(self).__name__} does not support sparse gradients, please consider SparseAdam instead"
        )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update each parameter that has a gradient; the closure's value is returned."""
        loss = None if closure is None else evaluate(closure)
        for group in self.param_groups:
            members = self._members(group)
            if not members:
                continue
            if flags.are_special(group):
                flags.check_at_step(group, [member[0] for member in members], self.foreach_is_recorded)
                group = flags.with_scalars(group)
            if modes.has_bfloat16:
                members = self._update_bfloat16(group, members)
            if group["differentiable"]:
                with set_grad_enabled(self.defaults["differentiable"]):
                    self._update_tensors(group, members)
            elif len(members) == 1:
                self._update_alone(group, members)
            elif members:
                self._update_together(group, members)
        return loss

    def _members(self, group: dict[str, Any]) -> list[Any]:
        """Of each parameter that has a gradient: it, the gradient, its state, and whether the state is new."""
        names = self.scalars or self.entries(group)
        states = self.state
        members = []
        made: Any = None  # a parameter that is there twice is new twice
        for param in group["params"]:
            grad = param._grad
            if grad is None:
                continue
            if grad.is_sparse:
                flags.check_sparse(group)
                self.sparse_update(group, param, grad)
                continue
            if param._is_inference or param._array.base is not None:
                check_in_place(param, recorded=False)
            state, new = None, False
            if names:
                state = states[param]
                if state.get(names[0]) is None:
                    state.update(self.new_state(group, param, grad))
                    made = made or set()
                    made.add(param)
                new = made is not None and param in made
            members.append((param, grad, state, new))
        return members

    def _update_tensors(self, group: dict[str, Any], members: list[Any]) -> None:
        for param, grad, state, new in members:
            scalars: Any = Scalars()
            scalars.new = new
            for name in self.scalars:
                setattr(scalars, name, state[name])
            update = self.rule(group, scalars)
            tensors = [param, grad, *[state[name] for name in self.entries(group)]]
            update(*[as_reals(tensor) for tensor in tensors])

    def _update_bfloat16(self, group: dict[str, Any], members: list[Any]) -> list[Any]:
        """Update bfloat16 parameters, rounding at each operation as PyTorch does; returns the others."""
        if group["differentiable"]:
            return members  # all of it is computed with tensors
        with set_grad_enabled(False):
            self._update_tensors(group, [member for member in members if member[0]._array.dtype == BFLOAT16])
        return [member for member in members if member[0]._array.dtype != BFLOAT16]

    def _update_alone(self, group: dict[str, Any], members: list[Any]) -> None:
        """Update a single parameter, in place in its memory where that has a simple layout."""
        param, grad, state, new = members[0]
        array = param._array
        written, arrays = [param], [array, grad._array]
        for name in self.entries(group):
            entry = state[name]
            written.append(entry)
            arrays.append(entry._array)
        size = array.size
        if size > BLOCK or not array.ndim or array.dtype.kind == "c":
            if not all(array.flags.c_contiguous for array in arrays):
                return self._update_stack(group, members)
            arrays = [real_view(array.reshape(-1)) for array in arrays]
            size = arrays[0].size

        scalars: Any = Scalars()
        scalars.new = new
        for name in self.scalars:
            scalar = state[name]
            written.append(scalar)
            setattr(scalars, name, scalar._array)
        update = self.rule(group, scalars)
        if size <= BLOCK:
            update(*arrays)
        else:
            for start in range(0, size, BLOCK):
                update(*[array[start : start + BLOCK] for array in arrays])
        count_writes(written)

    def _update_together(self, group: dict[str, Any], members: list[Any]) -> None:
        """Update small parameters shape by shape, all others by themselves."""
        by_shape: dict[Any, list[Any]] = {}
        for member in members:
            array = member[0]._array
            if array.size > SMALL:
                self._update_alone(group, [member])
            elif array.shape in by_shape:
                by_shape[array.shape].append(member)
            else:
                by_shape[array.shape] = [member]
        for of_one_shape in by_shape.values():
            for alike in self._in_step(of_one_shape):
                if len(alike) > 1 and not share_memory([member[0]._array for member in alike]):
                    self._update_stack(group, alike)
                else:
                    for member in alike:
                        self._update_alone(group, [member])

    def _in_step(self, members: list[Any]) -> list[list[Any]]:
        """The parameters, split into those that have one dtype and the same scalars."""
        columns = [[member[0]._array.dtype for member in members], [member[3] for member in members]]
        columns += [[member[2][name]._array.item() for member in members] for name in self.scalars]
        if all(len(set(column)) == 1 for column in columns):
            return [members]
        alike: dict[Any, list[Any]] = {}
        for member, key in zip(members, zip(*columns, strict=True), strict=True):
            alike.setdefault(key, []).append(member)
        return list(alike.values())

    def _update_stack(self, group: dict[str, Any], members: list[Any]) -> None:
        """Update parameters of one shape in a copy of them all, and copy it back."""
        params, grads, states, _ = zip(*members, strict=True)
        scalars: Any = Scalars()
        scalars.new = members[0][3]
        for name in self.scalars:
            setattr(scalars, name, states[0][name]._array)
        update = self.rule(group, scalars)
        written: list[Any] = [params, *[[state[name] for state in states] for name in self.entries(group)]]
        at_once = max(1, BLOCK // max(1, params[0]._array.size))
        for start in range(0, len(params), at_once):
            some = slice(start, start + at_once)
            targets = [[tensor._array for tensor in tensors[some]] for tensors in written]
            stacks = [np.array(arrays) for arrays in targets]
            p, *entries = [real_view(stack) for stack in stacks]
            update(p, real_view(np.array([grad._array for grad in grads[some]])), *entries)
            for arrays, stack in zip(targets, stacks, strict=True):
                for array, values in zip(arrays, stack):  # noqa: B905 (strict costs as much as a copy)
                    array[...] = values
        for name in self.scalars:
            value = getattr(scalars, name)[()]
            tensors = [state[name] for state in states]
            for tensor in tensors:
                tensor._array[()] = value
            written.append(tensors)
        for tensors in written:
            count_writes(tensors)


class Scalars:
    """What a rule is given of the scalars: arrays or tensors without dimensions, by name; ``new`` says first step."""


def share_memory(arrays: list[Any]) -> bool:
    """Whether two of the arrays are, or are views of, one array."""
    return len({id(array if array.base is None else array.base) for array in arrays}) < len(arrays)


def real_view(array: Any) -> Any:
    """The array, or, where it is complex, its real and imaginary parts side by side (its last axis is contiguous)."""
    return array.view(array.real.dtype) if array.dtype.kind == "c" else array


def as_reals(tensor: Any) -> Any:
    """The tensor, or, where it is complex, its real and imaginary parts along a last dimension."""
    return view_as_real(tensor) if tensor.is_complex() else tensor


def zeros_like(tensor: Any) -> Tensor:
    """Zeros of a tensor's shape, dtype and layout."""
    return wrap(np.zeros_like(tensor._array))


def move_average(average: Any, value: Any, weight: Any) -> None:
    """Move an average towards a value by a part of the way; on whole ways it arrives exactly."""
    if weight < 0.5:
        average += weight * (value - average)
    else:
        average[...] = value - (value - average) * (1 - weight)


def next_step(state: Any) -> float:
    """Count a step, and return how many there are now."""
    steps: Any = state.step
    steps[()] = steps.item() + 1  # a third of the cost of += on an array
    return steps.item()


def rows_and_values(grad: Any) -> tuple[Any, Any]:
    """Where a sparse gradient has values, as an index of arrays, and these, each place once."""
    grad = grad.coalesce()
    return tuple(grad.indices()._array), grad.values()._array


def detached(value: Any) -> Any:
    """A tensor outside its graph, an array as it is."""
    return value.detach() if isinstance(value, Tensor) else value


def kept(entry: Any) -> Any:
    """State to compute with where a later write must not disturb the graph: a copy, if it is a tensor."""
    return clone(entry) if isinstance(entry, Tensor) else entry
