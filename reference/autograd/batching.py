"""Batched tensors, on which ``torch.func.vmap`` runs a function once.

A batched tensor stands for one tensor a sample and looks like any of them; an operation on batched tensors is applied
to the samples one by one. Whatever an operation does (recording, tangents, views, in-place writes) it thus does to
tensors of the ordinary kind. What would need one answer for all samples is refused, as PyTorch refuses it.
Source: https://docs.pytorch.org/docs/stable/func.ux_limitations.html.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from reference import state
from reference.tensor import Tensor


class BatchLevel:
    """One running vmap: its number of samples, and what it does about random numbers."""

    def __init__(self, size: int, randomness: str) -> None:
        self.size, self.randomness = size, randomness
        self.outer = state.modes.batch_level
        self.depth = 1 if self.outer is None else self.outer.depth + 1


class BatchedTensor(Tensor):
    """One tensor a sample of a level; ``_array`` is that of the first sample, for its shape and dtype."""

    _samples: list[Any]
    _level: BatchLevel

    def __new__(cls, *arguments: Any) -> Any:
        """Made by `batch` alone."""
        raise TypeError("batched tensors are made by vmap")

    @property
    def _requires_grad(self) -> bool:  # type: ignore[override]
        return any(sample._requires_grad for sample in self._samples)

    @_requires_grad.setter
    def _requires_grad(self, value: bool) -> None:
        for sample in self._samples:
            sample._requires_grad = value

    @property
    def _node(self) -> Any:  # type: ignore[override]
        return self._samples[0]._node

    @property
    def requires_grad(self) -> bool:
        """Whether gradients reach it within the innermost transform, which a vmap is not for."""
        return state.modes.transforms[-1:] != ("vmap",) and super().requires_grad

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    @property
    def grad_fn(self) -> Any:
        """The node of its first sample; None where the innermost transform is a vmap."""
        return super().grad_fn if self.requires_grad else None

    @property
    def is_leaf(self) -> bool:
        """Whether it has no node there."""
        return not self.requires_grad or super().is_leaf

    def __iter__(self) -> Any:
        return iter([self[i] for i in range(len(self))])

    def __bool__(self) -> bool:
        raise RuntimeError(
            "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't "
            "support that yet, please shout over at https://github.com/pytorch/functorch/issues/257 ."
        )

    @property
    def _pending(self) -> Any:  # type: ignore[override]
        return self._samples[0]._pending

    def detach(self) -> Any:
        """Each sample detached."""
        return per_sample(Tensor.detach, self)

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        """Set the flag of each sample."""
        for sample in self._samples:
            sample.requires_grad_(requires_grad)
        return self

    def register_hook(self, hook: Callable[..., Any]) -> None:
        """Refuse: each sample has a backward pass of its own."""
        raise RuntimeError("vmap: hooks on batched tensors are not supported")

    def numpy(self, *, force: bool = False) -> Any:
        """Refuse: there is one array a sample."""
        raise RuntimeError("Cannot access data pointer of Tensor that doesn't have storage")

    def tolist(self) -> Any:
        """Refuse: there is one list a sample."""
        raise RuntimeError("vmap: It looks like you're calling .tolist() on a Tensor, which is not supported.")

    def item(self) -> Any:
        """Refuse: each sample has its own."""
        raise RuntimeError(
            "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a "
            "Tensor, please try to rewrite what you're doing with other operations. If error is occurring somewhere "
            "inside PyTorch internals, please file a bug report."
        )

    def __repr__(self) -> str:
        return f"BatchedTensor(lvl={self._level.depth}, bdim=0, value={stacked(self)!r})"


def batch(level: BatchLevel, samples: Sequence[Any]) -> Any:
    """A batched tensor of the samples' tensors; samples that are no tensors must be one object for all."""
    first = samples[0]
    if not isinstance(first, Tensor):
        if isinstance(first, tuple):
            parts = [batch(level, column) for column in zip(*samples, strict=True)]
            return type(first)(*parts) if hasattr(first, "_fields") else tuple(parts)
        return first
    if isinstance(first, BatchedTensor) and first._level.depth > level.depth:  # the inner level is the outer wrapper
        return batch(
            first._level, [batch(level, column) for column in zip(*[s._samples for s in samples], strict=True)]
        )
    made = object.__new__(BatchedTensor)
    made._level, made._samples = level, list(samples)
    made._array, made._counter, made._nr, made._view = first._array, first._counter, 0, None
    return made


def stacked(tensor: BatchedTensor, dim: int = 0) -> Any:
    """The samples as one tensor of the level around."""
    from reference.ops.joining import stack

    return stack(tensor._samples, dim)


def level_of(values: Iterable[Any]) -> BatchLevel | None:
    """The innermost level of the batched tensors among values, lists and tuples of them; None where there is none."""
    found: BatchLevel | None = None
    for value in values:
        level = None
        if isinstance(value, BatchedTensor):
            level = value._level
        elif isinstance(value, (list, tuple)):
            level = level_of(value)
        if level is not None and (found is None or level.depth > found.depth):
            found = level
    return found


def is_batched(*values: Any) -> bool:
    """Whether any of the values, or of what lists and tuples among them hold, is batched."""
    return level_of(values) is not None


