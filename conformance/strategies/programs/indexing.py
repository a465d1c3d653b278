"""Indexing, gathering and scattering, as pieces of code."""

from __future__ import annotations

from dataclasses import dataclass, replace

from conformance.programs import operations as ops
from conformance.strategies.programs.draft import Draft, Expression, Shape, Value, broadcast, count_of, nested
from conformance.strategies.programs.elementwise import called


@dataclass(frozen=True)
class Index:
    """What stands between the brackets, the shape that it selects, and whether it is basic (selects a view)."""

    text: str
    shape: Shape
    basic: bool


def index(d: Draft, shape: Shape, *, repeats: bool = True) -> Index:
    """An index expression for a shape; without ``repeats`` it selects no element twice."""
    if not shape or d.chance(12):
        return Index("...", shape, True)
    items: list[str] = []
    selected: list[int] = []
    array: int | None = None
    for at in range(d.number(1, len(shape))):
        side = shape[at]
        how = d.number(0, 6)
        if how == 0 and side:
            items.append(str(d.number(-side, side - 1)))
        elif how >= 5 and array is None and side:
            text, length = _array(d, side, repeats=repeats)
            items.append(text)
            array = len(selected)
            selected.append(length)
        else:
            text, length = _slice(d, side)
            items.append(text)
            selected.append(length)
        if array is None and d.chance(8):
            items.append("None")
            selected.append(1)
    rest = shape[sum(item != "None" for item in items) :]
    if d.chance(6):
        items.append("...")
    return Index(", ".join(items), (*selected, *rest), array is None)


def _slice(d: Draft, side: int) -> tuple[str, int]:
    start = d.one(("", "1", "-1", "0"))
    stop = d.one(("", "-1", "2", "1"))
    step = d.one(("", ":2"))
    bounds = slice(int(start) if start else None, int(stop) if stop else None, 2 if step else None)
    return f"{start}:{stop}{step}", len(range(*bounds.indices(side)))


def _array(d: Draft, side: int, *, repeats: bool) -> tuple[str, int]:
    if d.chance(3):
        mask = [d.chance(2) for _ in range(side)]
        return f"torch.tensor({mask})", sum(mask)
    positions = [d.number(-side if repeats else 0, side - 1) for _ in range(d.number(1, 3))]
    if not repeats:
        positions = list(dict.fromkeys(positions))
    return f"torch.tensor({positions})", len(positions)


def indexed(d: Draft) -> Expression | None:
    """An indexed tensor."""
    a = d.operand("f" if not d.chance(6) else "fibc", (1, 3))
    if a is None:
        return None
    chosen = index(d, a.shape)
    text = f"{a.name}[{chosen.text}]"
    if chosen.basic:
        return d.yields(text, chosen.shape, a.kind, view_of=a)
    return replace(d.yields(text, chosen.shape, a.kind, a), loose=True)


def gathering(d: Draft) -> Expression | None:
    """Elements picked by positions, by a mask or by their order."""
    name = d.one(ops.GATHERING)
    a = d.operand("f", (1, 2), where=lambda v: 0 not in v.shape)
    if a is None:
        return None
    dim = d.number(0, len(a.shape) - 1)
    side = a.shape[dim]
    match name:
        case "index_select":
            positions = [d.number(0, side - 1) for _ in range(d.number(1, 3))]
            shape = (*a.shape[:dim], len(positions), *a.shape[dim + 1 :])
            return d.yields(called(d, name, a, str(dim), f"torch.tensor({positions})"), shape, a.kind, a)
        case "gather" | "take_along_dim":
            places = positions_like(d, a.shape, side)
            more = [str(dim), places] if name == "gather" else [places, str(dim)]
            return d.yields(called(d, name, a, *more), a.shape, a.kind, a)
        case "take":
            positions = [d.number(-a.count, a.count - 1) for _ in range(d.number(1, 3))]
            return d.yields(called(d, name, a, f"torch.tensor({positions})"), (len(positions),), a.kind, a)
        case "masked_select":
            mask = [d.chance(2) for _ in range(a.shape[-1])]
            selected = sum(mask) * count_of(a.shape[:-1])
            return d.yields(called(d, name, a, f"torch.tensor({mask})"), (selected,), a.kind, a)
    more = ["stable=True", f"dim={dim}", *(["descending=True"] if d.chance(2) else [])]
    return d.yields(called(d, "sort", a, *more) + "[0]", a.shape, a.kind, a)


