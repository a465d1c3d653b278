"""``torch.autograd.functional``: derivatives of functions of tensors (HOD-05 to HOD-13).

Source: https://docs.pytorch.org/docs/stable/autograd.html#functional-higher-level-api. In all of them ``func`` takes
and returns one tensor or a tuple of them; without ``create_graph`` results are outside the graph; ``strict`` refuses,
with a RuntimeError, an output that does not depend on an input, which otherwise has a derivative of zero.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from reference.autograd.functional_jacobian import hessian, jacobian
from reference.autograd.functional_values import (
    as_given,
    as_tuple,
    check_one_element,
    check_recorded,
    filled,
    fresh,
    gradients,
    recording,
    returned,
    vector_or_none,
    zeros_like,
)

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

_OF_USER = "outputs of the user-provided function"


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the product of a vector of their shapes with the Jacobian, in the inputs' shapes.

    ``v`` may be None for one output of one element.
    """
    with recording():
        inputs_tuple, inputs = as_tuple(inputs, "inputs", "vjp")
        inputs = fresh(inputs, create_graph, True)
        outputs_tuple, outputs = as_tuple(func(*inputs), _OF_USER, "vjp")
        check_recorded(outputs, "outputs", strict)
        v = vector_or_none(v, outputs, outputs_tuple, "vjp", create_graph, "the user-provided function returns")
    with recording() if create_graph else contextlib.nullcontext():
        found = gradients(outputs, inputs, v, create_graph=create_graph)
        product = filled(found, inputs, "vjp", strict, create_graph)
    return (
        as_given(returned(outputs, create_graph), outputs_tuple),
        as_given(returned(product, create_graph), inputs_tuple),
    )


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the product of the Jacobian with a vector of the inputs' shapes, in the outputs' shapes.

    ``v`` may be None for one input of one element. The vector-Jacobian product is linear in its vector; its transpose
    is what is wanted.
    """
    with recording():
        inputs_tuple, inputs = as_tuple(inputs, "inputs", "jvp")
        inputs = fresh(inputs, create_graph, True)
        v = vector_or_none(v, inputs, inputs_tuple, "jvp", create_graph, "the input to the user-provided function is")
        outputs_tuple, outputs = as_tuple(func(*inputs), _OF_USER, "jvp")
        check_recorded(outputs, "outputs", strict)
        weights = tuple(zeros_like(o, requires_grad=True) for o in outputs)
        pulled = gradients(outputs, inputs, weights, create_graph=True)
        check_recorded(pulled, "grad_inputs", strict)
    with recording() if create_graph else contextlib.nullcontext():
        found = gradients(pulled, weights, v, create_graph=create_graph)
        product = filled(found, outputs, "jvp", strict, create_graph)
    return (
        as_given(returned(outputs, create_graph), outputs_tuple),
        as_given(returned(product, create_graph), outputs_tuple),
    )


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The output, of one element, and the product of a vector with the Hessian; both of the inputs' shapes."""
    with recording():
        inputs_tuple, inputs, v, outputs, jacobian_ = _first_derivative("vhp", func, inputs, v, create_graph, strict)
    with recording() if create_graph else contextlib.nullcontext():
        found = gradients(jacobian_, inputs, v, create_graph=create_graph)
        product = filled(found, inputs, "vhp", strict, create_graph)
    return returned(outputs, create_graph)[0], as_given(returned(product, create_graph), inputs_tuple)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The output, of one element, and the product of the Hessian with a vector; both of the inputs' shapes."""
    with recording():
        inputs_tuple, inputs, v, outputs, jacobian_ = _first_derivative("hvp", func, inputs, v, create_graph, strict)
        weights = tuple(zeros_like(x, requires_grad=True) for x in inputs)
        pulled = gradients(jacobian_, inputs, weights, create_graph=True)
        check_recorded(jacobian_, "hessian", strict)
    with recording() if create_graph else contextlib.nullcontext():
        found = gradients(pulled, weights, v, create_graph=create_graph)
        product = filled(found, inputs, "hvp", strict, create_graph)
    return returned(outputs, create_graph)[0], as_given(returned(product, create_graph), inputs_tuple)


def _first_derivative(name: str, func: Any, inputs: Any, v: Any, create_graph: bool, strict: bool) -> Any:
    inputs_tuple, inputs = as_tuple(inputs, "inputs", name)
    inputs = fresh(inputs, create_graph, True)
    v = vector_or_none(v, inputs, inputs_tuple, name, create_graph, "the input to the user-provided function is")
    outputs_tuple, outputs = as_tuple(func(*inputs), _OF_USER, name)
    check_recorded(outputs, "outputs", strict)
    check_one_element(outputs, outputs_tuple, name)
    first = gradients(outputs, inputs, create_graph=True)
    check_recorded(first, "jacobian", strict)
    return inputs_tuple, inputs, v, outputs, first
