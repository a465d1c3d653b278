"""Second and further derivatives through create_graph."""

import math

from conformance.scenario import scenario


def derivatives(torch, function, at, orders):
    """The first derivatives of a function of one variable at a point, each by differentiating the last."""
    x = torch.tensor(at, requires_grad=True)
    value, found = function(x), []
    for _ in range(orders):
        (value,) = torch.autograd.grad(value, x, create_graph=True)
        found.append(value)
    return found


@scenario("HOD-01")
def derivatives_of_a_gradient_go_to_any_order(torch, observe):
    found = derivatives(torch, lambda x: x**4, 2.0, 4)
    observe("the first four derivatives of x^4 at 2", found, documented=[32.0, 48.0, 48.0, 24.0])


@scenario("HOD-01/sixth", needs=["HOD-01"])
def the_sixth_derivative_of_the_sine(torch, observe):
    found = derivatives(torch, lambda x: torch.sin(x), 1.0, 6)
    sine, cosine = math.sin(1.0), math.cos(1.0)
    observe("six derivatives", found, documented=[cosine, -sine, -cosine, sine, cosine, -sine], terms=4)


TAN = math.tan(0.5)
SEC2 = 1 + TAN**2
T = math.tanh(0.5)
S = 1 / (1 + math.exp(-0.5))  # the logistic function at 1/2, and its derivatives
D1 = S * (1 - S)
D2 = D1 * (1 - 2 * S)
D3 = D1 * (1 - 6 * S + 6 * S * S)
BELL = 2 / math.sqrt(math.pi) * math.exp(-0.25)