def sample_of(value: Any, level: BatchLevel, i: int) -> Any:
    """What a value is for one sample; a list or tuple of what its elements are."""
    if isinstance(value, BatchedTensor):
        if value._level is level:
            return value._samples[i]
        if level.depth > value._level.depth:
            return value
        return batch(value._level, [sample_of(sample, level, i) for sample in value._samples])
    if isinstance(value, list):
        return [sample_of(element, level, i) for element in value]
    if type(value) is tuple:
        return tuple(sample_of(element, level, i) for element in value)
    return value


def _carried_sample(value: Any, level: BatchLevel, i: int) -> Any:
    """`sample_of` a value, and of its tangents: a tensor that is not batched may have tangents that are."""
    forward = state.modes.forward_level
    if forward is None:
        return sample_of(value, level, i)
    if isinstance(value, (list, tuple)):
        return type(value)([_carried_sample(element, level, i) for element in value])
    if isinstance(value, BatchedTensor):
        if value._level is level:
            return value._samples[i]
        return batch(value._level, [_carried_sample(sample, level, i) for sample in value._samples])
    return forward.with_tangents_of_sample(value, level, i) if isinstance(value, Tensor) else value


def per_sample(function: Callable[..., Any], *arguments: Any, **keywords: Any) -> Any:
    """Call a function for each sample of the innermost level among its arguments, and batch the results."""
    level = level_of((*arguments, *keywords.values()))
    if level is None:
        return function(*arguments, **keywords)
    results = [
        per_sample(
            function,
            *[_carried_sample(a, level, i) for a in arguments],
            **{name: _carried_sample(a, level, i) for name, a in keywords.items()},
        )
        for i in range(level.size)
    ]
    return batch(level, results)


def call_per_sample(function: Callable[..., Any], arguments: Any, keywords: Any) -> Any:
    """A function that looks into its arguments' arrays, for each sample; in place only on a batched target."""
    name = function.__name__
    if name.endswith("_") or name == "setitem":
        _require_batched_target(name, arguments[0], (*arguments, *keywords.values()))
    return per_sample(function, *arguments, **keywords)


def draw_per_sample(call: Any, function: Callable[..., Any], arguments: Any, keywords: Any) -> Any:
    """A function that draws random numbers: the same for all samples of the current level, or different ones.

    ``call`` is the function as it is called, which asks the levels around.
    """
    from reference.random import get_rng_state, set_rng_state

    level = state.modes.batch_level
    if level.randomness == "error":  # it may yet draw none
        return function(*arguments, **keywords)
    batched = level_of((*arguments, *keywords.values())) is level
    before = state.set_mode(batch_level=level.outer)
    try:
        if level.randomness == "same" and not batched:
            return call(*arguments, **keywords)
        if function.__name__.endswith("_") and not batched:
            raise RuntimeError(
                "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same "
                "randomness. If this is necessary for your usage, please file an issue with functorch."
            )
        start = get_rng_state()
        results = []
        for i in range(level.size):
            if level.randomness == "same":
                set_rng_state(start)
            own = [_carried_sample(a, level, i) for a in arguments]
            results.append(call(*own, **{name: _carried_sample(a, level, i) for name, a in keywords.items()}))
        return batch(level, results)
    finally:
        state.set_mode(**before)


def _require_batched_target(name: str, target: Any, values: Any) -> None:
    if not isinstance(target, BatchedTensor) or target._level is not level_of(values):
        raise RuntimeError(
            f"vmap: aten::{name}(self, *extra_args) is not possible because there exists a Tensor `other` in "
            "extra_args that has more elements than `self`. This happened due to `other` being vmapped over but `self` "
            "not being vmapped over in a vmap. Please try to use out-of-place operators instead of "
            f"aten::{name}. If said operator is being called inside the PyTorch framework, please file a bug report "
            "instead."
        )


def write_per_sample(op: Any, target: Any, others: Any, parameters: Any) -> Any:
    """An in-place operation on a batched target; refused on one that is not, with a batched operand."""
    from reference.ops.writing import write_in_place

    _require_batched_target(f"{op.name}_", target, (target, *others))
    per_sample(lambda *inputs: write_in_place(op, *inputs, **parameters), target, *others)
    return target


def grad_per_sample(outputs: Any, inputs: Any, gradients: Any, keep_graph: bool, **options: Any) -> Any:
    """`grad` for each sample; None where no value is batched."""
    from reference.autograd.backward_pass import grad

    level = level_of((outputs, inputs, gradients))
    if level is None:
        return None
    for i, output in enumerate(outputs):
        if isinstance(output, BatchedTensor) and not output.requires_grad:
            raise RuntimeError(f"element {i} of tensors does not require grad and does not have a grad_fn")
    last = level.size - 1
    rows = [
        grad(
            sample_of(tuple(outputs), level, i),
            sample_of(tuple(inputs), level, i),
            sample_of(tuple(gradients), level, i),
            retain_graph=keep_graph or i < last,
            **options,
        )
        for i in range(level.size)
    ]
    return [batch(level, column) for column in zip(*rows, strict=True)]
