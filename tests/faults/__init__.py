"""Planted faults: the reference engine with one thing wrong, each caught by a scenario that names that behaviour.

`tests.faults:NAME` is an engine. A fault changes the reference within the process that asks for it, so there is one
fault a process, which is what the suite's workers are.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """How to plant it, given the engine's namespace; and the scenarios that must catch it."""

    plant: Callable[[Any], None]
    caught_by: tuple[str, ...]


FAULTS: dict[str, Fault] = {}


def fault(*caught_by: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a function that plants a fault."""

    def register(plant: Callable[[Any], None]) -> Callable[[Any], None]:
        FAULTS[plant.__name__] = Fault(plant, caught_by)
        return plant

    return register


def wrap(owner: Any, name: str, change: Callable[..., Any]) -> None:
    """Put ``change(original, *arguments, **keywords)`` in the place of a function or method."""
    original = getattr(owner, name)

    def changed(*arguments: Any, **keywords: Any) -> Any:
        return change(original, *arguments, **keywords)

    setattr(owner, name, changed)


def replace_getter(owner: Any, name: str, change: Callable[..., Any]) -> None:
    """Put ``change(original getter, self)`` in the place of a property's getter."""
    original = vars(owner)[name]
    setattr(owner, name, original.getter(lambda self: change(original.fget, self)))


_planted: dict[str, Any] = {}


def __getattr__(name: str) -> Any:
    if name not in FAULTS:
        raise AttributeError(name)
    if name not in _planted:
        import reference

        FAULTS[name].plant(reference)
        _planted[name] = reference
    return _planted[name]


from tests.faults import gradients, lifetime, optimizers, views  # noqa: E402, F401 (each registers its faults)
