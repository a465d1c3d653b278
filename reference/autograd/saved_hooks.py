"""What happens to tensors as they are saved: hooks on all of a block's, and writing to them all the same.

Source: https://docs.pytorch.org/docs/stable/autograd.html#autograd-graph (SAV-01 to SAV-12).
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from reference import state
from reference.tensor import Tensor, memory_owner


class saved_tensors_hooks:
    """Within the block, saved tensors go through ``pack_hook``, and through ``unpack_hook`` when they are needed."""

    def __init__(self, pack_hook: Callable[[Any], Any], unpack_hook: Callable[[Any], Any]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        if state.modes.saved_tensor_hooks_refused is not None:
            raise RuntimeError(state.modes.saved_tensor_hooks_refused)
        if not callable(self.pack_hook) or not callable(self.unpack_hook):
            raise TypeError("saved_tensors_hooks: the pack hook and the unpack hook must be callable")
        state.set_mode(saved_tensor_hooks=(*state.modes.saved_tensor_hooks, (self.pack_hook, self.unpack_hook)))

    def __exit__(self, *exception: Any) -> None:
        state.set_mode(saved_tensor_hooks=state.modes.saved_tensor_hooks[:-1])


class save_on_cpu(saved_tensors_hooks):
    """Within the block, saved tensors are kept on the CPU, and moved back when they are needed (SAV-11)."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        def pack(tensor: Any) -> Any:
            return tensor.device, tensor.cpu()

        def unpack(packed: Any) -> Any:
            device, tensor = packed
            return tensor.to(device)

        super().__init__(pack, unpack)


@contextlib.contextmanager
def disable_saved_tensors_hooks(error_message: str) -> Iterator[None]:
    """Within the block saved-tensor hooks are refused with this message; the block, where hooks are on (SAV-12)."""
    if state.modes.saved_tensor_hooks:
        raise RuntimeError(error_message)
    before = state.set_mode(saved_tensor_hooks_refused=error_message)
    try:
        yield
    finally:
        state.set_mode(**before)


def increment_version(tensor: Any) -> None:
    """Say that a tensor, or each of several, was written to behind autograd's back (GPH-13)."""
    for each in (tensor,) if isinstance(tensor, Tensor) else tensor:
        if not each._is_inference:
            each._counter[0] += 1


class _Handle:
    """Stands for a saved tensor within `allow_mutation_on_saved_tensors`."""


class _MutationAllowed:
    """The saved tensors of a block: those written to since are ``cloned``, the others ``original``."""

    def __init__(self) -> None:
        self.cloned: weakref.WeakKeyDictionary[_Handle, Any] = weakref.WeakKeyDictionary()
        self.original: weakref.WeakKeyDictionary[_Handle, Any] = weakref.WeakKeyDictionary()

    def clear(self) -> None:
        """Forget all saved tensors; a backward pass of theirs will fail."""
        self.cloned.clear()
        self.original.clear()

    def pack(self, tensor: Any) -> _Handle:
        """Keep a saved tensor; one that was saved before, at the same version, is kept once."""
        for handle, kept in self.original.items():
            if kept._memory is tensor._memory and kept._pending is tensor._pending:
                return handle
        handle = _Handle()
        self.original[handle] = tensor
        return handle

    def unpack(self, handle: _Handle) -> Any:
        """The saved tensor as it was."""
        found = self.cloned.get(handle, self.original.get(handle))
        if found is None or state.modes.mutation_allowed is not self:
            raise AssertionError(
                "Trying to backward outside of the 'allow_mutation_on_saved_tensors' context in which the graph was "
                "originally recorded."
            )
        return found

    def before_write(self, target: Any) -> None:
        """Clone the saved tensors that share the target's memory."""
        memory = memory_owner(target._memory)
        for handle, kept in list(self.original.items()):
            if memory_owner(kept._memory) is memory:
                del self.original[handle]
                before = state.set_mode(grad=False, saved_tensor_hooks=(), forward_level=None)
                try:
                    self.cloned[handle] = kept.clone()
                finally:
                    state.set_mode(**before)


@contextlib.contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[_MutationAllowed]:
    """Within the block, a saved tensor is cloned before it is written to; backward must run in the block too."""
    if state.modes.mutation_allowed is not None:
        raise RuntimeError("allow_mutation_on_saved_tensors contexts cannot be nested")
    allowed = _MutationAllowed()
    with saved_tensors_hooks(allowed.pack, allowed.unpack):
        state.set_mode(mutation_allowed=allowed)
        try:
            yield allowed
        finally:
            allowed.clear()
            state.set_mode(mutation_allowed=None)
