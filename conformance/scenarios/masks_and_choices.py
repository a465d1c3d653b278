"""where, masked_fill, masked_select, masked_scatter, and functions that choose: sort, topk, max, kthvalue."""

from conformance.scenario import scenario

# Functions of the vector [3, 1, 2] that return (values, indices): what they return, and the gradient when the values
# get the upstream gradients 10, 20, ...
VALUES_AND_INDICES = {
    "sort": (lambda torch, x: torch.sort(x), [1, 2, 3], [1, 2, 0], [30, 10, 20]),
    "sort-descending": (lambda torch, x: torch.sort(x, descending=True), [3, 2, 1], [0, 2, 1], [10, 30, 20]),
    "topk": (lambda torch, x: torch.topk(x, 2), [3, 2], [0, 2], [10, 0, 20]),
    "topk-smallest": (lambda torch, x: torch.topk(x, 2, largest=False), [1, 2], [1, 2], [0, 10, 20]),
    "max": (lambda torch, x: torch.max(x, 0), 3.0, 0, [10, 0, 0]),
    "min": (lambda torch, x: torch.min(x, 0), 1.0, 1, [0, 10, 0]),
    "median": (lambda torch, x: torch.median(x, 0), 2.0, 2, [0, 0, 10]),
    "kthvalue": (lambda torch, x: torch.kthvalue(x, 2), 2.0, 2, [0, 0, 10]),
    "cummax": (lambda torch, x: torch.cummax(x, 0), [3, 3, 3], [0, 0, 0], [60, 0, 0]),
    "cummin": (lambda torch, x: torch.cummin(x, 0), [3, 1, 1], [0, 1, 1], [10, 50, 0]),
}


@scenario("IDX-52", needs=["BWD-06"])
def masked_fill_cuts_the_gradient_where_it_filled(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.masked_fill(torch.tensor([True, False, True]), 9.0)
    observe("the result", y, documented=[9, 2, 9])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient", x.grad, documented=[0, 2, 0])


@scenario("IDX-52/a-0-dim-value", needs=["IDX-52"])
def a_0_dim_fill_value_gets_the_sum_of_the_filled_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor(9.0, requires_grad=True)
    x.masked_fill(torch.tensor([True, False, True]), value).backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the input", x.grad, documented=[0, 2, 0])
    observe("the gradient of the value", value.grad, documented=4.0)


@scenario("IDX-52/a-broadcast-mask", needs=["IDX-52"])
def a_mask_of_a_row_is_broadcast_over_the_rows(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.masked_fill(torch.tensor([True, False]), 9.0)
    observe("the result", y, documented=[[9, 2], [9, 4]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[0, 2], [0, 4]])


@scenario("IDX-52/in-place", needs=["IDX-52", "INP-10"])
def masked_fill_in_place_cuts_the_gradient_of_the_former_content(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x * 2.0
    y.masked_fill_(torch.tensor([False, True, False]), 9.0)
    observe("the tensor", y, documented=[2, 9, 6])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient", x.grad, documented=[2, 0, 6])


@scenario("IDX-52/masked-attention", needs=["IDX-52"])
def scores_filled_with_minus_infinity_get_no_gradient_through_softmax(torch, observe):
    scores = torch.tensor([0.0, 0.0, 5.0], requires_grad=True)
    masked = scores.masked_fill(torch.tensor([False, False, True]), -float("inf"))
    weights = torch.softmax(masked, dim=0)
    observe("the weights", weights, documented=[1 / 2, 1 / 2, 0])
    weights[0].backward()
    observe("the gradient", scores.grad, documented=[1 / 4, -1 / 4, 0])


@scenario("IDX-53", needs=["BWD-06"])
def masked_select_puts_the_gradient_back_by_the_mask(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.masked_select(torch.tensor([[False, True], [True, False]]))
    observe("the elements", y, documented=[2, 3])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[[0, 10], [20, 0]])


@scenario("IDX-53/a-broadcast-input", needs=["IDX-53"])
def masked_select_sums_over_a_broadcast_input(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.masked_select(torch.tensor([[True, True], [True, False]]))
    observe("the elements", y, documented=[1, 2, 1])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[40, 20])


@scenario("IDX-53/masked-scatter", needs=["BWD-06"])
def masked_scatter_takes_as_many_elements_as_the_mask_asks_for(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    source = torch.tensor([10.0, 20.0, 30.0, 40.0], requires_grad=True)
    y = x.masked_scatter(torch.tensor([True, False, True]), source)
    observe("the result", y, documented=[10, 2, 20])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the input", x.grad, documented=[0, 2, 0])
    observe("the gradient of the source", source.grad, documented=[1, 3, 0, 0])


@scenario("IDX-54", needs=["BWD-06"])
def where_gives_each_branch_the_gradient_it_was_chosen_for(torch, observe):
    a = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    b = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    y = torch.where(torch.tensor([True, False, True]), a, b)
    observe("the result", y, documented=[1, 20, 3])
    y.backward(torch.tensor([4.0, 5.0, 6.0]))
    observe("the gradient where true", a.grad, documented=[4, 0, 6])
    observe("the gradient where false", b.grad, documented=[0, 5, 0])


@scenario("IDX-54/one-tensor-in-both-branches", needs=["IDX-54", "ACC-03/x+x"])
def both_branches_may_come_from_one_leaf(torch, observe):
    x = torch.tensor([-2.0, 3.0], requires_grad=True)
    y = torch.where(x > 0, x * x, x * 10.0)
    observe("the result", y, documented=[-20, 9])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[10, 6])


@scenario("IDX-54/a-number", needs=["IDX-54"])
def a_branch_may_be_a_number(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = torch.where(torch.tensor([False, True, True]), x, 0.0)
    observe("the result", y, documented=[0, 2, 3])
    y.backward(torch.tensor([4.0, 5.0, 6.0]))
    observe("the gradient", x.grad, documented=[0, 5, 6])


@scenario("IDX-56", cases=VALUES_AND_INDICES, needs=["BWD-06"])
def the_values_are_differentiable_and_the_indices_are_not(torch, observe, case):
    function, expected_values, expected_indices, gradient = case
    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    values, indices = function(torch, x)
    observe("the values", values, documented=expected_values)
    observe("the values require grad", values.requires_grad, documented=True)
    observe("the indices", indices, documented=expected_indices)
    observe("the dtype of the indices", indices.dtype, documented="int64")
    observe("the indices require grad", indices.requires_grad, documented=False)
    values.backward(torch.arange(1.0, 1.0 + values.numel()).reshape(values.shape) * 10.0)
    observe("the gradient", x.grad, documented=gradient)


@scenario("IDX-56/argmax", needs=["ACC-09"])
def positions_are_outside_the_graph(torch, observe):
    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    observe("argmax", x.argmax(), documented=0)
    observe("argmax requires grad", x.argmax().requires_grad, documented=False)
    observe("argsort", x.argsort(), documented=[1, 2, 0])
    observe("argsort requires grad", x.argsort().requires_grad, documented=False)


@scenario("IDX-56/topk-of-rows", needs=["IDX-56/topk"])
def topk_of_a_matrix_works_in_each_row(torch, observe):
    x = torch.tensor([[1.0, 5.0, 3.0], [9.0, 2.0, 4.0]], requires_grad=True)
    values, _ = x.topk(2, dim=1)
    observe("the values", values, documented=[[5, 3], [9, 4]])
    values.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[0, 1, 2], [3, 0, 4]])
