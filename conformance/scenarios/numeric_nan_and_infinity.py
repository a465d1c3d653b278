"""NaN and infinity: gradients at poles and ends of domains, division by zero, and large arguments that stay finite."""

import math

from conformance.scenario import scenario

NAN, INF = math.nan, math.inf

# Functions with an infinite slope at the end of their domain: the function, the points, the gradient by continuity.
POLES = {
    "asin": (lambda torch, x: torch.asin(x), [1.0, -1.0, 0.0], [INF, INF, 1]),
    "acos": (lambda torch, x: torch.acos(x), [1.0, -1.0, 0.0], [-INF, -INF, -1]),
    "acosh": (lambda torch, x: torch.acosh(x), [1.0], [INF]),
    "atanh": (lambda torch, x: torch.atanh(x), [1.0, -1.0, 0.0], [INF, INF, 1]),
    "rsqrt": (lambda torch, x: torch.rsqrt(x), [0.0, 4.0], [-INF, -1 / 16]),
    "reciprocal": (lambda torch, x: torch.reciprocal(x), [0.0, 2.0], [-INF, -1 / 4]),
    "log1p": (lambda torch, x: torch.log1p(x), [-1.0, 0.0], [INF, 1]),
    "log2": (lambda torch, x: torch.log2(x), [0.0, 1.0], [INF, 1 / math.log(2)]),
    "log10": (lambda torch, x: torch.log10(x), [0.0, 1.0], [INF, 1 / math.log(10)]),
    "logit": (lambda torch, x: torch.logit(x), [0.0, 1.0, 0.5], [INF, INF, 4]),
    "erfinv": (lambda torch, x: torch.erfinv(x), [1.0, -1.0, 0.0], [INF, INF, math.sqrt(math.pi) / 2]),
    "entr": (lambda torch, x: torch.special.entr(x), [0.0, 1.0], [INF, -1]),
}
# Functions outside their domain: the value is NaN, and the notes on autograd leave the gradient open.
OUTSIDE = {
    "asin": lambda torch, x: torch.asin(x),
    "acos": lambda torch, x: torch.acos(x),
    "atanh": lambda torch, x: torch.atanh(x),
    "logit": lambda torch, x: torch.logit(x),
    "erfinv": lambda torch, x: torch.erfinv(x),
}
# Functions that saturate, far out: the function, the points, the gradient.
FAR_OUT = {
    "sigmoid": (lambda torch, x: torch.sigmoid(x), [1000.0, -1000.0], [0, 0]),
    "tanh": (lambda torch, x: torch.tanh(x), [1000.0, -1000.0], [0, 0]),
    "exp": (lambda torch, x: torch.exp(x), [1000.0, -1000.0], [INF, 0]),
    "softplus": (lambda torch, x: torch.nn.functional.softplus(x), [1000.0, -1000.0], [1, 0]),
    "logsigmoid": (lambda torch, x: torch.nn.functional.logsigmoid(x), [1000.0, -1000.0, 0.0], [0, 1, 0.5]),
    "silu": (lambda torch, x: torch.nn.functional.silu(x), [1000.0, -1000.0], [1, 0]),
    "gelu": (lambda torch, x: torch.nn.functional.gelu(x), [1000.0, -1000.0], [1, 0]),
    "atan": (lambda torch, x: torch.atan(x), [INF, -INF], [0, 0]),
    "relu": (lambda torch, x: torch.relu(x), [INF, -INF], [1, 0]),
    "elu": (lambda torch, x: torch.nn.functional.elu(x), [1000.0, -1000.0], [1, 0]),
    "erf": (lambda torch, x: torch.erf(x), [1000.0, -1000.0], [0, 0]),
}
# Functions of [NaN, 1].
OF_NAN = {
    "abs": lambda torch, x: torch.abs(x),
    "relu": lambda torch, x: torch.relu(x),
    "clamp": lambda torch, x: torch.clamp(x, 0.0, 2.0),
    "sign": lambda torch, x: torch.sign(x),
    "square": lambda torch, x: x * x,
    "maximum": lambda torch, x: torch.maximum(x, torch.tensor([0.0, 0.0])),
    "fmax": lambda torch, x: torch.fmax(x, torch.tensor([0.0, 0.0])),
    "fmin": lambda torch, x: torch.fmin(x, torch.tensor([0.0, 0.0])),
    "max": lambda torch, x: torch.max(x),
    "amax": lambda torch, x: torch.amax(x),
    "sum": lambda torch, x: torch.sum(x),
    "nansum": lambda torch, x: torch.nansum(x),
    "nanmean": lambda torch, x: torch.nanmean(x),
    "nanmedian": lambda torch, x: torch.nanmedian(x),
    "logsumexp": lambda torch, x: torch.logsumexp(x, 0),
}


