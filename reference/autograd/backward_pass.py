"""The backward pass, and ``torch.autograd.backward`` and ``grad`` on top of it.

Nodes are taken in reverse order of their creation, each once, with the sum of the gradients that reached it; a node's
users were all created after it, so nothing that is still to come can reach a node that has run. There is no recursion:
a chain of a million nodes is fine.
Source: https://docs.pytorch.org/docs/stable/autograd.html, notes/autograd.
"""

from __future__ import annotations

import operator
import warnings
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any, NamedTuple

import numpy as np

from reference import state
from reference.autograd.graph import AccumulateGrad, Edge, Node, gradient_edge
from reference.autograd.running import add, check, run_post_hooks, run_pre_hooks
from reference.cautions import warn_once
from reference.devices import Size
from reference.dtypes import COMPLEX, OF_NUMPY, category_of
from reference.meta import roots_are_on_meta
from reference.tensor import Tensor, wrap

_sequence_number = operator.attrgetter("seq")


class GradientEdge(NamedTuple):
    """A tensor's place in the graph, without its data (BWD-34, BWD-35, GRD-22)."""

    node: Node
    output_nr: int
    ownership_token: Any = None


def get_gradient_edge(tensor: Any) -> GradientEdge:
    """The gradient edge of a tensor that requires grad (GPH-12)."""
    edge = gradient_edge(tensor)
    if edge is None:
        raise RuntimeError("It is not possible to get the gradient edge for a Tensor that does not require gradients")
    return GradientEdge(*edge)


class Pass:
    """A backward pass that is running, for those who ask from within it (`reference.autograd.multi_grad`)."""

    def __init__(self, roots: Sequence[tuple[Edge, Any]], of_grad: bool, fills_leaves: bool) -> None:
        self._of_grad = of_grad
        self.fills_leaves = fills_leaves
        self._roots = [edge[0] for edge, _ in roots]
        self.reach: Any = None  # sequence numbers of the nodes that will run, once they are known

    def will_run(self, node: Node) -> bool:
        """Whether a node runs in this pass."""
        if self.reach is None:
            self.reach = set()
            stack = list(self._roots)
            while stack:
                reached = stack.pop()
                if reached.seq not in self.reach:
                    self.reach.add(reached.seq)
                    stack.extend(edge[0] for edge in reached.next if edge is not None)
        if self._of_grad and isinstance(node, AccumulateGrad):
            raise RuntimeError(
                "A leaf node was passed to _will_engine_execute_node but we are currently running autograd.grad(). "
                "This is currently not supported."
            )
        return node.seq in self.reach


def run(
    roots: Sequence[tuple[Edge, Any]],
    *,
    keep_graph: bool,
    create_graph: bool,
    targets: Sequence[Edge] | None = None,
    of_grad: bool = False,
) -> list[Any]:
    """Run a backward pass from the roots, pairs of an edge and the gradient there.

    Gradients are arrays; under ``create_graph`` they are tensors. With ``targets``, only nodes on the way to one of
    those edges run, and the gradients that reached them are returned. ``of_grad`` says that it is `grad` that asks: the
    nodes at those edges do not run themselves, and the leaves' ``.grad`` is left alone.
    """
    before = state.set_mode(grad=create_graph, backward_pass=Pass(roots, of_grad, targets is None))
    try:
        return _run(roots, keep_graph, create_graph, targets, of_grad)
    finally:
        state.set_mode(**before)


