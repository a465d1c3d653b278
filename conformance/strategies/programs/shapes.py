"""Operations that reduce, rearrange, view, select and join, as pieces of code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from conformance.programs import operations as ops
from conformance.strategies.programs.draft import Draft, Expression, Shape, Value, broadcast, count_of
from conformance.strategies.programs.elementwise import called

#: Several results of one statement: the code, and what each is thought to be.
Several = tuple[str, list[Expression]]


def reduction(d: Draft) -> Expression | None:
    """A reduction over one dimension, several or all."""
    name = d.one((*ops.REDUCTIONS, *ops.EXTREMA, *ops.INDICES))
    a = d.operand("f" if not d.chance(5) else ops.REDUCTIONS.get(name, "fi"))
    if a is None:
        return None
    kind = {"any": "b", "all": "b", "argmax": "i", "argmin": "i"}.get(name, a.kind)
    if name in ("var", "std") and a.count < 2:
        return None  # of no degrees of freedom the gradient depends on whether the dimensions are named
    if d.chance(2):
        return d.yields(called(d, name, a, *_correction(d, name, a.count, whole=True)), (), kind, a)
    dims = _dims(d, a.shape, several=name in ("sum", "mean", "amax", "amin", "var", "std", "logsumexp", "nansum"))
    keep = d.chance(3)
    positions = {dim % max(1, len(a.shape)) for dim in dims}
    reduced = count_of(tuple(side for i, side in enumerate(a.shape) if i in positions))
    shape = tuple(1 if i in positions else side for i, side in enumerate(a.shape) if keep or i not in positions)
    written = str(dims[0]) if len(dims) == 1 else str(tuple(dims))
    more = [*_correction(d, name, reduced), *(["keepdim=True"] if keep else [])]
    text = called(d, name, a, written, *more)
    if name in ops.EXTREMA:
        text += "[0]"
    return d.yields(text, shape, kind, a)


def _correction(d: Draft, name: str, count: int, *, whole: bool = False) -> list[str]:
    if name not in ("var", "std"):
        return ["0"] if name == "logsumexp" and whole else []
    choices: list[list[str]] = [[], ["correction=0"]]
    if count > 2:  # some degrees of freedom are left
        choices.append(["correction=2"])
    return d.one([*choices, *([["unbiased=False"]] if whole else [])])


def _dims(d: Draft, shape: Shape, *, several: bool) -> list[int]:
    if several and len(shape) > 1 and d.chance(3):
        return [0, -1]
    return [d.dim(shape)]


def scan(d: Draft) -> Expression | None:
    """A running sum or product, or a softmax, along a dimension."""
    name = d.one(tuple(ops.SCANS))
    a = d.operand("f" if not d.chance(6) else ops.SCANS[name])
    if a is None:
        return None
    kind = a.kind if name.startswith("cum") else "f"
    return d.yields(called(d, name, a, f"dim={d.dim(a.shape)}"), a.shape, kind, a)


def product(d: Draft) -> Expression | None:
    """A product of matrices and vectors."""
    name = d.one(ops.PRODUCTS)
    build: Callable[[Draft], Expression | None] = {
        "addmm": lambda d: _added_product(d, "addmm", 2, 2),
        "addmv": lambda d: _added_product(d, "addmv", 2, 1),
        "baddbmm": lambda d: _added_product(d, "baddbmm", 3, 3),
        "einsum": _einsum,
        "tensordot": lambda d: _plain_product(d, "tensordot", 1, 1),
        "outer": lambda d: _plain_product(d, "outer", 1, 1),
        "dot": lambda d: _plain_product(d, "dot", 1, 1),
        "inner": lambda d: _plain_product(d, "inner", 1, 1),
        "mv": lambda d: _plain_product(d, "mv", 2, 1),
        "mm": lambda d: _plain_product(d, "mm", 2, 2),
        "bmm": lambda d: _plain_product(d, "bmm", 3, 3),
        "matmul": lambda d: _plain_product(d, d.one(("matmul", "@")), 0, 0),
    }[name]
    return build(d)


def product_shape(a: Shape, b: Shape) -> Shape | None:
    """The shape of a matrix product; None where there is none."""
    if not a or not b or a[-1] != (b[-2] if len(b) > 1 else b[0]):
        return None
    batch = broadcast(a[:-2], b[:-2])
    return None if batch is None else batch + a[-2:-1] + (b[-1:] if len(b) > 1 else ())


def _factors(d: Draft, dims_a: int, dims_b: int) -> tuple[Value, Value, Shape] | None:
    a = d.operand("f", (dims_a or 1, dims_a or 3))
    if a is None:
        return None
    fits = (lambda v: True) if d.chance(30) else (lambda v: product_shape(a.shape, v.shape) is not None)
    b = d.operand("f", (dims_b or 1, dims_b or 3), where=fits)
    return None if b is None else (a, b, product_shape(a.shape, b.shape) or ())


def _plain_product(d: Draft, name: str, dims_a: int, dims_b: int) -> Expression | None:
    if name == "outer":
        a, b = d.operand("f", (1, 1)), d.operand("f", (1, 1))
        return None if a is None or b is None else d.yields(called(d, name, a, b.name), a.shape + b.shape, "f", a, b)
    factors = _factors(d, dims_a, dims_b)
    if factors is None:
        return None
    a, b, shape = factors
    if name == "@":
        return d.yields(f"{a.name} @ {b.name}", shape, "f", a, b)
    if name == "tensordot":
        return _view_of_product(d, f"torch.tensordot({a.name}, {b.name}, dims=1)", shape, a, b)
    if name == "inner":
        return _view_of_product(d, called(d, name, a, b.name), shape, a, b)
    return d.yields(called(d, name, a, b.name), shape, "f", a, b)


def _view_of_product(d: Draft, text: str, shape: Shape, a: Value, b: Value) -> Expression:
    """A product that may be a view of what was multiplied: under no_grad it must not be written to."""
    return replace(d.yields(text, shape, "f", a, b), loose=True, memory=f"view {text}")


def _added_product(d: Draft, name: str, dims_a: int, dims_b: int) -> Expression | None:
    factors = _factors(d, dims_a, dims_b)
    if factors is None:
        return None
    a, b, shape = factors
    c = d.operand("f", where=lambda v: broadcast(v.shape, shape) == shape)
    if c is None or (name == "addmv" and (not shape or 0 in (*shape, *a.shape))):
        return None  # PyTorch 2.13 fails while it says that they do not fit, and gives what is empty c's shape
    more = d.one(([], ["beta=0.5"], ["alpha=2.0"], ["beta=0.0"]))
    return d.yields(called(d, name, c, a.name, b.name, *more), shape, "f", a, b, c)


def _einsum(d: Draft) -> Expression | None:
    a = d.operand("f", (1, 3))
    if a is None:
        return None
    letters = "ijk"[: len(a.shape)]
    b = d.operand("f", (1, 3), where=lambda v: v.shape == a.shape)
    if b is None or d.chance(3):
        out = d.one(("", letters[::-1], letters[:1]))
        text = f'torch.einsum("{letters}->{out}", {a.name})'
        return d.yields(text, _picked(a.shape, letters, out), "f", view_of=a)  # which it may be
    out = d.one(("", letters, letters[:1]))
    text = f'torch.einsum("{letters},{letters}->{out}", {a.name}, {b.name})'
    return _view_of_product(d, text, _picked(a.shape, letters, out), a, b)


def _picked(shape: Shape, letters: str, out: str) -> Shape:
    return tuple(shape[letters.index(letter)] for letter in out)


def view(d: Draft) -> Expression | None:
    """A view of a tensor, a view of a view as likely as any."""
    name = d.one((*ops.VIEWS, "T", "mT"))
    a = d.operand("f" if not d.chance(6) else "fibc")
    if a is None or (a.loose and name in ("view", "view_as", "as_strided", "flatten", "ravel", "reshape")):
        return None  # whether that is a view, or refused, depends on the strides
    return viewed(d, name, a)


def viewed(d: Draft, name: str, a: Value) -> Expression | None:
    """A view of a given tensor."""
    n = len(a.shape)
    match name:
        case "T" | "mT" | "t":
            if n != 2:
                return None
            return d.yields(f"{a.name}.{name}{'()' if name == 't' else ''}", a.shape[::-1], a.kind, view_of=a)
        case "view" | "reshape" | "flatten" | "ravel" | "view_as" | "unflatten":
            return _reshaped(d, name, a)
        case "transpose" | "swapaxes" | "movedim":
            i, j = d.dim(a.shape), d.dim(a.shape)
            sides = list(a.shape)
            if n and i < n and j < n:
                if name == "movedim":
                    sides.insert(j % n, sides.pop(i % n))
                else:
                    sides[i], sides[j] = sides[j], sides[i]
            return d.yields(called(d, name, a, str(i), str(j)), tuple(sides), a.kind, view_of=a)
        case "permute":
            order = list(range(n))
            for i in range(n - 1, 0, -1):
                j = d.number(0, i)
                order[i], order[j] = order[j], order[i]
            shape = tuple(a.shape[i] for i in order)
            return d.yields(f"{a.name}.permute({', '.join(map(str, order)) or '()'})", shape, a.kind, view_of=a)
        case "squeeze":
            if d.chance(2):
                shape = tuple(side for side in a.shape if side != 1)
                return d.yields(f"{a.name}.squeeze()", shape, a.kind, view_of=a)
            dim = d.dim(a.shape)
            at = dim % max(1, n)
            shape = tuple(side for i, side in enumerate(a.shape) if i != at or side != 1)
            return d.yields(called(d, name, a, str(dim)), shape, a.kind, view_of=a)
        case "unsqueeze":
            dim = d.number(-n - 1, n)
            at = dim if dim >= 0 else dim + n + 1
            shape = (*a.shape[:at], 1, *a.shape[at:])
            return d.yields(called(d, name, a, str(dim)), shape, a.kind, view_of=a)
        case "expand" | "expand_as":
            return _expanded(d, name, a)
        case _:
            return _part(d, name, a)


def _reshaped(d: Draft, name: str, a: Value) -> Expression | None:
    count = a.count
    if name in ("flatten", "ravel"):
        return d.yields(f"{a.name}.{name}()", (count,), a.kind, view_of=a)
    if name == "view_as":
        b = d.operand("fib", where=lambda v: v.count == count)
        if b is None:
            return None
        return d.yields(f"{a.name}.view_as({b.name})", b.shape, a.kind, view_of=a)
    if name == "unflatten":
        sides = [(i, s) for i, s in enumerate(a.shape) if s > 1]
        if not sides:
            return None
        at, side = d.one(sides)
        split = d.one([(side, 1), (1, side), *([(2, side // 2)] if side % 2 == 0 else [])])
        shape = a.shape[:at] + split + a.shape[at + 1 :]
        return d.yields(f"{a.name}.unflatten({at}, {split})", shape, a.kind, view_of=a)
    shapes: list[Shape] = [(count,), (1, count), (count, 1), *([(2, count // 2)] if count % 2 == 0 and count else [])]
    shape = d.one(shapes)
    written = [str(side) for side in shape]
    if count and d.chance(3):
        written[d.number(0, len(written) - 1)] = "-1"
    return d.yields(f"{a.name}.{name}({', '.join(written)})", shape, a.kind, view_of=a)


def _expanded(d: Draft, name: str, a: Value) -> Expression | None:
    if name == "expand_as":
        b = d.operand("fib", where=lambda v: broadcast(a.shape, v.shape) == v.shape)
        if b is None:
            return None
        return replace(d.yields(f"{a.name}.expand_as({b.name})", b.shape, a.kind, view_of=a), overlaps=True)
    shape = tuple(d.one((1, 2, 3)) if side == 1 else side for side in a.shape)
    if len(shape) < 3 and d.chance(3):
        shape = (2, *shape)
    written = [str(side) for side in shape]
    if a.shape and d.chance(3):
        written[-1] = "-1"
        shape = (*shape[:-1], a.shape[-1])
    return replace(d.yields(f"{a.name}.expand({', '.join(written) or '()'})", shape, a.kind, view_of=a), overlaps=True)


def _part(d: Draft, name: str, a: Value) -> Expression | None:
    if not a.shape:
        return None
    dim = d.dim(a.shape)
    at = dim % len(a.shape)
    side = a.shape[at]
    if name == "select":
        if not side and d.has_several_views:
            return None
        position = d.number(-side, side - d.has_several_views) if side else 0  # out of range, if it is the last
        return d.yields(
            called(d, name, a, str(dim), str(position)), a.shape[:at] + a.shape[at + 1 :], a.kind, view_of=a
        )
    if name == "narrow":
        start = d.number(0, side)
        length = d.number(0, side - start)
        shape = (*a.shape[:at], length, *a.shape[at + 1 :])
        return d.yields(called(d, name, a, str(dim), str(start), str(length)), shape, a.kind, view_of=a)
    if name == "unfold":
        size, step = d.number(0, side), d.number(1, 2)
        shape = (*a.shape[:at], (side - size) // step + 1, *a.shape[at + 1 :], size)
        return replace(d.yields(f"{a.name}.unfold({dim}, {size}, {step})", shape, a.kind, view_of=a), overlaps=True)
    if name == "as_strided":
        if a.count < 2 or a.overlaps:  # of memory that overlaps the gradient is documented to be undefined
            return None
        rows = d.number(1, a.count // 2)
        return d.yields(called(d, name, a, f"({rows}, 2)", "(2, 1)"), (rows, 2), a.kind, view_of=a)
    if len(a.shape) < 2:
        return None
    offset = d.number(-1, 1)
    rows, columns = a.shape[:2]
    length = max(0, min(rows, columns - offset) if offset >= 0 else min(rows + offset, columns))
    return d.yields(called(d, "diagonal", a, str(offset)), (*a.shape[2:], length), a.kind, view_of=a)


def splits(d: Draft) -> Several | None:
    """Several views of one tensor, from one operation; of most of them such views may not be written into."""
    a = d.operand("f", (1, 3), where=lambda v: v.shape[0] in (2, 3))
    if a is None:
        return None
    side, rest = a.shape[0], a.shape[1:]
    name = d.one(ops.SPLITS)
    if name == "unbind":
        return called(d, name, a), [d.yields("", rest, a.kind, view_of=a) for _ in range(side)]
    argument, sizes = d.one(
        (("2", [2, side - 2] if side > 2 else [2]), ("1", [1] * side), (f"[1, {side - 1}]", [1, side - 1]))
    )
    if name in ("chunk", "tensor_split"):
        argument, sizes = "2", [side - side // 2, side // 2]
    return called(d, name, a, argument), [d.yields("", (size, *rest), a.kind, view_of=a) for size in sizes]


def arrangement(d: Draft) -> Expression | None:
    """A copy with the elements in other places, or several times."""
    a = d.operand("f" if not d.chance(6) else "fic")
    name = d.one(ops.ARRANGEMENTS)
    if a is None:
        return None
    n = len(a.shape)
    match name:
        case "flip" | "roll":
            dim = d.dim(a.shape)
            arguments = [f"[{dim}]"] if name == "flip" else [str(d.number(-1, 2)), str(dim)]
            return d.yields(called(d, name, a, *arguments), a.shape, a.kind, a)
        case "repeat" | "tile":
            times = (2, *[d.one((1, 2)) for _ in range(n)][1:]) if n and d.chance(2) else (d.one((1, 2, 0)), *[1] * n)
            padded = (1,) * (len(times) - n) + a.shape
            shape = tuple(t * side for t, side in zip(times, padded, strict=True))
            return d.yields(f"{a.name}.{name}({', '.join(map(str, times))})", shape, a.kind, a)
        case "tril" | "triu":
            if n < 2:
                return None
            return d.yields(called(d, name, a, *d.one(([], ["1"], ["-1"]))), a.shape, a.kind, a)
        case "repeat_interleave":
            if not n:
                return None
            dim = d.number(0, n - 1)
            shape = (*a.shape[:dim], 2 * a.shape[dim], *a.shape[dim + 1 :])
            return d.yields(called(d, name, a, "2", f"dim={dim}"), shape, a.kind, a)
        case "rot90":
            if n < 2:
                return None
            shape = (a.shape[1], a.shape[0], *a.shape[2:])
            return replace(d.yields(f"torch.rot90({a.name})", shape, a.kind, a), loose=True)
    if a.loose:
        return None  # whether it is contiguous already
    return d.yields(f"{a.name}.contiguous()", a.shape, a.kind, view_of=a)  # which it may be itself


def joining(d: Draft) -> Expression | None:
    """Several tensors in one."""
    name = d.one(ops.JOININGS)
    a = d.operand("f", (0, 2) if name == "stack" else (1, 3))
    if a is None or a.shape == (0,):  # which goes with tensors of any shape, and is left out of the gradient
        return None
    parts = [a, *filter(None, [d.operand("f", where=lambda v: v.shape == a.shape) for _ in range(d.number(0, 2))])]
    names = ", ".join(part.name for part in parts)
    k, shape = len(parts), a.shape
    if name == "stack":
        dim = d.number(-len(shape) - 1, len(shape))
        at = dim if dim >= 0 else dim + len(shape) + 1
        return d.yields(f"torch.stack([{names}], {dim})", (*shape[:at], k, *shape[at:]), "f", *parts)
    if name == "cat":
        dim = d.dim(shape)
        at = dim % len(shape)
        return d.yields(f"torch.cat(({names},), {dim})", (*shape[:at], k * shape[at], *shape[at + 1 :]), "f", *parts)
    if name == "hstack":
        at = 0 if len(shape) == 1 else 1
        return d.yields(f"torch.hstack([{names}])", (*shape[:at], k * shape[at], *shape[at + 1 :]), "f", *parts)
    whole = (k, *shape) if len(shape) == 1 else (k * shape[0], *shape[1:])
    return d.yields(f"torch.vstack([{names}])", whole, "f", *parts)
