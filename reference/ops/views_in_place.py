"""Views of a tensor that become the tensor itself: ``t_``, ``transpose_``, ``squeeze_``, ``unsqueeze_`` ..."""

from __future__ import annotations

import functools
from typing import Any

from reference import state
from reference.autograd.views import check_in_place, rebase_history
from reference.ops import shapes, strides
from reference.ops.table import Op

#: The names of the nodes of what has another name in place.
_NODES = {
    "TBackward0": "TBackward1",
    "TransposeBackward0": "TransposeBackward1",
    "UnsqueezeBackward0": "UnsqueezeBackward1",
    "SqueezeBackward0": "SqueezeBackward3",
    "SqueezeBackward1": "SqueezeBackward4",
    "SqueezeBackward2": "SqueezeBackward5",
    "AsStridedBackward0": "AsStridedBackward1",
}


@functools.cache
def _in_place_class(op: Op) -> Any:
    return op.named(_NODES[op.node_name]).node_class


def _in_place(function: Any) -> Any:
    """The tensor itself looks at its memory in another way, and its history says so."""

    def method(self: Any, *arguments: Any, **keywords: Any) -> Any:
        recorded = self.requires_grad and state.modes.grad and not state.modes.inference
        check_in_place(self, recorded)
        looked = function(self, *arguments, **keywords)
        self._memory = looked._memory
        self._counter[0] += 1
        if recorded and looked._node is not None:
            looked._node.__class__ = _in_place_class(type(looked._node).op)
            if self._view is not None:
                self._view.chain = looked._view.chain
                self._view.version = -1
                self._view.refresh(self)
            else:
                rebase_history(self, looked._node)
        return self

    method.__doc__ = f"{function.__doc__} In place."
    return method


t_ = _in_place(shapes.t)
transpose_ = swapaxes_ = swapdims_ = _in_place(shapes.transpose)
squeeze_ = _in_place(shapes.squeeze)
unsqueeze_ = _in_place(shapes.unsqueeze)
as_strided_ = _in_place(strides.as_strided)
