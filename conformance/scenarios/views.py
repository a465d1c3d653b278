"""Views: what shares storage with what, and the gradient of narrow, select, expand, as_strided, transpose, view ..."""

from conformance.scenario import scenario

# Functions of the matrix [[1, 2, 3], [4, 5, 6]] that return a view of it.
VIEWS = {
    "slice": lambda torch, x: x[:, 1:],
    "integer-index": lambda torch, x: x[1],
    "ellipsis-and-none": lambda torch, x: x[..., None, 0],
    "narrow": lambda torch, x: x.narrow(1, 0, 2),
    "select": lambda torch, x: x.select(0, 1),
    "transpose": lambda torch, x: x.transpose(0, 1),
    "t": lambda torch, x: x.t(),
    "permute": lambda torch, x: x.permute(1, 0),
    "movedim": lambda torch, x: torch.movedim(x, 0, 1),
    "swapaxes": lambda torch, x: torch.swapaxes(x, 0, 1),
    "view": lambda torch, x: x.view(3, 2),
    "view-as": lambda torch, x: x.view_as(torch.zeros(6)),
    "reshape": lambda torch, x: x.reshape(6),
    "flatten": lambda torch, x: x.flatten(),
    "unflatten": lambda torch, x: x.unflatten(1, (3, 1)),
    "squeeze": lambda torch, x: x[:1].squeeze(0),
    "unsqueeze": lambda torch, x: x.unsqueeze(0),
    "expand": lambda torch, x: x.expand(2, 2, 3),
    "diagonal": lambda torch, x: x.diagonal(),
    "unfold": lambda torch, x: x.unfold(1, 2, 1),
    "as-strided": lambda torch, x: x.as_strided((2,), (3,)),
    "unbind": lambda torch, x: x.unbind(0)[0],
    "split": lambda torch, x: x.split(2, 1)[0],
    "chunk": lambda torch, x: x.chunk(2)[1],
    "tensor-split": lambda torch, x: x.tensor_split(2)[0],
    "detach": lambda torch, x: x.detach(),
}

# Rearrangements of the matrix [[1, 2, 3], [4, 5, 6]]: the function, its result, and where the upstream gradient
# that equals the result comes back (to the element it was copied from, so always the matrix itself).
REARRANGEMENTS = {
    "transpose": (lambda torch, x: x.transpose(0, 1), [[1, 4], [2, 5], [3, 6]]),
    "t": (lambda torch, x: x.t(), [[1, 4], [2, 5], [3, 6]]),
    "T": (lambda torch, x: x.T, [[1, 4], [2, 5], [3, 6]]),
    "mT": (lambda torch, x: x.mT, [[1, 4], [2, 5], [3, 6]]),
    "permute": (lambda torch, x: x.permute(1, 0), [[1, 4], [2, 5], [3, 6]]),
    "permute-of-three": (lambda torch, x: x.unsqueeze(2).permute(1, 2, 0), [[[1, 4]], [[2, 5]], [[3, 6]]]),
    "movedim": (lambda torch, x: torch.movedim(x, 1, 0), [[1, 4], [2, 5], [3, 6]]),
    "swapaxes": (lambda torch, x: torch.swapaxes(x, 0, -1), [[1, 4], [2, 5], [3, 6]]),
    "view": (lambda torch, x: x.view(3, 2), [[1, 2], [3, 4], [5, 6]]),
    "view-with-an-inferred-size": (lambda torch, x: x.view(-1, 2), [[1, 2], [3, 4], [5, 6]]),
    "squeeze": (lambda torch, x: x.view(2, 1, 3).squeeze(1), [[1, 2, 3], [4, 5, 6]]),
    "unsqueeze": (lambda torch, x: x.unsqueeze(1), [[[1, 2, 3]], [[4, 5, 6]]]),
    "unflatten": (lambda torch, x: x.unflatten(1, (3, 1)), [[[1], [2], [3]], [[4], [5], [6]]]),
}


@scenario("IDX-08", cases=VIEWS)
def a_write_to_the_base_shows_in_its_view(torch, observe, case):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    y = case(torch, x)
    x.add_(10.0)
    observe("the view after the write to its base", y)
    observe("the smallest element is a new one", bool(y.min() > 10.0), documented=True)


