"""What `reference.autograd.functional` does with the tensors it is given and with those it returns.

Each function takes one tensor or a tuple of them and returns its results in the same form.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from reference import state
from reference.autograd.backward_pass import grad
from reference.ops.shapes import alias_op
from reference.tensor import Tensor, wrap

Tensors = tuple[Any, ...]


def as_tuple(value: Any, what: str, function: str) -> tuple[bool, Tensors]:
    """Whether a value is a tuple, and the tuple; TypeError where anything in it is no tensor."""
    if isinstance(value, tuple):
        for i, element in enumerate(value):
            if not isinstance(element, Tensor):
                raise TypeError(
                    f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the value at "
                    f"index {i} has type {type(element)}."
                )
        return True, value
    if not isinstance(value, Tensor):
        raise TypeError(
            f"The {what} given to {function} must be either a Tensor or a tuple of Tensors but the given {what} has "
            f"type {type(value)}."
        )
    return False, (value,)


def as_given(values: Sequence[Any], is_tuple: bool) -> Any:
    """A tuple, or its one element where the user gave no tuple."""
    return tuple(values) if is_tuple else values[0]


def fresh(tensors: Tensors, create_graph: bool, requires_grad: bool) -> Tensors:
    """New tensors of the same memory, told from those that the user's function may use besides its arguments.

    Under ``create_graph`` those that require grad stay in their graph.
    """
    return tuple(
        alias_op(t) if create_graph and t.requires_grad else t.detach().requires_grad_(requires_grad) for t in tensors
    )


def returned(tensors: Tensors, create_graph: bool) -> Tensors:
    """Results, outside the graph unless it is wanted (HOD-06)."""
    return tensors if create_graph else tuple(t.detach() for t in tensors)


def check_vector(v: Tensors, like: Tensors, is_tuple: bool) -> None:
    """Refuse a vector of another size (HOD-13)."""
    if len(v) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(v)}."
            if is_tuple
            else "The given v should contain a single Tensor."
        )
    for i, (given, wanted) in enumerate(zip(v, like, strict=True)):
        if given.shape != wanted.shape:
            entry = f"Entry {i} in " if is_tuple else ""
            raise RuntimeError(f"{entry}v has invalid size: should be {wanted.shape} but got {given.shape}.")


def vector_or_none(v: Any, like: Tensors, is_tuple: bool, function: str, create_graph: bool, unless: str) -> Any:
    """The vector as a tuple; None only where ``like`` is one tensor of one element, else RuntimeError (HOD-10)."""
    if v is None:
        if len(like) != 1 or like[0].numel() != 1:
            raise RuntimeError(f"The vector v can only be None if {unless} a single Tensor with a single element.")
        return None
    _, v = as_tuple(v, "v", function)
    v = fresh(v, create_graph, False)
    check_vector(v, like, is_tuple)
    return v


def check_one_element(outputs: Tensors, is_tuple: bool, function: str) -> None:
    """Refuse anything but one tensor of one element (HOD-09, HOD-12)."""
    if is_tuple:
        raise RuntimeError(f"The function given to {function} should return a single Tensor")
    if outputs[0].numel() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {function} should contain a single element")


_INDEPENDENT = (
    "The output of the user-provided function is independent of input {i}. This is not allowed in strict mode."
)
_NOT_RECORDED = {
    "outputs": "Output {i} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode.",
    "grad_inputs": "The gradient with respect to input {i} is independent of the inputs of the user-provided function. "
    "This is not allowed in strict mode.",
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with respect to "
    "input {i} is independent of the input. This is not allowed in strict mode. You should ensure that your function "
    "is twice differentiable and that the jacobian depends on the inputs (this would be violated by a linear function "
    "for example).",
    "hessian": "The hessian of the user-provided function with respect to input {i} is independent of the input. This "
    "is not allowed in strict mode. You should ensure that your function is thrice differentiable and that the hessian "
    "depends on the inputs.",
}


def check_recorded(tensors: Any, what: str, strict: bool) -> None:
    """In strict mode, refuse what does not depend on the inputs (HOD-08)."""
    for i, t in enumerate(tensors if strict else ()):
        if t is None:
            raise RuntimeError(_INDEPENDENT.format(i=i))
        if not t.requires_grad:
            raise RuntimeError(_NOT_RECORDED[what].format(i=i))


def gradients(outputs: Any, inputs: Tensors, weights: Any = None, **options: Any) -> Any:
    """`grad`, with None for what no output depends on; outputs outside the graph are left out."""
    weights = (None,) * len(outputs) if weights is None else weights
    kept = [(o, w) for o, w in zip(outputs, weights, strict=True) if o is not None and o.requires_grad]
    if not kept:
        return (None,) * len(inputs)
    return grad([o for o, _ in kept], inputs, [w for _, w in kept], allow_unused=True, **options)


_MISSING = {
    "vjp": _INDEPENDENT,
    "jvp": "The gradient with respect to the input is independent of entry {i} in the grad_outputs when using the "
    "double backward trick to compute forward mode gradients. This is not allowed in strict mode.",
    "vhp": "The jacobian of the user-provided function is independent of input {i}. This is not allowed in strict "
    "mode.",
    "hvp": "The hessian of the user-provided function is independent of entry {i} in the grad_jacobian. This is not "
    "allowed in strict mode as it prevents from using the double backward trick to replace forward mode AD.",
}


def filled(found: Any, like: Tensors, function: str, strict: bool, create_graph: bool) -> Tensors:
    """Zeros for missing gradients; in strict mode they are refused, and so are constants under ``create_graph``."""
    result = []
    for i, (g, other) in enumerate(zip(found, like, strict=True)):
        if g is None and strict:
            raise RuntimeError(_MISSING[function].format(i=i))
        if g is not None and strict and create_graph and not g.requires_grad:
            what = "hessian" if function in ("vhp", "hvp") else "jacobian"
            raise RuntimeError(
                f"The {what} of the user-provided function is independent of input {i}. This is not allowed in strict "
                "mode when create_graph=True."
            )
        result.append(zeros_like(other) if g is None else g)
    return tuple(result)


def zeros_like(tensor: Any, requires_grad: bool = False) -> Any:
    """Zeros of a tensor's shape and dtype."""
    zeros = wrap(np.zeros_like(tensor._array))
    zeros._requires_grad = requires_grad
    return zeros


class recording:
    """A block in which operations are recorded."""

    def __enter__(self) -> None:
        self._before = state.set_mode(grad=True)

    def __exit__(self, *exception: Any) -> None:
        state.set_mode(**self._before)
