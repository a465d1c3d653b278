"""Where a function of one number has no derivative, or jumps: which number stands in for it.

The documented values follow the notes on autograd: where a function is locally convex (concave) the gradient is the
subgradient (supergradient) of minimum norm, elsewhere whatever continuity gives.
"""

import math

from conformance.scenario import scenario

# Each entry is a function, the points, and its gradient there.
ABSOLUTE_VALUES = {
    "minus-zero": (lambda torch, x: torch.abs(x), [-0.0, 3.0], [0, 1]),
    "square-root-of-the-square": (lambda torch, x: torch.sqrt(x * x + 1.0), [0.0], [0]),
}
SATURATING = {
    "hardtanh": (lambda torch, x: torch.nn.functional.hardtanh(x), [-1.0, 1.0, 0.0, -2.0, 2.0], [0, 0, 1, 0, 0]),
    "relu6": (lambda torch, x: torch.nn.functional.relu6(x), [0.0, 6.0, 3.0, 7.0], [0, 0, 1, 0]),
    "hardsigmoid": (lambda torch, x: torch.nn.functional.hardsigmoid(x), [-3.0, 3.0, 5.0], [0, 0, 0]),
    "hardswish": (lambda torch, x: torch.nn.functional.hardswish(x), [-3.0, 3.0, 0.0], [0, 1, 1 / 2]),
}
THRESHOLDS = {
    "threshold": (lambda torch, x: torch.nn.functional.threshold(x, 1.0, 0.0), [1.0, 0.0, 2.0], [0, 0, 1]),
    "softshrink": (lambda torch, x: torch.nn.functional.softshrink(x, 1.0), [1.0, -1.0, 0.0, 2.0], [0, 0, 0, 1]),
    "hardshrink": (lambda torch, x: torch.nn.functional.hardshrink(x, 1.0), [1.0, -1.0, 0.0, 2.0], [0, 0, 0, 1]),
}
LOSSES = {
    "l1-loss": (lambda torch, x: torch.nn.functional.l1_loss(x, torch.tensor([1.0, 0.0])), [0, 1 / 2]),
    "smooth-l1-loss": (lambda torch, x: torch.nn.functional.smooth_l1_loss(x, torch.tensor([1.0, 0.0])), [0, 1 / 2]),
    "huber-loss": (lambda torch, x: torch.nn.functional.huber_loss(x, torch.tensor([1.0, 0.0])), [0, 1 / 2]),
}
HINGES = {
    "hinge-embedding-loss": lambda torch, x: torch.nn.functional.hinge_embedding_loss(x, torch.tensor([-1.0])),
    "margin-ranking-loss": lambda torch, x: torch.nn.functional.margin_ranking_loss(
        x, torch.tensor([0.0]), torch.tensor([-1.0]), margin=-1.0
    ),
}
STEPS = {
    "sign": (lambda torch, x: torch.sign(x), [1, 1, 0, -1]),
    "floor": (lambda torch, x: torch.floor(x), [1, 0, 0, -3]),
    "ceil": (lambda torch, x: torch.ceil(x), [1, 1, 0, -2]),
    "round": (lambda torch, x: torch.round(x), [1, 0, 0, -2]),
    "trunc": (lambda torch, x: torch.trunc(x), [1, 0, 0, -2]),
    "div-rounded-down": (lambda torch, x: torch.div(x, 1.0, rounding_mode="floor"), [1, 0, 0, -3]),
    "div-truncated": (lambda torch, x: torch.div(x, 1.0, rounding_mode="trunc"), [1, 0, 0, -2]),
}
REMAINDERS = {
    "frac": (lambda torch, x: torch.frac(x), [0.5, 0, -0.5]),
    "fmod": (lambda torch, x: torch.fmod(x, 2.0), [1.5, 0, -1.5]),
    "remainder": (lambda torch, x: torch.remainder(x, 2.0), [1.5, 0, 0.5]),
}
NEGATIVE_SIDES = {
    "elu-of-alpha-1": (lambda torch, x: torch.nn.functional.elu(x), 1),
    "celu-of-alpha-2": (lambda torch, x: torch.nn.functional.celu(x, 2.0), 1),
}


