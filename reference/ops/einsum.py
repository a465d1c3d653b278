"""Sums of products over named dimensions: einsum, tensordot, kron, cross.

Source: https://docs.pytorch.org/docs/stable/generated/torch.einsum.html.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from reference import state
from reference.ops.autocasting import lowered
from reference.ops.dims import dimension
from reference.ops.linear import matmul
from reference.ops.rules import conj
from reference.ops.shapes import permute, reshape
from reference.ops.strides import diagonal
from reference.ops.table import Op
from reference.tensor import Tensor

_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


# `names` are the dimensions of the two operands and of the result: one of an operand stands in the other, or in the
# result. The product is linear in each operand, whose gradient is the product of the other and the upstream gradient
einsum_op: Op = Op(
    "einsum",
    lambda operand0, operand1, *, names: np.einsum("{},{}->{}".format(*names), operand0, operand1, optimize=True),
    operand0=lambda g, operand1, names: einsum_op(g, conj(operand1), names=(names[2], names[1], names[0])),
    operand1=lambda g, operand0, names: einsum_op(g, conj(operand0), names=(names[2], names[0], names[1])),
)


def einsum(equation: Any, *operands: Any) -> Any:
    """The sum of products that an equation such as "ij,jk->ik" describes."""
    if not isinstance(equation, str):
        equation, operands = _from_lists((equation, *operands))
    tensors = list(operands[0]) if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else list(operands)
    names, out = _named(equation.replace(" ", ""), tensors)
    _check_sizes(names, tensors)
    for i, x in enumerate(tensors):
        names[i], tensors[i] = _without_repetition(names[i], x)
        elsewhere = set(out).union(*names[:i], *names[i + 1 :])
        alone = [d for d, name in enumerate(names[i]) if name not in elsewhere]
        if alone:
            tensors[i] = tensors[i].sum(alone)
            names[i] = "".join(name for name in names[i] if name in elsewhere)
    if len(tensors) > 1 and set("".join(names)) - set(out) and state.modes.autocast is not None:
        tensors = list(lowered(*tensors))
    dtypes = [x.dtype for x in tensors]
    if len(set(dtypes)) > 1 and _sums_products(names, out, tensors):  # factors are promoted where nothing is summed
        if all(x.numel() for x in tensors):
            raise RuntimeError(f"einsum(): expected operands of one dtype, but found {', '.join(map(str, dtypes))}")
        dtype = dtypes[0] if _is_swapped(names, out) else dtypes[-1]
        tensors = [x.to(dtype=dtype) for x in tensors]  # of no products at all, the sum has the second factor's dtype
    if len(tensors) == 1:
        return permute(tensors[0], [names[0].index(name) for name in out])
    while len(tensors) > 2:  # the first two, then their product and the next
        kept = set(out).union(*names[2:])
        both = "".join(name for name in dict.fromkeys(names[0] + names[1]) if name in kept)
        tensors[:2] = [_product(tensors[0], tensors[1], names[0], names[1], both)]
        names[:2] = [both]
    return _product(tensors[0], tensors[1], names[0], names[1], out)


def _product(a: Any, b: Any, of_a: str, of_b: str, out: str) -> Any:
    """The sum of products of two; where one has a single factor for all, the other is summed first."""
    for name in of_a:
        if name in of_b and name not in out:
            i, j = of_a.index(name), of_b.index(name)
            if a.shape[i] == 1 != b.shape[j]:
                b = b.sum(j, keepdim=True)
            elif b.shape[j] == 1 != a.shape[i]:
                a = a.sum(i, keepdim=True)
    return einsum_op(a, b, names=(of_a, of_b, out))


def _from_lists(arguments: Sequence[Any]) -> tuple[str, tuple[Any, ...]]:
    """The form ``einsum(x, [0, 1], y, [1, 2], [0, 2])``."""

    def letters(part: Sequence[Any]) -> str:
        for i in part:
            if i is not Ellipsis and not 0 <= i < len(_LETTERS):
                raise ValueError(f"einsum(): expected subscripts to be within [0, {len(_LETTERS)}), but got {i}")
        return "".join("..." if i is Ellipsis else _LETTERS[i] for i in part)

    operands, lists = arguments[: len(arguments) // 2 * 2 : 2], arguments[1::2]
    equation = ",".join(map(letters, lists))
    if len(arguments) % 2:
        equation += f"->{letters(arguments[-1])}"
    return equation, tuple(operands)


def _named(equation: str, tensors: list[Any]) -> tuple[list[str], str]:
    """A name for each dimension of each operand, and of the result; an ellipsis' are those not used otherwise."""
    left, arrow, out = equation.partition("->")
    parts = left.split(",")
    if len(parts) != len(tensors):
        more = "fewer" if len(parts) > len(tensors) else "more"
        raise RuntimeError(f"einsum(): {more} operands were provided than specified in the equation")
    for character in left.replace(",", "").replace("...", "") + out.replace("...", ""):
        if character not in _LETTERS:
            raise RuntimeError(f"einsum(): invalid subscript given, subscripts must be in [a-zA-Z]: '{character}'")
    free = [name for name in _LETTERS if name not in equation]
    widths = []
    for part, x in zip(parts, tensors, strict=True):
        known = len(part.replace("...", ""))
        if known > x.ndim or ("..." not in part and known != x.ndim):
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({known}) does not match the number of dimensions "
                f"({x.ndim}) for an operand and no ellipsis was given"
            )
        widths.append(x.ndim - known if "..." in part else 0)
    dots = "".join(free[: max(widths, default=0)])
    names = [part.replace("...", dots[len(dots) - width :]) for part, width in zip(parts, widths, strict=True)]
    if not arrow:
        once = sorted(c for c in set("".join(names)) - set(dots) if "".join(names).count(c) == 1)
        return names, dots + "".join(once)
    out = out.replace("...", dots)
    for name in out:
        if out.count(name) > 1:
            raise RuntimeError(f"einsum(): output subscript {name} appears more than once in the output")
        if not any(name in part for part in names):
            raise RuntimeError(
                f"einsum(): output subscript {name} does not appear in the equation for any input operand"
            )
    return names, out


