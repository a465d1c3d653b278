"""Hooks on several tensors together (HKS-20 to HKS-22).

Source: https://docs.pytorch.org/docs/stable/autograd.html#torch.autograd.graph.register_multi_grad_hook.
"""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

from reference import state
from reference.autograd.graph import gradient_edge


class MultiHandle:
    """Removes the hook from all of its tensors."""

    def __init__(self, handles: Sequence[Any]) -> None:
        self.handles = tuple(handles)

    def remove(self) -> None:
        """Unregister the hook."""
        for handle in self.handles:
            handle.remove()

    def __enter__(self) -> MultiHandle:
        return self

    def __exit__(self, *exception: Any) -> None:
        self.remove()


def register_multi_grad_hook(tensors: Sequence[Any], fn: Callable[[Any], None], *, mode: str = "all") -> MultiHandle:
    """Call ``fn`` once in each backward pass that computes gradients of the tensors.

    With mode "all", with the list of their gradients, None for those that the pass does not reach, when the last of
    them is there; with mode "any", with the first gradient. ValueError for any other mode.
    """
    if mode == "all":
        return _when_all_are_there(tensors, fn)
    if mode == "any":
        return _at_the_first(tensors, fn)
    raise ValueError(f"Expects mode to be one of ('all', 'any') but got {mode}")


def _current_pass() -> Any:
    running = state.modes.backward_pass
    if running is None:
        raise AssertionError("expected this hook to be called inside a backward call")
    return running


def _when_all_are_there(tensors: Sequence[Any], fn: Callable[[Any], None]) -> MultiHandle:
    nodes = []
    for tensor in tensors:
        edge = gradient_edge(tensor)
        if edge is None:
            raise AssertionError("Expected gradient function to be set")
        nodes.append(edge[0])
    # by pass: gradients, how many are to come, how many came
    found: weakref.WeakKeyDictionary[Any, tuple[list[Any], int, list[int]]] = weakref.WeakKeyDictionary()

    def hook(place: int, gradient: Any) -> None:
        running = _current_pass()
        if running not in found:
            found[running] = ([None] * len(nodes), sum(running.will_run(node) for node in nodes), [0])
        gradients, expected, came = found[running]
        gradients[place] = gradient
        came[0] += 1
        if came[0] == expected:
            del found[running]
            fn(gradients)

    return MultiHandle([t.register_hook(functools.partial(hook, i)) for i, t in enumerate(tensors)])


def _at_the_first(tensors: Sequence[Any], fn: Callable[[Any], None]) -> MultiHandle:
    called: weakref.WeakSet[Any] = weakref.WeakSet()

    @functools.wraps(fn)
    def hook(gradient: Any) -> None:
        running = _current_pass()
        if running not in called:
            called.add(running)
            fn(gradient)

    return MultiHandle([t.register_hook(hook) for t in tensors if t.requires_grad])
