"""Shapes and index expressions, drawn as Python literals.

An index expression is a list with one item a position between the brackets: an int, ``"..."``, None,
``["slice", start, stop, step]``, ``["array", [i, j, ...]]`` (an integer tensor) or ``["mask", [True, ...]]``.
Every drawn expression is legal for the shape it is drawn with; several arrays in one have equal lengths.
"""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Literal = Any


def shapes(min_dims: int = 1, max_dims: int = 3, min_side: int = 1, max_side: int = 4) -> st.SearchStrategy[list[int]]:
    """Shapes, as lists of sizes."""
    return st.lists(st.integers(min_side, max_side), min_size=min_dims, max_size=max_dims)


def _bounds(size: int) -> st.SearchStrategy[int | None]:
    """A start or stop of a range: absent, inside, negative, or past either end."""
    return st.none() | st.integers(-size - 1, size + 1)


def _slices(size: int) -> st.SearchStrategy[Literal]:
    step = st.none() | st.integers(1, 3)
    return st.builds(lambda start, stop, step: ["slice", start, stop, step], _bounds(size), _bounds(size), step)


def _arrays(size: int, length: int, repeats: bool) -> st.SearchStrategy[Literal]:
    index = st.integers(-size, size - 1)
    if repeats:
        indices = st.lists(index, min_size=length, max_size=length)
    else:  # -1 and size - 1 are one position
        indices = st.lists(index, min_size=length, max_size=length, unique_by=lambda i: i % size)
    return indices.map(lambda drawn: ["array", drawn])


def _masks(size: int) -> st.SearchStrategy[Literal]:
    return st.lists(st.booleans(), min_size=size, max_size=size).map(lambda drawn: ["mask", drawn])


@st.composite
def indices(draw: st.DrawFn, shape: list[int], *, advanced: bool = True, repeats: bool = True) -> Literal:
    """Index expressions that are legal for ``shape``.

    Without ``advanced`` they are basic (views); without ``repeats`` they select no element twice, as an
    assignment needs, whose result would otherwise be undefined.
    """
    used = max(1, len(shape) - draw(st.integers(0, 1)))
    front = draw(st.just(used) | st.integers(0, used))
    back = used - front  # dimensions indexed behind an ellipsis
    sizes = shape[:front] + shape[len(shape) - back :]
    length = draw(st.integers(0, 4 if repeats else min([4, *sizes])))
    # A mask would have to agree with the arrays about how many elements it selects: it comes without them.
    masked = draw(st.sampled_from(range(len(sizes)))) if advanced and draw(st.integers(0, 3)) == 3 else None
    items: list[Literal] = []
    for at, size in enumerate(sizes):
        if at == masked:
            items.append(draw(_masks(size)))
            continue
        kinds = [st.integers(-size, size - 1), _slices(size)]
        if advanced and masked is None:
            kinds += 2 * [_arrays(size, length, repeats)]
        items.append(draw(draw(st.sampled_from(kinds))))
    if back or draw(st.booleans()):
        items.insert(front, "...")
    for _ in range(draw(st.sampled_from([0, 0, 1, 2]))):
        items.insert(draw(st.integers(0, len(items))), None)
    return items


@st.composite
def indexed_shapes(draw: st.DrawFn, *, advanced: bool = True, repeats: bool = True) -> Literal:
    """A shape and an index expression for it, as the literal ``[shape, index]``."""
    shape = draw(shapes())
    return [shape, draw(indices(shape, advanced=advanced, repeats=repeats))]