def positions_like(d: Draft, shape: Shape, side: int, *, distinct: bool = False) -> str:
    """An integer tensor of a shape, of positions along a dimension of a size, as it is written.

    ``distinct`` shifts the same order by one from row to row, so that a column repeats none.
    """
    start, step = d.number(0, side - 1), 1 if distinct else d.number(0, 2)
    flat = [(start + step * i) % side for i in range(count_of(shape))]
    return f"torch.tensor({nested([str(i) for i in flat], shape)})"


def scattering(d: Draft) -> Expression | None:
    """A copy of a tensor into which values were written."""
    call = scatter_call(d, d.one(ops.SCATTERING))
    if call is None:
        return None
    a, name, arguments, others = call
    return d.yields(f"{a.name}.{name}({', '.join(arguments)})", a.shape, a.kind, a, *others)


def scatter_call(d: Draft, name: str) -> tuple[Value, str, list[str], list[Value]] | None:
    """The operand, name, arguments and other operands of a call that writes at positions, in place or not."""
    a = d.operand("f", (1, 2), where=lambda v: 0 not in v.shape and not v.overlaps and not v.memory.startswith("view"))
    if a is None:
        return None
    dim = d.number(0, len(a.shape) - 1)
    side = a.shape[dim]
    if name in ("scatter", "scatter_add"):
        one_dim = len(a.shape) == 1
        source = d.operand("f", where=lambda v: v.shape == a.shape and v.memory != a.memory)
        if source is None or (name == "scatter" and not one_dim):
            source = None
            if name == "scatter_add":
                return None
        places = positions_like(d, a.shape, side, distinct=name == "scatter")
        value = source.name if source is not None else d.one(("2.0", "0.5"))
        return a, name, [str(dim), places, value], [source] if source is not None else []
    if name in ("index_add", "index_copy", "index_fill"):
        positions = list(dict.fromkeys(d.number(0, side - 1) for _ in range(d.number(1, 2))))
        places = f"torch.tensor({positions})"
        if name == "index_fill":
            return a, name, [str(dim), places, d.scalar()], []
        wanted = (*a.shape[:dim], len(positions), *a.shape[dim + 1 :])
        source = d.operand("f", where=lambda v: v.shape == wanted and v.memory != a.memory)
        return None if source is None else (a, name, [str(dim), places, source.name], [source])
    if name == "index_put":
        positions = [d.number(0, a.shape[0] - 1) for _ in range(d.number(1, 2))]
        accumulate = len(set(positions)) < len(positions) or d.chance(2)
        wanted = (len(positions), *a.shape[1:])
        source = d.operand("f", where=lambda v: broadcast(v.shape, wanted) == wanted and v.memory != a.memory)
        if source is None:
            return None
        return a, name, [f"(torch.tensor({positions}),)", source.name, *(["accumulate=True"] * accumulate)], [source]
    if name == "masked_scatter":
        source = d.operand("f", where=lambda v: v.count >= a.count and v.memory != a.memory)
        return None if source is None else (a, name, [f"{a.name} > 0.25", source.name], [source])
    return _scatter_view(d, name, a, dim)


def _scatter_view(d: Draft, name: str, a: Value, dim: int) -> tuple[Value, str, list[str], list[Value]] | None:
    side = a.shape[dim]
    if name == "select_scatter":
        wanted, arguments = a.shape[:dim] + a.shape[dim + 1 :], [str(dim), str(d.number(0, side - 1))]
    elif name == "slice_scatter":
        start = d.number(0, side - 1)
        wanted, arguments = (*a.shape[:dim], side - start, *a.shape[dim + 1 :]), [str(dim), str(start)]
    else:
        if len(a.shape) != 2:
            return None
        wanted, arguments = (min(a.shape),), []
    source = d.operand("f", where=lambda v: v.shape == wanted and v.memory != a.memory)
    return None if source is None else (a, name, [source.name, *arguments], [source])
