"""``torch.func``'s derivatives: grad, vjp, jvp, jacrev, jacfwd, hessian, linearize (HOD-14 to HOD-19).

Source: https://docs.pytorch.org/docs/stable/func.api.html. A transform gives the function new tensors of the same
memory. What the function uses besides its arguments is a constant to the transform, and stays differentiable outside
it: where the results depend on tensors outside that require grad, they are recorded for them (HOD-17).
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from reference import state
from reference.autograd.backward_pass import grad as gradients_of
from reference.autograd.batching import BatchedTensor
from reference.autograd.forward import Level
from reference.autograd.functional_values import zeros_like
from reference.autograd.graph import AccumulateGrad, gradient_edge
from reference.dtypes import FLOATING, category_of
from reference.func.trees import leaves_of, map_leaves, with_leaves
from reference.func.vmap import vmap
from reference.ops.shapes import alias_op
from reference.tensor import Tensor, wrap


class _Transform:
    """A block in which a transform runs the user's function: recording, and known to custom Functions."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        transforms = (*state.modes.transforms, self._name)
        self._before = state.set_mode(grad=True, inference=False, transforms=transforms)

    def __exit__(self, *exception: Any) -> None:
        state.set_mode(**self._before)


def _tracked(tensor: Any) -> Any:
    """A new tensor of the same memory that requires grad, with the tangents of the one around it."""
    if not isinstance(tensor, Tensor):
        raise ValueError(f"Thing passed to transform API must be Tensor, got {type(tensor)}")
    if tensor.requires_grad:
        return alias_op(tensor)
    if category_of(tensor._array.dtype) < FLOATING:
        raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
    tracked = _carrying_tangents(tensor, tensor.detach())
    tracked._requires_grad = True
    return tracked


def _carrying_tangents(tensor: Any, to: Any) -> Any:
    level = state.modes.forward_level
    while level is not None:
        tangent = level.tangent_of(tensor)
        if tangent is not None:
            level.give(to, tangent)
        level = level.outer
    return to


def _depends_on_others(outputs: list[Any], tracked: list[Any]) -> bool:
    """Whether the outputs' graph has leaves besides the tracked tensors."""
    own = {id(sample) for t in tracked for sample in _samples(t)}
    stack = [gradient_edge(sample) for t in outputs if isinstance(t, Tensor) for sample in _samples(t)]
    seen: set[int] = set()
    while stack:
        edge = stack.pop()
        if edge is None or edge[0].seq in seen:
            continue
        node = edge[0]
        seen.add(node.seq)
        if isinstance(node, AccumulateGrad) and id(node.variable) not in own:
            return True
        stack.extend(node.next)
    return False


def _samples(tensor: Any) -> list[Any]:
    if not isinstance(tensor, BatchedTensor):
        return [tensor]
    return [plain for sample in tensor._samples for plain in _samples(sample)]


def _released(tree: Any, recorded: bool) -> Any:
    """Results, outside the transform's graph unless they depend on tensors outside."""
    if recorded:
        return tree
    return map_leaves(lambda t: _carrying_tangents(t, t.detach()) if isinstance(t, Tensor) else t, tree)


def _chosen(arguments: tuple[Any, ...], argnums: int | tuple[int, ...]) -> Any:
    """The arguments by which to differentiate: one, or a tuple; RuntimeError where there is no such argument."""
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or a tuple of ints, got: {type(argnums)}")
    numbers = argnums if isinstance(argnums, tuple) else (argnums,)
    if len(set(numbers)) != len(numbers):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    for n in numbers:
        if not isinstance(n, int):
            raise RuntimeError(f"argnum must be int, got {type(n)}")
        if not -len(arguments) <= n < len(arguments):
            raise RuntimeError(f"Got argnum={n}, but only {len(arguments)} positional inputs")
    return tuple(arguments[n] for n in numbers) if isinstance(argnums, tuple) else arguments[argnums]


def _with_chosen(arguments: tuple[Any, ...], argnums: int | tuple[int, ...], chosen: Any) -> tuple[Any, ...]:
    replaced = list(arguments)
    for n, value in zip(argnums, chosen, strict=True) if isinstance(argnums, tuple) else ((argnums, chosen),):
        replaced[n] = value
    return tuple(replaced)


