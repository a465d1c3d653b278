"""Pending conjugates and negatives: ``z.conj()`` of a complex tensor, and ``z.conj().imag`` (CPX-07).

Such a tensor looks into the memory of another, and conjugates or negates what lies there each time it is asked for its
elements: a write to either is seen in both. ``_memory`` is the array as it lies there; ``_array`` is a copy, made anew
for whoever asks. Nothing can be written to that: what does not write by way of `reference.ops.writing.write` fails,
rather than that its write is lost.
Source: https://docs.pytorch.org/docs/stable/generated/torch.conj.html.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.tensor import Tensor, bare, wrap


class PendingTensor(Tensor):
    """A tensor whose elements are what ``_pending``, its own inverse, makes of what lies in memory."""

    __slots__ = ()
    _pending: Any
    _bit: str
    _resolve: str

    @property
    def _array(self) -> Any:  # type: ignore[override]
        memory = self._memory
        elements = self._pending(memory, out=np.empty_like(memory))
        elements.flags.writeable = False
        return elements

    def numpy(self, *, force: bool = False) -> Any:
        """A copy with ``force``; refused without, as an array does not conjugate what it reads."""
        elements = super().numpy(force=force)
        if not force:
            raise RuntimeError(
                f"Can't call numpy() on Tensor that has {self._bit} bit set. Use tensor.{self._resolve}().numpy() instead."
            )
        return elements.copy()

    def _alias(self) -> Tensor:
        return bare(type(self), self._memory, [0])


class ConjugateTensor(PendingTensor):
    """A complex tensor that has the conjugates of what lies in memory."""

    __slots__ = ()
    _pending = np.conjugate
    _bit, _resolve = "conjugate", "resolve_conj"


class NegativeTensor(PendingTensor):
    """A tensor that has the negatives of what lies in memory: the imaginary part of a conjugate."""

    __slots__ = ()
    _pending = np.negative
    _bit, _resolve = "negative", "resolve_neg"


def look_into(tensor: Any, source: Any) -> None:
    """Make a tensor look into another's memory and have its elements (``tensor.data = source``).

    A tensor of a class of its own, a parameter for one, has no pending elements: it is given a copy.
    """
    if source._memory.dtype is not tensor._memory.dtype:
        tensor._accumulator = None  # which takes gradients of the dtype that it was made for
    if tensor._pending is source._pending:
        tensor._memory = source._memory
    elif type(tensor) is Tensor or tensor._pending is not None:
        tensor.__class__ = type(source) if source._pending is not None else Tensor
        tensor._memory = source._memory
    else:
        tensor._memory = np.array(source._array)


def resolved(tensor: Any) -> Any:
    """A tensor with the same elements, none of them pending, outside the graph; itself, where none is."""
    return tensor if tensor._pending is None else wrap(np.array(tensor._array))
