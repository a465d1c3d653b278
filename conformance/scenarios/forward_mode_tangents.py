"""Tangents: of what is written to, of saved results, of views, nested and batched."""

from conformance.scenario import scenario


@scenario("FWD-06/dual-tangent", needs=["FWD-06"])
def a_tangent_cannot_be_dual_itself(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        tangent = forward_ad.make_dual(torch.tensor([1.0]), torch.tensor([2.0]))
        with observe.raises("making it", RuntimeError):
            forward_ad.make_dual(torch.tensor([3.0]), tangent)


@scenario("FWD-05/leaving", needs=["FWD-05"], cases=["twice", "another"])
def a_level_is_left_once(torch, observe, case):
    forward_ad = torch.autograd.forward_ad
    level = forward_ad.enter_dual_level()
    try:
        if case == "another":
            with observe.raises("leaving another", RuntimeError):
                forward_ad.exit_dual_level(level=level + 3)
    finally:
        forward_ad.exit_dual_level(level=level)
    if case == "twice":
        with observe.raises("leaving once more", RuntimeError):
            forward_ad.exit_dual_level(level=level)


IN_PLACE = {
    "sin": lambda x, y: x.sin_(),
    "exp": lambda x, y: x.exp_(),
    "square": lambda x, y: x.pow_(2),
    "times": lambda x, y: x.mul_(y),
    "over": lambda x, y: x.div_(y),
    "to-the-power": lambda x, y: x.pow_(y),
    "plus-product": lambda x, y: x.addcmul_(x, y),
    "plus-itself": lambda x, y: x.add_(x),
    "times-itself": lambda x, y: x.mul_(x),
    "copy": lambda x, y: x.copy_(y),
    "fill": lambda x, y: x.fill_(3.0),
}


@scenario("FWD-09/each", needs=["FWD-09"], cases=IN_PLACE)
def a_write_updates_the_tangent_of_the_tensor_and_its_views(torch, observe, write):
    forward_ad = torch.autograd.forward_ad
    for duals in ("both", "the target", "the operand"):
        with forward_ad.dual_level():
            x, y = torch.tensor([0.5, 2.0, 1.5]), torch.tensor([3.0, 0.25, 2.0])
            if duals != "the operand":
                x = forward_ad.make_dual(x, torch.tensor([1.0, 0.5, 2.0]))
            if duals != "the target":
                y = forward_ad.make_dual(y, torch.tensor([2.0, 1.0, 4.0]))
            x, y = x * 1, y * 1
            write(x[:2], y[:2])
            observe(f"the tangent of the whole, dual {duals}", forward_ad.unpack_dual(x).tangent)
            observe(f"the values, dual {duals}", forward_ad.unpack_dual(x).primal)


SAVES_ITS_RESULT = {
    "exp": lambda torch, x: x.exp(),
    "tanh": lambda torch, x: x.tanh(),
    "sigmoid": lambda torch, x: x.sigmoid(),
    "sqrt": lambda torch, x: x.sqrt(),
    "reciprocal": lambda torch, x: x.reciprocal(),
    "softmax": lambda torch, x: x.softmax(0),
    "cumprod": lambda torch, x: x.cumprod(0),
    "prod": lambda torch, x: x.prod(),
    "norm": lambda torch, x: x.norm(),
    "logsumexp": lambda torch, x: x.logsumexp(0),
    "qr": lambda torch, x: torch.linalg.qr(x.diag() + 1)[1],
    "lu": lambda torch, x: torch.linalg.lu_factor(x.diag() + 1)[0],
}


@scenario("FWD-08/saved-results", needs=["FWD-08"], cases=SAVES_ITS_RESULT)
def the_tangent_of_a_gradient_that_was_computed_from_a_saved_result(torch, observe, function):
    forward_ad = torch.autograd.forward_ad
    x = torch.tensor([0.5, 2.0, 1.5], requires_grad=True)
    weights = torch.tensor([1.0, 3.0, -2.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.tensor([1.0, -1.0, 0.5]))
        y = function(torch, dual)
        (grad,) = torch.autograd.grad((y * weights if y.dim() else y).sum(), dual, create_graph=True)
        observe("the gradient", forward_ad.unpack_dual(grad).primal.detach(), terms=20, scale=4.0)
        observe("its tangent", forward_ad.unpack_dual(grad).tangent.detach(), terms=40, scale=8.0)


@scenario("FWD-10/layout", needs=["FWD-10"])
def a_tangent_of_another_layout_is_laid_out_as_the_primal(torch, observe):
    forward_ad = torch.autograd.forward_ad
    with forward_ad.dual_level():
        primal, tangent = torch.zeros(2, 3), torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]).t()
        dual = forward_ad.make_dual(primal, tangent)
        observe("the tangent", forward_ad.unpack_dual(dual).tangent, layout=True)
        observe("of a flat view", forward_ad.unpack_dual(dual.view(-1)).tangent)
        observe("of a product", forward_ad.unpack_dual(dual.t() * 2).tangent)


