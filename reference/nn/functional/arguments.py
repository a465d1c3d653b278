"""Arguments that many functions take in the same forms: a number for each dimension, a batch that may be missing."""

from __future__ import annotations

from typing import Any


def per_dimension(value: Any, dims: int, name: str) -> tuple[int, ...]:
    """A number, repeated for every dimension, or a sequence of one number each (or of a single one)."""
    if isinstance(value, int):
        return (value,) * dims
    found = tuple(int(n) for n in value)
    if len(found) == 1:
        return found * dims
    if len(found) != dims:
        raise RuntimeError(f"expected {name} to be a single integer value or a list of {dims} values, but got {found}")
    return found


def positive(values: tuple[int, ...], name: str) -> tuple[int, ...]:
    """The values; RuntimeError where one is not above zero."""
    if any(v <= 0 for v in values):
        raise RuntimeError(
            f"{name} should be greater than zero, but got {values}: non-positive {name} is not supported"
        )
    return values


def batched(input: Any, dims: int, name: str) -> tuple[Any, bool]:
    """The input with its batch dimension, and whether that had to be added."""
    if input.ndim == dims + 2:
        return input, False
    if input.ndim == dims + 1:
        return input.unsqueeze(0), True
    raise RuntimeError(
        f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
        f"{list(input.shape)}"
    )
