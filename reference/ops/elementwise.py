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
from reference.ops.promotion import FLOATING, broadcast_error, promote, python_number
from reference.ops.table import Op
from reference.tensor import Tensor, bare, wrap

_new = object.__new__
_ndarray = np.ndarray
_asarray = np.asarray
_INEXACT = "fc"
_float32, _float64 = np.dtype("f4"), np.dtype("f8")  # compared by identity first: reading a dtype's kind costs more
_NUMBERS = frozenset((int, float, complex, bool))
# Since NumPy 2.3 a ufunc told to write to `...` returns an array where it would return a scalar.
_MAKES_ARRAYS = tuple(map(int, np.__version__.split(".")[:2])) >= (2, 3)


class _Elementwise(Op):
    elementwise = True

    def __init__(self, name: str, kernel: Any, /, **facts: Any) -> None:
        facts.setdefault("promotes", "common")
        super().__init__(name, kernel, **facts)
        self._floats = self.promotes == "float"
        self._makes_arrays = _MAKES_ARRAYS and isinstance(kernel, np.ufunc)


class Unary(_Elementwise):
    """An operation on one tensor, element by element, without parameters.

    ``function`` applies it: a plain function, which costs less to call than an object does.
    """

    def __init__(self, name: str, kernel: Any, self_rule: Any = None, /, **facts: Any) -> None:
        rules = {"self": self_rule} if self_rule is not None else {}
        super().__init__(name, kernel, inputs=("self",), **{**rules, **facts})
        self.function = _function_of(self)

    def __call__(self, a: Any) -> Any:  # type: ignore[override]
        """Apply to a tensor, or to a bare array as the kernel alone."""
        return self.function(a)


