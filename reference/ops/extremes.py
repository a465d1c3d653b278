"""The largest and the smallest: max, min, amax, amin, argmax, argmin, cummax, cummin.

Only values are differentiable; indices never require grad (IDX-56). Along a dimension ``max`` gives the whole gradient
to the entry whose index it returns (NUM-12); ``amax``, and ``max`` over all elements, share it among ties (NUM-09,
NUM-13).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from reference.autograd.running import add
from reference.dtypes import long_name
from reference.ops.arithmetic import maximum, minimum
from reference.ops.choosing import choosing, put_along, share_with_equals
from reference.ops.dims import count, dimension, dimensions
from reference.ops.reductions import sum
from reference.ops.results import named
from reference.ops.rules import refuse_complex, restore
from reference.ops.table import Op
from reference.tensor import Tensor, wrap, wrap_beside

# --- over some dimensions, ties sharing the gradient ------------------------------------------------------------------


def _ties_share(g: Any, self: Any, result: Any, dim: Any, keepdim: bool) -> Any:
    # nothing equals NaN: an extreme that is NaN makes all of the gradient NaN (NUM-11)
    chosen = self == restore(result, dim, keepdim)
    return restore(g, dim, keepdim) * chosen / (sum(chosen, dim=list(dim), keepdim=True) if dim else chosen)


def _extreme(name: str, kernel: Any) -> Op:
    def reduce(self: Any, *, dim: Any, keepdim: bool) -> Any:
        refuse_complex(name, self)
        if self.dtype.kind == "c":
            raise NotImplementedError(f"\"{name}_cpu\" not implemented for '{long_name(self.dtype)}'")
        if self.size == 0 and count(self.shape, dim) == 0:
            empty = next(d for d in dim if self.shape[d] == 0)
            raise IndexError(f"{name}(): Expected reduction dim {empty} to have non-zero size.")
        return kernel.reduce(self, axis=dim, keepdims=keepdim)

    return Op(name, reduce, self=_ties_share)


amax_op = _extreme("amax", np.maximum)
amin_op = _extreme("amin", np.minimum)


def _of_both_extremes(g: Any, self: Any, smallest: Any, largest: Any, dim: Any, keepdim: bool) -> Any:
    of_smallest = None if g[0] is None else _ties_share(g[0], self, smallest, dim, keepdim)
    of_largest = None if g[1] is None else _ties_share(g[1], self, largest, dim, keepdim)
    return add(of_smallest, of_largest)


_aminmax_op = Op(
    "aminmax",
    lambda self, *, dim, keepdim: (
        amin_op.kernel(self, dim=dim, keepdim=keepdim),
        amax_op.kernel(self, dim=dim, keepdim=keepdim),
    ),
    outputs=("smallest", "largest"),
    self=_of_both_extremes,
)


def _require_dim(name: str, input: Any, dim: Any) -> None:
    if dim == () and 0 in input.shape:
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
            "with the "
            "'dim' argument."
        )


def amax(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The largest element over all or some dimensions; ties share the gradient."""
    _require_dim("amax", input, dim)
    return amax_op(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)


def amin(input: Any, dim: Any = (), keepdim: bool = False) -> Any:
    """The smallest element over all or some dimensions; ties share the gradient."""
    _require_dim("amin", input, dim)
    return amin_op(input, dim=dimensions(dim, input.ndim), keepdim=keepdim)


_MinMax = named("aminmax", "min", "max")


def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """The smallest and the largest element."""
    dims = () if dim is None else dim
    _require_dim("aminmax", input, dims)
    return _MinMax(*_aminmax_op(input, dim=dimensions(dims, input.ndim), keepdim=keepdim))


# --- of all elements --------------------------------------------------------------------------------------------------


