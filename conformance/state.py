"""The global state that a scenario finds, and putting it back after it.

A scenario, or the engine under it, may leave anything behind: a default dtype, a disabled grad mode, an environment
variable. What is put back here is what the next scenario could notice; an engine has more state of its own when its
adapter gives ``reset``.
"""

from __future__ import annotations

import os
import random
import sys
import warnings
from typing import Any

from conformance.engine import Engine

SEED = 0


class State:
    """What was there before the first scenario, to be put back before each one."""

    def __init__(self, engine: Engine, device: str) -> None:
        self._engine = engine
        self._device = device
        self._filters = list(warnings.filters)
        self._environment = dict(os.environ)
        self._directory = os.getcwd()
        self._streams = (sys.stdin, sys.stdout, sys.stderr)
        self._recursion_limit = sys.getrecursionlimit()
        self._manual_seed = _optional(engine.torch, "manual_seed")
        self._is_grad_enabled = _optional(engine.torch, "is_grad_enabled")
        self._set_grad_enabled = _optional(engine.torch, "set_grad_enabled")
        self._is_anomaly_enabled = _optional(engine.torch, "is_anomaly_enabled")
        self._set_detect_anomaly = _optional(_optional(engine.torch, "autograd"), "set_detect_anomaly")

    def restore(self, dtype: str) -> None:
        """Put the state back, with ``dtype`` the default dtype; whatever this raises, the worker must be replaced."""
        sys.stdin, sys.stdout, sys.stderr = self._streams
        if sys.stdout.closed or sys.stderr.closed:
            sys.stdout, sys.stderr = (os.fdopen(n, "w", closefd=False) for n in (1, 2))
            self._streams = (sys.stdin, sys.stdout, sys.stderr)
        if warnings.filters != self._filters:
            warnings.filters[:] = self._filters  # type: ignore[index]
            warnings._filters_mutated()  # type: ignore[attr-defined]
        if os.environ != self._environment:
            os.environ.clear()
            os.environ.update(self._environment)
        if os.getcwd() != self._directory:
            os.chdir(self._directory)
        sys.setrecursionlimit(self._recursion_limit)
        random.seed(SEED)
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(SEED)
        if "reset" in self._engine.facts:
            self._engine.facts["reset"]()
        self._restore_engine(dtype)

    def sign_of_life(self) -> Any:
        """What comes of recording an operation on a leaf; it is no longer the same where a mode was left behind.

        An engine's modes are more than what can be put back here: PyTorch, for one, has some that no function ends.
        """
        try:
            leaf = self._engine.torch.tensor([1.0], requires_grad=True)
            return bool((leaf * 2).requires_grad)
        except Exception as error:  # an engine may lack any of it
            return type(error).__name__

    def _restore_engine(self, dtype: str) -> None:
        if self._manual_seed is not None:
            self._manual_seed(SEED)
        self._engine.set_default_dtype(dtype)
        self._engine.set_default_device(self._device)
        if self._is_grad_enabled is not None and self._set_grad_enabled is not None and not self._is_grad_enabled():
            self._set_grad_enabled(True)
        if self._is_anomaly_enabled is not None and self._set_detect_anomaly is not None and self._is_anomaly_enabled():
            self._set_detect_anomaly(False)


def _optional(namespace: Any, name: str) -> Any:
    """What an engine has under a name; None where it has nothing, or what it has there cannot be imported."""
    try:
        return getattr(namespace, name, None)
    except Exception:
        return None
