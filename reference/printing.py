"""How a tensor prints."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import dtypes, state


def describe(tensor: Any) -> str:
    """``tensor([1., 2.], requires_grad=True)``, as PyTorch prints it, rounded to four digits."""
    text = np.array2string(
        tensor._array, precision=4, separator=", ", prefix="tensor(", threshold=1000, floatmode="maxprec_equal"
    )
    notes = []
    default = dtypes.get_default_dtype()
    if tensor.dtype not in (default, default.to_complex(), dtypes.int64, dtypes.bool):
        notes.append(f"dtype={tensor.dtype}")
    node = tensor.grad_fn
    if node is not None:
        notes.append(f"grad_fn=<{type(node).__name__}>")
    elif tensor._requires_grad:
        notes.append("requires_grad=True")
    level = state.modes.forward_level
    if level is not None and level.tangent_of(tensor) is not None:
        notes.append(f"tangent={level.tangent_of(tensor)!r}")
    kind = "Parameter containing:\n" if type(tensor).__name__ == "Parameter" else ""
    return kind + f"tensor({', '.join([text, *notes])})"