class Binary(_Elementwise):
    """An operation on two tensors, or a tensor and a number, element by element, with broadcasting.

    ``operator`` applies it as a Python operator does: a plain function, which returns NotImplemented for an operand
    that is neither a tensor nor a number. As a function it takes Python numbers in the place of "no" operand, of the
    "second", of "either" or of "both", as ``numbers`` says. ``refuse`` raises PyTorch's error for the arrays and numbers
    it does not take, of which NumPy would take some; it is asked where they do not have one dtype, or NumPy refused too.
    """

    def __init__(self, name: str, kernel: Any, self_rule: Any = None, other_rule: Any = None, /, **facts: Any) -> None:
        inputs = facts.pop("inputs", ("self", "other"))
        self._numbers = facts.pop("numbers", "second")
        self._refuse: Callable[[Any, Any], None] = facts.pop("refuse", _refuse_nothing)
        rules = {n: r for n, r in zip(inputs, (self_rule, other_rule), strict=True) if r is not None}
        super().__init__(name, kernel, inputs=inputs, **rules, **facts)
        self.operator = _operator_of(self)

    def __call__(self, a: Any, b: Any) -> Any:  # type: ignore[override]
        """Apply to two tensors, to a tensor and a number, or to bare arrays as the kernel alone."""
        if type(a) is not Tensor or type(b) is not Tensor:
            a = self._refuse_numbers(a, b)
        applied = self.operator(a, b)
        if applied is NotImplemented:
            wrong = b if isinstance(a, Tensor) else a
            raise TypeError(f"{self.name}(): argument must be Tensor or Number, not {type(wrong).__name__}")
        return applied

    def _refuse_numbers(self, a: Any, b: Any) -> Any:
        """Refuse numbers where they may not stand; returns the first operand, as a tensor if both are numbers.

        NumPy's numbers count as numbers beside a tensor, beside an array as arrays.
        """
        first = type(a) in _NUMBERS or (isinstance(a, np.generic) and isinstance(b, Tensor))
        second = type(b) in _NUMBERS or (isinstance(b, np.generic) and isinstance(a, Tensor))
        allowed = {"no": not (first or second), "second": not first, "either": not (first and second), "both": True}
        if not allowed[self._numbers]:
            raise TypeError(f"{self.name}(): argument must be Tensor, not {type(a if first else b).__name__}")
        return wrap(np.asarray(a, default_of_category(number_category(a)))) if first and second else a

    def second(self, other: Any) -> Any:
        """What may stand beside the target of an application in place: a tensor, or a Python number; else TypeError."""
        if isinstance(other, Tensor):
            return other
        number = other if type(other) is float else python_number(other)
        if number is None or self._numbers == "no":
            raise TypeError(f"{self.name}_(): argument must be Tensor, not {type(other).__name__}")
        return number

    def beside(self, other: Any) -> Binary:
        """The row that writes in place beside a tensor or a number."""
        return self

    def with_number(self, a: Any, b: Any) -> Any:
        """Apply to a tensor and a Python number, in either order (or to two bare arrays); else NotImplemented."""
        if isinstance(a, Tensor):
            tensor, number, x, y, mask = a, b, a._array, b, 1
        elif isinstance(b, Tensor):
            tensor, number, x, y, mask = b, a, a, b._array, 2
        elif isinstance(a, (_ndarray, np.generic)) or isinstance(b, (_ndarray, np.generic)):
            return self.kernel(a, b)
        else:
            return NotImplemented
        kind = type(number)
        if (kind is not float and kind is not int) or tensor._array.dtype.kind != "f":
            number = python_number(number)
            if number is None:
                return NotImplemented
            a, b, x, y = (a, number, x, number) if mask == 1 else (number, b, number, y)
            x, y = self.bring_together(x, y)
        out = self._compute(x, y)
        if state.special:
            return self.finish((a, b), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        result = bare(Tensor, out, [0])
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

    def bring_together(self, x: Any, y: Any) -> list[Any]:
        """Arrays and numbers in the dtype that PyTorch computes in, or its error where it does not."""
        self._refuse(x, y)
        return promote((x, y), self.promotes)  # type: ignore[arg-type]

    def _compute(self, x: Any, y: Any) -> Any:
        """The kernel; PyTorch's error where it refuses its operands."""
        try:
            return self.kernel(x, y, out=...) if self._makes_arrays else self.kernel(x, y)
        except ValueError as error:
            raise broadcast_error((x, y)) or RuntimeError(f"{self.name}(): {error}") from None
        except (TypeError, NotImplementedError) as error:
            self._refuse(x, y)
            refused = isinstance(error, NotImplementedError)
            refusal = error if refused else _not_implemented(self, x if isinstance(x, _ndarray) else y)
            raise broadcast_error((x, y)) or refusal from None


def _refuse_nothing(x: Any, y: Any) -> None:
    pass


def _not_implemented(op: Op, array: Any) -> Exception:
    return NotImplementedError(f"\"{op.name}_cpu\" not implemented for '{long_name(array.dtype)}'")


def _function_of(op: Unary) -> Callable[[Any], Any]:
    kernel, makes_arrays, floats, plan_of = op.kernel, op._makes_arrays, op._floats, op.plan
    plan: Any = None  # made when it is first needed

    def function(a: Any) -> Any:
        nonlocal plan
        if type(a) is not Tensor and not isinstance(a, Tensor):
            return kernel(a)
        x = a._array
        dtype = x.dtype
        if floats and dtype is not _float32 and dtype is not _float64 and dtype.kind not in _INEXACT:
            x = x.astype(default_of_category(FLOATING))
        try:
            out = kernel(x, out=...) if makes_arrays else kernel(x)
        except TypeError:
            raise _not_implemented(op, x) from None
        if state.special:
            return op.finish((a,), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        if a._view is not None and op.rules:
            a._view.refresh(a)
        if not a._requires_grad or not op.rules:
            return bare(Tensor, out, [0])

        # `Op.record`, written out
        plan = plan or plan_of(1)
        counter = [0]
        if plan.input_places == (0,):
            saved, versions = (a,), (a._counter[0],)
        elif plan.saves_result_alone:
            saved, versions = (bare(Tensor, out, counter),), (0,)  # not the result itself: that would be a cycle
        else:
            saved, versions = op.save(plan, (a,), {}, (bare(Tensor, out, counter),))
        node = _new(plan.node_class)
        before = a._node
        node.next = ((accumulator_of(a), 0) if before is None else (before, a._nr),)
        node.shape = out.shape
        node.dtype = out.dtype
        node.outputs = 1
        node.hooks = None
        node.is_exact = x is a._array
        node.plan = plan
        node.saved = saved
        node.versions = versions
        node.seq = next_sequence_number()
        result = _new(Tensor)
        result._array = out
        result._counter = counter
        result._node = node
        result._nr = 0
        result._requires_grad = True
        result._view = None
        return result

    return function


def _operator_of(op: Binary) -> Callable[[Any, Any], Any]:
    kernel, makes_arrays, plan_of = op.kernel, op._makes_arrays, op.plan
    floats, rules = op._floats, op.rules
    plans: list[Any] = [None] * 4  # by the mask of the operands that need a gradient; made when they are first needed

    def operator(a: Any, b: Any) -> Any:
        kind = type(b)
        if kind is float or kind is int:
            return op.with_number(a, b)
        try:
            x = a._array
            y = b._array
        except AttributeError:
            return op.with_number(a, b)
        dtype = x.dtype
        if dtype is not y.dtype or (
            floats and dtype is not _float32 and dtype is not _float64 and dtype.kind not in _INEXACT
        ):
            x, y = op.bring_together(x, y)
        try:
            out = kernel(x, y, out=...) if makes_arrays else kernel(x, y)
        except (ValueError, TypeError, NotImplementedError):
            out = op._compute(x, y)
        if state.special:
            return op.finish((a, b), {}, out)
        if type(out) is not _ndarray:
            out = _asarray(out)
        if a._view is not None and rules:
            a._view.refresh(a)
        if b._view is not None and rules:
            b._view.refresh(b)
        if not rules:
            return bare(Tensor, out, [0])
        first = second = None
        if a._requires_grad:
            before = a._node
            first = (accumulator_of(a), 0) if before is None else (before, a._nr)
            mask = 1
            if b._requires_grad:
                before = b._node
                second = (accumulator_of(b), 0) if before is None else (before, b._nr)
                mask = 3
        elif b._requires_grad:
            before = b._node
            second = (accumulator_of(b), 0) if before is None else (before, b._nr)
            mask = 2
        else:
            return bare(Tensor, out, [0])

        # `Op.record`, written out
        plan = plans[mask]
        if plan is None:
            plan = plans[mask] = plan_of(mask)
        places = plan.input_places
        counter = [0]
        if places is None:
            saved, versions = op.save(plan, (a, b), {}, (bare(Tensor, out, counter),))
        elif not places:
            saved = versions = ()
        elif len(places) == 1:
            value = b if places[0] else a
            saved, versions = (value,), (value._counter[0],)
        else:
            value, other = (b, a) if places[0] else (a, b)
            saved, versions = (value, other), (value._counter[0], other._counter[0])
        shape = out.shape
        node = _new(plan.node_class)
        node.next = (first, second)
        node.shape = shape
        node.dtype = out.dtype
        node.outputs = 1
        node.hooks = None
        node.is_exact = x.shape == shape == y.shape and x is a._array and y is b._array
        node.plan = plan
        node.saved = saved
        node.versions = versions
        node.seq = next_sequence_number()
        result = _new(Tensor)
        result._array = out
        result._counter = counter
        result._node = node
        result._nr = 0
        result._requires_grad = True
        result._view = None
        return result

    return operator
