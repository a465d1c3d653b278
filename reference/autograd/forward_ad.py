"""``torch.autograd.forward_ad``: dual numbers.

Source: https://docs.pytorch.org/docs/stable/autograd.html#forward-mode-automatic-differentiation.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from reference import state
from reference.autograd.batching import is_batched
from reference.autograd.forward import Level
from reference.ops.shapes import alias_op


class UnpackedDualTensor(NamedTuple):
    """A dual tensor's parts."""

    primal: Any
    tangent: Any


def enter_dual_level() -> int:
    """Enter the dual level; RuntimeError inside another, which is not supported (FWD-05)."""
    if state.modes.forward_level is not None:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    Level().enter()
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Leave the dual level: all tangents are discarded (FWD-04)."""
    current = state.modes.forward_level
    if level is not None and (level != 0 or current is None):
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if current is None:
        raise RuntimeError("Dual level must be a positive number.")
    current.leave()


class dual_level:
    """A context in which tensors may have tangents; they are discarded on leaving it."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exception: Any) -> None:
        exit_dual_level()


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """A view of ``tensor`` with a tangent of its shape.

    Raises RuntimeError outside a level or where the shapes differ, ValueError where either is neither floating point
    nor complex (FWD-01, FWD-06).
    """
    current = state.modes.forward_level
    if current is None:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    _refuse_batched("_make_dual", tensor, tangent)
    for what, given in (("primal", tensor), ("tangent", tangent)):
        if not (given.is_floating_point() or given.is_complex()):
            raise ValueError(f"Expected {what} to be floating point or complex, but got: {given.dtype}")
    if current.tangent_of(tensor) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not "
            "supported."
        )
    if current.tangent_of(tangent) is not None:
        raise RuntimeError(
            "Setting a forward grad that itself has a forward gradient at the same level 0 is not supported."
        )
    if tangent._array.shape != tensor._array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(tensor.shape)} while the given forward gradient is of size "
            f"{list(tangent.shape)}."
        )
    dual = alias_op(tensor)
    with current.around():
        current.give(dual, tangent)
    return dual


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The primal and the tangent, None where there is none (FWD-02)."""
    current = state.modes.forward_level
    if current is None:
        return UnpackedDualTensor(tensor, None)
    _refuse_batched("_unpack_dual", tensor)
    tangent = current.tangent_of(tensor)
    with current.around():
        return UnpackedDualTensor(alias_op(tensor), tangent)


def _refuse_batched(name: str, *tensors: Any) -> None:
    if is_batched(*tensors):
        raise RuntimeError(
            f"Batching rule not implemented for aten::{name}; the fallback path doesn't work on out= or view ops."
        )
