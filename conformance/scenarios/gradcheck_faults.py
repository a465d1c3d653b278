"""The faults that gradcheck finds, one by one."""

from conformance.scenario import scenario


@scenario("GCK-06/options", cases={
    "neither": {"check_forward_ad": False, "check_backward_ad": False},
    "batched-without-backward": {"check_backward_ad": False, "check_forward_ad": True, "check_batched_grad": True},
    "batched-forward-without-forward": {"check_batched_forward_grad": True},
    "batched": {"check_batched_grad": True},
    "batched-forward": {"check_forward_ad": True, "check_batched_forward_grad": True},
})  # fmt: skip
def options_of_gradcheck(torch, observe, options):
    x = torch.tensor([0.5, 2.0], dtype=torch.float64, requires_grad=True)
    with observe.raises("the call"):
        observe("what it says", torch.autograd.gradcheck(lambda x: x**3, (x,), **options), documented=True)


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


@scenario("GCK-10/raises", needs=["GCK-10"])
def a_backward_that_refuses_a_missing_gradient(torch, observe):
    class Careless(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 1

        @staticmethod
        def backward(ctx, grad):
            if grad is None:
                raise RuntimeError("no gradient came")
            return grad * 1

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    with observe.warns("it warns", UserWarning, saying="check_undefined_grad=False"):
        with observe.raises("the check", RuntimeError, saying="undefined"):
            torch.autograd.gradcheck(Careless.apply, (x,))


@scenario("GCK-06/tangent-of-another-dtype", needs=["GCK-06"])
def a_jvp_of_another_dtype(torch, observe):
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

        @staticmethod
        def jvp(ctx, tangent):
            return (tangent * 2).to(torch.float32)

    x = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    options = {"check_forward_ad": True, "check_backward_ad": False, "check_undefined_grad": False}
    for check in (False, True):
        with observe.raises(f"check_grad_dtypes={check}"):
            torch.autograd.gradcheck(Double.apply, (x,), check_grad_dtypes=check, **options)
