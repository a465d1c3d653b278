"""A program while it is drawn: its statements so far, and what is known of its tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from hypothesis import strategies as st

from conformance.programs import operations as ops

T = TypeVar("T")

#: Numbers of leaves: most are exact in every format and equal to others, as ties, zeros and halves are where engines
#: differ. What is drawn is a walk through this list, so that a shape of any size costs two draws.
NUMBERS = (1.0, 2.0, -1.0, 0.5, 0.0, 3.0, -0.5, 1.5, -2.0, 0.25, 0.1, 2.0, -3.0, 0.7, 5.0, -0.3)
SPECIAL = ('float("inf")', 'float("nan")', '-float("inf")', "1e-30", "1e+30", "-0.0")

#: Numbers in the place of an operand, as they are written.
SCALARS = ("2.0", "0.5", "-1.0", "1.0", "3", "0.0", "0.1", "-2", "1", "2", "0")

Shape = tuple[int, ...]


@dataclass(frozen=True)
class Value:
    """A tensor of the program: what it is thought to be, had every statement gone well.

    ``kind`` is f, i, b or c; ``grad`` says that it requires a gradient, ``overlaps`` that elements may share memory,
    and ``guarded`` that a recorded write into it is refused: it, or its base, is a leaf that requires a gradient.
    Tensors that share memory have the same ``memory``. Which strides a ``loose`` one has is promised nowhere: what is
    computed from a view may be laid out like it or not.
    """

    name: str
    shape: Shape
    kind: str = "f"
    grad: bool = False
    leaf: bool = False
    overlaps: bool = False
    guarded: bool = False
    memory: str = ""
    loose: bool = False

    @property
    def count(self) -> int:
        """How many elements it has."""
        return count_of(self.shape)


@dataclass(frozen=True)
class Expression:
    """A piece of code that yields a tensor, and what it is thought to yield."""

    text: str
    shape: Shape
    kind: str = "f"
    grad: bool = False
    overlaps: bool = False
    guarded: bool = False
    memory: str = ""
    loose: bool = False


@cache
def below(n: int) -> st.SearchStrategy[int]:
    """The integers from 0 to n - 1; a strategy is made once, as making one costs more than drawing."""
    return st.integers(0, n - 1)


class Draft:
    """Statements are added one by one; operands are chosen among the tensors that are there."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self.draw = draw
        self.statements: list[str] = []  # of the block at hand
        self.around: list[str] = []  # those before that block
        self.values: list[Value] = []
        self.recording = True
        self.written: set[str] = set()  # memory that was written to
        self.stale: set[str] = set()  # views whose base was written to otherwise, with what requires a gradient
        self.optimizers: dict[str, str] = {}  # the algorithm of each
        self.saved: dict[str, str] = {}  # the optimizer that each saved state is of
        self._counts: dict[str, int] = {}

    # Drawing

    def one(self, options: Sequence[T]) -> T:
        """One of the options; the first is the simplest."""
        return options[self.draw(below(len(options)))] if len(options) > 1 else options[0]

    def number(self, low: int, high: int) -> int:
        """An integer from ``low`` to ``high``."""
        return low + self.draw(below(high - low + 1)) if high > low else low

    def chance(self, one_in: int) -> bool:
        """True once in so many."""
        return self.draw(below(one_in)) == one_in - 1

    def scalar(self) -> str:
        """A number in the place of an operand."""
        return self.one(SCALARS)

    def dim(self, shape: Shape) -> int:
        """One of a shape's dimensions, counted from either end; out of range once in a while."""
        n = max(1, len(shape))
        if self.chance(60) and not self.has_several_views:
            return n
        return self.one((*range(n), *range(-n, 0)))

    # Names and statements

    @property
    def so_far(self) -> list[str]:
        """The statements so far, those of the block at hand among them."""
        return [*self.around, *self.statements]

    @property
    def has_one_dtype(self) -> bool:
        """Whether all tensors with a fraction are of the default dtype."""
        others = ("dtype=", "float64", "complex64", "float()", "double()", "float_power")
        return not any(word in statement for statement in self.so_far for word in others)

    @property
    def has_several_views(self) -> bool:
        """Whether there are views that may be refused for a write into their base: nothing else is to be wrong there.

        Which of two errors is noticed first is up to PyTorch.
        """
        return any(f"{name}(" in statement for statement in self.so_far for name in ops.SPLITS)

    def fresh(self, letter: str) -> str:
        """A name that is not in use: t0, t1, … for tensors."""
        self._counts[letter] = self._counts.get(letter, -1) + 1
        return f"{letter}{self._counts[letter]}"

    def names(self, letter: str) -> list[str]:
        """The names in use that begin with a letter."""
        return [f"{letter}{i}" for i in range(self._counts.get(letter, -1) + 1)]

    def add(self, statement: str) -> None:
        """Add a statement."""
        self.statements.append(statement)

    def assign(self, expression: Expression, *, leaf: bool = False) -> Value:
        """Add a statement that gives an expression's value a name."""
        name = self.fresh("t")
        self.add(f"{name} = {expression.text}")
        e = expression
        guarded = e.guarded or (leaf and e.grad)
        value = Value(name, e.shape, e.kind, e.grad, leaf, e.overlaps, guarded, e.memory or name, e.loose)
        self.values.append(value)
        return value

    def replace(self, old: Value, **changes: Any) -> None:
        """Note that a tensor is another than was thought."""
        at = self.values.index(old)
        self.values[at] = Value(**{**old.__dict__, **changes})

    def yields(
        self, text: str, shape: Shape, kind: str, *operands: Value | None, view_of: Value | None = None
    ) -> Expression:
        """An expression that yields a tensor of a shape and kind, computed from operands or a view of one."""
        there = [v for v in (*operands, view_of) if v is not None]
        recorded = self.recording and kind in "fc" and any(v.grad for v in there)
        loose = any(v.loose for v in there)
        if view_of is None:
            loose = loose or any(v.memory != v.name or v.overlaps for v in operands if v is not None)
            return Expression(text, shape, kind, recorded, loose=loose)
        return Expression(text, shape, kind, recorded, view_of.overlaps, view_of.guarded, view_of.memory, loose)

    # Operands

    def operand(
        self, kinds: str = "f", dims: tuple[int, int] | None = None, where: Callable[[Value], bool] | None = None
    ) -> Value | None:
        """A tensor of one of the kinds, with so many dimensions; the last ones are likelier. None if there is none."""
        fit = [
            v
            for v in self.values
            if v.kind in kinds and (dims is None or dims[0] <= len(v.shape) <= dims[1]) and (where is None or where(v))
        ]
        if not fit:
            return None
        recent = fit[-4:] if len(fit) > 4 and not self.chance(3) else fit
        return self.one(recent)

    def data(self, shape: Shape, kind: str) -> str:
        """Nested lists of numbers, as they are written."""
        start, stride = self.number(0, len(NUMBERS) - 1), self.number(0, 6)
        numbers = [NUMBERS[(start + stride * i) % len(NUMBERS)] for i in range(count_of(shape))]
        match kind:
            case "i":
                texts = [str(round(x)) for x in numbers]
            case "b":
                texts = [str(x > 0.25) for x in numbers]
            case "c":
                texts = [f"{x}{-y if y else 0.0:+}j" for x, y in zip(numbers, numbers[::-1], strict=True)]
            case _:
                texts = [str(x) for x in numbers]
                if texts and self.chance(40):
                    texts[self.number(0, len(texts) - 1)] = self.one(SPECIAL)
        return nested(texts, shape)


def count_of(shape: Shape) -> int:
    """How many elements a tensor of a shape has."""
    count = 1
    for side in shape:
        count *= side
    return count


def nested(texts: Sequence[str], shape: Shape) -> str:
    """Texts as nested lists of a shape."""
    if not shape:
        return texts[0]
    step = count_of(shape[1:])
    return f"[{', '.join(nested(texts[i * step : (i + 1) * step], shape[1:]) for i in range(shape[0]))}]"


def broadcast(*shapes: Shape) -> Shape | None:
    """The shape that some are broadcast to; None where that cannot be."""
    result: list[int] = []
    for at in range(1, max(map(len, shapes), default=0) + 1):
        sides = {shape[-at] for shape in shapes if len(shape) >= at} - {1}
        if len(sides) > 1:
            return None
        result.insert(0, sides.pop() if sides else 1)
    return tuple(result)


def joined_kind(*kinds: str) -> str:
    """The kind that operands of some kinds have together."""
    return max(kinds, key="bifc".index)
