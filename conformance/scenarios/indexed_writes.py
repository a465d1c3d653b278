"""Assigning into a slice or mask of a recorded tensor, and the out-of-place writes of the same shapes."""

from conformance.scenario import scenario

# Assignments of the values 10, 20, ... into a recorded 2x3 tensor of ones: the index, the shape of the values,
# the gradients of the former content and of the values for the upstream gradient [[1, 2, 3], [4, 5, 6]].
ASSIGNED = {
    "a-row": ((1,), [3], [[1, 2, 3], [0, 0, 0]], [4, 5, 6]),
    "an-element": ((0, 1), [], [[1, 0, 3], [4, 5, 6]], 2.0),
    "a-column": ((slice(None), 1), [2], [[1, 0, 3], [4, 0, 6]], [2, 5]),
    "a-step": ((slice(None), slice(None, None, 2)), [2, 2], [[0, 2, 0], [0, 5, 0]], [[1, 3], [4, 6]]),
    "ellipsis": ((Ellipsis, -1), [2], [[1, 2, 0], [4, 5, 0]], [3, 6]),
    "everything": ((Ellipsis,), [2, 3], [[0, 0, 0], [0, 0, 0]], [[1, 2, 3], [4, 5, 6]]),
    "a-row-broadcast-to-both": ((slice(None),), [3], [[0, 0, 0], [0, 0, 0]], [5, 7, 9]),
    "one-value-broadcast-to-a-row": ((0,), [1], [[0, 0, 0], [4, 5, 6]], [6]),
}


