"""The drawn index expressions: they are literals, and the scenarios' own account of indexing is NumPy's."""

import ast

import numpy
from hypothesis import given

from conformance.scenarios.indexing_drawn import selected
from conformance.strategies.indexing import indexed_shapes


def numpy_index(drawn):
    dtypes = {"array": numpy.intp, "mask": numpy.bool_}
    index = []
    for item in drawn:
        if not isinstance(item, list):
            index.append(... if item == "..." else item)
        elif item[0] == "slice":
            index.append(slice(*item[1:]))
        else:
            index.append(numpy.array(item[1], dtype=dtypes[item[0]]))
    return tuple(index)


def by_slices(shape, index):
    """The index with slices for integers and for the ellipsis.

    Beside arrays NumPy counts an integer as one of them, PyTorch takes it first; an ellipsis parts NumPy's arrays.
    """
    left = len(shape) - sum(item is not None and item != "..." for item in index)
    items = []
    for item in index:
        if item == "...":
            items += [["slice", None, None, None]] * left
        else:
            items.append(["slice", item, item + 1 or None, None] if isinstance(item, int) else item)
    return items


@given(indexed_shapes())
def test_a_drawn_expression_is_a_literal(drawn):
    assert ast.literal_eval(repr(drawn)) == drawn


@given(indexed_shapes(advanced=False))
def test_basic_indexing_selects_what_numpy_selects(drawn):
    shape, index = drawn
    expected = numpy.arange(numpy.prod(shape)).reshape(shape)[numpy_index(index)]
    assert selected(shape, index) == (list(expected.shape), expected.ravel().tolist())


@given(indexed_shapes())
def test_advanced_indexing_selects_what_numpy_selects(drawn):
    shape, index = drawn[0], by_slices(*drawn)
    expected = numpy.arange(numpy.prod(shape)).reshape(shape)[numpy_index(index)]
    assert selected(shape, index) == (list(expected.shape), expected.ravel().tolist())


@given(indexed_shapes(repeats=False))
def test_an_index_to_assign_through_selects_nothing_twice(drawn):
    shape, index = drawn
    _, positions = selected(shape, index)
    assert len(set(positions)) == len(positions)
