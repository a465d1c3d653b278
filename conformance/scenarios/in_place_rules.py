"""What an in-place operation may and may not do: dtype, shape, resizing, copies, fills, recorded constants."""

from conformance.scenario import scenario


@scenario("INP-18", needs=["INP-12"])
def copy_hands_the_gradient_to_the_source_and_none_to_the_old_content(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    source = torch.tensor([5.0, 6.0], requires_grad=True)
    y = x * 3
    y.copy_(source)
    observe("the value", y, documented=[5.0, 6.0])
    (y * y).sum().backward()
    observe("the source's gradient", source.grad, documented=[10.0, 12.0])
    observe("the old content's gradient", x.grad, documented=[0.0, 0.0])


@scenario("INP-18/broadcast", needs=["INP-18"])
def copy_of_a_smaller_source_sums_its_gradient(torch, observe):
    source = torch.tensor([5.0, 6.0], requires_grad=True)
    y = torch.zeros(3, 2)
    y.copy_(source)
    observe("the value", y, documented=[[5.0, 6.0]] * 3)
    y.sum().backward()
    observe("the source's gradient", source.grad, documented=[3.0, 3.0])


@scenario("INP-18/dtype", needs=["INP-18"], dtypes=["float32"])
def copy_converts_to_the_destinations_dtype_and_the_gradient_back(torch, observe):
    source = torch.tensor([5.0, 6.0], dtype=torch.float32, requires_grad=True)
    y = torch.zeros(2, dtype=torch.float64)
    y.copy_(source)
    observe("the destination keeps its dtype", y.dtype)
    (y * y).sum().backward()
    observe("the source's gradient has the source's dtype", source.grad.dtype)
    observe("the source's gradient", source.grad, documented=[10.0, 12.0])


@scenario("INP-18/into-a-slice", needs=["INP-18", "INP-13/plain-base"])
def copy_into_a_slice_leaves_the_gradient_outside_the_slice(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    source = torch.tensor([5.0], requires_grad=True)
    y = x * 3
    y[1:2].copy_(source)
    observe("the value", y, documented=[3.0, 5.0, 9.0])
    y.sum().backward()
    observe("the old content's gradient", x.grad, documented=[3.0, 0.0, 3.0])
    observe("the source's gradient", source.grad, documented=[1.0])


@scenario("INP-18/source-changed-later", needs=["INP-18"])
def the_source_of_copy_may_be_changed_afterwards(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    source = x * 5
    y = torch.zeros(2)
    y.copy_(source)
    source.mul_(100.0)
    observe("the copy is unaffected", y, documented=[5.0, 10.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[5.0, 5.0])


FILLS = {
    "zero_": (lambda y: y.zero_(), [0.0, 0.0]),
    "fill_": (lambda y: y.fill_(7.0), [7.0, 7.0]),
    "copy_-of-a-constant": (lambda y: y.copy_(y.detach() + 1), [4.0, 7.0]),
    "mul_-by-zero": (lambda y: y.mul_(0.0), [0.0, 0.0]),
}


@scenario("INP-19", needs=["INP-12"])
def zero_and_fill_cut_the_gradient_to_zero(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    y.zero_()
    observe("the value after zero_", y, documented=[0.0, 0.0])
    observe("it still requires grad", y.requires_grad, documented=True)
    z = x * 3
    z.fill_(7.0)
    observe("the value after fill_", z, documented=[7.0, 7.0])
    (y + z).sum().backward()
    observe("the gradient is zero, not missing", x.grad, documented=[0.0, 0.0])


@scenario("INP-19/of", cases=FILLS, needs=["INP-19"])
def overwriting_a_recorded_tensor_leaves_a_zero_gradient(torch, observe, case):
    fill, value = case
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    fill(y)
    observe("the value", y, documented=value)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[0.0, 0.0])


@scenario("INP-19/fill-with-a-tensor", needs=["INP-19"])
def fill_with_a_recorded_scalar_gives_it_the_sum_of_the_gradients(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    value = torch.tensor(7.0, requires_grad=True)
    y = x * 3
    y.fill_(value)
    observe("the value", y, documented=[7.0, 7.0])
    y.sum().backward()
    observe("the old content's gradient", x.grad, documented=[0.0, 0.0])
    observe("the value's gradient", value.grad, documented=2.0)


RANDOM_FILLS = {
    "normal_": lambda y: y.normal_(),
    "uniform_": lambda y: y.uniform_(),
    "bernoulli_": lambda y: y.bernoulli_(0.5),
    "exponential_": lambda y: y.exponential_(),
    "geometric_": lambda y: y.geometric_(0.5),
    "cauchy_": lambda y: y.cauchy_(),
    "log_normal_": lambda y: y.log_normal_(),
    "random_": lambda y: y.random_(),
}


@scenario("INP-19/random", cases=RANDOM_FILLS, needs=["INP-19"])
def filling_with_random_numbers_cuts_the_gradient_to_zero(torch, observe, fill):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 3
    observe("the method returns the tensor itself", fill(y) is y, documented=True)
    observe("the version", y._version, documented=1)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[0.0, 0.0])
    with observe.raises("on a leaf that requires grad", RuntimeError, saying="leaf"):
        fill(x)


@scenario("INP-20", needs=["INP-12"])
def an_operand_that_requires_grad_makes_a_plain_tensor_recorded(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a = torch.tensor([10.0, 20.0])
    observe("it is a leaf before", a.is_leaf, documented=True)
    a.add_(x)
    observe("it requires grad afterwards", a.requires_grad, documented=True)
    observe("it is a leaf afterwards", a.is_leaf, documented=False)
    (a * a).sum().backward()
    observe("the operand's gradient", x.grad, documented=[22.0, 44.0])


@scenario("INP-20/under-no-grad", needs=["INP-20"])
def under_no_grad_the_plain_tensor_stays_plain(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    a = torch.tensor([10.0, 20.0])
    with torch.no_grad():
        a.add_(x)
    observe("the value", a, documented=[11.0, 22.0])
    observe("it requires grad afterwards", a.requires_grad, documented=False)


@scenario("INP-20/running-sum", needs=["INP-20"])
def a_running_sum_of_recorded_losses_keeps_every_term(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    total = torch.zeros(())
    for factor in (1.0, 2.0, 3.0):
        total += (x * factor).sum()
    observe("the total", total, documented=18.0)
    total.backward()
    observe("the gradient", x.grad, documented=[6.0, 6.0])


CATEGORY_CHANGES = {
    "int-add-float": lambda torch, n: n.add_(0.5),
    "int-mul-float-tensor": lambda torch, n: n.mul_(torch.tensor([0.5, 0.5])),
    "int-true-divide": lambda torch, n: n.div_(2),
    "int-sqrt": lambda torch, n: n.sqrt_(),
    "bool-add-int": lambda torch, n: (n > 0).add_(1),
    "float-add-complex": lambda torch, n: torch.tensor([1.0]).add_(1j),
}


@scenario("INP-21", needs=["INP-01"])
def an_in_place_operation_may_not_change_the_dtypes_category(torch, observe):
    n = torch.tensor([1, 2])
    with observe.raises("adding a float to integers", RuntimeError, saying="cast"):
        n.add_(0.5)
    observe("the integers afterwards", n, documented=[1, 2])


@scenario("INP-21/of", cases=CATEGORY_CHANGES, needs=["INP-21"])
def a_result_of_a_higher_category_is_refused(torch, observe, change):
    n = torch.tensor([1, 2])
    with observe.raises("the change", RuntimeError, saying="cast"):
        change(torch, n)
    observe("the integers afterwards", n, documented=[1, 2])


@scenario("INP-21/within-a-category", needs=["INP-21"])
def a_wider_operand_of_the_same_category_is_cast_down(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float32)
    x.add_(torch.tensor([0.5, 0.25], dtype=torch.float64))
    observe("the float tensor keeps its dtype", x, documented=[1.5, 2.25])
    n = torch.tensor([1, 2], dtype=torch.int16)
    n.add_(torch.tensor([3, 4], dtype=torch.int64))
    observe("the integer tensor keeps its dtype", n, documented=[4, 6])
    f = torch.tensor([1.0, 2.0])
    f.add_(torch.tensor([3, 4]))
    observe("integers added to floats", f, documented=[4.0, 6.0])


@scenario("INP-22")
def an_in_place_operation_may_not_grow_its_tensor_by_broadcasting(torch, observe):
    row = torch.tensor([[1.0, 2.0]])
    with observe.raises("adding three rows to one", RuntimeError, saying=("[1, 2]", "[3, 2]")):
        row.add_(torch.zeros(3, 2))
    observe("the row afterwards", row, documented=[[1.0, 2.0]])
    observe("its version", row._version, documented=0)


@scenario("INP-22/operand-broadcasts", needs=["INP-22"])
def the_other_operand_may_be_broadcast_and_its_gradient_is_summed(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    row = torch.tensor([10.0, 100.0], requires_grad=True)
    y = x * 1
    y.mul_(row)
    observe("the value", y, documented=[[10.0, 200.0], [30.0, 400.0]])
    y.sum().backward()
    observe("the gradient of the tensor", x.grad, documented=[[10.0, 100.0], [10.0, 100.0]])
    observe("the gradient of the row", row.grad, documented=[4.0, 6.0])


@scenario("INP-22/scalar-tensor", needs=["INP-22"])
def a_zero_dimensional_tensor_may_not_grow_either(torch, observe):
    scalar = torch.tensor(1.0)
    with observe.raises("adding a vector to a scalar tensor", RuntimeError, saying="[2]"):
        scalar += torch.tensor([1.0, 2.0])
    observe("the scalar afterwards", scalar, documented=1.0)


@scenario("INP-25", needs=["INP-08"])
def an_optimizer_step_between_forward_and_backward_is_caught(torch, observe):
    w = torch.tensor([2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    loss = (w * w).sum()
    w.grad = torch.tensor([1.0])
    optimizer.step()
    observe("the parameter after the step", w, documented=[1.5])
    observe("its version", w._version, documented=1)
    with observe.raises("backward after the step", RuntimeError, saying="version"):
        loss.backward()


@scenario("INP-25/not-saved", needs=["INP-25"])
def an_optimizer_step_is_harmless_where_the_parameter_was_not_saved(torch, observe):
    w = torch.tensor([2.0], requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=0.5)
    loss = (w * 3).sum()
    w.grad = torch.tensor([1.0])
    optimizer.step()
    loss.backward()
    observe("the gradient is added to the old one", w.grad, documented=[4.0])


@scenario("INP-26", needs=["INP-04"])
def assigning_to_data_swaps_the_value_without_a_version_or_a_record(torch, observe):
    p = torch.tensor([1.0, 2.0], requires_grad=True)
    p.data = torch.tensor([5.0, 6.0, 7.0])
    observe("the new value, of another shape", p, documented=[5.0, 6.0, 7.0])
    observe("the version", p._version, documented=0)
    observe("it is still a leaf", p.is_leaf, documented=True)
    observe("it still requires grad", p.requires_grad, documented=True)
    (p * p).sum().backward()
    observe("the gradient has the new shape", p.grad, documented=[10.0, 12.0, 14.0])


@scenario("INP-26/shares", needs=["INP-26"])
def after_an_assignment_to_data_the_storage_is_shared(torch, observe):
    p = torch.tensor([1.0, 2.0], requires_grad=True)
    new = torch.tensor([5.0, 6.0])
    p.data = new
    new.zero_()
    observe("the parameter shows a change of the assigned tensor", p, documented=[0.0, 0.0])
    observe("its version does not", p._version, documented=0)


@scenario("INP-27", needs=["INP-08"])
def increment_version_bumps_the_counter_by_hand(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    torch.autograd.graph.increment_version(y)
    observe("the version", y._version, documented=1)
    with observe.raises("backward", RuntimeError, saying="version"):
        z.backward()


@scenario("INP-27/of-several", needs=["INP-27"])
def increment_version_takes_several_tensors(torch, observe):
    x, y = torch.tensor([1.0]), torch.tensor([2.0])
    torch.autograd.graph.increment_version([x, y])
    observe("the versions", [x._version, y._version], documented=[1, 1])


@scenario("INP-28", needs=["INP-08"])
def saved_tensors_may_be_mutated_where_that_is_allowed(torch, observe):
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        y = x * 2
        z = (y * y).sum()
        y.add_(100.0)
        z.backward()
    observe("the gradient is that of the value at its saving", x.grad, documented=[8.0, 16.0])


@scenario("INP-28/outside", needs=["INP-28"])
def a_graph_made_where_mutation_is_allowed_cannot_be_used_outside(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        z = (x * x).sum()
        with torch.no_grad():
            x.add_(1.0)
    with observe.raises("backward outside the context"):
        z.backward()


@scenario("INP-29")
def a_tensor_that_requires_grad_may_not_be_resized(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("resize_", RuntimeError, saying=("resize", "require grad")):
        x.resize_(4)
    with observe.raises("resize_as_", RuntimeError, saying=("resize", "require grad")):
        x.resize_as_(torch.zeros(4))
    observe("its shape afterwards", list(x.shape), documented=[2])


@scenario("INP-30", needs=["INP-01"])
def a_detached_alias_of_a_leaf_may_be_changed_in_place(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    alias = x.detach()
    alias.add_(1.0)
    observe("the leaf's value changes", x, documented=[2.0, 3.0])
    observe("the leaf's version rises", x._version, documented=1)
    (x * x).sum().backward()
    observe("its gradient is that of the new value", x.grad, documented=[4.0, 6.0])


@scenario("INP-31", needs=["INP-10"])
def a_factor_is_saved_only_where_the_other_one_needs_a_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    y = x + 0
    z = y * c
    y.add_(100.0)
    z.sum().backward()
    observe("the gradient", x.grad, documented=[3.0, 4.0])


SELECTIVE_SAVES = {
    "matmul": lambda torch, y, c: y @ c,
    "div": lambda torch, y, c: y / c,
    "where": lambda torch, y, c: torch.where(c > 3.5, y, c),
    "linear": lambda torch, y, c: torch.nn.functional.linear(y, c.reshape(1, 2)),
    "lerp": lambda torch, y, c: torch.lerp(y, c, 0.5),
    "addcmul": lambda torch, y, c: torch.addcmul(y, c, c),
}


@scenario("INP-31/of", cases=SELECTIVE_SAVES, needs=["INP-31"])
def an_operand_that_no_derivative_needs_is_not_saved(torch, observe, operation):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    y = x + 0
    z = operation(torch, y, c)
    y.add_(100.0)
    z.sum().backward()
    observe("the gradient", x.grad)