def observe_gradient(torch, observe, function, points, gradient):
    x = torch.tensor(points, requires_grad=True)
    y = function(torch, x)
    observe("the values", y)
    y.backward(torch.ones(y.shape))
    observe("the gradient", x.grad, documented=gradient)


@scenario("NUM-01", needs=["BWD-06"])
def relu_at_zero_has_gradient_zero(torch, observe):
    x = torch.tensor([0.0, -1.0, 2.0], requires_grad=True)
    y = torch.nn.functional.relu(x)
    observe("the values", y, documented=[0, 0, 2])
    y.backward(torch.tensor([3.0, 4.0, 5.0]))
    observe("the gradient", x.grad, documented=[0, 0, 5])


@scenario("NUM-01/method-and-module", needs=["NUM-01"])
def every_way_to_call_relu_agrees_at_zero(torch, observe):
    functions = {"torch.relu": torch.relu, "the method": lambda x: x.relu(), "the module": torch.nn.ReLU()}
    for name, function in functions.items():
        x = torch.tensor([0.0, -1.0, 2.0], requires_grad=True)
        function(x).backward(torch.tensor([3.0, 4.0, 5.0]))
        observe(f"the gradient of {name}", x.grad, documented=[0, 0, 5])


@scenario("NUM-02", needs=["BWD-06"])
def abs_at_zero_has_gradient_zero(torch, observe):
    x = torch.tensor([0.0, -2.0, 3.0], requires_grad=True)
    y = x.abs()
    observe("the values", y, documented=[0, 2, 3])
    y.backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("the gradient", x.grad, documented=[0, -10, 100])


@scenario("NUM-02/of", cases=ABSOLUTE_VALUES, needs=["NUM-02"])
def what_is_like_abs_has_gradient_zero_at_zero(torch, observe, case):
    observe_gradient(torch, observe, *case)


@scenario("NUM-17", needs=["NUM-19"])
def clamp_at_a_bound_that_is_a_number(torch, observe):
    x = torch.tensor([0.0, 1.0, 0.5], requires_grad=True)
    x.clamp(0.0, 1.0).sum().backward()
    observe("the gradient", x.grad, documented=[0, 0, 1])


@scenario("NUM-17/one-bound", needs=["NUM-17"])
def clamp_at_its_only_bound(torch, observe):
    x = torch.tensor([0.0, -1.0, 1.0], requires_grad=True)
    torch.clamp(x, min=0.0).sum().backward()
    observe("the gradient", x.grad, documented=[0, 0, 1])


@scenario("NUM-17/hinges", cases=HINGES, needs=["NUM-17"])
def a_loss_that_clamps_is_at_its_bound(torch, observe, case):
    x = torch.tensor([1.0], requires_grad=True)
    loss = case(torch, x)
    observe("the loss", loss, documented=0.0)
    loss.backward()
    observe("the gradient", x.grad, documented=[0])


@scenario("NUM-18", needs=["NUM-17"])
def clamp_at_a_bound_that_is_a_tensor(torch, observe):
    x = torch.tensor([2.0], requires_grad=True)
    bound = torch.tensor([2.0], requires_grad=True)
    x.clamp(min=bound).sum().backward()
    observe("the gradient of the input", x.grad, documented=[0.5])
    observe("the gradient of the bound", bound.grad, documented=[0.5])


@scenario("NUM-18/outside", needs=["NUM-19"])
def a_tensor_bound_gets_the_gradient_where_it_binds(torch, observe):
    x = torch.tensor([0.0, 5.0, 2.0], requires_grad=True)
    lower = torch.tensor([1.0, 1.0, 1.0], requires_grad=True)
    upper = torch.tensor([4.0, 4.0, 4.0], requires_grad=True)
    x.clamp(lower, upper).backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("the gradient of the input", x.grad, documented=[0, 0, 100])
    observe("the gradient of the lower bound", lower.grad, documented=[1, 0, 0])
    observe("the gradient of the upper bound", upper.grad, documented=[0, 10, 0])


