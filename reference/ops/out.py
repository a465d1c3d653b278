"""``out=``: writing a function's result into a tensor that is given (INP-23)."""

from __future__ import annotations

import functools
import warnings
from typing import Any

import numpy as np

from reference import state
from reference.autograd.views import check_in_place
from reference.dtypes import OF_NUMPY, can_cast, long_name
from reference.ops.writing import write
from reference.tensor import Tensor


def accepting_out(function: Any) -> Any:
    """The function, with a keyword ``out``."""
    name = getattr(function, "name", None) or function.__name__

    def call(*arguments: Any, out: Any = None, **keywords: Any) -> Any:
        if out is None:
            return function(*arguments, **keywords)
        return _call_into(out, name, function, arguments, keywords)

    functools.update_wrapper(call, function, assigned=("__doc__",), updated=())
    call.__name__ = call.__qualname__ = name
    return call


def making_out(function: Any) -> Any:
    """A function that makes a tensor, with a keyword ``out``, whose dtype it makes it in."""
    with_out = accepting_out(function)

    def make(*arguments: Any, out: Any = None, **options: Any) -> Any:
        if out is None:
            return function(*arguments, **options)
        return with_out(*arguments, out=out, **{"dtype": out.dtype, **options})

    return functools.update_wrapper(make, function)


def _call_into(out: Any, name: str, function: Any, arguments: Any, keywords: Any) -> Any:
    inputs = _tensors((*arguments, *keywords.values()))
    targets = _tensors((out,))
    given = [*inputs, *targets]
    if state.modes.grad and not state.modes.inference and any(x.requires_grad for x in given):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but one of the "
            "arguments requires grad."
        )
    level = state.modes.forward_level
    if level is not None and any(level.tangent_of(x) is not None for x in given):
        raise NotImplementedError(
            f"Trying to use forward AD with {name}_out that does not support it because it is an out= function"
        )
    if name in _IN_A_DTYPE and isinstance(out, Tensor):
        keywords = _with_dtype_of(out, name, keywords)
    result = function(*arguments, **keywords)
    for target, value in zip(targets, [result] if isinstance(out, Tensor) else result, strict=True):
        if name in _OF_ITS_DTYPE and target._array.dtype is not value._array.dtype:
            raise RuntimeError(f"Expected out tensor to have dtype {value.dtype}, but got {target.dtype} instead")
        if name in _OF_MEMORY_OF_ITS_OWN and any(
            target is x or np.shares_memory(target._array, x._array) for x in inputs
        ):
            raise RuntimeError(
                "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single "
                "memory location. Please clone() the tensor before performing the operation."
            )
        write_out(target, value)
    return out


def _with_dtype_of(out: Any, name: str, keywords: Any) -> Any:
    """The keywords of a function that is computed in the dtype that is asked for, which must be that of ``out``."""
    dtype = keywords.get("dtype")
    if dtype is not None and dtype is not out.dtype:
        raise RuntimeError(f"Expected out tensor to have dtype {dtype}, but got {out.dtype} instead")
    return keywords if name in _IN_A_FLOATING_DTYPE else {**keywords, "dtype": out.dtype}


def _tensors(values: Any) -> list[Any]:
    """The tensors among values, and in the lists among them."""
    groups = [value if isinstance(value, (list, tuple)) else (value,) for value in values]
    return [x for group in groups for x in group if isinstance(x, Tensor)]


#: Functions that write into tensors of their result's dtype alone.
_OF_ITS_DTYPE = frozenset(
    ("aminmax", "complex", "gather", "index_select", "log_softmax", "masked_select", "polar", "softmax", "take")
)
#: Functions whose ``dtype``, where it is given, is that of the tensor they write into.
_IN_A_FLOATING_DTYPE = frozenset(("log_softmax", "mean", "softmax"))
#: The same, and those that are computed in the dtype of the tensor they write into where none is given.
_IN_A_DTYPE = _IN_A_FLOATING_DTYPE | {"cumprod", "cumsum", "prod", "sum"}
#: Functions that do not write into memory that an input lies in.
_OF_MEMORY_OF_ITS_OWN = frozenset(("cat", "gather", "index_select", "kthvalue", "masked_select", "take"))


def write_out(out: Any, result: Any) -> None:
    """Write a result into ``out``, which is given the result's shape; a lossy cast is refused."""
    value, array = result._array, out._memory
    check_in_place(out, recorded=False)
    if value.dtype is not array.dtype and not can_cast(OF_NUMPY[value.dtype], OF_NUMPY[array.dtype]):
        raise RuntimeError(
            f"result type {long_name(value.dtype)} can't be cast to the desired output type {long_name(array.dtype)}"
        )
    if value.shape != array.shape:
        if array.size:
            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(array.shape)}, which does "
                "not"
                f" match the required output shape {list(value.shape)}. This behavior is deprecated, and in a future "
                "PyTorch release outputs will not be resized unless they have zero elements.",
                UserWarning,
                stacklevel=4,
            )
        out._memory = np.empty(value.shape, array.dtype)
    write(out, value)
