"""What ``gather``, ``scatter`` and their kin refuse, and where their indices point."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.ops.rules import raw


def along(dim: int, index: Any) -> Any:
    """The NumPy index of ``gather`` and ``scatter``: ``index`` along ``dim``, the element's own place along others."""
    grid = np.ogrid[tuple(slice(0, n) for n in index.shape)]
    return tuple(index if d == dim else grid[d] for d in range(index.ndim))


def check_index(name: str, index: Any, shape: Any, dim: int) -> None:
    """Refuse an index for ``gather`` or ``scatter`` that is of another type, or out of range (IDX-60)."""
    array, size = raw(index), shape[dim] if shape else 1
    if array.size and array.dtype.name not in ("int32", "int64"):
        raise RuntimeError(f"{name}(): Expected dtype int32/int64 for index, but got {index.dtype}")
    if array.size and (array.max() >= size or array.min() < 0):
        wrong = array[(array >= size) | (array < 0)].flat[0]
        raise RuntimeError(f"index {wrong} is out of bounds for dimension {dim} with size {size}")


def check_no_larger(name: str, index: Any, shape: Any, dim: int, of: str = "self", also_along: bool = False) -> None:
    """Refuse an index with other dimensions than a tensor has, or (apart from ``dim``) larger ones."""
    own = index._array.shape
    if index._array.size and len(own or (1,)) != len(shape or (1,)):
        raise RuntimeError(f"Index tensor must have the same number of dimensions as {of} tensor")
    for d, (n, m) in enumerate(zip(own, shape, strict=False)):
        if n > m and (d != dim or also_along):
            raise RuntimeError(
                f"{name}(): Size does not match at dimension {d} expected index {list(own)} to be no larger than {of} "
                f"{list(shape)} apart from dimension {dim}"
            )


def check_rows(name: str, index: Any, shape: Any, dim: int) -> None:
    """Refuse an index for ``index_select`` and its kin."""
    array, size = raw(index), shape[dim] if shape else 1
    if array.dtype.name not in ("int32", "int64"):
        raise RuntimeError(f"{name}(): Expected dtype int32 or int64 for index, but got {index.dtype}")
    if array.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, but got dim: {array.ndim}")
    if array.size and (array.max() >= size or array.min() < 0):
        wrong = array[(array >= size) | (array < 0)].flat[0]
        raise IndexError(f"index out of range in self: index {wrong} for dimension {dim} with size {size}")


def check_places(name: str, index: Any, size: int) -> None:
    """Refuse an index into a flattened tensor that is out of range."""
    array = raw(index)
    if array.dtype != np.int64:
        raise RuntimeError(f"{name}(): Expected a long tensor for index, but got {index.dtype}")
    if array.size and not size:
        raise IndexError(f"{name}(): tried to take from an empty tensor")
    if array.size and (array.max() >= size or array.min() < -size):
        wrong = array[(array >= size) | (array < -size)].flat[0]
        raise IndexError(f"out of range: tried to access index {wrong} on a tensor of {size} elements.")
