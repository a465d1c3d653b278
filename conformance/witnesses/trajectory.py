"""The way that a documented algorithm takes through a problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from conformance.witnesses.arrays import Array, State
from conformance.witnesses.problems import Problem

Box = Callable[..., Array]

#: No box and problem here spends more rounded operations on an element between one step and the next.
OPERATIONS_A_STEP = 32


@dataclass
class Step:
    """Where the algorithm is after a step: as nested lists, the parameters, and the state of each of them."""

    number: int
    parameters: list[Any]
    states: list[dict[str, Any]]

    @property
    def terms(self) -> int:
        """How many rounded operations an engine has spent on the longest way to an element."""
        return self.number * OPERATIONS_A_STEP


def trajectory(problem: Problem, box: Box, steps: int = 20, **options: Any) -> Iterator[Step]:
    """The parameters and states after each step of a box with these options."""
    parameters = problem.start
    states: list[State] = [{} for _ in parameters]
    for number in range(1, steps + 1):
        gradients = problem.gradients(parameters)
        parameters = [box(x, g, s, **options) for x, g, s in zip(parameters, gradients, states, strict=True)]
        yield Step(number, [x.tolist() for x in parameters], [_as_lists(state) for state in states])


def _as_lists(state: State) -> dict[str, Any]:
    return {key: value.tolist() if isinstance(value, np.ndarray) else value for key, value in state.items()}
