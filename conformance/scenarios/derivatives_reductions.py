"""First derivatives of reductions and cumulative functions, at generic points, against their formulas."""

import math

from conformance.scenario import scenario

# The input of all of these, and the softmax of its rows: the logarithms of 1, 2, 5 and 3, 1, 4.
MATRIX = [[1.0, 2.0, 4.0], [3.0, -1.0, 0.5]]
LOGARITHMS = [[0.0, math.log(2), math.log(5)], [math.log(3), 0.0, math.log(4)]]
ROWS = [[1 / 8, 2 / 8, 5 / 8], [3 / 8, 1 / 8, 4 / 8]]

# Functions of MATRIX: the function, the value, the upstream gradient, the gradient.
SUMS = {
    "sum": (lambda torch, x: x.sum(), 9.5, 2.0, [[2, 2, 2], [2, 2, 2]]),
    "sum-of-rows": (lambda torch, x: x.sum(1), [7, 2.5], [1.0, 2.0], [[1, 1, 1], [2, 2, 2]]),
    "sum-of-columns": (lambda torch, x: x.sum(dim=0), [4, 1, 4.5], [1.0, 2.0, 3.0], [[1, 2, 3], [1, 2, 3]]),
    "sum-keeping-the-dimension": (
        lambda torch, x: x.sum(-1, keepdim=True),
        [[7], [2.5]],
        [[1.0], [2.0]],
        [[1, 1, 1], [2, 2, 2]],
    ),
    "sum-over-both-dimensions": (lambda torch, x: x.sum((0, 1)), 9.5, 3.0, [[3, 3, 3], [3, 3, 3]]),
    "mean": (lambda torch, x: x.mean(), 9.5 / 6, 6.0, [[1, 1, 1], [1, 1, 1]]),
    "mean-of-rows": (lambda torch, x: x.mean(1), [7 / 3, 2.5 / 3], [3.0, 6.0], [[1, 1, 1], [2, 2, 2]]),
    "mean-keeping-the-dimension": (
        lambda torch, x: x.mean(0, keepdim=True),
        [[2, 0.5, 2.25]],
        [[2.0, 4.0, 6.0]],
        [[1, 2, 3], [1, 2, 3]],
    ),
    "nansum": (lambda torch, x: torch.nansum(x), 9.5, 2.0, [[2, 2, 2], [2, 2, 2]]),
    "cumsum": (
        lambda torch, x: x.cumsum(1),
        [[1, 3, 7], [3, 2, 2.5]],
        [[1.0, 10.0, 100.0], [1.0, 2.0, 3.0]],
        [[111, 110, 100], [6, 5, 3]],
    ),
    "cumsum-of-columns": (
        lambda torch, x: torch.cumsum(x, 0),
        [[1, 2, 4], [4, 1, 4.5]],
        [[1.0, 2.0, 3.0], [10.0, 20.0, 30.0]],
        [[11, 22, 33], [10, 20, 30]],
    ),
    "trace": (lambda torch, x: torch.trace(x), 0.0, 2.0, [[2, 0, 0], [0, 2, 0]]),
    "diff": (
        lambda torch, x: torch.diff(x),
        [[1, 2], [-4, 1.5]],
        [[1.0, 10.0], [2.0, 20.0]],
        [[-1, -9, 10], [-2, -18, 20]],
    ),
    "trapezoid": (lambda torch, x: torch.trapezoid(x), [4.5, 0.75], [2.0, 4.0], [[1, 2, 1], [2, 4, 2]]),
}
PRODUCTS = {
    "prod": (lambda torch, x: x.prod(), -12.0, 1.0, [[-12, -6, -3], [-4, 12, -24]]),
    "prod-of-rows": (lambda torch, x: x.prod(1), [8, -1.5], [1.0, 2.0], [[8, 4, 2], [-1, 3, -6]]),
    "cumprod": (
        lambda torch, x: torch.cumprod(x, 1),
        [[1, 2, 8], [3, -3, -1.5]],
        [[1.0, 1.0, 1.0], [1.0, 2.0, 4.0]],
        [[1 + 2 + 8, 1 + 4, 2], [1 - 2 - 2, 6 + 6, -12]],
    ),
}

