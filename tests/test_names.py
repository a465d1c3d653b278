"""Every public name of PyTorch's modules that training uses is in the reference, or in the list of those that are not."""

from __future__ import annotations

import inspect
import re
import types
from functools import reduce
from importlib import import_module

import pytest

import reference
from tests.uncovered_names import COMPLETE, UNCOVERED

torch = pytest.importorskip("torch")

PLACES = [*UNCOVERED, *(f"torch.{place}" for place in COMPLETE)]
#: PyTorch imports them when they are asked for.
LAZY = ("torch.nn.utils.stateless", "torch.utils.checkpoint")


def found_at(engine, place: str):
    return reduce(getattr, place.split(".")[1:], engine)


def public_names(place: str) -> set[str]:
    """What ``__all__`` says, or what the module or class itself defines."""
    if place in LAZY:
        import_module(place)
    owner = found_at(torch, place)
    if hasattr(owner, "__all__"):
        names = set(owner.__all__)
    elif isinstance(owner, types.ModuleType):
        names = {name for name, value in vars(owner).items() if getattr(value, "__module__", place) == place}
    else:
        names = set(dir(owner))
    return {n for n in names if not n.startswith("_") and not inspect.ismodule(getattr(owner, n, None))}


@pytest.mark.parametrize("place", PLACES)
def test_every_name_is_there_or_listed(place):
    missing = {name for name in public_names(place) if not hasattr(found_at(reference, place), name)}
    listed = {name for name in missing if any(re.fullmatch(pattern, name) for pattern in UNCOVERED.get(place, {}))}
    assert sorted(missing - listed) == []


@pytest.mark.parametrize("place", UNCOVERED)
def test_every_pattern_names_what_is_missing(place):
    missing = {name for name in dir(found_at(torch, place)) if not hasattr(found_at(reference, place), name)}
    idle = [p for p in UNCOVERED[place] if not any(re.fullmatch(p, name) for name in missing)]
    assert idle == []
