"""Elementwise operations of one and of two operands: rows of the op table with a shorter way through.

What `reference.ops.table.Op` does for any operation is written out here for the two commonest shapes of one, because
a training step of small tensors spends its time in exactly these lines.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.autograd.graph import accumulator_of, gradient_edge, next_sequence_number
from reference.dtypes import default_of_category
from reference.ops.table import FLOATING, Op, broadcast_error, promote
from reference.tensor import Tensor

_new = object.__new__
_ndarray = np.ndarray
_asarray = np.asarray
_INEXACT = "fc"
# Since NumPy 2.3 a ufunc told to write to `...` returns an array where it would return a scalar.
_ARRAY_OUT: dict[str, Any] = {"out": ...} if tuple(map(int, np.__version__.split(".")[:2])) >= (2, 3) else {}


class _Elementwise(Op):
    elementwise = True

    def __init__(self, name: str, kernel: Any, /, **facts: Any) -> None:
        facts.setdefault("promotes", "common")
        super().__init__(name, kernel, **facts)
        self._plan_of_mask: list[Any] = [None] * (1 << len(self.inputs))
        self._floats = self.promotes == "float"
        self._keywords = _ARRAY_OUT if isinstance(kernel, np.ufunc) else {}

    def _record_fast(self, mask: int, edges: Any, inputs: Any, result: Any, out: Any) -> None:
        """`Op.record`, for one result that has a floating dtype."""
        plan = self._plan_of_mask[mask]
        if plan is None:
            plan = self._plan_of_mask[mask] = self.plan(mask)
            self._own_node_class = self.node_class
        node = _new(self._own_node_class)
        node.next = edges
        node.shape = out.shape
        node.dtype = out.dtype
        node.plan = plan
        places = plan.input_places
        count = len(places)
        if count == 1:
            first = inputs[places[0]]
            node.saved = [first]
            node.versions = [first._counter[0]]
        elif count == 2:
            first, second = inputs[places[0]], inputs[places[1]]
            node.saved = [first, second]
            node.versions = [first._counter[0], second._counter[0]]
        else:
            node.saved, node.versions = self.save(plan, inputs, {}, (result,))
        node.seq = next_sequence_number()
        result._node = node
        result._requires_grad = True


class Unary(_Elementwise):
    """An operation on one tensor, element by element, without parameters."""

    def __init__(self, name: str, kernel: Any, self_rule: Any = None, /, **facts: Any) -> None:
        rules = {"self": self_rule} if self_rule is not None else {}
        super().__init__(name, kernel, inputs=("self",), **{**rules, **facts})

    def __call__(self, a: Any) -> Any:  # type: ignore[override]
        """Apply to a tensor, or to a bare array as the kernel alone."""
        try:
            x = a._array
        except AttributeError:
            return self.kernel(a)
        if self._floats and x.dtype.kind not in _INEXACT:
            x = x.astype(default_of_category(FLOATING))
        out = self.kernel(x, **self._keywords)
        if state.special:
            return self.finish((a,), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = _new(Tensor)
        result._array = out
        result._counter = [0]
        if a._view is not None:
            a._view.refresh(a)
        if a._requires_grad and self.rules:
            node = a._node
            edge = (accumulator_of(a), 0) if node is None else (node, a._nr)
            self._record_fast(1, (edge,), (a,), result, out)
        return result


class Binary(_Elementwise):
    """An operation on two tensors, or a tensor and a number, element by element, with broadcasting."""

    def __init__(self, name: str, kernel: Any, self_rule: Any = None, other_rule: Any = None, /, **facts: Any) -> None:
        rules = {n: r for n, r in (("self", self_rule), ("other", other_rule)) if r is not None}
        super().__init__(name, kernel, inputs=("self", "other"), **{**rules, **facts})

    def __call__(self, a: Any, b: Any) -> Any:  # type: ignore[override]
        """Apply to two tensors, to a tensor and a number, or to bare arrays as the kernel alone."""
        try:
            x = a._array
            y = b._array
        except AttributeError:
            return self._with_number(a, b)
        dtype = x.dtype
        if dtype is not y.dtype or (self._floats and dtype.kind not in _INEXACT):
            x, y = promote((x, y), self.promotes)  # type: ignore[arg-type]
        try:
            out = self.kernel(x, y, **self._keywords)
        except ValueError as error:
            raise broadcast_error((x, y)) or error from None
        if state.special:
            return self.finish((a, b), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = _new(Tensor)
        result._array = out
        result._counter = [0]
        if a._view is not None:
            a._view.refresh(a)
        if b._view is not None:
            b._view.refresh(b)
        if a._requires_grad:
            node = a._node
            edge = (accumulator_of(a), 0) if node is None else (node, a._nr)
            if b._requires_grad:
                node = b._node
                other = (accumulator_of(b), 0) if node is None else (node, b._nr)
                self._record_fast(3, (edge, other), (a, b), result, out)
            else:
                self._record_fast(1, (edge, None), (a, b), result, out)
        elif b._requires_grad:
            self._record_fast(2, (None, gradient_edge(b)), (a, b), result, out)
        return result

    def _with_number(self, a: Any, b: Any) -> Any:
        """One operand is a Python number (or both are bare arrays)."""
        if isinstance(a, Tensor):
            x, y = a._array, b
            kind = x.dtype.kind
        elif isinstance(b, Tensor):
            x, y = a, b._array
            kind = y.dtype.kind
        else:
            return self.kernel(a, b)
        number = b if isinstance(a, Tensor) else a
        if not isinstance(number, (int, float, complex, np.generic, _ndarray)):
            raise TypeError(f"{self.name}(): argument must be Tensor or Number, not {type(number).__name__}")
        if kind != "f" or not isinstance(number, (int, float)) or isinstance(number, np.generic):
            x, y = promote((x, y), self.promotes)  # type: ignore[arg-type]
        out = self.kernel(x, y, **self._keywords)
        if state.special:
            return self.finish((a, b), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = _new(Tensor)
        result._array = out
        result._counter = [0]
        tensor = a if number is b else b
        if tensor._view is not None:
            tensor._view.refresh(tensor)
        if tensor._requires_grad:
            edge = gradient_edge(tensor)
            if number is b:
                self._record_with_number(1, (edge, None), (a, b), result, out)
            else:
                self._record_with_number(2, (None, edge), (a, b), result, out)
        return result

    def _record_with_number(self, mask: int, edges: Any, inputs: Any, result: Any, out: Any) -> None:
        plan = self.plan(mask)
        saved, versions = self.save(plan, inputs, {}, (result,))
        result._node = self.make_node(plan, edges, saved, versions, (result,))
        result._requires_grad = True
