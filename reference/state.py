"""The modes that an operation looks at, one set a thread.

``special`` counts the threads that are in any mode but the default (recording, and nothing else). An operation
reads that one number first, and looks at the thread's own modes only where it is not zero: reading a thread-local
costs as much as a small operation's bookkeeping. It also counts the kinds of tensors that are not like others, once
there are any: bfloat16 and meta ones.
"""

from __future__ import annotations

import threading
from typing import Any

special = 0
has_bfloat16 = has_meta = False
_lock = threading.Lock()


class _Modes(threading.local):
    """One thread's modes; the class attributes are the defaults of a new thread (MOD-09, SAV-10)."""

    grad: bool = True
    inference: bool = False
    forward_level: Any = None
    saved_tensor_hooks: tuple[Any, ...] = ()
    saved_tensor_hooks_refused: str | None = None
    anomaly: bool = False
    anomaly_checks_nan: bool = True
    mutation_allowed: Any = None
    evaluating: Any = None
    backward_pass: Any = None
    transforms: tuple[str, ...] = ()
    batch_level: Any = None
    autocast: Any = None
    autocast_dtype: Any = None
    autocast_keeps: bool = True
    autocast_depth: int = 0
    is_special: bool = False

    def __init__(self) -> None:
        self.autocast_kept: dict[int, Any] = {}


modes = _Modes()


def note_bfloat16() -> None:
    """Let every operation look for bfloat16 tensors from now on (`reference.bfloat16`)."""
    global special, has_bfloat16
    with _lock:
        special += not has_bfloat16
        has_bfloat16 = True


def note_meta() -> None:
    """Let every operation look for meta tensors from now on (`reference.meta`)."""
    global special, has_meta
    with _lock:
        special += not has_meta
        has_meta = True


def set_mode(**changes: Any) -> dict[str, Any]:
    """Change this thread's modes; returns the former values, to be given back to this function."""
    global special
    before = {name: getattr(modes, name) for name in changes}
    for name, value in changes.items():
        setattr(modes, name, value)
    now = not (
        modes.grad
        and not modes.inference
        and modes.forward_level is None
        and not modes.saved_tensor_hooks
        and not modes.anomaly
        and modes.mutation_allowed is None
        and modes.batch_level is None
        and modes.autocast is None
    )
    if now != modes.is_special:
        modes.is_special = now
        with _lock:
            special += 1 if now else -1
    return before
