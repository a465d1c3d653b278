"""L-BFGS without a line search: the two-loop recursion of Nocedal and Wright, algorithm 7.4.

`torch.optim.LBFGS` documents its parameters and the algorithm's name; minFunc, which it names as its source, takes a
first step of min(1, 1 / |g|_1) * lr along the gradient, scales the initial inverse Hessian by y's / y'y, and leaves
out a pair whose curvature y's is not positive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from conformance.witnesses.arrays import Array
from conformance.witnesses.problems import Problem

Pair = tuple[Array, Array]  # s, a move, and y, the change of the gradient along it


def lbfgs(problem: Problem, steps: int, lr: float = 1.0, history_size: int = 100) -> Iterator[tuple[int, list[Any]]]:
    """The number of each iteration and the parameters after it, as nested lists."""
    parameters = problem.start
    x, g = _flat(parameters), _flat(problem.gradients(parameters))
    pairs: list[Pair] = []
    for number in range(1, steps + 1):
        step = lr if number > 1 else min(1.0, 1 / np.sum(np.abs(g))) * lr
        x_before, g_before = x, g
        x = x + step * direction(g, pairs)
        parameters = _like(parameters, x)
        yield number, [parameter.tolist() for parameter in parameters]
        g = _flat(problem.gradients(parameters))
        s, y = x - x_before, g - g_before
        if y @ s > 1e-10:
            pairs = [*pairs, (s, y)][-history_size:]


def direction(g: Array, pairs: list[Pair]) -> Array:
    """Minus the inverse Hessian, as far as the pairs know it, times the gradient."""
    q = -g
    alphas = []
    for s, y in reversed(pairs):
        alphas.append(s @ q / (y @ s))
        q = q - alphas[-1] * y
    if pairs:
        s, y = pairs[-1]
        q = q * (y @ s) / (y @ y)
    for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
        q = q + (alpha - y @ q / (y @ s)) * s
    return q


def _flat(arrays: list[Array]) -> Array:
    return np.concatenate([array.ravel() for array in arrays])


def _like(arrays: list[Array], flat: Array) -> list[Array]:
    """A flat vector cut up and shaped like these arrays."""
    ends = np.cumsum([array.size for array in arrays])
    return [part.reshape(array.shape) for part, array in zip(np.split(flat, ends[:-1]), arrays, strict=True)]