@scenario("NUM-19", needs=["BWD-06"])
def clamp_outside_its_bounds_has_gradient_zero(torch, observe):
    x = torch.tensor([-1.0, 0.5, 2.0], requires_grad=True)
    y = x.clamp(0.0, 1.0)
    observe("the values", y, documented=[0, 0.5, 1])
    y.backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("the gradient", x.grad, documented=[0, 10, 0])


@scenario("NUM-20", cases=SATURATING, needs=["BWD-06"])
def a_saturating_activation_at_its_bounds(torch, observe, case):
    observe_gradient(torch, observe, *case)


@scenario("NUM-21", needs=["BWD-06"])
def leaky_relu_at_zero_uses_the_negative_slope(torch, observe):
    x = torch.tensor([0.0, -1.0, 1.0], requires_grad=True)
    torch.nn.functional.leaky_relu(x, 0.25).backward(torch.tensor([1.0, 1.0, 1.0]))
    observe("the gradient", x.grad, documented=[0.25, 0.25, 1])


@scenario("NUM-21/prelu", needs=["NUM-21"])
def prelu_at_zero_uses_the_negative_slope_and_gives_the_weight_nothing(torch, observe):
    x = torch.tensor([0.0, -2.0, 1.0], requires_grad=True)
    weight = torch.tensor([0.25], requires_grad=True)
    torch.nn.functional.prelu(x, weight).backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("the gradient of the input", x.grad, documented=[0.25, 2.5, 100])
    observe("the gradient of the weight", weight.grad, documented=[-20])