def _run(roots: Any, keep_graph: bool, create_graph: bool, targets: Any, of_grad: bool) -> list[Any]:
    pending: dict[int, list[Any]] = {}  # by sequence number: [node, gradient so far, whether it is a sum of this pass]
    heap: list[int] = []  # negated sequence numbers of the pending nodes
    captured: dict[tuple[int, int], Any] = {}
    wanted: dict[int, list[int]] = {}  # outputs to capture, by sequence number
    reach: Any = None  # sequence numbers of the nodes to run or to capture at; None for all
    needed: Any = None
    if targets is not None:
        for node, output in targets:
            wanted.setdefault(node.seq, []).append(output)
        needed = _on_the_way([edge for edge, _ in roots], set(wanted))
        reach = needed | set(wanted)
        needed = needed if of_grad else reach
        state.modes.backward_pass.reach = reach
    anomaly = state.modes.anomaly
    if anomaly:
        from reference.autograd.anomaly import apply_checked

    for edge, gradient in roots:
        # the hooks of a lone root run even where none of the inputs lies below it
        if reach is None or edge[0].seq in reach or len(roots) == 1:
            _send(pending, heap, edge, gradient)

    # The last pending node is kept apart from the others, for most often it is the very next to run: its number (0 for
    # none), itself, its gradient so far, and whether that is a sum of this pass.
    last, last_node, last_gradient, last_is_sum = 0, None, None, False
    while heap or last:
        if not last or (heap and -heap[0] > last):
            seq = -heappop(heap)
            node, gradient, _ = pending.pop(seq)
            if last:
                pending[last] = [last_node, last_gradient, last_is_sum]
                heappush(heap, -last)
        else:
            seq, node, gradient = last, last_node, last_gradient
        last, last_node, last_gradient = 0, None, None
        hooks = node.hooks
        if hooks is not None or (type(node) is AccumulateGrad and node.variable._hooks):
            gradient = run_pre_hooks(node, gradient, captured, wanted.get(seq), needed is None or seq in needed)
        elif wanted and seq in wanted:
            for output in wanted[seq]:
                captured[seq, output] = gradient if node.outputs == 1 else gradient[output]
        if needed is None:
            gradients = apply_checked(node, gradient, None) if anomaly else node.apply(gradient, None)
        elif seq in needed:
            mask = [edge is not None and edge[0].seq in reach for edge in node.next]
            gradients = apply_checked(node, gradient, mask) if anomaly else node.apply(gradient, mask)
        else:
            continue
        if hooks is not None and hooks.post:
            gradients = run_post_hooks(node, gradients, gradient)
        gradient = None
        if not keep_graph:
            node.release()
        exact = node.is_exact  # hooks change no shape and no dtype
        i = -1
        for edge in node.next:
            i += 1
            if edge is None:
                continue
            g = gradients[i]
            target, output = edge
            if reach is not None and target.seq not in reach:
                continue
            if target.outputs != 1 or g is None:  # where there is no gradient, the node runs all the same
                if g is not None:
                    g = check(g, target.shape[output], target.dtype[output], node, i)
                if target is not last_node:  # which runs anyway, and has one output: there is nothing to add
                    _send(pending, heap, edge, g)
                continue
            if not exact and (g.shape != target.shape or g.dtype is not target.dtype):
                g = check(g, target.shape, target.dtype, node, i)
            seq = target.seq
            if seq == last:
                if last_is_sum:
                    last_gradient += g
                else:
                    last_gradient = add(last_gradient, g)
                    last_is_sum = type(g) is np.ndarray and not state.has_bfloat16
                continue
            entry = pending.get(seq)
            if entry is None:
                if seq > last:
                    if last:
                        pending[last] = [last_node, last_gradient, last_is_sum]
                        heappush(heap, -last)
                    last, last_node, last_gradient, last_is_sum = seq, target, g, False
                else:
                    pending[seq] = [target, g, False]
                    heappush(heap, -seq)
            elif entry[2]:
                entry[1] += g
            else:
                total = add(entry[1], g)
                entry[2] = total is not g and type(g) is np.ndarray and not state.has_bfloat16
                entry[1] = total
        gradients = g = total = entry = None  # what nobody else holds may become a leaf's gradient as it is
    return [captured.get((node.seq, output)) for node, output in targets or ()]


def _send(pending: dict[int, list[Any]], heap: list[int], edge: Edge, gradient: Any) -> None:
    """Add a gradient to what a node has received so far."""
    node, output = edge
    entry = pending.get(node.seq)
    if entry is None:
        entry = pending[node.seq] = [node, None if node.outputs == 1 else [None] * node.outputs, False]
        heappush(heap, -node.seq)
    if node.outputs == 1:
        entry[1], entry[2] = add(entry[1], gradient), False
    else:
        entry[1][output] = add(entry[1][output], gradient)


