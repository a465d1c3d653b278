"""Steps on a sum of squares, for what every optimizer has in common: no numbers of it are worked out by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

#: Every optimizer that steps each parameter by itself, with options: its name in ``torch.optim``, what it is given.
OPTIMIZERS: dict[str, tuple[str, dict[str, Any]]] = {
    "SGD": ("SGD", {"lr": 0.1}),
    "SGD-momentum": ("SGD", {"lr": 0.1, "momentum": 0.5}),
    "Adadelta": ("Adadelta", {"lr": 0.5}),
    "Adafactor": ("Adafactor", {"lr": 0.1}),
    "Adagrad": ("Adagrad", {"lr": 0.5}),
    "Adam": ("Adam", {"lr": 0.1}),
    "Adam-amsgrad": ("Adam", {"lr": 0.1, "amsgrad": True}),
    "Adamax": ("Adamax", {"lr": 0.1}),
    "AdamW": ("AdamW", {"lr": 0.1}),
    "ASGD": ("ASGD", {"lr": 0.1}),
    "NAdam": ("NAdam", {"lr": 0.1}),
    "RAdam": ("RAdam", {"lr": 0.1}),
    "RMSprop": ("RMSprop", {"lr": 0.1, "momentum": 0.5, "centered": True}),
    "Rprop": ("Rprop", {"lr": 0.1}),
}


def step(optimizer: Any, params: Sequence[Any]) -> None:
    """A step on the sum of squares."""
    optimizer.zero_grad()
    sum((param * param).sum() for param in params).backward()
    optimizer.step()
