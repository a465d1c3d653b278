"""In-place writes at chosen positions: indexed assignment, index_*_, masked_*_, scatter_*_, and rewrites."""

from conformance.scenario import scenario


def assign(y, index, value):
    y[index] = value


#: y is x times 2 with x = [1, 2, 3, 4], v = [10, 20]: the write, y afterwards, and the gradients of x and v of
#: the sum of y's squares.
WRITES = {
    "assign-element": (
        lambda torch, y, v: assign(y, 1, v[0]), [2.0, 10.0, 6.0, 8.0], [8.0, 0.0, 24.0, 32.0], [20.0, 0.0],
    ),
    "assign-last": (
        lambda torch, y, v: assign(y, -1, v[0]), [2.0, 4.0, 6.0, 10.0], [8.0, 16.0, 24.0, 0.0], [20.0, 0.0],
    ),
    "assign-slice": (
        lambda torch, y, v: assign(y, slice(1, 3), v), [2.0, 10.0, 20.0, 8.0], [8.0, 0.0, 0.0, 32.0], [20.0, 40.0],
    ),
    "assign-every-other": (
        lambda torch, y, v: assign(y, slice(None, None, 2), v),
        [10.0, 4.0, 20.0, 8.0], [0.0, 16.0, 0.0, 32.0], [20.0, 40.0],
    ),
    "assign-ellipsis": (
        lambda torch, y, v: assign(y, ..., v[0]), [10.0] * 4, [0.0] * 4, [80.0, 0.0],
    ),
    "assign-list": (
        lambda torch, y, v: assign(y, [3, 0], v), [20.0, 4.0, 6.0, 10.0], [0.0, 16.0, 24.0, 0.0], [20.0, 40.0],
    ),
    "assign-tensor-index": (
        lambda torch, y, v: assign(y, torch.tensor([3, 0]), v),
        [20.0, 4.0, 6.0, 10.0], [0.0, 16.0, 24.0, 0.0], [20.0, 40.0],
    ),
    "assign-mask": (
        lambda torch, y, v: assign(y, y > 5.0, v), [2.0, 4.0, 10.0, 20.0], [8.0, 16.0, 0.0, 0.0], [20.0, 40.0],
    ),
    "assign-mask-one-value": (
        lambda torch, y, v: assign(y, y > 5.0, v[0]), [2.0, 4.0, 10.0, 10.0], [8.0, 16.0, 0.0, 0.0], [40.0, 0.0],
    ),
    "masked_fill_": (
        lambda torch, y, v: y.masked_fill_(y > 5.0, v[0]), [2.0, 4.0, 10.0, 10.0], [8.0, 16.0, 0.0, 0.0], [40.0, 0.0],
    ),
    "masked_scatter_": (
        lambda torch, y, v: y.masked_scatter_(y > 5.0, v), [2.0, 4.0, 10.0, 20.0], [8.0, 16.0, 0.0, 0.0], [20.0, 40.0],
    ),
    "index_add_": (
        lambda torch, y, v: y.index_add_(0, torch.tensor([1, 1]), v, alpha=0.5),
        [2.0, 19.0, 6.0, 8.0], [8.0, 76.0, 24.0, 32.0], [19.0, 19.0],
    ),
    "index_copy_": (
        lambda torch, y, v: y.index_copy_(0, torch.tensor([3, 0]), v),
        [20.0, 4.0, 6.0, 10.0], [0.0, 16.0, 24.0, 0.0], [20.0, 40.0],
    ),
    "index_fill_": (
        lambda torch, y, v: y.index_fill_(0, torch.tensor([3, 0]), v[0]),
        [10.0, 4.0, 6.0, 10.0], [0.0, 16.0, 24.0, 0.0], [40.0, 0.0],
    ),
    "index_put_": (
        lambda torch, y, v: y.index_put_((torch.tensor([3, 0]),), v),
        [20.0, 4.0, 6.0, 10.0], [0.0, 16.0, 24.0, 0.0], [20.0, 40.0],
    ),
    "index_put_-accumulating": (
        lambda torch, y, v: y.index_put_((torch.tensor([1, 1]),), v, accumulate=True),
        [2.0, 34.0, 6.0, 8.0], [8.0, 136.0, 24.0, 32.0], [68.0, 68.0],
    ),
    "put_": (
        lambda torch, y, v: y.put_(torch.tensor([3, 0]), v),
        [20.0, 4.0, 6.0, 10.0], [0.0, 16.0, 24.0, 0.0], [20.0, 40.0],
    ),
    "put_-accumulating": (
        lambda torch, y, v: y.put_(torch.tensor([1, 1]), v, accumulate=True),
        [2.0, 34.0, 6.0, 8.0], [8.0, 136.0, 24.0, 32.0], [68.0, 68.0],
    ),
    "scatter_": (
        lambda torch, y, v: y.scatter_(0, torch.tensor([3, 0]), v),
        [20.0, 4.0, 6.0, 10.0], [0.0, 16.0, 24.0, 0.0], [20.0, 40.0],
    ),
    "scatter_add_": (
        lambda torch, y, v: y.scatter_add_(0, torch.tensor([1, 1]), v),
        [2.0, 34.0, 6.0, 8.0], [8.0, 136.0, 24.0, 32.0], [68.0, 68.0],
    ),
    "scatter_reduce_-sum": (
        lambda torch, y, v: y.scatter_reduce_(0, torch.tensor([1, 1]), v, "sum"),
        [2.0, 34.0, 6.0, 8.0], [8.0, 136.0, 24.0, 32.0], [68.0, 68.0],
    ),
    "scatter_reduce_-amax": (
        lambda torch, y, v: y.scatter_reduce_(0, torch.tensor([1, 1]), v, "amax"),
        [2.0, 20.0, 6.0, 8.0], [8.0, 0.0, 24.0, 32.0], [0.0, 40.0],
    ),
    "index_reduce_-prod": (
        lambda torch, y, v: y.index_reduce_(0, torch.tensor([1, 1]), v, "prod"),
        [2.0, 800.0, 6.0, 8.0], [8.0, 640000.0, 24.0, 32.0], [128000.0, 64000.0],
    ),
    "scatter_reduce_-prod": (
        lambda torch, y, v: y.scatter_reduce_(0, torch.tensor([1, 1]), v, "prod"),
        [2.0, 800.0, 6.0, 8.0], [8.0, 640000.0, 24.0, 32.0], [128000.0, 64000.0],
    ),
    "scatter_reduce_-mean": (
        lambda torch, y, v: y.scatter_reduce_(0, torch.tensor([1, 1]), v, "mean", include_self=False),
        [2.0, 15.0, 6.0, 8.0], [8.0, 0.0, 24.0, 32.0], [15.0, 15.0],
    ),
    "diagonal-copy_": (
        lambda torch, y, v: y.view(2, 2).diagonal().copy_(v),
        [10.0, 4.0, 6.0, 20.0], [0.0, 16.0, 24.0, 0.0], [20.0, 40.0],
    ),
    "slice-add": (
        lambda torch, y, v: y[1:3].add_(v), [2.0, 14.0, 26.0, 8.0], [8.0, 56.0, 104.0, 32.0], [28.0, 52.0],
    ),
}  # fmt: skip


