"""What gradient rules are written with, beside operators and operations.

A rule is given arrays (or NumPy scalars) in an ordinary backward pass, and tensors under ``create_graph``; each of
these functions takes both.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.tensor import Tensor, wrap_beside


def raw(x: Any) -> Any:
    """The array of a tensor, a plain one of a tensor on the meta device too; an array or a number as it is."""
    return np.asarray(x._array) if isinstance(x, Tensor) else x


def is_complex(x: Any) -> bool:
    """Whether a tensor, array or number is complex."""
    return raw(x).dtype.kind == "c" if hasattr(x, "dtype") else isinstance(x, complex)


def conj(x: Any) -> Any:
    """The conjugate of a number, an array or a tensor; a real one is returned as it is."""
    return x.conjugate() if isinstance(x, (int, float, complex)) else x.conj()


def zero(g: Any) -> Any:
    """The gradient where there is none: zeros, which depend on nothing."""
    return zeros_shaped(g, g.shape)


def zeros_shaped(g: Any, shape: Any) -> Any:
    """Zeros of the gradient's kind and dtype, with a shape."""
    return wrap_beside(np.zeros(shape, g._array.dtype), g) if isinstance(g, Tensor) else np.zeros(shape, g.dtype)


def ones_shaped(g: Any, shape: Any) -> Any:
    """Ones of the gradient's kind and dtype, with a shape."""
    return wrap_beside(np.ones(shape, g._array.dtype), g) if isinstance(g, Tensor) else np.ones(shape, g.dtype)


def constant(array: Any, like: Any) -> Any:
    """An array in the dtype and of the kind of ``like``."""
    return wrap_beside(array.astype(like._array.dtype), like) if isinstance(like, Tensor) else array.astype(like.dtype)


def restore(g: Any, dim: Any, keepdim: bool) -> Any:
    """Give back the dimensions of size one that a reduction over ``dim`` dropped."""
    if keepdim or not dim:
        return g
    if isinstance(g, Tensor):
        for d in sorted(dim):
            g = g.unsqueeze(d)
        return g
    return np.expand_dims(g, dim)


def spread(g: Any, shape: Any, dim: Any, keepdim: bool) -> Any:
    """The gradient of a sum: the same for every element that was summed."""
    if isinstance(g, Tensor):
        return restore(g, dim, keepdim).expand(shape)
    if g.ndim:
        g = restore(g, dim, keepdim)
    size = 1
    for n in shape:
        size *= n
    if size > 4096:
        return np.broadcast_to(g, shape)
    full = np.empty(shape, g.dtype)  # cheaper than np.broadcast_to, while it is small
    full[...] = g
    return full


def accumulated(kernel: Any, *, widened: bool = True) -> Any:
    """A kernel that accumulates a ufunc along a dimension, integers in 64 bits where they are ``widened``."""

    def run(self: Any, *, dim: int) -> Any:
        dtype = None if self.dtype.kind not in "biu" else np.int64 if widened else self.dtype
        if self.ndim == 0:
            return np.array(self, dtype)
        return kernel.accumulate(self, axis=dim, dtype=dtype)

    return run


def from_behind(run: Any, x: Any, dim: int) -> Any:
    """A running reduction that begins at the other end."""
    from reference.ops.rearranging import flip_op

    return flip_op(run(flip_op(x, dims=(dim,)), dim=dim), dims=(dim,)) if x.ndim else x


def transposed(x: Any) -> Any:
    """The conjugate transpose of the last two dimensions."""
    return conj(x.transpose(-2, -1) if isinstance(x, Tensor) else np.swapaxes(x, -2, -1))


def not_implemented(message: str, error: type[Exception] = NotImplementedError) -> Any:
    """The rule of an operation that PyTorch records without having a derivative of it: backward fails."""

    def rule(g: Any) -> Any:
        raise error(message)

    return rule


def refuse_lost_view(x: Any) -> None:
    """Refuse a view whose base was written to so that it has no gradient any more, where grad mode is on."""
    if isinstance(x, Tensor) and x._view is not None and (not state.special or state.modes.grad):
        x._view.refresh(x)


def refuse_bool(name: str, x: Any) -> None:
    """PyTorch has no kernel of this operation for bools, with which NumPy computes as 8-bit integers (TYP-25)."""
    if x.dtype.kind == "b":
        raise NotImplementedError(f"\"{name}_cpu\" not implemented for 'Bool'")


def refuse_complex(name: str, x: Any) -> None:
    """Complex numbers are not ordered (CPX-11)."""
    if isinstance(x, complex) or getattr(x, "dtype", np.dtype(bool)).kind == "c":
        raise NotImplementedError(f"{name}(): complex numbers are not ordered")
