"""Gradients at the edges of what a function or a format takes: at zeros with a sign, at infinities, beyond a format."""

from conformance.scenario import scenario

INFINITY = float("inf")


@scenario("NUM-11/of-a-number", cases=["amax", "amin"])
def an_extreme_over_no_dimension_that_is_nan_has_the_gradient_nan(torch, observe, name):
    x = torch.tensor(float("nan"), requires_grad=True)
    getattr(torch, name)(x, 0).backward()
    observe("gradient", x.grad)


@scenario("NUM-30/an-infinite-gradient", needs=["NUM-30/a-number-as-the-base"])
def a_slope_of_zero_is_multiplied_with_an_infinite_gradient(torch, observe):
    x = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)
    observe("gradient", torch.autograd.grad(0.0**x, x, torch.tensor([INFINITY, 1.0, float("nan")]))[0])


@scenario("NUM-27/the-root-of-a-negative-zero")
def a_power_of_a_half_and_of_minus_a_half_is_that_of_a_root(torch, observe):
    x = torch.tensor([0.0, -0.0, INFINITY, -INFINITY, 4.0], requires_grad=True)
    observe("of minus a half", x**-0.5)
    y = x**0.5
    observe("of a half", y)
    y.sum().backward()
    observe("gradient", x.grad)


@scenario("IDX-52/a-value-out-of-range", dtypes=["float32"], needs=["IDX-52/a-0-dim-value"])
def a_value_beyond_the_largest_number_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0])
    mask = torch.tensor([True, False])
    large = torch.tensor(1e60, dtype=torch.float64)
    with observe.raises("a tensor", RuntimeError, saying="overflow"):
        x.masked_fill(mask, large)
    with observe.raises("a number", RuntimeError, saying="overflow"):
        x.masked_fill(mask, 1e60)
    observe("an infinite one", x.masked_fill(mask, large * INFINITY), documented=[INFINITY, 2.0])


@scenario("NUM-27/a-tensor-of-one-half", needs=["NUM-27/the-root-of-a-negative-zero"])
def a_power_of_a_half_that_is_a_tensor_is_no_root(torch, observe):
    x = torch.tensor([-0.0, -INFINITY, 4.0])
    observe("of a number", torch.pow(x, torch.tensor(0.5)))
    observe("of one element", torch.pow(x, torch.tensor([0.5])))


SECOND_DERIVATIVES = {
    "softplus-at-its-threshold": (1.0, lambda torch, x: torch.nn.functional.softplus(x, threshold=1.0)),
    "i0-of-nan": (float("nan"), lambda torch, x: torch.i0(x)),
}


@scenario("HOD-27/at-an-edge", cases=SECOND_DERIVATIVES, needs=["HOD-01"])
def a_second_derivative_at_an_edge_is_that_of_the_formula_for_the_first(torch, observe, case):
    number, function = case
    x = torch.tensor([number], requires_grad=True)
    (gradient,) = torch.autograd.grad(function(torch, x).sum(), x, create_graph=True)
    observe("the first derivative", gradient)
    gradient.sum().backward()
    observe("the second", x.grad)


@scenario("HOD-27/a-power-of-zero", needs=["HOD-01", "NUM-30"])
def a_slope_of_zero_at_a_power_of_zero_has_no_derivative(torch, observe):
    base = torch.tensor([0.0, 2.0], requires_grad=True)
    exponent = torch.tensor([2.0, 3.0], requires_grad=True)
    (slope,) = torch.autograd.grad(torch.pow(base, exponent).sum(), exponent, create_graph=True)
    observe("the exponent's gradient", slope)
    observe("its gradients", torch.autograd.grad(slope.sum(), (base, exponent)))