# Deviations of the vector [1, 2, 6], whose mean is 3 and whose squared deviations 4, 1, 9 sum to 14.
DEVIATIONS = {
    "var": (lambda torch, x: x.var(), 7.0, [-2, -1, 3]),
    "var-without-correction": (lambda torch, x: x.var(correction=0), 14 / 3, [-4 / 3, -2 / 3, 6 / 3]),
    "var-unbiased-false": (lambda torch, x: torch.var(x, unbiased=False), 14 / 3, [-4 / 3, -2 / 3, 6 / 3]),
    "std": (lambda torch, x: x.std(), math.sqrt(7), [d / (2 * math.sqrt(7)) for d in (-2, -1, 3)]),
    "std-without-correction": (
        lambda torch, x: x.std(correction=0),
        math.sqrt(14 / 3),
        [d / (3 * math.sqrt(14 / 3)) for d in (-2, -1, 3)],
    ),
    "var-mean": (lambda torch, x: sum(torch.var_mean(x)), 10.0, [-2 + 1 / 3, -1 + 1 / 3, 3 + 1 / 3]),
    "std-mean": (
        lambda torch, x: sum(torch.std_mean(x)),
        math.sqrt(7) + 3,
        [d / (2 * math.sqrt(7)) + 1 / 3 for d in (-2, -1, 3)],
    ),
    "cov": (lambda torch, x: torch.cov(x), 7.0, [-2, -1, 3]),
}

# Norms of the vector [3, -4].
NORMS = {
    "norm": (lambda torch, x: x.norm(), 5.0, [0.6, -0.8]),
    "norm-of-order-1": (lambda torch, x: x.norm(1), 7.0, [1, -1]),
    "vector-norm": (lambda torch, x: torch.linalg.vector_norm(x), 5.0, [0.6, -0.8]),
    "3-norm": (
        lambda torch, x: torch.linalg.vector_norm(x, 3),
        91 ** (1 / 3),
        [9 / 91 ** (2 / 3), -16 / 91 ** (2 / 3)],
    ),
    "inf-norm": (lambda torch, x: torch.linalg.vector_norm(x, math.inf), 4.0, [0, -1]),
    "linalg-norm": (lambda torch, x: torch.linalg.norm(x), 5.0, [0.6, -0.8]),
    "frobenius-norm": (lambda torch, x: torch.linalg.matrix_norm(x.reshape(1, 2)), 5.0, [0.6, -0.8]),
    "dist": (lambda torch, x: torch.dist(x, torch.tensor([0.0, 0.0])), 5.0, [0.6, -0.8]),
    "cdist": (lambda torch, x: torch.cdist(x.reshape(1, 2), torch.zeros(1, 2)).sum(), 5.0, [0.6, -0.8]),
    "squared-by-hand": (lambda torch, x: (x * x).sum().sqrt(), 5.0, [0.6, -0.8]),
}

# Functions of the vector [4, 1, 8, 2, 6], and their gradients.
CHOICES = {
    "max": (lambda torch, x: x.max(), 8.0, [0, 0, 1, 0, 0]),
    "min": (lambda torch, x: x.min(), 1.0, [0, 1, 0, 0, 0]),
    "amax": (lambda torch, x: x.amax(), 8.0, [0, 0, 1, 0, 0]),
    "amin": (lambda torch, x: x.amin(), 1.0, [0, 1, 0, 0, 0]),
    "median": (lambda torch, x: x.median(), 4.0, [1, 0, 0, 0, 0]),
    "nanmedian": (lambda torch, x: x.nanmedian(), 4.0, [1, 0, 0, 0, 0]),
    "quantile": (lambda torch, x: torch.quantile(x, 0.625), 5.0, [0.5, 0, 0, 0, 0.5]),
    "quantile-lower": (lambda torch, x: torch.quantile(x, 0.625, interpolation="lower"), 4.0, [1, 0, 0, 0, 0]),
    "kthvalue": (lambda torch, x: x.kthvalue(2)[0], 2.0, [0, 0, 0, 1, 0]),
    "cummax": (lambda torch, x: x.cummax(0)[0].sum(), 4.0 + 4 + 8 + 8 + 8, [2, 0, 3, 0, 0]),
    "cummin": (lambda torch, x: x.cummin(0)[0].sum(), 4.0 + 1 + 1 + 1 + 1, [1, 4, 0, 0, 0]),
}