@scenario("INP-38", cases=WRITES, needs=["INP-18"])
def a_write_at_chosen_positions_splits_the_gradient_between_old_content_and_value(torch, observe, case):
    write, after, old, new = case
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    v = torch.tensor([10.0, 20.0], requires_grad=True)
    y = x * 2
    alias = y.detach()
    write(torch, y, v)
    observe("an alias shows the write", alias, documented=after)
    observe("the version rose", y._version > 0, documented=True)
    (y * y).sum().backward()
    observe("the gradient of the old content", x.grad, documented=old)
    observe("the gradient of the value", v.grad, documented=new)


@scenario("INP-38/on-a-leaf", cases=WRITES, needs=["INP-05"])
def no_write_at_chosen_positions_may_change_a_leaf(torch, observe, case):
    write, _, _, _ = case
    x = torch.tensor([2.0, 4.0, 6.0, 8.0], requires_grad=True)
    with observe.raises("the write", RuntimeError, saying="leaf"):
        write(torch, x, torch.tensor([10.0, 20.0]))
    observe("the leaf's value afterwards", x, documented=[2.0, 4.0, 6.0, 8.0])


@scenario("INP-38/into-zeros", cases=WRITES, needs=["INP-20"])
def a_recorded_value_written_into_a_constant_makes_it_recorded(torch, observe, case):
    write, after, _, new = case
    y = torch.tensor([2.0, 4.0, 6.0, 8.0])
    v = torch.tensor([10.0, 20.0], requires_grad=True)
    write(torch, y, v)
    observe("the value", y, documented=after)
    observe("it requires grad", y.requires_grad, documented=True)
    (y * y).sum().backward()
    observe("the gradient of the value", v.grad, documented=new)


