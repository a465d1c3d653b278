"""Shapes and index expressions drawn at random: what a list of examples cannot exhaust.

A drawn value is ``[shape, index]``; an index is a list of ints, ``"..."``, None, ``["slice", start, stop, step]``,
``["array", [...]]`` and ``["mask", [...]]`` (conformance/strategies/indexing.py). The documented values come from
the rules of indexing alone, followed in plain Python on the positions of the elements.
"""

import itertools
import math

from conformance.scenario import scenario
from conformance.strategies.indexing import indexed_shapes


def to_index(torch, drawn):
    """The index that a drawn literal stands for, with the engine's own tensors."""
    index: list = []
    for item in drawn:
        if item == "...":
            index.append(...)
        elif not isinstance(item, list):
            index.append(item)
        elif item[0] == "slice":
            index.append(slice(*item[1:]))
        else:
            index.append(torch.tensor(item[1], dtype=torch.bool if item[0] == "mask" else torch.int64))
    return tuple(index)


def selected(shape, drawn):
    """The shape of the result of indexing, and the flat positions of the elements in it."""
    items = drawn if "..." in drawn else [*drawn, "..."]
    used = sum(item is not None and item != "..." for item in items)
    at = items.index("...")
    items = [*items[:at], *[["slice", None, None, None]] * (len(shape) - used), *items[at + 1 :]]

    origin = 0  # what the integers add to every position
    axes = []  # a list of offsets for each dimension of the result
    arrays = []  # (the dimension of the result in front of which it stands, offsets) for each array or mask
    dimensions = iter(range(len(shape)))
    for item in items:
        if item is None:
            axes.append([0])
            continue
        dimension = next(dimensions)
        size, stride = shape[dimension], math.prod(shape[dimension + 1 :])
        if isinstance(item, int):
            origin += item % size * stride
        elif item[0] == "slice":
            axes.append([i * stride for i in range(size)[slice(*item[1:])]])
        elif item[0] == "array":
            arrays.append((len(axes), [i % size * stride for i in item[1]]))
        else:
            arrays.append((len(axes), [i * stride for i, true in enumerate(item[1]) if true]))
    if arrays:
        # Their common dimension takes their place where they stand side by side, else it comes first.
        places = {place for place, _ in arrays}
        together = [sum(offsets) for offsets in zip(*(offsets for _, offsets in arrays), strict=True)]
        axes.insert(places.pop() if len(places) == 1 else 0, together)
    return [len(axis) for axis in axes], [origin + sum(offsets) for offsets in itertools.product(*axes)]


def counting(torch, shape):
    """A tensor of a shape that holds 1, 2, 3, ..."""
    return torch.arange(1.0, 1.0 + math.prod(shape)).reshape(shape)


def observe_reading(torch, observe, shape, index):
    x = counting(torch, shape).requires_grad_()
    y = x[to_index(torch, index)]
    result_shape, positions = selected(shape, index)
    observe("the shape", list(y.shape), documented=result_shape)
    observe("the elements", y.reshape(-1), documented=[1.0 + position for position in positions])
    if y.numel():
        y.backward(counting(torch, result_shape))
        gradient = [0.0] * math.prod(shape)
        for upstream, position in enumerate(positions, start=1):
            gradient[position] += upstream
        observe("the gradient", x.grad.reshape(-1), documented=gradient)


def observe_assigning(torch, observe, shape, index, value_shape):
    x = counting(torch, shape).requires_grad_()
    value = (counting(torch, value_shape) * -1.0).detach().requires_grad_()
    y = x * 1.0
    y[to_index(torch, index)] = value
    _, positions = selected(shape, index)
    values = [-1.0 - i for i in range(len(positions))] if value_shape else [-1.0] * len(positions)
    written = dict(zip(positions, values, strict=True))
    size = math.prod(shape)
    observe("the tensor", y.reshape(-1), documented=[written.get(i, 1.0 + i) for i in range(size)])
    y.backward(counting(torch, shape))
    kept = [0.0 if i in written else 1.0 + i for i in range(size)]
    observe("the gradient of the former content", x.grad.reshape(-1), documented=kept)
    into_value = [1.0 + position for position in positions]
    into_value = into_value if value_shape else [float(sum(into_value))]
    observe("the gradient of the value", value.grad.reshape(-1), documented=into_value)


@scenario("IDX-01/drawn", draws=indexed_shapes(advanced=False), needs=["IDX-01", "IDX-02", "IDX-03"])
def reading_through_any_basic_index(torch, observe, drawn):
    shape, index = drawn
    observe_reading(torch, observe, shape, index)


@scenario("IDX-12/drawn", draws=indexed_shapes(), needs=["IDX-09", "IDX-11", "IDX-12"])
def reading_through_any_index(torch, observe, drawn):
    shape, index = drawn
    observe_reading(torch, observe, shape, index)


@scenario("IDX-25/drawn", draws=indexed_shapes(advanced=False), needs=["IDX-25"])
def assigning_through_any_basic_index(torch, observe, drawn):
    shape, index = drawn
    observe_assigning(torch, observe, shape, index, selected(shape, index)[0])


@scenario("IDX-25/drawn-of-a-scalar", draws=indexed_shapes(repeats=False), needs=["IDX-25/a-0-dim-value"])
def assigning_a_0_dim_tensor_through_any_index(torch, observe, drawn):
    shape, index = drawn
    observe_assigning(torch, observe, shape, index, [])


@scenario("IDX-24/drawn", draws=indexed_shapes(repeats=False), needs=["IDX-24", "IDX-26"])
def assigning_through_any_index(torch, observe, drawn):
    shape, index = drawn
    observe_assigning(torch, observe, shape, index, selected(shape, index)[0])