#: A function, a point, and its first, second and third derivative there.
FUNCTIONS = {
    "mul": (lambda torch, x: x * x * x, 2.0, [12.0, 12.0, 6.0]),
    "div": (lambda torch, x: 1 / x, 2.0, [-1 / 4, 1 / 4, -3 / 8]),
    "div-both": (lambda torch, x: (x + 1) / x, 2.0, [-1 / 4, 1 / 4, -3 / 8]),
    "pow-number": (lambda torch, x: x**5, 2.0, [80.0, 160.0, 240.0]),
    "pow-fraction": (lambda torch, x: x**2.5, 4.0, [20.0, 7.5, 0.9375]),
    "pow-tensor": (lambda torch, x: torch.pow(x, x * 0 + 3.0), 2.0, [12.0, 12.0, 6.0]),
    "number-to-a-power": (lambda torch, x: 2.0**x, 3.0, [8 * math.log(2) ** k for k in (1, 2, 3)]),
    "square": (lambda torch, x: torch.square(x) * x, 2.0, [12.0, 12.0, 6.0]),
    "sqrt": (lambda torch, x: torch.sqrt(x), 4.0, [1 / 4, -1 / 32, 3 / 256]),
    "rsqrt": (lambda torch, x: torch.rsqrt(x), 4.0, [-1 / 16, 3 / 128, -15 / 1024]),
    "reciprocal": (lambda torch, x: torch.reciprocal(x), 2.0, [-1 / 4, 1 / 4, -3 / 8]),
    "exp": (lambda torch, x: torch.exp(x), 0.5, [math.exp(0.5)] * 3),
    "exp2": (lambda torch, x: torch.exp2(x), 3.0, [8 * math.log(2) ** k for k in (1, 2, 3)]),
    "expm1": (lambda torch, x: torch.expm1(x), 0.5, [math.exp(0.5)] * 3),
    "log": (lambda torch, x: torch.log(x), 2.0, [1 / 2, -1 / 4, 1 / 4]),
    "log2": (lambda torch, x: torch.log2(x) * math.log(2), 2.0, [1 / 2, -1 / 4, 1 / 4]),
    "log10": (lambda torch, x: torch.log10(x) * math.log(10), 2.0, [1 / 2, -1 / 4, 1 / 4]),
    "log1p": (lambda torch, x: torch.log1p(x), 1.0, [1 / 2, -1 / 4, 1 / 4]),
    "sin": (lambda torch, x: torch.sin(x), 1.0, [math.cos(1), -math.sin(1), -math.cos(1)]),
    "cos": (lambda torch, x: torch.cos(x), 1.0, [-math.sin(1), -math.cos(1), math.sin(1)]),
    "tan": (lambda torch, x: torch.tan(x), 0.5, [SEC2, 2 * TAN * SEC2, 2 * SEC2 * (1 + 3 * TAN**2)]),
    "asin": (lambda torch, x: torch.asin(x), 0.5, [0.75**-0.5, 0.5 * 0.75**-1.5, 1.5 * 0.75**-2.5]),
    "acos": (lambda torch, x: torch.acos(x), 0.5, [-(0.75**-0.5), -0.5 * 0.75**-1.5, -1.5 * 0.75**-2.5]),
    "atan": (lambda torch, x: torch.atan(x), 1.0, [1 / 2, -1 / 2, 1 / 2]),
    "sinh": (lambda torch, x: torch.sinh(x), 0.5, [math.cosh(0.5), math.sinh(0.5), math.cosh(0.5)]),
    "cosh": (lambda torch, x: torch.cosh(x), 0.5, [math.sinh(0.5), math.cosh(0.5), math.sinh(0.5)]),
    "tanh": (lambda torch, x: torch.tanh(x), 0.5, [1 - T**2, -2 * T * (1 - T**2), (1 - T**2) * (6 * T**2 - 2)]),
    "asinh": (lambda torch, x: torch.asinh(x), 0.75, [0.8, -0.75 * 0.8**3, 0.125 * 0.8**5]),
    "acosh": (lambda torch, x: torch.acosh(x), 2.0, [3**-0.5, -2 * 3**-1.5, 3 * 3**-1.5]),
    "atanh": (lambda torch, x: torch.atanh(x), 0.5, [4 / 3, 16 / 9, 3.5 / 0.75**3]),
    "sigmoid": (lambda torch, x: torch.sigmoid(x), 0.5, [D1, D2, D3]),
    "logsigmoid": (lambda torch, x: torch.nn.functional.logsigmoid(x), 0.5, [1 - S, -D1, -D2]),
    "softplus": (lambda torch, x: torch.nn.functional.softplus(x), 0.5, [S, D1, D2]),
    "silu": (lambda torch, x: torch.nn.functional.silu(x), 0.0, [1 / 2, 1 / 2, 0.0]),
    "gelu": (lambda torch, x: torch.nn.functional.gelu(x), 0.0, [1 / 2, math.sqrt(2 / math.pi), 0.0]),
    "elu": (lambda torch, x: torch.nn.functional.elu(x), -1.0, [math.exp(-1)] * 3),
    "erf": (lambda torch, x: torch.erf(x), 0.5, [BELL, -BELL, -BELL]),
    "erfc": (lambda torch, x: torch.erfc(x), 0.5, [-BELL, BELL, BELL]),
    "abs": (lambda torch, x: torch.abs(x) * x, -2.0, [4.0, -2.0, 0.0]),
    "hypot": (lambda torch, x: torch.hypot(x, torch.tensor(0.75)), 1.0, [0.8, 0.288, -0.55296]),
    "atan2": (lambda torch, x: torch.atan2(x, torch.tensor(1.0)), 1.0, [1 / 2, -1 / 2, 1 / 2]),
    "logaddexp": (lambda torch, x: torch.logaddexp(x, torch.tensor(0.0)), 0.5, [S, D1, D2]),
    "logsumexp": (lambda torch, x: torch.logsumexp(torch.stack([x, x * 0]), 0), 0.5, [S, D1, D2]),
    "prod": (lambda torch, x: torch.prod(torch.stack([x, x, x])), 2.0, [12.0, 12.0, 6.0]),
    "cumprod": (lambda torch, x: torch.cumprod(torch.stack([x, x, x]), 0)[2], 2.0, [12.0, 12.0, 6.0]),
    "matmul": (lambda torch, x: (x.reshape(1, 1) @ x.reshape(1, 1)).sum() * x, 2.0, [12.0, 12.0, 6.0]),
    "norm": (lambda torch, x: torch.linalg.vector_norm(torch.stack([x, x * 0 + 0.75])), 1.0, [0.8, 0.288, -0.55296]),
    "var": (lambda torch, x: torch.var(torch.stack([x, -x])) * x, 2.0, [24.0, 24.0, 12.0]),
    "softmax": (lambda torch, x: torch.softmax(torch.stack([x, x * 0]), 0)[0], 0.5, [D1, D2, D3]),
    "log_softmax": (lambda torch, x: torch.log_softmax(torch.stack([x, x * 0]), 0)[0], 0.5, [1 - S, -D1, -D2]),
    "in-place": (lambda torch, x: (x * 1).mul_(x).mul_(x), 2.0, [12.0, 12.0, 6.0]),
    "sinc": (lambda torch, x: torch.sinc(x / math.pi), 1.0, [
        math.cos(1) - math.sin(1), math.sin(1) - 2 * math.cos(1), 5 * math.cos(1) - 3 * math.sin(1)]),
}  # fmt: skip


@scenario("HOD-15", cases=FUNCTIONS, needs=["HOD-01"])
def a_function_is_differentiable_three_times(torch, observe, case):
    function, at, documented = case
    found = derivatives(torch, lambda x: function(torch, x), at, 3)
    names = ("first derivative", "second derivative", "third derivative")
    for name, value, expected in zip(names, found, documented, strict=True):
        # PyTorch may give a zero derivative without storage, whose number cannot be read before it is used.
        observe(name, value + 0, documented=expected, terms=32, scale=max(abs(v) for v in documented))


