"""Checks of hyper-parameters at construction: ValueError with the parameter's name and value (OPT-20)."""

from __future__ import annotations

from typing import Any

from reference.tensor import Tensor

_LONG_NAMES = {"lr": "learning rate", "eps": "epsilon value"}


def check_tensor_lr(lr: Any) -> None:
    """A learning rate that is a tensor has one element (ALG-34)."""
    if isinstance(lr, Tensor) and lr.numel() != 1:
        raise ValueError(f"Tensor lr must be 1-element, got {lr.numel()} elements")


def check_lr(lr: Any) -> None:
    """A learning rate is at least zero, and, if a tensor, one element (OPT-21)."""
    check_tensor_lr(lr)
    check_not_negative(lr=lr)


def check_not_negative(**values: Any) -> None:
    """Options that are at least zero."""
    for name, value in values.items():
        if not value >= 0.0:
            raise ValueError(f"Invalid {_LONG_NAMES.get(name, name + ' value')}: {value}")


def check_should_not_be_negative(**values: Any) -> None:
    """Options that are at least zero, in the words of the newer optimizers."""
    for name, value in values.items():
        if not value >= 0.0:
            raise ValueError(f"{'Learning rate' if name == 'lr' else name} should be >= 0 but is: {value}")


def check_positive(**values: Any) -> None:
    """Options that are above zero."""
    for name, value in values.items():
        if not value > 0.0:
            raise ValueError(f"Invalid {_LONG_NAMES.get(name, name + ' value')}: {value}")


def check_betas(betas: Any) -> None:
    """The decay rates of two running averages are at least 0 and below 1."""
    for i in (0, 1):
        if not 0.0 <= betas[i] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {i}: {betas[i]}")


def check_tensors_with_foreach(foreach: Any, capturable: bool, **values: Any) -> None:
    """Adam's foreach implementation takes tensors as hyper-parameters only where it is capturable."""
    for name, value in values.items():
        if isinstance(value, Tensor) and foreach and not capturable:
            raise ValueError(f"{name} as a Tensor is not supported for capturable=False and foreach=True")
