"""Embedding looks rows of a table up; their gradient sums over repetitions, dense or sparse."""

from conformance.scenario import scenario


@scenario("IDX-57", needs=["BWD-06"])
def embedding_sums_the_gradient_of_repeated_indices(torch, observe):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = torch.nn.functional.embedding(torch.tensor([2, 0, 2]), table)
    observe("the rows", y, documented=[[5, 6], [1, 2], [5, 6]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient", table.grad, documented=[[3, 4], [0, 0], [6, 8]])


@scenario("IDX-57/padding-idx", needs=["IDX-57"])
def the_row_of_padding_idx_gets_no_gradient(torch, observe):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = torch.nn.functional.embedding(torch.tensor([0, 1, 0]), table, padding_idx=0)
    observe("the rows are looked up all the same", y, documented=[[1, 2], [3, 4], [1, 2]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient", table.grad, documented=[[0, 0], [3, 4], [0, 0]])


@scenario("IDX-57/a-batch", needs=["IDX-57"])
def a_matrix_of_indices_gives_a_row_for_each(torch, observe):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = torch.nn.functional.embedding(torch.tensor([[0, 1], [1, 1]]), table)
    observe("the result", y, documented=[[[1, 2], [3, 4]], [[3, 4], [3, 4]]])
    y.sum().backward()
    observe("the gradient", table.grad, documented=[[1, 1], [3, 3]])


@scenario("IDX-57/scale-grad-by-freq", needs=["IDX-57"])
def scale_grad_by_freq_divides_by_the_number_of_repetitions(torch, observe):
    table = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    y = torch.nn.functional.embedding(torch.tensor([2, 0, 2]), table, scale_grad_by_freq=True)
    y.backward(torch.tensor([[2.0], [3.0], [6.0]]))
    observe("the gradient", table.grad, documented=[[3], [0], [4]])


@scenario("IDX-57/the-module", needs=["IDX-57/padding-idx"])
def the_module_initialises_its_padding_row_to_zero(torch, observe):
    embedding = torch.nn.Embedding(3, 2, padding_idx=1)
    observe("the padding row", embedding.weight[1].detach(), documented=[0, 0])
    embedding(torch.tensor([1, 2, 2])).sum().backward()
    observe("the gradient", embedding.weight.grad, documented=[[0, 0], [0, 0], [2, 2]])


@scenario("IDX-57/embedding-bag", needs=["IDX-57"])
def embedding_bag_averages_each_bag(torch, observe):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = torch.nn.functional.embedding_bag(torch.tensor([[0, 2], [2, 2]]), table, mode="mean")
    observe("the means", y, documented=[[3, 4], [5, 6]])
    y.backward(torch.tensor([[2.0, 4.0], [6.0, 8.0]]))
    observe("the gradient", table.grad, documented=[[1, 2], [0, 0], [7, 10]])


@scenario("IDX-57/out-of-range", devices="cpu", needs=["IDX-57"])
def an_index_beyond_the_table_raises_in_forward(torch, observe):
    table = torch.tensor([[1.0], [2.0]], requires_grad=True)
    with observe.raises("a third row of two", IndexError, saying="range"):
        torch.nn.functional.embedding(torch.tensor([2]), table)


@scenario("IDX-58", needs=["IDX-57"])
def a_sparse_embedding_gives_a_sparse_gradient_of_the_same_values(torch, observe):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = torch.nn.functional.embedding(torch.tensor([2, 0, 2]), table, sparse=True)
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient is sparse", table.grad.is_sparse, documented=True)
    observe("its shape", list(table.grad.shape), documented=[3, 2])
    observe("its values", table.grad.to_dense(), documented=[[3, 4], [0, 0], [6, 8]])


@scenario("IDX-58/accumulation", needs=["IDX-58", "ACC-02"])
def sparse_gradients_accumulate(torch, observe):
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    for index, upstream in ((0, [[1.0, 2.0]]), (1, [[10.0, 20.0]]), (0, [[5.0, 6.0]])):
        y = torch.nn.functional.embedding(torch.tensor([index]), table, sparse=True)
        y.backward(torch.tensor(upstream))
    observe("the gradient is still sparse", table.grad.is_sparse, documented=True)
    observe("its values", table.grad.to_dense(), documented=[[6, 8], [10, 20]])


@scenario("IDX-59", needs=["IDX-58"])
def a_sparse_gradient_of_a_one_column_table_and_a_single_index(torch, observe):
    table = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    torch.nn.functional.embedding(torch.tensor([1]), table, sparse=True).sum().backward()
    observe("the gradient is sparse", table.grad.is_sparse, documented=True)
    observe("its values", table.grad.to_dense(), documented=[[0], [1], [0]])


@scenario("IDX-59/an-explicit-gradient", needs=["IDX-58"])
def the_same_gradient_when_backward_is_given_one(torch, observe):
    table = torch.tensor([[1.0], [2.0], [3.0]], requires_grad=True)
    torch.nn.functional.embedding(torch.tensor([1]), table, sparse=True).backward(torch.tensor([[5.0]]))
    observe("its values", table.grad.to_dense(), documented=[[0], [5], [0]])


@scenario("IDX-58/then-dense", needs=["IDX-58"])
def a_dense_gradient_is_added_to_a_sparse_one(torch, observe):
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    torch.nn.functional.embedding(torch.tensor([1]), weight, sparse=True).sum().backward()
    weight.sum().backward()
    observe("sparse", weight.grad.is_sparse)
    observe("the sum", weight.grad, documented=[[1.0, 1.0], [2.0, 2.0]])
