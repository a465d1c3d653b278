"""Ties: who gets the gradient where several elements are the largest, the smallest or the middle one."""

from conformance.scenario import scenario

# Functions along a dimension that return values and indices.
BY_INDEX = {
    "max": lambda torch, x: torch.max(x, 0),
    "min": lambda torch, x: torch.min(x, 0),
    "median": lambda torch, x: torch.median(x, 0),
    "nanmedian": lambda torch, x: torch.nanmedian(x, 0),
    "mode": lambda torch, x: torch.mode(x, 0),
    "kthvalue": lambda torch, x: torch.kthvalue(x, 2, 0),
    "topk": lambda torch, x: torch.topk(x, 3),
    "sort": lambda torch, x: torch.sort(x),
    "cummax": lambda torch, x: torch.cummax(x, 0),
    "cummin": lambda torch, x: torch.cummin(x, 0),
}
# Maxima of [1, 2, 3] and its equal: the function, the gradient of the vector.
HALF_EACH = {
    "with-itself": (lambda torch, x: torch.maximum(x, x), [1, 1, 1]),
    "with-a-detached-copy": (lambda torch, x: torch.maximum(x, x.detach()), [0.5, 0.5, 0.5]),
    "max-of-two-tensors": (lambda torch, x: torch.max(x, x.detach()), [0.5, 0.5, 0.5]),
}


@scenario("NUM-09", needs=["BWD-01"])
def the_maximum_of_everything_splits_evenly_among_ties(torch, observe):
    x = torch.tensor([3.0, 3.0, 1.0], requires_grad=True)
    y = x.max()
    observe("the maximum", y, documented=3.0)
    (y * 6.0).backward()
    observe("the gradient", x.grad, documented=[3, 3, 0])


@scenario("NUM-09/all-equal", needs=["NUM-09"])
def the_maximum_of_equal_elements_splits_among_all_of_them(torch, observe):
    x = torch.zeros(2, 2, requires_grad=True)
    x.max().backward()
    observe("the gradient", x.grad, documented=[[1 / 4, 1 / 4], [1 / 4, 1 / 4]])


@scenario("NUM-10", needs=["BWD-01"])
def the_minimum_of_everything_splits_evenly_among_ties(torch, observe):
    x = torch.tensor([1.0, 1.0, 3.0, 1.0], requires_grad=True)
    y = x.min()
    observe("the minimum", y, documented=1.0)
    (y * 6.0).backward()
    observe("the gradient", x.grad, documented=[2, 2, 0, 2])


@scenario("NUM-11", needs=["BWD-01"])
def amax_splits_evenly_among_ties(torch, observe):
    x = torch.tensor([3.0, 3.0, 1.0], requires_grad=True)
    y = x.amax(0)
    observe("the maximum", y, documented=3.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0.5, 0.5, 0])


@scenario("NUM-11/along-a-dimension", needs=["NUM-11"])
def amax_along_a_dimension_splits_within_each_row(torch, observe):
    x = torch.tensor([[3.0, 3.0, 1.0], [2.0, 5.0, 5.0], [4.0, 4.0, 4.0]], requires_grad=True)
    x.amax(1).backward(torch.tensor([2.0, 4.0, 6.0]))
    observe("the gradient", x.grad, documented=[[1, 1, 0], [0, 2, 2], [2, 2, 2]])


@scenario("NUM-11/over-two-dimensions", needs=["NUM-11"])
def amax_over_two_dimensions_splits_among_all_their_ties(torch, observe):
    x = torch.tensor([[3.0, 1.0], [3.0, 3.0]], requires_grad=True)
    y = torch.amax(x, dim=(0, 1), keepdim=True)
    observe("the maximum", y, documented=[[3]])
    y.backward(torch.tensor([[6.0]]))
    observe("the gradient", x.grad, documented=[[2, 0], [2, 2]])


