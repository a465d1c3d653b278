"""A step of an optimizer: the reference, PyTorch's for-loop and foreach paths, and NumPy by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Run = Callable[[], Any]
OPTIONS: dict[str, dict[str, Any]] = {
    "SGD": {"lr": 0.01, "momentum": 0.9},
    "Adam": {"lr": 0.001},
    "AdamW": {"lr": 0.001, "weight_decay": 0.01},
}
#: Parameters: how many, and how many elements each has.
SIZES = ((1, 16), (100, 16), (10_000, 16), (1, 10_000_000))


def step_of(torch: Any, name: str, count: int, size: int, **more: Any) -> Run:
    """A step over parameters whose gradients stay the same."""
    parameters = []
    for _ in range(count):
        p = torch.tensor(np.ones(size, np.float32), requires_grad=True)
        p.grad = torch.tensor(np.full(size, 0.5, np.float32))
        parameters.append(p)
    optimizer = getattr(torch.optim, name)(parameters, **OPTIONS[name], **more)
    return optimizer.step


def by_hand(name: str, count: int, size: int) -> Run:
    """The algorithm box in NumPy, one parameter after the other, in place where that saves memory traffic."""
    parameters = [np.ones(size, np.float32) for _ in range(count)]
    gradients = [np.full(size, 0.5, np.float32) for _ in range(count)]
    first = [np.zeros(size, np.float32) for _ in range(count)]
    second = [np.zeros(size, np.float32) for _ in range(count)]
    options = OPTIONS[name]
    if name == "SGD":

        def sgd() -> None:
            for p, g, b in zip(parameters, gradients, first, strict=True):
                b *= options["momentum"]
                b += g
                p -= options["lr"] * b

        return sgd
    steps = 0

    def adam() -> None:
        nonlocal steps
        steps += 1
        step_size = options["lr"] / (1 - 0.9**steps)
        root = (1 - 0.999**steps) ** 0.5
        decay = 1 - options["lr"] * options.get("weight_decay", 0.0)
        for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
            if name == "AdamW":
                p *= decay
            m += (g - m) * 0.1
            v *= 0.999
            v += 0.001 * (g * g)
            denominator = np.sqrt(v)
            denominator /= root
            denominator += 1e-8
            p -= step_size * (m / denominator)

    return adam


def versions(engines: dict[str, Any], name: str, count: int, size: int) -> dict[str, Run]:
    """Every version of one step."""
    made = {"NumPy by hand": by_hand(name, count, size)}
    if "reference" in engines:
        made["reference"] = step_of(engines["reference"], name, count, size)
    if "torch" in engines:
        made["torch (for-loop)"] = step_of(engines["torch"], name, count, size, foreach=False)
        made["torch (foreach)"] = step_of(engines["torch"], name, count, size, foreach=True)
    return made
