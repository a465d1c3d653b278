"""What custom Functions save, under hooks too."""

from conformance.scenario import scenario


@scenario("FUN-08/old-name", needs=["FUN-08"])
def the_old_name_of_saved_tensors_warns(torch, observe):
    seen = []

    class Old(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_variables
            seen.append(x.detach())
            return 2 * x * grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Old.apply(x).sum()
    with observe.warns("backward", DeprecationWarning, saying="saved_tensors"):
        y.backward()
    observe("what was saved", seen[0], documented=[1.0, 2.0])
    observe("the gradient", x.grad, documented=[2.0, 4.0])


@scenario("SAV-09/one-of-several", needs=["SAV-09"])
def a_tensor_saved_by_a_function_can_get_hooks_of_its_own(torch, observe):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = Square.apply(x)
    (saved,) = y.grad_fn._raw_saved_tensors
    saved.register_hooks(lambda tensor: tensor.detach() * 10, lambda packed: packed)
    with observe.raises("a second pair", RuntimeError, saying="already"):
        saved.register_hooks(lambda tensor: tensor, lambda packed: packed)
    y.sum().backward()
    observe("the gradient", x.grad, documented=[20.0, 40.0])
    with observe.raises("once it was freed", RuntimeError):
        _ = y.grad_fn._raw_saved_tensors


@scenario("SAV-09/of-a-later-output", needs=["SAV-09"])
def a_saved_output_keeps_its_place_under_hooks(torch, observe):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            first, second = x * 2, x.exp()
            ctx.save_for_backward(second)
            return first, second

        @staticmethod
        def backward(ctx, grad_first, grad_second):
            (second,) = ctx.saved_tensors
            return 2 * grad_first + second * grad_second

    x = torch.tensor([0.0, 1.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor.detach(), lambda packed: packed):
        _, second = Two.apply(x)
    (first,) = torch.autograd.grad(second.sum(), x, create_graph=True)
    (again,) = torch.autograd.grad(first.sum(), x)
    observe("the second derivative", again, documented=[1.0, 2.718281828459045])


@scenario("SAV-09/nested", needs=["SAV-09", "SAV-02"])
def the_innermost_hooks_pack_what_a_function_saves(torch, observe):
    packed = []

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

    hooks = torch.autograd.graph.saved_tensors_hooks
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with hooks(lambda t: packed.append("outer") or t, lambda t: t):
        with hooks(lambda t: packed.append("inner") or t, lambda t: t):
            y = Square.apply(x)
    y.sum().backward()
    observe("who packed", packed, documented=["inner"])


@scenario("FUN-20/of-a-later-output", needs=["FUN-20"], cases=["plain", "hooks"])
def a_saved_output_is_differentiated_at_its_own_place(torch, observe, case):
    class Three(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            first, second, third = x * 2, x.exp(), x * 3
            ctx.save_for_backward(second)
            return first, second, third

        @staticmethod
        def backward(ctx, grad_first, grad_second, grad_third):
            (second,) = ctx.saved_tensors
            return 2 * grad_first + second * grad_second + 3 * grad_third

    x = torch.tensor([0.0, 1.0], requires_grad=True)
    if case == "hooks":
        with torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor.detach(), lambda packed: packed):
            outputs = Three.apply(x)
    else:
        outputs = Three.apply(x)
    (first,) = torch.autograd.grad(outputs[1].sum(), x, create_graph=True)
    (again,) = torch.autograd.grad(first.sum(), x)
    observe("the second derivative", again, documented=[1.0, 2.718281828459045])
    del outputs, first
    output = Three.apply(x)[1]
    output.grad_fn.register_hook(lambda grad_inputs, grad_outputs: None)
    observe("its place", output.output_nr, documented=1)


@scenario("FUN-09/of-an-output", needs=["FUN-09"])
def writing_to_a_saved_output_is_found_out(torch, observe):
    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            first, second = x * 2, x.exp()
            ctx.save_for_backward(second)
            return first, second

        @staticmethod
        def backward(ctx, grad_first, grad_second):
            (second,) = ctx.saved_tensors
            return 2 * grad_first + second * grad_second

    x = torch.tensor([0.0, 1.0], requires_grad=True)
    _, second = Two.apply(x)
    with torch.no_grad():
        second.mul_(2)
    with observe.raises("backward", RuntimeError, saying=("version 1", "expected version 0", "output 1 of Two")):
        second.sum().backward()


@scenario("SAV-02/of-a-later-output", needs=["SAV-02"])
def a_pack_hook_is_given_an_output_in_its_place(torch, observe):
    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            first, second = x * 2, x * 3
            ctx.save_for_backward(second)
            return first, second

        @staticmethod
        def backward(ctx, first, second):
            return first * 2 + second * 3

    seen = []

    def pack(tensor):
        seen.append([tensor.output_nr, tensor.requires_grad])
        return tensor

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed):
        Both.apply(x)
    observe("its number among the outputs, and whether it requires grad", seen)
