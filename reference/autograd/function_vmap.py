"""A custom Function inside ``vmap``: by its own rule, or sample by sample where it asks for a generated one (FUN-25).

Source: https://docs.pytorch.org/docs/stable/notes/extending.func.html.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from reference import state
from reference.autograd.batching import BatchedTensor, BatchLevel, batch, level_of, per_sample, stacked
from reference.func.trees import map_leaves, spread
from reference.ops.slices import select


class VmapInfo(NamedTuple):
    """What a Function's ``vmap`` is told of the vmap around it."""

    batch_size: int
    randomness: str


def apply_in_vmap(cls: Any, inputs: tuple[Any, ...], overridden: bool) -> Any:
    """``apply`` on inputs some of which are batched; ``overridden`` says whether the Function has its own rule.

    RuntimeError where it has neither that nor ``generate_vmap_rule``, or both.
    """
    if cls.generate_vmap_rule and overridden:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an overridden vmap "
            "staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid "
            "ambiguity. For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
        )
    if not cls.generate_vmap_rule and not overridden:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and implement "
            "the vmap staticmethod or set generate_vmap_rule=True. For more details, please see "
            "https://pytorch.org/docs/main/notes/extending.func.html"
        )
    if cls.generate_vmap_rule:
        return per_sample(cls.apply, *inputs)
    level = level_of(inputs)
    assert level is not None
    return _by_own_rule(cls, level, inputs)


def _by_own_rule(cls: Any, level: BatchLevel, inputs: tuple[Any, ...]) -> Any:
    def own(value: Any) -> bool:
        return isinstance(value, BatchedTensor) and value._level is level

    in_dims = tuple(map_leaves(lambda value: 0 if own(value) else None, x) for x in inputs)
    given = [map_leaves(lambda value: stacked(value) if own(value) else value, x) for x in inputs]
    before = state.set_mode(batch_level=level.outer, transforms=state.modes.transforms[:-1])
    try:
        returned = cls.vmap(VmapInfo(level.size, level.randomness), in_dims, *given)
        if not isinstance(returned, tuple) or len(returned) != 2:
            raise RuntimeError(
                "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure "
                "compatible with the output."
            )
        output, out_dims = returned
        dims = spread(out_dims, output)
        if dims is None:
            raise RuntimeError(
                "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
                f"out_dims={out_dims} to be compatible with the structure of `output`."
            )
        along = iter(dims)
        columns = map_leaves(lambda out: _samples_along(out, next(along), level.size), output)
    finally:
        state.set_mode(**before)
    return map_leaves(lambda column: batch(level, column.samples) if column.samples else column.value, columns)


class _Column:
    """An output of a rule: its samples, or its value where it has none."""

    def __init__(self, value: Any, samples: list[Any]) -> None:
        self.value, self.samples = value, samples


def _samples_along(value: Any, dim: Any, size: int) -> _Column:
    return _Column(value, [] if dim is None else [select(value, dim, i) for i in range(size)])