@scenario("HOD-01/where-an-exponential-overflows", needs=["HOD-01"])
def where_an_exponential_overflows_a_higher_derivative_is_nan(torch, observe):
    mish = derivatives(torch, lambda x: torch.nn.functional.mish(x), 1000.0, 2)
    observe("of mish at 1000", mish)
    gelu = derivatives(torch, lambda x: torch.nn.functional.gelu(x, approximate="tanh"), 1e30, 3)
    observe("of the approximate gelu at 1e30", gelu)


@scenario("HOD-02", needs=["HOD-01"])
def the_gradient_of_an_affine_function_does_not_depend_on_its_input(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (grad,) = torch.autograd.grad((2 * x + 1).sum(), x, create_graph=True)
    observe("the gradient", grad, documented=[2.0, 2.0])
    observe("it requires grad", grad.requires_grad, documented=False)


@scenario("HOD-02/recorded-coefficient", needs=["HOD-02"])
def the_gradient_by_one_factor_depends_on_the_other(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    (grad,) = torch.autograd.grad((w * x).sum(), x, create_graph=True)
    by_w, by_x = torch.autograd.grad((grad * grad).sum(), [w, x], allow_unused=True)
    observe("its derivative by the coefficient", by_w, documented=[6.0, 8.0])
    observe("its derivative by x", by_x, documented=None)


@scenario("HOD-03", needs=["HOD-01"])
def the_second_derivative_of_relu_is_zero(torch, observe):
    x = torch.tensor([-1.0, 0.0, 2.0], requires_grad=True)
    (first,) = torch.autograd.grad(torch.relu(x).sum(), x, create_graph=True)
    observe("first derivative", first, documented=[0.0, 0.0, 1.0])
    (second,) = torch.autograd.grad((first * x).sum(), x)
    observe("derivative of first times x", second, documented=[0.0, 0.0, 1.0])


@scenario("HOD-04", needs=["HOD-01"])
def a_loss_may_contain_a_gradient_and_reach_the_parameters(torch, observe):
    w = torch.tensor(3.0, requires_grad=True)
    x = torch.tensor(2.0, requires_grad=True)
    (slope,) = torch.autograd.grad(w * x**2, x, create_graph=True)
    observe("the slope", slope, documented=12.0)
    (slope**2).backward()
    observe("the parameter's gradient", w.grad, documented=96.0)
    observe("the input's gradient", x.grad, documented=144.0)


@scenario("HOD-04/penalty", needs=["HOD-04"])
def a_gradient_penalty_on_a_small_network(torch, observe):
    weight = torch.tensor([[1.0, -2.0], [0.5, 1.0]], requires_grad=True)
    out = torch.tensor([1.0, 2.0], requires_grad=True)
    x = torch.tensor([1.0, 0.5], requires_grad=True)
    score = torch.tanh(weight @ x) @ out
    (slope,) = torch.autograd.grad(score, x, create_graph=True)
    penalty = (torch.sqrt((slope * slope).sum()) - 1) ** 2
    (score + penalty).backward()
    observe("the penalty", penalty, terms=32)
    observe("the weight's gradient", weight.grad, terms=64)
    observe("the output layer's gradient", out.grad, terms=64)


@scenario("HOD-04/through-an-update", needs=["HOD-01"])
def a_gradient_flows_through_an_unrolled_gradient_step(torch, observe):
    rate = torch.tensor(0.25, requires_grad=True)
    w = torch.tensor(3.0, requires_grad=True)
    (grad,) = torch.autograd.grad(w**2, w, create_graph=True)
    updated = w - rate * grad
    (updated**2).backward()
    # w (1 - 2r) = 1.5: by r it is 2 * 1.5 * (-2w), by w it is 2 * 1.5 * (1 - 2r).
    observe("the learning rate's gradient", rate.grad, documented=-18.0)
    observe("the parameter's gradient", w.grad, documented=1.5)


@scenario("HOD-01/hessian-vector", needs=["HOD-01"])
def a_hessian_vector_product_by_differentiating_twice(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([10.0, 1.0])
    (grad,) = torch.autograd.grad(x[0] ** 2 * x[1] ** 3, x, create_graph=True)
    observe("the gradient", grad, documented=[16.0, 12.0])
    (product,) = torch.autograd.grad(grad, x, v)
    observe("the product", product, documented=[184.0, 252.0])


@scenario("HOD-01/freed", needs=["HOD-01"])
def a_gradient_graph_is_freed_by_its_own_backward(torch, observe):
    x = torch.tensor(2.0, requires_grad=True)
    (grad,) = torch.autograd.grad(x**3, x, create_graph=True)
    torch.autograd.grad(grad, x)
    with observe.raises("differentiating it again", RuntimeError, saying="second time"):
        torch.autograd.grad(grad, x)


@scenario("HOD-01/through-backward", needs=["HOD-01"])
def a_gradient_stored_by_backward_can_be_differentiated(torch, observe):
    x = torch.tensor(2.0, requires_grad=True)
    (x**3).backward(create_graph=True)
    first = x.grad
    observe("the gradient", first, documented=12.0)
    x.grad = None
    first.backward()
    observe("the second derivative", x.grad, documented=12.0)