@scenario("IDX-25", needs=["IDX-01", "INP-10"])
def assigning_a_slice_hands_its_gradient_to_the_value(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor([10.0, 20.0], requires_grad=True)
    y = x * 2.0
    y[1:] = value
    observe("the tensor", y, documented=[2, 10, 20])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the former content", x.grad, documented=[2, 0, 0])
    observe("the gradient of the value", value.grad, documented=[2, 3])


@scenario("IDX-25/a-0-dim-value", needs=["IDX-25"])
def a_0_dim_value_gets_the_sum_of_the_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor(10.0, requires_grad=True)
    y = x * 1.0
    y[1:] = value
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the former content", x.grad, documented=[1, 0, 0])
    observe("the gradient of the value", value.grad, documented=5.0)


@scenario("IDX-25/into", cases=ASSIGNED, needs=["IDX-25"])
def assigning_into_a_part_splits_the_gradient(torch, observe, case):
    index, shape, kept, into_value = case
    x = torch.ones(2, 3, requires_grad=True)
    numel = torch.empty(shape).numel()
    value = torch.arange(10.0, 10.0 * numel + 1.0, 10.0).reshape(shape).requires_grad_()
    y = x * 1.0
    y[index] = value
    observe("the tensor", y)
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient of the former content", x.grad, documented=kept)
    observe("the gradient of the value", value.grad, documented=into_value)


@scenario("IDX-25/a-number", needs=["IDX-25"])
def assigning_a_number_cuts_the_gradient_there(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1.0
    y[0] = 9.0
    observe("the tensor", y, documented=[9, 2, 3])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient", x.grad, documented=[0, 2, 3])


@scenario("IDX-25/twice", needs=["IDX-25"])
def the_last_assignment_to_an_element_gets_its_gradient(torch, observe):
    x = torch.zeros(3, requires_grad=True)
    first = torch.tensor([10.0, 20.0], requires_grad=True)
    second = torch.tensor([30.0, 40.0], requires_grad=True)
    y = x * 1.0
    y[:2] = first
    y[1:] = second
    observe("the tensor", y, documented=[10, 30, 40])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the first value", first.grad, documented=[1, 0])
    observe("the gradient of the second value", second.grad, documented=[2, 3])
    observe("the gradient of the former content", x.grad, documented=[0, 0, 0])


@scenario("IDX-25/from-itself", needs=["IDX-25"])
def a_value_computed_from_the_tensor_itself_is_followed(torch, observe):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    y = x * 1.0
    y[1] = y[0] * 5.0
    observe("the tensor", y, documented=[2, 10])
    y.backward(torch.tensor([1.0, 1.0]))
    observe("the gradient", x.grad, documented=[6, 0])


@scenario("IDX-25/filling-a-plain-buffer", needs=["IDX-25"])
def assigning_into_a_plain_tensor_makes_it_recorded(torch, observe):
    x = torch.tensor([2.0, 3.0], requires_grad=True)
    buffer = torch.zeros(3)
    buffer[0] = x[1] * 2.0
    buffer[2] = x[0]
    observe("requires grad", buffer.requires_grad, documented=True)
    observe("is a leaf", buffer.is_leaf, documented=False)
    buffer.backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("the gradient", x.grad, documented=[100, 2])


@scenario("IDX-25/read-then-written", needs=["IDX-25"])
def a_view_taken_before_the_assignment_sees_it(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor(10.0, requires_grad=True)
    y = x * 1.0
    head = y[:2]
    y[1] = value
    observe("the view", head, documented=[1, 10])
    head.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient of the former content", x.grad, documented=[1, 0, 0])
    observe("the gradient of the value", value.grad, documented=2.0)


@scenario("IDX-25/through-a-view", needs=["IDX-25"])
def assigning_into_a_view_changes_the_base(torch, observe):
    x = torch.ones(2, 3, requires_grad=True)
    value = torch.tensor([10.0, 20.0], requires_grad=True)
    y = x * 1.0
    y[1][1:] = value
    observe("the base", y, documented=[[1, 1, 1], [1, 10, 20]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient of the former content", x.grad, documented=[[1, 2, 3], [4, 0, 0]])
    observe("the gradient of the value", value.grad, documented=[5, 6])


@scenario("IDX-25/augmented", needs=["IDX-25"])
def augmented_assignment_of_a_slice_keeps_the_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor([10.0, 20.0], requires_grad=True)
    y = x * 1.0
    y[1:] += value
    observe("the tensor", y, documented=[1, 12, 23])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the former content", x.grad, documented=[1, 2, 3])
    observe("the gradient of the value", value.grad, documented=[2, 3])


@scenario("IDX-25/augmented-multiplication", needs=["IDX-25/augmented"])
def multiplying_a_slice_in_place_scales_the_gradient_there(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1.0
    y[1:] *= 10.0
    observe("the tensor", y, documented=[1, 20, 30])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient", x.grad, documented=[1, 20, 30])


@scenario("IDX-25/a-value-that-does-not-fit", needs=["IDX-25"])
def a_value_of_another_shape_is_refused_and_nothing_is_written(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 1.0
    with observe.raises("three values for two places", RuntimeError, saying=("3", "2")):
        y[1:] = torch.tensor([10.0, 20.0, 30.0])
    observe("the tensor", y, documented=[1, 2, 3])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[1, 1, 1])


@scenario("IDX-25/under-no-grad", needs=["IDX-01", "INP-06"])
def assigning_into_a_leaf_under_no_grad_leaves_it_a_leaf(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with torch.no_grad():
        x[1:] = 9.0
    observe("the leaf", x, documented=[1, 9, 9])
    observe("is a leaf", x.is_leaf, documented=True)
    (x * x).sum().backward()
    observe("the gradient", x.grad, documented=[2, 18, 18])


@scenario("IDX-26", needs=["IDX-11", "IDX-25"])
def assigning_through_a_mask_zeroes_the_gradient_where_it_is_true(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor([10.0, 20.0], requires_grad=True)
    y = x * 1.0
    y[torch.tensor([True, False, True])] = value
    observe("the tensor", y, documented=[10, 2, 20])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the former content", x.grad, documented=[0, 2, 0])
    observe("the gradient of the value", value.grad, documented=[1, 3])


@scenario("IDX-26/a-0-dim-value", needs=["IDX-26"])
def a_0_dim_value_through_a_mask_gets_the_sum(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor(10.0, requires_grad=True)
    y = x * 1.0
    y[x > 1.5] = value
    observe("the tensor", y, documented=[1, 10, 10])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the former content", x.grad, documented=[1, 0, 0])
    observe("the gradient of the value", value.grad, documented=5.0)


@scenario("IDX-26/a-number", needs=["IDX-26"])
def a_number_through_a_mask_cuts_the_gradient(torch, observe):
    x = torch.tensor([-1.0, 2.0, -3.0], requires_grad=True)
    y = x * 1.0
    y[y < 0.0] = 0.0
    observe("the tensor", y, documented=[0, 2, 0])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient", x.grad, documented=[0, 2, 0])


@scenario("IDX-26/an-integer-array", needs=["IDX-26"])
def assigning_through_an_integer_array_zeroes_the_gradient_there(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor([10.0, 20.0], requires_grad=True)
    y = x * 1.0
    y[torch.tensor([2, 0])] = value
    observe("the tensor", y, documented=[20, 2, 10])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the former content", x.grad, documented=[0, 2, 0])
    observe("the gradient of the value", value.grad, documented=[3, 1])


@scenario("IDX-55", needs=["BWD-06"])
def select_scatter_writes_one_index_of_a_dimension(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    source = torch.tensor([10.0, 20.0], requires_grad=True)
    y = torch.select_scatter(x, source, dim=1, index=0)
    observe("the result", y, documented=[[10, 2], [20, 4]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the input", x.grad, documented=[[0, 2], [0, 4]])
    observe("the gradient of the source", source.grad, documented=[1, 3])


@scenario("IDX-55/slice-scatter", needs=["BWD-06"])
def slice_scatter_writes_a_range_with_a_step(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    source = torch.tensor([10.0, 20.0], requires_grad=True)
    y = torch.slice_scatter(x, source, dim=0, start=1, end=5, step=2)
    observe("the result", y, documented=[1, 10, 3, 20, 5])
    observe("the input is untouched", x, documented=[1, 2, 3, 4, 5])
    y.backward(torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0]))
    observe("the gradient of the input", x.grad, documented=[1, 0, 3, 0, 5])
    observe("the gradient of the source", source.grad, documented=[2, 4])


@scenario("IDX-55/diagonal-scatter", needs=["BWD-06"])
def diagonal_scatter_writes_a_diagonal(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    source = torch.tensor([10.0, 20.0], requires_grad=True)
    y = torch.diagonal_scatter(x, source, offset=1)
    observe("the result", y, documented=[[1, 10, 3], [4, 5, 20]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient of the input", x.grad, documented=[[1, 0, 3], [4, 5, 0]])
    observe("the gradient of the source", source.grad, documented=[2, 6])
