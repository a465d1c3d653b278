"""Advanced indexing: integer arrays and boolean masks copy, and repeated indices sum their gradients."""

from conformance.scenario import scenario

# What the mean over an advanced index gives each element of a 2x3 leaf: the index per dimension, the gradient.
MEAN_OF = {
    "rows-repeated": (([1, 1, 0],), [[1 / 9, 1 / 9, 1 / 9], [2 / 9, 2 / 9, 2 / 9]]),
    "negative-rows": (([-1, 0],), [[1 / 6, 1 / 6, 1 / 6], [1 / 6, 1 / 6, 1 / 6]]),
    "elements": (([0, 1], [2, 0]), [[0, 0, 1 / 2], [1 / 2, 0, 0]]),
    "elements-repeated": (([1, 1, 1, 0], [2, 2, 0, 1]), [[0, 1 / 4, 0], [1 / 4, 0, 2 / 4]]),
    "one-row-for-several-columns": (([1], [0, 0, 2]), [[0, 0, 0], [2 / 3, 0, 1 / 3]]),
}


@scenario("IDX-09", needs=["BWD-06"])
def repeated_indices_sum_their_gradients(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[torch.tensor([0, 0, 2])]
    observe("the elements", y, documented=[1, 1, 3])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[30, 0, 30])


@scenario("IDX-09/mean-of", cases=MEAN_OF, needs=["BWD-01"])
def the_mean_over_an_integer_array_counts_every_repetition(torch, observe, case):
    indices, gradient = case
    w = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    torch.mean(w[tuple(torch.tensor(index) for index in indices)]).backward()
    observe("the gradient", w.grad, documented=gradient)


@scenario("IDX-09/a-list", needs=["IDX-09"])
def a_list_of_integers_indexes_like_a_tensor(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[[2, 2, 1]]
    observe("the elements", y, documented=[3, 3, 2])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[0, 30, 30])


