"""``gradcheck`` and ``gradgradcheck``: derivatives against finite differences (GCK-01 to GCK-09).

Source: https://docs.pytorch.org/docs/stable/notes/gradcheck.html.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from reference.autograd.backward_pass import grad
from reference.autograd.derivative_checks import Check, GradcheckError, check_backward, check_forward
from reference.autograd.function import Function
from reference.autograd.numerical import as_tuple, differentiable, is_checked
from reference.random import randn, randn_like
from reference.tensor import wrap


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the derivatives of ``func`` by the inputs that require grad agree with central differences.

    Raises GradcheckError (a RuntimeError) where they do not, unless ``raise_exception`` is False; ValueError where no
    input requires grad, RuntimeError for an input with an expanded dimension. Warns of inputs that are not of double
    precision. (``masked`` is about sparse tensors, of which there are none here; ``check_grad_dtypes`` about gradients
    of another dtype than the input's, which autograd converts or refuses before they could be seen.)
    """
    if not check_forward_ad and not check_backward_ad:
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    if check_batched_grad and not check_backward_ad:
        raise AssertionError("Setting check_batched_grad=True requires check_backward_ad to be True")
    if check_batched_forward_grad and not check_forward_ad:
        raise AssertionError("Setting check_batched_forward_grad=True requires check_forward_ad to be True")
    check = Check(func, as_tuple(inputs), eps, atol, rtol, nondet_tol)
    try:
        _check_inputs(check.inputs)
        outputs = func(*check.inputs)
        if check_backward_ad:
            check_backward(check, outputs, fast_mode)
        if check_forward_ad:
            check_forward(check, outputs, fast_mode, check_undefined_grad)
            if check_batched_forward_grad:
                _check_batched_forward(check)
        if check_backward_ad:
            _check_linear_in_grad_output(check, differentiable(outputs))
            if check_batched_grad:
                _check_batched(check, differentiable(outputs))
            if check_undefined_grad:
                _check_undefined(check)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check_inputs(inputs: Sequence[Any]) -> None:
    for i, x in enumerate(inputs):
        if not is_checked(x):
            continue
        if x._array.dtype not in (np.float64, np.complex128):
            warnings.warn(
                f"Input #{i} requires gradient and is not a double precision floating point or complex. This check "
                "will likely fail if all the inputs are not of double precision floating point or complex. ",
                UserWarning,
                stacklevel=3,
            )
        if any(step == 0 and size > 1 for step, size in zip(x.stride(), x.shape, strict=True)):
            raise RuntimeError(
                f"The {i}th input has a dimension with stride 0. gradcheck only supports inputs that are "
                "non-overlapping to be able to compute the numerical gradients correctly. You should call .contiguous "
                "on the input before passing it to gradcheck."
            )
    if not any(map(is_checked, inputs)):
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


# --- what else a backward must do -----------------------------------------------------------------------------------


def _check_linear_in_grad_output(check: Check, outputs: Sequence[Any]) -> None:
    """A gradient of zero must give gradients of zero."""
    if not outputs:
        return
    zeros = [wrap(np.zeros_like(out._array)) for out in outputs]
    found = grad(outputs, check.checked, zeros, retain_graph=True, allow_unused=True)
    if any(g is not None and g._array.any() for g in found):
        raise GradcheckError("backward not multiplied by grad_output")


def _check_batched(check: Check, outputs: Sequence[Any]) -> None:
    """A batch of gradients must give what one after the other gives."""
    for i, out in enumerate(outputs):
        weights = randn(2, *out.shape, dtype=out.dtype)
        batched = grad(out, check.checked, weights, retain_graph=True, allow_unused=True, is_grads_batched=True)
        for k, weight in enumerate(weights):
            alone = grad(out, check.checked, weight, retain_graph=True, allow_unused=True)
            for j, (a, b) in enumerate(zip(batched, alone, strict=True)):
                if a is not None and not np.allclose(a._array[k], b._array):
                    raise GradcheckError(f"gradcheck failed while testing batched gradient: output {i}, input {j}")


