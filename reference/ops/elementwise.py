"""Elementwise operations of one and of two operands: rows of the op table with a shorter way through.

What `reference.ops.table.Op` does for any operation is written out here for the two commonest shapes of one, because
a training step of small tensors spends its time in exactly these lines.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference import state
from reference.autograd.graph import accumulator_of, gradient_edge, next_sequence_number
from reference.dtypes import default_of_category, long_name, number_category
from reference.ops.promotion import FLOATING, broadcast_error, promote
from reference.ops.table import Op
from reference.tensor import Tensor, wrap

_new = object.__new__
_ndarray = np.ndarray
_asarray = np.asarray
_INEXACT = "fc"
_NUMBERS = frozenset((int, float, complex, bool))
# Since NumPy 2.3 a ufunc told to write to `...` returns an array where it would return a scalar.
_MAKES_ARRAYS = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 3)


class _Elementwise(Op):
    elementwise = True

    def __init__(self, name: str, kernel: Any, /, **facts: Any) -> None:
        facts.setdefault("promotes", "common")
        super().__init__(name, kernel, **facts)
        self._plan_of_mask: list[Any] = [None] * (1 << len(self.inputs))
        self._floats = self.promotes == "float"
        self._makes_arrays = _MAKES_ARRAYS and isinstance(kernel, np.ufunc)

    def _record_fast(self, mask: int, edges: Any, inputs: Any, result: Any, out: Any, exact: Any) -> None:
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
        if exact:
            node.is_exact = True
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
        try:
            out = self.kernel(x, out=...) if self._makes_arrays else self.kernel(x)
        except TypeError:
            raise _not_implemented(self, x) from None
        if state.special:
            return self.finish((a,), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = _new(Tensor)
        result._array = out
        result._counter = [0]
        if not self.rules:
            return result
        if a._view is not None:
            a._view.refresh(a)
        if a._requires_grad:
            node = a._node
            edge = (accumulator_of(a), 0) if node is None else (node, a._nr)
            self._record_fast(1, (edge,), (a,), result, out, x is a._array)
        return result


class Binary(_Elementwise):
    """An operation on two tensors, or a tensor and a number, element by element, with broadcasting.

    ``operator`` applies it as a Python operator does: a plain function, which returns NotImplemented for an operand
    that is neither a tensor nor a number. As a function it takes Python numbers in the place of "no" operand, of the
    "second", of "either" or of "both", as ``numbers`` says.
    """

    def __init__(self, name: str, kernel: Any, self_rule: Any = None, other_rule: Any = None, /, **facts: Any) -> None:
        inputs = facts.pop("inputs", ("self", "other"))
        self._numbers = facts.pop("numbers", "second")
        rules = {n: r for n, r in zip(inputs, (self_rule, other_rule), strict=True) if r is not None}
        super().__init__(name, kernel, inputs=inputs, **rules, **facts)
        self.operator = _operator_of(self)

    def __call__(self, a: Any, b: Any) -> Any:  # type: ignore[override]
        """Apply to two tensors, to a tensor and a number, or to bare arrays as the kernel alone."""
        if type(a) in _NUMBERS or type(b) in _NUMBERS:
            a = self._refuse_numbers(a, b)
        applied = self.operator(a, b)
        if applied is NotImplemented:
            wrong = b if isinstance(a, Tensor) else a
            raise TypeError(f"{self.name}(): argument must be Tensor or Number, not {type(wrong).__name__}")
        return applied

    def _refuse_numbers(self, a: Any, b: Any) -> Any:
        """Refuse Python numbers where they may not stand; returns the first operand, as a tensor if both are numbers."""
        first, second = type(a) in _NUMBERS, type(b) in _NUMBERS
        allowed = {"no": not (first or second), "second": not first, "either": not (first and second), "both": True}
        if not allowed[self._numbers]:
            raise TypeError(f"{self.name}(): argument must be Tensor, not {type(a if first else b).__name__}")
        return wrap(np.asarray(a, default_of_category(number_category(a)))) if first and second else a

    def _with_number(self, a: Any, b: Any) -> Any:
        """One operand is a Python number (or both are bare arrays)."""
        if isinstance(a, Tensor):
            tensor, number, x, y, mask = a, b, a._array, b, 1
        elif isinstance(b, Tensor):
            tensor, number, x, y, mask = b, a, a, b._array, 2
        elif isinstance(a, (_ndarray, np.generic)) or isinstance(b, (_ndarray, np.generic)):
            return self.kernel(a, b)
        else:
            return NotImplemented
        if not isinstance(number, (int, float, complex, np.generic, _ndarray)):
            return NotImplemented
        kind = tensor._array.dtype.kind
        if kind != "f" or not isinstance(number, (int, float)) or isinstance(number, np.generic):
            x, y = promote((x, y), self.promotes)  # type: ignore[arg-type]
        out = self._compute(x, y)
        if state.special:
            return self.finish((a, b), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = _new(Tensor)
        result._array = out
        result._counter = [0]
        if not self.rules:
            return result
        if tensor._view is not None:
            tensor._view.refresh(tensor)
        if tensor._requires_grad:
            edge = gradient_edge(tensor)
            plan = self.plan(mask)
            saved, versions = self.save(plan, (a, b), {}, (result,))
            edges = (edge, None) if mask == 1 else (None, edge)
            result._node = self.make_node(plan, edges, saved, versions, (result,))
            result._requires_grad = True
        return result

    def _compute(self, x: Any, y: Any) -> Any:
        """The kernel; PyTorch's error where it refuses its operands."""
        try:
            return self.kernel(x, y, out=...) if self._makes_arrays else self.kernel(x, y)
        except ValueError as error:
            raise broadcast_error((x, y)) or RuntimeError(f"{self.name}(): {error}") from None
        except TypeError:
            raise _not_implemented(self, x if isinstance(x, _ndarray) else y) from None


def _not_implemented(op: Op, array: Any) -> Exception:
    return NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{long_name(array.dtype)}'")


def _operator_of(op: Binary) -> Callable[[Any, Any], Any]:
    promotes, floats, rules = op.promotes, op._floats, op.rules
    kernel, makes_arrays, compute, record = op.kernel, op._makes_arrays, op._compute, op._record_fast

    def operator(a: Any, b: Any) -> Any:
        try:
            x = a._array
            y = b._array
        except AttributeError:
            return op._with_number(a, b)
        dtype = x.dtype
        if dtype is not y.dtype or (floats and dtype.kind not in _INEXACT):
            x, y = promote((x, y), promotes)  # type: ignore[arg-type]
        try:
            out = kernel(x, y, out=...) if makes_arrays else kernel(x, y)
        except (ValueError, TypeError):
            out = compute(x, y)
        if state.special:
            return op.finish((a, b), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = _new(Tensor)
        result._array = out
        result._counter = [0]
        if not rules:
            return result
        if a._view is not None:
            a._view.refresh(a)
        if b._view is not None:
            b._view.refresh(b)
        if a._requires_grad:
            node = a._node
            edge = (accumulator_of(a), 0) if node is None else (node, a._nr)
            exact = x.shape == y.shape and x is a._array and y is b._array
            if b._requires_grad:
                node = b._node
                other = (accumulator_of(b), 0) if node is None else (node, b._nr)
                record(3, (edge, other), (a, b), result, out, exact)
            else:
                record(1, (edge, None), (a, b), result, out, exact)
        elif b._requires_grad:
            record(2, (None, gradient_edge(b)), (a, b), result, out, False)
        return result

    return operator
