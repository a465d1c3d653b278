"""unbind, split, chunk and iteration: several views at once, and what in-place changes of them may do."""

from conformance.scenario import scenario

PIECES = {
    "split": lambda y: y.split(1),
    "unbind": lambda y: y.unbind(0),
    "chunk": lambda y: y.chunk(2),
    "tensor-split": lambda y: y.tensor_split(2),
}


@scenario("IDX-34", needs=["BWD-06"])
def an_unused_output_of_unbind_contributes_zero(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    pieces = x.unbind(0)
    observe("the pieces", pieces, documented=[[1, 2], [3, 4], [5, 6]])
    pieces[1].backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[[0, 0], [10, 20], [0, 0]])


@scenario("IDX-34/all-of-them", needs=["IDX-34"])
def all_outputs_of_unbind_along_the_columns(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x.unbind(1)
    observe("the second column", second, documented=[2, 4])
    (first * torch.tensor([1.0, 2.0]) + second * torch.tensor([10.0, 20.0])).sum().backward()
    observe("the gradient", x.grad, documented=[[1, 10], [2, 20]])


@scenario("IDX-35", needs=["BWD-06"])
def an_unused_piece_of_split_contributes_zero(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    pieces = x.split(2)
    observe("the pieces", pieces, documented=[[1, 2], [3, 4], [5]])
    pieces[1].backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[0, 0, 10, 20, 0])


@scenario("IDX-35/of-given-sizes", needs=["IDX-35"])
def split_into_given_sizes(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    _, right = x.split([1, 2], dim=1)
    observe("the right piece", right, documented=[[2, 3], [5, 6]])
    right.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=[[0, 1, 2], [0, 3, 4]])


@scenario("IDX-35/sizes-that-do-not-add-up", needs=["IDX-35/of-given-sizes"])
def split_sizes_must_add_up(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    with observe.raises("sizes 1 and 1 of 3", RuntimeError, saying="split"):
        x.split([1, 1])


@scenario("IDX-35/chunk", needs=["BWD-06"])
def chunk_makes_pieces_of_equal_size_but_for_the_last(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    pieces = x.chunk(2)
    observe("the pieces", pieces, documented=[[1, 2, 3], [4, 5]])
    pieces[1].backward(torch.tensor([10.0, 20.0]))
    observe("the gradient", x.grad, documented=[0, 0, 0, 10, 20])


@scenario("IDX-35/fewer-chunks-than-asked-for", needs=["IDX-35/chunk"])
def chunk_may_return_fewer_pieces(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])
    observe("five elements in four chunks", x.chunk(4), documented=[[1, 2], [3, 4], [5]])


@scenario("IDX-35/tensor-split", needs=["BWD-06"])
def tensor_split_at_given_positions(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0], requires_grad=True)
    pieces = torch.tensor_split(x, (1, 4))
    observe("the pieces", pieces, documented=[[1], [2, 3, 4], [5]])
    pieces[1].backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[0, 10, 20, 30, 0])


