"""What the functions of torch.linalg refuse."""

from __future__ import annotations

from typing import Any


def require_floating(name: str, *tensors: Any) -> None:
    """Refuse integers."""
    for x in tensors:
        if x._array.dtype.kind not in "fc":
            raise RuntimeError(f"linalg.{name}: Expected a floating point or complex tensor as input. Got {x.dtype}")


def require_same_dtype(name: str, a: Any, b: Any) -> None:
    """Refuse operands of different dtypes."""
    if a._array.dtype is not b._array.dtype:
        raise RuntimeError(f"linalg.{name}: Expected A and B to have the same dtype, but found {a.dtype} and {b.dtype}")


def require_matrices(name: str, *tensors: Any) -> None:
    """Refuse what is no batch of matrices."""
    for x in tensors:
        if x.ndim < 2:
            raise RuntimeError(f"linalg.{name}: The input tensor A must have at least 2 dimensions.")


def require_square(name: str, x: Any, *, floating: bool = True) -> None:
    """Refuse what is no batch of square matrices, of floating numbers unless told otherwise."""
    require_matrices(name, x)
    if x.shape[-1] != x.shape[-2]:
        raise RuntimeError(
            f"linalg.{name}: A must be batches of square matrices, but they are {x.shape[-2]} by {x.shape[-1]} matrices"
        )
    if floating:
        require_floating(name, x)