@scenario("NUM-11/amin", needs=["BWD-06"])
def amin_splits_evenly_among_ties(torch, observe):
    x = torch.tensor([[1.0, 1.0, 3.0], [2.0, 0.0, 5.0]], requires_grad=True)
    x.amin(1).backward(torch.tensor([4.0, 6.0]))
    observe("the gradient", x.grad, documented=[[2, 2, 0], [0, 6, 0]])


@scenario("NUM-11/aminmax", needs=["NUM-11", "NUM-11/amin"])
def aminmax_splits_both_of_its_gradients(torch, observe):
    x = torch.tensor([3.0, 3.0, 1.0], requires_grad=True)
    smallest, largest = torch.aminmax(x)
    observe("both", [smallest, largest], documented=[1.0, 3.0])
    (smallest * 10.0 + largest * 2.0).backward()
    observe("the gradient", x.grad, documented=[1, 1, 10])


@scenario("NUM-12", needs=["BWD-01"])
def the_maximum_along_a_dimension_takes_the_first_of_equals(torch, observe):
    x = torch.tensor([3.0, 1.0, 3.0], requires_grad=True)
    value, index = x.max(0)
    observe("the index", index, documented=0)
    value.backward()
    observe("the gradient", x.grad, documented=[1, 0, 0])


@scenario("NUM-12/min", needs=["BWD-01"])
def the_minimum_along_a_dimension_takes_the_first_of_equals(torch, observe):
    x = torch.tensor([3.0, 1.0, 1.0], requires_grad=True)
    value, index = x.min(0)
    observe("the index", index, documented=1)
    value.backward()
    observe("the gradient", x.grad, documented=[0, 1, 0])


@scenario("NUM-12/the-index", cases=BY_INDEX, needs=["NUM-12"])
def the_whole_gradient_goes_to_the_returned_index(torch, observe, case):
    # Which of the equal elements an index names is not documented for all of these: what is, is that it is followed.
    x = torch.tensor([2.0, 2.0, 2.0, 2.0], requires_grad=True)
    values, indices = case(torch, x)
    upstream = torch.arange(1.0, 1.0 + values.numel()).reshape(values.shape)
    values.backward(upstream)
    expected = [0.0, 0.0, 0.0, 0.0]
    for index, share in zip(indices.reshape(-1).tolist(), upstream.reshape(-1).tolist(), strict=True):
        expected[index] += share
    observe("the values", values.reshape(-1), documented=[2.0] * values.numel())
    observe("the gradient is the upstream one at the indices", x.grad.tolist() == expected, documented=True)


@scenario("NUM-13", needs=["BWD-01"])
def the_median_of_everything_splits_evenly_among_ties(torch, observe):
    x = torch.tensor([3.0, 3.0, 1.0], requires_grad=True)
    y = x.median()
    observe("the median", y, documented=3.0)
    y.backward()
    observe("the gradient", x.grad)


@scenario("NUM-13/of-an-even-number", needs=["BWD-01"])
def the_median_of_an_even_number_is_the_lower_of_the_two(torch, observe):
    x = torch.tensor([4.0, 1.0, 3.0, 2.0], requires_grad=True)
    y = x.median()
    observe("the median", y, documented=2.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0, 0, 0, 1])


@scenario("NUM-14", needs=["BWD-06"])
def maximum_of_equal_elements_gives_half_to_each(torch, observe):
    a = torch.tensor([2.0, 1.0, 3.0], requires_grad=True)
    b = torch.tensor([2.0, 5.0, 0.0], requires_grad=True)
    y = torch.maximum(a, b)
    observe("the maximum", y, documented=[2, 5, 3])
    y.backward(torch.tensor([2.0, 4.0, 6.0]))
    observe("the gradient of the first", a.grad, documented=[1, 0, 6])
    observe("the gradient of the second", b.grad, documented=[1, 4, 0])


