"""What a custom Function must implement, how it is called, and what is refused."""

from conformance.scenario import scenario


@scenario("FUN-24/save-for-forward", needs=["FUN-24"])
def only_tensors_are_saved_for_forward(torch, observe):
    class Saves(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_forward(x, 3)
            return x * 2

    with observe.raises("apply"):
        Saves.apply(torch.tensor([1.0], requires_grad=True))


@scenario("FUN-32/in-backward", needs=["FUN-32"])
def ctx_has_what_nodes_have(torch, observe):
    seen = {}

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            seen["name"] = ctx.name()
            seen["next"] = len(ctx.next_functions)
            seen["metadata"] = dict(ctx.metadata)
            seen["lacks"] = hasattr(ctx, "nothing_of_the_kind")
            return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    y = Double.apply(x)
    y.grad_fn.metadata["key"] = 1
    y.sum().backward()
    observe(
        "what it has", seen, documented={"name": "DoubleBackward", "next": 1, "metadata": {"key": 1}, "lacks": False}
    )
    observe("the node lacks what nobody gave it", hasattr(y.grad_fn, "nothing_of_the_kind"), documented=False)


@scenario("FUN-01/what-is-missing", cases=["forward", "backward", "setup-context"])
def a_function_must_implement_what_is_asked_of_it(torch, observe, case):
    class Lacks(torch.autograd.Function):
        if case != "forward":

            @staticmethod
            def forward(*arguments):
                return arguments[-1] * 2

    x = torch.tensor([1.0], requires_grad=True)
    if case == "setup-context":
        with observe.raises("calling it", NotImplementedError):
            Lacks.setup_context(None, (x,), x)
        return
    with observe.raises("apply and backward", NotImplementedError, saying=case):
        Lacks.apply(x).sum().backward()


@scenario("FUN-01/backward-and-vjp")
def backward_and_vjp_exclude_each_other(torch, observe):
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

        @staticmethod
        def vjp(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    with observe.raises("backward", RuntimeError, saying="vjp"):
        Both.apply(x).sum().backward()


@scenario("FUN-23/keywords-and-defaults", needs=["FUN-23"])
def defaults_reach_setup_context(torch, observe):
    seen = []

    class Power(torch.autograd.Function):
        @staticmethod
        def forward(x, factor=3.0):
            return x * factor

        @staticmethod
        def setup_context(ctx, inputs, output):
            seen.append(len(inputs))
            ctx.factor = inputs[1]

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.factor, None

    x = torch.tensor([1.0], requires_grad=True)
    Power.apply(x).sum().backward()
    observe("how many inputs", seen, documented=[2])
    observe("the gradient", x.grad, documented=[3.0])


@scenario("FUN-18/details", needs=["FUN-18"], cases={"one": False, "a-tuple": True})
def what_a_once_differentiable_backward_sees_and_returns(torch, observe, as_tuple):
    seen = []

    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            """Computes."""
            (x,) = ctx.saved_tensors
            seen.append([torch.is_grad_enabled(), (x * 1).requires_grad])
            grad = 2 * x * grad
            return (grad,) if as_tuple else grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (plain,) = torch.autograd.grad(Once.apply(x).sum(), x)
    observe("the gradient", plain, documented=[2.0, 4.0])
    (constant,) = torch.autograd.grad(Once.apply(x).sum(), x, create_graph=True)
    observe("with a constant gradient it requires none", constant.requires_grad)
    weights = torch.tensor([3.0, 5.0], requires_grad=True)
    (grad,) = torch.autograd.grad((Once.apply(x) * weights).sum(), x, create_graph=True)
    observe("with a gradient that requires one", grad.requires_grad)
    observe("its values", grad.detach(), documented=[6.0, 20.0])
    with observe.raises("a second derivative", RuntimeError, saying="once_differentiable"):
        grad.sum().backward()
    observe("grad mode inside", seen)
    observe("its docstring", Once.backward.__doc__, documented="Computes.")


@scenario("FUN-26/under-create-graph", needs=["FUN-26"])
def a_gradient_of_the_wrong_shape_is_refused_under_create_graph_too(torch, observe):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return torch.cat([grad, grad, grad])

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("grad", RuntimeError, saying="shape"):
        torch.autograd.grad(Wrong.apply(x * x).sum(), x, create_graph=True)


@scenario("FUN-26/complex", needs=["FUN-26"], cases={"plain": False, "under-create-graph": True})
def a_complex_gradient_for_a_real_input_is_refused(torch, observe, create_graph):
    class Complex(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return torch.complex(grad * 2, grad * 5)

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("grad", RuntimeError):
        torch.autograd.grad(Complex.apply(x * x).sum(), x, create_graph=create_graph)


@scenario("FUN-06/position", needs=["FUN-06"])
def the_position_of_a_gradient_for_no_tensor_is_named(torch, observe):
    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, factor):
            return x * factor

        @staticmethod
        def backward(ctx, grad):
            return grad, grad

    x = torch.tensor([1.0], requires_grad=True)
    with observe.raises("backward", RuntimeError, saying="position 2"):
        Scale.apply(x, 3.0).sum().backward()


@scenario("FUN-30/instantiated", needs=["FUN-30"])
def making_an_instance_warns(torch, observe):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

    with observe.warns("making it", DeprecationWarning, saying="should not be instantiated"):
        Double()


@scenario("FUN-30/in-place", needs=["FUN-30"])
def the_base_of_old_functions_in_place_notes_whether_it_works_in_place(torch, observe):
    made = torch.autograd.function.InplaceFunction
    observe("it is a Function", issubclass(made, torch.autograd.Function), documented=True)
    observe("by default", made().inplace, documented=False)
    observe("as it was said", made(inplace=True).inplace, documented=True)