@scenario("IDX-08", needs=["IDX-08/slice"])
def a_write_to_a_view_shows_in_its_base(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    y = x[1:, ::2]
    y.zero_()
    observe("the base after the write", x, documented=[[1, 2, 3], [0, 5, 0]])


@scenario("IDX-08/the-base", needs=["IDX-08/slice"])
def a_view_knows_the_tensor_that_owns_its_memory(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    row = x[1]
    observe("the base of a row is the tensor", row._base is x, documented=True)
    observe("the base of a view of a view is the tensor too", row[1:]._base is x, documented=True)
    observe("the tensor itself has no base", x._base is None, documented=True)
    observe("a copy has no base", x[torch.tensor([1])]._base is None, documented=True)


@scenario("IDX-08/the-address", needs=["IDX-08/slice"])
def a_view_that_starts_at_the_first_element_has_the_address_of_its_base(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0])
    observe("a view from the start", x[:2].data_ptr() == x.data_ptr(), documented=True)
    observe("a clone", x.clone().data_ptr() == x.data_ptr(), documented=False)
    observe("a view from the second element", x[1:].data_ptr() - x.data_ptr() == x.element_size(), documented=True)
    observe("its offset in elements", x[1:].storage_offset(), documented=1)


@scenario("IDX-27", needs=["BWD-06"])
def narrow_leaves_the_outside_without_gradient(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x.narrow(1, 1, 2)
    observe("the part", y, documented=[[2, 3], [5, 6]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", x.grad, documented=[[0, 10, 20], [0, 30, 40]])


@scenario("IDX-27/out-of-range", needs=["IDX-27"])
def narrow_past_the_end_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("two elements from the last", RuntimeError, saying=("2", "3")):
        x.narrow(0, 2, 2)


@scenario("IDX-28", needs=["BWD-06"])
def select_gives_its_gradient_to_one_index_of_a_dimension(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x.select(1, 0)
    observe("the column", y, documented=[1, 4])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[[10, 0, 0], [20, 0, 0]])


@scenario("IDX-29", needs=["BWD-06"])
def overlapping_windows_sum_their_gradients(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.unfold(0, 2, 1)
    observe("the windows", y, documented=[[1, 2], [2, 3]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", x.grad, documented=[10, 50, 40])


@scenario("IDX-29/with-a-step", needs=["IDX-29"])
def windows_with_a_step_leave_the_rest_without_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], requires_grad=True)
    y = x.unfold(0, 2, 3)
    observe("the windows", y, documented=[[1, 2], [4, 5]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", x.grad, documented=[10, 20, 0, 30, 40, 0])


@scenario("IDX-30", needs=["BWD-06"])
def expand_sums_over_the_expanded_dimensions(torch, observe):
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    y = x.expand(3, 2)
    observe("the view", y, documented=[[1, 2], [1, 2], [1, 2]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]))
    observe("the gradient", x.grad, documented=[[9, 12]])


@scenario("IDX-30/new-dimensions", needs=["IDX-30"])
def expand_to_a_new_dimension_and_minus_one_for_a_kept_one(torch, observe):
    x = torch.tensor([[1.0], [2.0]], requires_grad=True)
    y = x.expand(2, -1, 3)
    observe("the shape", list(y.shape), documented=[2, 2, 3])
    y.backward(torch.arange(1.0, 13.0).reshape(2, 2, 3))
    observe("the gradient", x.grad, documented=[[1 + 2 + 3 + 7 + 8 + 9], [4 + 5 + 6 + 10 + 11 + 12]])


@scenario("IDX-30/without-memory", needs=["IDX-30"])
def an_expanded_dimension_has_stride_zero(torch, observe):
    x = torch.tensor([[1.0, 2.0]])
    observe("the strides", list(x.expand(3, 2).stride()), documented=[0, 1])


@scenario("IDX-31", needs=["BWD-06"])
def as_strided_sums_per_memory_location(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x.as_strided((2, 2), (1, 1))
    observe("the view", y, documented=[[1, 2], [2, 3]])
    y.backward(torch.tensor([[10.0, 20.0], [30.0, 40.0]]))
    observe("the gradient", x.grad, documented=[10, 50, 40])


@scenario("IDX-31/with-an-offset", needs=["IDX-31"])
def as_strided_with_an_offset_starts_later(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x.as_strided((2,), (3,), 1)
    observe("the view", y, documented=[2, 5])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[[0, 10, 0], [0, 20, 0]])


@scenario("IDX-32", needs=["IDX-31", "IDX-01"])
def as_strided_reads_the_storage_but_gives_no_gradient_outside_its_input(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    y = x[1:].as_strided((2,), (1,), 0)
    observe("the view begins before its input", y, documented=[1, 2])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[0, 20, 0])


@scenario("IDX-33", needs=["BWD-06"])
def diagonal_gives_its_gradient_to_the_diagonal_alone(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x.diagonal()
    observe("the diagonal", y, documented=[1, 4])
    y.backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[[10, 0], [0, 20]])


@scenario("IDX-33/with-an-offset", needs=["IDX-33"])
def a_diagonal_with_an_offset_of_a_wide_matrix(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = torch.diagonal(x, offset=-1)
    observe("below the diagonal", y, documented=[4])
    (torch.diagonal(x, offset=1) * torch.tensor([10.0, 20.0])).sum().backward()
    observe("the gradient of the one above", x.grad, documented=[[0, 10, 0], [0, 0, 20]])


@scenario("IDX-42", cases=REARRANGEMENTS, needs=["BWD-06"])
def a_rearranging_view_only_rearranges_the_gradient(torch, observe, case):
    function, result = case
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = function(torch, x)
    observe("the view", y, documented=result)
    y.backward(y.detach() * 10.0)
    observe("the gradient", x.grad, documented=[[10, 20, 30], [40, 50, 60]])


@scenario("IDX-42/strides", needs=["IDX-42/transpose"])
def a_transpose_swaps_the_strides_and_is_not_contiguous(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    observe("the strides of the matrix", list(x.stride()), documented=[3, 1])
    observe("the strides of its transpose", list(x.t().stride()), documented=[1, 3])
    observe("the transpose is contiguous", x.t().is_contiguous(), documented=False)
    observe("a contiguous copy of it", x.t().contiguous(), documented=[[1, 4], [2, 5], [3, 6]], layout=True)


@scenario("IDX-43", needs=["IDX-08/view", "IDX-42/transpose"])
def reshape_is_a_view_where_it_can_be_and_a_copy_where_it_cannot(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    view = x.reshape(6)
    copy = x.t().reshape(6)
    x.zero_()
    observe("of a contiguous tensor, after a write", view, documented=[0, 0, 0, 0, 0, 0])
    observe("of a transposed tensor, after the write", copy, documented=[1, 4, 2, 5, 3, 6])


@scenario("IDX-43/the-gradient", needs=["IDX-43"])
def the_gradient_of_reshape_is_the_same_for_a_view_and_a_copy(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    upstream = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    x.reshape(6).backward(upstream)
    observe("through a view", x.grad, documented=[[1, 2, 3], [4, 5, 6]])
    x.grad = None
    x.t().reshape(6).backward(upstream)
    observe("through a copy", x.grad, documented=[[1, 3, 5], [2, 4, 6]])


@scenario("IDX-43/a-size-that-does-not-fit")
def reshape_to_another_number_of_elements_is_refused(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    with observe.raises("six elements to four", RuntimeError, saying=("4", "6")):
        x.reshape(4)


@scenario("IDX-44", needs=["BWD-06"])
def flatten_of_a_vector_is_the_vector_itself(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    observe("the same object", x.flatten() is x, documented=True)
    observe("a 0-dim tensor becomes a vector", torch.tensor(3.0).flatten(), documented=[3])


@scenario("IDX-44/a-view", needs=["IDX-44", "IDX-08/flatten"])
def flatten_of_a_contiguous_matrix_is_a_view_and_of_a_transposed_one_a_copy(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    view = x.flatten()
    copy = x.t().flatten()
    x.zero_()
    observe("of the matrix, after a write", view, documented=[0, 0, 0, 0])
    observe("of its transpose, after the write", copy, documented=[1, 3, 2, 4])


@scenario("IDX-44/some-dimensions", needs=["IDX-44"])
def flatten_of_some_dimensions_keeps_the_others(torch, observe):
    x = torch.arange(1.0, 9.0).reshape(2, 2, 2).requires_grad_()
    y = x.flatten(1)
    observe("the result", y, documented=[[1, 2, 3, 4], [5, 6, 7, 8]])
    y.backward(torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]]))
    observe("the gradient", x.grad, documented=[[[1, 2], [3, 4]], [[5, 6], [7, 8]]])


@scenario("IDX-45", needs=["IDX-42/transpose"])
def view_of_incompatible_strides_is_refused(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    with observe.raises("flattening a transpose", RuntimeError, saying="view"):
        x.t().view(-1)


@scenario("IDX-45/a-size-that-does-not-fit", needs=["IDX-42/view"])
def view_to_another_number_of_elements_is_refused(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    with observe.raises("six elements to four", RuntimeError, saying=("4", "6")):
        x.view(4)
