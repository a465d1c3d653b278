"""Batched tensors and checks of derivatives, where planted faults of the reference engine had survived."""

from conformance.scenario import scenario


@scenario("HOD-20/no-numbers", needs=["HOD-20"], cases=["numpy", "tolist", "item", "bool"])
def a_batched_tensor_has_no_numbers_of_its_own(torch, observe, name):
    def function(x):
        if name == "bool":
            return x if x.sum() > 0 else -x
        getattr(x.sum(), name)()
        return x

    with observe.raises("the call", RuntimeError):
        torch.vmap(function)(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


@scenario("HOD-20/hook", needs=["HOD-20"])
def a_hook_on_a_batched_tensor(torch, observe):
    def function(x):
        y = x * 2
        y.register_hook(lambda grad: grad * 10)
        return y

    with observe.raises("the call"):
        torch.vmap(function)(torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True))


@scenario("HOD-20/unbatched-target", needs=["HOD-20"], cases=["add", "setitem", "index-add", "masked-fill"])
def a_batched_value_is_not_written_into_an_unbatched_tensor(torch, observe, name):
    def function(x):
        target = torch.zeros(2)
        if name == "add":
            target.add_(x)
        elif name == "setitem":
            target[:1] = x[:1]
        elif name == "index-add":
            target.index_add_(0, torch.tensor([0, 1]), x)
        else:
            target.masked_fill_(torch.tensor([True, False]), x[0])
        return target

    with observe.raises("the call", RuntimeError):
        torch.vmap(function)(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))


@scenario("HOD-20/batched-target", needs=["HOD-20"], cases=["add", "setitem", "index-add"])
def a_batched_tensor_is_written_to_sample_by_sample(torch, observe, name):
    def function(x):
        target = x * 1
        if name == "add":
            target.add_(x)
        elif name == "setitem":
            target[:1] = 7.0
        else:
            target.index_add_(0, torch.tensor([0, 0]), x)
        return target

    observe("the result", torch.vmap(function)(torch.tensor([[1.0, 2.0], [3.0, 4.0]])))


@scenario("HOD-20/randomness", needs=["HOD-20"], cases=["same", "different"])
def random_numbers_are_the_same_or_different_for_the_samples(torch, observe, randomness):
    x = torch.zeros(4, 8)
    batched = torch.vmap(lambda x: torch.rand_like(x), randomness=randomness)(x)
    plain = torch.vmap(lambda x: x + torch.rand(8), randomness=randomness)(x)
    dropped = torch.vmap(lambda x: torch.nn.functional.dropout(x + 1, 0.5), randomness=randomness)(torch.zeros(4, 64))
    for name, result in {"like a batched tensor": batched, "of their own": plain, "dropout": dropped}.items():
        alike = bool((result == result[:1]).all())
        observe(f"all alike, {name}", alike, documented=randomness == "same")


@scenario("HOD-20/random-in-place", needs=["HOD-20"], cases=["same", "different"])
def an_unbatched_tensor_filled_with_random_numbers(torch, observe, randomness):
    def function(x):
        target = torch.zeros(3)
        target.uniform_()
        return x + target

    with observe.raises("the call"):
        result = torch.vmap(function, randomness=randomness)(torch.zeros(2, 3))
        observe("all alike", bool((result == result[:1]).all()))


@scenario("HOD-20/two-levels", needs=["HOD-20"])
def values_of_an_outer_level_within_an_inner_one(torch, observe):
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    y = torch.tensor([10.0, 20.0, 30.0])
    result = torch.vmap(lambda a: torch.vmap(lambda b: (a * b, a.sum() + b, torch.stack([a * b, a])))(y))(x)
    observe("the product", result[0])
    observe("the sum", result[1])
    observe("the stack", result[2])


@scenario("HOD-23/vectors", needs=["HOD-23"])
def a_graph_is_run_backward_for_each_of_a_batch_of_vectors(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    rows = torch.vmap(lambda v: torch.autograd.grad(y, x, v)[0])(torch.eye(2))
    observe("the Jacobian", rows, documented=[[2.0, 0.0], [0.0, 4.0]])
    with observe.raises("once more", RuntimeError, saying="retain_graph"):
        torch.autograd.grad(y.sum(), x)


def wrong_cube(torch):
    """A function whose backward and jvp are right for real numbers alone."""

    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * x * x

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])
            ctx.save_for_forward(inputs[0])

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return grad * 3 * (x * x)

        @staticmethod
        def jvp(ctx, tangent):
            (x,) = ctx.saved_tensors
            return tangent.conj() * 3 * (x * x)

    return Cube.apply


GRADCHECK_OPTIONS = {
    "backward": {},
    "backward-fast": {"fast_mode": True},
    "forward": {"check_forward_ad": True, "check_backward_ad": False, "check_undefined_grad": False},
    "forward-fast": {
        "check_forward_ad": True,
        "check_backward_ad": False,
        "check_undefined_grad": False,
        "fast_mode": True,
    },
}