def _split_aux(result: Any, has_aux: bool, transform: str) -> tuple[Any, Any]:
    if not has_aux:
        return result, None
    if isinstance(result, tuple) and len(result) == 2:
        for leaf in leaves_of(result[1]):
            if not isinstance(leaf, Tensor):
                raise RuntimeError(f"Expected tensors, got unsupported type {type(leaf)}")
    else:
        raise RuntimeError(f"{transform}: output of function f should be a tuple: (output, aux) if has_aux is True")
    return result


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient, by some arguments, of ``func``'s one output of no dimensions, and that.

    With ``has_aux``, ``func`` returns a pair, whose second is passed through: the value is then the pair. RuntimeError
    for any other output.
    """

    @functools.wraps(func)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        with _Transform("grad"):
            tracked = map_leaves(_tracked, _chosen(arguments, argnums))
            result = func(*_with_chosen(arguments, argnums, tracked), **keywords)
            output, aux = _split_aux(result, has_aux, "grad_and_value(f)(*args)")
            if not isinstance(output, Tensor):
                raise RuntimeError(
                    f"grad_and_value(f)(*args): Expected f(*args) to return a Tensor, got {type(output)}"
                )
            if output.ndim:
                raise RuntimeError(
                    "grad_and_value(f)(*args): Expected f(*args) to return a scalar tensor, got tensor with "
                    f"{output.ndim} dims. Maybe you wanted to use the vjp or jacrev APIs instead?"
                )
            leaves = leaves_of(tracked)
            recorded = _depends_on_others([output, *leaves_of(aux)], leaves)
            found = _pulled([output], leaves, [None], recorded)
        gradient = with_leaves(tracked, found)
        value = _released((output, aux) if has_aux else output, recorded)
        return gradient, value

    return wrapped


def _pulled(outputs: list[Any], inputs: list[Any], weights: list[Any], recorded: bool) -> list[Any]:
    kept = [(o, w) for o, w in zip(outputs, weights, strict=True) if o.requires_grad]
    if not kept or not inputs:
        return [zeros_like(x) for x in inputs]
    found = gradients_of(
        [o for o, _ in kept], inputs, [w for _, w in kept], retain_graph=True, create_graph=recorded, allow_unused=True
    )
    return [zeros_like(x) if g is None else g for g, x in zip(found, inputs, strict=True)]


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that returns the gradient of ``func``; with ``has_aux``, and the second of what it returns."""

    @functools.wraps(func)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        gradient, value = grad_and_value(func, argnums, has_aux)(*arguments, **keywords)
        return (gradient, value[1]) if has_aux else gradient

    return wrapped


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The outputs, and a function from weights of their form to a tuple, one gradient a primal (HOD-18)."""
    with _Transform("vjp"):
        tracked = map_leaves(_tracked, primals)
        output, aux = _split_aux(func(*tracked), has_aux, "vjp(f, *primals)")
    outputs, leaves = leaves_of(output), leaves_of(tracked)
    for value in outputs:
        if not isinstance(value, Tensor):
            raise RuntimeError(f"vjp(f, *primals): Expected f(*primals) to return only tensors, got {type(value)}")
    recorded = _depends_on_others([*outputs, *leaves_of(aux)], leaves)

    def pull_back(*weights: Any) -> Any:
        given = weights[0] if len(weights) == 1 else weights
        flat = leaves_of(given)
        if len(flat) != len(outputs):
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the "
                f"function: {len(flat)} cotangents for {len(outputs)} outputs"
            )
        graph = recorded or any(w.requires_grad for w in flat)
        with _Transform("vjp"):
            found = _pulled(outputs, leaves, flat, graph)
        return with_leaves(tracked, found)

    released = _released(output, recorded)
    return (released, pull_back, _released(aux, recorded)) if has_aux else (released, pull_back)


def jvp(func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False) -> Any:
    """The outputs, and their tangents, for tangents of the primals: two tuples of the same form (HOD-18).

    RuntimeError where they differ in form or shape; with ``strict`` where an output does not depend on the primals.
    """
    if not isinstance(primals, tuple):
        raise RuntimeError("jvp(f, primals, tangents): Expected primals to be a tuple. E.g. it should be valid to call "
                           "f(*primals).")  # fmt: skip
    flat, flat_tangents = leaves_of(primals), leaves_of(tangents)
    if len(flat) != len(flat_tangents) or not isinstance(tangents, tuple):
        raise RuntimeError(
            "jvp(f, primals, tangents): Expected primals and tangents to have the same python structure. For example, "
            f"if primals is a tuple of 3 tensors, tangents also must be. Got {len(flat)} primals and "
            f"{len(flat_tangents)} tangents"
        )
    for x, t in zip(flat, flat_tangents, strict=True):
        if x.shape != t.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is "
                f"not supported. Tensor is of size {list(x.shape)} while the given forward gradient is of size "
                f"{list(t.shape)}."
            )
    level = Level()
    before = state.set_mode(transforms=(*state.modes.transforms, "jvp"))
    level.enter()
    try:
        duals = [_dual(level, x, t) for x, t in zip(flat, flat_tangents, strict=True)]
        output, aux = _split_aux(func(*with_leaves(primals, duals)), has_aux, "jvp(f, primals, tangents)")
        pushed = map_leaves(lambda out: _tangent_of(level, out, strict), output)
    finally:
        level.leave()
        state.set_mode(**before)
    return (output, pushed, aux) if has_aux else (output, pushed)


def _dual(level: Level, primal: Any, tangent: Any) -> Any:
    dual = alias_op(primal)
    with level.around():
        level.give(dual, tangent)
    return dual


def _tangent_of(level: Level, output: Any, strict: bool) -> Any:
    if not isinstance(output, Tensor):
        raise RuntimeError(
            f"jvp(f, primals, tangents): Expected f(*primals) to return only tensors, got {type(output)}"
        )
    tangent = level.tangent_of(output)
    if tangent is None and strict:
        raise RuntimeError(
            "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
            "with strict=True."
        )
    return zeros_like(output) if tangent is None else tangent


def linearize(func: Callable[..., Any], *primals: Any) -> Any:
    """The outputs, and the linear function from tangents of the primals to those of the outputs."""

    def push_forward(*tangents: Any) -> Any:
        return jvp(func, primals, tangents)[1]

    return func(*primals), push_forward


def _basis(leaves: list[Any]) -> list[Any]:
    """For each tensor, its part of the standard basis of all of them together: one row an element."""
    total, start, parts = sum(x.numel() for x in leaves), 0, []
    for x in leaves:
        part = np.zeros((total, x.numel()), x._array.dtype)
        part[start : start + x.numel()] = np.eye(x.numel(), dtype=x._array.dtype)
        start += x.numel()
        parts.append(wrap(part.reshape(total, *x.shape)))
    return parts


def jacrev(
    func: Callable[..., Any], argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that returns the Jacobian, row by row; its form is the outputs', each of the arguments' (HOD-19)."""
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    @functools.wraps(func)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        def of_chosen(chosen: Any) -> Any:
            return func(*_with_chosen(arguments, argnums, chosen), **keywords)

        chosen = _chosen(arguments, argnums)
        output, pull_back, *aux = vjp(of_chosen, chosen, has_aux=has_aux)
        outputs, inputs = leaves_of(output), leaves_of(chosen)
        rows = vmap(lambda *weights: tuple(leaves_of(pull_back(with_leaves(output, weights)))), chunk_size=chunk_size)(
            *_basis(outputs)
        )
        blocks, start = [], 0
        for out in outputs:
            stop = start + out.numel()
            of_output = [row[start:stop].reshape(*out.shape, *x.shape) for row, x in zip(rows, inputs, strict=True)]
            blocks.append(with_leaves(chosen, of_output))
            start = stop
        jacobian = with_leaves(output, blocks)
        return (jacobian, aux[0]) if has_aux else jacobian

    return wrapped


