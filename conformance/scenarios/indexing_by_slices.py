"""Basic indexing: integers, ranges, steps, ellipsis and None make views, and the gradient goes back through them."""

from conformance.scenario import scenario

# Index expressions into a 2x3 leaf, as the text between the brackets reads, with the factor that a mean gives
# each element they select.
PARTIAL_SLICES = {
    "a-row": ((1,), [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]),
    "a-negative-row": ((-2,), [[1 / 3, 1 / 3, 1 / 3], [0, 0, 0]]),
    "an-element": ((1, 2), [[0, 0, 0], [0, 0, 1]]),
    "a-column": ((slice(None), 1), [[0, 1 / 2, 0], [0, 1 / 2, 0]]),
    "a-range": ((0, slice(1, 3)), [[0, 1 / 2, 1 / 2], [0, 0, 0]]),
    "an-open-range": ((slice(1, None),), [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]),
    "a-range-from-the-end": ((slice(None), slice(-2, None)), [[0, 1 / 4, 1 / 4], [0, 1 / 4, 1 / 4]]),
    "a-range-past-the-end": ((slice(1, 100),), [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]),
    "a-step": ((slice(None), slice(None, None, 2)), [[1 / 4, 0, 1 / 4], [1 / 4, 0, 1 / 4]]),
    "a-step-past-the-end": ((slice(None), slice(1, None, 2)), [[0, 1 / 2, 0], [0, 1 / 2, 0]]),
    "ellipsis": ((Ellipsis, 0), [[1 / 2, 0, 0], [1 / 2, 0, 0]]),
    "ellipsis-alone": ((Ellipsis,), [[1 / 6, 1 / 6, 1 / 6], [1 / 6, 1 / 6, 1 / 6]]),
    "none-and-a-row": ((None, 1), [[0, 0, 0], [1 / 3, 1 / 3, 1 / 3]]),
    "none-between": ((0, None, slice(0, 2)), [[1 / 2, 1 / 2, 0], [0, 0, 0]]),
}

# Expressions of IDX-05 on a 2x3 leaf: index, shape of the result, the gradient for upstream values 1, 2, 3, ...
ELLIPSIS_AND_NONE = {
    "ellipsis-first": ((Ellipsis, 0), [2], [[1, 0, 0], [2, 0, 0]]),
    "ellipsis-last": ((1, Ellipsis), [3], [[0, 0, 0], [1, 2, 3]]),
    "ellipsis-for-no-dimension": ((0, Ellipsis, 1), [], [[0, 1, 0], [0, 0, 0]]),
    "none-in-front": ((None, 0), [1, 3], [[1, 2, 3], [0, 0, 0]]),
    "none-behind": ((slice(None), 2, None), [2, 1], [[0, 0, 1], [0, 0, 2]]),
    "none-twice": ((None, slice(None), None, slice(0, 2)), [1, 2, 1, 2], [[1, 2, 0], [3, 4, 0]]),
    "ellipsis-and-none": ((Ellipsis, 0, None), [2, 1], [[1, 0, 0], [2, 0, 0]]),
}


@scenario("IDX-01", needs=["BWD-06"])
def a_slice_gives_its_gradient_to_the_elements_inside(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x[1:3]
    observe("the slice", y, documented=[2, 3])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[0, 10, 20, 0])


