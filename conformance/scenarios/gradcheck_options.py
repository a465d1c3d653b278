"""What each option of gradcheck does. The checks name float64, in which they are meant to be run."""

from conformance.scenario import scenario


def leaf(torch, values):
    """A leaf of doubles."""
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def double_of(torch, derivative):
    """Twice its input, as a Function with a derivative of its own, in backward and in forward mode."""

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(x):
            return x * 2

        @staticmethod
        def setup_context(ctx, inputs, output):
            pass

    Double.backward = staticmethod(lambda ctx, grad: derivative(grad))
    Double.jvp = staticmethod(lambda ctx, tangent: derivative(tangent))
    return Double.apply


def drifting(factor):
    """Multiplication by a factor that grows by 0.0001 with each call."""
    calls = []

    def multiply(grad):
        calls.append(None)
        return grad * (factor + 1e-4 * len(calls))

    return multiply


FORWARD = {"check_forward_ad": True, "check_backward_ad": False, "check_undefined_grad": False}


@scenario("GCK-06/keyword-only", needs=["GCK-01"], dtypes=["float32"])
def options_are_given_by_name(torch, observe):
    x = leaf(torch, [0.5, 2.0])
    with observe.raises("eps by its place", TypeError):
        torch.autograd.gradcheck(torch.sin, (x,), 1e-6)
    observe("everything by name", torch.autograd.gradcheck(func=torch.sin, inputs=(x,), eps=1e-6), documented=True)


@scenario("GCK-01/inputs-afterwards", needs=["GCK-01"], cases={"backward": {}, "forward": FORWARD}, dtypes=["float32"])
def the_inputs_are_put_back(torch, observe, options):
    x = leaf(torch, [0.5, 2.0])
    observe("gradcheck", torch.autograd.gradcheck(lambda x: x * 2, (x,), eps=0.25, **options), documented=True)
    observe("the input afterwards", x.detach(), documented=[0.5, 2.0])


@scenario("GCK-03/constant-first", needs=["GCK-03/mixed"], dtypes=["float32"])
def what_comes_after_a_constant_is_checked(torch, observe):
    constant, x = torch.tensor([2.0, 3.0], dtype=torch.float64), leaf(torch, [0.5, 2.0])
    wrong = double_of(torch, lambda grad: grad * 3)
    observe("a right one", torch.autograd.gradcheck(lambda c, n, x: c * n * x, (constant, 3, x)), documented=True)
    with observe.raises("a wrong one", RuntimeError, saying=("mismatch", "input 0")):
        torch.autograd.gradcheck(lambda c, n, x: c * n * wrong(x), (constant, 3, x))


@scenario("GCK-04/after-a-constant", needs=["GCK-04"], dtypes=["float32"])
def the_warning_names_the_input_and_the_check_goes_on(torch, observe):
    constant = torch.tensor([2.0, 3.0], dtype=torch.float64)
    x = torch.tensor([0.5, 2.0], dtype=torch.float32, requires_grad=True)
    wrong = double_of(torch, lambda grad: grad * 3)
    with observe.warns("single precision", UserWarning, saying=("double precision", "1")):
        with observe.raises("a wrong backward", RuntimeError, saying="mismatch"):
            torch.autograd.gradcheck(lambda c, x: c * wrong(x), (constant, x), eps=1e-2, atol=0.1, rtol=0.1)


@scenario("GCK-03/expanded-dimension", needs=["GCK-03/expanded"], dtypes=["float32"])
def only_elements_that_share_memory_cannot_be_checked(torch, observe):
    twice = torch.tensor([1.0], dtype=torch.float64).expand(2).requires_grad_()
    once = torch.tensor([1.0], dtype=torch.float64).as_strided((1,), (0,)).requires_grad_()
    observe("one element with a stride of 0", torch.autograd.gradcheck(lambda x: x * 2, (once,)))
    with observe.raises("two elements at one place", RuntimeError, saying="stride"):
        torch.autograd.gradcheck(lambda c, x: x * 2, (3.0, twice), raise_exception=False)


@scenario("GCK-11/no-tensor", needs=["GCK-11"], dtypes=["float32"])
def every_output_must_be_a_tensor(torch, observe):
    x = leaf(torch, [0.5, 2.0])
    for name, other in {"a number": 1.0, "None": None}.items():
        with observe.raises(f"{name} beside a tensor", AttributeError):
            torch.autograd.gradcheck(lambda x, other=other: (x * 2, other), (x,))


# --- batches --------------------------------------------------------------------------------------------------------


