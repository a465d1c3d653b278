"""First derivatives of activations, at generic points, against their documented formulas."""

import math

from conformance.scenario import scenario


def logistic(p):
    return 1 / (1 + math.exp(-p))


def softplus(p):
    return math.log1p(math.exp(p))


def normal_cdf(p):
    return math.erfc(-p / math.sqrt(2)) / 2


def normal_density(p):
    return math.exp(-p * p / 2) / math.sqrt(2 * math.pi)


def gelu_tanh_inner(p):
    return math.sqrt(2 / math.pi) * (p + 0.044715 * p**3)


def gelu_tanh_derivative(p):
    t = math.tanh(gelu_tanh_inner(p))
    return (1 + t) / 2 + p / 2 * (1 - t * t) * math.sqrt(2 / math.pi) * (1 + 3 * 0.044715 * p * p)


def mish_derivative(p):
    t = math.tanh(softplus(p))
    return t + p * (1 - t * t) * logistic(p)


SELU_ALPHA = 1.6732632423543772848170429916717
SELU_SCALE = 1.0507009873554804934193349852946

# The activation, the same in plain Python, and its derivative, at 1.5, 0.25 and -0.5.
ACTIVATIONS = {
    "relu": (lambda F, x: F.relu(x), lambda p: max(p, 0), lambda p: p > 0),
    "relu6": (lambda F, x: F.relu6(x), lambda p: min(max(p, 0), 6), lambda p: 0 < p < 6),
    "leaky-relu": (lambda F, x: F.leaky_relu(x, 0.25), lambda p: max(p, p / 4), lambda p: 1 if p > 0 else 0.25),
    "hardtanh": (lambda F, x: F.hardtanh(x), lambda p: min(max(p, -1), 1), lambda p: -1 < p < 1),
    "threshold": (lambda F, x: F.threshold(x, 0.5, 9.0), lambda p: p if p > 0.5 else 9, lambda p: p > 0.5),
    "hardswish": (lambda F, x: F.hardswish(x), lambda p: p * (p + 3) / 6, lambda p: (2 * p + 3) / 6),
    "hardshrink": (lambda F, x: F.hardshrink(x, 0.375), lambda p: p * (abs(p) > 0.375), lambda p: abs(p) > 0.375),
    "softshrink": (
        lambda F, x: F.softshrink(x, 0.375),
        lambda p: math.copysign(max(abs(p) - 0.375, 0), p),
        lambda p: abs(p) > 0.375,
    ),
    "elu": (
        lambda F, x: F.elu(x, 2.0),
        lambda p: p if p > 0 else 2 * math.expm1(p),
        lambda p: 1 if p > 0 else 2 * math.exp(p),
    ),
    "celu": (
        lambda F, x: F.celu(x, 2.0),
        lambda p: p if p > 0 else 2 * math.expm1(p / 2),
        lambda p: 1 if p > 0 else math.exp(p / 2),
    ),
    "selu": (
        lambda F, x: F.selu(x),
        lambda p: SELU_SCALE * (p if p > 0 else SELU_ALPHA * math.expm1(p)),
        lambda p: SELU_SCALE * (1 if p > 0 else SELU_ALPHA * math.exp(p)),
    ),
    "gelu": (lambda F, x: F.gelu(x), lambda p: p * normal_cdf(p), lambda p: normal_cdf(p) + p * normal_density(p)),
    "gelu-tanh": (
        lambda F, x: F.gelu(x, approximate="tanh"),
        lambda p: p / 2 * (1 + math.tanh(gelu_tanh_inner(p))),
        gelu_tanh_derivative,
    ),
    "silu": (
        lambda F, x: F.silu(x),
        lambda p: p * logistic(p),
        lambda p: logistic(p) * (1 + p * logistic(-p)),
    ),
    "mish": (lambda F, x: F.mish(x), lambda p: p * math.tanh(softplus(p)), mish_derivative),
    "softplus": (lambda F, x: F.softplus(x), softplus, logistic),
    "softplus-of-beta-2": (lambda F, x: F.softplus(x, 2.0), lambda p: softplus(2 * p) / 2, lambda p: logistic(2 * p)),
    "softsign": (lambda F, x: F.softsign(x), lambda p: p / (1 + abs(p)), lambda p: (1 + abs(p)) ** -2),
    "logsigmoid": (lambda F, x: F.logsigmoid(x), lambda p: -softplus(-p), lambda p: logistic(-p)),
    "sigmoid": (lambda F, x: F.sigmoid(x), logistic, lambda p: logistic(p) * logistic(-p)),
    "tanh": (lambda F, x: F.tanh(x), math.tanh, lambda p: 1 - math.tanh(p) ** 2),
    "tanhshrink": (lambda F, x: F.tanhshrink(x), lambda p: p - math.tanh(p), lambda p: math.tanh(p) ** 2),
}


