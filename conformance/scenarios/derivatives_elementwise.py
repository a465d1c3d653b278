"""First derivatives of functions of one number, at generic points, against their formulas.

An entry is the function, the points, the same function in plain Python, and its derivative worked out by hand.
"""

import math

from conformance.scenario import scenario


def logistic(p):
    return 1 / (1 + math.exp(-p))


EXPONENTIALS = {
    "exp": (lambda torch, x: torch.exp(x), [0.5, -1.0, 2.0], math.exp, math.exp),
    "exp2": (lambda torch, x: torch.exp2(x), [0.5, -1.0, 2.0], lambda p: 2**p, lambda p: 2**p * math.log(2)),
    "expm1": (lambda torch, x: torch.expm1(x), [0.5, -1.0, 0.001], math.expm1, math.exp),
    "log": (lambda torch, x: torch.log(x), [0.5, 1.5, 2.0], math.log, lambda p: 1 / p),
    "log2": (lambda torch, x: torch.log2(x), [0.5, 1.5, 4.0], math.log2, lambda p: 1 / (p * math.log(2))),
    "log10": (lambda torch, x: torch.log10(x), [0.5, 1.5, 10.0], math.log10, lambda p: 1 / (p * math.log(10))),
    "log1p": (lambda torch, x: torch.log1p(x), [0.5, -0.5, 2.0], math.log1p, lambda p: 1 / (1 + p)),
    "sigmoid": (lambda torch, x: torch.sigmoid(x), [0.5, -1.0, 2.0], logistic, lambda p: logistic(p) * logistic(-p)),
    "logit": (
        lambda torch, x: torch.logit(x),
        [0.25, 0.5, 0.875],
        lambda p: math.log(p / (1 - p)),
        lambda p: 1 / (p * (1 - p)),
    ),
    "entr": (
        lambda torch, x: torch.special.entr(x),
        [0.5, 2.0],
        lambda p: -p * math.log(p),
        lambda p: -math.log(p) - 1,
    ),
}
POWERS = {
    "square": (lambda torch, x: torch.square(x), [0.5, -3.0], lambda p: p * p, lambda p: 2 * p),
    "cube": (lambda torch, x: x**3, [0.5, -2.0], lambda p: p**3, lambda p: 3 * p**2),
    "a-negative-power": (lambda torch, x: x**-2, [0.5, -2.0], lambda p: p**-2, lambda p: -2 * p**-3),
    "a-broken-power": (lambda torch, x: x**1.5, [0.5, 4.0], lambda p: p**1.5, lambda p: 1.5 * p**0.5),
    "sqrt": (lambda torch, x: torch.sqrt(x), [0.25, 2.0], math.sqrt, lambda p: 0.5 / math.sqrt(p)),
    "rsqrt": (lambda torch, x: torch.rsqrt(x), [0.25, 2.0], lambda p: p**-0.5, lambda p: -0.5 * p**-1.5),
    "reciprocal": (lambda torch, x: torch.reciprocal(x), [0.5, -4.0], lambda p: 1 / p, lambda p: -1 / p**2),
    "a-number-over-it": (lambda torch, x: 3.0 / x, [0.5, -4.0], lambda p: 3 / p, lambda p: -3 / p**2),
    "a-number-to-its-power": (lambda torch, x: 3.0**x, [0.5, -1.0], lambda p: 3**p, lambda p: 3**p * math.log(3)),
    "negative": (lambda torch, x: -x, [0.5, -4.0], lambda p: -p, lambda p: -1),
    "a-number-minus-it": (lambda torch, x: 3.0 - x, [0.5, -4.0], lambda p: 3 - p, lambda p: -1),
    "abs": (lambda torch, x: torch.abs(x), [0.5, -4.0], abs, lambda p: math.copysign(1, p)),
    "positive": (lambda torch, x: torch.positive(x), [0.5, -4.0], lambda p: p, lambda p: 1),
}
TRIGONOMETRIC = {
    "sin": (lambda torch, x: torch.sin(x), [0.5, -2.0], math.sin, math.cos),
    "cos": (lambda torch, x: torch.cos(x), [0.5, -2.0], math.cos, lambda p: -math.sin(p)),
    "tan": (lambda torch, x: torch.tan(x), [0.5, -1.0], math.tan, lambda p: 1 + math.tan(p) ** 2),
    "asin": (lambda torch, x: torch.asin(x), [0.5, -0.25], math.asin, lambda p: 1 / math.sqrt(1 - p * p)),
    "acos": (lambda torch, x: torch.acos(x), [0.5, -0.25], math.acos, lambda p: -1 / math.sqrt(1 - p * p)),
    "atan": (lambda torch, x: torch.atan(x), [0.5, -2.0], math.atan, lambda p: 1 / (1 + p * p)),
    "deg2rad": (lambda torch, x: torch.deg2rad(x), [90.0, -45.0], math.radians, lambda p: math.pi / 180),
    "rad2deg": (lambda torch, x: torch.rad2deg(x), [1.0, -2.0], math.degrees, lambda p: 180 / math.pi),
    "sinc": (
        lambda torch, x: torch.sinc(x),
        [0.5, 1.5],
        lambda p: math.sin(math.pi * p) / (math.pi * p),
        lambda p: (math.cos(math.pi * p) - math.sin(math.pi * p) / (math.pi * p)) / p,
    ),
}
HYPERBOLIC = {
    "sinh": (lambda torch, x: torch.sinh(x), [0.5, -2.0], math.sinh, math.cosh),
    "cosh": (lambda torch, x: torch.cosh(x), [0.5, -2.0], math.cosh, math.sinh),
    "tanh": (lambda torch, x: torch.tanh(x), [0.5, -1.0], math.tanh, lambda p: 1 / math.cosh(p) ** 2),
    "asinh": (lambda torch, x: torch.asinh(x), [0.5, -2.0], math.asinh, lambda p: 1 / math.sqrt(p * p + 1)),
    "acosh": (lambda torch, x: torch.acosh(x), [1.5, 2.0], math.acosh, lambda p: 1 / math.sqrt(p * p - 1)),
    "atanh": (lambda torch, x: torch.atanh(x), [0.5, -0.25], math.atanh, lambda p: 1 / (1 - p * p)),
}
SPECIAL = {
    "erf": (
        lambda torch, x: torch.erf(x),
        [0.5, -1.0],
        math.erf,
        lambda p: 2 / math.sqrt(math.pi) * math.exp(-p * p),
    ),
    "erfc": (
        lambda torch, x: torch.erfc(x),
        [0.5, -1.0],
        math.erfc,
        lambda p: -2 / math.sqrt(math.pi) * math.exp(-p * p),
    ),
    "ndtr": (
        lambda torch, x: torch.special.ndtr(x),
        [0.5, -1.0],
        lambda p: math.erfc(-p / math.sqrt(2)) / 2,
        lambda p: math.exp(-p * p / 2) / math.sqrt(2 * math.pi),
    ),
}
# Special functions at points where the value and the derivative are known numbers: the function, the points, the
# values, the derivatives. The derivative of lgamma, digamma, is -gamma, 1 - gamma and -gamma - 2 log 2 at 1, 2 and 1/2.
GAMMA = 0.57721566490153286060651209008240243
KNOWN = {
    "lgamma": (
        lambda torch, x: torch.lgamma(x),
        [2.0, 3.0, 0.5],
        [0, math.log(2), math.log(math.pi) / 2],
        [1 - GAMMA, 1.5 - GAMMA, -GAMMA - 2 * math.log(2)],
    ),
    "erfinv": (
        lambda torch, x: torch.erfinv(x),
        [0.0, 0.5],
        [0, 0.47693627620446987338],
        [math.sqrt(math.pi) / 2, math.sqrt(math.pi) / 2 * math.exp(0.47693627620446987338**2)],
    ),
    "i0": (lambda torch, x: torch.i0(x), [0.0, 1.0], [1, 1.2660658777520083356], [0, 0.56515910399248502721]),
}
UPSTREAM = [2.0, 3.0, 5.0]


