"""Parameters as one vector, and back.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parameters_to_vector.html.
"""

from __future__ import annotations

from collections.abc import Iterable

from reference.ops.joining import cat
from reference.ops.shapes import view
from reference.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of all parameters, one after the other; recorded like any operation."""
    return cat([view(parameter, -1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Make each parameter's data a view of its part of the vector; TypeError where ``vec`` is no tensor."""
    if not isinstance(vec, Tensor):
        raise TypeError(f"expected torch.Tensor, but got: {type(vec).__name__}")
    start = 0
    for parameter in parameters:
        stop = start + parameter.numel()
        parameter.data = view(vec.data[start:stop], parameter.shape)  # type: ignore[index]
        start = stop