def _check_batched_forward(check: Check) -> None:
    """A batch of tangents must give what one after the other gives."""
    from reference.func import jvp, vmap

    for j, place in enumerate(i for i, x in enumerate(check.inputs) if is_checked(x)):
        x = check.inputs[place].detach()

        def push(tangent: Any, place: int = place, x: Any = x) -> Any:
            def moved(given: Any) -> Any:
                return as_tuple(check.function(*check.inputs[:place], given, *check.inputs[place + 1 :]))

            return jvp(moved, (x,), (tangent,))[1]

        tangents = randn(2, *x.shape, dtype=x.dtype)
        try:
            batched = vmap(push)(tangents)
        except RuntimeError as error:
            raise GradcheckError(f"While computing batched gradients, got: {error}") from error
        for k, tangent in enumerate(tangents):
            for i, (a, b) in enumerate(zip(batched, push(tangent), strict=True)):
                if not np.allclose(a._array[k], b._array):
                    raise GradcheckError(f"gradcheck failed while testing batched forward mode: output {i}, input {j}")


class _UndefinedGrad(Function):
    """The identity, whose backward gives no gradient."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        """Copy."""
        return x.clone()

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Give none."""
        return None


def _check_undefined(check: Check) -> None:
    """A backward must bear that no gradient comes, for all outputs or for one, and then give zero or none."""
    count = len(differentiable(check.function(*check.inputs)))
    for missing in dict.fromkeys([frozenset(range(count)), *(frozenset([i]) for i in range(count))]):
        outputs = differentiable(check.function(*check.inputs))
        cut = [_UndefinedGrad.apply(out) if i in missing else out for i, out in enumerate(outputs)]
        zeros = [wrap(np.zeros_like(out._array)) for out in outputs]
        try:
            found = grad(cut, check.checked, zeros, allow_unused=True) if cut else []
        except RuntimeError as error:
            _warn_of_undefined()
            raise GradcheckError("Expected backward function to handle undefined output grads.") from error
        if any(g is not None and g._array.any() for g in found):
            _warn_of_undefined()
            raise GradcheckError(
                "Expected all input grads to be undefined or zero when all output grads are undefined or zero."
            )


def _warn_of_undefined() -> None:
    warnings.warn(
        "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may "
        "break existing callers of this function. If this is true for you, you can call this function with "
        '"check_undefined_grad=False" to disable the feature',
        UserWarning,
        stacklevel=4,
    )


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the derivatives of the gradients, by the inputs and by ``grad_outputs``, agree with differences.

    ``grad_outputs`` are random numbers unless they are given. Errors and options as in `gradcheck`.
    """
    if not check_fwd_over_rev and not check_rev_over_rev:
        raise AssertionError("Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True")
    if check_undefined_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_undefined_grad=True requires check_rev_over_rev to be True")
    if check_batched_grad and not check_rev_over_rev:
        raise AssertionError("Setting check_batched_grad=True requires check_rev_over_rev to be True")
    inputs = as_tuple(inputs)
    if grad_outputs is None:
        weights = tuple(_random_weight(out, gen_non_contig_grad_outputs) for out in differentiable(func(*inputs)))
    else:
        weights = as_tuple(grad_outputs)
    requires = [is_checked(x) for x in (*inputs, *weights)]

    def first_derivative(*given: Any) -> Any:
        # forward mode is given tensors that do not require grad
        tracked = [x.requires_grad_() if r else x for x, r in zip(given, requires, strict=True)]
        own, their_weights = tracked[: len(inputs)], tracked[len(inputs) :]
        chosen = [x for x, r in zip(own, requires, strict=False) if r]
        outputs = differentiable(func(*own))
        found = grad(outputs, chosen, their_weights, create_graph=True, allow_unused=True)
        return tuple(g for g in found if g is not None)

    return gradcheck(
        first_derivative,
        (*inputs, *weights),
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
    )


def _random_weight(output: Any, spaced: bool) -> Any:
    """Random numbers of an output's shape and dtype; ``spaced``, they do not lie side by side in memory."""
    if spaced:
        return randn(*output.shape, 2, dtype=output.dtype)[..., 0].requires_grad_()
    return randn_like(output, requires_grad=True)
