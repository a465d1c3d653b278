"""The memory behind a tensor: ``torch.UntypedStorage``.

Source: https://docs.pytorch.org/docs/stable/storage.html. What it tells is whether two tensors share memory, and how much
of it there is.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from reference.devices import CPU
from reference.tensor import Tensor, memory_owner, wrap


class UntypedStorage:
    """The bytes that a tensor, its base and its other views look into."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return self._owner.__array_interface__["data"][0]

    def nbytes(self) -> int:
        """The number of bytes."""
        return self._owner.nbytes

    size = __len__ = nbytes
    device = CPU
    is_cuda = False

    def element_size(self) -> int:
        """One byte."""
        return 1

    def tolist(self) -> list[int]:
        """The bytes."""
        return list(self._owner.tobytes("A"))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and other.data_ptr() == self.data_ptr()

    def __hash__(self) -> int:
        return self.data_ptr()


def untyped_storage(self: Any) -> UntypedStorage:
    """The memory that the tensor looks into."""
    return UntypedStorage(memory_owner(self._memory))


def is_set_to(self: Any, tensor: Any) -> bool:
    """Whether another tensor looks at the same memory in the same way."""
    same = self.data_ptr() == tensor.data_ptr() and untyped_storage(self) == untyped_storage(tensor)
    return same and self.shape == tensor.shape and self.stride() == tensor.stride()


def is_storage(obj: Any) -> bool:
    """Whether a value is a tensor's storage."""
    return isinstance(obj, UntypedStorage)


def dim_order(self: Any) -> tuple[int, ...]:
    """The dimensions from the outermost in memory to the innermost."""
    return tuple(sorted(range(self.ndim), key=lambda d: -self.stride(d)))


def frombuffer(buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False) -> Any:
    """A one-dimensional tensor that shares the memory of a Python buffer, from a byte on.

    ValueError for what is no buffer, for one that is empty, and for a count or an offset that it does not hold.
    """
    try:
        view = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    length, size = view.nbytes, dtype.itemsize
    if length == 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length}) - 1"
        )
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size "
            f"({size})"
        )
    if count > 0 and offset + count * size > length:
        raise ValueError(f"requested buffer length ({count} * {size} bytes) after offset is more than the buffer's")
    if view.readonly:
        warnings.warn("The given buffer is not writable: writing to the tensor would not be defined.", stacklevel=2)
        view = memoryview(bytearray(view))
    array = np.frombuffer(view, dtype.numpy, count, offset)
    return wrap(array).requires_grad_(requires_grad)


METHODS: dict[str, Any] = {
    "untyped_storage": untyped_storage,
    "is_set_to": is_set_to,
    "dim_order": dim_order,
    "const_data_ptr": Tensor.data_ptr,
    "ndimension": Tensor.dim,
    "get_device": lambda self: -1,  # the CPU's number
    "is_pinned": lambda self: False,
    "is_shared": lambda self: False,
    "is_distributed": lambda self: False,
    "dense_dim": lambda self: self.ndim,
    "sparse_dim": lambda self: 0,
}