def observe_derivative(torch, observe, function, points, values, derivatives):
    upstream = UPSTREAM[: len(points)]
    x = torch.tensor(points, requires_grad=True)
    y = function(torch, x)
    observe("the values", y, documented=values)
    y.backward(torch.tensor(upstream))
    observe("the gradient", x.grad, documented=[g * d for g, d in zip(upstream, derivatives, strict=True)])


@scenario("DRV-01", cases=EXPONENTIALS, needs=["BWD-06"])
def an_exponential_or_logarithm(torch, observe, case):
    function, points, value, derivative = case
    observe_derivative(torch, observe, function, points, [value(p) for p in points], [derivative(p) for p in points])


@scenario("DRV-02", cases=POWERS, needs=["BWD-06"])
def a_power_or_root(torch, observe, case):
    function, points, value, derivative = case
    observe_derivative(torch, observe, function, points, [value(p) for p in points], [derivative(p) for p in points])


@scenario("DRV-03", cases=TRIGONOMETRIC, needs=["BWD-06"])
def a_trigonometric_function(torch, observe, case):
    function, points, value, derivative = case
    observe_derivative(torch, observe, function, points, [value(p) for p in points], [derivative(p) for p in points])


@scenario("DRV-04", cases=HYPERBOLIC, needs=["BWD-06"])
def a_hyperbolic_function(torch, observe, case):
    function, points, value, derivative = case
    observe_derivative(torch, observe, function, points, [value(p) for p in points], [derivative(p) for p in points])


