"""What gradgradcheck promises beyond gradcheck: its own defaults and options, and the gradients that it makes."""

import inspect

from conformance.scenario import scenario


def leaf(torch, values, dtype="float64"):
    """A leaf of double precision."""
    return torch.tensor(values, dtype=getattr(torch, dtype), requires_grad=True)


@scenario("GCK-08/defaults", needs=["GCK-08"], dtypes=["float32"])
def the_defaults_are_those_documented(torch, observe):
    found = inspect.signature(torch.autograd.gradgradcheck).parameters
    documented = {
        "grad_outputs": None,
        "eps": 1e-6,
        "atol": 1e-5,
        "rtol": 1e-3,
        "gen_non_contig_grad_outputs": False,
        "raise_exception": True,
        "nondet_tol": 0.0,
        "check_undefined_grad": True,
        "check_grad_dtypes": False,
        "check_batched_grad": False,
        "check_fwd_over_rev": False,
        "check_rev_over_rev": True,
        "fast_mode": False,
        "masked": False,
    }
    observe("the defaults", {name: found[name].default for name in documented}, documented=documented)
    observe("a check", torch.autograd.gradgradcheck(torch.sin, (leaf(torch, [0.5, 2.0]),)), documented=True)


@scenario("GCK-08/keyword-only", needs=["GCK-08"], dtypes=["float32"])
def options_are_given_by_name(torch, observe):
    x, v = leaf(torch, [0.5, 2.0]), leaf(torch, [1.0, -2.0])
    with observe.raises("eps by its place", TypeError):
        torch.autograd.gradgradcheck(torch.sin, (x,), (v,), 1e-6)
    checked = torch.autograd.gradgradcheck(func=torch.sin, inputs=(x,), grad_outputs=(v,), eps=1e-6)
    observe("everything by name", checked, documented=True)


OPTIONS = {
    "none": {},
    "forward-over-reverse": {"check_fwd_over_rev": True},
    "forward-over-reverse-alone": {
        "check_fwd_over_rev": True,
        "check_rev_over_rev": False,
        "check_undefined_grad": False,
    },
    "fast": {"fast_mode": True},
    "batched": {"check_batched_grad": True},
    "dtypes": {"check_grad_dtypes": True},
    "without-undefined": {"check_undefined_grad": False},
    "not-contiguous": {"gen_non_contig_grad_outputs": True},
}


@scenario("GCK-08/options", cases=OPTIONS, needs=["GCK-08", "GCK-03/mixed"], dtypes=["float32"])
def every_option_passes_for_a_right_function(torch, observe, options):
    x, ignored = leaf(torch, [0.5, 2.0]), leaf(torch, [1.5, 0.75])
    constant = torch.tensor([2.0, 3.0], dtype=torch.float64)
    inputs = (constant, x, 3, ignored)
    checked = torch.autograd.gradgradcheck(lambda c, x, n, i: c * x**3 * n, inputs, **options)
    observe("with a constant, a number and an input that is ignored", checked, documented=True)


REFUSED = {
    "neither": ({"check_rev_over_rev": False}, "check_fwd_over_rev"),
    "undefined-without-reverse": (
        {"check_fwd_over_rev": True, "check_rev_over_rev": False},
        "check_undefined_grad",
    ),
    "batched-without-reverse": (
        {
            "check_fwd_over_rev": True,
            "check_rev_over_rev": False,
            "check_undefined_grad": False,
            "check_batched_grad": True,
        },
        "check_batched_grad",
    ),
}


@scenario("GCK-08/refused", cases=REFUSED, needs=["GCK-08"], dtypes=["float32"])
def options_that_exclude_each_other(torch, observe, case):
    options, word = case
    with observe.raises("gradgradcheck", AssertionError, saying=(word, "check_rev_over_rev")):
        torch.autograd.gradgradcheck(torch.sin, (leaf(torch, [0.5, 2.0]),), **options)


def seen_by_backward(torch, x, **options):
    """The first gradient that gradgradcheck gives to a backward."""
    seen = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, grad):
            seen.append(grad.detach())
            return grad * 2

    torch.autograd.gradgradcheck(Double.apply, (x,), **options)
    return seen[0]


@scenario("GCK-08/random", needs=["GCK-08"], dtypes=["float32"])
def the_gradients_are_random_numbers(torch, observe):
    v = seen_by_backward(torch, leaf(torch, [0.5] * 24))
    observe("their dtype", v.dtype, documented="float64")
    observe("some are positive", (v > 0).any(), documented=True)
    observe("some are negative", (v < 0).any(), documented=True)
    observe("lying side by side", v.is_contiguous())


@scenario("GCK-08/random-complex", needs=["GCK-08/random", "GCK-09"], dtypes=["float32"])
def the_gradients_of_complex_outputs_are_random_complex_numbers(torch, observe):
    v = seen_by_backward(torch, leaf(torch, [0.5 + 1.0j] * 8, "complex128"))
    observe("their dtype", v.dtype, documented="complex128")
    observe("all real parts differ from 0", (v.real != 0).all(), documented=True)
    observe("all imaginary parts differ from 0", (v.imag != 0).all(), documented=True)


@scenario("GCK-08/random-spaced", needs=["GCK-08/random"], dtypes=["float32"])
def the_gradients_may_be_asked_not_to_be_contiguous(torch, observe):
    v = seen_by_backward(torch, leaf(torch, [[0.5, 1.0], [2.0, 3.0]]), gen_non_contig_grad_outputs=True)
    observe("their shape", list(v.shape), documented=[2, 2])
    observe("contiguous", v.is_contiguous(), documented=False)


@scenario("GCK-08/by-the-gradient", needs=["GCK-08/mismatch"], dtypes=["float32"])
def gradients_are_differentiated_by_the_gradients_that_came_too(torch, observe):
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        def backward(ctx, grad):
            (x,) = ctx.saved_tensors
            return 2 * x * grad.detach()

    with observe.raises("a backward that detaches its gradient", RuntimeError, saying=("mismatch", "input 1")):
        torch.autograd.gradgradcheck(Square.apply, (leaf(torch, [0.5, 2.0]),))


@scenario("GCK-08/not-tracked", needs=["GCK-08"], dtypes=["float32"])
def given_gradients_that_do_not_require_grad_are_constants(torch, observe):
    x, v = leaf(torch, [0.5, 2.0]), torch.tensor([1.0, -2.0], dtype=torch.float64)
    for name, options in {"reverse": {}, "forward": {"check_fwd_over_rev": True}}.items():
        observe(name, torch.autograd.gradgradcheck(lambda x: x**3, (x,), v, **options), documented=True)


@scenario("GCK-08/nothing", needs=["GCK-08", "GCK-01/nothing/backward"], dtypes=["float32"])
def gradgradcheck_of_inputs_without_elements(torch, observe):
    nothing, x = torch.zeros((0, 2), dtype=torch.float64, requires_grad=True), leaf(torch, [0.5, 2.0])
    checked = torch.autograd.gradgradcheck(lambda n, x: (n * x, x**3), (nothing, x))
    observe("beside others", checked, documented=True)