@scenario("HOD-18/batched-tangents", needs=["HOD-18", "HOD-20"])
def tangents_may_be_batched_where_primals_are_not(torch, observe):
    x = torch.tensor([1.0, 2.0])
    c = torch.tensor([3.0, 5.0])

    def function(x):
        y = x * x
        return torch.stack([y.sum(), (c * y).sum(), (x.exp() * y).sum()])

    rows = torch.vmap(lambda t: torch.func.jvp(function, (x,), (t,))[1])(torch.eye(2))
    observe("the Jacobian transposed", rows, terms=20)
    nested = torch.func.jacfwd(torch.func.jacfwd(function))(x)
    observe("the Hessians", nested, terms=40)
    mixed = torch.func.jvp(lambda x: torch.func.jvp(function, (x,), (c,))[1], (x,), (c,))
    observe("a second derivative along a direction", mixed, terms=40)


@scenario("FWD-08/backward-within-the-level", needs=["FWD-08"])
def gradients_are_accumulated_within_a_level(torch, observe):
    forward_ad = torch.autograd.forward_ad
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with forward_ad.dual_level():
        for _ in range(2):
            dual = forward_ad.make_dual(x, torch.tensor([1.0, 0.0]))
            (dual * dual).sum().backward()
        observe("the gradient", x.grad.detach(), documented=[4.0, 8.0])
        observe("it is recorded", x.grad.requires_grad, documented=False)


NESTED = {
    "sin": lambda x: x.sin_(),
    "exp": lambda x: x.exp_(),
    "cube": lambda x: x.pow_(3),
    "times-itself": lambda x: x.mul_(x),
}


@scenario("FWD-09/nested", needs=["FWD-09", "HOD-18"], cases=NESTED)
def writes_within_nested_forward_mode(torch, observe, write):
    x, t = torch.tensor([0.5, 2.0]), torch.tensor([1.0, 3.0])

    def function(x):
        return write(x * x)

    first, second = torch.func.jvp(lambda x: torch.func.jvp(function, (x,), (t,))[1], (x,), (t,))
    observe("the first derivative along the direction", first, terms=20)
    observe("the second", second, terms=40)
    observe("by jacfwd twice", torch.func.jacfwd(torch.func.jacfwd(function))(x), terms=40)


@scenario("HOD-18/batched-beside", needs=["HOD-18", "HOD-20"])
def batched_tangents_beside_batched_values(torch, observe):
    x = torch.tensor([1.0, 2.0])

    def function(t, b):
        return torch.func.jvp(lambda x: (x * b * x, (x * x).sum() + b), (x,), (t,))

    values, tangents = torch.vmap(function)(torch.eye(2), torch.tensor([[3.0, 4.0], [5.0, 6.0]]))
    observe("the values", list(values))
    observe("the tangents", list(tangents))

    def twice(t, b):
        inner = lambda x: torch.func.jvp(lambda x: x * b * x, (x,), (t,))[1]  # noqa: E731
        return torch.func.jvp(inner, (x,), (t,))[1]

    observe("second derivatives", torch.vmap(twice)(torch.eye(2), torch.tensor([[3.0, 4.0], [5.0, 6.0]])))


@scenario("FWD-09/view-of-a-dual", needs=["FWD-09"], cases=["dual", "jvp", "jvp-of-vmap", "vmap-of-jvp"])
def a_write_through_a_view_of_a_dual_updates_its_tangent(torch, observe, way):
    def function(y):
        first = y[:1]
        first.mul_(y[1:])
        return y * 1

    x = torch.tensor([1.0, 2.0])
    if way == "dual":
        with torch.autograd.forward_ad.dual_level():
            dual = torch.autograd.forward_ad.make_dual(x * 1, torch.tensor([1.0, 1.0]))
            function(dual)
            tangent = torch.autograd.forward_ad.unpack_dual(dual).tangent
            observe("the tangent of the dual", tangent, documented=[3.0, 1.0])
        return
    if way == "jvp":
        value, tangent = torch.func.jvp(function, (x * 1,), (torch.tensor([1.0, 1.0]),))
    elif way == "jvp-of-vmap":
        several = torch.stack([x, x])
        value, tangent = torch.func.jvp(torch.vmap(function), (several,), (several * 0 + 1,))
    else:
        value, tangent = torch.vmap(lambda x: torch.func.jvp(function, (x * 1,), (x * 0 + 1,)))(torch.stack([x, x]))
    observe("the value", value, documented=[2.0, 2.0] if way == "jvp" else [[2.0, 2.0]] * 2)
    observe("the tangent", tangent, documented=[3.0, 1.0] if way == "jvp" else [[3.0, 1.0]] * 2)


