"""The program that a scenario's body turns out to be when it is run on PyTorch with stand-ins for its values.

A program is a list of steps, the blocks of ``with`` among them nested:

``{"call": "torch.mean", "args": [...], "kw": {...}}``
    a function of the engine's; ``{"call": "backward", "on": 3}`` is a method of value 3, and in
    ``{"apply": 3, "args": [...]}`` value 3 itself is called
``{"get": "grad", "on": 3}``, ``{"set": "grad", "on": 3, "value": ...}``, ``{"delete": "grad", "on": 3}``
    attributes
``{"index": key, "on": 3}``, ``{"put": key, "on": 3, "value": ...}``
    items
``{"op": "mul", "args": [...]}``
    an operator, by its name in Python's module ``operator``, and a few more (`OPERATIONS`)
``{"unpack": 3, "into": [4, null]}``
    value 3 has as many items as ``into``
``{"with": 3, "do": [...]}``
    the steps inside of a context, which is left whatever happens
``{"raises": name, "saying": [...], "do": [...]}``, ``{"warns": name, "saying": [...], "do": [...]}``
    an observation of what the steps raise or warn of
``{"observe": name, "value": ..., "layout": true}``
    an observation of a value

A step that observes also says what is ``documented``, and the ``terms`` and ``scale`` that its tolerance is derived
from; these and ``saying`` are not for the engine (`conformance.vectors.expected.withheld`).

``"as": n`` names the value of a step that a later one refers to (``{"v": n}``, see `conformance.vectors.neutral`).
"""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from conformance.vectors.neutral import NotExportable, floats, literal

Step = dict[str, Any]

_OPERATORS = (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and_", "or_", "xor", "lshift", "rshift"),
    *("iadd", "isub", "imul", "itruediv", "ifloordiv", "imod", "ipow", "imatmul", "iand", "ior", "ixor"),
    *("ilshift", "irshift", "neg", "pos", "abs", "invert", "eq", "ne", "lt", "le", "gt", "ge"),
)

#: Every operation that a step may name, and what it is in Python.
OPERATIONS: dict[str, Callable[..., Any]] = {
    **{name.rstrip("_"): getattr(operator, name) for name in _OPERATORS},
    "is": lambda a, b: a is b,
    "is_not": lambda a, b: a is not b,
    "not": operator.not_,
    "contains": operator.contains,
    "not_contains": lambda container, item: item not in container,
    "isinstance": isinstance,
    "hasattr": hasattr,
    "copy": copy.copy,
    "deepcopy": copy.deepcopy,
    **{f.__name__: f for f in (type, len, bool, int, float, complex, str, list, tuple, dict)},
}


class Block:
    """Steps that are run one after the other; ``raised`` once one of them has raised, which ends it."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self.raised = False


class Trace:
    """A program in the making: each step is written down and done."""

    def __init__(self) -> None:
        self._blocks = [Block()]
        self._values = 0
        self._used: dict[int, int] = {}
        self.refused: NotExportable | None = None

    @property
    def block(self) -> Block:
        """The block that the next step belongs to."""
        return self._blocks[-1]

    def program(self) -> list[Step]:
        """The steps, with the values that are used numbered from 0. Raises `NotExportable`."""
        if self.refused is None and self.block.raised:
            self.refuse("catches an exception itself")
        if self.refused is not None:
            raise self.refused
        numbers: dict[int, int] = {}
        return _numbered(self.block.steps, self._used, numbers)

    def refuse(self, reason: str) -> NotExportable:
        """Say why the scenario cannot be exported; to be raised by the caller."""
        refused = NotExportable(reason)
        self.refused = self.refused or refused
        return self.refused

    def step(self, step: Step, act: Callable[[], Any]) -> Any:
        """Write a step down and do it."""
        if self.refused is not None:
            raise self.refused
        if self.block.raised:
            raise self.refuse("catches an exception itself")
        self.block.steps.append(step)
        try:
            return act()
        except NotExportable as refused:
            raise self.refuse(str(refused)) from None
        except BaseException:
            self.block.raised = True
            raise

    def number(self) -> int:
        """A number for a new value."""
        self._values += 1
        return self._values - 1

    def use(self, number: int) -> None:
        """Note that a step refers to a value."""
        self._used[number] = self._used.get(number, 0) + 1

    @contextmanager
    def inside(self, step: Step) -> Iterator[Block]:
        """Let the steps that follow be the block of a step."""
        self.step(step, lambda: None)
        self.enter(step)
        try:
            yield self.block
        finally:
            self.leave()

    def enter(self, step: Step) -> None:
        """Begin the block of a step."""
        self._blocks.append(Block())
        step["do"] = self.block.steps

    def leave(self) -> Block:
        """End the block at hand."""
        return self._blocks.pop()


def _numbered(steps: list[Step], used: dict[int, int], numbers: dict[int, int]) -> list[Step]:
    """The steps with new numbers, given in order to values that are used."""

    def new(number: int | None) -> int | None:
        return None if number not in used else numbers.setdefault(number, len(numbers))

    def renumber(part: Any) -> Any:
        if isinstance(part, dict):
            if "v" in part:
                return {"v": new(part["v"])}
            return {key: renumber(value) for key, value in part.items()}
        return [renumber(item) for item in part] if isinstance(part, list) else part

    result = []
    for step in steps:
        copied: Step = {}
        for key, value in step.items():
            if key in ("as", "on", "apply", "unpack", "with"):
                if (number := new(value)) is not None:
                    copied[key] = number
            elif key == "into":
                copied[key] = [new(n) for n in value]
            elif key == "documented":
                copied[key] = value
            elif key == "do":
                copied[key] = _numbered(value, used, numbers)
            elif key == "kw":
                copied[key] = {name: renumber(argument) for name, argument in value.items()}
            else:
                copied[key] = renumber(value)
        result.append(copied)
    return result


def encoded(argument: Any) -> Any:
    """An argument of a step as the program has it. Raises `NotExportable`."""
    if hasattr(type(argument), "__reference__"):
        return argument.__reference__()
    if isinstance(argument, list):
        return floats(argument) or [encoded(item) for item in argument]
    if type(argument) is tuple:
        return {"tuple": [encoded(item) for item in argument]}
    if type(argument) is dict:
        return {"dict": [[encoded(key), encoded(value)] for key, value in argument.items()]}
    if isinstance(argument, slice):
        return {"slice": [encoded(part) for part in (argument.start, argument.stop, argument.step)]}
    return literal(argument)


def real(argument: Any) -> Any:
    """What the engine is given for an argument."""
    if hasattr(type(argument), "__reference__"):
        return argument.__real__()
    if isinstance(argument, list):
        return [real(item) for item in argument]
    if type(argument) is tuple:
        return tuple(real(item) for item in argument)
    if type(argument) is dict:
        return {real(key): real(value) for key, value in argument.items()}
    if isinstance(argument, slice):
        return slice(real(argument.start), real(argument.stop), real(argument.step))
    return argument
