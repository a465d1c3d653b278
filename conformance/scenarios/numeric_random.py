"""Random functions and functions without a derivative: what they do to a gradient that reaches them."""

from conformance.scenario import scenario

# Functions of a float that have no derivative, so that only backward can complain.
WITHOUT_DERIVATIVE = {
    "igamma-in-its-first-argument": lambda torch, x: torch.special.gammainc(x, torch.tensor([1.0])),
    "heaviside": lambda torch, x: torch.heaviside(x, torch.tensor([1.0])),
    "floor-divide": lambda torch, x: torch.floor_divide(x, torch.tensor([2.0])),
    "floor-division-operator": lambda torch, x: x // 2.0,
    "zeta-in-its-first-argument": lambda torch, x: torch.special.zeta(x, torch.tensor([1.0])),
}
# Comparisons and tests: outside the graph from the start.
OUTSIDE_THE_GRAPH = {
    "greater": lambda torch, x: x > 0.0,
    "equal": lambda torch, x: x == 2.0,
    "isnan": lambda torch, x: torch.isnan(x),
    "isclose": lambda torch, x: torch.isclose(x, torch.tensor([2.0])),
    "signbit": lambda torch, x: torch.signbit(x),
    "argmax": lambda torch, x: torch.argmax(x),
    "nonzero": lambda torch, x: torch.nonzero(x),
    "zeros-like": lambda torch, x: torch.zeros_like(x),
    "ones-like": lambda torch, x: torch.ones_like(x),
    "new-zeros": lambda torch, x: x.new_zeros(2),
    "any": lambda torch, x: torch.any(x),
    "bucketize": lambda torch, x: torch.bucketize(x, torch.tensor([1.0, 3.0])),
}


@scenario("NUM-47", needs=["BWD-01"])
def a_random_function_of_a_leaf(torch, observe):
    p = torch.tensor([0.5], requires_grad=True)
    y = torch.bernoulli(p)
    with observe.raises("backward", RuntimeError):
        y.sum().backward()
    observe("the gradient", p.grad)


@scenario("NUM-47/factories")
def random_tensors_of_a_leafs_shape_are_outside_the_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    for name in ("rand_like", "randn_like"):
        observe(f"{name} requires grad", getattr(torch, name)(x).requires_grad, documented=False)


@scenario("NUM-48", cases=WITHOUT_DERIVATIVE, needs=["BWD-01"])
def a_function_without_a_derivative_raises_in_backward_alone(torch, observe, case):
    x = torch.tensor([2.0], requires_grad=True)
    y = case(torch, x)
    observe("the value", y)
    observe("requires grad", y.requires_grad, documented=True)
    with observe.raises("backward", RuntimeError, saying="derivative"):
        y.sum().backward()


@scenario("NUM-48/outside-the-graph", cases=OUTSIDE_THE_GRAPH, needs=["ACC-09"])
def a_comparison_or_a_factory_is_outside_the_graph(torch, observe, case):
    x = torch.tensor([2.0], requires_grad=True)
    y = case(torch, x)
    observe("the value", y)
    observe("requires grad", y.requires_grad, documented=False)
    observe("is a leaf", y.is_leaf, documented=True)


@scenario("NUM-49", needs=["BWD-06"])
def the_gradient_of_dropout_has_the_mask_of_its_forward(torch, observe):
    x = torch.ones(64, requires_grad=True)
    y = torch.nn.functional.dropout(x, p=0.75, training=True)
    y.backward(torch.ones(64))
    observe("something is kept", bool((y != 0.0).any()), documented=True)
    observe("something is dropped", bool((y == 0.0).any()), documented=True)
    observe("what is kept is scaled by 4", bool(((y == 0.0) | (y == 4.0)).all()), documented=True)
    observe("the gradient is the same", bool((x.grad == y).all()), documented=True)


@scenario("NUM-49/in-eval", needs=["BWD-06"])
def dropout_in_eval_is_the_identity(torch, observe):
    dropout = torch.nn.Dropout(0.5).eval()
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = dropout(x)
    observe("the values", y, documented=[1, 2])
    y.backward(torch.tensor([3.0, 4.0]))
    observe("the gradient", x.grad, documented=[3, 4])


@scenario("NUM-49/of-everything", needs=["BWD-06"])
def dropout_with_probability_one_drops_everything(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.nn.functional.dropout(x, p=1.0, training=True)
    observe("the values", y, documented=[0, 0])
    y.backward(torch.ones(2))
    observe("the gradient", x.grad, documented=[0, 0])


@scenario("NUM-49/of-nothing", needs=["BWD-06"])
def dropout_with_probability_zero_drops_nothing(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.nn.functional.dropout(x, p=0.0, training=True)
    observe("the values", y, documented=[1, 2])
    y.backward(torch.tensor([3.0, 4.0]))
    observe("the gradient", x.grad, documented=[3, 4])


@scenario("NUM-49/a-probability-out-of-range")
def dropout_with_a_probability_above_one_is_refused(torch, observe):
    with observe.raises("a probability of 1.5", ValueError, saying=("probability", "1.5")):
        torch.nn.functional.dropout(torch.ones(2), p=1.5)


@scenario("NUM-54")
def determinism_is_one_setting_that_can_be_read_back(torch, observe):
    settings = []

    def note(what):
        settings.append([what, torch.get_deterministic_debug_mode(), torch.are_deterministic_algorithms_enabled()])

    try:
        note("by default")
        torch.use_deterministic_algorithms(True)
        note("asked for")
        torch.use_deterministic_algorithms(True, warn_only=True)
        note("warning only")
        torch.set_deterministic_debug_mode("error")
        note("by a word")
        with observe.raises("an unknown word", RuntimeError, saying="warn"):
            torch.set_deterministic_debug_mode("never")
        with observe.raises("an unknown number", RuntimeError, saying="5"):
            torch.set_deterministic_debug_mode(5)
        with observe.raises("no bool", TypeError, saying="mode"):
            torch.use_deterministic_algorithms(1)
    finally:
        torch.set_deterministic_debug_mode("default")
    note("at the end")
    observe("mode and whether it is enabled", settings)