def _of_all(name: str, kernel: Any) -> Op:
    def reduce(self: Any) -> Any:
        refuse_complex(name, self)
        if self.dtype.kind == "c":
            raise NotImplementedError(f"\"{name}_all\" not implemented for '{long_name(self.dtype)}'")
        if not self.size:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim "
                "with "
                "the 'dim' argument."
            )
        return kernel.reduce(self, axis=None)

    return Op(f"{name}_of_all", reduce, node=f"{name.capitalize()}Backward1", self=share_with_equals)


max_of_all_op = _of_all("max", np.maximum)
min_of_all_op = _of_all("min", np.minimum)

# --- along a dimension, with the index --------------------------------------------------------------------------------


max_op = choosing("max", lambda x, dim: np.argmax(x, dim))
min_op = choosing("min", lambda x, dim: np.argmin(x, dim))

_Max, _Min = (named(name, "values", "indices") for name in ("max", "min"))


def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; along a dimension, values and indices; of two tensors, the larger at each place."""
    if isinstance(dim, Tensor) or other is not None:
        return maximum(input, dim if other is None else other)
    if dim is None:
        return max_of_all_op(input)
    return _Max(*max_op(input, dim=dimension(dim, input.ndim), keepdim=keepdim))


def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; along a dimension, values and indices; of two tensors, the smaller at each place."""
    if isinstance(dim, Tensor) or other is not None:
        return minimum(input, dim if other is None else other)
    if dim is None:
        return min_of_all_op(input)
    return _Min(*min_op(input, dim=dimension(dim, input.ndim), keepdim=keepdim))


def _place(name: str, kernel: Any) -> Any:
    def find(input: Any, dim: Any = None, keepdim: bool = False) -> Any:
        array = input._array
        if array.dtype.kind == "b":
            raise RuntimeError(f"{name}(): does not support bool input")
        if dim is None:
            if not array.size:
                raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
            found = np.asarray(kernel(array), np.int64)
            return wrap_beside(found.reshape((1,) * array.ndim) if keepdim else found, input)
        dim = dimension(dim, array.ndim)
        if array.ndim == 0:
            return wrap(np.zeros((), np.int64))
        if array.shape[dim] == 0:
            raise IndexError(f"{name}(): Expected reduction dim {dim} to have non-zero size.")
        return wrap_beside(np.asarray(kernel(array, axis=dim, keepdims=keepdim), np.int64), input)

    find.__name__ = name
    return find


argmax, argmin = _place("argmax", np.argmax), _place("argmin", np.argmin)
argmax.__doc__ = "Where the largest element stands."
argmin.__doc__ = "Where the smallest element stands."

# --- the extreme so far -----------------------------------------------------------------------------------------------


def _running(name: str, better: Any) -> Op:
    def kernel(self: Any, *, dim: int) -> Any:
        if self.ndim == 0 or not self.size:
            return np.array(self), np.zeros(self.shape, np.int64)
        x = np.moveaxis(self, dim, 0)
        values, places = np.array(x), np.zeros(x.shape, np.int64)
        for i in range(1, len(x)):
            take = better(x[i], values[i - 1]) | (x[i] != x[i])
            values[i] = np.where(take, x[i], values[i - 1])
            places[i] = np.where(take, i, places[i - 1])
        return np.moveaxis(values, 0, dim).copy(), np.moveaxis(places, 0, dim).copy()

    def rule(g: Any, self_shape: Any, indices: Any, dim: int) -> Any:
        return put_along(g[0], self_shape, indices, dim)

    return Op(name, kernel, outputs=("values", "indices"), differentiable=1, self=rule)


cummax_op = _running("cummax", np.greater_equal)
cummin_op = _running("cummin", np.less_equal)

_CumMax, _CumMin = (named(name, "values", "indices") for name in ("cummax", "cummin"))


def cummax(input: Any, dim: int) -> Any:
    """The largest so far along a dimension, and where it stood."""
    return _CumMax(*cummax_op(input, dim=dimension(dim, input.ndim)))


def cummin(input: Any, dim: int) -> Any:
    """The smallest so far along a dimension, and where it stood."""
    return _CumMin(*cummin_op(input, dim=dimension(dim, input.ndim)))
