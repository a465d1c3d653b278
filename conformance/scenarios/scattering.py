"""scatter, index_add, index_copy, index_fill, index_put: the gradient moves from what was overwritten to the source."""

from conformance.scenario import scenario


@scenario("IDX-17", needs=["BWD-06"])
def scatter_hands_the_gradient_of_written_positions_to_the_source(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    source = torch.tensor([9.0], requires_grad=True)
    y = x.scatter(0, torch.tensor([1]), source)
    observe("the result", y, documented=[1, 9, 3])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient of the input", x.grad, documented=[10, 0, 30])
    observe("the gradient of the source", source.grad, documented=[20])


@scenario("IDX-17/along-the-rows", needs=["IDX-17"])
def scatter_along_dimension_1_writes_within_each_row(torch, observe):
    x = torch.zeros(2, 3, requires_grad=True)
    source = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.scatter(1, torch.tensor([[2, 0], [1, 2]]), source)
    observe("the result", y, documented=[[2, 0, 1], [0, 3, 4]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient of the input", x.grad, documented=[[0, 2, 0], [4, 0, 0]])
    observe("the gradient of the source", source.grad, documented=[[3, 1], [5, 6]])


@scenario("IDX-17/in-place", needs=["IDX-17", "INP-10"])
def scatter_in_place_on_a_recorded_tensor(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    source = torch.tensor([9.0], requires_grad=True)
    y = x * 2.0
    y.scatter_(0, torch.tensor([2]), source)
    observe("the tensor", y, documented=[2, 4, 9])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient of the input", x.grad, documented=[20, 40, 0])
    observe("the gradient of the source", source.grad, documented=[30])


@scenario("IDX-18", needs=["BWD-06"])
def scatter_add_keeps_the_gradient_of_the_input(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    source = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    y = x.scatter_add(0, torch.tensor([0, 0, 2]), source)
    observe("the result", y, documented=[31, 2, 33])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the input", x.grad, documented=[1, 2, 3])
    observe("the gradient of the source", source.grad, documented=[1, 1, 3])


@scenario("IDX-19", needs=["IDX-18"])
def scatter_add_with_a_longer_source_has_no_derivative(torch, observe):
    x = torch.zeros(3, requires_grad=True)
    source = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.scatter_add(0, torch.tensor([0, 2]), source)
    observe("the result", y, documented=[1, 0, 2])
    with observe.raises("backward", RuntimeError):
        y.sum().backward()


@scenario("IDX-20", needs=["BWD-06"])
def scatter_of_a_number_zeroes_the_gradient_where_it_wrote(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.scatter(0, torch.tensor([0, 2]), 9.0)
    observe("the result", y, documented=[9, 2, 9])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[0, 20, 0])


@scenario("IDX-20/with-reduce", cases=["add", "multiply"], needs=["IDX-20"])
def scatter_with_reduce_is_recorded_but_has_no_derivative(torch, observe, reduce):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = torch.scatter(x, 0, torch.tensor([1]), 4.0, reduce=reduce)
    observe("the result requires grad", y.requires_grad)
    with observe.raises("backward", RuntimeError, saying="scatter"):
        y.sum().backward()


@scenario("IDX-21", cases=["amax", "amin"], needs=["BWD-06"])
def scatter_reduce_divides_the_gradient_among_ties(torch, observe, case):
    x = torch.tensor([2.0, 1.0], requires_grad=True)
    source = torch.tensor([2.0, 2.0, 1.0], requires_grad=True)
    y = x.scatter_reduce(0, torch.tensor([0, 0, 1]), source, reduce=case)
    observe("the result", y, documented=[2, 1])
    y.backward(torch.tensor([12.0, 10.0]))
    observe("the gradient of the input", x.grad, documented=[4, 5])
    observe("the gradient of the source", source.grad, documented=[4, 4, 5])


@scenario("IDX-21/without-self", needs=["IDX-21/amax"])
def without_include_self_the_input_takes_no_part_where_it_is_reduced(torch, observe):
    x = torch.tensor([5.0, 1.0], requires_grad=True)
    source = torch.tensor([2.0, 2.0], requires_grad=True)
    y = x.scatter_reduce(0, torch.tensor([0, 0]), source, reduce="amax", include_self=False)
    observe("the result", y, documented=[2, 1])
    y.backward(torch.tensor([12.0, 10.0]))
    observe("the gradient of the input", x.grad, documented=[0, 10])
    observe("the gradient of the source", source.grad, documented=[6, 6])


@scenario("IDX-21/sum", needs=["BWD-06"])
def scatter_reduce_sum_adds_the_source_to_the_input(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    source = torch.tensor([10.0, 20.0], requires_grad=True)
    y = x.scatter_reduce(0, torch.tensor([1, 1]), source, reduce="sum")
    observe("the result", y, documented=[1, 32])
    y.backward(torch.tensor([3.0, 5.0]))
    observe("the gradient of the input", x.grad, documented=[3, 5])
    observe("the gradient of the source", source.grad, documented=[5, 5])


@scenario("IDX-21/mean", needs=["BWD-06"])
def scatter_reduce_mean_counts_the_input_too(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    source = torch.tensor([4.0, 6.0, 8.0], requires_grad=True)
    y = x.scatter_reduce(0, torch.tensor([1, 1, 1]), source, reduce="mean")
    observe("the result", y, documented=[1, 5])
    y.backward(torch.tensor([3.0, 8.0]))
    observe("the gradient of the input", x.grad, documented=[3, 2])
    observe("the gradient of the source", source.grad, documented=[2, 2, 2])


@scenario("IDX-21/prod", needs=["BWD-06"])
def scatter_reduce_prod_multiplies_by_the_other_factors(torch, observe):
    x = torch.tensor([2.0, 1.0], requires_grad=True)
    source = torch.tensor([3.0, 5.0], requires_grad=True)
    y = x.scatter_reduce(0, torch.tensor([0, 0]), source, reduce="prod")
    observe("the result", y, documented=[30, 1])
    y.backward(torch.tensor([1.0, 1.0]))
    observe("the gradient of the input", x.grad, documented=[15, 1])
    observe("the gradient of the source", source.grad, documented=[10, 6])


@scenario("IDX-22", needs=["BWD-06"])
def index_add_gathers_the_gradient_times_alpha(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    source = torch.tensor([[10.0, 20.0], [30.0, 40.0]], requires_grad=True)
    y = x.index_add(0, torch.tensor([1, 1]), source, alpha=2)
    observe("the result", y, documented=[[1, 2], [83, 124]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the input", x.grad, documented=[[1, 2], [3, 4]])
    observe("the gradient of the source", source.grad, documented=[[6, 8], [6, 8]])


@scenario("IDX-22/in-place", needs=["IDX-22", "INP-10"])
def index_add_in_place_along_the_columns(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    source = torch.tensor([[10.0], [20.0]], requires_grad=True)
    y = x * 1.0
    y.index_add_(1, torch.tensor([2]), source)
    observe("the tensor", y, documented=[[1, 2, 13], [4, 5, 26]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient of the input", x.grad, documented=[[1, 2, 3], [4, 5, 6]])
    observe("the gradient of the source", source.grad, documented=[[3], [6]])


@scenario("IDX-23", needs=["BWD-06"])
def index_copy_hands_the_gradient_of_the_rows_to_the_source(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    source = torch.tensor([[10.0, 20.0], [30.0, 40.0]], requires_grad=True)
    y = x.index_copy(0, torch.tensor([2, 0]), source)
    observe("the result", y, documented=[[30, 40], [3, 4], [10, 20]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient of the input", x.grad, documented=[[0, 0], [3, 4], [0, 0]])
    observe("the gradient of the source", source.grad, documented=[[5, 6], [1, 2]])


@scenario("IDX-23/index-fill", needs=["BWD-06"])
def index_fill_zeroes_the_gradient_of_the_rows(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.index_fill(1, torch.tensor([0]), 9.0)
    observe("the result", y, documented=[[9, 2], [9, 4]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[0, 2], [0, 4]])


@scenario("IDX-23/index-fill-by-a-tensor", needs=["IDX-23/index-fill"])
def index_fill_by_a_0_dim_tensor_sums_its_gradient(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    value = torch.tensor(9.0, requires_grad=True)
    x.index_fill(0, torch.tensor([1]), value).backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the input", x.grad, documented=[[1, 2], [0, 0]])
    observe("the gradient of the value", value.grad, documented=7.0)


@scenario("IDX-24", needs=["BWD-06"])
def index_put_overwrites_and_zeroes_the_gradient_there(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    values = torch.tensor([10.0, 20.0], requires_grad=True)
    y = x.index_put((torch.tensor([2, 0]),), values)
    observe("the result", y, documented=[20, 2, 10])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the input", x.grad, documented=[0, 2, 0])
    observe("the gradient of the values", values.grad, documented=[3, 1])


@scenario("IDX-24/accumulate", needs=["IDX-24"])
def index_put_with_accumulate_adds_and_keeps_the_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    values = torch.tensor([10.0, 20.0, 30.0], requires_grad=True)
    y = x.index_put((torch.tensor([0, 0, 2]),), values, accumulate=True)
    observe("the result", y, documented=[31, 2, 33])
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the input", x.grad, documented=[1, 2, 3])
    observe("the gradient of the values", values.grad, documented=[1, 1, 3])


@scenario("IDX-24/a-broadcast-value", needs=["IDX-24"])
def index_put_sums_the_gradient_of_a_broadcast_value(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    value = torch.tensor(10.0, requires_grad=True)
    x.index_put((torch.tensor([0, 2]),), value).backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient of the input", x.grad, documented=[0, 2, 0])
    observe("the gradient of the value", value.grad, documented=4.0)


@scenario("IDX-60/scatter", devices="cpu", needs=["IDX-17"])
def scatter_with_an_index_out_of_range_raises_in_forward(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("an index of 5", RuntimeError, saying=("5", "3")):
        x.scatter(0, torch.tensor([5]), 9.0)