def _check_sizes(names: list[str], tensors: list[Any]) -> None:
    sizes: dict[str, int] = {}
    for i, (part, x) in enumerate(zip(names, tensors, strict=True)):
        for name, n in zip(part, x.shape, strict=True):
            known = sizes.get(name, 1)
            if n != 1 and known not in (1, n):
                raise RuntimeError(
                    f"einsum(): subscript {name} has size {n} for operand {i} which does not broadcast with previously "
                    f"seen size {known}"
                )
            sizes[name] = max(known, n) if n else n


def _sums_products(names: list[str], out: str, tensors: list[Any]) -> bool:
    """Whether a dimension of more than one element in several operands is summed over."""
    long = [
        name for part, x in zip(names, tensors, strict=True) for name, n in zip(part, x.shape, strict=True) if n != 1
    ]
    return any(long.count(name) > 1 for name in set(long) - set(out))


def _is_swapped(names: list[str], out: str) -> bool:
    """Whether PyTorch takes the second operand for the first factor: if it begins the result, and both are in it."""
    alone = [name for name in out if (name in names[0]) != (name in names[1])]
    return bool(alone) and alone[0] in names[1] and any(name in names[0] for name in alone)


def _without_repetition(names: str, x: Any) -> tuple[str, Any]:
    """A name that stands twice in one operand means the diagonal."""
    for name in names:
        while names.count(name) > 1:
            first, second = names.index(name), names.rindex(name)
            x = diagonal(x, 0, first, second)
            names = names[:first] + names[first + 1 : second] + names[second + 1 :] + name
    return names, x


def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sum of products over pairs of dimensions."""
    if isinstance(dims, Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if dims < 0:
            raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
        if dims > min(a.ndim, b.ndim):
            raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
        of_a, of_b = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        given = [[d] if isinstance(d, int) else list(d) for d in dims]
        of_a, of_b = ([dimension(d, x.ndim) for d in part] for part, x in zip(given, (a, b), strict=True))
    for d, e in zip(of_a, of_b, strict=True):
        if b.shape[e] == 1:  # a single factor for all: the other side is summed first
            a = a.sum(d, keepdim=True)
        elif a.shape[d] == 1:
            b = b.sum(e, keepdim=True)
        elif a.shape[d] != b.shape[e]:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {a.shape[d]} in dim {d} and second has size "
                f"{b.shape[e]} in dim {e}"
            )
    free_a = [d for d in range(a.ndim) if d not in of_a]
    free_b = [d for d in range(b.ndim) if d not in of_b]
    size = math.prod(a.shape[d] for d in of_a)
    shape = [a.shape[d] for d in free_a] + [b.shape[d] for d in free_b]
    left = reshape(permute(a, free_a + of_a), (math.prod(a.shape[d] for d in free_a), size))
    right = reshape(permute(b, of_b + free_b), (size, math.prod(b.shape[d] for d in free_b)))
    return reshape(matmul(left, right), shape)


def kron(input: Any, other: Any) -> Any:
    """The Kronecker product: each element of one times all of the other."""
    ndim = max(input.ndim, other.ndim)
    of_input, of_other = ((1,) * (ndim - x.ndim) + tuple(x.shape) for x in (input, other))
    left = reshape(input, [n for m in of_input for n in (m, 1)])
    right = reshape(other, [n for m in of_other for n in (1, m)])
    return reshape(left * right, [m * n for m, n in zip(of_input, of_other, strict=True)])


def _cross_kernel(self: Any, other: Any, *, dim: int) -> Any:
    return np.cross(np.moveaxis(self, dim, -1), np.moveaxis(other, dim, -1), axisc=dim)


# a x b: da is b x g, db is g x a
cross_op: Op = Op(
    "linalg_cross",
    _cross_kernel,
    promotes="common",
    self=lambda g, other, dim: cross_op(conj(other), g, dim=dim),
    other=lambda g, self, dim: cross_op(g, conj(self), dim=dim),
)


def cross_along(input: Any, other: Any, dim: int) -> Any:
    """The cross product along a dimension of size 3, with others broadcast."""
    if input.ndim != other.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    dim = dimension(dim, input.ndim)
    for x in (input, other):
        if x.shape[dim] != 3:
            raise RuntimeError(f"linalg.cross: inputs dimension {dim} must have length 3. Got {x.shape[dim]}")
    return cross_op(input, other, dim=dim - input.ndim)


def cross(input: Any, other: Any, dim: int | None = None) -> Any:
    """The cross product along a dimension of size 3: the first one, unless it is given."""
    if dim is None:
        dim = next((d for d, n in enumerate(input.shape) if n == 3), None)
        if dim is None:
            raise RuntimeError("no dimension of size 3 in input")
    return cross_along(input, other, dim)
