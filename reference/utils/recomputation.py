"""What a checkpointed call notes of the tensors that it would have saved, and how it gets them back.

Each saved tensor is packed into a note. When the first of them is needed in a backward pass, the function runs again,
and the n-th tensor that it saves this time belongs to the n-th note. A value is handed out once and then dropped;
another backward pass runs the function another time.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

from reference import state
from reference.autograd.saved_hooks import saved_tensors_hooks


class CheckpointError(RuntimeError):
    """A recomputation that did not save what the forward saved."""


class _Stop(Exception):
    """All that is needed has been computed again."""


class _Note:
    """Stands for a saved tensor; ``values`` holds it, by backward pass, from its recomputation until it is used."""

    def __init__(self) -> None:
        self.values: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()


class _Access:
    """Stands for the backward pass where saved tensors are read outside one."""


_USED = object()


class Frame:
    """One checkpointed call."""

    def __init__(self, again: Callable[[], None], early_stop: bool, check: bool, debug: bool) -> None:
        self._again = again
        self._early_stop, self._check, self._debug = early_stop, check, debug
        self._notes: list[Any] = []  # weak references
        self._descriptions: list[Any] = []  # of the tensors that the forward saved
        self._recomputed: weakref.WeakKeyDictionary[Any, list[Any]] = weakref.WeakKeyDictionary()
        self.forward_completed = False

    def noting(self) -> saved_tensors_hooks:
        """The block in which the forward runs."""

        def pack(tensor: Any) -> _Note:
            note = _Note()
            self._notes.append(weakref.ref(note))
            self._descriptions.append(_describe(tensor))
            return note

        return saved_tensors_hooks(pack, self._unpack)

    def _unpack(self, note: _Note) -> Any:
        running = state.modes.backward_pass or _Access()
        if running not in self._recomputed:
            self._recompute(running)
        value = note.values.get(running)
        if value is _USED:
            raise CheckpointError(
                "torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. If you "
                "are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an "
                "issue with details on your use case."
            )
        note.values[running] = _USED
        return value

    def _recompute(self, running: Any) -> None:
        found: list[Any] = []  # descriptions of the tensors saved this time

        def pack(tensor: Any) -> Any:
            tensor = tensor.detach()
            place = len(found)
            found.append(_describe(tensor))
            if place < len(self._notes):
                note = self._notes[place]()
                if note is not None:
                    note.values[running] = tensor
            elif self.forward_completed:
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original "
                    f"forward pass.{self._listed(found)}"
                )
            if self._early_stop and len(found) == len(self._notes):
                raise _Stop
            return tensor

        try:
            with saved_tensors_hooks(pack, lambda tensor: tensor):
                self._again()
        except _Stop:
            pass
        self._recomputed[running] = found
        self._require_same(found)

    def _require_same(self, found: list[Any]) -> None:
        if len(found) < len(self._notes):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and "
                f"recomputation.\nNumber of tensors saved during forward: {len(self._notes)}\nNumber of tensors saved "
                f"during recomputation: {len(found)}.{self._listed(found)}"
            )
        if not self._check:
            return
        differing = [i for i, (a, b) in enumerate(zip(self._descriptions, found, strict=False)) if a != b]
        if differing:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than "
                "during the forward pass.\n"
                + "".join(
                    f"tensor at position {i}:\nsaved metadata: {self._descriptions[i]}\n"
                    f"recomputed metadata: {found[i]}\n"
                    for i in differing
                )
                + self._listed(found)
            )

    def _listed(self, found: list[Any]) -> str:
        if not self._debug:
            return ""
        return f"\nSaved during forward: {self._descriptions}\nSaved during recomputation: {found}"


def _describe(tensor: Any) -> dict[str, Any]:
    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}
