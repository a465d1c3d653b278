"""ASGD: Polyak and Juditsky's averaged SGD, with the step sizes and the averaging that `torch.optim.ASGD` documents.

The documentation names the parameters (a decay term ``lambd``, a power ``alpha`` for the step size, a point ``t0``
at which averaging starts) and the paper; there is no box. The formulas are those of Bottou's well-known SGD package,
which PyTorch took over: eta_t = lr / (1 + lambd lr t)^alpha and mu_t = 1 / max(1, t - t0).
"""

from __future__ import annotations

from conformance.witnesses.arrays import Array, State


def asgd(
    x: Array,
    g: Array,
    state: State,
    lr: float = 1e-2,
    lambd: float = 1e-4,
    alpha: float = 0.75,
    t0: float = 1e6,
    weight_decay: float = 0.0,
    maximize: bool = False,
) -> Array:
    """One step of ASGD; the state has step, eta and mu (those of the next step), and the average ax."""
    t = state["step"] = state.get("step", 0) + 1
    eta, mu = state.get("eta", lr), state.get("mu", 1.0)
    if maximize:
        g = -g
    g = g + weight_decay * x
    x = x - eta * lambd * x - eta * g
    ax = state.get("ax", 0.0)
    state["ax"] = ax + mu * (x - ax)
    state["eta"] = lr / (1 + lambd * lr * t) ** alpha
    state["mu"] = 1 / max(1.0, t - t0)
    return x
