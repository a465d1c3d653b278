"""Settings of the whole process that change no result here: determinism, threads, precision of matrix products.

Source: https://docs.pytorch.org/docs/stable/generated/torch.use_deterministic_algorithms.html and the pages beside it.
Every operation of this engine is deterministic, and NumPy chooses its own threads and precision.
"""

from __future__ import annotations

import warnings
from typing import Any

_MODES = ("default", "warn", "error")

_debug_mode = 0
_threads = 1
_precision = "highest"


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Ask for deterministic operations, which all are."""
    if not isinstance(mode, bool):
        raise TypeError(f"use_deterministic_algorithms(): argument 'mode' must be bool, not {type(mode).__name__}")
    set_deterministic_debug_mode((1 if warn_only else 2) if mode else 0)


def are_deterministic_algorithms_enabled() -> bool:
    """Whether deterministic operations were asked for."""
    return _debug_mode > 0


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Whether operations that are not deterministic would only warn."""
    return _debug_mode == 1


def set_deterministic_debug_mode(debug_mode: int | str) -> None:
    """Ask for deterministic operations by a number or a word: 0 "default", 1 "warn", 2 "error"."""
    global _debug_mode
    if not isinstance(debug_mode, (int, str)):
        raise TypeError(f"debug_mode must be str or int, but got {type(debug_mode)}")
    if debug_mode not in (*_MODES, 0, 1, 2):
        raise RuntimeError(f"invalid value of debug_mode, expected one of {_MODES} or 0, 1, 2, but got {debug_mode}")
    _debug_mode = _MODES.index(debug_mode) if isinstance(debug_mode, str) else debug_mode


def get_deterministic_debug_mode() -> int:
    """0, 1 or 2: see `set_deterministic_debug_mode`."""
    return _debug_mode


def get_num_threads() -> int:
    """How many threads were asked for."""
    return _threads


def set_num_threads(number: int) -> None:
    """Note how many threads are asked for."""
    global _threads
    if not isinstance(number, int):
        raise RuntimeError(f"set_num_threads expects an int, but got {type(number).__name__}")
    if number <= 0:
        raise RuntimeError("set_num_threads expects a positive integer")
    _threads = number


def get_float32_matmul_precision() -> str:
    """The precision of matrix products that was asked for."""
    return _precision


def set_float32_matmul_precision(precision: str) -> None:
    """Note that matrix products may be less precise: "highest", "high" or "medium"; they are not."""
    global _precision
    if precision not in ("highest", "high", "medium"):
        warnings.warn(f"{precision} is not one of 'highest', 'high', or 'medium'; nothing changes", stacklevel=2)
        return
    _precision = precision


def typename(obj: Any) -> str:
    """The name of a value's type, with its module where that is not Python's own."""
    from reference.tensor import Tensor

    if isinstance(obj, Tensor):
        return obj.type()
    kind = obj if isinstance(obj, type) else type(obj)
    module = kind.__module__.replace("reference", "torch", 1)
    return kind.__qualname__ if module == "builtins" else f"{module}.{kind.__qualname__}"