def _on_the_way(roots: Sequence[Edge], wanted: set[int]) -> set[int]:
    """The sequence numbers of the nodes from which a wanted node can be reached by at least one edge."""
    lowest = min(wanted)
    order: list[Node] = []
    seen: set[int] = set()
    stack = [node for node, _ in roots]
    while stack:
        node = stack.pop()
        if node.seq in seen or node.seq < lowest:
            continue
        seen.add(node.seq)
        order.append(node)
        for edge in node.next:
            if edge is not None:
                stack.append(edge[0])
    needed: set[int] = set()
    leading = set(wanted)  # numbers of the nodes that are wanted, or from which one can be reached
    for node in sorted(order, key=_sequence_number):
        for edge in node.next:
            if edge is not None and edge[0].seq in leading:
                needed.add(node.seq)
                leading.add(node.seq)
                break
    return needed


def _initial_gradient(output: Any, gradient: Any, as_tensor: bool) -> Any:
    """The gradient a pass starts with, checked against its root."""
    if isinstance(output, GradientEdge):
        node, number = output[:2]
        shape = node.shape if node.outputs == 1 else node.shape[number]
        dtype = node.dtype if node.outputs == 1 else node.dtype[number]
    else:
        shape, dtype = output._array.shape, output._array.dtype
    if gradient is None:
        if int(np.prod(shape)) != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        if category_of(dtype) == COMPLEX:
            raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {OF_NUMPY[dtype]}")
        array = np.ones(shape, dtype)
        if as_tensor and isinstance(output, Tensor):
            array = array.view(type(output._array))  # which tells the device
        return wrap(array) if as_tensor else _as_scalar(array)
    if gradient._array.shape != shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {Size(gradient.shape)} and output[0] has a shape of "
            f"{Size(shape)}."
        )
    if (category_of(gradient._array.dtype) == COMPLEX) != (category_of(dtype) == COMPLEX):
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[0] has a dtype of {gradient.dtype} and output[0] has a dtype of {OF_NUMPY[dtype]}."
        )
    if gradient._array.dtype != dtype:
        gradient = gradient.to(OF_NUMPY[dtype])
    return gradient if as_tensor else _as_scalar(gradient._array)


def _as_scalar(array: Any) -> Any:
    """An array; one of no dimensions as NumPy's scalar, with which it computes faster (and which bfloat16 has not)."""
    return array if array.ndim or not array.dtype.isnative else array[()]


def _edge_of_root(output: Any) -> Edge:
    if isinstance(output, GradientEdge):
        return output[0], output[1]
    edge = gradient_edge(output)
    if edge is None:
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    return edge


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, (Tensor, GradientEdge)) else tuple(value)


def _edges_of_inputs(inputs: Sequence[Any]) -> list[Edge]:
    edges: list[Edge] = []
    for tensor in inputs:
        if not isinstance(tensor, (Tensor, GradientEdge)):
            raise RuntimeError(f"all inputs have to be Tensors or GradientEdges, but got {type(tensor).__name__}")
        edge = (tensor[0], tensor[1]) if isinstance(tensor, GradientEdge) else gradient_edge(tensor)
        if edge is None:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
        edges.append(edge)
    return edges


