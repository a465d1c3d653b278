"""gradcheck and gradgradcheck: numerical against analytic derivatives.

These scenarios name float64, in which the checks are meant to be run, whatever the default dtype.
"""

import inspect

from conformance.scenario import scenario


def double(torch, values):
    """A leaf of doubles."""
    return torch.tensor(values, dtype=torch.float64, requires_grad=True)


def wrong_square(torch):
    """x squared, with half the right gradient."""

    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return x * grad

    return Wrong.apply


@scenario("GCK-01", dtypes=["float32"])
def gradcheck_returns_true_when_the_gradients_agree(torch, observe):
    x = double(torch, [0.5, 2.0])
    observe("of the sine", torch.autograd.gradcheck(torch.sin, (x,)), documented=True)
    observe("an input that stands alone", torch.autograd.gradcheck(torch.sin, x), documented=True)
    observe("the leaf's .grad", x.grad, documented=None)


FUNCTIONS = {
    "mul": lambda torch, x, y: x * y,
    "div": lambda torch, x, y: x / y,
    "pow": lambda torch, x, y: x**y,
    "matmul": lambda torch, x, y: x.reshape(1, 2) @ y.reshape(2, 1),
    "exp": lambda torch, x, y: torch.exp(x) + y,
    "log": lambda torch, x, y: torch.log(x) * y,
    "softmax": lambda torch, x, y: torch.softmax(x, 0) * y,
    "sum": lambda torch, x, y: (x.sum() * y).sum(),
    "slice": lambda torch, x, y: x[0:1] * y[1:2],
    "index": lambda torch, x, y: x[[0, 0, 1]] * y[[1, 0, 1]],
    "cat": lambda torch, x, y: torch.cat([x, y]) ** 2,
    "where": lambda torch, x, y: torch.where(x > 1, x * x, y),
    "max": lambda torch, x, y: torch.max(x * y),
    "cumsum": lambda torch, x, y: torch.cumsum(x * y, 0),
    "norm": lambda torch, x, y: torch.linalg.vector_norm(x) * y,
    "in-place": lambda torch, x, y: (x * 1).mul_(y).add_(x),
    "two-outputs": lambda torch, x, y: (x * y, x + y),
}


@scenario("GCK-01/of", cases=FUNCTIONS, needs=["GCK-01"], dtypes=["float32"])
def gradcheck_passes_for_the_engines_own_functions(torch, observe, function):
    x, y = double(torch, [0.5, 2.0]), double(torch, [1.5, 0.75])
    checked = torch.autograd.gradcheck(lambda x, y: function(torch, x, y), (x, y))
    observe("gradcheck", checked, documented=True)


@scenario("GCK-02", needs=["GCK-01"], dtypes=["float32"])
def a_mismatch_raises_or_returns_false(torch, observe):
    x = double(torch, [0.5, 2.0])
    with observe.raises("a wrong backward", RuntimeError, saying=("Jacobian mismatch", "output 0", "input 0")):
        torch.autograd.gradcheck(wrong_square(torch), (x,))
    checked = torch.autograd.gradcheck(wrong_square(torch), (x,), raise_exception=False)
    observe("with raise_exception=False", checked, documented=False)


@scenario("GCK-02/which", needs=["GCK-02"], dtypes=["float32"])
def the_error_names_the_input_and_output(torch, observe):
    wrong = wrong_square(torch)
    x, y = double(torch, [0.5, 2.0]), double(torch, [1.5, 0.75])
    with observe.raises("the second input of the second output", RuntimeError, saying=("output 1", "input 1")):
        torch.autograd.gradcheck(lambda x, y: (x * y, wrong(y)), (x, y))