@scenario("IDX-35/a-piece-used-twice", needs=["IDX-35"])
def pieces_used_together_and_twice_add_up(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    left, right = x.split(2)
    (left * right + left * 10.0).sum().backward()
    observe("the gradient", x.grad, documented=[13, 14, 1, 2])


@scenario("IDX-36", needs=["IDX-35"])
def changing_a_piece_of_split_in_place_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    piece = y.split(1)[0]
    with observe.raises("an in-place change of a piece", RuntimeError, saying=("view", "multiple")):
        piece.mul_(2.0)


@scenario("IDX-37", needs=["IDX-34"])
def changing_an_output_of_unbind_in_place_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    piece = y.unbind(0)[0]
    with observe.raises("an in-place change of a piece", RuntimeError, saying=("view", "multiple")):
        piece.mul_(2.0)


@scenario("IDX-38", needs=["IDX-35/chunk"])
def changing_a_chunk_in_place_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    piece = y.chunk(2)[0]
    with observe.raises("an in-place change of a piece", RuntimeError, saying=("view", "multiple")):
        piece.mul_(2.0)


@scenario("IDX-36/of-a-plain-tensor", cases=PIECES, needs=["IDX-08"])
def pieces_of_a_tensor_outside_any_graph_may_be_changed_in_place(torch, observe, case):
    y = torch.tensor([1.0, 2.0])
    case(y)[0].mul_(10.0)
    observe("the tensor", y, documented=[10, 2])


@scenario("IDX-39", needs=["IDX-36"])
def a_piece_of_unsafe_split_may_be_changed_in_place(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    piece = torch.unsafe_split(y, 1)[0]
    piece.mul_(10.0)
    observe("the piece", piece, documented=[10])
    piece.backward(torch.tensor([3.0]))
    observe("the gradient", x.grad, documented=[30, 0])


@scenario("IDX-39/unsafe-chunk", needs=["IDX-38"])
def a_piece_of_unsafe_chunk_may_be_changed_in_place(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    piece = torch.unsafe_chunk(y, 2)[1]
    piece.mul_(10.0)
    observe("the piece", piece, documented=[20])
    piece.backward(torch.tensor([3.0]))
    observe("the gradient", x.grad, documented=[0, 30])


@scenario("IDX-40", needs=["IDX-36", "INP-06"])
def under_no_grad_a_piece_may_be_changed_in_place(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1.0
    piece = y.split(1)[0]
    with torch.no_grad():
        piece.mul_(10.0)
    observe("the tensor", y, documented=[10, 2])
    y.sum().backward()
    observe("the gradient knows nothing of it", x.grad, documented=[1, 1])


@scenario("IDX-61", needs=["IDX-34"])
def iterating_yields_views_whose_gradients_add_up(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    total = sum(item * item for item in x)
    observe("the sum of squares", total, documented=14.0)
    total.backward()
    observe("the gradient", x.grad, documented=[2, 4, 6])


@scenario("IDX-61/rows", needs=["IDX-61"])
def iterating_a_matrix_yields_its_rows(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    first, second = x
    observe("the second row", second, documented=[3, 4])
    (first * second).sum().backward()
    observe("the gradient", x.grad, documented=[[3, 4], [1, 2]])


@scenario("IDX-61/shares-storage", needs=["IDX-61"])
def the_rows_of_an_iteration_are_views(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    for row in x:
        row[0] = 0.0
    observe("the matrix", x, documented=[[0, 2], [0, 4]])


@scenario("IDX-61/a-0-dim-tensor", needs=["IDX-61"])
def a_0_dim_tensor_cannot_be_iterated(torch, observe):
    with observe.raises("iterating a scalar", TypeError, saying="0-d"):
        list(torch.tensor(1.0))


@scenario("IDX-36/base-written", needs=["IDX-36"])
def a_piece_cannot_be_used_after_its_base_was_written_to(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    first, _ = y.split(1)
    y.mul_(2)
    with observe.raises("using the piece", RuntimeError, saying=("multiple views", "base or another view")):
        (first * 3).sum().backward()


@scenario("IDX-36/message", needs=["IDX-36"])
def the_message_tells_a_write_to_the_piece_from_one_to_its_base(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    first, _ = (x * 1).split(1)
    with observe.raises("writing to the piece", RuntimeError, saying=("multiple views", "is being modified")):
        first.mul_(2)


@scenario("IDX-63")
def a_storage_is_shared_by_a_base_and_its_views(torch, observe):
    x = torch.ones(2, 3)
    memory = x.untyped_storage()
    observe("a view has the same", x[1].untyped_storage().data_ptr() == memory.data_ptr(), documented=True)
    observe("so has a detached one", x.detach().untyped_storage().data_ptr() == memory.data_ptr(), documented=True)
    observe("a copy has another", x.clone().untyped_storage().data_ptr() == memory.data_ptr(), documented=False)
    observe("it is as large as the base", x[1].untyped_storage().nbytes() == x.nbytes)
    observe("a tensor is set to itself", x.is_set_to(x))
    observe("to the whole", x.is_set_to(x[:]))
    observe("to a part", x.is_set_to(x[1]))
    observe("the order of the dimensions", list(x.t().dim_order()))
    observe("is_storage", [torch.is_storage(memory), torch.is_storage(x)], documented=[True, False])


@scenario("IDX-64", devices="cpu")
def a_tensor_can_look_into_a_python_buffer(torch, observe):
    buffer = bytearray(b"\x01\x02\x03\x04")
    x = torch.frombuffer(buffer, dtype=torch.uint8)
    observe("its elements", x, documented=[1, 2, 3, 4])
    x[0] = 7
    observe("a write to it reaches the buffer", buffer[0], documented=7)
    buffer[1] = 9
    observe("a write to the buffer reaches it", x, documented=[7, 9, 3, 4])
    observe("a part", torch.frombuffer(buffer, dtype=torch.uint8, count=2, offset=1))


BAD_BUFFERS = {
    "half-an-element": {"buffer": bytearray(6)},
    "none": {"buffer": bytearray(0)},
    "a-count-too-many": {"buffer": bytearray(8), "count": 3},
    "a-count-of-zero": {"buffer": bytearray(8), "count": 0},
    "an-offset-beyond": {"buffer": bytearray(8), "offset": 9},
    "an-offset-between-elements": {"buffer": bytearray(8), "offset": 3},
    "no-buffer": {"buffer": 3},
}


@scenario("IDX-64", cases=BAD_BUFFERS, devices="cpu", needs=["IDX-64"])
def a_buffer_that_does_not_hold_what_is_asked_is_refused(torch, observe, case):
    with observe.raises("the call", ValueError):
        torch.frombuffer(**case, dtype=torch.float32)
