"""How a gradient gets into a leaf's ``.grad``.

Source: https://docs.pytorch.org/docs/stable/autograd.html#default-gradient-layouts. Without ``create_graph`` an
existing gradient is added to in place (ACC-27); with it, it is replaced by a new tensor (ACC-28).
"""

from __future__ import annotations

import sys
from typing import Any

import numpy as np

from reference import state
from reference.bfloat16 import round_in_place
from reference.tensor import OWN, Tensor, is_dense, wrap
from reference.versions import INFERENCE_COUNTER

# An array that nobody else can see has these references when `accumulate` asks: getrefcount's argument, the local of
# `accumulate`, the argument of `AccumulateGrad.apply`, and the local of the loop in `backward`.
_UNSHARED = 4


def accumulate(leaf: Any, gradient: Any) -> None:
    """Add a gradient (an array, or a tensor under ``create_graph``) to ``leaf.grad``; then run the hooks on that."""
    present = leaf._grad
    if leaf._grad_dtype is not OWN and gradient is not None:
        gradient = _in_dtype(gradient, leaf._grad_dtype)
    if type(gradient) is np.ndarray or isinstance(gradient, np.generic):
        if present is None:
            leaf._grad = wrap(_own(gradient, leaf._array))
            if state.modes.inference:
                leaf._grad._is_inference, leaf._grad._counter = True, INFERENCE_COUNTER
        elif state.modes.grad or present.is_sparse:
            leaf._grad = present + wrap(np.asarray(gradient))
        else:
            np.add(present._array, gradient, out=present._memory, casting="unsafe")
            if present._pending is not None:
                present._pending(present._memory, out=present._memory)
            if state.has_bfloat16:
                round_in_place(present._array)
            if not present._is_inference:
                present._counter[0] += 1
    elif gradient is None:  # nothing arrived; the hooks run all the same
        pass
    elif gradient.is_meta:
        leaf._grad = gradient.detach() if present is None else present + gradient
    elif gradient.is_sparse:
        leaf._grad = gradient if present is None else present + gradient
    elif not state.modes.grad:  # tensors within a dual level, without create_graph
        accumulate(leaf, gradient._array)
        return
    elif present is None:
        leaf._grad = gradient.clone()  # it may be what was handed to backward
    else:
        leaf._grad = present + gradient
    if leaf._post_accumulate_hooks:
        for hook in list(leaf._post_accumulate_hooks.values()):
            returned = hook(leaf)
            if returned is not None:
                if not isinstance(returned, Tensor):
                    raise TypeError(f"expected Variable, but hook returned '{type(returned).__name__}'")
                raise RuntimeError("Tensor post accumulate grad hooks should return None.")


def _in_dtype(gradient: Any, dtype: Any) -> Any:
    """A gradient in the dtype that the leaf's ``grad_dtype`` asks for; None asks for none (ZER-19)."""
    if dtype is None:
        return gradient
    return gradient.to(dtype) if isinstance(gradient, Tensor) else gradient.astype(dtype.numpy, copy=False)


def _own(gradient: Any, like: Any) -> Any:
    """The gradient as an array of its own, laid out like the leaf where that is dense (ACC-25, ACC-26)."""
    if (
        type(gradient) is np.ndarray
        and gradient.base is None
        and gradient.strides == like.strides
        and gradient.flags.writeable
        and sys.getrefcount(gradient) <= _UNSHARED + 1
    ):
        return gradient
    own = np.empty_like(like, gradient.dtype) if is_dense(like) else np.empty(like.shape, gradient.dtype)
    own[...] = gradient
    return own