@scenario("GCK-02/small-error", needs=["GCK-02"], dtypes=["float32"])
def tolerances_decide_what_counts_as_a_mismatch(torch, observe):
    class Near(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return grad * 2.01

    x = double(torch, [0.5, 2.0])
    check = torch.autograd.gradcheck
    observe("half a percent off, by default", check(Near.apply, (x,), raise_exception=False), documented=False)
    observe("with rtol 0.01", check(Near.apply, (x,), rtol=0.01), documented=True)
    observe("with atol 0.1", check(Near.apply, (x,), atol=0.1), documented=True)


@scenario("GCK-02/missing-gradient", needs=["GCK-02"], dtypes=["float32"])
def a_missing_gradient_is_a_mismatch(torch, observe):
    x, y = double(torch, [0.5, 2.0]), double(torch, [1.5, 0.75])
    with observe.raises("a detached factor", RuntimeError, saying="input 1"):
        torch.autograd.gradcheck(lambda x, y: x * y.detach(), (x, y))


@scenario("GCK-03", dtypes=["float32"])
def at_least_one_input_must_require_grad(torch, observe):
    x = torch.tensor([0.5, 2.0], dtype=torch.float64)
    with observe.raises("gradcheck", ValueError, saying="require"):
        torch.autograd.gradcheck(torch.sin, (x,))


@scenario("GCK-03/mixed", needs=["GCK-01"], dtypes=["float32"])
def inputs_that_do_not_require_grad_are_constants(torch, observe):
    x = double(torch, [0.5, 2.0])
    constant = torch.tensor([2.0, 3.0], dtype=torch.float64)
    checked = torch.autograd.gradcheck(lambda x, c, n: x * c * n, (x, constant, 3))
    observe("with a constant tensor and a number", checked, documented=True)


@scenario("GCK-04", dtypes=["float32"])
def single_precision_inputs_give_a_warning(torch, observe):
    x = torch.tensor([0.5, 2.0], dtype=torch.float32, requires_grad=True)
    with observe.warns("gradcheck", UserWarning, saying="double precision"):
        torch.autograd.gradcheck(torch.sin, (x,), atol=1.0, rtol=1.0, eps=1e-2)


@scenario("GCK-05", needs=["GCK-02"], dtypes=["float32"])
def it_fails_at_a_kink(torch, observe):
    x = double(torch, [0.0])
    with observe.raises("relu at 0", RuntimeError, saying="Jacobian mismatch"):
        torch.autograd.gradcheck(torch.relu, (x,))
    observe("relu beside it", torch.autograd.gradcheck(torch.relu, (double(torch, [0.5, -0.5]),)), documented=True)


@scenario("GCK-06", dtypes=["float32"])
def the_defaults_are_those_documented(torch, observe):
    found = inspect.signature(torch.autograd.gradcheck).parameters
    documented = {
        "eps": 1e-6,
        "atol": 1e-5,
        "rtol": 1e-3,
        "raise_exception": True,
        "nondet_tol": 0.0,
        "check_undefined_grad": True,
        "check_grad_dtypes": False,
        "check_batched_grad": False,
        "check_batched_forward_grad": False,
        "check_forward_ad": False,
        "check_backward_ad": True,
        "fast_mode": False,
        "masked": None,
    }
    observe("the defaults", {name: found[name].default for name in documented}, documented=documented)
    observe("a check", torch.autograd.gradcheck(torch.sin, (double(torch, [0.5, 2.0]),)), documented=True)


OPTIONS = {
    "forward": {"check_forward_ad": True},
    "forward-alone": {"check_forward_ad": True, "check_backward_ad": False},
    "fast": {"fast_mode": True},
    "batched": {"check_batched_grad": True},
    "batched-forward": {"check_forward_ad": True, "check_batched_forward_grad": True},
    "dtypes": {"check_grad_dtypes": True},
    "without-undefined": {"check_undefined_grad": False},
    "larger-step": {"eps": 1e-4},
}


@scenario("GCK-07", cases=OPTIONS, needs=["GCK-01"], dtypes=["float32"])
def every_option_passes_for_a_right_function(torch, observe, options):
    x = double(torch, [0.5, 2.0])
    observe("gradcheck", torch.autograd.gradcheck(torch.sin, (x,), **options), documented=True)


@scenario("GCK-07/fast-mismatch", needs=["GCK-07/fast", "GCK-02"], dtypes=["float32"])
def fast_mode_finds_a_wrong_backward(torch, observe):
    x = double(torch, [0.5, 2.0])
    with observe.raises("gradcheck", RuntimeError, saying="mismatch"):
        torch.autograd.gradcheck(wrong_square(torch), (x,), fast_mode=True)


@scenario("GCK-07/forward-mismatch", needs=["GCK-07/forward-alone", "FUN-24"], dtypes=["float32"])
def check_forward_ad_finds_a_wrong_jvp(torch, observe):
    class Wrong(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            ctx.save_for_forward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad

        @staticmethod
        def jvp(ctx, tangent):
            (x,) = ctx.saved_tensors
            return x * tangent

    x = double(torch, [0.5, 2.0])
    observe("backward alone", torch.autograd.gradcheck(Wrong.apply, (x,)), documented=True)
    with observe.raises("with forward mode", RuntimeError, saying=("mismatch", "forward")):
        torch.autograd.gradcheck(Wrong.apply, (x,), check_forward_ad=True)


@scenario("GCK-07/undefined", needs=["GCK-02"], dtypes=["float32"])
def check_undefined_grad_finds_a_backward_that_invents_a_gradient(torch, observe):
    class Invent(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            return torch.ones(2, dtype=torch.float64) if grad is None else grad * 2

    x = double(torch, [0.5, 2.0])
    with observe.raises("by default", RuntimeError, saying="undefined"):
        torch.autograd.gradcheck(Invent.apply, (x,))
    unchecked = torch.autograd.gradcheck(Invent.apply, (x,), check_undefined_grad=False)
    observe("without the check", unchecked, documented=True)


@scenario("GCK-08", needs=["GCK-01"], dtypes=["float32"])
def gradgradcheck_checks_second_derivatives(torch, observe):
    x = double(torch, [0.5, 2.0])
    observe("of the cube", torch.autograd.gradgradcheck(lambda x: x**3, (x,)), documented=True)
    v = double(torch, [1.0, -2.0])
    observe("with given grad_outputs", torch.autograd.gradgradcheck(lambda x: x**3, (x,), (v,)), documented=True)


@scenario("GCK-08/of", cases=FUNCTIONS, needs=["GCK-08"], dtypes=["float32"])
def gradgradcheck_passes_for_the_engines_own_functions(torch, observe, function):
    x, y = double(torch, [0.5, 2.0]), double(torch, [1.5, 0.75])
    checked = torch.autograd.gradgradcheck(lambda x, y: function(torch, x, y), (x, y))
    observe("gradgradcheck", checked, documented=True)


@scenario("GCK-08/mismatch", needs=["GCK-08", "FUN-20"], dtypes=["float32"])
def gradgradcheck_finds_a_wrong_second_derivative(torch, observe):
    class Cube(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 3 * x * x.detach() * grad

    x = double(torch, [0.5, 2.0])
    observe("the first derivative is right", torch.autograd.gradcheck(Cube.apply, (x,)), documented=True)
    with observe.raises("the second is not", RuntimeError, saying="mismatch"):
        torch.autograd.gradgradcheck(Cube.apply, (x,))


@scenario("GCK-09", needs=["GCK-01"], dtypes=["float32"])
def complex_inputs_are_supported(torch, observe):
    z = torch.tensor([1.0 + 2.0j, -0.5 + 0.25j], dtype=torch.complex128, requires_grad=True)
    observe("a holomorphic function", torch.autograd.gradcheck(lambda z: z * z, (z,)), documented=True)
    observe("one that is not", torch.autograd.gradcheck(lambda z: z * z.conj() + z.real, (z,)), documented=True)
    observe("a real result", torch.autograd.gradcheck(torch.abs, (z,)), documented=True)
    observe("a second derivative", torch.autograd.gradgradcheck(lambda z: z * z * z, (z,)), documented=True)


@scenario("GCK-10", needs=["GCK-02"], dtypes=["float32"])
def a_nondeterministic_backward_is_found(torch, observe):
    calls = []

    class Jitter(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            calls.append("call")
            return grad * (2 + 1e-8 * len(calls))

    x = double(torch, [0.5, 2.0])
    with observe.raises("by default", RuntimeError, saying="not reentrant"):
        torch.autograd.gradcheck(Jitter.apply, (x,))
    observe("with a tolerance", torch.autograd.gradcheck(Jitter.apply, (x,), nondet_tol=1e-5), documented=True)


@scenario("GCK-11", needs=["GCK-01"], dtypes=["float32"])
def an_integer_output_is_not_checked(torch, observe):
    x = double(torch, [0.5, 2.0])
    checked = torch.autograd.gradcheck(lambda x: (x * x, torch.argmax(x)), (x,))
    observe("a float and an integer output", checked, documented=True)


@scenario("GCK-11/constant", needs=["GCK-11"], dtypes=["float32"])
def an_output_cut_off_from_its_input_must_not_depend_on_it(torch, observe):
    x = double(torch, [0.5, 2.0])
    constant = torch.ones(2, dtype=torch.float64)
    observe("a constant", torch.autograd.gradcheck(lambda x: constant * 2, (x,)), documented=True)
    with observe.raises("a detached function of x", RuntimeError, saying="numerical"):
        torch.autograd.gradcheck(lambda x: x.detach() * 2, (x,))
