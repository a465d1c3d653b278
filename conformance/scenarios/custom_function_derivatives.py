"""Functions and further derivatives: double backward, once_differentiable, setup_context, jvp, vmap."""

from conformance.scenario import scenario


def cube(torch):
    """x cubed, with a backward of differentiable operations on the saved input."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x * x * grad

    return Cube


def once(torch):
    """x squared, whose backward is marked as differentiable once."""

    class Once(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    return Once


@scenario("FUN-20")
def a_backward_of_differentiable_operations_can_be_differentiated(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad(cube(torch).apply(x).sum(), x, create_graph=True)
    observe("first derivative", first, documented=[3.0, 12.0])
    (second,) = torch.autograd.grad(first.sum(), x, create_graph=True)
    observe("second derivative", second, documented=[6.0, 12.0])
    (third,) = torch.autograd.grad(second.sum(), x)
    observe("third derivative", third, documented=[6.0, 6.0])


@scenario("FUN-20/incoming-gradient", needs=["FUN-20"])
def the_incoming_gradient_is_differentiated_as_well(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    v = torch.tensor([5.0], requires_grad=True)
    (first,) = torch.autograd.grad(cube(torch).apply(x), x, v, create_graph=True)
    observe("the vector-Jacobian product", first, documented=[60.0])
    first.sum().backward()
    observe("its derivative by the vector", v.grad, documented=[12.0])
    observe("its derivative by x", x.grad, documented=[60.0])


@scenario("FUN-20/saved-output", needs=["FUN-20"])
def a_saved_output_carries_its_history_in_the_second_derivative(torch, observe):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            result = torch.exp(x)
            ctx.save_for_backward(result)
            return result

        @staticmethod
        def backward(ctx, grad):
            (result,) = ctx.saved_tensors
            return grad * result

    x = torch.tensor([0.0], requires_grad=True)
    (first,) = torch.autograd.grad(Exp.apply(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("second derivative of exp at 0", second, documented=[1.0])


@scenario("FUN-18", needs=["FUN-01"])
def once_differentiable_refuses_a_second_derivative(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    y = once(torch).apply(x) ** 2
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    observe("first derivative", first, documented=[32.0])
    with observe.raises("backward through it", RuntimeError, saying="once_differentiable"):
        first.sum().backward()


@scenario("FUN-18/grad", needs=["FUN-18"])
def autograd_grad_through_a_once_differentiable_function(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    y = once(torch).apply(x) ** 2
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    with observe.raises("autograd.grad by x", RuntimeError):
        torch.autograd.grad(first.sum(), x)


@scenario("FUN-18/plain", needs=["FUN-18"])
def once_differentiable_does_not_disturb_a_first_derivative(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    once(torch).apply(x).sum().backward()
    observe("the gradient", x.grad, documented=[4.0])


@scenario("FUN-19", needs=["FUN-18"])
def once_differentiable_with_a_constant_incoming_gradient(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    with observe.raises("a second derivative where the incoming gradient is a constant", RuntimeError):
        (first,) = torch.autograd.grad(once(torch).apply(x).sum(), x, create_graph=True)
        torch.autograd.grad((first * x).sum(), x)


@scenario("FUN-22", needs=["FUN-20"])
def an_intermediate_kept_as_a_plain_attribute_is_a_constant_in_the_second_derivative(torch, observe):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.square = x * x
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            return 3 * ctx.square * grad

    x = torch.tensor([2.0], requires_grad=True)
    v = torch.tensor([1.0], requires_grad=True)
    (first,) = torch.autograd.grad(Cube.apply(x), x, v, create_graph=True)
    observe("first derivative", first, documented=[12.0])
    (by_x,) = torch.autograd.grad(first.sum(), x, allow_unused=True)
    observe("its derivative by x is lost", by_x, documented=None)


@scenario("FUN-22/returned", needs=["FUN-22"])
def an_intermediate_returned_as_an_output_and_saved_keeps_its_derivative(torch, observe):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            squared = x * x
            ctx.save_for_backward(x, squared)
            return x * squared, squared

        @staticmethod
        def backward(ctx, grad, of_square):
            x, squared = ctx.saved_tensors
            return 3 * squared * grad + 2 * x * of_square

    x = torch.tensor([2.0], requires_grad=True)
    y, _ = Cube.apply(x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    observe("first derivative", first, documented=[12.0])
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("second derivative", second, documented=[12.0])


@scenario("FUN-23")
def forward_without_ctx_and_setup_context_are_an_equivalent_form(torch, observe):
    seen = []

    class Scale(torch.autograd.Function):
        @staticmethod
        def forward(x, factor, offset):
            return x * factor + offset

        @staticmethod
        def setup_context(ctx, inputs, output):
            x, factor, offset = inputs
            seen.append([offset, output.tolist()])
            ctx.save_for_backward(x, factor)

        @staticmethod
        def backward(ctx, grad):
            x, factor = ctx.saved_tensors
            return grad * factor, grad * x, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    factor = torch.tensor([3.0, 4.0], requires_grad=True)
    y = Scale.apply(x, factor, 0.5)
    observe("the value", y, documented=[3.5, 8.5])
    observe("what setup_context received", seen, documented=[[0.5, [3.5, 8.5]]])
    y.sum().backward()
    observe("the gradients", [x.grad, factor.grad], documented=[[3.0, 4.0], [1.0, 2.0]])


@scenario("FUN-23/marks", needs=["FUN-23", "FUN-14"])
def setup_context_may_mark_outputs(torch, observe):
    class Sort(torch.autograd.Function):
        @staticmethod
        def forward(x):
            values, indices = torch.sort(x)
            return values, indices * 1.0

        @staticmethod
        def setup_context(ctx, inputs, output):
            _, indices = output
            ctx.mark_non_differentiable(indices)
            ctx.save_for_backward(indices)

        @staticmethod
        def backward(ctx, grad, of_indices):
            (indices,) = ctx.saved_tensors
            result = torch.zeros_like(grad)
            result[indices.long()] = grad
            return result

    x = torch.tensor([3.0, 1.0, 2.0], requires_grad=True)
    values, indices = Sort.apply(x)
    observe("the values", values, documented=[1.0, 2.0, 3.0])
    observe("the indices require grad", indices.requires_grad, documented=False)
    values.backward(torch.tensor([10.0, 20.0, 30.0]))
    observe("the gradient", x.grad, documented=[30.0, 10.0, 20.0])


def square_with_jvp(torch, **rules):
    """x squared in setup_context form, with a jvp."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)
            ctx.save_for_forward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

        @staticmethod
        def jvp(ctx, tangent):
            (x,) = ctx.saved_tensors
            return 2 * x * tangent

    for name, rule in rules.items():
        setattr(Square, name, rule)
    return Square


