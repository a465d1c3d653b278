"""Anomaly mode: NaN gradients are errors, and a failing node's forward call is shown (ANO-01 to ANO-06).

Source: https://docs.pytorch.org/docs/stable/autograd.html#anomaly-detection.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from reference import state
from reference.autograd.graph import Node
from reference.tensor import Tensor


class _Anomaly:
    """Sets the mode on entering the block, and restores the former on leaving it."""

    def __init__(self, mode: bool, check_nan: bool) -> None:
        self._changes = {"anomaly": bool(mode), "anomaly_checks_nan": bool(check_nan)}
        self._before = {name: getattr(state.modes, name) for name in self._changes}

    def __enter__(self) -> None:
        state.set_mode(**self._changes)

    def __exit__(self, *exception: Any) -> None:
        state.set_mode(**self._before)


class detect_anomaly(_Anomaly):
    """A block in which backward fails at the first NaN, and a failure shows its forward call (ANO-02, ANO-05)."""

    def __init__(self, check_nan: bool = True) -> None:
        super().__init__(True, check_nan)
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should only be enabled for "
            "debugging.",
            UserWarning,
            stacklevel=2,
        )


class set_detect_anomaly(_Anomaly):
    """Sets the mode at once; as a context manager it restores the former on leaving (ANO-04)."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        super().__init__(mode, check_nan)
        state.set_mode(**self._changes)


def is_anomaly_enabled() -> bool:
    """Whether anomaly mode is on in this thread."""
    return state.modes.anomaly


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly mode, where it is on, refuses NaN."""
    return state.modes.anomaly_checks_nan


def set_anomaly_enabled(mode: bool, check_nan: bool = True) -> None:
    """Set anomaly mode."""
    state.set_mode(anomaly=mode, anomaly_checks_nan=check_nan)


def apply_checked(node: Node, gradient: Any, needed: Any) -> Any:
    """`Node.apply`; a failure is warned of with the traceback of the forward call, and so is a NaN, which fails."""
    before = state.set_mode(evaluating=node)
    try:
        gradients = node.apply(gradient, needed)
        if state.modes.anomaly_checks_nan:
            _refuse_nan(node, gradients)
    except Exception:
        warnings.warn(_how_it_was_made(node), UserWarning, stacklevel=2)
        raise
    finally:
        state.set_mode(**before)
    return gradients


def _refuse_nan(node: Node, gradients: Any) -> None:
    for i, g in enumerate(gradients):
        array = g._array if isinstance(g, Tensor) else g
        if array is not None and array.dtype.kind in "fc" and np.isnan(array).any():
            raise RuntimeError(f"Function '{node.name()}' returned nan values in its {i}th output.")


def _how_it_was_made(node: Node) -> str:
    traceback = node.metadata.get("traceback_")
    if traceback is None:
        return (
            f"Error detected in {node.name()}. No forward pass information available. Enable detect anomaly during "
            "forward pass for more information."
        )
    text = f"Error detected in {node.name()}. Traceback of forward call that caused the error:\n{''.join(traceback)}"
    parent = node.metadata.get("parent_")
    while parent is not None:
        text += f"\n\nPrevious calculation was induced by {parent.name()}. "
        traceback = parent.metadata.get("traceback_")
        if traceback is None:
            text += "No forward pass information available."
        else:
            text += f"Traceback of forward call that induced the previous calculation:\n{''.join(traceback)}"
        parent = parent.metadata.get("parent_")
    return text
