"""Activation modules, with the value that their documented formula gives on both sides of zero."""

import math

from conformance.scenario import scenario

X = [-3.0, -0.75, 0.0, 0.5, 4.0]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def softplus(x):
    return math.log1p(math.exp(x))


def gelu(x):
    return x * (1 + math.erf(x / math.sqrt(2))) / 2


def gelu_tanh(x):
    return x * (1 + math.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))) / 2


def selu(x):
    alpha, scale = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946
    return scale * (x if x > 0 else alpha * math.expm1(x))


#: How to make the module, and its formula.
ACTIVATIONS = {
    "ReLU": (lambda nn: nn.ReLU(), lambda x: max(0.0, x)),
    "ReLU6": (lambda nn: nn.ReLU6(), lambda x: min(max(0.0, x), 6.0)),
    "LeakyReLU": (lambda nn: nn.LeakyReLU(), lambda x: x if x > 0 else 0.01 * x),
    "LeakyReLU-slope": (lambda nn: nn.LeakyReLU(0.5), lambda x: x if x > 0 else 0.5 * x),
    "PReLU": (lambda nn: nn.PReLU(init=0.125), lambda x: x if x > 0 else 0.125 * x),
    "ELU": (lambda nn: nn.ELU(), lambda x: x if x > 0 else math.expm1(x)),
    "ELU-alpha": (lambda nn: nn.ELU(alpha=2.0), lambda x: x if x > 0 else 2 * math.expm1(x)),
    "CELU-alpha": (lambda nn: nn.CELU(alpha=2.0), lambda x: x if x > 0 else 2 * math.expm1(x / 2)),
    "SELU": (lambda nn: nn.SELU(), selu),
    "GELU": (lambda nn: nn.GELU(), gelu),
    "GELU-tanh": (lambda nn: nn.GELU(approximate="tanh"), gelu_tanh),
    "Sigmoid": (lambda nn: nn.Sigmoid(), sigmoid),
    "LogSigmoid": (lambda nn: nn.LogSigmoid(), lambda x: -softplus(-x)),
    "SiLU": (lambda nn: nn.SiLU(), lambda x: x * sigmoid(x)),
    "Mish": (lambda nn: nn.Mish(), lambda x: x * math.tanh(softplus(x))),
    "Tanh": (lambda nn: nn.Tanh(), math.tanh),
    "Tanhshrink": (lambda nn: nn.Tanhshrink(), lambda x: x - math.tanh(x)),
    "Softplus": (lambda nn: nn.Softplus(), softplus),
    "Softplus-beta": (lambda nn: nn.Softplus(beta=2.0), lambda x: softplus(2 * x) / 2),
    "Softplus-threshold": (lambda nn: nn.Softplus(threshold=3.0), lambda x: x if x > 3 else softplus(x)),
    "Softsign": (lambda nn: nn.Softsign(), lambda x: x / (1 + abs(x))),
    "Hardtanh": (lambda nn: nn.Hardtanh(), lambda x: min(max(-1.0, x), 1.0)),
    "Hardtanh-bounds": (lambda nn: nn.Hardtanh(-2.0, 0.25), lambda x: min(max(-2.0, x), 0.25)),
    "Hardsigmoid": (lambda nn: nn.Hardsigmoid(), lambda x: min(max(0.0, x / 6 + 0.5), 1.0)),
    "Hardswish": (lambda nn: nn.Hardswish(), lambda x: x * min(max(0.0, x + 3), 6.0) / 6),
    "Hardshrink": (lambda nn: nn.Hardshrink(), lambda x: x if abs(x) > 0.5 else 0.0),
    "Softshrink": (lambda nn: nn.Softshrink(), lambda x: math.copysign(max(abs(x) - 0.5, 0.0), x)),
    "Threshold": (lambda nn: nn.Threshold(0.5, 20.0), lambda x: x if x > 0.5 else 20.0),
}