def observe_reduction(torch, observe, function, points, value, upstream, gradient):
    x = torch.tensor(points, requires_grad=True)
    y = function(torch, x)
    observe("the value", y, documented=value)
    y.backward(torch.tensor(upstream))
    observe("the gradient", x.grad, documented=gradient)


@scenario("DRV-07", cases=SUMS, needs=["BWD-06"])
def a_sum_or_mean(torch, observe, case):
    function, value, upstream, gradient = case
    observe_reduction(torch, observe, function, MATRIX, value, upstream, gradient)


@scenario("DRV-08", cases=PRODUCTS, needs=["BWD-06"])
def a_product(torch, observe, case):
    function, value, upstream, gradient = case
    observe_reduction(torch, observe, function, MATRIX, value, upstream, gradient)


@scenario("DRV-09", cases=DEVIATIONS, needs=["BWD-06"])
def a_variance_or_deviation(torch, observe, case):
    function, value, gradient = case
    observe_reduction(torch, observe, function, [1.0, 2.0, 6.0], value, 1.0, gradient)


@scenario("DRV-09/of-rows", needs=["DRV-09/var"])
def the_variance_of_each_row(torch, observe):
    x = torch.tensor([[1.0, 2.0, 6.0], [0.0, 2.0, 4.0]], requires_grad=True)
    y = x.var(dim=1, keepdim=True)
    observe("the value", y, documented=[[7], [4]])
    y.backward(torch.tensor([[1.0], [10.0]]))
    observe("the gradient", x.grad, documented=[[-2, -1, 3], [-20, 0, 20]])


@scenario("DRV-10", cases=NORMS, needs=["BWD-06"])
def a_norm(torch, observe, case):
    function, value, gradient = case
    observe_reduction(torch, observe, function, [3.0, -4.0], value, 1.0, gradient)


@scenario("DRV-10/of-rows", needs=["DRV-10/vector-norm"])
def the_norm_of_each_row(torch, observe):
    x = torch.tensor([[3.0, -4.0], [5.0, 12.0]], requires_grad=True)
    y = torch.linalg.vector_norm(x, dim=1)
    observe("the value", y, documented=[5, 13])
    y.backward(torch.tensor([1.0, 13.0]))
    observe("the gradient", x.grad, documented=[[0.6, -0.8], [5, 12]])


@scenario("DRV-10/normalize", needs=["DRV-10/vector-norm"])
def a_normalized_vector_has_no_gradient_along_itself(torch, observe):
    x = torch.tensor([3.0, 4.0], requires_grad=True)
    y = torch.nn.functional.normalize(x, dim=0)
    observe("the value", y, documented=[0.6, 0.8])
    y.backward(torch.tensor([25.0, 0.0]))
    # (upstream - (upstream . y) y) / norm
    observe("the gradient", x.grad, documented=[(25 - 15 * 0.6) / 5, (0 - 15 * 0.8) / 5])


@scenario("DRV-11", needs=["BWD-06"])
def logsumexp_gives_softmax(torch, observe):
    x = torch.tensor(LOGARITHMS, requires_grad=True)
    y = torch.logsumexp(x, 1)
    observe("the value", y, documented=[math.log(8), math.log(8)])
    y.backward(torch.tensor([8.0, 16.0]))
    observe("the gradient", x.grad, documented=[[1, 2, 5], [6, 2, 8]])


