"""``torch.autograd``."""

from __future__ import annotations

import importlib
from typing import Any

from reference.autograd.backward_pass import backward, grad
from reference.autograd.grad_mode import (
    enable_grad,
    inference_mode,
    no_grad,
    set_grad_enabled,
    set_multithreading_enabled,
)

__all__ = [
    "backward",
    "enable_grad",
    "grad",
    "inference_mode",
    "no_grad",
    "set_grad_enabled",
    "set_multithreading_enabled",
]

#: Names that are imported from these modules when they are first asked for.
_ON_DEMAND = {
    "Function": "function",
    "Variable": "variable",
    "detect_anomaly": "anomaly",
    "set_detect_anomaly": "anomaly",
    "gradcheck": "gradcheck",
    "gradgradcheck": "gradcheck",
}
_MODULES = ("forward_ad", "function", "functional", "graph", "variable")


def __getattr__(name: str) -> Any:
    if name == "anomaly_mode":
        return importlib.import_module("reference.autograd.anomaly")
    if name in _MODULES:
        return importlib.import_module(f"reference.autograd.{name}")
    if name in _ON_DEMAND:
        home = _ON_DEMAND[name]
        module = importlib.import_module(f"reference.autograd.{home}")
        # All that it has at once: importing it puts the module in the place of a function of the same name.
        globals().update({given: getattr(module, given) for given, where in _ON_DEMAND.items() if where == home})
        return globals()[name]
    raise AttributeError(f"module 'reference.autograd' has no attribute '{name}'")