@scenario("DRV-18", cases=ACTIVATIONS, needs=["BWD-06"])
def an_activation(torch, observe, case):
    function, value, derivative = case
    points, upstream = [1.5, 0.25, -0.5], [2.0, 3.0, 5.0]
    x = torch.tensor(points, requires_grad=True)
    y = function(torch.nn.functional, x)
    observe("the values", y, documented=[float(value(p)) for p in points])
    y.backward(torch.tensor(upstream))
    expected = [g * float(derivative(p)) for g, p in zip(upstream, points, strict=True)]
    observe("the gradient", x.grad, documented=expected)


@scenario("DRV-18/hardsigmoid", dtypes=["float32"], needs=["BWD-06"])
def hardsigmoid_has_slope_one_sixth(torch, observe):
    # In float32 alone: in float64 the slope in PyTorch is 1/6 rounded to float32, which no engine need copy.
    x = torch.tensor([1.5, -0.5], requires_grad=True)
    y = torch.nn.functional.hardsigmoid(x)
    observe("the values", y, documented=[0.75, 2.5 / 6])
    y.backward(torch.tensor([2.0, 3.0]))
    observe("the gradient", x.grad, documented=[1 / 3, 1 / 2])


@scenario("DRV-18/prelu", needs=["BWD-06"])
def prelu_gives_its_weight_the_sum_over_the_negative_inputs(torch, observe):
    x = torch.tensor([[1.5, -0.5], [-2.0, -1.0]], requires_grad=True)
    weight = torch.tensor([0.25, 0.5], requires_grad=True)
    y = torch.nn.functional.prelu(x, weight)
    observe("the values", y, documented=[[1.5, -0.25], [-0.5, -0.5]])
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    observe("the gradient of the input", x.grad, documented=[[1, 1], [0.75, 2]])
    observe("the gradient of the weights", weight.grad, documented=[-6, -1 - 4])


@scenario("DRV-18/glu", needs=["BWD-06"])
def glu_multiplies_one_half_by_the_sigmoid_of_the_other(torch, observe):
    x = torch.tensor([4.0, 6.0, 0.0, math.log(3)], requires_grad=True)
    y = torch.nn.functional.glu(x, dim=0)
    observe("the values", y, documented=[2, 4.5])
    y.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient", x.grad, documented=[1 / 2, 3 / 2, 4 / 4, 2 * 6 * 3 / 16])


@scenario("DRV-18/in-place", needs=["DRV-18/relu", "INP-10"])
def relu_in_place_has_the_same_derivative(torch, observe):
    x = torch.tensor([1.0, -2.0, 3.0], requires_grad=True)
    y = x * 2.0
    torch.nn.functional.relu(y, inplace=True)
    observe("the tensor", y, documented=[2, 0, 6])
    y.backward(torch.tensor([1.0, 10.0, 100.0]))
    observe("the gradient", x.grad, documented=[2, 0, 200])
