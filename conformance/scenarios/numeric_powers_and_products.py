"""Powers and products at zero, where the general formula divides zero by zero."""

import math

from conformance.scenario import scenario

NAN, INF = math.nan, math.inf

# Powers of [0, 2] with a constant exponent: the function, the values, the gradient.
SPECIAL_EXPONENTS = {
    "one": (lambda torch, x: x**1, [0, 2], [1, 1]),
    "two": (lambda torch, x: x**2, [0, 4], [0, 4]),
    "three": (lambda torch, x: x**3, [0, 8], [0, 12]),
    "a-float": (lambda torch, x: x**2.0, [0, 4], [0, 4]),
    "a-0-dim-tensor": (lambda torch, x: x ** torch.tensor(2.0), [0, 4], [0, 4]),
    "a-tensor": (lambda torch, x: x ** torch.tensor([1.0, 3.0]), [0, 8], [1, 12]),
    "torch-pow": (lambda torch, x: torch.pow(x, 2), [0, 4], [0, 4]),
    "square": (lambda torch, x: torch.square(x), [0, 4], [0, 4]),
}
EXPONENT_ZERO = {
    "an-int": lambda torch, x: x**0,
    "a-float": lambda torch, x: x**0.0,
    "a-tensor": lambda torch, x: x ** torch.tensor([0.0, 0.0]),
    "float-power": lambda torch, x: torch.float_power(x, 0.0),
}
# Vectors with zeros, and the gradient of their product.
PRODUCTS = {
    "no-zero": ([4.0, 2.0, 3.0], [6, 12, 8]),
    "a-zero-in-front": ([0.0, 2.0, 3.0], [6, 0, 0]),
    "a-zero-behind": ([2.0, 3.0, 0.0], [0, 0, 6]),
    "a-zero-among-negatives": ([-2.0, 0.0, 3.0], [0, -6, 0]),
    "a-zero-alone": ([0.0], [1]),
}
# Vectors, and the gradient of the sum of their cumulative products.
CUMULATIVE_PRODUCTS = {
    "no-zero": ([2.0, 3.0, 4.0], [1 + 3 + 12, 2 + 8, 6]),
    "a-zero-in-front": ([0.0, 2.0, 3.0], [1 + 2 + 6, 0, 0]),
    "a-zero-in-the-middle": ([2.0, 0.0, 3.0], [1, 2 + 6, 0]),
    "a-zero-behind": ([2.0, 3.0, 0.0], [1 + 3, 2, 6]),
    "two-zeros": ([2.0, 0.0, 0.0], [1, 2, 0]),
}


@scenario("NUM-27", cases=EXPONENT_ZERO, needs=["BWD-06"])
def a_power_of_zero_is_one_with_gradient_zero_even_at_zero(torch, observe, case):
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    y = case(torch, x)
    observe("the values", y, documented=[1, 1])
    y.backward(torch.ones(2, dtype=y.dtype))
    observe("the gradient", x.grad, documented=[0, 0])


@scenario("NUM-28", cases=SPECIAL_EXPONENTS, needs=["BWD-06"])
def a_power_at_zero_has_the_limit_of_its_derivative(torch, observe, case):
    function, values, gradient = case
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    y = function(torch, x)
    observe("the values", y, documented=values)
    y.backward(torch.ones(2))
    observe("the gradient", x.grad, documented=gradient)


@scenario("NUM-28/a-negative-base", needs=["NUM-28/three"])
def a_negative_base_with_a_whole_exponent(torch, observe):
    x = torch.tensor([-2.0, -1.0], requires_grad=True)
    y = x**3
    observe("the values", y, documented=[-8, -1])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[12, 3])


@scenario("NUM-29", needs=["BWD-06"])
def a_square_root_as_a_power_has_an_infinite_gradient_at_zero(torch, observe):
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    y = x**0.5
    observe("the values", y, documented=[0, 2])
    y.backward(torch.ones(2))
    observe("the gradient", x.grad, documented=[INF, 0.25])


@scenario("NUM-29/a-negative-exponent", needs=["NUM-29"])
def a_negative_exponent_at_zero(torch, observe):
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    y = x**-1
    observe("the values", y, documented=[INF, 0.5])
    y.backward(torch.ones(2))
    observe("the gradient", x.grad, documented=[-INF, -0.25])


@scenario("NUM-30", needs=["BWD-06"])
def zero_to_a_power_gives_its_exponent_gradient_zero(torch, observe):
    exponent = torch.tensor([0.0, 2.0], requires_grad=True)
    y = torch.tensor([0.0, 0.0]) ** exponent
    observe("the values", y, documented=[1, 0])
    y.backward(torch.ones(2))
    observe("the gradient", exponent.grad)


@scenario("NUM-30/a-number-as-the-base", needs=["NUM-30"])
def a_python_number_to_the_power_of_a_tensor(torch, observe):
    exponent = torch.tensor([0.0, 3.0], requires_grad=True)
    y = 2.0**exponent
    observe("the values", y, documented=[1, 8])
    y.backward(torch.ones(2))
    observe("the gradient", exponent.grad, documented=[math.log(2), 8 * math.log(2)])
    zero = torch.tensor([0.0, 3.0], requires_grad=True)
    (0.0**zero).sum().backward()
    observe("the gradient for the base 0", zero.grad)


@scenario("NUM-30/a-negative-base", needs=["NUM-30"])
def a_negative_base_gives_its_exponent_nan(torch, observe):
    exponent = torch.tensor([2.0], requires_grad=True)
    y = torch.tensor([-2.0]) ** exponent
    observe("the value", y, documented=[4])
    y.backward(torch.ones(1))
    observe("the gradient", exponent.grad, documented=[NAN])


@scenario("NUM-31", cases=PRODUCTS, needs=["BWD-01"])
def each_factor_gets_the_product_of_the_others(torch, observe, case):
    values, gradient = case
    x = torch.tensor(values, requires_grad=True)
    x.prod().backward()
    observe("the gradient", x.grad, documented=gradient)


@scenario("NUM-31/along-a-dimension", needs=["NUM-31/a-zero-in-front"])
def each_row_has_its_own_zeros(torch, observe):
    x = torch.tensor([[2.0, 0.0, 3.0], [4.0, 5.0, 6.0]], requires_grad=True)
    y = x.prod(1)
    observe("the products", y, documented=[0, 120])
    y.backward(torch.tensor([10.0, 1.0]))
    observe("the gradient", x.grad, documented=[[0, 60, 0], [30, 24, 20]])


@scenario("NUM-32", needs=["BWD-01"])
def a_product_with_two_zeros_has_gradient_zero(torch, observe):
    x = torch.tensor([0.0, 0.0, 3.0], requires_grad=True)
    y = x.prod()
    observe("the product", y, documented=0.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0, 0, 0])


@scenario("NUM-32/second-derivative", needs=["NUM-32", "NUM-31/a-zero-in-front"])
def the_second_derivative_of_a_product_with_two_zeros(torch, observe):
    x = torch.tensor([0.0, 0.0, 3.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(x.prod(), x, create_graph=True)
    gradient[0].backward()
    observe("the derivative of the first entry of the gradient", x.grad, documented=[0, 3, 0])


@scenario("NUM-33", cases=CUMULATIVE_PRODUCTS, needs=["BWD-01"])
def cumulative_products_through_zeros_are_exact(torch, observe, case):
    values, gradient = case
    x = torch.tensor(values, requires_grad=True)
    x.cumprod(0).sum().backward()
    observe("the gradient", x.grad, documented=gradient)
