"""Views among several whose base was written to: what of them is refused, and what is not; and what is no view."""

from conformance.scenario import scenario

REFUSED = {
    "abs": lambda torch, view: view.abs(),
    "isfinite": lambda torch, view: view.isfinite(),
    "isclose": lambda torch, view: torch.isclose(view, view),
    "argsort": lambda torch, view: view.argsort(),
    "unique": lambda torch, view: view.unique(),
    "to-half": lambda torch, view: view.half(),
    "a-hook": lambda torch, view: view.register_hook(lambda gradient: gradient),
    "is_leaf": lambda torch, view: view.is_leaf,
}
TAKEN = {
    "isnan": lambda torch, view: view.isnan(),
    "isinf": lambda torch, view: view.isinf(),
    "comparison": lambda torch, view: view > 3.0,
    "argmax": lambda torch, view: view.argmax(),
    "to-integers": lambda torch, view: view.long(),
    "allclose": lambda torch, view: torch.allclose(view, view),
    "detach": lambda torch, view: view.detach(),
    "zeros_like": lambda torch, view: torch.zeros_like(view),
    "repr": lambda torch, view: repr(view),
}


def lost_view(torch):
    """The first half of a tensor that was doubled after it was split."""
    a = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    whole = a * 1.0
    view, _ = whole.split(2)
    whole.mul_(2.0)
    return view


@scenario("IDX-36/what-is-differentiable", cases=REFUSED)
def what_asks_a_lost_view_for_its_node_is_refused(torch, observe, function):
    view = lost_view(torch)
    with observe.raises("of a lost view", RuntimeError, saying="multiple views"):
        function(torch, view)


@scenario("IDX-36/what-is-not-differentiable", cases=TAKEN)
def what_needs_no_node_of_a_lost_view_is_done(torch, observe, function):
    observe("of a lost view", function(torch, lost_view(torch)))


@scenario("INP-16/softmax-of-a-number", cases={"softmax": "softmax", "log_softmax": "log_softmax"})
def the_softmax_of_a_number_is_no_view(torch, observe, name):
    x = torch.tensor(1.0, requires_grad=True)
    with torch.no_grad():
        result = getattr(torch, name)(x, dim=0)
    result.add_(x)
    observe("written to", result)
    recorded = getattr(torch, name)(x, dim=0)
    observe("nodes behind it", [node.name() for node, _ in recorded.grad_fn.next_functions])
    observe("gradient", torch.autograd.grad(recorded, x)[0])


@scenario("IDX-36/before-a-kernel-refuses")
def that_a_view_is_lost_is_noticed_before_a_kernel_refuses_it(torch, observe):
    a = torch.zeros((2, 0), requires_grad=True)
    whole = a * 1.0
    view, _ = whole.unbind()
    whole[:] = 2.0
    with observe.raises("the largest of nothing", RuntimeError, saying="multiple views"):
        view.max(0)
