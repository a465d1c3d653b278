"""The tensor's methods: operations, operators, and the in-place variants derived from them.

A function whose first parameter is ``input`` is a method of the same name. ``NAME_`` writes the function's result into
the tensor, as one in-place operation of its row in the op table.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import legacy, storage
from reference.autograd import backward_pass
from reference.autograd.graph import Hooks
from reference.dtypes import OF_NUMPY
from reference.factories import from_numpy
from reference.ops import namespace
from reference.ops.arithmetic import (
    add_op,
    div_op,
    floor_divide,
    mul,
    neg,
    pow,
    remainder,
    remainder_of_number_op,
    rsub_op,
    sub_from_number_op,
    sub_op,
)
from reference.ops.indexing import getitem, setitem
from reference.ops.linear import matmul
from reference.ops.logic import (
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    eq,
    ge,
    gt,
    le,
    lt,
    ne,
)
from reference.ops.pointwise import abs as absolute
from reference.ops.rearranging import flip
from reference.ops.splitting import unbind
from reference.tensor import Tensor

_NUMBERS = (int, float, complex, np.generic)


def _backward(
    self: Any, gradient: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
) -> None:
    """The gradients of this tensor with respect to the leaves, added to their ``.grad`` (BWD-01 to BWD-38)."""
    backward_pass.backward(self, gradient, retain_graph, create_graph, inputs=inputs)


def _register_hook(self: Any, hook: Any) -> Any:
    """Call ``hook(gradient)`` when this tensor's gradient is computed; it may return another (HKS-01 to HKS-10)."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    node = self.grad_fn
    if node is None:
        if self._hooks is None:
            self._hooks = Hooks()
        return self._hooks.add(hook)
    return node.own_hooks().tensor.setdefault(self._nr, Hooks()).add(hook)


def _register_post_accumulate_grad_hook(self: Any, hook: Any) -> Any:
    """Call ``hook(leaf)`` after this leaf's ``.grad`` was accumulated (HKS-14 to HKS-16)."""
    if not self.requires_grad:
        raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
    if self._node is not None:
        raise RuntimeError("post accumulate grad hooks cannot be registered on non-leaf tensors")
    if self._post_accumulate_hooks is None:
        self._post_accumulate_hooks = Hooks()
    return self._post_accumulate_hooks.add(hook)


def _equals(self: Any, other: Any) -> Any:
    compared = eq.operator(self, other)
    if compared is not NotImplemented:
        return compared
    if isinstance(other, np.ndarray) and other.dtype in OF_NUMPY:  # the one operator that takes an array for a tensor
        return eq(self, from_numpy(other))
    return False


def _operand(value: Any) -> bool:
    return isinstance(value, (Tensor, *_NUMBERS))


def _operator(function: Any) -> Any:
    def apply(self: Any, other: Any) -> Any:
        return function(self, other) if _operand(self) and _operand(other) else NotImplemented

    return apply


def _reflected(op: Any) -> Any:
    def apply(self: Any, other: Any) -> Any:
        return op.operator(other, self) if isinstance(other, Tensor) else op.with_number(other, self)

    return apply


def _swapped(operator: Any) -> Any:
    def apply(self: Any, other: Any) -> Any:
        return operator(other, self)

    return apply


def _in_place(method: Any) -> Any:
    def apply(self: Any, other: Any) -> Any:
        kind = type(other)
        if kind is Tensor or kind is float or _operand(other):
            return method(self, other)
        return NotImplemented

    return apply


def _unequal(self: Any, other: Any) -> Any:
    compared = ne.operator(self, other)
    return True if compared is NotImplemented else compared


def _product(self: Any, other: Any) -> Any:
    return matmul(self, other) if isinstance(self, Tensor) and isinstance(other, Tensor) else NotImplemented


def _rmod(self: Any, other: Any) -> Any:
    return (remainder if isinstance(other, Tensor) else remainder_of_number_op).operator(other, self)


def _invert(self: Any) -> Any:
    if self.is_floating_point() or self.is_complex():
        raise TypeError("~ (operator.invert) is only implemented on integer and Boolean-type tensors")
    return bitwise_not(self)


def _attach_operators() -> None:
    for name, op in {
        "add": add_op, "sub": sub_op, "mul": mul, "truediv": div_op, "floordiv": floor_divide,
        "mod": remainder, "and": bitwise_and, "or": bitwise_or, "xor": bitwise_xor,
        "lshift": bitwise_left_shift, "rshift": bitwise_right_shift,
    }.items():  # fmt: skip
        setattr(Tensor, f"__{name}__", op.operator)
        setattr(Tensor, f"__r{name}__", _reflected(op))
    for name, method in {
        "pow": _operator(pow),
        "rpow": _swapped(_operator(pow)),
        "rmod": _rmod,
        "rsub": lambda self, other: (
            rsub_op.operator(self, other) if isinstance(other, Tensor) else sub_from_number_op.operator(other, self)
        ),
        "rdiv": lambda self, other: self.reciprocal() * other,
        "rtruediv": lambda self, other: self.reciprocal() * other,
        "rmatmul": _swapped(_product),
        "matmul": _product,
        "neg": lambda self: neg(self),
        "pos": lambda self: self.positive(),
        "abs": lambda self: absolute(self),
        "invert": _invert,
        "reversed": lambda self: flip(self, (0,)) if self.ndim else self,
        "getitem": getitem,
        "setitem": setitem,
        "iter": _iterate,
    }.items():
        setattr(Tensor, f"__{name}__", method)
    for name, method in {
        "add": "add_", "sub": "sub_", "mul": "mul_", "truediv": "div_", "pow": "pow_", "floordiv": "floor_divide_",
        "mod": "remainder_", "and": "bitwise_and_", "or": "bitwise_or_", "xor": "bitwise_xor_",
        "lshift": "bitwise_left_shift_", "rshift": "bitwise_right_shift_",
    }.items():  # fmt: skip
        setattr(Tensor, f"__i{name}__", _in_place(getattr(Tensor, method)))
    Tensor.__eq__ = _equals  # type: ignore[method-assign]
    Tensor.__ne__ = _unequal  # type: ignore[method-assign]
    for comparison in (lt, le, gt, ge):
        setattr(Tensor, f"__{comparison.name}__", comparison.operator)


def _iterate(self: Any) -> Any:
    """The slices along the first dimension, which are views (IDX-61)."""
    if self.ndim == 0:
        raise TypeError("iteration over a 0-d tensor")
    return iter(unbind(self, 0))


def _as_method(function: Any) -> Any:
    if isinstance(function, type(_as_method)):
        return function

    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        return function(self, *arguments, **keywords)

    method.__name__, method.__doc__ = getattr(function, "name", "method"), function.__doc__
    return method


def attach() -> None:
    """Give the tensor class its methods."""
    for name, function in {**storage.METHODS, **namespace.METHODS}.items():
        if not hasattr(Tensor, name):
            setattr(Tensor, name, _as_method(function))
    for name, method in {
        "backward": _backward,
        "register_hook": _register_hook,
        "register_post_accumulate_grad_hook": _register_post_accumulate_grad_hook,
    }.items():
        setattr(Tensor, name, method)
    for name, prop in namespace.PROPERTIES.items():
        setattr(Tensor, name, property(prop))
    legacy.attach()
    _attach_operators()