@scenario("FUN-24", needs=["FUN-23", "FWD-03"])
def jvp_provides_the_forward_mode_derivative(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0, 3.0]), torch.tensor([1.0, 10.0]))
        primal, tangent = forward_ad.unpack_dual(square_with_jvp(torch).apply(x))
    observe("the value", primal, documented=[1.0, 9.0])
    observe("the tangent", tangent, documented=[2.0, 60.0])


@scenario("FUN-24/missing", needs=["FUN-24"])
def without_a_jvp_forward_mode_raises(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([1.0]))
        with observe.raises("apply on a dual tensor", saying=("forward", "jvp")):
            cube(torch).apply(x)


@scenario("FUN-24/none-tangent", needs=["FUN-24"])
def jvp_receives_none_or_zeros_for_an_input_without_tangent(torch, observe):
    forward_ad = torch.autograd.forward_ad
    seen = []

    class Product(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.save_for_forward(x, y)
            return x * y

        @staticmethod
        def jvp(ctx, of_x, of_y):
            _, y = ctx.saved_tensors
            seen.append(None if of_y is None else of_y.tolist())
            return of_x * y

    with forward_ad.dual_level():
        x = forward_ad.make_dual(torch.tensor([2.0]), torch.tensor([1.0]))
        tangent = forward_ad.unpack_dual(Product.apply(x, torch.tensor([5.0]))).tangent
    observe("the tangent received for the plain input", seen)
    observe("the tangent", tangent, documented=[5.0])


@scenario("FUN-25", needs=["FUN-23", "HOD-20"])
def vmap_over_a_function_needs_a_rule(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    with observe.raises("neither a vmap method nor a generated rule", RuntimeError, saying="vmap"):
        torch.vmap(square_with_jvp(torch).apply)(x)
    generated = square_with_jvp(torch, generate_vmap_rule=True)
    observe("with a generated rule", torch.vmap(generated.apply)(x), documented=[[1.0, 4.0], [9.0, 16.0]])


@scenario("FUN-25/own-rule", needs=["FUN-25"])
def a_function_may_give_its_own_vmap_rule(torch, observe):
    seen = []

    def rule(info, in_dims, x):
        seen.append([info.batch_size, list(in_dims)])
        return x * x * 100, 0

    Square = square_with_jvp(torch, vmap=staticmethod(rule))
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    observe("the result of the rule", torch.vmap(Square.apply)(x)[1], documented=[900.0, 1600.0])
    observe("what it received", seen, documented=[[3, [0]]])


@scenario("FUN-34", needs=["FUN-23", "HOD-14"])
def a_function_in_setup_context_form_works_under_torch_func(torch, observe):
    Square = square_with_jvp(torch)
    x = torch.tensor([1.0, 3.0])
    observe("torch.func.grad", torch.func.grad(lambda x: Square.apply(x).sum())(x), documented=[2.0, 6.0])

    class Combined(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2

    with observe.raises("a Function in the older form", RuntimeError, saying="setup_context"):
        torch.func.grad(lambda x: Combined.apply(x).sum())(x)


@scenario("FUN-05/beside-a-gradient", needs=["FUN-05"], cases={"leaf": 0, "one": 1, "other": 2})
def an_input_that_is_given_twice_gets_one_gradient_and_no_other(torch, observe, doublings):
    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, a, b):
            return a * b

        @staticmethod
        def backward(ctx, grad):
            return grad * 3, None

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(doublings):
        y = y * 2
    First.apply(y, y).sum().backward()
    observe("the gradient", x.grad, documented=[3.0 * 2**doublings] * 2)
