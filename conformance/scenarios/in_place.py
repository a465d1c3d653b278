"""In-place operations: version counters, leaves, saved tensors, and the aliases detach() and .data give."""

from conformance.scenario import scenario


@scenario("INP-01")
def the_version_counter_starts_at_zero_and_counts_in_place_operations(torch, observe):
    x = torch.tensor([1.0, 2.0])
    observe("version of a fresh tensor", x._version, documented=0)
    x.add_(1)
    observe("after add_", x._version, documented=1)
    x += 1
    observe("after +=", x._version, documented=2)
    x[0] = 5.0
    observe("after an assignment to an element", x._version, documented=3)
    observe("the tensor", x, documented=[5.0, 4.0])


@scenario("INP-01/out-of-place", needs=["INP-01"])
def an_operation_out_of_place_leaves_the_version_alone(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.sum().backward()
    observe("version of the operand", x._version, documented=0)
    observe("version of the result", y._version, documented=0)


@scenario("INP-01/of-a-gradient", needs=["INP-01"])
def accumulating_into_grad_in_place_raises_the_gradients_version(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (x * 2).sum().backward()
    before = x.grad._version
    (x * 2).sum().backward()
    observe("the version rose", x.grad._version > before)


@scenario("INP-01/read-only")
def the_version_cannot_be_set(torch, observe):
    x = torch.tensor([1.0])
    with observe.raises("setting _version", AttributeError):
        x._version = 3


@scenario("INP-03", needs=["INP-08"])
def detach_shares_the_version_counter_so_a_change_through_the_alias_is_caught(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y.detach().add_(1.0)
    observe("version of the tensor", y._version, documented=1)
    observe("the tensor shows the change", y, documented=[3.0, 5.0])
    with observe.raises("backward", RuntimeError, saying="modified by an inplace operation"):
        z.backward()


@scenario("INP-04", needs=["INP-03"])
def data_has_a_counter_of_its_own_so_a_change_through_it_is_not_caught(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y.data.add_(1.0)
    observe("version of the tensor", y._version, documented=0)
    observe("the tensor shows the change", y, documented=[3.0, 5.0])
    z.backward()
    observe("the gradient silently uses the new value", x.grad, documented=[12.0, 20.0])


@scenario("INP-05")
def a_leaf_that_requires_grad_may_not_be_changed_in_place(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("add_ on the leaf", RuntimeError, saying="leaf"):
        x.add_(1.0)
    observe("the leaf's value afterwards", x, documented=[1.0, 2.0])
    observe("its version", x._version, documented=0)


@scenario("INP-05/without-requires-grad", needs=["INP-05"])
def a_leaf_that_does_not_require_grad_may_be_changed_in_place(torch, observe):
    x = torch.tensor([1.0, 2.0])
    x.add_(1.0).requires_grad_()
    observe("its value", x, documented=[2.0, 3.0])
    (x * x).sum().backward()
    observe("its gradient", x.grad, documented=[4.0, 6.0])


@scenario("INP-06", needs=["INP-01"])
def a_leaf_may_be_changed_under_no_grad(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.no_grad():
        x.add_(1.0)
    observe("its value", x, documented=[2.0, 3.0])
    observe("its version", x._version, documented=1)
    observe("it is still a leaf", x.is_leaf, documented=True)
    observe("it still requires grad", x.requires_grad, documented=True)
    (x * x).sum().backward()
    observe("its gradient is that of the new value", x.grad, documented=[4.0, 6.0])


@scenario("INP-06/not-recorded", needs=["INP-06"])
def a_change_of_a_non_leaf_under_no_grad_is_not_recorded(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    with torch.no_grad():
        y.mul_(10.0)
    observe("the new value", y, documented=[20.0, 30.0])
    y.sum().backward()
    observe("the gradient knows nothing of the factor", x.grad, documented=[1.0, 1.0])


@scenario("INP-08")
def changing_a_saved_tensor_makes_backward_fail(torch, observe):
    x = torch.tensor([[1.0, 2.0, 3.0]], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y.add_(1.0)
    with observe.raises("backward", RuntimeError, saying=("[1, 3]", "version 1", "expected version 0", "inplace")):
        z.backward()
    observe("the leaf's gradient", x.grad, documented=None)


@scenario("INP-08/of-a-constant", needs=["INP-08"])
def changing_a_saved_constant_is_caught_as_well(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    c = torch.tensor([3.0, 4.0])
    z = (x * c).sum()
    c.zero_()
    with observe.raises("backward", RuntimeError, saying=("version 1", "expected version 0")):
        z.backward()


@scenario("INP-08/of-an-index", needs=["INP-08"])
def changing_a_saved_index_is_caught_as_well(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    index = torch.tensor([0, 2])
    y = x[index].sum()
    index.add_(0)
    with observe.raises("backward", RuntimeError, saying=("version 1", "expected version 0")):
        y.backward()


@scenario("INP-08/before-it-is-saved", needs=["INP-08"])
def a_change_before_the_tensor_is_saved_is_harmless(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.add_(1.0)
    (y * y).sum().backward()
    observe("the gradient", x.grad, documented=[12.0, 20.0])


@scenario("INP-08/after-backward", needs=["INP-08"])
def a_change_after_backward_is_harmless(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    z.backward()
    y.add_(1.0)
    observe("the gradient", x.grad, documented=[8.0, 16.0])


@scenario("INP-09", needs=["INP-08"])
def the_check_is_made_in_backward_not_at_the_change(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    with observe.raises("the change itself"):
        y.add_(1.0)
    with observe.raises("backward", RuntimeError, saying="version"):
        z.backward()


@scenario("INP-09/undone", needs=["INP-09"])
def undoing_a_change_does_not_satisfy_the_check(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    y.add_(1.0)
    y.sub_(1.0)
    with observe.raises("backward", RuntimeError, saying=("version 2", "expected version 0")):
        z.backward()


@scenario("INP-09/branch-not-taken", needs=["INP-09"])
def a_changed_saved_tensor_on_a_branch_that_backward_does_not_visit_is_harmless(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    z = (y * y).sum()
    other = (x + 1).sum()
    y.add_(1.0)
    other.backward()
    observe("the gradient", x.grad, documented=[1.0, 1.0])
    with observe.raises("backward through the changed tensor", RuntimeError, saying="version"):
        z.backward()


@scenario("INP-10")
def changing_a_tensor_that_no_node_saved_is_fine(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x + 1
    z = y * 2
    y.add_(10.0)
    z.sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 2.0])


SAVES_ITS_OUTPUT = {
    "exp": lambda torch, y: torch.exp(y),
    "sigmoid": lambda torch, y: torch.sigmoid(y),
    "tanh": lambda torch, y: torch.tanh(y),
    "relu": lambda torch, y: torch.relu(y),
    "sqrt": lambda torch, y: torch.sqrt(y),
    "rsqrt": lambda torch, y: torch.rsqrt(y),
    "reciprocal": lambda torch, y: torch.reciprocal(y),
    "tan": lambda torch, y: torch.tan(y),
    "expm1": lambda torch, y: torch.expm1(y),
    "softmax": lambda torch, y: torch.softmax(y, 0),
    "log_softmax": lambda torch, y: torch.log_softmax(y, 0),
}

SAVES_ITS_INPUT = {
    "sin": lambda torch, y: torch.sin(y),
    "cos": lambda torch, y: torch.cos(y),
    "log": lambda torch, y: torch.log(y),
    "log1p": lambda torch, y: torch.log1p(y),
    "pow": lambda torch, y: y**3,
    "abs": lambda torch, y: torch.abs(y),
    "clamp": lambda torch, y: torch.clamp(y, 0.0, 1.0),
    "prod": lambda torch, y: torch.prod(y),
    "square": lambda torch, y: torch.square(y),
    "sinh": lambda torch, y: torch.sinh(y),
    "atan": lambda torch, y: torch.atan(y),
    "erf": lambda torch, y: torch.erf(y),
    "logsumexp": lambda torch, y: torch.logsumexp(y, 0),
    "softplus": lambda torch, y: torch.nn.functional.softplus(y),
    "gelu": lambda torch, y: torch.nn.functional.gelu(y),
}

SAVES_NEITHER = {
    "neg": lambda torch, y: -y,
    "add-a-number": lambda torch, y: y + 1,
    "sub-a-tensor": lambda torch, y: y - torch.tensor([0.5, 0.25]),
    "mul-by-a-number": lambda torch, y: y * 2,
    "div-by-a-number": lambda torch, y: y / 2,
    "sum": lambda torch, y: y.sum(),
    "mean": lambda torch, y: y.mean(),
    "clone": lambda torch, y: y.clone(),
    "cat": lambda torch, y: torch.cat([y, y]),
    "stack": lambda torch, y: torch.stack([y, y]),
    "flip": lambda torch, y: y.flip(0),
    "cumsum": lambda torch, y: torch.cumsum(y, 0),
    "round": lambda torch, y: torch.round(y),
    "tril": lambda torch, y: torch.tril(y.reshape(1, 2).repeat(2, 1)),
    "max-with-indices": lambda torch, y: torch.max(y, 0).values,
    "sort": lambda torch, y: torch.sort(y).values,
}


@scenario("INP-11/output", cases=SAVES_ITS_OUTPUT, needs=["INP-08"])
def an_operation_that_saves_its_output_does_not_bear_a_change_of_it(torch, observe, operation):
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    result = operation(torch, x + 0)
    with torch.no_grad():
        result.add_(1.0)
    with observe.raises("backward after the output changed", RuntimeError, saying="version"):
        result.sum().backward()


@scenario("INP-11/output-only", cases=SAVES_ITS_OUTPUT, needs=["INP-08"])
def an_operation_that_saves_its_output_bears_a_change_of_its_input(torch, observe, operation):
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    y = x + 0
    result = operation(torch, y)
    y.zero_()
    result.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient is that of the old input", x.grad, terms=4)


@scenario("INP-11/input", cases=SAVES_ITS_INPUT, needs=["INP-08"])
def an_operation_that_saves_its_input_does_not_bear_a_change_of_it(torch, observe, operation):
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    y = x + 0
    result = operation(torch, y).sum()
    y.add_(1.0)
    with observe.raises("backward after the input changed", RuntimeError, saying="version"):
        result.backward()


@scenario("INP-11/neither", cases=SAVES_NEITHER, needs=["INP-10"])
def an_operation_that_saves_neither_bears_a_change_of_both(torch, observe, operation):
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    y = x + 0
    result = operation(torch, y)
    y.zero_()
    with torch.no_grad():
        result.zero_()
    result.backward(torch.ones_like(result))
    observe("the gradient", x.grad)


@scenario("INP-12", needs=["INP-01"])
def an_in_place_activation_on_an_intermediate_is_differentiable(torch, observe):
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = x * 3
    same = y.relu_()
    observe("relu_ returns the tensor itself", same is y, documented=True)
    observe("its value", y, documented=[0.0, 6.0])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[0.0, 3.0])


@scenario("INP-12/module", needs=["INP-12"])
def the_in_place_relu_module_changes_its_input_and_keeps_the_gradient(torch, observe):
    x = torch.tensor([-1.0, 2.0], requires_grad=True)
    y = x * 3
    z = torch.nn.ReLU(inplace=True)(y)
    observe("the input was changed", y, documented=[0.0, 6.0])
    z.sum().backward()
    observe("the gradient", x.grad, documented=[0.0, 3.0])


@scenario("INP-12/after-saving-output", needs=["INP-08", "INP-12"])
def an_in_place_activation_breaks_an_earlier_operation_that_saved_its_output(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.sigmoid(x)
    y.relu_()
    with observe.raises("backward", RuntimeError, saying="version"):
        y.sum().backward()


@scenario("INP-12/chain", needs=["INP-12"])
def several_in_place_operations_in_a_row_are_each_differentiated(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    y.add_(1.0).mul_(3.0).neg_()
    observe("the value", y, documented=[-9.0, -15.0])
    observe("the version", y._version, documented=3)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[-6.0, -6.0])
