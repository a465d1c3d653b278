"""How tensors lie in memory: ``torch.layout`` and ``torch.memory_format``.

Source: https://docs.pytorch.org/docs/stable/tensor_attributes.html#torch.memory_format.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class _Named:
    """One of a few objects that stand for themselves."""

    __slots__ = ("_name",)
    _name: str

    def __new__(cls, *arguments: Any) -> Any:
        raise TypeError(f"cannot create 'torch.{cls.__name__}' instances")

    @classmethod
    def named(cls, name: str) -> Any:
        """Make one of the few."""
        made = object.__new__(cls)
        made._name = name
        return made

    def __repr__(self) -> str:
        return f"torch.{self._name}"

    def __reduce__(self) -> str:
        return self._name  # pickle and copy look it up in this module


class layout(_Named):
    """Whether a tensor keeps all its elements (strided), or those that are not zero (sparse)."""

    __slots__ = ()


class memory_format(_Named):
    """In which order of the dimensions the elements of a strided tensor follow each other."""

    __slots__ = ()


strided, sparse_coo = layout.named("strided"), layout.named("sparse_coo")
contiguous_format, preserve_format, channels_last, channels_last_3d = map(
    memory_format.named, ("contiguous_format", "preserve_format", "channels_last", "channels_last_3d")
)

#: For a format in which the channels come last: the order of the dimensions, and back.
_ORDERS = {channels_last: ((0, 2, 3, 1), (0, 3, 1, 2)), channels_last_3d: ((0, 2, 3, 4, 1), (0, 4, 1, 2, 3))}


def checked(format: Any, call: str) -> Any:
    """A memory format; TypeError where it is none."""
    if not isinstance(format, memory_format):
        raise TypeError(f"{call}(): argument 'memory_format' must be torch.memory_format, not {type(format).__name__}")
    return format


def has_format(array: Any, format: Any) -> bool:
    """Whether the elements lie without gaps in the order that a format says."""
    if format not in _ORDERS:
        return array.flags.c_contiguous
    order, _ = _ORDERS[format]
    return array.ndim == len(order) and array.transpose(order).flags.c_contiguous


def in_format(array: Any, format: Any) -> Any:
    """A copy of an array in a format; RuntimeError where it has not the number of dimensions that one asks for."""
    if format not in _ORDERS:
        return np.array(array, order="C")
    order, back = _ORDERS[format]
    if array.ndim != len(order):
        raise RuntimeError(f"required rank {len(order)} tensor to use {format._name} format")
    return np.array(array.transpose(order), order="C").transpose(back)


__all__ = [
    "channels_last",
    "channels_last_3d",
    "contiguous_format",
    "layout",
    "memory_format",
    "preserve_format",
    "sparse_coo",
    "strided",
]
