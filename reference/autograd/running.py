"""What a backward pass does to gradients between nodes: sums, checks, hooks."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.autograd.graph import AccumulateGrad, Node
from reference.bfloat16 import cast
from reference.dtypes import COMPLEX, OF_NUMPY, category_of
from reference.tensor import Tensor, wrap


def add(a: Any, b: Any) -> Any:
    """The sum of two gradients, in a buffer of its own; None is no gradient."""
    if a is None:
        return b
    if b is None:
        return a
    total = a + b
    return cast(total, a.dtype) if state.has_bfloat16 and not isinstance(total, Tensor) else total


def check(gradient: Any, shape: Any, dtype: Any, node: Node, index: int) -> Any:
    """A gradient, summed and cast to what the next node takes; RuntimeError where that cannot be (FUN-26)."""
    if isinstance(gradient, Tensor):
        array = gradient._array
        if array.shape != shape:
            _require_expandable(shape, array.shape, node, index)
            gradient = gradient.sum_to_size(shape)
        if array.dtype is not dtype:
            if category_of(array.dtype) == COMPLEX and category_of(dtype) != COMPLEX:
                gradient = gradient.real
            gradient = gradient.to(OF_NUMPY[dtype])
        return gradient
    if gradient.shape != shape:
        _require_expandable(shape, gradient.shape, node, index)
        gradient = sum_to_shape(gradient, shape)
    if gradient.dtype is not dtype:
        if gradient.dtype.kind == "c" and dtype.kind != "c":
            gradient = gradient.real
        gradient = cast(gradient, dtype)
    return gradient


def _require_expandable(shape: Any, got: Any, node: Node, index: int) -> None:
    added = len(got) - len(shape)
    if added < 0 or any(n not in (1, m) for n, m in zip(shape, got[added:], strict=True)):
        raise RuntimeError(
            f"Function {node.name()} returned an invalid gradient at index {index} - got {list(got)} but expected "
            f"shape compatible with {list(shape)}"
        )


def sum_to_shape(array: Any, shape: Any) -> Any:
    """Sum over the dimensions that broadcasting added or widened (BRC-02)."""
    added = array.ndim - len(shape)
    if added:
        array = np.add.reduce(array, axis=tuple(range(added)))
    widened = tuple(i for i, n in enumerate(shape) if n == 1 and array.shape[i] != 1)
    return np.add.reduce(array, axis=widened, keepdims=True) if widened else array


def run_pre_hooks(node: Node, gradient: Any, captured: Any, wanted: Any, runs: bool) -> Any:
    """Tensor hooks, the retained ``.grad``, then the node's own pre-hooks where it ``runs`` (HKS-17).

    A ``wanted`` gradient is captured after the tensor hooks where the node does not run, and before them where it does
    (GRD-20, GRD-25).
    """
    several = node.outputs != 1
    gradients = list(gradient) if several else [gradient]
    hooks = node.hooks
    for output in (wanted or ()) if runs else ():
        captured[node.seq, output] = gradients[output]
    if type(node) is AccumulateGrad and node.variable._hooks:
        gradients[0] = _run_tensor_hooks(node.variable._hooks, gradients[0])
    if hooks is not None:
        for output, registered in hooks.tensor.items():
            gradients[output] = _run_tensor_hooks(registered, gradients[output])
        for output, reference in hooks.retained.items():
            tensor = reference()
            if tensor is not None and gradients[output] is not None:
                _retain(tensor, gradients[output])
    for output in () if runs else wanted or ():
        captured[node.seq, output] = gradients[output]
    if runs and hooks is not None and hooks.pre:
        given = tuple(_as_tensor(g) for g in gradients)
        for hook in list(hooks.pre.values()):
            given = _replaced(given, hook(given), hook)
        gradients = [_like(new, old) for new, old in zip(given, gradients, strict=True)]
    return gradients if several else gradients[0]


def run_post_hooks(node: Node, gradients: Any, gradient: Any) -> Any:
    """A node's hooks on (grad_inputs, grad_outputs), which may return other grad_inputs (HKS-18)."""
    raw = not any(isinstance(g, Tensor) for g in ([gradient] if node.outputs == 1 else gradient))
    outputs = tuple(_as_tensor(g) for g in ([gradient] if node.outputs == 1 else gradient))
    inputs = tuple(_as_tensor(g) for g in gradients)
    for hook in list(node.hooks.post.values()) if node.hooks else ():
        inputs = _replaced(inputs, hook(inputs, outputs), hook)
    return [g._array if raw and isinstance(g, Tensor) else g for g in inputs]


def _run_tensor_hooks(hooks: Any, gradient: Any) -> Any:
    given = _as_tensor(gradient)
    for hook in list(hooks.values()):
        replaced = hook(given)
        if replaced is not None:
            _require_same_kind(given, replaced, hook)
            given = replaced
    return _like(given, gradient)


def _replaced(given: tuple[Any, ...], returned: Any, hook: Any) -> tuple[Any, ...]:
    """The gradients after a node's hook, which may return as many others."""
    if returned is None:
        return given
    if not isinstance(returned, tuple):
        raise TypeError(f"expected tuple, but hook returned '{type(returned).__name__}'")
    if len(returned) != len(given):
        raise RuntimeError(
            f"hook '{_name(hook)}' has returned an incorrect number of values (got {len(returned)}, but expected "
            f"{len(given)})"
        )
    for old, new in zip(given, returned, strict=True):
        if new is not None:
            _require_same_kind(old, new, hook)
    return returned


def _require_same_kind(old: Any, new: Any, hook: Any) -> None:
    if old is None:
        raise RuntimeError("can't replace a None gradient with a non-None value")
    if not isinstance(new, Tensor):
        raise TypeError(f"expected Variable, but hook returned '{type(new).__name__}'")
    if new._array.shape != old._array.shape:
        raise RuntimeError(
            f"hook '{_name(hook)}' has changed the size of value: expected {list(old.shape)}, got {list(new.shape)}"
        )
    if new._array.dtype != old._array.dtype:
        raise RuntimeError(f"hook '{_name(hook)}' has changed the type of value (was {old.dtype} got {new.dtype})")


def _name(hook: Any) -> str:
    return getattr(hook, "__name__", str(hook))


def _as_tensor(gradient: Any) -> Any:
    return gradient if gradient is None or isinstance(gradient, Tensor) else wrap(gradient)


def _like(tensor: Any, gradient: Any) -> Any:
    """A hook's tensor as the pass carries gradients: an array, unless it carried a tensor."""
    if isinstance(gradient, Tensor) or not isinstance(tensor, Tensor):
        return tensor
    return tensor._array


def _retain(tensor: Any, gradient: Any) -> None:
    if isinstance(gradient, Tensor):
        tensor._grad = gradient if tensor._grad is None else tensor._grad + gradient
    elif tensor._grad is None:
        tensor._grad = wrap(np.array(gradient))
    else:
        tensor._grad = wrap(add(tensor._grad._array, gradient))
