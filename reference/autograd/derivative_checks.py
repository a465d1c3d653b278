"""gradcheck's comparison of derivatives with central differences: of backward passes, and of forward mode.

Complex outputs are checked as two real functions, their real and their imaginary parts; in forward mode, complex inputs
are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from reference.autograd import numerical
from reference.autograd.numerical import differentiable, floating, is_checked
from reference.ops import complex as complex_ops
from reference.tensor import Tensor, wrap


class GradcheckError(RuntimeError):
    """A derivative that does not agree with finite differences."""


@dataclass(frozen=True)
class Check:
    """One check of derivatives: the function, its inputs, and how closely both kinds of derivative must agree."""

    function: Callable[..., Any]
    inputs: tuple[Any, ...]
    eps: float
    atol: float
    rtol: float
    nondet_tol: float
    prefix: str = ""

    def of(self, function: Any, inputs: Any, prefix: str) -> Check:
        """The same check of another function."""
        return Check(function, inputs, self.eps, self.atol, self.rtol, self.nondet_tol, prefix)

    @property
    def checked(self) -> list[Any]:
        """The inputs that require grad."""
        return [x for x in self.inputs if is_checked(x)]

    def compare(self, analytical: Any, by_differences: Any, i: int, j: int, mode: str = "", atol: Any = None) -> None:
        """Fail unless a Jacobian agrees with the one by differences."""
        if not np.allclose(analytical, by_differences, self.rtol, self.atol if atol is None else atol):
            raise GradcheckError(
                f"{self.prefix}Jacobian {mode}mismatch for output {i} with respect to input {j},\n"
                f"numerical:{wrap(np.asarray(by_differences))}\nanalytical:{wrap(np.asarray(analytical))}\n"
            )


# --- backward mode --------------------------------------------------------------------------------------------------


def check_backward(check: Check, outputs: Any, fast_mode: bool) -> None:
    """Compare what backward passes give, element by element, or in ``fast_mode`` one product a Jacobian."""
    if not any(out.is_complex() for out in floating(outputs)):
        _check_backward_of_real(check, outputs, fast_mode)
        return
    for part in ("imag", "real"):
        prefix = f"While considering the {'imaginary' if part == 'imag' else 'real'} part of complex outputs only, "
        function = _part_of_outputs(check.function, part)
        of_part = check.of(function, check.inputs, prefix)
        _check_backward_of_real(of_part, function(*check.inputs), fast_mode)


def _part_of_outputs(function: Callable[..., Any], part: str) -> Callable[..., Any]:
    def of_part(*inputs: Any) -> Any:
        take = getattr(complex_ops, part)
        return tuple(take(out) if out.is_complex() else out for out in floating(function(*inputs)))

    return of_part


def _check_backward_of_real(check: Check, outputs: Any, fast_mode: bool) -> None:
    if not differentiable(outputs):
        _check_constant(check)
    elif fast_mode:
        _check_backward_fast(check, outputs)
    else:
        tracked = [out.requires_grad for out in floating(outputs)]
        by_differences = numerical.numerical_jacobians(check.function, check.inputs, check.eps)
        by_differences = [rows for rows, t in zip(by_differences, tracked, strict=True) if t]
        for i, out in enumerate(differentiable(outputs)):
            jacobians = _twice(check, out, numerical.units(out))
            for j, (a, n) in enumerate(zip(jacobians, by_differences[i], strict=True)):
                check.compare(a, n, i, j)


def _check_constant(check: Check) -> None:
    """Without a differentiable output, the function must not depend on its inputs."""
    for of_output in numerical.numerical_jacobians(check.function, check.inputs, check.eps):
        if any(jacobian.any() for jacobian in of_output):
            raise GradcheckError("Numerical gradient for function expected to be zero")


def _twice(check: Check, output: Any, weights: Sequence[Any]) -> list[Any]:
    """The backward passes, made twice: they must give the same."""
    first = numerical.backward_products(output.clone(), check.checked, weights)
    second = numerical.backward_products(output.clone(), check.checked, weights)
    for a, b in zip(first, second, strict=True):
        if a.size and np.abs(a - b).max() > check.nondet_tol:
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                "gives different values, although analytical gradient matches numerical gradient. The tolerance for "
                f"nondeterminism was {check.nondet_tol}."
            )
    return first


_FAST = (
    "\nThe above quantities relating the numerical and analytical jacobians are computed in fast mode: a product of "
    "each with random vectors on both sides. Run with fast_mode=False to see the Jacobians."
)


def _vector(shape: Any, rng: Any) -> Any:
    vector = rng.random(shape)
    return vector / np.linalg.norm(vector)


def _directions(check: Check, rng: Any) -> list[Any]:
    """A random direction for each checked input, a pair where it is complex."""
    shapes = [(tuple(x.shape), x.is_complex()) for x in check.checked]
    return [(_vector(s, rng), _vector(s, rng)) if pair else _vector(s, rng) for s, pair in shapes]


def _check_backward_fast(check: Check, outputs: Any) -> None:
    """One product v J u for each pair of output and input."""
    rng = np.random.default_rng(0)
    directions = _directions(check, rng)
    weights = [_vector(tuple(out.shape), rng).astype(out._array.dtype) for out in floating(outputs)]
    places = [i for i, x in enumerate(check.inputs) if is_checked(x)]
    tracked = [i for i, out in enumerate(floating(outputs)) if out.requires_grad]
    pushed = [
        numerical.numerical_product(check.function, check.inputs, place, u, check.eps)
        for place, u in zip(places, directions, strict=True)
    ]
    for i, (k, out) in enumerate(zip(tracked, differentiable(outputs), strict=True)):
        for j, (u, jacobian) in enumerate(zip(directions, _twice(check, out, [weights[k]]), strict=True)):
            column = jacobian.ravel()
            if isinstance(u, tuple):
                product: Any = column.real @ u[0].ravel() + 1j * (column.imag @ u[1].ravel())
            else:
                product = column @ u.ravel()
            expected = np.sum(pushed[j][k] * weights[k])
            _compare_fast(check, product, expected, i, j, "", u, weights[k])


def _compare_fast(check: Check, product: Any, expected: Any, i: int, j: int, mode: str, u: Any, v: Any) -> None:
    # errors of as much as atol in each element of the Jacobian may add up
    total = sum(abs(part).sum() for part in u) if isinstance(u, tuple) else abs(u).sum()
    atol = check.atol * float(total) * (1.0 if v is None else float(abs(v).sum()))
    try:
        check.compare(product, expected, i, j, mode, atol)
    except GradcheckError as error:
        raise GradcheckError(f"{error}{_FAST}") from None


# --- forward mode ---------------------------------------------------------------------------------------------------


def check_forward(check: Check, outputs: Any, fast_mode: bool, check_undefined: bool) -> None:
    """Compare what forward mode gives, element by element, or in ``fast_mode`` one product a Jacobian.

    With ``check_undefined`` a missing tangent must also give what a tangent of zero gives.
    """
    if not any(x.is_complex() for x in check.inputs if isinstance(x, Tensor)):
        _check_forward_of_real(check, outputs, fast_mode)
        if check_undefined:
            _check_undefined_tangents(check)
        return
    for part in ("imag", "real"):
        prefix = f"While considering the {'imaginary' if part == 'imag' else 'real'} part of complex inputs only, "
        inputs = tuple(_part_of_input(x, part) for x in check.inputs)
        of_part = check.of(_of_part_of_inputs(check, part), inputs, prefix)
        _check_forward_of_real(of_part, of_part.function(*inputs), fast_mode)
        if check_undefined:
            _check_undefined_tangents(of_part)


def _part_of_input(x: Any, part: str) -> Any:
    if not isinstance(x, Tensor) or not x.is_complex():
        return x
    return getattr(complex_ops, part)(x.detach()).clone().requires_grad_(x.requires_grad)


def _of_part_of_inputs(check: Check, part: str) -> Callable[..., Any]:
    def function(*parts: Any) -> Any:
        whole = []
        for own, x in zip(parts, check.inputs, strict=True):
            if isinstance(x, Tensor) and x.is_complex():
                fixed = x.detach()
                other = complex_ops.real(fixed) if part == "imag" else complex_ops.imag(fixed)
                own = complex_ops.complex(other, own) if part == "imag" else complex_ops.complex(own, other)
            whole.append(own)
        return check.function(*whole)

    return function


def _check_forward_of_real(check: Check, outputs: Any, fast_mode: bool) -> None:
    mode = "computed with forward mode "
    if not differentiable(outputs):
        _check_constant(check)
        return
    places = [i for i, x in enumerate(check.inputs) if is_checked(x)]
    random = _directions(check, np.random.default_rng(0)) if fast_mode else [None] * len(places)
    kept = [k for k, out in enumerate(floating(outputs)) if out.requires_grad]
    for j, (place, u) in enumerate(zip(places, random, strict=True)):
        directions = numerical.units(check.inputs[place]) if u is None else [u]
        pushed = numerical.forward_products(check.function, check.inputs, place, directions)
        expected = [numerical.directional(check.function, check.inputs, place, d, check.eps) for d in directions]
        for i, k in enumerate(kept):
            a, n = (np.array([row[k].ravel() for row in rows]) for rows in (pushed, expected))
            if u is None:
                check.compare(a, n, i, j, mode)
            else:
                _compare_fast(check, a, n, i, j, mode, u, None)


def _check_undefined_tangents(check: Check) -> None:
    places = [i for i, x in enumerate(check.inputs) if is_checked(x)]
    directions = dict(zip(places, _directions(check, np.random.default_rng(0)), strict=True))
    for j, place in enumerate(places):
        others = {i: direction for i, direction in directions.items() if i != place}
        zero = np.zeros_like(directions[place])
        undefined = numerical.pushed_forward(check.function, check.inputs, others)
        defined = numerical.pushed_forward(check.function, check.inputs, {**others, place: zero})
        for i, (a, b) in enumerate(zip(undefined, defined, strict=True)):
            if a.tangent is not None and not np.allclose(a.tangent._array, b.tangent._array):
                raise GradcheckError(
                    f"{check.prefix}Mismatch in tangent values for output {i} when input {j} has an undefined tangent "
                    f"value. Got: {a.tangent} but expected: {b.tangent}"
                )