@scenario("NUM-53", needs=["NUM-21"])
def leaky_relu_of_a_slope_above_one_at_zero(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    torch.nn.functional.leaky_relu(x, 2.0).sum().backward()
    observe("the gradient", x.grad, documented=[1])


@scenario("NUM-22", cases=THRESHOLDS, needs=["BWD-06"])
def a_threshold_itself_has_gradient_zero(torch, observe, case):
    observe_gradient(torch, observe, *case)


@scenario("NUM-23", cases=LOSSES, needs=["BWD-01"])
def a_loss_of_zero_error_has_gradient_zero(torch, observe, case):
    function, gradient = case
    x = torch.tensor([1.0, 1.0], requires_grad=True)
    function(torch, x).backward()
    observe("the gradient", x.grad, documented=gradient)


@scenario("NUM-24", cases=STEPS, needs=["BWD-06"])
def a_step_function_has_gradient_zero_everywhere(torch, observe, case):
    function, values = case
    x = torch.tensor([1.0, 0.5, 0.0, -2.25], requires_grad=True)
    y = function(torch, x)
    observe("the values", y, documented=values)
    observe("requires grad", y.requires_grad, documented=True)
    y.backward(torch.ones(4))
    observe("the gradient", x.grad, documented=[0, 0, 0, 0])


@scenario("NUM-24/in-a-product", needs=["NUM-24/floor"])
def only_the_other_factor_of_a_step_function_gets_a_gradient(torch, observe):
    x = torch.tensor([2.5, -0.5], requires_grad=True)
    (x * x.floor()).sum().backward()
    observe("the gradient", x.grad, documented=[2, -1])


@scenario("NUM-24/halves", needs=["NUM-24/round"])
def round_goes_to_the_even_neighbour(torch, observe):
    y = torch.tensor([0.5, 1.5, 2.5, -1.5]).round()
    observe("halves", y, documented=[0, 2, 2, -2])


@scenario("NUM-25", cases=REMAINDERS, needs=["BWD-06"])
def a_remainder_by_a_number_has_gradient_one(torch, observe, case):
    function, values = case
    x = torch.tensor([1.5, 2.0, -1.5], requires_grad=True)
    y = function(torch, x)
    observe("the values", y, documented=values)
    y.backward(torch.tensor([1.0, 2.0, 3.0]))
    observe("the gradient", x.grad, documented=[1, 2, 3])


@scenario("NUM-26", needs=["NUM-25/remainder"])
def the_divisor_of_remainder_gets_minus_the_floor_of_the_quotient(torch, observe):
    x = torch.tensor([5.0, -5.0], requires_grad=True)
    y = torch.tensor([3.0, 3.0], requires_grad=True)
    z = torch.remainder(x, y)
    observe("the remainders", z, documented=[2, 1])
    z.sum().backward()
    observe("the gradient of the dividend", x.grad, documented=[1, 1])
    observe("the gradient of the divisor", y.grad, documented=[-1, 2])


@scenario("NUM-26/fmod", needs=["NUM-25/fmod"])
def the_divisor_of_fmod_gets_minus_the_truncated_quotient(torch, observe):
    x = torch.tensor([5.0, -5.0], requires_grad=True)
    y = torch.tensor([3.0, 3.0], requires_grad=True)
    z = torch.fmod(x, y)
    observe("the remainders", z, documented=[2, -2])
    z.sum().backward()
    observe("the gradient of the dividend", x.grad, documented=[1, 1])
    observe("the gradient of the divisor", y.grad, documented=[-1, 1])


@scenario("NUM-39", needs=["BWD-01"])
def atan2_at_the_origin_has_gradient_zero(torch, observe):
    y = torch.tensor([0.0], requires_grad=True)
    x = torch.tensor([0.0], requires_grad=True)
    torch.atan2(y, x).sum().backward()
    observe("the gradient of the first", y.grad)
    observe("the gradient of the second", x.grad)


@scenario("NUM-40", needs=["BWD-01"])
def hypot_at_the_origin(torch, observe):
    x = torch.tensor([0.0], requires_grad=True)
    torch.hypot(x, torch.tensor([0.0])).sum().backward()
    observe("the gradient", x.grad, documented=[0])


@scenario("NUM-41", needs=["BWD-01"])
def sinc_at_zero_is_one_and_has_gradient_zero(torch, observe):
    x = torch.tensor([0.0, 0.5], requires_grad=True)
    y = torch.sinc(x)
    observe("the values", y, documented=[1, 2 / math.pi])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[0, -4 / math.pi])


@scenario("NUM-41/xlogy", needs=["BWD-01"])
def zero_times_the_logarithm_of_zero_is_zero(torch, observe):
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    y = torch.tensor([0.0, 2.0], requires_grad=True)
    z = torch.xlogy(x, y)
    observe("the values", z, documented=[0, 0])
    z.sum().backward()
    observe("the gradient of the factor", x.grad)
    observe("the gradient of the argument of the logarithm", y.grad)


@scenario("NUM-44", needs=["BWD-01"])
def elu_of_alpha_two_at_zero_uses_the_exponential_side(torch, observe):
    x = torch.tensor([0.0, -1.0, 1.0], requires_grad=True)
    torch.nn.functional.elu(x, 2.0).sum().backward()
    observe("the gradient at zero", x.grad[0])
    observe("the gradient on either side", x.grad[1:], documented=[2 / math.e, 1])


@scenario("NUM-44/of", cases=NEGATIVE_SIDES, needs=["BWD-06"])
def an_exponential_side_that_fits_smoothly(torch, observe, case):
    function, gradient = case
    observe_gradient(torch, observe, function, [0.0], [gradient])


@scenario("NUM-44/selu", needs=["NUM-44"])
def selu_at_zero(torch, observe):
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    torch.nn.functional.selu(x).sum().backward()
    observe("the gradient at zero", x.grad[0])
    observe("the gradient at one", x.grad[1], documented=1.0507009873554804934193349852946)
