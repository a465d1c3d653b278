"""Forward mode through a custom Function: its ``jvp`` is asked for the outputs' tangents (FUN-24)."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.autograd.forward import Level, tangents_at_each_level, write_tangent
from reference.tensor import Tensor, wrap


def propagate_through_function(cls: Any, ctx: Any, inputs: Any, outputs: Any, wrapped: Any) -> None:
    """Give a Function's outputs (``wrapped``; ``outputs`` as forward returned them) their tangents."""
    for level, tangents in tangents_at_each_level(inputs):
        with level.around():
            _ask(level, cls, ctx, inputs, tangents, outputs, wrapped)


def _ask(level: Level, cls: Any, ctx: Any, inputs: Any, tangents: Any, outputs: Any, wrapped: Any) -> None:
    given = list(tangents)
    if ctx.materialize_grads:
        for i, x in enumerate(inputs):
            if isinstance(x, Tensor) and given[i] is None:
                given[i] = wrap(np.zeros_like(x._array))
    returned = cls.jvp(ctx, *given)
    returned = returned if isinstance(returned, tuple) else (returned,)
    if len(returned) != len(wrapped):
        raise RuntimeError(
            f"Function's jvp returned an invalid number of forward gradients (expected {len(wrapped)} but got "
            f"{len(returned)})"
        )
    dirty = ctx.dirty_tensors or ()
    for i, (result, tangent) in enumerate(zip(wrapped, returned, strict=True)):
        if tangent is None or not isinstance(result, Tensor):
            continue
        if not isinstance(tangent, Tensor):
            raise RuntimeError(f"expected Variable or None (got {type(tangent).__name__})")
        if tangent._array.shape != result._array.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
                f"not supported. Tensor is of size {list(result.shape)} while the given forward gradient is of size "
                f"{list(tangent.shape)}."
            )
        if any(outputs[i] is tensor for tensor in dirty):
            place = next((k for k, x in enumerate(inputs) if x is outputs[i]), None)
            if place is not None and tangents[place] is not None and tangent is not tangents[place]:
                raise RuntimeError(
                    "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is "
                    "modifying an input inplace, then the jvp function must modify the corresponding gradient inplace."
                )
            if place is None or tangents[place] is None:
                write_tangent(level, result, tangent)
        else:
            if _is_view_of_a_dual(result, inputs, tangents) and tangent._view is None:
                raise RuntimeError(
                    "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning "
                    "a view."
                )
            level.give(result, tangent)


def _is_view_of_a_dual(result: Any, inputs: Any, tangents: Any) -> bool:
    if result._view is None:
        return False
    base = result._view.base
    return any(
        t is not None and (x is base or (x._view is not None and x._view.base is base))
        for x, t in zip(inputs, tangents, strict=True)
    )
