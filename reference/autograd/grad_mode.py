"""Grad modes: no_grad, enable_grad, set_grad_enabled, inference_mode; context managers and decorators in one.

Source: https://docs.pytorch.org/docs/stable/notes/autograd.html#locally-disabling-gradient-computation.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from typing import Any, ClassVar

from reference import state


class _Mode:
    """A context manager that is a decorator too: of functions, and of generators, between whose yields it is off."""

    _changes: ClassVar[dict[str, Any]] = {}

    def __enter__(self) -> None:
        self._before = state.set_mode(**self._changes)

    def __exit__(self, *exception: Any) -> None:
        state.set_mode(**self._before)

    def clone(self) -> _Mode:
        """A new one like it."""
        return type(self)()

    def __call__(self, function: Any) -> Any:
        """Decorate a function or a generator."""
        if inspect.isclass(function):
            warnings.warn(
                "Decorating classes is deprecated and will be disabled in future versions. You should only decorate "
                "functions or methods. To preserve the current behavior of class decoration, you can directly decorate "
                "the `__init__` method and nothing else.",
                FutureWarning,
                stacklevel=2,
            )
            decorated: Any = function
            decorated.__init__ = self(decorated.__init__)
            return function
        if inspect.isgeneratorfunction(function):
            return _wrap_generator(self, function)

        @functools.wraps(function)
        def wrapped(*arguments: Any, **keywords: Any) -> Any:
            with self.clone():
                return function(*arguments, **keywords)

        return wrapped


def _wrap_generator(mode: Any, function: Any) -> Any:
    @functools.wraps(function)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        generator = function(*arguments, **keywords)
        try:
            with mode.clone():
                response = generator.send(None)
            while True:
                try:
                    request = yield response
                except GeneratorExit:
                    with mode.clone():
                        generator.close()
                    raise
                except BaseException as error:
                    with mode.clone():
                        response = generator.throw(error)
                else:
                    with mode.clone():
                        response = generator.send(request)
        except StopIteration as stop:
            return stop.value

    return wrapped


class _BareDecorator(_Mode):
    """Can also stand without parentheses: ``@torch.no_grad`` (MOD-07)."""

    def __new__(cls, function: Any = None) -> Any:
        made = object.__new__(cls)
        return made if function is None else made(function)


class no_grad(_BareDecorator):
    """Results of operations do not require grad (MOD-01)."""

    _changes: ClassVar[dict[str, Any]] = {"grad": False}


class enable_grad(_BareDecorator):
    """Operations are recorded again (MOD-03)."""

    _changes: ClassVar[dict[str, Any]] = {"grad": True}


class set_grad_enabled(_Mode):
    """Sets the mode at once; as a context manager it restores the former on leaving (MOD-05)."""

    def __init__(self, mode: bool) -> None:
        self.mode = bool(mode)
        self._before = state.set_mode(grad=self.mode)

    def __enter__(self) -> None:
        state.set_mode(grad=self.mode)

    def __call__(self, function: Any) -> Any:
        """Decorate a function or a generator; the mode that was set at once is undone."""
        state.set_mode(**self._before)
        return super().__call__(function)

    def clone(self) -> set_grad_enabled:
        """A new one like it."""
        return set_grad_enabled(self.mode)


class inference_mode(_Mode):
    """No recording, no version counters; what is made inside can never be saved for backward (MOD-12 to MOD-22)."""

    mode = True

    def __new__(cls, mode: Any = True) -> Any:
        """A context manager and decorator; given a function, the function decorated (MOD-21)."""
        made = object.__new__(cls)
        return made if isinstance(mode, bool) else made(mode)

    def __init__(self, mode: Any = True) -> None:
        self.mode = mode

    def __enter__(self) -> None:
        changes = {"inference": True, "grad": False} if self.mode else {"inference": False, "grad": True}
        self._before = state.set_mode(**changes)

    def clone(self) -> inference_mode:
        """A new one like it."""
        return inference_mode(self.mode)


class set_multithreading_enabled(_Mode):
    """Accepted; backward passes here always run in the thread that asks (MOD-25)."""

    def __init__(self, mode: bool) -> None:
        self.mode = mode

    def clone(self) -> set_multithreading_enabled:
        """A new one like it."""
        return set_multithreading_enabled(self.mode)


def is_grad_enabled() -> bool:
    """Whether this thread records operations."""
    return state.modes.grad and not state.modes.inference


def is_inference_mode_enabled() -> bool:
    """Whether this thread is in inference mode."""
    return state.modes.inference
