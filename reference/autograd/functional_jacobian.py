"""``torch.autograd.functional``'s ``jacobian`` and ``hessian`` (HOD-05 to HOD-09)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from reference.autograd.forward_ad import dual_level, make_dual, unpack_dual
from reference.autograd.functional_values import (
    Tensors,
    as_given,
    as_tuple,
    check_one_element,
    check_recorded,
    fresh,
    gradients,
    recording,
    returned,
    zeros_like,
)
from reference.ops.joining import stack
from reference.tensor import wrap

_MODES = ("forward-mode", "reverse-mode")


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian, of shape ``output.shape + input.shape``; for tuples nested tuples, ``[output][input]``.

    With ``strategy="forward-mode"`` it is made column by column; only with ``vectorize``, and without ``strict`` and
    ``create_graph``, as in PyTorch. AssertionError for another strategy.
    """
    if strategy not in _MODES:
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        return _by_columns(func, inputs, create_graph, strict, vectorize)
    with recording():
        inputs_tuple, inputs = as_tuple(inputs, "inputs", "jacobian")
        inputs = fresh(inputs, create_graph, True)
        outputs_tuple, outputs = as_tuple(func(*inputs), "outputs of the user-provided function", "jacobian")
        check_recorded(outputs, "outputs", strict)
        if vectorize and strict:
            _refuse("strict=True", "vectorized=True", "vectorize=False", RuntimeError, yet=False)
        rows = [
            as_given(returned(_rows(i, out, inputs, strict, create_graph), create_graph), inputs_tuple)
            if out.numel() or not vectorize
            else as_given(tuple(_block(out, x, [], x.dtype) for x in inputs), inputs_tuple)
            for i, out in enumerate(outputs)
        ]
    return as_given(rows, outputs_tuple)


def _rows(i: int, out: Any, inputs: Tensors, strict: bool, create_graph: bool) -> Tensors:
    """The derivatives of one output, one backward pass an element."""
    rows: tuple[list[Any], ...] = tuple([] for _ in inputs)
    for element in range(out.numel()):
        found = gradients((out.reshape(-1)[element],), inputs, retain_graph=True, create_graph=create_graph)
        for j, (g, x) in enumerate(zip(found, inputs, strict=True)):
            if g is None and strict:
                raise RuntimeError(
                    f"Output {i} of the user-provided function is independent of input {j}. This is not allowed in "
                    "strict mode."
                )
            if g is not None and strict and create_graph and not g.requires_grad:
                raise RuntimeError(
                    f"The jacobian of the user-provided function is independent of input {i}. This is not allowed in "
                    "strict mode when create_graph=True."
                )
            rows[j].append(zeros_like(x) if g is None else g)
    return tuple(stack(row).reshape(out.shape + x.shape) for row, x in zip(rows, inputs, strict=True))


def _refuse(one: str, other: str, instead: str, error: type[Exception], yet: bool = True) -> None:
    raise error(
        f"torch.autograd.functional.jacobian: `{one}` and `{other}` are not supported together"
        f"{' (yet)' if yet else ''}. Please either set `{one.replace('True', 'False')}` or `{instead}`."
    )


def _by_columns(func: Any, inputs: Any, create_graph: bool, strict: bool, vectorize: bool) -> Any:
    """The Jacobian in forward mode: one run of the function for each element of the inputs."""
    forward, reverse = 'strategy="forward-mode"', 'strategy="reverse-mode"'
    if create_graph:
        _refuse("create_graph=True", forward, reverse, NotImplementedError)
    if strict:
        _refuse("strict=True", forward, reverse, RuntimeError)
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is only implemented for "
            "`vectorize=True`."
        )
    inputs_tuple, inputs = as_tuple(inputs, "inputs", "jacobian")
    columns: list[list[Any]] = []
    outputs_tuple = False
    for j, x in enumerate(inputs):
        for element in range(x.numel()):
            with dual_level():
                duals = [make_dual(y, _unit(y, element) if i == j else zeros_like(y)) for i, y in enumerate(inputs)]
                outputs_tuple, outputs = as_tuple(func(*duals), "outputs", "jacobian")
                tangents = [unpack_dual(out).tangent for out in outputs]
                columns.append([zeros_like(o) if t is None else t for o, t in zip(outputs, tangents, strict=True)])
    result = []
    for k, out in enumerate(columns[0]):
        blocks, start = [], 0
        for x in inputs:
            of_input = [column[k] for column in columns[start : start + x.numel()]]
            start += x.numel()
            blocks.append(_block(out, x, of_input, out.dtype))
        result.append(as_given(blocks, inputs_tuple))
    return as_given(result, outputs_tuple)


def _block(out: Any, x: Any, columns: list[Any], dtype: Any) -> Any:
    """The columns side by side, in the shape of output and input; without any, where one of them is empty."""
    if columns:
        return stack(columns, out.ndim).reshape(out.shape + x.shape)
    return wrap(np.zeros(out.shape + x.shape, dtype.numpy))


def _unit(like: Any, element: int) -> Any:
    unit = np.zeros(like._array.size, like._array.dtype)
    unit[element] = 1
    return wrap(unit.reshape(like._array.shape))


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of a function with one output of one element: ``input.shape + input.shape``; for tuples, blocks.

    RuntimeError for any other output, AssertionError for an unknown strategy.
    """
    inputs_tuple, inputs = as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in _MODES:
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def one_element(*given: Any) -> Any:
        out = func(*given)
        is_tuple, outputs = as_tuple(out, "outputs of the user-provided function", "hessian")
        check_recorded(outputs, "outputs", strict)
        check_one_element(outputs, is_tuple, "hessian")
        return out.squeeze()

    def first_derivative(*given: Any) -> Any:
        if outer_jacobian_strategy == "forward-mode":  # so that the inner Jacobian keeps the duals in their graph
            given = tuple(t.requires_grad_(True) for t in given)
        first = jacobian(one_element, given, create_graph=True)
        check_recorded(first, "jacobian", strict)
        return first

    result = jacobian(first_derivative, inputs, create_graph, strict, vectorize, outer_jacobian_strategy)
    return tuple(result) if inputs_tuple else result[0][0]
