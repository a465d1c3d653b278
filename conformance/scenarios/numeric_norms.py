"""Norms, distances and standard deviations where their gradient is a quotient of zeros."""

import math

from conformance.scenario import scenario

# Norms that are convex and 0 at the origin: their subgradient of minimum norm there is 0.
NORMS_AT_ZERO = {
    "norm": lambda torch, x: x.norm(),
    "vector-norm": lambda torch, x: torch.linalg.vector_norm(x),
    "frobenius-norm": lambda torch, x: torch.linalg.matrix_norm(x.reshape(1, 2)),
    "1-norm": lambda torch, x: torch.linalg.vector_norm(x, 1),
    "3-norm": lambda torch, x: torch.linalg.vector_norm(x, 3),
    "inf-norm": lambda torch, x: torch.linalg.vector_norm(x, math.inf),
    "distance-to-itself": lambda torch, x: torch.dist(x, x.detach()),
}
DEVIATIONS = {
    "std": lambda torch, x: x.std(),
    "var": lambda torch, x: x.var(),
    "std-without-correction": lambda torch, x: x.std(correction=0),
}
ONE_ELEMENT = {
    "std": lambda torch, x: torch.std(x),
    "var": lambda torch, x: torch.var(x),
}


@scenario("NUM-06", needs=["BWD-01"])
def the_2_norm_of_the_zero_vector_has_gradient_zero(torch, observe):
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    y = x.norm()
    observe("the norm", y, documented=0.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0, 0])


@scenario("NUM-06/of", cases=NORMS_AT_ZERO, needs=["BWD-01"])
def a_norm_at_the_origin_has_gradient_zero(torch, observe, case):
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    case(torch, x).backward()
    observe("the gradient", x.grad, documented=[0, 0])


@scenario("NUM-06/one-row-of-zeros", needs=["NUM-06"])
def only_the_row_of_zeros_has_gradient_zero(torch, observe):
    x = torch.tensor([[0.0, 0.0], [3.0, 4.0]], requires_grad=True)
    y = torch.linalg.vector_norm(x, dim=1)
    observe("the norms", y, documented=[0, 5])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[0, 0], [0.6, 0.8]])


@scenario("NUM-06/normalize", needs=["NUM-06"])
def normalize_of_the_zero_vector_divides_by_its_epsilon(torch, observe):
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    y = torch.nn.functional.normalize(x, dim=0, eps=0.125)
    observe("the result", y, documented=[0, 0])
    y.backward(torch.tensor([1.0, 2.0]))
    observe("the gradient", x.grad, documented=[8, 16])


@scenario("NUM-07", needs=["BWD-01"])
def the_1_norm_uses_the_sign_and_zero_at_zero(torch, observe):
    x = torch.tensor([0.0, -3.0, 2.0], requires_grad=True)
    y = torch.linalg.vector_norm(x, 1)
    observe("the norm", y, documented=5.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0, -1, 1])


@scenario("NUM-08", needs=["BWD-01"])
def the_inf_norm_splits_evenly_among_the_largest_magnitudes(torch, observe):
    x = torch.tensor([2.0, -2.0, 1.0], requires_grad=True)
    y = torch.linalg.vector_norm(x, math.inf)
    observe("the norm", y, documented=2.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0.5, -0.5, 0])


@scenario("NUM-08/minus-inf", needs=["NUM-08"])
def the_minus_inf_norm_splits_evenly_among_the_smallest_magnitudes(torch, observe):
    x = torch.tensor([1.0, -1.0, 2.0], requires_grad=True)
    y = torch.linalg.vector_norm(x, -math.inf)
    observe("the norm", y, documented=1.0)
    y.backward()
    observe("the gradient", x.grad)


@scenario("NUM-34", cases=DEVIATIONS, needs=["BWD-01"])
def the_deviation_of_a_constant_vector_has_gradient_zero(torch, observe, case):
    x = torch.tensor([2.0, 2.0, 2.0], requires_grad=True)
    y = case(torch, x)
    observe("the deviation", y, documented=0.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0, 0, 0])


@scenario("NUM-35", cases=ONE_ELEMENT, needs=["BWD-01"])
def the_deviation_of_one_element_is_nan(torch, observe, case):
    x = torch.tensor([2.0], requires_grad=True)
    with observe.warns("what is warned of", saying="degrees of freedom"):
        y = case(torch, x)
    observe("the deviation", y, documented=math.nan)
    y.backward()
    observe("the gradient", x.grad, documented=[math.nan])


@scenario("NUM-42", needs=["BWD-01"])
def cdist_of_equal_points_has_gradient_zero(torch, observe):
    x = torch.tensor([[1.0, 2.0], [4.0, 6.0]], requires_grad=True)
    y = torch.cdist(x, torch.tensor([[1.0, 2.0]]))
    observe("the distances", y, documented=[[0], [5]])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[0, 0], [0.6, 0.8]])


@scenario("NUM-42/pdist", needs=["NUM-42"])
def pdist_of_equal_points_has_gradient_zero(torch, observe):
    x = torch.tensor([[1.0, 2.0], [1.0, 2.0], [4.0, 6.0]], requires_grad=True)
    y = torch.pdist(x)
    observe("the distances", y, documented=[0, 5, 5])
    y.backward(torch.tensor([1.0, 1.0, 0.0]))
    observe("the gradient", x.grad, documented=[[-0.6, -0.8], [0, 0], [0.6, 0.8]])


@scenario("NUM-42/pairwise-distance", needs=["NUM-06"])
def pairwise_distance_adds_its_epsilon_and_is_never_zero(torch, observe):
    x = torch.tensor([[1.0, 2.0]], requires_grad=True)
    y = torch.nn.functional.pairwise_distance(x, torch.tensor([[1.0, 2.0]]), eps=0.5)
    observe("the distance of equal points", y, documented=[math.sqrt(0.5)])
    y.sum().backward()
    observe("the gradient", x.grad, documented=[[math.sqrt(0.5), math.sqrt(0.5)]])


@scenario("NUM-42/cosine-similarity", needs=["NUM-06"])
def cosine_similarity_with_the_zero_vector_divides_by_its_epsilon(torch, observe):
    x = torch.tensor([0.0, 0.0], requires_grad=True)
    y = torch.nn.functional.cosine_similarity(x, torch.tensor([3.0, 4.0]), dim=0, eps=0.125)
    observe("the similarity", y, documented=0.0)
    y.backward()
    observe("the gradient", x.grad, documented=[0.6 * 8, 0.8 * 8])


@scenario("NUM-42/cosine-similarity-of-a-short-vector", needs=["NUM-42/cosine-similarity"])
def the_gradient_of_cosine_similarity_passes_the_norm_that_its_epsilon_replaces(torch, observe):
    x = torch.tensor([0.0625, 0.0], requires_grad=True)
    y = torch.nn.functional.cosine_similarity(x, torch.tensor([3.0, 4.0]), dim=0, eps=0.125)
    observe("the similarity", y, documented=0.3)
    y.backward()
    observe("the gradient", x.grad)