def jacfwd(
    func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error"
) -> Callable[..., Any]:
    """A function that returns the Jacobian, column by column; its form is the outputs', each of the arguments'."""

    @functools.wraps(func)
    def wrapped(*arguments: Any, **keywords: Any) -> Any:
        chosen = _chosen(arguments, argnums)
        inputs = leaves_of(chosen)

        def of_leaves(*leaves: Any) -> Any:
            return func(*_with_chosen(arguments, argnums, with_leaves(chosen, leaves)), **keywords)

        def push(*tangents: Any) -> Any:
            return jvp(of_leaves, tuple(inputs), tangents, has_aux=has_aux)[1:]

        pushed, *aux = vmap(push, randomness=randomness)(*_basis(inputs))
        blocks = []
        for columns in leaves_of(pushed):
            shape, start, of_output = columns.shape[1:], 0, []
            for x in inputs:
                stop = start + x.numel()
                of_output.append(columns[start:stop].movedim(0, -1).reshape(*shape, *x.shape))
                start = stop
            blocks.append(with_leaves(chosen, of_output))
        jacobian = with_leaves(pushed, blocks)
        return (jacobian, map_leaves(lambda a: a[0], aux[0])) if has_aux else jacobian

    return wrapped


def hessian(func: Callable[..., Any], argnums: Any = 0) -> Callable[..., Any]:
    """A function that returns the Hessian, forward over reverse."""
    return jacfwd(jacrev(func, argnums), argnums)
