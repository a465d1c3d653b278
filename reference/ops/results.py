"""Results with names: ``torch.max(x, 0).indices``."""

from __future__ import annotations

from collections import namedtuple
from typing import Any


def named(name: str, *fields: str) -> Any:
    """The type of a function's several results, as torch.return_types has it."""
    return namedtuple(name, fields)
