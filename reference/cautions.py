"""Warnings that are given once in a process, unless one asks for all of them.

Source: https://docs.pytorch.org/docs/stable/generated/torch.set_warn_always.html.
"""

from __future__ import annotations

import warnings

_warn_always = False
_given: set[str] = set()


def set_warn_always(b: bool) -> None:
    """Say whether warnings that are otherwise given once are given every time."""
    global _warn_always
    _warn_always = bool(b)


def is_warn_always_enabled() -> bool:
    """Whether warnings that are otherwise given once are given every time."""
    return _warn_always


def warn_once(message: str, category: type[Warning] = UserWarning, stacklevel: int = 2) -> None:
    """Warn, unless this warning was given before."""
    if message not in _given or _warn_always:
        _given.add(message)
        warnings.warn(message, category, stacklevel=stacklevel + 1)
