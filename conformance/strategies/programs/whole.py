"""Whole programs: a few leaves, statements of the kinds that a focus asks for, and a backward pass."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from conformance.strategies.programs import statements as s
from conformance.strategies.programs.draft import Draft

Step = Callable[[Draft], object]

#: For each focus, the kinds of statements and how often each is chosen.
FOCUSES: dict[str, tuple[Step, ...]] = {
    "operations": (*[s.operation] * 12, s.several, s.leaf, *[s.backward] * 2, s.gradient),
    "views": (
        *[s.operation] * 4,
        *[s.view] * 6,
        *[s.several] * 2,
        *[s.in_place] * 5,
        *[s.indexed_write] * 4,
        s.detached,
        s.mode_block,
        s.backward,
        s.gradient,
    ),
    "graphs": (
        *[s.operation] * 6,
        *[s.backward] * 5,
        *[s.gradient] * 4,
        *[s.hook] * 3,
        *[s.retain] * 2,
        *[s.zeroing] * 3,
        *[s.detached] * 2,
        s.mode_block,
        s.in_place,
        s.leaf,
    ),
    "optimizers": (
        *[s.operation] * 4,
        *[s.optimizer] * 7,
        *[s.backward] * 4,
        *[s.zeroing] * 2,
        s.hook,
        s.detached,
        s.mode_block,
    ),
}


@st.composite
def programs(draw: st.DrawFn, focus: str, longest: int = 14) -> list[str]:
    """Programs as lists of statements; ``focus`` says what they are mostly made of."""
    d = Draft(draw)
    s.leaf(d, must_require_grad=True)
    for _ in range(d.number(0, 2)):
        s.leaf(d)
    steps = FOCUSES[focus]
    for _ in range(d.number(1, longest)):
        d.one(steps)(d)
    if not any("backward(" in text or "autograd.grad(" in text for text in d.statements):
        s.backward(d)
    return d.statements
