"""index_select, gather, take and take_along_dim: copies whose repeated indices sum their gradients."""

from conformance.scenario import scenario


@scenario("IDX-13", needs=["BWD-06"])
def index_select_sums_over_repeated_indices(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = x.index_select(0, torch.tensor([1, 1, 0]))
    observe("the rows", y, documented=[[3, 4], [3, 4], [1, 2]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient", x.grad, documented=[[5, 6], [4, 6], [0, 0]])


@scenario("IDX-13/columns", needs=["IDX-13"])
def index_select_works_along_a_negative_dimension(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = torch.index_select(x, -1, torch.tensor([2, 0]))
    observe("the columns", y, documented=[[3, 1], [6, 4]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[2, 0, 1], [4, 0, 3]])


@scenario("IDX-13/a-copy", needs=["IDX-13"])
def index_select_makes_a_copy(torch, observe):
    x = torch.tensor([1.0, 2.0])
    y = x.index_select(0, torch.tensor([0, 1]))
    y[0] = 100.0
    observe("the source after a write to the result", x, documented=[1, 2])


@scenario("IDX-14", needs=["BWD-06"])
def gather_sums_over_repeated_indices(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.gather(0, torch.tensor([1, 1, 2]))
    observe("the elements", y, documented=[2, 2, 3])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[0, 30, 30])


@scenario("IDX-14/along-the-rows", needs=["IDX-14"])
def gather_along_dimension_1_looks_up_in_each_row(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.gather(1, torch.tensor([[0, 0], [1, 0]]))
    observe("the elements", y, documented=[[1, 1], [4, 3]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[3, 0], [4, 3]])


@scenario("IDX-14/along-the-columns", needs=["IDX-14"])
def gather_along_dimension_0_looks_up_in_each_column(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.gather(0, torch.tensor([[1, 0], [1, 1], [0, 0]]))
    observe("the elements", y, documented=[[3, 2], [3, 4], [1, 2]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient", x.grad, documented=[[5, 8], [4, 4]])


@scenario("IDX-14/a-smaller-index", needs=["IDX-14"])
def an_index_smaller_than_the_input_leaves_the_rest_without_gradient(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x.gather(1, torch.tensor([[2]]))
    observe("the element", y, documented=[[3]])
    y.backward(torch.tensor([[7.0]]))
    observe("the gradient", x.grad, documented=[[0, 0, 7], [0, 0, 0]])


@scenario("IDX-14/the-picked-class", needs=["IDX-14"])
def gather_picks_one_column_a_row(torch, observe):
    logits = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    target = torch.tensor([2, 0])
    picked = logits.gather(1, target.unsqueeze(1)).squeeze(1)
    observe("the picked logits", picked, documented=[3, 4])
    picked.sum().backward()
    observe("the gradient", logits.grad, documented=[[0, 0, 1], [1, 0, 0]])


@scenario("IDX-15", needs=["BWD-06"])
def take_counts_through_the_flattened_input(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.take(torch.tensor([3, 3, 0]))
    observe("the elements", y, documented=[4, 4, 1])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[[30, 0], [0, 30]])


@scenario("IDX-15/of-a-transposed-input", needs=["IDX-15"])
def take_flattens_in_the_order_of_the_dimensions_not_of_the_storage(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.t().take(torch.tensor([1, 1]))
    observe("the elements", y, documented=[3, 3])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[[0, 0], [30, 0]])


@scenario("IDX-16", needs=["BWD-06"])
def take_along_dim_sums_over_repeated_indices(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.take_along_dim(torch.tensor([[0, 0], [1, 0]]), dim=1)
    observe("the elements", y, documented=[[1, 1], [4, 3]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[3, 0], [4, 3]])


@scenario("IDX-16/a-broadcast-index", needs=["IDX-16"])
def take_along_dim_broadcasts_its_index(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.take_along_dim(x, torch.tensor([[0, 0]]), dim=1)
    observe("the elements", y, documented=[[1, 1], [3, 3]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[3, 0], [7, 0]])


@scenario("IDX-60/gather", devices="cpu", needs=["IDX-14"])
def gather_with_an_index_out_of_range_raises_in_forward(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("an index of 5", RuntimeError, saying=("5", "3")):
        x.gather(0, torch.tensor([5]))


@scenario("IDX-60/index-select", devices="cpu", needs=["IDX-13"])
def index_select_with_an_index_out_of_range_raises_in_forward(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("an index of 5", saying="range"):
        x.index_select(0, torch.tensor([5]))


@scenario("IDX-60/take", devices="cpu", needs=["IDX-15"])
def take_with_an_index_out_of_range_raises_in_forward(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("an index of 5", IndexError, saying=("5", "3")):
        x.take(torch.tensor([5]))