@scenario("IDX-01/two-overlapping-slices", needs=["IDX-01", "ACC-03/x+x"])
def overlapping_slices_of_one_leaf_add_their_gradients(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    (x[:3] * torch.tensor([1.0, 2.0, 3.0]) + x[1:] * torch.tensor([10.0, 20.0, 30.0])).sum().backward()
    observe("the gradient", x.grad, documented=[1, 12, 23, 30])


@scenario("IDX-01/a-slice-of-a-slice", needs=["IDX-01"])
def a_slice_of_a_slice_reaches_the_leaf(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    y = x[1:][::2]
    observe("the slice", y, documented=[2, 4])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[0, 10, 0, 20, 0])


@scenario("IDX-01/of-a-computed-tensor", needs=["IDX-01"])
def a_slice_of_a_computed_tensor_masks_the_chain_rule(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    (x * x)[:2].sum().backward()
    observe("the gradient", x.grad, documented=[2, 4, 0])


@scenario("IDX-01/the-gradient-accumulates", needs=["IDX-01", "ACC-02"])
def backward_through_different_slices_accumulates(torch, observe):
    w = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    torch.mean(w[1]).backward()
    observe("after the second row", w.grad, documented=[[0, 0, 0], [1 / 3, 1 / 3, 1 / 3]])
    torch.mean(w[0]).backward()
    observe("after the first row too", w.grad, documented=[[1 / 3, 1 / 3, 1 / 3], [1 / 3, 1 / 3, 1 / 3]])


@scenario("IDX-01/mean-of", cases=PARTIAL_SLICES, needs=["BWD-01"])
def the_mean_of_a_part_spreads_over_that_part_alone(torch, observe, case):
    index, gradient = case
    w = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    torch.mean(w[index]).backward()
    observe("the gradient", w.grad, documented=gradient)


@scenario("IDX-02", needs=["BWD-01"])
def an_integer_index_gives_its_gradient_to_one_element(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[1]
    observe("the element", y, documented=2.0)
    observe("its shape", list(y.shape), documented=[])
    (y * 5.0).backward()
    observe("the gradient", x.grad, documented=[0, 5, 0])


@scenario("IDX-02/a-row", needs=["BWD-06"])
def an_integer_index_of_a_matrix_gives_its_gradient_to_one_row(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    x[1].backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[[0, 0], [10, 20], [0, 0]])


@scenario("IDX-02/chained", needs=["IDX-02/a-row"])
def chained_integer_indices_reach_one_element(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    (x[1][0] * 7.0).backward()
    observe("the gradient", x.grad, documented=[[0, 0], [7, 0]])


@scenario("IDX-03", needs=["IDX-01"])
def a_step_leaves_the_skipped_elements_without_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    y = x[::2]
    observe("the slice", y, documented=[1, 3, 5])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[10, 0, 20, 0, 30])


@scenario("IDX-03/in-two-dimensions", needs=["IDX-03"])
def steps_in_two_dimensions_pick_a_grid(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]], requires_grad=True)
    y = x[::2, ::2]
    observe("the grid", y, documented=[[1, 3], [7, 9]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[1, 0, 2], [0, 0, 0], [3, 0, 4]])


@scenario("IDX-03/a-range-with-a-step", needs=["IDX-03"])
def a_range_with_a_step_stops_before_its_end(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], requires_grad=True)
    y = x[1:5:3]
    observe("the slice", y, documented=[2, 5])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[0, 10, 0, 0, 20, 0])


@scenario("IDX-04", needs=["IDX-02"])
def a_negative_integer_counts_from_the_end(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[-1]
    observe("the element", y, documented=3.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0, 0, 1])


@scenario("IDX-04/in-a-range", needs=["IDX-01"])
def negative_bounds_of_a_range_count_from_the_end(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x[-3:-1]
    observe("the slice", y, documented=[2, 3])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[0, 10, 20, 0])


@scenario("IDX-05", cases=ELLIPSIS_AND_NONE, needs=["BWD-06"])
def the_gradient_of_an_ellipsis_or_none_is_reshaped_back(torch, observe, case):
    index, shape, gradient = case
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x[index]
    observe("the shape", list(y.shape), documented=shape)
    y.backward(torch.arange(1.0, 1.0 + y.numel()).reshape(shape))
    observe("the gradient", x.grad, documented=gradient)


@scenario("IDX-06")
def a_negative_step_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("a step of -1", ValueError, saying="step"):
        x[::-1]


@scenario("IDX-06/a-step-of-zero")
def a_step_of_zero_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("a step of 0", ValueError, saying="step"):
        x[::0]


@scenario("IDX-07", needs=["IDX-01"])
def an_empty_slice_gives_a_gradient_of_zeros(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[2:2]
    observe("the shape", list(y.shape), documented=[0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[0, 0, 0])


@scenario("IDX-07/a-range-that-runs-backwards", needs=["IDX-07"])
def a_range_whose_end_lies_before_its_start_is_empty(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x[:, 2:1]
    observe("the shape", list(y.shape), documented=[2, 0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[0, 0, 0], [0, 0, 0]])


@scenario("IDX-60")
def an_integer_index_out_of_range_raises_in_forward(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("an index past the end", IndexError, saying=("5", "3")):
        x[5]
    with observe.raises("an index before the start", IndexError, saying=("-4", "3")):
        x[-4]


@scenario("IDX-60/too-many-indices")
def more_indices_than_dimensions_raise(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("two indices into a vector", IndexError, saying="too many indices"):
        x[0, 0]


@scenario("IDX-60/of-a-0-dim-tensor")
def a_0_dim_tensor_cannot_be_indexed_by_an_integer(torch, observe):
    x = torch.tensor(1.0, requires_grad=True)
    with observe.raises("an integer index", IndexError, saying="0-dim"):
        x[0]


@scenario("IDX-60/afterwards", needs=["IDX-60", "IDX-01"])
def a_refused_index_leaves_the_leaf_usable(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("an index past the end", IndexError):
        x[7]
    x[:2].sum().backward()
    observe("the gradient", x.grad, documented=[1, 1, 0])
