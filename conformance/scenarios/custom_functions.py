"""torch.autograd.Function: forward, backward, what they receive and may return."""

from conformance.scenario import scenario


def square(torch):
    """x squared, whose backward keeps x through save_for_backward."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    return Square


def returning(torch, backward, inputs=1):
    """A Function of as many inputs that returns the first times 2, with the given backward."""

    class Returning(torch.autograd.Function):
        @staticmethod
        def forward(ctx, *args):
            assert len(args) == inputs
            return args[0] * 2

    Returning.backward = staticmethod(backward)
    return Returning


@scenario("FUN-01")
def apply_links_the_result_to_the_functions_backward(torch, observe):
    Square = square(torch)
    x = torch.tensor([1.0, 3.0], requires_grad=True)
    y = Square.apply(x)
    observe("the value", y, documented=[1.0, 9.0])
    observe("it requires grad", y.requires_grad, documented=True)
    observe("it is a leaf", y.is_leaf, documented=False)
    observe("the name of its node", type(y.grad_fn).__name__, documented="SquareBackward")
    (y * 5).sum().backward()
    observe("the gradient", x.grad, documented=[10.0, 30.0])


@scenario("FUN-01/untracked", needs=["FUN-01"])
def what_forward_does_is_not_recorded(torch, observe):
    calls = []

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * x

        @staticmethod
        def backward(ctx, grad):
            calls.append("backward")
            return grad * 100

    x = torch.tensor([3.0], requires_grad=True)
    Wrong.apply(x).sum().backward()
    observe("the gradient is what backward says", x.grad, documented=[100.0])
    observe("the calls", calls, documented=["backward"])


@scenario("FUN-01/in-a-graph", needs=["FUN-01"])
def a_function_stands_in_the_middle_of_a_graph(torch, observe):
    Square = square(torch)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (Square.apply(x * 3) + Square.apply(x)).sum().backward()
    observe("the gradient", x.grad, documented=[20.0, 40.0])


@scenario("FUN-02")
def grad_mode_is_off_inside_forward(torch, observe):
    modes = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            modes.append(torch.is_grad_enabled())
            modes.append((x * 2).requires_grad)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    Look.apply(torch.tensor([1.0], requires_grad=True))
    observe("grad mode, and whether a result in there requires grad", modes, documented=[False, False])
    observe("grad mode afterwards", torch.is_grad_enabled(), documented=True)


@scenario("FUN-03")
def backward_gets_a_gradient_for_each_output_and_returns_one_for_each_input(torch, observe):
    received = []

    class SumAndDifference(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a + b, a - b

        @staticmethod
        def backward(ctx, of_sum, of_difference):
            received.extend([of_sum.clone(), of_difference.clone()])
            return of_sum + of_difference, of_sum - of_difference

    a = torch.tensor([1.0], requires_grad=True)
    b = torch.tensor([2.0], requires_grad=True)
    total, difference = SumAndDifference.apply(a, b)
    observe("the outputs", [total, difference], documented=[[3.0], [-1.0]])
    (total * 10 + difference).sum().backward()
    observe("what backward received", received, documented=[[10.0], [1.0]])
    observe("the gradients", [a.grad, b.grad], documented=[[11.0], [9.0]])


@scenario("FUN-03/too-few", needs=["FUN-03"])
def too_few_gradients_are_refused(torch, observe):
    x, z = torch.tensor([1.0], requires_grad=True), torch.tensor([1.0], requires_grad=True)
    y = returning(torch, lambda ctx, grad: grad * 2, inputs=2).apply(x, z)
    with observe.raises("backward", RuntimeError, saying=("number of gradients", "expected 2", "got 1")):
        y.sum().backward()
    observe("the gradient", x.grad, documented=None)


@scenario("FUN-04")
def further_gradients_are_accepted_if_none(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    returning(torch, lambda ctx, grad: (grad * 2, None, None)).apply(x).sum().backward()
    observe("with two extra Nones", x.grad, documented=[2.0])
    y = returning(torch, lambda ctx, grad: (grad * 2, grad)).apply(x)
    with observe.raises("with an extra tensor", RuntimeError, saying="number of gradients"):
        y.sum().backward()


@scenario("FUN-05")
def none_for_an_input_means_no_gradient(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    z = torch.tensor([1.0], requires_grad=True)
    returning(torch, lambda ctx, grad: (None, grad), inputs=2).apply(x, z).sum().backward()
    observe("the gradient of the first input", x.grad, documented=None)
    observe("that of the second", z.grad, documented=[1.0])


@scenario("FUN-05/before-another-path", needs=["FUN-05"])
def none_adds_nothing_to_the_other_paths(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    h = x * 3
    y = returning(torch, lambda ctx, grad: None).apply(h)
    (y + h).sum().backward()
    observe("the gradient", x.grad, documented=[3.0])


@scenario("FUN-06")
def a_gradient_for_an_argument_that_is_no_tensor_must_be_none(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    returning(torch, lambda ctx, grad: (grad * 2, None), inputs=2).apply(x, 3.5).sum().backward()
    observe("with None", x.grad, documented=[2.0])
    y = returning(torch, lambda ctx, grad: (grad * 2, grad), inputs=2).apply(x, 3.5)
    with observe.raises("with a tensor", RuntimeError, saying="None"):
        y.sum().backward()


@scenario("FUN-06/frozen-tensor", needs=["FUN-06"])
def a_gradient_for_a_tensor_that_does_not_require_grad_is_dropped(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    frozen = torch.tensor([1.0])
    returning(torch, lambda ctx, grad: (grad * 2, grad * 100), inputs=2).apply(x, frozen).sum().backward()
    observe("the gradient of the input that requires grad", x.grad, documented=[2.0])
    observe("that of the frozen one", frozen.grad, documented=None)


@scenario("FUN-07")
def needs_input_grad_tells_which_gradients_are_wanted(torch, observe):
    seen = []

    def backward(ctx, grad):
        seen.append(list(ctx.needs_input_grad))
        return grad * 2, None, None, None

    x = torch.tensor([1.0], requires_grad=True)
    h = torch.tensor([1.0], requires_grad=True) * 1
    returning(torch, backward, inputs=4).apply(x, torch.tensor([1.0]), 3.5, h).sum().backward()
    observe("leaf, frozen tensor, number, intermediate", seen, documented=[[True, False, False, True]])


@scenario("FUN-07/in-forward", needs=["FUN-07"])
def needs_input_grad_is_known_in_forward(torch, observe):
    seen = []

    class Look(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            seen.append(list(ctx.needs_input_grad))
            return x + y

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    Look.apply(torch.tensor([1.0]), torch.tensor([1.0], requires_grad=True))
    observe("in forward", seen, documented=[[False, True]])


@scenario("FUN-17")
def integer_outputs_never_require_grad(torch, observe):
    received = []

    class WithIndex(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, torch.tensor([7])

        @staticmethod
        def backward(ctx, of_value, of_index):
            received.append(of_index is None)
            return of_value * 2

    x = torch.tensor([1.0], requires_grad=True)
    value, index = WithIndex.apply(x)
    observe("the float output requires grad", value.requires_grad, documented=True)
    observe("the integer output requires grad", index.requires_grad, documented=False)
    value.sum().backward()
    observe("the gradient", x.grad, documented=[2.0])


@scenario("FUN-21", needs=["FUN-01"])
def grad_mode_in_backward_is_off_unless_create_graph(torch, observe):
    modes = []

    def backward(ctx, grad):
        modes.append(torch.is_grad_enabled())
        return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    Double = returning(torch, backward)
    Double.apply(x).sum().backward()
    torch.autograd.grad(Double.apply(x).sum(), x, create_graph=True)
    observe("plain, then under create_graph", modes, documented=[False, True])


@scenario("FUN-26")
def a_gradient_that_broadcast_to_the_input_is_summed_back(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    rows = torch.ones(3, 2)
    returning(torch, lambda ctx, grad: rows * grad).apply(x).sum().backward()
    observe("three rows for a vector of two", x.grad, documented=[3.0, 3.0])


@scenario("FUN-26/wrong", needs=["FUN-26"])
def a_gradient_of_a_shape_that_cannot_be_reduced_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = returning(torch, lambda ctx, grad: torch.ones(3)).apply(x)
    with observe.raises("a vector of three for one of two", RuntimeError, saying=("[3]", "[2]")):
        y.sum().backward()
    observe("the gradient", x.grad, documented=None)


@scenario("FUN-26/dtype", needs=["FUN-26"], dtypes=["float32"])
def a_gradient_of_another_float_dtype_is_cast(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    returning(torch, lambda ctx, grad: grad.to(torch.float64) * 2).apply(x).sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 2.0])


@scenario("FUN-26/no-tensor", needs=["FUN-26"])
def a_gradient_that_is_no_tensor_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = returning(torch, lambda ctx, grad: 2.0).apply(x)
    with observe.raises("a number as the gradient"):
        y.sum().backward()


@scenario("FUN-27")
def without_an_input_that_requires_grad_nothing_is_recorded(torch, observe):
    calls = []
    Double = returning(torch, lambda ctx, grad: calls.append("backward"))
    y = Double.apply(torch.tensor([1.0]))
    observe("the output requires grad", y.requires_grad, documented=False)
    x = torch.tensor([1.0], requires_grad=True)
    with torch.no_grad():
        z = Double.apply(x)
    observe("nor under no_grad", z.requires_grad, documented=False)
    observe("the calls of backward", calls, documented=[])


@scenario("FUN-28")
def tensors_nested_in_lists_are_not_tracked(torch, observe):
    class SumList(torch.autograd.Function):
        @staticmethod
        def forward(ctx, tensors):
            return tensors[0] + tensors[1]

        @staticmethod
        def backward(ctx, grad):
            return None

    a, b = torch.tensor([1.0], requires_grad=True), torch.tensor([2.0], requires_grad=True)
    y = SumList.apply([a, b])
    observe("the value", y, documented=[3.0])
    observe("it requires grad", y.requires_grad, documented=False)


@scenario("FUN-29")
def an_input_returned_unchanged_comes_out_as_another_object(torch, observe):
    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 10

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Identity.apply(x)
    observe("the output is the input", y is x, documented=False)
    observe("the name of its node", type(y.grad_fn).__name__, documented="IdentityBackward")
    y.sum().backward()
    observe("the gradient", x.grad, documented=[10.0, 10.0])
    with torch.no_grad():
        x.add_(5.0)
    observe("it shows a change of the input", y, documented=[6.0, 7.0])


@scenario("FUN-30")
def a_function_whose_forward_is_not_static_is_refused(torch, observe):
    class Old(torch.autograd.Function):
        def forward(self, x):
            return x * 2

        def backward(self, grad):
            return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    with observe.raises("calling an instance", RuntimeError, saying="static"):
        Old()(x)


@scenario("FUN-30/no-backward", needs=["FUN-01"])
def a_function_without_a_backward_fails_in_backward(torch, observe):
    class OnlyForward(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    x = torch.tensor([1.0], requires_grad=True)
    y = OnlyForward.apply(x)
    observe("the value", y, documented=[2.0])
    with observe.raises("backward", NotImplementedError, saying="backward"):
        y.sum().backward()


@scenario("FUN-31", needs=["FUN-01"])
def an_exception_in_backward_comes_out_and_leaves_the_engine_usable(torch, observe):
    attempts = []

    def backward(ctx, grad):
        attempts.append("attempt")
        if len(attempts) == 1:
            raise KeyError("in backward")
        return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    loss = returning(torch, backward).apply(x).sum()
    with observe.raises("the first backward", KeyError, saying="in backward"):
        loss.backward()
    observe("the gradient", x.grad, documented=None)
    (x * 3).sum().backward()
    observe("another graph's backward afterwards", x.grad, documented=[3.0])


@scenario("FUN-31/forward", needs=["FUN-01"])
def an_exception_in_forward_comes_out_and_restores_grad_mode(torch, observe):
    class Fail(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            raise KeyError("in forward")

        @staticmethod
        def backward(ctx, grad):
            return grad

    with observe.raises("apply", KeyError, saying="in forward"):
        Fail.apply(torch.tensor([1.0], requires_grad=True))
    observe("grad mode afterwards", torch.is_grad_enabled(), documented=True)
