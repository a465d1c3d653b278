"""Nodes of operations on bfloat16 tensors: what their rules give is rounded as PyTorch does (`reference.bfloat16`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from reference import state
from reference.bfloat16 import raw, rounded, widened
from reference.dtypes import BFLOAT16
from reference.ops.nodes import OpNode
from reference.tensor import Tensor, wrap

#: Operations whose derivative is a single operation in PyTorch, and so rounded once.
_DERIVATIVE_IS_ONE_OPERATION = frozenset(
    """mm bmm mv vm linear convolution conv_transpose sigmoid tanh softmax log_softmax softplus log_sigmoid elu elu_ gelu
    gelu_tanh silu mish hardsigmoid hardswish leaky_relu mse_loss smooth_l1_loss huber_loss binary_cross_entropy
    native_batch_norm batch_norm_with_running_statistics rms_norm avg_pool adaptive_avg_pool cumprod var std""".split()
)


class _RoundsOnce(OpNode):
    """A node whose rules work on float32; what they give is rounded by the check of the edge that it takes."""

    __slots__ = ()

    def apply(self, gradient: Any, needed: Any) -> Any:
        """Apply the rules of the inputs that need a gradient."""
        gradient = [widened(g) for g in gradient] if isinstance(gradient, list) else widened(gradient)
        gradients = super().apply(gradient, needed)
        return [rounded(g) if hasattr(g, "dtype") and g.dtype == BFLOAT16 else g for g in gradients]


class _RoundsEachOperation(OpNode):
    """A node whose rules are made of several operations: they are given tensors, so that the result of each is rounded."""

    __slots__ = ()

    def apply(self, gradient: Any, needed: Any) -> Any:
        """Apply the rules of the inputs that need a gradient."""
        given = gradient if isinstance(gradient, list) else [gradient]
        if any(isinstance(g, Tensor) for g in given):
            return super().apply(gradient, needed)
        tensors = [g if g is None else wrap(np.asarray(g)) for g in given]
        gradients = super().apply(tensors if isinstance(gradient, list) else tensors[0], needed)
        return [raw(g) for g in gradients]


_rounding_classes: dict[type, type] = {}


def round_gradients_of(node: Any) -> None:
    """Let a new node round its gradients as PyTorch does, if it has to do with bfloat16."""
    if not state.has_bfloat16:
        return
    of_results = node.dtype if isinstance(node.dtype, list) else [node.dtype]
    of_saved = [value._array.dtype for value in node.saved if isinstance(value, Tensor)]
    if any(found == BFLOAT16 for found in (*of_results, *of_saved)):
        how = _RoundsOnce if node.op.name in _DERIVATIVE_IS_ONE_OPERATION else _RoundsEachOperation
        own = type(node)
        if own not in _rounding_classes:
            members = {"op": node.op, "__module__": own.__module__, "__slots__": ()}
            _rounding_classes[own] = type(own.__name__, (how,), members)
        node.__class__ = _rounding_classes[own]
