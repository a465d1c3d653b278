"""A line search for the strong Wolfe conditions, by bracketing and cubic interpolation.

Source: ``line_search_fn="strong_wolfe"`` in https://docs.pytorch.org/docs/stable/generated/torch.optim.LBFGS.html,
after minFunc; Nocedal and Wright, Numerical Optimization, algorithms 3.5 and 3.6.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np


class Point(NamedTuple):
    """A point on the line: how far along, the value, the gradient, and the slope there."""

    t: Any
    value: float
    gradient: Any
    slope: Any


def strong_wolfe(
    evaluate: Callable[[Any], tuple[float, Any]],
    t: Any,
    direction: Any,
    value: float,
    gradient: Any,
    slope: Any,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance_change: float = 1e-9,
    max_iterations: int = 25,
) -> tuple[float, Any, Any, int]:
    """Search from ``t`` for a point that lowers the value enough and flattens the slope enough.

    ``evaluate(t)`` gives value and gradient at ``t`` along the direction. Returns the value and gradient found, where,
    and the number of evaluations.
    """

    def at(t: Any) -> Point:
        value, gradient = evaluate(t)
        return Point(t, value, gradient, gradient @ direction)

    def too_high(point: Point) -> bool:
        return point.value > value + c1 * point.t * slope

    def is_flat(point: Point) -> bool:
        return abs(point.slope) <= -c2 * slope

    # Step outwards until the interval stepped over holds such a point.
    start = Point(0, value, gradient, slope)
    previous, point = start, at(t)
    evaluations, iterations = 1, 0
    done = False
    bracket = None
    while iterations < max_iterations:
        if too_high(point) or (iterations > 1 and point.value >= previous.value):
            bracket = [previous, point]
            break
        if is_flat(point):
            bracket, done = [point], True
            break
        if point.slope >= 0:
            bracket = [previous, point]
            break
        bounds = (point.t + 0.01 * (point.t - previous.t), point.t * 10)
        previous, point = point, at(cubic_minimum(previous, point, bounds))
        evaluations += 1
        iterations += 1
    if bracket is None:
        bracket = [start, point]

    # Narrow the interval.
    stalled = False
    low, high = (0, 1) if bracket[0].value <= bracket[-1].value else (1, 0)
    longest = abs(direction).max()
    while not done and iterations < max_iterations:
        left, right = sorted((bracket[0].t, bracket[1].t))
        if (right - left) * longest < tolerance_change:
            break
        t = cubic_minimum(bracket[0], bracket[1], (left, right))
        margin = 0.1 * (right - left)
        if min(right - t, t - left) < margin:
            if stalled or t >= right or t <= left:
                t = right - margin if abs(t - right) < abs(t - left) else left + margin
                stalled = False
            else:
                stalled = True
        else:
            stalled = False
        point = at(t)
        evaluations += 1
        iterations += 1
        if too_high(point) or point.value >= bracket[low].value:
            bracket[high] = point
            low, high = (0, 1) if bracket[0].value <= bracket[1].value else (1, 0)
        else:
            if is_flat(point):
                done = True
            elif point.slope * (bracket[high].t - bracket[low].t) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = point
    best = bracket[low]
    return best.value, best.gradient, best.t, evaluations


def cubic_minimum(a: Point, b: Point, bounds: tuple[Any, Any]) -> Any:
    """Where the cubic through two points and their slopes has its minimum, within bounds; their middle if nowhere."""
    lower, upper = bounds
    if a.t > b.t:
        a, b = b, a
    d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t)
    discriminant = d1**2 - a.slope * b.slope
    if not discriminant >= 0:
        return (lower + upper) / 2.0
    d2 = np.sqrt(discriminant)
    t = b.t - (b.t - a.t) * ((b.slope + d2 - d1) / (b.slope - a.slope + 2 * d2))
    return min(max(t, lower), upper)