@scenario("GCK-09/each-way", cases=GRADCHECK_OPTIONS)
def derivatives_of_complex_functions_are_checked(torch, observe, options):
    x = torch.tensor([1.0 + 2.0j, -0.5 + 0.25j], dtype=torch.complex128, requires_grad=True)
    real = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    constant = torch.tensor([1.0 - 1.0j, 2.0j], dtype=torch.complex128)
    observe("a right one", torch.autograd.gradcheck(lambda x: x * x * x, (x,), **options), documented=True)
    several = torch.autograd.gradcheck(
        lambda x, r, c: (x * r, x.abs() * c.abs(), x * c), (x, real, constant), **options
    )
    observe("one of several inputs and outputs", several, documented=True)
    with observe.raises("a wrong one", RuntimeError, saying=("mismatch", "imaginary part")):
        torch.autograd.gradcheck(wrong_cube(torch), (x,), **options)


@scenario("GCK-02/of-two", cases=GRADCHECK_OPTIONS)
def the_output_and_input_of_a_wrong_derivative_are_named(torch, observe, options):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(x, y):
            return x * 2, x + y * 3

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def backward(ctx, first, second):
            return 2 * first + second, 4 * second

        @staticmethod
        def jvp(ctx, x, y):
            return 2 * x, x + 4 * y

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    with observe.raises("it", RuntimeError, saying=("output 1", "input 1")):
        torch.autograd.gradcheck(Wrong.apply, (x, y), **options)
    said = torch.autograd.gradcheck(Wrong.apply, (x, y), raise_exception=False, **options)
    observe("without an exception", said, documented=False)


@scenario(
    "GCK-11/must-not-depend",
    needs=["GCK-11"],
    cases={k: v for k, v in GRADCHECK_OPTIONS.items() if k != "forward-fast"},
)
def outputs_without_gradient_must_not_depend_on_the_inputs(torch, observe, options):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    with observe.raises("it", RuntimeError):
        torch.autograd.gradcheck(lambda x: x.detach() * 2, (x,), **options)
    steady = torch.autograd.gradcheck(lambda x: torch.ones(2, dtype=torch.float64), (x,), **options)
    observe("a constant", steady)


def faulty(torch, backward):
    """A Function of the identity with a backward of its own."""

    class Identity(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1

    Identity.backward = staticmethod(backward)
    return Identity.apply


@scenario("GCK-10/not-multiplied", needs=["GCK-10"])
def a_backward_must_multiply_by_the_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    calls = []

    def backward(ctx, grad):
        calls.append(None)
        return grad if grad.any() else grad + 1

    with observe.raises("the check", RuntimeError, saying="not multiplied by grad_output"):
        torch.autograd.gradcheck(faulty(torch, backward), (x,))


@scenario("GCK-10/undefined", needs=["GCK-10"], cases=["fails", "is-not-zero", "one-of-two"])
def a_backward_must_bear_that_no_gradient_comes(torch, observe, case):
    class Careless(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return (x * 1, x * 2) if case == "one-of-two" else x * 1

        @staticmethod
        def backward(ctx, *grads):
            if case == "is-not-zero":
                return torch.ones(2, dtype=torch.float64) if grads[0] is None else grads[0]
            if case == "one-of-two":
                return None if grads[0] is None and grads[1] is None else grads[0] * 1 + grads[1] * 2
            return grads[0] * 1

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    with observe.warns("it warns", saying="check_undefined_grad=False"):
        with observe.raises("the check"):
            torch.autograd.gradcheck(Careless.apply, (x,))


@scenario("GCK-03/expanded", needs=["GCK-03"])
def an_expanded_input_cannot_be_checked(torch, observe):
    x = torch.tensor([1.0], dtype=torch.float64).expand(3).requires_grad_()
    with observe.raises("the check", RuntimeError, saying="stride"):
        torch.autograd.gradcheck(lambda x: x * 2, (x,))


@scenario("GCK-06/ignored-input", needs=["GCK-06"])
def an_input_that_a_function_ignores_does_not_hide_the_others(torch, observe):
    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    y = torch.tensor([3.0, 4.0], dtype=torch.float64, requires_grad=True)
    bad = faulty(torch, lambda ctx, grad: grad if grad.any() else grad + 1)
    observe("a right one", torch.autograd.gradcheck(lambda x, y: y * y, (x, y)), documented=True)
    with observe.raises("a wrong one", RuntimeError, saying="not multiplied by grad_output"):
        torch.autograd.gradcheck(lambda x, y: bad(y), (x, y))


@scenario("CPX-11/under-create-graph", needs=["CPX-11"])
def a_real_factor_of_a_complex_product_has_a_real_gradient_under_create_graph_too(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    z = torch.complex(torch.tensor([3.0, 1.0]), torch.tensor([4.0, -1.0]))
    product = x * z
    loss = (product.real**2 + product.imag**2).sum()
    (first,) = torch.autograd.grad(loss, x, create_graph=True)
    observe("the gradient", first.detach(), documented=[50.0, 8.0])
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("the second derivative", second, documented=[50.0, 4.0])
