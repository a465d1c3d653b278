"""What a custom Function returns: inputs that it wrote to or returned as they are, views, and constants."""

from conformance.scenario import scenario


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


@scenario("FUN-12/not-an-input", needs=["FUN-12"])
def marking_what_is_no_input_warns(torch, observe):
    class Marks(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.mark_dirty(y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0], requires_grad=True)
    with observe.warns("apply", saying="mark_dirty"):
        with observe.raises("it"):
            Marks.apply(x)


@scenario("FUN-29/then-recorded", needs=["FUN-29"])
def an_input_returned_as_it_is_has_the_node_of_the_function_alone(torch, observe):
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * 3

    x = torch.tensor([1.0], requires_grad=True)
    y = Same.apply(x * 2)
    observe("the way back", [y.grad_fn.name(), y.grad_fn.next_functions[0][0].name()],
            documented=["SameBackward", "MulBackward0"])  # fmt: skip
    y.sum().backward()
    observe("the gradient", x.grad, documented=[6.0])


@scenario("FUN-14/recorded-inside", needs=["FUN-14"])
def an_output_that_was_recorded_in_forward_is_cut_off_unless_it_is_a_view(torch, observe):
    def apply(with_view):
        class Inside(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                with torch.enable_grad():
                    y = x * 2
                    y = y[:1] if with_view else y
                ctx.mark_non_differentiable(y)
                return y

            @staticmethod
            def backward(ctx, grad):
                return grad

        y = Inside.apply(torch.tensor([1.0, 2.0], requires_grad=True))
        return [y.requires_grad, y.grad_fn is None]

    observe("a tensor", apply(False), documented=[False, True])
    observe("a view", apply(True))


@scenario("FUN-12/view-before-the-write", needs=["FUN-12"])
def a_view_that_was_made_before_the_input_was_written_to(torch, observe):
    class Doubles(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            first = x[:1]
            x.mul_(2)
            ctx.mark_dirty(x)
            return x, first

        @staticmethod
        def backward(ctx, grad, grad_first):
            return grad * 2 + torch.cat([grad_first, grad_first * 0])

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    whole, first = Doubles.apply(x * 1)
    observe("the nodes", [whole.grad_fn.name(), first.grad_fn.name()])
    (whole.sum() + first.sum()).backward()
    observe("the gradient", x.grad, documented=[3.0, 2.0])


def identity(torch, saves):
    """A Function that returns its input as it is, and perhaps saves it."""

    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            if saves:
                ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, grad):
            return grad * (ctx.saved_tensors[0] if saves else 3)

    return Identity.apply


@scenario("FUN-17/saved", needs=["FUN-17"])
def an_input_that_is_returned_as_it_is_may_be_saved(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    identity(torch, saves=True)(x).sum().backward()
    observe("the gradient", x.grad, documented=[1.0, 2.0])


@scenario("FUN-17/written-to", needs=["FUN-17"], cases={"recorded": True, "not-recorded": False})
def an_input_that_was_returned_as_it_is_is_written_to(torch, observe, requires_grad):
    x = torch.tensor([1.0, 2.0], requires_grad=requires_grad) * 2
    y = identity(torch, saves=False)(x)
    observe("it is the input", y is x)
    observe("it is a view", y._base is x)
    with observe.raises("the write"):
        y.mul_(5)
        observe("the input", x)


@scenario("FUN-12/without-a-warning", needs=["FUN-12"], cases={"marked": True, "plain": False})
def a_function_that_keeps_to_the_rules_does_not_warn(torch, observe, marked):
    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            if marked:
                ctx.mark_dirty(x)
                return x.mul_(2)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with observe.warns("calling it"):
        y = Doubled.apply(x * 1)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 2.0])


@scenario("FUN-01/beside-another-class", needs=["FUN-01"])
def a_class_beside_function_is_told_of_what_is_derived_from_it(torch, observe):
    told = []

    class Noted:
        def __init_subclass__(cls):
            told.append(cls.__name__)

    class Double(torch.autograd.Function, Noted):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    Double.apply(x).sum().backward()
    observe("what it was told of", told, documented=["Double"])
    observe("the gradient", x.grad, documented=[2.0, 2.0])