@scenario("DRV-05", cases=SPECIAL, needs=["BWD-06"])
def a_special_function(torch, observe, case):
    function, points, value, derivative = case
    observe_derivative(torch, observe, function, points, [value(p) for p in points], [derivative(p) for p in points])


@scenario("DRV-05/at-known-points", cases=KNOWN, needs=["BWD-06"])
def a_special_function_at_points_with_known_values(torch, observe, case):
    observe_derivative(torch, observe, *case)


@scenario("DRV-05/digamma", dtypes=["float32"], needs=["BWD-06"])
def digamma_at_points_with_known_values(torch, observe):
    # In float32 alone: the derivative in PyTorch has nine correct digits in float64 too, which no engine need copy.
    values = [-GAMMA, 1 - GAMMA, -GAMMA - 2 * math.log(2)]
    derivatives = [math.pi**2 / 6, math.pi**2 / 6 - 1, math.pi**2 / 2]
    observe_derivative(torch, observe, lambda torch, x: torch.digamma(x), [1.0, 2.0, 0.5], values, derivatives)


# Functions of two numbers: the function, the operands, the value, the partial derivatives by each.
BINARY = {
    "add": (lambda torch, a, b: a + b, lambda a, b: a + b, lambda a, b: 1, lambda a, b: 1),
    "add-with-alpha": (
        lambda torch, a, b: torch.add(a, b, alpha=3),
        lambda a, b: a + 3 * b,
        lambda a, b: 1,
        lambda a, b: 3,
    ),
    "sub": (lambda torch, a, b: a - b, lambda a, b: a - b, lambda a, b: 1, lambda a, b: -1),
    "rsub": (lambda torch, a, b: torch.rsub(a, b), lambda a, b: b - a, lambda a, b: -1, lambda a, b: 1),
    "mul": (lambda torch, a, b: a * b, lambda a, b: a * b, lambda a, b: b, lambda a, b: a),
    "div": (lambda torch, a, b: a / b, lambda a, b: a / b, lambda a, b: 1 / b, lambda a, b: -a / b**2),
    "pow": (
        lambda torch, a, b: torch.pow(a, b),
        lambda a, b: a**b,
        lambda a, b: b * a ** (b - 1),
        lambda a, b: a**b * math.log(a),
    ),
    "atan2": (
        lambda torch, a, b: torch.atan2(a, b),
        math.atan2,
        lambda a, b: b / (a * a + b * b),
        lambda a, b: -a / (a * a + b * b),
    ),
    "hypot": (
        lambda torch, a, b: torch.hypot(a, b),
        math.hypot,
        lambda a, b: a / math.hypot(a, b),
        lambda a, b: b / math.hypot(a, b),
    ),
    "logaddexp": (
        lambda torch, a, b: torch.logaddexp(a, b),
        lambda a, b: math.log(math.exp(a) + math.exp(b)),
        lambda a, b: logistic(a - b),
        lambda a, b: logistic(b - a),
    ),
    "logaddexp2": (
        lambda torch, a, b: torch.logaddexp2(a, b),
        lambda a, b: math.log2(2**a + 2**b),
        lambda a, b: 2**a / (2**a + 2**b),
        lambda a, b: 2**b / (2**a + 2**b),
    ),
    "xlogy": (
        lambda torch, a, b: torch.xlogy(a, b),
        lambda a, b: a * math.log(b),
        lambda a, b: math.log(b),
        lambda a, b: a / b,
    ),
    "maximum": (lambda torch, a, b: torch.maximum(a, b), max, lambda a, b: a > b, lambda a, b: b > a),
    "minimum": (lambda torch, a, b: torch.minimum(a, b), min, lambda a, b: a < b, lambda a, b: b < a),
    "fmax": (lambda torch, a, b: torch.fmax(a, b), max, lambda a, b: a > b, lambda a, b: b > a),
    "fmin": (lambda torch, a, b: torch.fmin(a, b), min, lambda a, b: a < b, lambda a, b: b < a),
    "copysign": (
        lambda torch, a, b: torch.copysign(a, -b),
        lambda a, b: -abs(a),
        lambda a, b: -math.copysign(1, a),
        lambda a, b: 0,
    ),
    "float-power": (
        lambda torch, a, b: torch.float_power(a, b).to(a.dtype),
        lambda a, b: a**b,
        lambda a, b: b * a ** (b - 1),
        lambda a, b: a**b * math.log(a),
    ),
    "true-divide": (
        lambda torch, a, b: torch.true_divide(a, b),
        lambda a, b: a / b,
        lambda a, b: 1 / b,
        lambda a, b: -a / b**2,
    ),
    "lerp-by-a-number": (
        lambda torch, a, b: torch.lerp(a, b, 0.25),
        lambda a, b: 0.75 * a + 0.25 * b,
        lambda a, b: 0.75,
        lambda a, b: 0.25,
    ),
    "addcmul": (
        lambda torch, a, b: torch.addcmul(a, a, b, value=0.5),
        lambda a, b: a + a * b / 2,
        lambda a, b: 1 + b / 2,
        lambda a, b: a / 2,
    ),
    "addcdiv": (
        lambda torch, a, b: torch.addcdiv(a, a, b, value=2.0),
        lambda a, b: a + 2 * a / b,
        lambda a, b: 1 + 2 / b,
        lambda a, b: -2 * a / b**2,
    ),
}


@scenario("DRV-06", cases=BINARY, needs=["BWD-06"])
def a_function_of_two_operands(torch, observe, case):
    function, value, by_first, by_second = case
    pairs = [(1.5, 0.5), (0.25, 2.0)]
    upstream = [2.0, 3.0]
    a = torch.tensor([first for first, _ in pairs], requires_grad=True)
    b = torch.tensor([second for _, second in pairs], requires_grad=True)
    y = function(torch, a, b)
    observe("the values", y, documented=[float(value(*pair)) for pair in pairs])
    y.backward(torch.tensor(upstream))
    for name, leaf, partial in (("first", a, by_first), ("second", b, by_second)):
        expected = [g * float(partial(*pair)) for g, pair in zip(upstream, pairs, strict=True)]
        observe(f"the gradient of the {name}", leaf.grad, documented=expected)