@scenario("NNM-45", cases=ACTIVATIONS)
def an_activation_is_its_documented_formula(torch, observe, activation):
    make, formula = activation
    module = make(torch.nn)
    documented = [formula(x) for x in X]
    observe("the output", module(torch.tensor(X)), documented=documented, terms=8)


@scenario("NNM-45/in-place", cases=["ReLU", "ReLU6", "LeakyReLU", "ELU", "SELU", "CELU", "SiLU", "Hardtanh"])
def an_activation_may_work_in_place(torch, observe, name):
    x = torch.tensor(X)
    elsewhere = getattr(torch.nn, name)()(x.clone())
    y = getattr(torch.nn, name)(inplace=True)(x)
    observe("it returns its input", y is x, documented=True)
    observe("the input has the output's values", torch.equal(x, elsewhere), documented=True)
    observe("they are not those it had", x.tolist() == X, documented=False)


@scenario("NNM-46")
def softmax_sums_to_one_along_its_dimension(torch, observe):
    x = torch.tensor([[0.0, math.log(3.0)], [math.log(4.0), 0.0]])
    observe("along rows", torch.nn.Softmax(dim=1)(x), documented=[[0.25, 0.75], [0.8, 0.2]], terms=8)
    observe("along columns", torch.nn.Softmax(dim=0)(x), documented=[[0.2, 0.75], [0.8, 0.25]], terms=8)
    observe("its logarithm", torch.nn.LogSoftmax(dim=1)(x)[0], documented=[math.log(0.25), math.log(0.75)], terms=8)
    observe("of the negated", torch.nn.Softmin(dim=1)(x), documented=[[0.75, 0.25], [0.2, 0.8]], terms=8)


@scenario("NNM-46/large", needs=["NNM-46"])
def softmax_of_large_numbers_does_not_overflow(torch, observe):
    x = torch.tensor([[1e30, 1e30], [1000.0, -1000.0]])
    observe("the output", torch.nn.Softmax(dim=1)(x), documented=[[0.5, 0.5], [1.0, 0.0]])
    observe("its logarithm", torch.nn.LogSoftmax(dim=1)(x[1:]), documented=[[0.0, -2000.0]])


@scenario("NNM-47")
def prelu_learns_a_slope_for_each_channel(torch, observe):
    layer = torch.nn.PReLU(2)
    observe("the slopes at first", layer.weight, documented=[0.25, 0.25])
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([0.5, 0.125]))
    x = torch.tensor([[-2.0, -8.0], [4.0, -16.0]], requires_grad=True)
    y = layer(x)
    observe("the output", y, documented=[[-1.0, -1.0], [4.0, -2.0]])
    y.sum().backward()
    observe("the slopes' gradient", layer.weight.grad, documented=[-2.0, -24.0])
    observe("the input's", x.grad, documented=[[0.5, 0.125], [1.0, 0.125]])


@scenario("NNM-47/glu")
def a_gated_linear_unit_halves_its_dimension(torch, observe):
    x = torch.tensor([[4.0, 8.0, 0.0, math.log(3.0)]])
    observe(
        "the output: the first half times the sigmoid of the second",
        torch.nn.GLU()(x),
        documented=[[2.0, 6.0]],
        terms=8,
    )
    with observe.raises("of three", RuntimeError, saying="even"):
        torch.nn.GLU()(torch.tensor([[1.0, 2.0, 3.0]]))


@scenario("NNM-48")
def similarity_and_distance(torch, observe):
    x, y = torch.tensor([[3.0, 4.0], [1.0, 0.0]]), torch.tensor([[4.0, 3.0], [0.0, 2.0]])
    observe("the cosine similarity", torch.nn.CosineSimilarity(dim=1)(x, y), documented=[0.96, 0.0], terms=8)
    distance = torch.nn.PairwiseDistance(eps=0.0)(x, y)
    observe("the distance", distance, documented=[2**0.5, 5**0.5], terms=8)
    observe("of order one", torch.nn.PairwiseDistance(p=1.0, eps=0.0)(x, y), documented=[2.0, 3.0], terms=8)
