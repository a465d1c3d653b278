"""Reading and writing elements by arrays of indices: the rows that indexing, gathering and scattering rest on.

``places`` is a NumPy index in which None stands for the next index tensor. The index tensors are inputs of their own,
for the operation saves them (BWD-14); there is a row for each number of them.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from reference.ops.nodes import taking
from reference.ops.rules import raw, zeros_shaped
from reference.ops.table import Op


def _index(places: Any, indices: Any) -> Any:
    following = iter(indices)
    return tuple(raw(next(following)) if place is None else place for place in places)


@functools.cache
def index_op(count: int) -> Op:
    """``self[places]`` with so many index tensors; repeated indices sum their gradients (IDX-09)."""
    indices = tuple(f"index{i}" for i in range(count))

    def kernel(self: Any, *indices: Any, places: Any) -> Any:
        return self[_index(places, indices)]

    def rule(g: Any, self_shape: Any, places: Any, *indices: Any) -> Any:
        return put_added(g, self_shape, places, *indices)

    return Op("index", kernel, inputs=("self", *indices), self=taking(rule, "self_shape", "places", *indices))


@functools.cache
def index_put_op(count: int) -> Op:
    """``self`` with ``values`` at the places: what was there gets no gradient, the values theirs (IDX-24 to IDX-26)."""
    indices = tuple(f"index{i}" for i in range(count))

    def kernel(self: Any, values: Any, *indices: Any, places: Any) -> Any:
        out = np.array(self)
        out[_index(places, indices)] = values
        return out

    def rule_of_self(g: Any, places: Any, *indices: Any) -> Any:
        return index_put_op(count)(g, zeros_shaped(g, ()), *indices, places=places)

    def rule_of_values(g: Any, places: Any, *indices: Any) -> Any:
        return index_op(count)(g, *indices, places=places)

    return Op(
        "index_put",
        kernel,
        inputs=("self", "values", *indices),
        self=taking(rule_of_self, "places", *indices),
        values=taking(rule_of_values, "places", *indices),
    )


@functools.cache
def index_put_accumulate_op(count: int, saves_values: bool = False) -> Op:
    """``self`` with ``values`` added at the places, several at one place adding up; of some, those are saved too."""
    indices = tuple(f"index{i}" for i in range(count))

    def kernel(self: Any, values: Any, *indices: Any, places: Any) -> Any:
        out = np.array(self)
        np.add.at(out, _index(places, indices), values)
        return out

    def rule_of_values(g: Any, places: Any, *saved: Any) -> Any:
        return index_op(count)(g, *saved[:count], places=places)

    return Op(
        "index_put_accumulate",
        kernel,
        inputs=("self", "values", *indices),
        node="IndexPutBackward0",
        self=taking(lambda g, *indices: g, *indices),  # they are saved all the same
        values=taking(rule_of_values, "places", *indices, *(["values"] if saves_values else ())),
    )


def put_added(g: Any, shape: Any, places: Any, *indices: Any, saves_gradient: bool = False) -> Any:
    """Zeros with the gradient added at the places."""
    return index_put_accumulate_op(len(indices), saves_gradient)(zeros_shaped(g, shape), g, *indices, places=places)