@scenario("NUM-14/of", cases=HALF_EACH, needs=["NUM-14"])
def maximum_of_a_tensor_and_its_equal(torch, observe, case):
    function, gradient = case
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    function(torch, x).sum().backward()
    observe("the gradient", x.grad, documented=gradient)


@scenario("NUM-15", needs=["BWD-06"])
def minimum_of_equal_elements_gives_half_to_each(torch, observe):
    a = torch.tensor([2.0, 1.0, 3.0], requires_grad=True)
    b = torch.tensor([2.0, 5.0, 0.0], requires_grad=True)
    y = torch.minimum(a, b)
    observe("the minimum", y, documented=[2, 1, 0])
    y.backward(torch.tensor([2.0, 4.0, 6.0]))
    observe("the gradient of the first", a.grad, documented=[1, 4, 0])
    observe("the gradient of the second", b.grad, documented=[1, 0, 6])


@scenario("NUM-16", cases=["fmax", "fmin"], needs=["NUM-14"])
def fmax_and_fmin_of_equal_elements(torch, observe, case):
    a = torch.tensor([2.0], requires_grad=True)
    b = torch.tensor([2.0], requires_grad=True)
    getattr(torch, case)(a, b).sum().backward()
    observe("the gradient of the first", a.grad, documented=[0.5])
    observe("the gradient of the second", b.grad, documented=[0.5])


@scenario("NUM-45", needs=["BWD-06"])
def a_stable_sort_keeps_the_order_of_equals(torch, observe):
    x = torch.tensor([2.0, 1.0, 2.0, 1.0], requires_grad=True)
    values, indices = torch.sort(x, stable=True)
    observe("the values", values, documented=[1, 1, 2, 2])
    observe("the indices", indices, documented=[1, 3, 0, 2])
    values.backward(torch.tensor([10.0, 20.0, 30.0, 40.0]))
    observe("the gradient", x.grad, documented=[30, 10, 40, 20])


@scenario("NUM-45/descending", needs=["NUM-45"])
def a_stable_descending_sort_keeps_the_order_of_equals_too(torch, observe):
    x = torch.tensor([2.0, 1.0, 2.0, 1.0], requires_grad=True)
    values, indices = torch.sort(x, descending=True, stable=True)
    observe("the indices", indices, documented=[0, 2, 1, 3])
    values.backward(torch.tensor([10.0, 20.0, 30.0, 40.0]))
    observe("the gradient", x.grad, documented=[10, 30, 20, 40])


@scenario("NUM-46", needs=["BWD-06"])
def max_pooling_of_ties_takes_the_first_position(torch, observe):
    x = torch.tensor([[[5.0, 5.0, 1.0, 1.0]]], requires_grad=True)
    y = torch.nn.functional.max_pool1d(x, 2)
    observe("the maxima", y, documented=[[[5, 1]]])
    y.backward(torch.tensor([[[10.0, 20.0]]]))
    observe("the gradient", x.grad)


@scenario("NUM-46/two-dimensional", needs=["NUM-46"])
def max_pooling_of_a_square_of_ties(torch, observe):
    x = torch.tensor([[[[1.0, 7.0], [7.0, 7.0]]]], requires_grad=True)
    y = torch.nn.functional.max_pool2d(x, 2)
    observe("the maximum", y, documented=[[[[7]]]])
    y.sum().backward()
    observe("the gradient", x.grad)


@scenario("NUM-46/overlapping-windows", needs=["NUM-46"])
def overlapping_windows_add_their_gradients_at_a_common_maximum(torch, observe):
    x = torch.tensor([[[1.0, 5.0, 2.0, 3.0]]], requires_grad=True)
    y = torch.nn.functional.max_pool1d(x, 2, stride=1)
    observe("the maxima", y, documented=[[[5, 5, 3]]])
    y.backward(torch.tensor([[[1.0, 2.0, 4.0]]]))
    observe("the gradient", x.grad, documented=[[[0, 3, 0, 4]]])
