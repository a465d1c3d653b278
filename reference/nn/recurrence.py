"""Recurrent steps, and how they are run along a sequence, padded or packed.

A cell takes what the input contributes to its gates, already projected for all steps at once, and the state before; it
returns the state after, whose first part is the output.
Source: https://docs.pytorch.org/docs/stable/nn.html#recurrent-layers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reference.nn.functional.linear import linear
from reference.ops.joining import cat, stack
from reference.ops.pointwise import relu, sigmoid, tanh

State = tuple[Any, ...]
Cell = Callable[[Any, State], State]


def rnn_cell(nonlinearity: str, weight: Any, bias: Any) -> Cell:
    """h' = tanh(W x + b + W' h + b'), or ``relu`` of it."""
    function = tanh if nonlinearity == "tanh" else relu

    def step(gates: Any, state: State) -> State:
        return (function(gates + linear(state[0], weight, bias)),)

    return step


def lstm_cell(weight: Any, bias: Any, projection: Any = None) -> Cell:
    """c' = f c + i g and h' = o tanh(c'), with i, f, o sigmoids and g a tanh of the gates."""

    def step(gates: Any, state: State) -> State:
        h, c = state
        i, f, g, o = (gates + linear(h, weight, bias)).chunk(4, -1)
        c = sigmoid(f) * c + sigmoid(i) * tanh(g)
        h = sigmoid(o) * tanh(c)
        return (h if projection is None else linear(h, projection)), c

    return step


def gru_cell(weight: Any, bias: Any) -> Cell:
    """h' = (1 - z) n + z h, with r and z sigmoids of the gates and n = tanh(W x + b + r (W' h + b'))."""

    def step(gates: Any, state: State) -> State:
        h = state[0]
        of_x, of_h = gates.chunk(3, -1), linear(h, weight, bias).chunk(3, -1)
        r, z = sigmoid(of_x[0] + of_h[0]), sigmoid(of_x[1] + of_h[1])
        n = tanh(of_x[2] + r * of_h[2])
        return ((h - n) * z + n,)

    return step


def run_forward(cell: Cell, steps: list[Any], state: State) -> tuple[list[Any], State]:
    """The outputs of all steps, and the last state; of sequences that end earlier, their own last one."""
    outputs, ended = [], []
    for gates in steps:
        batch = gates.shape[0]
        if batch < state[0].shape[0]:
            ended.append(tuple(part[batch:] for part in state))
            state = tuple(part[:batch] for part in state)
        state = cell(gates, state)
        outputs.append(state[0])
    if ended:
        state = tuple(cat([part, *rest]) for part, *rest in zip(state, *reversed(ended), strict=True))
    return outputs, state


def run_backward(cell: Cell, steps: list[Any], state: State) -> tuple[list[Any], State]:
    """The same from the last step to the first; shorter sequences begin later."""
    initial, outputs = state, []
    state = tuple(part[: steps[-1].shape[0]] for part in initial)
    for gates in reversed(steps):
        batch, before = gates.shape[0], state[0].shape[0]
        if batch > before:
            state = tuple(cat([part, first[before:batch]]) for part, first in zip(state, initial, strict=True))
        state = cell(gates, state)
        outputs.append(state[0])
    return outputs[::-1], state


def joined(outputs: list[Any], packed: bool) -> Any:
    """The outputs of all steps as one tensor."""
    return cat(outputs) if packed else stack(outputs)