NUMBER_WRITES = {
    "assign-element": (lambda torch, y: assign(y, 1, 9.0), [2.0, 9.0, 6.0, 8.0], [2.0, 0.0, 2.0, 2.0]),
    "assign-slice": (lambda torch, y: assign(y, slice(1, 3), 9.0), [2.0, 9.0, 9.0, 8.0], [2.0, 0.0, 0.0, 2.0]),
    "assign-mask": (lambda torch, y: assign(y, y > 5.0, 9.0), [2.0, 4.0, 9.0, 9.0], [2.0, 2.0, 0.0, 0.0]),
    "assign-list": (lambda torch, y: assign(y, [0, 0], 9.0), [9.0, 4.0, 6.0, 8.0], [0.0, 2.0, 2.0, 2.0]),
    "masked_fill_": (lambda torch, y: y.masked_fill_(y > 5.0, 9.0), [2.0, 4.0, 9.0, 9.0], [2.0, 2.0, 0.0, 0.0]),
    "index_fill_": (
        lambda torch, y: y.index_fill_(0, torch.tensor([0]), 9.0), [9.0, 4.0, 6.0, 8.0], [0.0, 2.0, 2.0, 2.0],
    ),
    "scatter_": (
        lambda torch, y: y.scatter_(0, torch.tensor([0]), 9.0), [9.0, 4.0, 6.0, 8.0], [0.0, 2.0, 2.0, 2.0],
    ),
    "slice-zero": (lambda torch, y: y[1:3].zero_(), [2.0, 0.0, 0.0, 8.0], [2.0, 0.0, 0.0, 2.0]),
    "select-fill": (lambda torch, y: y[0].fill_(9.0), [9.0, 4.0, 6.0, 8.0], [0.0, 2.0, 2.0, 2.0]),
    "an-empty-mask": (lambda torch, y: assign(y, y > 50.0, 9.0), [2.0, 4.0, 6.0, 8.0], [2.0, 2.0, 2.0, 2.0]),
}  # fmt: skip


@scenario("INP-38/number", cases=NUMBER_WRITES, needs=["INP-19"])
def writing_a_number_cuts_the_gradient_where_it_is_written(torch, observe, case):
    write, after, gradient = case
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x * 2
    write(torch, y)
    observe("the value", y, documented=after)
    y.sum().backward()
    observe("the gradient", x.grad, documented=gradient)


REWRITES = {
    "tril_": (lambda y: y.tril_(), [[1.0, 0.0], [3.0, 4.0]], [[1.0, 0.0], [3.0, 4.0]]),
    "triu_": (lambda y: y.triu_(), [[1.0, 2.0], [0.0, 4.0]], [[1.0, 2.0], [0.0, 4.0]]),
    "fill_diagonal_": (lambda y: y.fill_diagonal_(9.0), [[9.0, 2.0], [3.0, 9.0]], [[0.0, 2.0], [3.0, 0.0]]),
    "cumsum_": (lambda y: y.cumsum_(1), [[1.0, 3.0], [3.0, 7.0]], [[3.0, 2.0], [7.0, 4.0]]),
    "cumprod_": (lambda y: y.cumprod_(1), [[1.0, 2.0], [3.0, 12.0]], [[5.0, 2.0], [19.0, 12.0]]),
}


@scenario("INP-39", cases=REWRITES, needs=["INP-12"])
def an_in_place_rewrite_of_a_whole_tensor_is_differentiated(torch, observe, case):
    rewrite, after, gradient = case
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    y = x * 1
    observe("the method returns the tensor itself", rewrite(y) is y, documented=True)
    observe("the value", y, documented=after)
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient", x.grad, documented=gradient)


