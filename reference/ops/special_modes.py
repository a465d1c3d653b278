"""What an operation does when its thread is in any mode but the default (see `reference.state`)."""

from __future__ import annotations

import functools
import traceback
from typing import Any

from reference import state
from reference.autograd.graph import Node, PackedTensor, gradient_edge
from reference.ops.nodes import RESULT
from reference.ops.rounding_nodes import round_gradients_of
from reference.tensor import Tensor
from reference.versions import INFERENCE_COUNTER


def finish_in_special_mode(op: Any, inputs: Any, parameters: Any, results: Any, mask: int) -> None:
    """Record (or not), as the thread's modes say, an operation whose results are there."""
    modes = state.modes
    if modes.inference:
        shares_normal_memory = op.view and not inputs[0]._is_inference
        if not shares_normal_memory:
            for result in results:
                result._is_inference, result._counter = True, INFERENCE_COUNTER
    elif mask and modes.grad:
        note_node(op.record(mask, inputs, parameters, results), inputs)
    if modes.forward_level is not None and not modes.inference:
        from reference.autograd.forward import propagate

        propagate(op, inputs, parameters, results)


def note_node(node: Any, inputs: Any) -> None:
    """Pack what a new node saved, and note where it was made, as the thread's modes say; let it handle bfloat16."""
    round_gradients_of(node)
    modes = state.modes
    hooks = modes.saved_tensor_hooks
    if hooks and getattr(node, "saved", None):
        for i, (value, version) in enumerate(zip(node.saved, node.versions, strict=True)):
            if version is not None:
                is_result = node.plan.sources[i][0] == RESULT
                edge = (node, node.plan.sources[i][1] or 0) if is_result else gradient_edge(value)
                node.saved[i] = PackedTensor(value, hooks[-1], edge, is_result)
                node.versions[i] = None
    if modes.anomaly:
        note_origin(node)


def note_origin(node: Node) -> None:
    """Note where a node was made, for anomaly mode (ANO-05)."""
    node.metadata["traceback_"] = traceback.format_stack()[:-3]
    if state.modes.evaluating is not None:
        node.metadata["parent_"] = state.modes.evaluating


def any_tensor(values: Any) -> bool:
    """Whether any of the values is a tensor."""
    return any(isinstance(value, Tensor) for value in values)


def of_samples(function: Any) -> Any:
    """A function that looks into its arguments' arrays, made to be called for each sample inside ``vmap``."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        if state.special and state.modes.batch_level is not None:
            from reference.autograd.batching import call_per_sample, level_of

            if level_of((arguments, tuple(keywords.values()))) is not None:
                return call_per_sample(function, arguments, keywords)
        return function(*arguments, **keywords)

    return call


def drawing(function: Any) -> Any:
    """A function that draws random numbers, made to draw inside ``vmap`` as its ``randomness`` says."""

    @functools.wraps(function)
    def call(*arguments: Any, **keywords: Any) -> Any:
        if state.special and state.modes.batch_level is not None:
            from reference.autograd.batching import draw_per_sample

            return draw_per_sample(call, function, arguments, keywords)
        return function(*arguments, **keywords)

    return call
