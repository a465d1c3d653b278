"""Rules for vmap of custom Functions."""

from conformance.scenario import scenario


@scenario("FUN-25/neither", needs=["FUN-25"])
def the_rule_for_vmap_must_be_given(torch, observe):
    with observe.raises("calling it", NotImplementedError, saying="vmap"):
        torch.autograd.Function.vmap(None, (0,), torch.tensor([1.0]))


def with_rule(torch, rule):
    """A Function x * y with a rule for vmap."""

    class Times(torch.autograd.Function):
        @staticmethod
        def forward(x, y):
            return x * y

        @staticmethod
        def setup_context(ctx, inputs, output):
            ctx.save_for_backward(*inputs)

        @staticmethod
        def backward(ctx, grad):
            x, y = ctx.saved_tensors
            return grad * y, grad * x

    Times.vmap = staticmethod(rule)
    return Times


@scenario("FUN-25/rules", needs=["FUN-25"], cases=["first", "last", "none", "no-pair", "three"])
def what_a_rule_for_vmap_may_return(torch, observe, case):
    seen = []

    def rule(info, in_dims, x, y):
        seen.append([info.batch_size, info.randomness, [dim is None for dim in in_dims]])
        product = x * (y if in_dims[1] is None else y.movedim(in_dims[1], 0))
        return {
            "first": (product, 0),
            "last": (product.movedim(0, -1), -1),
            "none": (product[0], None),
            "no-pair": product,
            "three": (product, 0, 0),
        }[case]

    times = with_rule(torch, rule).apply
    x, y = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), torch.tensor([10.0, 20.0, 30.0])
    with observe.raises("the call"):
        observe("one batched", torch.vmap(times, in_dims=(0, None))(x, y))
        observe("both", torch.vmap(times, in_dims=(0, 1))(x, (x * 10).t()))
        observe("afterwards", torch.vmap(lambda x: x * 2)(x))
    observe("what it was given", seen)


@scenario("FUN-25/nested", needs=["FUN-25"])
def a_rule_for_vmap_within_another_vmap(torch, observe):
    def rule(info, in_dims, x, y):
        x = x if in_dims[0] is None else x.movedim(in_dims[0], 0)
        y = y if in_dims[1] is None else y.movedim(in_dims[1], 0)
        return x * y, 0

    times = with_rule(torch, rule).apply
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([10.0, 20.0, 30.0])
    observe("the table", torch.vmap(lambda a: torch.vmap(lambda b: times(a, b))(y))(x),
            documented=[[10.0, 20.0, 30.0], [20.0, 40.0, 60.0]])  # fmt: skip
    grads = torch.vmap(lambda a: torch.func.grad(lambda b: torch.vmap(lambda c: times(a, c))(b).sum())(y))(x)
    observe("its gradients", grads, documented=[[1.0, 1.0, 1.0], [2.0, 2.0, 2.0]])


@scenario("FUN-25/both", needs=["FUN-25"])
def a_rule_and_a_generated_one_exclude_each_other(torch, observe):
    function = with_rule(torch, lambda info, in_dims, x, y: (x * y, 0))
    function.generate_vmap_rule = True
    with observe.raises("the call", RuntimeError, saying="generate_vmap_rule"):
        torch.vmap(function.apply)(torch.ones(2), torch.ones(2))


@scenario("FUN-25/outside", needs=["FUN-25"])
def a_rule_for_vmap_runs_outside_of_its_vmap(torch, observe):
    def requires_grad_is_set():
        try:
            return torch.zeros(2).requires_grad_().requires_grad
        except RuntimeError:
            return "refused"

    seen = []

    def rule(info, in_dims, x, y):
        seen.append(["in the rule", requires_grad_is_set()])
        return x * y, 0

    times = with_rule(torch, rule).apply

    def function(x, y):
        z = times(x, y)
        seen.append(["after it", requires_grad_is_set()])
        return z

    torch.vmap(function)(torch.ones(2), torch.ones(2))
    torch.vmap(torch.vmap(function))(torch.ones(2, 2), torch.ones(2, 2))
    seen.append(["after all", requires_grad_is_set()])
    observe("whether it is set", seen)


@scenario("FUN-25/out-dims", needs=["FUN-25"])
def the_dimensions_that_a_rule_returns_must_fit_its_outputs(torch, observe):
    def pair(out_dims):
        class Pair(torch.autograd.Function):
            @staticmethod
            def forward(x):
                return x * 2, x * 3

            @staticmethod
            def setup_context(ctx, inputs, output):
                pass

            @staticmethod
            def vmap(info, in_dims, x):
                return (x * 2, x * 3), out_dims

        return torch.vmap(Pair.apply)(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))

    for name, out_dims in {"one for both": 0, "one each": (0, 1)}.items():
        observe(name, list(pair(out_dims)))
    for name, out_dims in {"too few": (0,), "too many": (0, 0, 0), "a list": [0, 0]}.items():
        with observe.raises(name, RuntimeError, saying="out_dims"):
            pair(out_dims)