@scenario("IDX-09/a-matrix-of-indices", needs=["IDX-09"])
def the_result_has_the_shape_of_the_index(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[torch.tensor([[0, 1], [1, 2]])]
    observe("the elements", y, documented=[[1, 2], [2, 3]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[1, 5, 4])


@scenario("IDX-09/rows-in-another-order", needs=["IDX-09"])
def an_integer_array_reorders_and_its_gradient_is_put_back(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = x[torch.tensor([2, 0])]
    observe("the rows", y, documented=[[5, 6], [1, 2]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", x.grad, documented=[[30, 40], [0, 0], [10, 20]])


@scenario("IDX-09/two-arrays-broadcast", needs=["IDX-09"])
def index_arrays_broadcast_against_each_other(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x[torch.tensor([[0], [1]]), torch.tensor([2, 2])]
    observe("the elements", y, documented=[[3, 3], [6, 6]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[0, 0, 3], [0, 0, 7]])


@scenario("IDX-09/arrays-that-do-not-broadcast", needs=["IDX-09"])
def index_arrays_that_do_not_broadcast_are_refused(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    with observe.raises("two against three indices", IndexError, saying=("2", "3")):
        x[torch.tensor([0, 1]), torch.tensor([0, 1, 2])]


@scenario("IDX-09/an-empty-array", needs=["IDX-09"])
def an_empty_index_array_gives_a_gradient_of_zeros(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x[torch.tensor([], dtype=torch.int64)]
    observe("the shape", list(y.shape), documented=[0, 2])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[0, 0], [0, 0]])


@scenario("IDX-09/a-0-dim-index", needs=["IDX-02"])
def a_0_dim_integer_tensor_selects_like_an_integer(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x[torch.tensor(1)]
    observe("the row", y, documented=[3, 4])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[[0, 0], [10, 20]])


@scenario("IDX-09/a-floating-point-index")
def an_index_of_floating_point_dtype_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("a float tensor as an index", IndexError, saying="indices"):
        x[torch.tensor([0.0, 1.0])]


@scenario("IDX-10", needs=["IDX-09"])
def an_advanced_index_makes_a_copy(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    y = x[torch.tensor([0, 1])]
    y[0] = 100.0
    observe("the copy after the write", y, documented=[100, 2])
    observe("the source after the write", x, documented=[1, 2, 3])


@scenario("IDX-10/a-mask", needs=["IDX-11"])
def a_mask_makes_a_copy(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    y = x[x > 1.0]
    y[0] = 100.0
    observe("the copy after the write", y, documented=[100, 3])
    observe("the source after the write", x, documented=[1, 2, 3])


@scenario("IDX-11", needs=["BWD-06"])
def a_mask_gives_its_gradient_to_the_true_positions(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[torch.tensor([True, False, True])]
    observe("the elements", y, documented=[1, 3])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[10, 0, 20])


@scenario("IDX-11/of-two-dimensions", needs=["IDX-11"])
def a_mask_of_a_matrix_selects_in_row_order(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x[torch.tensor([[True, False, True], [False, True, False]])]
    observe("the elements", y, documented=[1, 3, 5])
    y.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[[10, 0, 20], [0, 30, 0]])


@scenario("IDX-11/of-the-rows", needs=["IDX-11"])
def a_mask_of_the_first_dimension_selects_rows(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    y = x[torch.tensor([False, True, True])]
    observe("the rows", y, documented=[[3, 4], [5, 6]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[0, 0], [1, 2], [3, 4]])


@scenario("IDX-11/from-a-comparison", needs=["IDX-11"])
def a_mask_from_a_comparison_carries_no_gradient_of_its_own(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    mask = x > 1.5
    observe("the mask requires grad", mask.requires_grad, documented=False)
    (x * x)[mask].sum().backward()
    observe("the gradient", x.grad, documented=[0, 4, 6])


@scenario("IDX-11/all-false", needs=["IDX-11"])
def a_mask_that_selects_nothing_gives_a_gradient_of_zeros(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x[torch.tensor([False, False])]
    observe("the shape", list(y.shape), documented=[0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[0, 0])


@scenario("IDX-11/of-a-wrong-size", needs=["IDX-11"])
def a_mask_of_another_size_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("a mask of two for a tensor of three", IndexError, saying=("2", "3")):
        x[torch.tensor([True, False])]


@scenario("IDX-12", needs=["IDX-09"])
def a_slice_beside_an_array_accumulates_per_element(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x[:, torch.tensor([1, 1])]
    observe("the elements", y, documented=[[2, 2], [5, 5]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[0, 3, 0], [0, 7, 0]])


@scenario("IDX-12/a-mask-after-a-slice", needs=["IDX-11"])
def a_slice_beside_a_mask_selects_columns(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x[1:, torch.tensor([True, False, True])]
    observe("the elements", y, documented=[[4, 6]])
    y.backward(torch.tensor([[10.0, 20.0]]))
    observe("the gradient", x.grad, documented=[[0, 0, 0], [10, 0, 20]])


@scenario("IDX-12/none-beside-an-array", needs=["IDX-09"])
def none_beside_an_array_adds_a_dimension(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[None, torch.tensor([2, 2])]
    observe("the elements", y, documented=[[3, 3]])
    y.backward(torch.tensor([[10.0, 20.0]]))
    observe("the gradient", x.grad, documented=[0, 0, 30])


@scenario("IDX-12/arrays-with-a-slice-between", needs=["IDX-12"])
def arrays_separated_by_a_slice_put_their_dimension_first(torch, observe):
    x = torch.arange(1.0, 13.0).reshape(2, 3, 2).requires_grad_()
    y = x[torch.tensor([0, 1]), :, torch.tensor([1, 0])]
    observe("the elements", y, documented=[[2, 4, 6], [7, 9, 11]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    observe("the gradient", x.grad, documented=[[[0, 1], [0, 2], [0, 3]], [[4, 0], [5, 0], [6, 0]]])


@scenario("IDX-12/an-integer-beside-an-array", needs=["IDX-12"])
def an_integer_is_taken_before_the_arrays(torch, observe):
    # Where NumPy counts the integer as one more index array, PyTorch selects first: the slice stays in front.
    x = torch.arange(1.0, 13.0).reshape(2, 3, 2).requires_grad_()
    y = x[1, :, torch.tensor([0, 0, 1])]
    observe("the elements", y, documented=[[7, 7, 8], [9, 9, 10], [11, 11, 12]])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[[0, 0], [0, 0], [0, 0]], [[2, 1], [2, 1], [2, 1]]])


@scenario("IDX-60/an-array", devices="cpu", needs=["IDX-09"])
def an_array_with_an_index_out_of_range_raises_in_forward(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("an index of 5", IndexError, saying=("5", "3")):
        x[torch.tensor([0, 5])]
