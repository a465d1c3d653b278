"""The jvp of custom Functions, of those that write to their input or return a view of it too."""

from conformance.scenario import scenario


def two_outputs(torch, jvp):
    """A Function of two outputs, x * 2 and x * 3, with the jvp given."""

    class Two(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2, x * 3

    Two.jvp = staticmethod(jvp)
    return Two.apply


BAD_TANGENTS = {
    "too-few": lambda torch, t: t * 2,
    "too-many": lambda torch, t: (t * 2, t * 3, t),
    "no-tensor": lambda torch, t: (t * 2, 3.0),
    "of-another-shape": lambda torch, t: (t * 2, torch.cat([t, t])),
}


@scenario("FWD-03/bad-jvp", cases=BAD_TANGENTS)
def what_a_jvp_returns_must_fit_the_outputs(torch, observe, returned):
    forward_ad = torch.autograd.forward_ad
    apply = two_outputs(torch, lambda ctx, t: returned(torch, t))
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 0.5]))
        with observe.raises("apply", RuntimeError):
            apply(dual)


@scenario("FWD-09/jvp-in-place", cases=["in-place", "not-in-place", "not-dual"])
def the_jvp_of_a_function_that_writes_to_its_input(torch, observe, case):
    forward_ad = torch.autograd.forward_ad

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            ctx.mark_dirty(x)
            return x.mul_(2).add_(y)

        @staticmethod
        def jvp(ctx, x, y):
            if case == "in-place":
                return x.mul_(2).add_(y)
            return x * 2 + y

    with forward_ad.dual_level():
        x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
        if case != "not-dual":
            x = forward_ad.make_dual(x, torch.tensor([1.0, 0.5]))
        y = forward_ad.make_dual(y, torch.tensor([10.0, 20.0]))
        with observe.raises("apply"):
            result = Double.apply(x, y)
            observe("the tangent", forward_ad.unpack_dual(result).tangent)
            observe("the tangent of the input", forward_ad.unpack_dual(x).tangent)


@scenario("FWD-10/jvp-of-a-view", cases=["a-view", "a-copy", "not-dual"])
def the_jvp_of_a_function_that_returns_a_view_returns_a_view(torch, observe, case):
    forward_ad = torch.autograd.forward_ad

    class First(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y):
            return x[:1]

        @staticmethod
        def jvp(ctx, x, y):
            return x[:1] if case == "a-view" else x[:1] * 1

    with forward_ad.dual_level():
        x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
        if case != "not-dual":
            x = forward_ad.make_dual(x, torch.tensor([5.0, 6.0]))
        y = forward_ad.make_dual(y, torch.tensor([1.0, 1.0]))
        with observe.raises("apply"):
            observe("the tangent", forward_ad.unpack_dual(First.apply(x, y)).tangent)


@scenario("FUN-24/of-one-output", needs=["FUN-24"], cases=["a-number", "integers", "not-differentiable"])
def a_jvp_gives_no_tangent_for_an_output_that_has_none(torch, observe, case):
    forward_ad = torch.autograd.forward_ad

    class Both(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            first = {"a-number": 2, "integers": x.long(), "not-differentiable": x * 2}[case]
            if case == "not-differentiable":
                ctx.mark_non_differentiable(first)
            return first, x * 3

        @staticmethod
        def jvp(ctx, x):
            return None, x * 3

    with forward_ad.dual_level():
        first, second = Both.apply(forward_ad.make_dual(torch.tensor([1.0, 2.0]), torch.tensor([1.0, -1.0])))
        observe("of the second", forward_ad.unpack_dual(second).tangent, documented=[3.0, -3.0])
        if case != "a-number":
            observe("of the first", forward_ad.unpack_dual(first).tangent, documented=None)
