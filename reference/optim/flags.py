"""The options that all optimizers share: what they ask for, and what is refused.

``foreach`` and ``fused`` choose among PyTorch's implementations of one rule; here there is one, so they change
nothing but what PyTorch refuses beside them. ``capturable`` asks for CUDA graphs.
"""

from __future__ import annotations

from typing import Any

from reference.ops.shapes import squeeze
from reference.tensor import Tensor

_CAPTURABLE_DEVICES = ["cuda", "xpu", "hpu", "privateuseone", "xla"]


def check_fused(fused: Any, foreach: Any, differentiable: bool) -> None:
    """Raise RuntimeError where ``fused`` stands beside an option that it excludes (ALG-33)."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def check_sparse(group: dict[str, Any]) -> None:
    """Raise RuntimeError where ``fused`` meets a sparse gradient."""
    if group.get("fused"):
        raise RuntimeError("`fused` does not support sparse gradients")


def are_special(group: dict[str, Any]) -> bool:
    """Whether a group has a flag that something follows from, or a tensor among its hyper-parameters."""
    return (
        group["differentiable"]
        or group.get("fused")
        or group.get("capturable")
        or isinstance(group["lr"], Tensor)
        or isinstance(group.get("weight_decay"), Tensor)
        or ("betas" in group and isinstance(group["betas"][0], Tensor))
    )


def check_at_step(group: dict[str, Any], params: list[Any], foreach_is_recorded: bool) -> None:
    """Refuse what the flags of a group do not allow for the parameters about to be stepped.

    ``foreach_is_recorded`` says that PyTorch's foreach implementation can be differentiable.
    """
    if group.get("fused"):
        for param in params:
            if not param.is_floating_point():
                raise RuntimeError(
                    "`fused=True` requires all the params to be floating point Tensors of supported devices, but "
                    f"{param.dtype} and {param.device.type}"
                )
    elif group.get("capturable"):
        raise AssertionError(
            f"If capturable=True, params and state_steps must be on supported devices: {_CAPTURABLE_DEVICES}."
        )
    elif group.get("foreach") and group["differentiable"] and not foreach_is_recorded:
        raise AssertionError("_foreach ops don't support autograd")


def with_scalars(group: dict[str, Any]) -> dict[str, Any]:
    """The group with scalars in place of hyper-parameters that are tensors of one element.

    A scalar is a NumPy number of the tensor's dtype, or a tensor of no dimension under ``differentiable=True``.
    """
    scalar = as_scalar if group["differentiable"] else number
    group = {name: scalar(value) for name, value in group.items()}
    if "betas" in group:
        group["betas"] = tuple(map(scalar, group["betas"]))
    return group


def as_scalar(value: Any) -> Any:
    """A tensor of one element without dimensions; anything else as it is."""
    return squeeze(value) if isinstance(value, Tensor) and value.ndim else value


def number(value: Any) -> Any:
    """A NumPy number of a tensor of one element; anything else as it is."""
    return value._array.reshape(-1)[0] if isinstance(value, Tensor) else value
