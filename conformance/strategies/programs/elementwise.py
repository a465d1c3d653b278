"""Operations whose results have the shape that their operands are broadcast to, as pieces of code."""

from __future__ import annotations

from conformance.programs import operations as ops
from conformance.strategies.programs.draft import Draft, Expression, Shape, Value, broadcast, joined_kind

#: Functions that give integers for integers; the others give floating numbers.
_KEEPS_KIND = {
    *("neg", "square", "positive", "abs", "sign", "relu", "nan_to_num", "clone"),
    *("ceil", "floor", "round", "trunc"),
}
_TRUE = {"div", "atan2", "hypot", "logaddexp", "logaddexp2", "xlogy", "float_power"}


def called(d: Draft, name: str, first: Value, *others: str) -> str:
    """A call of an operation, spelled as a function or as a method."""
    if d.chance(2):
        return f"{first.name}.{name}({', '.join(others)})"
    return f"torch.{name}({', '.join([first.name, *others])})"


def unary(d: Draft) -> Expression | None:
    """A function of one tensor."""
    name = d.one(tuple(ops.UNARY))
    a = d.operand("f" if not d.chance(6) else ops.UNARY[name])
    if a is None:
        return None
    arguments = []
    if name == "round" and d.chance(3):
        arguments = ["decimals=1"]
    elif name == "logit" and d.chance(2):
        arguments = ["None"]
    elif name == "nan_to_num" and d.chance(2):
        arguments = [d.one(("1.0", "nan=2.0", "posinf=1.0, neginf=-1.0"))]
    kind = a.kind if a.kind in "fc" or name in _KEEPS_KIND else "f"
    itself = a if name == "positive" else None
    return d.yields(called(d, name, a, *arguments), a.shape, kind, a, view_of=itself)


def activation(d: Draft) -> Expression | None:
    """A function of `torch.nn.functional` of one tensor."""
    name = d.one(ops.ACTIVATIONS)
    a = d.operand("f", where=lambda v: v.count < ops.VECTOR or name not in ops.SCALAR_ACTIVATIONS)
    if a is None:
        return None
    more = {
        "leaky_relu": ("", ", 0.5", ", negative_slope=1.5"),
        "elu": ("", ", alpha=2.0"),
        "celu": ("", ", alpha=0.5"),
        "gelu": ("", ', approximate="tanh"'),
        "softplus": ("", ", beta=2.0", ", threshold=1.0"),
        "hardtanh": ("", ", -0.5, 0.5"),
        "hardshrink": ("", ", 1.0"),
        "softshrink": ("", ", 1.0"),
    }.get(name, ("",))
    return d.yields(f"torch.nn.functional.{name}({a.name}{d.one(more)})", a.shape, "f", a)


def predicate(d: Draft) -> Expression | None:
    """A question asked of each element."""
    name = d.one(tuple(ops.PREDICATES))
    a = d.operand("f" if not d.chance(3) else ops.PREDICATES[name])
    return None if a is None else d.yields(called(d, name, a), a.shape, "b", a)


def partner(d: Draft, a: Value, kinds: str) -> Value | None:
    """A tensor that another can be broadcast against; once in a while one that it cannot."""
    if d.chance(40):
        return d.operand(kinds)
    return d.operand(kinds, where=lambda b: broadcast(a.shape, b.shape) is not None and b.count * a.count < 200)


def binary(d: Draft) -> Expression | None:
    """A function of two operands, or a sign between them."""
    by_sign = d.chance(2)
    sign = d.one(tuple(ops.SIGNS)) if by_sign else ""
    name = ops.SIGNS[sign] if by_sign else d.one(tuple(ops.BINARY))
    kinds = ops.BINARY[name] if d.chance(4) else "f"
    a = d.operand(kinds)
    if a is None:
        return None
    kind = "f" if a.kind == "i" and name in _TRUE else a.kind
    if (by_sign or name in ("add", "sub", "mul", "div", "pow", "remainder", "fmod", "floor_divide")) and d.chance(3):
        number = d.scalar()
        kind = "f" if "." in number and kind == "i" else kind
        if not by_sign:
            return d.yields(called(d, name, a, number), a.shape, kind, a)
        text = f"{a.name} {sign} {number}" if not d.chance(3) else f"{number} {sign} {a.name}"
        return d.yields(text, a.shape, kind, a)
    b = partner(d, a, kinds)
    if b is None:
        return None
    shape = broadcast(a.shape, b.shape) or ()
    kind = joined_kind(kind, "f" if b.kind == "i" and name in _TRUE else b.kind)
    if by_sign:
        return d.yields(f"{a.name} {sign} {b.name}", shape, kind, a, b)
    more = []
    if name in ("add", "sub") and d.chance(4):
        more = [f"alpha={d.one(('2', '0.5' if kind == 'f' else '3'))}"]
    elif name == "div" and d.chance(4):
        more = [f'rounding_mode="{d.one(("floor", "trunc"))}"']
        kind = joined_kind(a.kind, b.kind)
    return d.yields(called(d, name, a, b.name, *more), shape, kind, a, b)


