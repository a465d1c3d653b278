"""What an engine says about itself in ``__conformance__``, checked: an adapter is another's code.

A dict; every entry is optional:

``name``, ``version``       what reports call it
``devices``                 the device strings it runs on (otherwise: cpu, and cuda where ``cuda.is_available()``)
``dtypes``                  the default dtypes it can be run under
``default_dtype``           the one it always has, where it has no ``set_default_dtype``
``unclaimed``               names or prefixes of chapters that it does not claim to support
``to_numpy``                a callable: a tensor's numbers as a NumPy array
``set_default_dtype``, ``set_default_device``   callables, where the namespace has none (a dtype's or device's name)
``transform``               a callable: what is run in the place of a scenario's body, such as the body compiled
``reset``                   a callable that puts the engine's global state back, called between scenarios
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.observation import dtype_name

_LISTS = ("devices", "dtypes", "unclaimed")
_CALLABLES = ("to_numpy", "set_default_dtype", "set_default_device", "transform", "reset")
KEYS = ("name", "version", "default_dtype", *_LISTS, *_CALLABLES)

#: The dtypes that may be PyTorch's default.
DEFAULT_DTYPES = ("float16", "bfloat16", "float32", "float64")


def checked(facts: Any) -> dict[str, Any]:
    """The facts, lists made lists. Raises ``ValueError`` with a clause that says what is wrong."""
    if not isinstance(facts, dict):
        raise ValueError(f"must be a dict, not {type(facts).__name__}")
    if unknown := [str(key) for key in facts if key not in KEYS]:
        raise ValueError(f"has no entry {', '.join(unknown)}; there are {', '.join(KEYS)}")
    found = {**facts, **{key: _listed(key, facts[key]) for key in _LISTS if key in facts}}
    if "name" in found and not (isinstance(found["name"], str) and found["name"].strip()):
        raise ValueError(f"'name' must be what reports call the engine, not {found['name']!r}")
    for key in ("devices", "dtypes"):
        if key in found and not found[key]:
            raise ValueError(f"says that there are no {key}; name one, or leave {key!r} out")
    for key in _CALLABLES:
        if key in found and not callable(found[key]):
            raise ValueError(f"{key!r} must be a function, not {type(found[key]).__name__}")
    dtypes = [*found.get("dtypes", ()), *([found["default_dtype"]] if "default_dtype" in found else [])]
    for name in map(dtype_name, dtypes):
        if name not in DEFAULT_DTYPES:
            raise ValueError(f"{name!r} can be no default dtype; there are {', '.join(DEFAULT_DTYPES)}")
    return found


def _listed(key: str, value: Any) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Iterable):
        raise ValueError(f"{key!r} must be a list such as [{value!r}], not {type(value).__name__}")
    return list(value)