@scenario("GCK-07/batched-mismatch", needs=["GCK-07/batched", "GCK-10"], dtypes=["float32"])
def check_batched_grad_compares_a_batch_with_one_after_the_other(torch, observe):
    def check(**options):
        drift, right = double_of(torch, drifting(2)), double_of(torch, lambda grad: grad * 2)
        inputs = (leaf(torch, [0.5, 2.0]), leaf(torch, [1.5, 0.75]))
        return torch.autograd.gradcheck(lambda x, y: (right(x), drift(y)), inputs, nondet_tol=0.01, **options)

    observe("without it", check(), documented=True)
    with observe.raises("with it", RuntimeError, saying=("batched", "output 1", "input 1")):
        check(check_batched_grad=True)
    observe("without an exception", check(check_batched_grad=True, raise_exception=False), documented=False)


@scenario("GCK-07/batched-forward-mismatch", needs=["GCK-07/batched-forward"], dtypes=["float32"])
def check_batched_forward_grad_compares_a_batch_with_one_after_the_other(torch, observe):
    def check(**options):
        x = leaf(torch, [0.5, 2.0])
        return torch.autograd.gradcheck(double_of(torch, drifting(2)), (x,), **FORWARD, **options)

    observe("without it", check(), documented=True)
    with observe.raises("with it", RuntimeError, saying="batched"):
        check(check_batched_forward_grad=True)
    observe("without an exception", check(check_batched_forward_grad=True, raise_exception=False), documented=False)


@scenario("GCK-07/batched-forward-item", needs=["GCK-07/batched-forward-mismatch"], dtypes=["float32"])
def check_batched_forward_grad_finds_a_jvp_that_looks_at_numbers(torch, observe):
    def looking(tangent):
        tangent.sum().item()
        return tangent * 2

    x, function = leaf(torch, [0.5, 2.0]), double_of(torch, looking)
    observe("without it", torch.autograd.gradcheck(function, (x,), **FORWARD), documented=True)
    with observe.raises("with it", RuntimeError, saying="batched"):
        torch.autograd.gradcheck(function, (x,), check_batched_forward_grad=True, **FORWARD)
    options = {"check_batched_forward_grad": True, "raise_exception": False, **FORWARD}
    observe("without an exception", torch.autograd.gradcheck(function, (x,), **options), documented=False)


BATCHED = {
    "backward": {"check_batched_grad": True},
    "forward": {"check_batched_forward_grad": True, **FORWARD},
}


@scenario("GCK-07/batched-several", cases=BATCHED, needs=["GCK-07/batched", "GCK-03/mixed"], dtypes=["float32"])
def batches_of_several_inputs_and_outputs(torch, observe, options):
    x, y = leaf(torch, [0.5, 2.0]), leaf(torch, [1.5, 0.75])
    constant = torch.tensor([2.0, 3.0], dtype=torch.float64)
    checked = torch.autograd.gradcheck(lambda x, c, y, n: (x * c, y * y * n), (x, constant, y, 3), **options)
    observe("of an input that an output ignores", checked, documented=True)


# --- outputs without a gradient ---------------------------------------------------------------------------------------


