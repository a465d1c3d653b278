"""The .grad that a backward makes: its shape, dtype and strides, and whether it is a new tensor or the old one."""

from conformance.scenario import scenario

WEIGHTS = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]


@scenario("ACC-24", needs=["BWD-01"])
def the_gradient_has_the_shape_dtype_and_device_of_the_leaf(torch, observe):
    w = torch.tensor(WEIGHTS, requires_grad=True)
    torch.sum(w * 2).backward()
    observe("its shape", list(w.grad.shape), documented=[2, 3])
    observe("its dtype is the leaf's", w.grad.dtype == w.dtype, documented=True)
    observe("its device is the leaf's", w.grad.device == w.device, documented=True)


BROADCAST = {
    "zero-dim": (2.0, 12.0),
    "one-element": ([2.0], [12.0]),
    "row": ([1.0, 2.0, 3.0], [4.0, 4.0, 4.0]),
    "column": ([[1.0], [2.0]], [[6.0], [6.0]]),
    "one-by-one": ([[2.0]], [[12.0]]),
}


@scenario("ACC-24/broadcast", cases=BROADCAST, needs=["ACC-24"])
def a_leaf_that_was_broadcast_gets_a_gradient_of_its_own_shape(torch, observe, operand):
    values, expected = operand
    w = torch.tensor(values, requires_grad=True)
    torch.sum(w * torch.full((2, 3), 2.0)).backward()
    observe("the gradient", w.grad, documented=expected)


@scenario("ACC-24/of-a-narrower-dtype", dtypes=["float32"], needs=["ACC-24"])
def a_leaf_in_an_expression_of_a_wider_dtype_gets_a_gradient_of_its_own_dtype(torch, observe):
    narrow = torch.tensor([1.0, 2.0], dtype=torch.float32, requires_grad=True)
    wide = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    torch.sum(narrow * wide).backward()
    observe("dtype of the float32 leaf's gradient", narrow.grad.dtype, documented=torch.float32)
    observe("the float32 leaf's gradient", narrow.grad, documented=[3.0, 4.0])
    observe("dtype of the float64 leaf's gradient", wide.grad.dtype, documented=torch.float64)
    observe("the float64 leaf's gradient", wide.grad, documented=[1.0, 2.0])


@scenario("ACC-25", needs=["ACC-24"])
def the_gradient_of_a_dense_leaf_takes_its_strides(torch, observe):
    w = torch.tensor(WEIGHTS).t().requires_grad_()
    torch.sum(w * 2).backward()
    observe("the leaf's strides", list(w.stride()), documented=[1, 3])
    observe("the gradient's strides", list(w.grad.stride()), documented=[1, 3])
    observe("the gradient", w.grad, documented=[[2.0, 2.0], [2.0, 2.0], [2.0, 2.0]], layout=True)


@scenario("ACC-25/row-major", needs=["ACC-24"])
def the_gradient_of_a_contiguous_leaf_is_contiguous_even_when_it_came_expanded(torch, observe):
    w = torch.tensor(WEIGHTS, requires_grad=True)
    torch.sum(w).backward()
    observe("after sum, whose gradient is an expanded number", list(w.grad.stride()), documented=[3, 1])
    w.grad = None
    torch.sum(w.t() * 2).backward()
    observe("after use through a transpose", list(w.grad.stride()), documented=[3, 1])


@scenario("ACC-25/of-permuted-dimensions", needs=["ACC-25"])
def the_gradient_of_a_permuted_dense_leaf_takes_its_strides(torch, observe):
    w = torch.zeros(2, 3, 4).permute(2, 0, 1).requires_grad_()
    torch.sum(w * 2).backward()
    observe("the leaf's strides", list(w.stride()), documented=[1, 12, 4])
    observe("the gradient's strides", list(w.grad.stride()), documented=[1, 12, 4])


