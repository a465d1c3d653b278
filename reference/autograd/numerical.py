"""Jacobians for gradcheck: by central differences, by backward passes and by forward mode; as NumPy arrays.

A Jacobian of an output by an input has one row an element of the input and one column an element of the output. A
complex input has the real and the imaginary direction: d/dx + i d/dy, twice the conjugate Wirtinger derivative.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from reference.autograd.backward_pass import grad
from reference.autograd.forward_ad import dual_level, make_dual, unpack_dual
from reference.tensor import Tensor, wrap

Function = Callable[..., Any]


def as_tuple(value: Any) -> tuple[Any, ...]:
    """A tuple of it, if it is not one, or a list."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def is_checked(value: Any) -> bool:
    """Whether it is a tensor that requires grad."""
    return isinstance(value, Tensor) and value.requires_grad


def differentiable(outputs: Any) -> tuple[Any, ...]:
    """The outputs that require grad."""
    return tuple(out for out in as_tuple(outputs) if out.requires_grad)


def floating(outputs: Any) -> tuple[Any, ...]:
    """The outputs of a floating or complex dtype."""
    return tuple(out for out in as_tuple(outputs) if out.is_floating_point() or out.is_complex())


def _arrays_of(function: Function, inputs: Sequence[Any]) -> list[Any]:
    return [np.array(out._array) for out in floating(function(*inputs))]


def directional(function: Function, inputs: Sequence[Any], place: int, direction: Any, eps: float) -> list[Any]:
    """The change of each floating output as one input moves along a direction, by a central difference.

    The input itself is moved, in its own memory, and put back.
    """
    array = inputs[place]._array
    before = array.copy()
    try:
        array[...] = before - direction * eps
        low = _arrays_of(function, inputs)
        array[...] = before + direction * eps
        high = _arrays_of(function, inputs)
    finally:
        array[...] = before
    return [(b - a) / (2 * eps) for a, b in zip(low, high, strict=True)]


def numerical_product(function: Function, inputs: Sequence[Any], place: int, u: Any, eps: float) -> list[Any]:
    """The products of the Jacobians with a direction; a complex input has a pair of directions, and a sum of two."""
    if not isinstance(u, tuple):
        return directional(function, inputs, place, u, eps)
    real = directional(function, inputs, place, u[0], eps)
    imaginary = directional(function, inputs, place, u[1] * 1j, eps)
    return [x + 1j * y for x, y in zip(real, imaginary, strict=True)]


def numerical_jacobians(function: Function, inputs: Sequence[Any], eps: float) -> list[list[Any]]:
    """The Jacobians, by output and by checked input."""
    sizes = [out.numel() for out in floating(function(*inputs))]
    by_input = []
    for place, x in enumerate(inputs):
        if not is_checked(x):
            continue
        rows = []
        for element in range(x.numel()):
            unit = np.zeros(x.numel(), x.dtype.to_real().numpy)
            unit[element] = 1
            unit = unit.reshape(tuple(x.shape))
            direction = (unit, unit) if x.is_complex() else unit
            rows.append([out.ravel() for out in numerical_product(function, inputs, place, direction, eps)])
        by_input.append([np.reshape([row[k] for row in rows], (len(rows), size)) for k, size in enumerate(sizes)])
    return [list(of_output) for of_output in zip(*by_input, strict=True)]


def backward_products(output: Any, inputs: Sequence[Any], weights: Sequence[Any]) -> list[Any]:
    """What backward passes give for one output: by input, a column for each of the weights."""
    jacobians = [np.zeros((x.numel(), len(weights)), x._array.dtype) for x in inputs]
    for column, weight in enumerate(weights):
        found = grad(output, inputs, wrap(weight), retain_graph=True, allow_unused=True)
        for g, jacobian in zip(found, jacobians, strict=True):
            if g is not None:
                jacobian[:, column] = g._array.ravel()
    return jacobians


def units(output: Any) -> list[Any]:
    """Weights that pick one element of an output each."""
    n = output.numel()
    return [row.reshape(tuple(output.shape)) for row in np.eye(n, dtype=output._array.dtype)]


def pushed_forward(function: Function, inputs: Sequence[Any], directions: Mapping[int, Any]) -> list[Any]:
    """The floating outputs' primals and tangents; the inputs at the places of ``directions`` have those as tangents."""
    with dual_level():
        given = [x.detach() if is_checked(x) else x for x in inputs]
        for place, direction in directions.items():
            x = given[place]
            given[place] = make_dual(x, wrap(np.array(direction, x._array.dtype)))
        return [unpack_dual(out) for out in floating(function(*given))]


def forward_products(
    function: Function, inputs: Sequence[Any], place: int, directions: Sequence[Any]
) -> list[list[Any]]:
    """The tangents of the floating outputs for each direction of one input."""
    zeros = {i: np.zeros_like(x._array) for i, x in enumerate(inputs) if is_checked(x)}
    return [
        [
            np.zeros_like(out.primal._array) if out.tangent is None else out.tangent._array
            for out in pushed_forward(function, inputs, {**zeros, place: direction})
        ]
        for direction in directions
    ]