@scenario("FWD-09/dual-in-vmap", needs=["FWD-09"])
def a_dual_is_written_to_within_vmap(torch, observe):
    def function(y):
        y.pow_(2)
        return y * 1

    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    value, tangent = torch.vmap(lambda x: torch.func.jvp(function, (x * 1,), (x * 0 + 1,)))(x)
    observe("the values", value, documented=[[1.0, 4.0], [9.0, 16.0]])
    observe("the tangents", tangent, documented=[[2.0, 4.0], [6.0, 8.0]])


@scenario("FWD-09/base-of-an-inner-dual", needs=["FWD-09/nested/sin"], cases={"itself": False, "a-view": True})
def a_write_to_an_inner_dual_gives_what_it_was_made_of_an_outer_tangent(torch, observe, of_a_view):
    def outer(w):
        x = torch.tensor([1.0, 2.0])
        primal = x[:1] if of_a_view else x
        torch.func.jvp(lambda y: y.mul_(w[: len(y)]), (primal,), (torch.ones(len(primal)),))
        return x * 1, primal * 1

    w, t = torch.tensor([3.0, 5.0]), torch.tensor([1.0, 10.0])
    (whole, part), (tangent_of_whole, tangent_of_part) = torch.func.jvp(outer, (w,), (t,))
    observe("the value", whole, documented=[3.0, 2.0] if of_a_view else [3.0, 10.0])
    observe("its tangent", tangent_of_whole, documented=[1.0, 0.0] if of_a_view else [1.0, 20.0])
    observe("the primal", part, documented=[3.0] if of_a_view else [3.0, 10.0])
    observe("the tangent of the primal", tangent_of_part, documented=[1.0] if of_a_view else [1.0, 20.0])


@scenario("FWD-09/batched-tangent", needs=["FWD-09/dual-in-vmap"])
def a_write_to_a_batched_dual_writes_to_the_tangent_that_was_given(torch, observe):
    def function(x, t):
        t = t * 1
        return torch.func.jvp(lambda y: y.mul_(3.0), (x * 1,), (t,)), t * 1

    (values, tangents), given = torch.vmap(function)(torch.eye(2), torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the values", values, documented=[[3.0, 0.0], [0.0, 3.0]])
    observe("the tangents", tangents, documented=[[3.0, 6.0], [9.0, 12.0]])
    observe("what was given", given, documented=[[3.0, 6.0], [9.0, 12.0]])


@scenario(
    "FWD-09/batched-into-unbatched",
    needs=["FWD-09/nested/sin"],
    cases=["a-tangent", "nothing", "a-view", "a-view-of-nothing"],
)
def a_batched_tangent_is_written_where_there_was_none_alone(torch, observe, case):
    y, ones = torch.tensor([3.0, 4.0]), torch.ones(2)

    def function(x, y):
        z = y * 1
        target, factor = (z[:1], x[:1]) if "view" in case else (z, x)
        target.mul_(factor)
        return z * 1

    def along(t):
        x = torch.tensor([1.0, 2.0])
        if "nothing" in case:
            return torch.func.jvp(lambda x: function(x, y), (x,), (t,))
        return torch.func.jvp(function, (x, y), (t, ones))

    with observe.raises("the call", saying="vmap"):
        values, tangents = torch.vmap(along)(torch.eye(2))
        observe("the values", values)
        observe("the tangents", tangents)


@scenario("FWD-09/made-within-vmap", needs=["FWD-09/dual-in-vmap"])
def dual_numbers_of_samples_are_neither_made_nor_taken_apart(torch, observe):
    forward_ad, vmap = torch.autograd.forward_ad, torch.func.vmap
    x, tangent = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.ones(2, 2)
    with forward_ad.dual_level():
        with observe.raises("make_dual", RuntimeError):
            vmap(lambda sample, its: forward_ad.make_dual(sample, its) * 2)(x, tangent)
        with observe.raises("make_dual of a tensor with the tangents of samples", RuntimeError):
            vmap(lambda its: forward_ad.make_dual(x[0], its) * 2)(tangent)
        with observe.raises("unpack_dual", RuntimeError):
            vmap(lambda sample: forward_ad.unpack_dual(sample).tangent)(forward_ad.make_dual(x, tangent))


LAYOUTS = {
    "strided": lambda torch: (torch.zeros(6)[::2], torch.ones(6)[::2]),
    "one-element": lambda torch: (torch.zeros(1, 1), torch.ones(1).as_strided((1, 1), (3, 1))),
    "strided-for-contiguous": lambda torch: (torch.zeros(2), torch.ones(4)[::2]),
    "transposed": lambda torch: (torch.zeros(2, 2), torch.ones(2, 2).t()),
}


@scenario("FWD-10/shared", needs=["FWD-02/tangent-shared"], cases=LAYOUTS)
def a_tangent_of_the_same_layout_is_kept_without_a_copy(torch, observe, make):
    forward_ad = torch.autograd.forward_ad
    primal, given = make(torch)
    with forward_ad.dual_level():
        tangent = forward_ad.unpack_dual(forward_ad.make_dual(primal, given)).tangent
        observe("the strides", list(tangent.stride()))
        tangent.mul_(2)
        observe("what was given", given)