@scenario("ACC-26", needs=["ACC-24"])
def the_gradient_of_an_overlapping_leaf_is_row_major(torch, observe):
    w = torch.tensor([[1.0], [2.0]]).expand(2, 3).requires_grad_()
    torch.sum(w * torch.tensor(WEIGHTS)).backward()
    observe("the leaf's strides", list(w.stride()), documented=[1, 0])
    observe("the gradient's strides", list(w.grad.stride()), documented=[3, 1])
    observe("the gradient", w.grad, documented=WEIGHTS, layout=True)


@scenario("ACC-26/not-dense", needs=["ACC-24"])
def the_gradient_of_a_leaf_with_gaps_is_row_major(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0, 4.0, 5.0])[::2].requires_grad_()
    torch.sum(w * 2).backward()
    observe("the leaf's strides", list(w.stride()), documented=[2])
    observe("the gradient's strides", list(w.grad.stride()), documented=[1])
    observe("the gradient", w.grad, documented=[2.0, 2.0, 2.0])


@scenario("ACC-26/columns-with-gaps", needs=["ACC-26/not-dense"])
def the_gradient_of_a_transposed_leaf_with_gaps_is_row_major(torch, observe):
    w = torch.tensor(WEIGHTS)[:, :2].t().requires_grad_()
    torch.sum(w * 2).backward()
    observe("the leaf's strides", list(w.stride()), documented=[1, 3])
    observe("the gradient's strides", list(w.grad.stride()), documented=[2, 1])


