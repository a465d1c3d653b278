"""What of a scenario can be said without Python: literals, and the reasons for which a scenario cannot be exported.

A literal in a program is JSON, with an object where JSON has no word for it:

``true``, ``null``, ``"text"``, ``3``, ``0.5``, ``[...]``   themselves; a bare number without a fraction is an integer
``{"float": x}``      a float, or nested lists of floats; NaN and the infinities are "nan", "inf" and "-inf"
``{"int": "..."}``    an integer of 2**53 or more, in digits
``{"complex": [re, im]}``, ``{"tuple": [...]}``, ``{"slice": [start, stop, step]}``, ``{"ellipsis": true}``,
``{"dict": [[key, value], ...]}``
``{"name": "torch.float64"}``   something of the engine's, by its name, or one of Python's `CLASSES` ("float")
``{"v": n}``          the value that an earlier step calls n
"""

from __future__ import annotations

import math
from typing import Any

#: Integers that every language's JSON parser keeps.
_EXACT = 2**53


#: Classes of Python's that a program names, as a dtype or to ask what a value is.
CLASSES = (bool, int, float, complex, str, list, tuple, dict)


class NotExportable(BaseException):
    """A scenario does something that only Python can; the message says what, the same for all of its kind."""


def literal(value: Any) -> Any:
    """A Python number, string or None as a program has it. Raises `NotExportable` for anything else."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if type(value) is int:
        return value if abs(value) < _EXACT else {"int": str(value)}
    if type(value) is float:
        return value if _is_bare(value) else {"float": plain_float(value)}
    if type(value) is complex:
        return {"complex": [plain_float(value.real), plain_float(value.imag)]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if type(value).__module__ == "numpy":
        raise NotExportable("hands a NumPy array to the engine")
    if value in CLASSES:
        return {"name": value.__name__}
    if isinstance(value, type):
        raise NotExportable("hands a Python class to the engine")
    if callable(value):
        raise NotExportable("hands a function to the engine (hooks, closures, transforms)")
    raise NotExportable(f"hands a Python object to the engine: {type(value).__name__}")


def floats(value: Any) -> Any:
    """Nested lists of floats, some of which need saying so, in one ``{"float": ...}``; None where it is not that."""
    if not isinstance(value, list) or not value:
        return None
    leaves = list(_leaves(value))
    if not leaves or any(type(leaf) is not float for leaf in leaves) or all(map(_is_bare, leaves)):
        return None
    return {"float": _plain(value)}


def plain_float(x: float) -> float | str:
    """A float as JSON has it: NaN and the infinities are strings."""
    if math.isnan(x):
        return "nan"
    return x if math.isfinite(x) else ("inf" if x > 0 else "-inf")


def _is_bare(x: float) -> bool:
    """Whether a float cannot be taken for an integer where a parser does not tell 1.0 from 1."""
    return math.isfinite(x) and x != int(x)


def _leaves(value: Any) -> Any:
    for item in value:
        if isinstance(item, list):
            yield from _leaves(item)
        else:
            yield item


def _plain(value: Any) -> Any:
    return [_plain(item) for item in value] if isinstance(value, list) else plain_float(value)
