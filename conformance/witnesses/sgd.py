"""SGD, as the box of `torch.optim.SGD` has it."""

from __future__ import annotations

from conformance.witnesses.arrays import Array, State


def sgd(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-3,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
    maximize: bool = False,
) -> Array:
    """One step of SGD; the state has ``momentum_buffer`` where there is momentum."""
    if maximize:
        g = -g
    g = g + weight_decay * x
    if momentum:
        b = g if "momentum_buffer" not in state else momentum * state["momentum_buffer"] + (1 - dampening) * g
        state["momentum_buffer"] = b
        g = g + momentum * b if nesterov else b
    return x - lr * g
