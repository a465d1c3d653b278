"""Custom Functions, where planted faults of the reference engine had survived (docs/mutation.md)."""

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


@scenario("FUN-25/neither", needs=["FUN-25"])
def the_rule_for_vmap_must_be_given(torch, observe):
    with observe.raises("calling it", NotImplementedError, saying="vmap"):
        torch.autograd.Function.vmap(None, (0,), torch.tensor([1.0]))


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


@scenario("FUN-12/version", needs=["FUN-12"])
def marking_dirty_raises_the_version_by_one(torch, observe):
    class Marks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.tensor([1.0], requires_grad=True) * 1
    before = x._version
    y = Marks.apply(x)
    observe("by how much", x._version - before, documented=1)
    observe("the same tensor", y is x, documented=True)


@scenario("FUN-12/inference", needs=["FUN-12"])
def an_inference_tensor_may_be_marked_dirty(torch, observe):
    class Doubles(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            return x.mul_(2)

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    with torch.inference_mode():
        x = torch.tensor([1.0])
        y = Doubles.apply(x)
        observe("the same tensor", y is x, documented=True)
        observe("its value", x, documented=[2.0])


@scenario("FUN-12/not-returned", needs=["FUN-12"])
def what_is_dirty_must_be_returned(torch, observe):
    class Forgets(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.mul_(2)
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    with observe.raises("apply", RuntimeError, saying="dirty"):
        Forgets.apply(torch.tensor([1.0], requires_grad=True) * 1)


@scenario("FUN-12/no-tensor", needs=["FUN-12"])
def only_tensors_are_marked_dirty(torch, observe):
    class Marks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(3)
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            return grad

    with observe.raises("apply", RuntimeError):
        Marks.apply(torch.tensor([1.0], requires_grad=True))


@scenario("FUN-12/a-view", needs=["FUN-12"], cases=["two-outputs", "of-a-leaf"])
def a_view_may_be_marked_dirty_within_limits(torch, observe, case):
    class Doubles(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x)
            x.mul_(2)
            return (x, x * 1) if case == "two-outputs" else x

        @staticmethod
        def backward(ctx, *grads):
            return grads[0] * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.raises("apply", RuntimeError):
        Doubles.apply(x[:1] if case == "of-a-leaf" else (x * 1)[:1])


@scenario("FUN-01/mixed-outputs", needs=["FUN-01"])
def outputs_that_are_no_tensors_are_handed_on(torch, observe):
    class Mixed(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return "first", x * 2, 3

        @staticmethod
        def backward(ctx, grad_string, grad, grad_number):
            return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    string, y, number = Mixed.apply(x)
    y.sum().backward()
    observe("the string", string, documented="first")
    observe("the number", number, documented=3)
    observe("the gradient", x.grad, documented=[2.0])


@scenario("FUN-29/saved-too", needs=["FUN-29"])
def an_input_returned_as_it_is_cannot_be_saved_in_setup_context(torch, observe):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(output)

        @staticmethod
        def backward(ctx, grad):
            return grad

    with observe.raises("apply", RuntimeError, saying="returned as-is"):
        Same.apply(torch.tensor([1.0], requires_grad=True))


@scenario("FUN-29/written-to", needs=["FUN-29"], cases=["one", "several"])
def a_view_that_a_function_returns_cannot_be_written_to(torch, observe, case):
    class Views(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return (x[:1], x[1:]) if case == "several" else x[:1]

        @staticmethod
        def backward(ctx, *grads):
            return torch.cat([grads[0], grads[-1]])

    outputs = Views.apply(torch.tensor([1.0, 2.0], requires_grad=True) * 1)
    first = outputs[0] if case == "several" else outputs
    with observe.raises("writing", RuntimeError, saying="multiple views" if case == "several" else "custom Function"):
        first.mul_(2)


@scenario("FUN-29/base-written", needs=["FUN-29"])
def a_view_that_a_function_returned_after_its_base_was_written_to(torch, observe):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    base = torch.tensor([1.0, 2.0], requires_grad=True) * 1
    view = Same.apply(base)
    observe("the node is the Function's", view.grad_fn.name(), documented="SameBackward")
    base.mul_(2)
    with observe.raises("asking for its node", RuntimeError):
        _ = view.grad_fn


@scenario("FUN-14/an-input", needs=["FUN-14"])
def an_input_returned_as_non_differentiable_is_another_tensor(torch, observe):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_non_differentiable(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad

    x = torch.tensor([1.0], requires_grad=True)
    y = Same.apply(x)
    observe("the same tensor", y is x)
    observe("the output requires a gradient", y.requires_grad, documented=False)
    observe("the input still does", x.requires_grad, documented=True)