def _roots(outputs: Sequence[Any], gradients: Sequence[Any], create_graph: bool) -> list[tuple[Edge, Any]]:
    for gradient in gradients:
        if gradient is not None and not isinstance(gradient, Tensor):
            raise TypeError(f"gradients can be either Tensors or None, but got {type(gradient).__name__}")
    for output in outputs:
        if not isinstance(output, (Tensor, GradientEdge)):
            raise AssertionError(f"Expected output to be a torch.Tensor, but got {type(output).__name__}")
    if len(gradients) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(gradients)} gradients")
    as_tensors = create_graph or state.modes.forward_level is not None  # gradients have tangents within a dual level
    if state.has_meta:
        as_tensors = as_tensors or roots_are_on_meta(outputs, gradients)
    started = [_initial_gradient(o, g, as_tensors) for o, g in zip(outputs, gradients, strict=True)]
    return [(_edge_of_root(o), g) for o, g in zip(outputs, started, strict=True)]


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Accumulate into the leaves' ``.grad`` the sum of the tensors' gradients, weighted by ``grad_tensors``.

    Errors and arguments as in torch.autograd.backward (BWD-01 to BWD-38).
    """
    if state.modes.transforms:
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use functorch.grad or "
            "functorch.vjp instead or call backward() outside of functorch transforms."
        )
    if grad_variables is not None:
        warnings.warn("`grad_variables` is deprecated. Use `grad_tensors` instead.", FutureWarning, stacklevel=2)
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    if inputs is not None and not isinstance(inputs, (Tensor, GradientEdge)) and len(inputs) == 0:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    outputs = _as_tuple(tensors)
    gradients = [None] * len(outputs) if grad_tensors is None else _as_tuple(grad_tensors)
    keep_graph = create_graph if retain_graph is None else retain_graph
    if create_graph:
        warn_once(
            "Using backward() with create_graph=True will create a reference cycle between the parameter and its "
            "gradient which can cause a memory leak. We recommend using autograd.grad when creating the graph to avoid "
            "this. If you have to use this function, make sure to reset the .grad fields of your parameters to None "
            "after use to break the cycle and avoid the leak.",
            stacklevel=3,
        )
    roots = _roots(outputs, gradients, create_graph)
    if inputs is None:
        run(roots, keep_graph=keep_graph, create_graph=create_graph)
        return
    wanted = _as_tuple(inputs.values() if isinstance(inputs, dict) else inputs)
    for tensor in wanted:
        if isinstance(tensor, Tensor):
            tensor.retain_grad()  # from now on: that is how a non-leaf's gradient is kept (BWD-25)
    edges = _edges_of_inputs(wanted)
    run(roots, keep_graph=keep_graph, create_graph=create_graph, targets=edges)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> Any:
    """The gradients of the outputs' weighted sum with respect to the inputs, in their order (GRD-01 to GRD-24).

    ``.grad`` is left alone. Returns a tuple, or a dict where ``inputs`` is one.
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    if not only_inputs:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for "
            "other parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    keys = list(inputs) if isinstance(inputs, dict) else None
    wanted = tuple(inputs.values()) if keys is not None else _as_tuple(inputs)
    if not wanted:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    outputs = _as_tuple(outputs)
    gradients = [None] * len(outputs) if grad_outputs is None else list(_as_tuple(grad_outputs))
    keep_graph = create_graph if retain_graph is None else retain_graph
    found = None
    if state.special and state.modes.batch_level is not None:
        from reference.autograd.batching import grad_per_sample

        found = grad_per_sample(
            outputs, wanted, gradients, keep_graph, create_graph=create_graph, allow_unused=allow_unused,
            is_grads_batched=is_grads_batched,
        )  # fmt: skip
    if found is not None:
        pass
    elif is_grads_batched:
        found = _batched(outputs, wanted, gradients, keep_graph, create_graph, allow_unused)
    else:
        roots = _roots(outputs, gradients, create_graph)
        edges = _edges_of_inputs(wanted)
        found = run(roots, keep_graph=keep_graph, create_graph=create_graph, targets=edges, of_grad=True)
        found = [g if g is None or isinstance(g, Tensor) else wrap(np.array(g)) for g in found]
    if not allow_unused and any(g is None for g in found):
        raise RuntimeError(
            f"The differentiated Tensor at index {found.index(None)} appears to not have been used in the graph. Set "
            "allow_unused=True if this is the desired behavior."
        )
    if materialize_grads:
        zeros = [wrap(np.zeros_like(t._array)).requires_grad_(create_graph) for t in wanted]
        found = [zero if g is None else g for g, zero in zip(found, zeros, strict=True)]
    return dict(zip(keys, found, strict=True)) if keys is not None else tuple(found)


def _batched(outputs: Any, wanted: Any, gradients: Any, keep: bool, create_graph: bool, allow_unused: bool) -> Any:
    """One pass for each entry of the gradients' first dimension, stacked (GRD-14)."""
    from reference.ops.joining import stack

    if all(g is None or g.ndim == 0 for g in gradients):
        raise IndexError("is_grads_batched: expected gradients with a first dimension, which counts them")
    size = len(next(g for g in gradients if g is not None))
    rows = [
        grad(
            outputs,
            wanted,
            [None if g is None else g[i] for g in gradients],
            retain_graph=keep or i < size - 1,
            create_graph=create_graph,
            allow_unused=allow_unused,
        )
        for i in range(size)
    ]
    return [None if column[0] is None else stack(list(column)) for column in zip(*rows, strict=True)]
