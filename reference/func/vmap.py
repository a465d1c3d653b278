"""``torch.func.vmap``: run a function of samples on batches (HOD-20, HOD-21).

The function runs once, on batched tensors (`reference.autograd.batching`).
Source: https://docs.pytorch.org/docs/stable/generated/torch.func.vmap.html.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from reference import state
from reference.autograd.batching import BatchedTensor, BatchLevel, batch, stacked
from reference.func.trees import leaves_of, map_leaves, spread, with_leaves
from reference.ops.joining import cat
from reference.ops.slices import narrow, select
from reference.tensor import Tensor, wrap

RANDOMNESS = ("error", "different", "same")


def vmap(
    func: Callable[..., Any],
    in_dims: Any = 0,
    out_dims: Any = 0,
    randomness: str = "error",
    *,
    chunk_size: int | None = None,
) -> Callable[..., Any]:
    """A function of batches, from a function of samples.

    ``in_dims`` says which dimension of each argument counts the samples, None that all get the argument whole;
    ``out_dims`` where that dimension is in the results. Both may be nested like arguments and results. With
    ``chunk_size`` the function runs once for each chunk of so many samples. ValueError for dimensions that do not fit,
    batches of different sizes, and results that are no tensors; RuntimeError for an unknown ``randomness``.
    """
    if randomness not in RANDOMNESS:
        raise RuntimeError(f"Only allowed values for randomness are 'error', 'different', or 'same'. Got {randomness}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size should be None or greater than 0. (got {chunk_size})")
    name = getattr(func, "__name__", repr(func))

    @functools.wraps(func)
    def mapped(*arguments: Any, **keywords: Any) -> Any:
        dims = _dims_of(name, in_dims, arguments)
        leaves = leaves_of(arguments)
        size = _batch_size(leaves, dims)
        if size == 0:
            return _of_no_samples(func, leaves, dims, arguments, keywords, name, out_dims)
        step = chunk_size or size
        chunks = []
        for start in range(0, size, step):
            level = BatchLevel(min(step, size - start), randomness)
            places = range(start, start + level.size)
            given = [
                x if dim is None else batch(level, [select(x, dim, i) for i in places])
                for x, dim in zip(leaves, dims, strict=True)
            ]
            chunks.append(_run(func, level, with_leaves(arguments, given), keywords, name, out_dims))
        if len(chunks) == 1:
            return chunks[0]
        out = leaves_of(chunks[0])
        joined = zip(*map(leaves_of, chunks), spread(out_dims, chunks[0]) or [0] * len(out), strict=True)
        return with_leaves(chunks[0], [cat(parts, dim) for *parts, dim in joined])

    return mapped


def _of_no_samples(
    func: Any, leaves: list[Any], dims: list[Any], arguments: Any, keywords: Any, name: str, out_dims: Any
) -> Any:
    """The result for no samples: that for one sample of zeros, without the sample."""
    level = BatchLevel(1, "same")
    given = [
        x if dim is None else batch(level, [wrap(np.zeros(np.delete(x.shape, dim), x._array.dtype))])
        for x, dim in zip(leaves, dims, strict=True)
    ]
    result = _run(func, level, with_leaves(arguments, given), keywords, name, out_dims)
    places = iter(spread(out_dims, result) or [0] * len(leaves_of(result)))
    return map_leaves(lambda out: narrow(out, next(places), 0, 0), result)


def _run(func: Any, level: BatchLevel, arguments: Any, keywords: Any, name: str, out_dims: Any) -> Any:
    before = state.set_mode(batch_level=level, transforms=(*state.modes.transforms, "vmap"))
    try:
        result = func(*arguments, **keywords)
    finally:
        state.set_mode(**before)
    dims = spread(out_dims, result)
    if dims is None and isinstance(result, Tensor) and isinstance(out_dims, tuple) and len(out_dims) == 1:
        dims = spread(out_dims[0], result)
    if dims is None or not all(dim is None or isinstance(dim, int) for dim in dims):
        raise ValueError(
            f"vmap({name}, ..., out_dims={out_dims}): out_dims is not compatible with the structure of `outputs`; it "
            "must be an int or a python collection of ints representing where in the outputs the vmapped dimension "
            "should appear."
        )
    places = iter(dims)
    return map_leaves(lambda value: _unbatched(value, level, next(places), name), result)


def _unbatched(value: Any, level: BatchLevel, dim: Any, name: str) -> Any:
    if not isinstance(value, Tensor):
        raise ValueError(f"vmap({name}, ...): `{name}` must only return Tensors, got type {type(value)} as a return.")
    if isinstance(value, BatchedTensor) and value._level is level:
        if dim is None:
            raise ValueError(f"vmap({name}, ...): `{name}` can not return a BatchedTensor when out_dim is None")
        return stacked(value, dim)
    if dim is None:
        return value
    dim = dim % (value.ndim + 1)
    return value.unsqueeze(dim).expand(*value.shape[:dim], level.size, *value.shape[dim:])


def _dims_of(name: str, in_dims: Any, arguments: tuple[Any, ...]) -> list[Any]:
    """The mapped dimension of each leaf of the arguments, counted from the front, or None."""
    call = f"vmap({name}, in_dims={in_dims}, ...)(<inputs>)"
    if not isinstance(in_dims, (int, tuple, list)):
        raise ValueError(
            f"{call}: expected `in_dims` to be int or a (potentially nested) tuple matching the structure of inputs, "
            f"got: {type(in_dims)}."
        )
    if not arguments:
        raise ValueError(
            f"{call}: got no inputs. Maybe you forgot to add inputs, or you are trying to vmap over a function with no "
            "inputs. The latter is unsupported."
        )
    dims = spread(tuple(in_dims) if isinstance(in_dims, list) else in_dims, arguments)
    if dims is None:
        raise ValueError(
            f"{call}: in_dims is not compatible with the structure of `inputs`. in_dims has structure {in_dims} but "
            f"inputs has {len(arguments)} arguments."
        )
    found = []
    for dim, x in zip(dims, leaves_of(arguments), strict=True):
        if dim is not None and not isinstance(dim, int):
            raise ValueError(
                f"{call}: Got in_dim={dim} for an input but in_dim must be either an integer dimension or None."
            )
        if isinstance(dim, int) and not isinstance(x, Tensor):
            raise ValueError(
                f"{call}: Got in_dim={dim} for an input but the input is of type {type(x)}. We cannot vmap over "
                "non-Tensor arguments, please use None as the respective in_dim"
            )
        if dim is not None and not -x.ndim <= dim < x.ndim:
            raise ValueError(
                f"{call}: Got in_dim={dim} for some input, but that input is a Tensor of dimensionality {x.ndim} so "
                f"expected in_dim to satisfy -{x.ndim} <= in_dim < {x.ndim}."
            )
        found.append(dim if dim is None else dim % x.ndim)
    return found


def _batch_size(leaves: list[Any], dims: list[Any]) -> int:
    sizes = [x.shape[dim] for x, dim in zip(leaves, dims, strict=True) if dim is not None]
    if not sizes:
        raise ValueError("vmap: Expected at least one Tensor to vmap over")
    if any(size != sizes[0] for size in sizes):
        raise ValueError(
            f"vmap: Expected all tensors to have the same size in the mapped dimension, got sizes {sizes} for the "
            "mapped dimension"
        )
    return sizes[0]