@scenario(
    "GCK-10/undefined-alone",
    needs=["GCK-10/undefined/is-not-zero"],
    cases={"first": 0, "second": 1},
    dtypes=["float32"],
)
def each_output_in_turn_gets_no_gradient(torch, observe, case):
    class Careless(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 1, x * 2

        @staticmethod
        def backward(ctx, *grads):
            given = [grad * factor for grad, factor in zip(grads, (1, 2), strict=True) if grad is not None]
            if grads[case] is None and given and not given[0].any():
                return torch.ones(2, dtype=torch.float64)
            return sum(given) if given else None

    x = leaf(torch, [1.0, 2.0])
    with observe.warns("it warns", UserWarning, saying="check_undefined_grad=False"):
        with observe.raises("the check", RuntimeError, saying="undefined"):
            torch.autograd.gradcheck(Careless.apply, (x,))
    unchecked = torch.autograd.gradcheck(Careless.apply, (x,), check_undefined_grad=False)
    observe("without the check", unchecked, documented=True)


@scenario("GCK-10/undefined-tangent", needs=["GCK-07/forward"], cases=["float64", "complex128"], dtypes=["float32"])
def a_missing_tangent_must_give_what_a_tangent_of_zero_gives(torch, observe, case):
    def sum_with(jvp):
        class Sum(torch.autograd.Function):
            @staticmethod
            def forward(x, y):
                return x + y

            @staticmethod
            def setup_context(ctx, inputs, output):
                ctx.set_materialize_grads(False)

        Sum.jvp = staticmethod(lambda ctx, x, y: jvp(x, y))
        return Sum.apply

    def careless(x, y):
        return x if y is None else x + y if x is not None else y + 1

    def careful(x, y):
        return y if x is None else x if y is None else x + y

    x, y = (torch.tensor(v, dtype=getattr(torch, case), requires_grad=True) for v in ([0.5, 2.0], [1.5, 0.75]))
    alone = {"check_forward_ad": True, "check_backward_ad": False}
    observe("one that is right", torch.autograd.gradcheck(sum_with(careful), (x, y), **alone), documented=True)
    apart = torch.autograd.gradcheck(lambda x, y: (x * 2, y * 3), (x, y), **alone)
    observe("outputs of one input each", apart, documented=True)
    with observe.raises("one that invents a tangent", RuntimeError, saying=("tangent", "undefined")):
        torch.autograd.gradcheck(sum_with(careless), (x, y), **alone)
    unchecked = torch.autograd.gradcheck(sum_with(careless), (x, y), check_undefined_grad=False, **alone)
    observe("without the check", unchecked, documented=True)


# --- fast mode --------------------------------------------------------------------------------------------------------

MODES = {
    "backward": {},
    "backward-fast": {"fast_mode": True},
    "forward": FORWARD,
    "forward-fast": {"fast_mode": True, **FORWARD},
}


@scenario("GCK-07/tolerance", cases=MODES, needs=["GCK-02/small-error", "GCK-07/fast"], dtypes=["float32"])
def every_element_of_a_jacobian_may_be_off_by_atol(torch, observe, options):
    def check(error):
        function = double_of(torch, lambda grad: grad * 2 + error * grad.sum())
        x = leaf(torch, [1.0 + i for i in range(10)])
        return torch.autograd.gradcheck(function, (x,), atol=1e-3, rtol=0.0, raise_exception=False, **options)

    observe("each element off by a little less", check(0.9e-3), documented=True)
    observe("each element off by a little more", check(1.1e-3), documented=False)


@scenario("GCK-07/tolerance-of-one", cases=MODES, needs=["GCK-02/small-error", "GCK-07/fast"], dtypes=["float32"])
def fast_mode_does_not_look_at_single_elements(torch, observe, options):
    x = leaf(torch, [1.0 + i for i in range(10)])
    almost = torch.tensor([2.002] + [2.0] * 9, dtype=torch.float64)
    function = double_of(torch, lambda grad: grad * almost)
    checked = torch.autograd.gradcheck(function, (x,), atol=1e-3, rtol=0.0, raise_exception=False, **options)
    observe("one element off by twice the tolerance", checked, documented="fast_mode" in options)


@scenario("GCK-07/step", cases=MODES, needs=["GCK-05", "GCK-07/fast"], dtypes=["float32"])
def eps_is_how_far_the_input_is_moved(torch, observe, options):
    def check(eps):
        x = leaf(torch, [0.0075])
        return torch.autograd.gradcheck(torch.relu, (x,), eps=eps, raise_exception=False, **options)

    observe("not as far as the kink", check(0.005), documented=True)
    observe("beyond the kink", check(0.01), documented=False)


@scenario("GCK-09/other-part", cases=MODES, needs=["GCK-09"], dtypes=["float32"])
def one_part_of_a_complex_input_is_moved_while_the_other_stays(torch, observe, options):
    z = torch.tensor([1.0 + 0.0j, -0.5 + 2.0j], dtype=torch.complex128, requires_grad=True)
    checked = torch.autograd.gradcheck(lambda z: torch.relu(z.real - z.imag), (z,), **options)
    observe("beside a kink where both are equal", checked, documented=True)


@scenario("GCK-01/nothing", cases=MODES, needs=["GCK-01", "GCK-07/fast", "GCK-07/forward"], dtypes=["float32"])
def inputs_and_outputs_without_elements(torch, observe, options):
    nothing, x = torch.zeros((0, 2), dtype=torch.float64, requires_grad=True), leaf(torch, [0.5, 2.0])
    wrong = double_of(torch, lambda grad: grad * 3)
    checked = torch.autograd.gradcheck(lambda n, x: (n * x, x * x), (nothing, x), **options)
    observe("beside others", checked, documented=True)
    with observe.raises("beside a wrong one", RuntimeError, saying=("output 1", "input 1")):
        torch.autograd.gradcheck(lambda n, x: (n * x, wrong(x)), (nothing, x), **options)
    observe("alone", torch.autograd.gradcheck(lambda n: n * 2, (nothing,), **options), documented=True)