def observe_gradient(torch, observe, function, points, gradient):
    x = torch.tensor(points, requires_grad=True)
    y = function(torch, x)
    observe("the values", y)
    y.backward(torch.ones(y.shape))
    observe("the gradient", x.grad, documented=gradient)


@scenario("NUM-03", needs=["BWD-06"])
def sqrt_at_zero_has_an_infinite_gradient(torch, observe):
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    x.sqrt().backward(torch.ones(2))
    observe("the gradient", x.grad, documented=[INF, 0.25])


@scenario("NUM-04", needs=["BWD-06"])
def sqrt_of_a_negative_number_has_gradient_nan(torch, observe):
    x = torch.tensor([-1.0], requires_grad=True)
    y = x.sqrt()
    observe("the value", y, documented=[NAN])
    y.backward(torch.ones(1))
    observe("the gradient", x.grad)


@scenario("NUM-04/of", cases=OUTSIDE, needs=["NUM-04"])
def outside_its_domain_a_function_is_nan(torch, observe, case):
    x = torch.tensor([2.0], requires_grad=True)
    y = case(torch, x)
    observe("the value", y, documented=[NAN])
    y.backward(torch.ones(1))
    observe("the shape of the gradient", list(x.grad.shape), documented=[1])


@scenario("NUM-05", needs=["BWD-06"])
def log_at_zero_has_an_infinite_gradient(torch, observe):
    x = torch.tensor([0.0, 2.0], requires_grad=True)
    y = x.log()
    observe("the values", y, documented=[-INF, math.log(2)])
    y.backward(torch.ones(2))
    observe("the gradient", x.grad, documented=[INF, 0.5])


@scenario("NUM-05/of-a-negative-number", needs=["NUM-05"])
def log_of_a_negative_number_is_nan_with_the_gradient_of_the_formula(torch, observe):
    x = torch.tensor([-1.0], requires_grad=True)
    y = x.log()
    observe("the value", y, documented=[NAN])
    y.backward(torch.ones(1))
    observe("the gradient", x.grad)


@scenario("NUM-36", needs=["IDX-11"])
def a_division_by_zero_poisons_even_when_it_is_masked_afterwards(torch, observe):
    x = torch.tensor([1.0, 1.0], requires_grad=True)
    y = x / torch.tensor([0.0, 1.0])
    observe("the quotients", y, documented=[INF, 1])
    y[torch.tensor([False, True])].backward(torch.ones(1))
    observe("the gradient", x.grad, documented=[NAN, 1])


@scenario("NUM-36/masked-before", needs=["NUM-36"])
def masking_before_the_division_keeps_the_gradient_clean(torch, observe):
    x = torch.tensor([1.0, 1.0], requires_grad=True)
    divisor = torch.tensor([0.0, 1.0])
    mask = divisor != 0
    (x[mask] / divisor[mask]).backward(torch.ones(1))
    observe("the gradient", x.grad, documented=[0, 1])


@scenario("NUM-36/by-a-number", needs=["BWD-06"])
def dividing_by_the_number_zero_gives_infinite_gradients(torch, observe):
    x = torch.tensor([0.0, 1.0, -1.0], requires_grad=True)
    y = x / 0.0
    observe("the quotients", y, documented=[NAN, INF, -INF])
    y.backward(torch.ones(3))
    observe("the gradient", x.grad, documented=[INF, INF, INF])


@scenario("NUM-36/the-divisor", needs=["BWD-06"])
def the_divisor_zero_has_an_infinite_gradient(torch, observe):
    divisor = torch.tensor([0.0, 2.0], requires_grad=True)
    (torch.tensor([3.0, 3.0]) / divisor).backward(torch.ones(2))
    observe("the gradient", divisor.grad, documented=[-INF, -0.75])


@scenario("NUM-37", needs=["IDX-54", "NUM-03"])
def where_does_not_stop_nan_from_the_branch_it_left_out(torch, observe):
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    y = torch.where(x > 0, x.sqrt(), torch.zeros_like(x))
    observe("the values", y, documented=[0, 2])
    y.backward(torch.ones(2))
    observe("the gradient", x.grad, documented=[NAN, 0.25])


@scenario("NUM-37/where-twice", needs=["NUM-37"])
def where_around_the_argument_stops_it(torch, observe):
    x = torch.tensor([0.0, 4.0], requires_grad=True)
    safe = torch.where(x > 0, x, torch.ones_like(x))
    torch.where(x > 0, safe.sqrt(), torch.zeros_like(x)).backward(torch.ones(2))
    observe("the gradient", x.grad, documented=[0, 0.25])


@scenario("NUM-38", cases=POLES, needs=["BWD-06"])
def at_the_end_of_its_domain_the_gradient_is_infinite(torch, observe, case):
    observe_gradient(torch, observe, *case)


