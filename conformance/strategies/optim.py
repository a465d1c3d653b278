"""Hyper-parameters, drawn as literals."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st


@st.composite
def sgd_options(draw: st.DrawFn) -> dict[str, Any]:
    """A valid set of keyword arguments of `torch.optim.SGD`; the numbers are exact in every float dtype."""
    eighths = st.integers(0, 7).map(lambda n: n / 8)
    momentum = draw(eighths)
    nesterov = momentum > 0 and draw(st.booleans())
    return {
        "lr": draw(st.integers(0, 16)) / 32,
        "momentum": momentum,
        "dampening": 0.0 if nesterov else draw(eighths),
        "weight_decay": draw(eighths),
        "nesterov": nesterov,
        "maximize": draw(st.booleans()),
    }
