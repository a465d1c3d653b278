"""What operations do while autocast is on: some compute in its dtype, some in float32 (`reference.mixed_precision`).

Source: https://docs.pytorch.org/docs/stable/amp.html#cpu-op-specific-behavior.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from reference import dtypes, state
from reference.tensor import Tensor


def lowered(*inputs: Any) -> tuple[Any, ...]:
    """Tensors in autocast's dtype; float64, integers and what is no tensor stay.

    A float32 leaf that requires grad is cast once: the cast is kept until the outermost autocast ends.
    """
    wanted = state.modes.autocast
    return tuple(_lowered(value, wanted) for value in inputs)


def _lowered(value: Any, wanted: Any) -> Any:
    if not is_eligible(value) or value.dtype is wanted:
        return value
    modes = state.modes
    is_parameter = value._requires_grad and value._node is None and value._view is None
    if not (is_parameter and modes.grad and modes.autocast_keeps and value.dtype is dtypes.float32):
        return value.to(wanted)
    found = modes.autocast_kept.get(id(value))
    if found is None or found[1].dtype is not wanted:
        found = modes.autocast_kept[id(value)] = (value, value.to(wanted))  # the former, so that its id stays its own
    return found[1]


def is_eligible(value: Any) -> bool:
    """Whether autocast may cast a value: a floating tensor, but none of float64."""
    return isinstance(value, Tensor) and value.is_floating_point() and value.dtype is not dtypes.float64


def in_autocast_dtype(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that computes in autocast's dtype while that is on."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        if state.special and state.modes.autocast is not None:
            arguments = lowered(*arguments)
            keywords = dict(zip(keywords, lowered(*keywords.values()), strict=True))
        return function(*arguments, **keywords)

    return call


def in_float32(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that computes in float32 while autocast is on, with all that it calls."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        if not (state.special and state.modes.autocast is not None):
            return function(*arguments, **keywords)
        before = state.set_mode(autocast=None)
        try:
            return function(*map(_single, arguments), **{name: _single(value) for name, value in keywords.items()})
        finally:
            state.set_mode(**before)

    return call


def _single(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)([_single(item) for item in value])
    return value.to(dtypes.float32) if is_eligible(value) else value