@scenario("INP-39/renorm_", needs=["INP-12"])
def renorm_scales_down_only_the_rows_that_are_too_long(torch, observe):
    x = torch.tensor([[3.0, 4.0], [0.5, 0.0]], requires_grad=True)
    y = x * 1
    y.renorm_(2, 0, 1.0)
    # A row of norm n is divided by n + 1e-7.
    scale = 1 / (5 + 1e-7)
    observe("the value", y, documented=[[3 * scale, 4 * scale], [0.5, 0.0]], terms=8)
    y[:, 0].sum().backward()
    slope = 9 / 5 * scale**2
    observe("the gradient", x.grad, documented=[[scale - slope, -4 / 3 * slope], [1.0, 0.0]], terms=32)


SHAPE_CHANGES = {
    "t_": (lambda y: y.t_(), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]),
    "transpose_": (lambda y: y.transpose_(0, 1), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]),
    "swapaxes_": (lambda y: y.swapaxes_(0, 1), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]),
    "swapdims_": (lambda y: y.swapdims_(0, 1), [[1.0, 4.0], [2.0, 5.0], [3.0, 6.0]]),
    "unsqueeze_": (lambda y: y.unsqueeze_(0), [[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]),
    "squeeze_": (lambda y: y.unsqueeze_(0).squeeze_(0), [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]),
    "as_strided_": (lambda y: y.as_strided_((2,), (1,)), [1.0, 2.0]),
}


@scenario("INP-40", cases=SHAPE_CHANGES, needs=["INP-12"])
def an_in_place_change_of_shape_is_differentiated_and_leaves_aliases_alone(torch, observe, case):
    change, after = case
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x * 1
    alias = y.detach()
    observe("the method returns the tensor itself", change(y) is y, documented=True)
    observe("the value", y, documented=after)
    observe("an alias keeps its shape", list(alias.shape), documented=[2, 3])
    observe("the version rose", y._version > 0)
    (y * y).sum().backward()
    observe("the gradient", x.grad)


@scenario("INP-40/on-a-leaf", cases=SHAPE_CHANGES, needs=["INP-05"])
def the_shape_of_a_leaf_may_not_be_changed_in_place(torch, observe, case):
    change, _ = case
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    with observe.raises("the change", RuntimeError, saying="leaf"):
        change(x)
    observe("its shape afterwards", list(x.shape), documented=[2, 3])


@scenario("INP-38/self-overlap", needs=["INP-38/slice-add"])
def writing_a_part_of_a_tensor_into_another_part_of_it_is_refused_where_they_overlap(torch, observe):
    y = torch.tensor([1.0, 2.0, 3.0, 4.0])
    with observe.raises("adding overlapping slices", RuntimeError, saying="memory"):
        y[1:].add_(y[:-1])
    y[2:].add_(y[:2])
    observe("disjoint slices add", y[2:], documented=[4.0, 6.0])


@scenario("INP-38/of-itself", needs=["INP-38/slice-add"])
def a_slice_written_from_another_slice_of_the_same_tensor_is_differentiated(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    y = x * 2
    y[2:] = y[:2] * 10
    observe("the value", y, documented=[2.0, 4.0, 20.0, 40.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[22.0, 22.0, 0.0, 0.0])


@scenario("INP-38/wrong-shape", needs=["INP-38/assign-slice"])
def a_value_that_does_not_broadcast_to_the_positions_is_refused(torch, observe):
    y = torch.tensor([1.0, 2.0, 3.0, 4.0])
    with observe.raises("three values for two places", RuntimeError, saying=("3", "2")):
        y[0:2] = torch.tensor([7.0, 8.0, 9.0])
    observe("the tensor afterwards", y, documented=[1.0, 2.0, 3.0, 4.0])
    with observe.raises("an index out of range", IndexError, saying="out of"):
        y[4] = 1.0


@scenario("INP-38/converts", dtypes=["float32"], needs=["INP-38/assign-element"])
def an_assigned_value_is_converted_to_the_tensors_dtype(torch, observe):
    n = torch.tensor([1, 2, 3])
    n[0] = 2.75
    observe("a float number into integers is truncated", n, documented=[2, 2, 3])
    n[1:] = torch.tensor([5.5, 6.5])
    observe("a float tensor into integers is truncated", n, documented=[2, 5, 6])
    source = torch.tensor([1.5], dtype=torch.float64, requires_grad=True)
    y = torch.zeros(2, dtype=torch.float32)
    y[0:1] = source
    observe("a double into floats", y, documented=[1.5, 0.0])
    y.sum().backward()
    observe("the gradient has the value's dtype", source.grad, documented=[1.0])