@scenario("ACC-27", needs=["ACC-02"])
def an_existing_gradient_is_accumulated_in_place(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward()
    first = w.grad
    torch.sum(w * w).backward()
    observe("the same tensor after a second backward", w.grad is first, documented=True)
    observe("what the first reference shows", first, documented=[4.0, 8.0])


@scenario("ACC-27/memory", needs=["ACC-27"])
def accumulating_in_place_shows_in_a_view_of_the_gradient(torch, observe):
    w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    torch.sum(w * w).backward()
    row = w.grad[1]
    torch.sum(w * w).backward()
    observe("row 1 of the gradient, taken before the second backward", row, documented=[12.0, 16.0])


@scenario("ACC-27/the-callers-gradient", needs=["BWD-06"])
def accumulating_never_writes_into_the_tensor_that_was_passed_as_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    seed = torch.tensor([10.0, 20.0])
    w.backward(seed)
    w.backward(seed)
    observe("the gradient", w.grad, documented=[20.0, 40.0])
    observe("the tensor that was passed", seed, documented=[10.0, 20.0])
    seed.zero_()
    observe("the gradient after a write to that tensor", w.grad, documented=[20.0, 40.0])


@scenario("ACC-27/two-leaves", needs=["BWD-06"])
def leaves_that_receive_the_same_gradient_do_not_share_it(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    (a + b).backward(torch.tensor([5.0, 6.0]))
    a.grad.zero_()
    observe("the zeroed one", a.grad, documented=[0.0, 0.0])
    observe("the other one", b.grad, documented=[5.0, 6.0])


@scenario("ACC-27/the-other-factor", needs=["ACC-27"])
def the_gradient_shares_no_memory_with_the_other_factor(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 4.0], requires_grad=True)
    torch.sum(w * v).backward()  # the gradient of w has the values of v
    w.grad.zero_()
    observe("v after a write to the gradient of w", v, documented=[3.0, 4.0])
    observe("the gradient of v", v.grad, documented=[1.0, 2.0])


@scenario("ACC-28", needs=["ACC-02"])
def under_create_graph_an_existing_gradient_is_replaced_by_the_sum(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * 3).backward()
    old = w.grad
    torch.sum(w * w).backward(create_graph=True)
    observe("a new tensor", w.grad is not old, documented=True)
    observe("the new gradient", w.grad, documented=[5.0, 7.0])
    observe("the old tensor", old, documented=[3.0, 3.0])


@scenario("ACC-28/then-without", needs=["ACC-27", "ACC-28"])
def a_gradient_with_a_graph_is_accumulated_in_place_by_an_ordinary_backward(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w).backward(create_graph=True)
    first = w.grad
    torch.sum(w * 3).backward()
    observe("the same tensor", w.grad is first)
    observe("the gradient", w.grad, documented=[5.0, 7.0])
    observe("it still requires grad", w.grad.requires_grad)


FORMATTED = {
    "contiguous": lambda torch, x: x.contiguous(memory_format=torch.channels_last),
    "clone": lambda torch, x: x.clone(memory_format=torch.channels_last),
    "to": lambda torch, x: x.to(memory_format=torch.channels_last),
    "to-with-a-dtype": lambda torch, x: x.to(torch.float64, memory_format=torch.channels_last),
}


@scenario("IDX-62", cases=FORMATTED)
def a_tensor_can_be_laid_out_with_the_channels_last(torch, observe, convert):
    x = torch.arange(12.0).reshape(1, 3, 2, 2).requires_grad_()
    y = convert(torch, x)
    observe("its strides", list(y.stride()), documented=[12, 1, 6, 3])
    observe("in that format", y.is_contiguous(memory_format=torch.channels_last), documented=True)
    observe("row-major", y.is_contiguous(), documented=False)
    observe("its elements", y)
    (y * y).sum().backward()
    observe("the gradient", x.grad)
    observe("the gradient's strides are the leaf's", list(x.grad.stride()))


@scenario("IDX-62/kept", needs=["IDX-62/contiguous"])
def results_and_gradients_keep_the_channels_last(torch, observe):
    x = torch.ones(1, 3, 2, 2).contiguous(memory_format=torch.channels_last).requires_grad_()
    observe("a product's strides", list((x * 2).stride()))
    observe("a copy's", list(x.clone().stride()))
    observe("a row-major copy's", list(x.clone(memory_format=torch.contiguous_format).stride()))
    observe("of zeros like it", list(torch.zeros_like(x).stride()))
    observe("of row-major zeros like it", list(torch.zeros_like(x, memory_format=torch.contiguous_format).stride()))
    observe("of a new one", list(torch.empty(1, 3, 2, 2, memory_format=torch.channels_last).stride()))
    (x * 2).sum().backward()
    observe("the gradient's", list(x.grad.stride()))


@scenario("IDX-62/refused", needs=["IDX-62/contiguous"])
def channels_last_needs_four_dimensions(torch, observe):
    with observe.raises("one dimension", RuntimeError, saying="4"):
        torch.ones(2).contiguous(memory_format=torch.channels_last)
    with observe.raises("no format", TypeError, saying="memory_format"):
        torch.ones(2).contiguous(memory_format="channels_last")
    observe(
        "five, in the format for five",
        list(torch.ones(1, 2, 2, 2, 2).to(memory_format=torch.channels_last_3d).stride()),
    )


@scenario("IDX-62/names", needs=["IDX-62/contiguous"])
def layouts_and_formats_are_objects_of_their_own(torch, observe):
    observe("of an ordinary tensor", torch.ones(1).layout is torch.strided, documented=True)
    observe("its repr", repr(torch.strided), documented="torch.strided")
    observe("a format's", repr(torch.channels_last), documented="torch.channels_last")
    observe("a layout", isinstance(torch.strided, torch.layout))
    observe("a format", isinstance(torch.preserve_format, torch.memory_format))
    with observe.raises("making one", TypeError):
        torch.memory_format()


@scenario("IDX-62/modules", needs=["IDX-62/to"])
def a_module_lays_out_its_weights(torch, observe):
    layer = torch.nn.Conv2d(3, 4, 2).to(memory_format=torch.channels_last)
    observe("the weight's strides", list(layer.weight.stride()))
    observe("the bias's", list(layer.bias.stride()))
