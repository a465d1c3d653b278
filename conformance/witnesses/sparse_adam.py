"""SparseAdam, as `torch.optim.SparseAdam` describes it: Adam, masked by the rows that the gradient holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from conformance.witnesses.adam import adam
from conformance.witnesses.arrays import Array, State


def sparse_adam(x: Array, g: Array, rows: Sequence[int], state: State, **options: Any) -> Array:
    """One step of SparseAdam; ``g`` has one row for each of ``rows``, the others keep their moments."""
    state.setdefault("step", 0)
    for moment in ("exp_avg", "exp_avg_sq"):
        state.setdefault(moment, np.zeros_like(x))
    masked = {key: value if key == "step" else value[rows] for key, value in state.items()}
    moved = x.copy()
    moved[rows] = adam(x[rows], g, masked, **options)
    for moment in ("exp_avg", "exp_avg_sq"):
        state[moment][rows] = masked[moment]
    state["step"] = masked["step"]
    return moved