def comparison(d: Draft) -> Expression | None:
    """A comparison, or a logical connective."""
    a = d.operand("f" if not d.chance(4) else "fib")
    if a is None:
        return None
    sign = d.one(tuple(ops.COMPARISONS))
    if a.kind != "b" and d.chance(2):
        return d.yields(f"{a.name} {sign} {d.scalar()}", a.shape, "b", a)
    b = partner(d, a, "fib")
    if b is None:
        return None
    shape = broadcast(a.shape, b.shape) or ()
    name = d.one((*ops.COMPARISONS.values(), *ops.LOGICAL))
    text = called(d, name, a, b.name) if d.chance(2) else f"{a.name} {sign} {b.name}"
    return d.yields(text, shape, "b", a, b)


def ternary(d: Draft) -> Expression | None:
    """A function of three operands, some of which may be numbers."""
    name = d.one(ops.TERNARY)
    a = d.operand("f")
    if a is None:
        return None
    if name in ("where", "masked_fill"):
        return _masked(d, name, a)
    b = partner(d, a, "f")
    if b is None:
        return None
    shape = broadcast(a.shape, b.shape) or ()
    if name.startswith("clamp"):
        return _clamped(d, name, a, b, shape)
    if name == "lerp" and d.chance(2):
        return d.yields(called(d, name, a, b.name, d.one(("0.5", "0.25", "2.0"))), shape, "f", a, b)
    c = d.operand("f", where=lambda v: broadcast(shape, v.shape) is not None and v.count < 20)
    if c is None:
        return None
    more = [f"value={d.one(('2', '0.5', '-1'))}"] if name != "lerp" and d.chance(2) else []
    return d.yields(called(d, name, a, b.name, c.name, *more), broadcast(shape, c.shape) or (), "f", a, b, c)


def _masked(d: Draft, name: str, a: Value) -> Expression | None:
    mask = partner(d, a, "b")
    condition, shape = (mask.name, mask.shape) if mask is not None else (f"{a.name} > 0.5", a.shape)
    if name == "masked_fill":
        filling = d.scalar()
        scalar = d.operand("f", (0, 0)) if d.chance(3) else None
        text = called(d, name, a, condition, scalar.name if scalar is not None else filling)
        return d.yields(text, broadcast(a.shape, shape) or (), "f", a, scalar)
    b = partner(d, a, "f") if not d.chance(4) else None
    other, other_shape = (b.name, b.shape) if b is not None else (d.scalar(), ())
    first, second = (a.name, other) if d.chance(2) else (other, a.name)
    return d.yields(
        f"torch.where({condition}, {first}, {second})", broadcast(a.shape, shape, other_shape) or (), "f", a, b
    )


def _clamped(d: Draft, name: str, a: Value, b: Value, shape: Shape) -> Expression:
    by_numbers = d.chance(2)
    if name != "clamp":
        bound = d.one(("0.0", "1.0", "-0.5")) if by_numbers else b.name
        return d.yields(called(d, name, a, bound), a.shape if by_numbers else shape, "f", a, None if by_numbers else b)
    if by_numbers:
        limits = d.one(("0.0, 1.0", "min=0.0", "max=0.5", "-1.0, 1.0", "1.0, 0.0"))
        return d.yields(called(d, name, a, limits), a.shape, "f", a)
    side = d.one(("min", "max"))
    return d.yields(called(d, name, a, f"{side}={b.name}"), shape, "f", a, b)


def loss(d: Draft) -> Expression | None:
    """A loss of `torch.nn.functional`, while all is of the default dtype: how losses promote is promised nowhere."""
    if not d.has_one_dtype:
        return None
    a = d.operand("f")
    b = None if a is None else d.operand("f", where=lambda v: v.shape == a.shape)
    if a is None or b is None:
        return None
    reduction = d.one(("mean", "sum", "none"))
    name = d.one(ops.LOSSES)
    text = f'torch.nn.functional.{name}({a.name}, {b.name}, reduction="{reduction}")'
    return d.yields(text, a.shape if reduction == "none" else (), "f", a, b)


def cast(d: Draft) -> Expression | None:
    """A conversion to another dtype."""
    a = d.operand("f" if not d.chance(3) else "fib")
    if a is None:
        return None
    # It may be the tensor itself.
    if d.chance(4):
        b = d.operand("f")
        if b is not None:
            return d.yields(f"{a.name}.type_as({b.name})", a.shape, "f", view_of=a)
    how, kind = d.one((("double()", "f"), ("float()", "f"), ("to(torch.float64)", "f"), ("to(torch.complex64)", "c")))
    return d.yields(f"{a.name}.{how}", a.shape, kind, view_of=a)


def complex_part(d: Draft) -> Expression | None:
    """A real tensor of a complex one, or its conjugate."""
    a = d.operand("c")
    if a is None:
        return None
    name = d.one(ops.COMPLEX)
    if name in ("angle", "abs"):
        return d.yields(called(d, name, a), a.shape, "f", a)
    if name == "conj" and not d.recording:
        return None  # whether it is a view, and requires a gradient as such, is an engine's own affair
    if name == "view_as_real" and not a.count:
        return None  # the backward pass of PyTorch 2.13 refuses an expanded gradient without elements
    shape = (*a.shape, 2) if name == "view_as_real" else a.shape
    text = f"{a.name}.{name}" if name in ("real", "imag") and d.chance(2) else f"torch.{name}({a.name})"
    return d.yields(text, shape, "c" if name == "conj" else "f", view_of=a)