@scenario("NUM-43", needs=["BWD-06"])
def nan_to_num_has_gradient_zero_where_it_replaced(torch, observe):
    x = torch.tensor([NAN, 1.0, INF, -INF], requires_grad=True)
    y = torch.nan_to_num(x, nan=5.0, posinf=6.0, neginf=7.0)
    observe("the values", y, documented=[5, 1, 6, 7])
    y.backward(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    observe("the gradient", x.grad, documented=[0, 2, 0, 0])


@scenario("NUM-50", needs=["BWD-01"])
def logsumexp_of_large_values_stays_finite(torch, observe):
    x = torch.tensor([10000.0, -10000.0, 0.0], requires_grad=True)
    y = torch.logsumexp(x, 0)
    observe("the value", y, documented=10000.0)
    y.backward()
    observe("the gradient", x.grad, documented=[1, 0, 0])


@scenario("NUM-50/softmax", needs=["BWD-06"])
def softmax_of_large_values_stays_finite(torch, observe):
    x = torch.tensor([10000.0, 10000.0], requires_grad=True)
    y = torch.softmax(x, 0)
    observe("the values", y, documented=[0.5, 0.5])
    y.backward(torch.tensor([4.0, 0.0]))
    observe("the gradient", x.grad, documented=[1, -1])


@scenario("NUM-50/log-softmax", needs=["BWD-06"])
def log_softmax_of_large_values_stays_finite(torch, observe):
    x = torch.tensor([10000.0, 0.0], requires_grad=True)
    y = torch.log_softmax(x, 0)
    observe("the values", y, documented=[0, -10000])
    y.backward(torch.tensor([0.0, 1.0]))
    observe("the gradient", x.grad, documented=[-1, 1])


@scenario("NUM-50/logaddexp", needs=["BWD-01"])
def logaddexp_of_large_values_stays_finite(torch, observe):
    a = torch.tensor(10000.0, requires_grad=True)
    b = torch.tensor(10000.0, requires_grad=True)
    y = torch.logaddexp(a, b)
    observe("the value", y, documented=10000 + math.log(2))
    y.backward()
    observe("the gradients", [a.grad, b.grad], documented=[0.5, 0.5])


@scenario("NUM-50/binary-cross-entropy-with-logits", needs=["BWD-01"])
def binary_cross_entropy_of_large_logits_stays_finite(torch, observe):
    x = torch.tensor([1000.0, -1000.0], requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x, torch.tensor([0.0, 1.0]))
    observe("the loss", loss, documented=1000.0)
    loss.backward()
    observe("the gradient", x.grad, documented=[0.5, -0.5])


@scenario("NUM-50/far-out", cases=FAR_OUT, needs=["BWD-06"])
def far_out_the_gradient_has_its_limit(torch, observe, case):
    observe_gradient(torch, observe, *case)


@scenario("NUM-50/minus-infinity", needs=["NUM-50"])
def logsumexp_of_nothing_but_minus_infinity(torch, observe):
    x = torch.tensor([-INF, -INF], requires_grad=True)
    y = torch.logsumexp(x, 0)
    observe("the value", y, documented=-INF)
    y.backward()
    observe("the gradient", x.grad)


@scenario("NUM-50/one-minus-infinity", needs=["NUM-50"])
def an_element_of_minus_infinity_gets_no_gradient(torch, observe):
    x = torch.tensor([1.0, -INF], requires_grad=True)
    torch.logsumexp(x, 0).backward()
    observe("the gradient", x.grad, documented=[1, 0])


@scenario("NUM-51", cases=OF_NAN, needs=["BWD-06"])
def a_nan_in_the_input(torch, observe, case):
    x = torch.tensor([NAN, 1.0], requires_grad=True)
    y = case(torch, x)
    observe("the value", y)
    y.backward(torch.ones(y.shape))
    observe("the gradient", x.grad)


@scenario("NUM-51/two-nans", needs=["NUM-51/max", "NUM-51/amax"])
def a_maximum_among_several_nans(torch, observe):
    for name in ("max", "amax"):
        x = torch.tensor([NAN, 1.0, NAN], requires_grad=True)
        getattr(torch, name)(x).backward()
        observe(f"the gradient of {name}", x.grad)


@scenario("NUM-51/accumulation", needs=["ACC-02"])
def a_nan_once_accumulated_stays(torch, observe):
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    (x / torch.tensor([0.0, 1.0])).backward(torch.tensor([0.0, 1.0]))
    observe("after a poisoned backward", x.grad, documented=[NAN, 1])
    (x * 2.0).sum().backward()
    observe("after a clean one", x.grad, documented=[NAN, 3])