@scenario("DRV-11/over-two-dimensions", needs=["DRV-11"])
def logsumexp_over_two_dimensions(torch, observe):
    x = torch.tensor(LOGARITHMS, requires_grad=True)
    y = torch.logsumexp(x, (0, 1), keepdim=True)
    observe("the value", y, documented=[[math.log(16)]])
    y.backward(torch.tensor([[16.0]]))
    observe("the gradient", x.grad, documented=[[1, 2, 5], [3, 1, 4]])


@scenario("DRV-11/logcumsumexp", needs=["DRV-11"])
def logcumsumexp_is_the_logarithm_of_a_cumulative_sum(torch, observe):
    x = torch.tensor(LOGARITHMS[0], requires_grad=True)
    y = torch.logcumsumexp(x, 0)
    observe("the value", y, documented=[0, math.log(3), math.log(8)])
    y.backward(torch.tensor([1.0, 3.0, 8.0]))
    observe("the gradient", x.grad, documented=[1 + 1 + 1, 2 + 2, 5], terms=4)


@scenario("DRV-11/softmax", needs=["BWD-06"])
def softmax_centres_its_upstream_gradient(torch, observe):
    x = torch.tensor(LOGARITHMS, requires_grad=True)
    y = torch.softmax(x, dim=1)
    observe("the value", y, documented=ROWS)
    y.backward(torch.tensor([[8.0, 0.0, 0.0], [0.0, 16.0, 0.0]]))
    gradient = [[1 / 8 * 7, 2 / 8 * -1, 5 / 8 * -1], [3 / 8 * -2, 1 / 8 * 14, 4 / 8 * -2]]
    observe("the gradient", x.grad, documented=gradient)


@scenario("DRV-11/softmax-of-columns", needs=["DRV-11/softmax"])
def softmax_along_the_first_dimension(torch, observe):
    x = torch.tensor(LOGARITHMS, requires_grad=True)
    y = x.softmax(0)
    observe("the value", y, documented=[[1 / 4, 2 / 3, 5 / 9], [3 / 4, 1 / 3, 4 / 9]])
    y.backward(torch.tensor([[16.0, 9.0, 81.0], [0.0, 0.0, 0.0]]))
    observe("the gradient", x.grad, documented=[[3, 2, 20], [-3, -2, -20]])


@scenario("DRV-11/softmin", needs=["DRV-11/softmax"])
def softmin_is_softmax_of_the_negative(torch, observe):
    x = torch.tensor([-p for p in LOGARITHMS[0]], requires_grad=True)
    y = torch.nn.functional.softmin(x, dim=0)
    observe("the value", y, documented=ROWS[0])
    y.backward(torch.tensor([8.0, 0.0, 0.0]))
    observe("the gradient", x.grad, documented=[-7 / 8, 2 / 8, 5 / 8])


@scenario("DRV-11/log-softmax", needs=["BWD-06"])
def log_softmax_subtracts_softmax_times_the_sum_of_its_upstream_gradient(torch, observe):
    x = torch.tensor(LOGARITHMS, requires_grad=True)
    y = torch.log_softmax(x, dim=1)
    observe("the value", y, documented=[[math.log(p) for p in row] for row in ROWS])
    y.backward(torch.tensor([[8.0, 0.0, 0.0], [0.0, 0.0, 16.0]]))
    observe("the gradient", x.grad, documented=[[7, -2, -5], [-6, -2, 8]])


@scenario("DRV-12", cases=CHOICES, needs=["BWD-06"])
def a_choice_among_elements(torch, observe, case):
    function, value, gradient = case
    observe_reduction(torch, observe, function, [4.0, 1.0, 8.0, 2.0, 6.0], value, 1.0, gradient)


@scenario("DRV-12/renorm", needs=["DRV-10/vector-norm"])
def renorm_scales_down_the_rows_above_its_bound(torch, observe):
    x = torch.tensor([[0.0, 0.5], [3.0, 4.0]], requires_grad=True)
    y = torch.renorm(x, 2, 0, 1.0)
    observe("the row below the bound", y[0], documented=[0, 0.5])
    y[0].backward(torch.tensor([2.0, 3.0]))
    observe("its gradient", x.grad, documented=[[2, 3], [0, 0]])
