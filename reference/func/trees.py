"""Nested tuples, lists and dicts of tensors, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def leaves_of(tree: Any) -> list[Any]:
    """What is in a tree, in order; anything but a tuple, list or dict is a leaf."""
    if isinstance(tree, (tuple, list)):
        return [leaf for part in tree for leaf in leaves_of(part)]
    if isinstance(tree, dict):
        return [leaf for part in tree.values() for leaf in leaves_of(part)]
    return [tree]


def map_leaves(function: Callable[[Any], Any], tree: Any) -> Any:
    """A tree of the same form, with the function's values in place of the leaves."""
    if isinstance(tree, tuple):
        parts = [map_leaves(function, part) for part in tree]
        return type(tree)(*parts) if hasattr(tree, "_fields") else tuple(parts)
    if isinstance(tree, list):
        return [map_leaves(function, part) for part in tree]
    if isinstance(tree, dict):
        return type(tree)((key, map_leaves(function, part)) for key, part in tree.items())
    return function(tree)


def with_leaves(tree: Any, leaves: Iterable[Any]) -> Any:
    """A tree of the same form, with other leaves."""
    rest = iter(leaves)
    return map_leaves(lambda leaf: next(rest), tree)


def spread(prefix: Any, tree: Any) -> list[Any] | None:
    """One entry a leaf of the tree, from a tree of fewer branches; None where the two do not fit.

    ``spread((0, None), (x, {"a": y, "b": z}))`` is ``[0, None, None]``.
    """
    if not isinstance(prefix, (tuple, list, dict)):
        return [prefix] * len(leaves_of(tree))
    if type(prefix) is not type(tree) or len(prefix) != len(tree):
        return None
    keys = list(prefix) if isinstance(prefix, dict) else list(range(len(prefix)))
    if isinstance(prefix, dict) and set(keys) != set(tree):
        return None
    found: list[Any] = []
    for key in keys:
        part, branch = prefix[key], tree[key]
        entries = spread(part, branch)
        if entries is None:
            return None
        found.extend(entries)
    return found
