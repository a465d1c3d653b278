"""First derivatives of losses, at generic points, against their documented formulas."""

import math

from conformance.scenario import scenario

# Losses of the inputs [1, 2, 4] against the targets [0.5, 4, 4.25], whose differences are 0.5, -2, -0.25: the loss,
# the terms of its sum, and the derivative of each term.
REGRESSION = {
    "mse-loss": (lambda F, x, t, r: F.mse_loss(x, t, reduction=r), [0.25, 4, 0.0625], [1, -4, -0.5]),
    "l1-loss": (lambda F, x, t, r: F.l1_loss(x, t, reduction=r), [0.5, 2, 0.25], [1, -1, -1]),
    "smooth-l1-loss": (
        lambda F, x, t, r: F.smooth_l1_loss(x, t, reduction=r),
        [0.125, 1.5, 0.03125],
        [0.5, -1, -0.25],
    ),
    "smooth-l1-loss-of-beta-half": (
        lambda F, x, t, r: F.smooth_l1_loss(x, t, reduction=r, beta=0.5),
        [0.25, 1.75, 0.0625],
        [1, -1, -0.5],
    ),
    "huber-loss": (
        lambda F, x, t, r: F.huber_loss(x, t, reduction=r, delta=0.5),
        [0.125, 0.875, 0.03125],
        [0.5, -0.5, -0.25],
    ),
    "poisson-nll-loss": (
        lambda F, x, t, r: F.poisson_nll_loss(x, t, reduction=r),
        [math.exp(1) - 0.5, math.exp(2) - 8, math.exp(4) - 17],
        [math.exp(1) - 0.5, math.exp(2) - 4, math.exp(4) - 4.25],
    ),
    "gaussian-nll-loss": (
        lambda F, x, t, r: F.gaussian_nll_loss(x, t, 0.0 * x.detach() + 0.5, reduction=r),
        [(math.log(0.5) + d * d / 0.5) / 2 for d in (0.5, -2, -0.25)],
        [1, -4, -0.5],
    ),
}
REDUCED = {
    f"{name}/{reduction}": (loss, terms, derivatives, reduction, divisor)
    for name, (loss, terms, derivatives) in REGRESSION.items()
    for reduction, divisor in (("mean", 3), ("sum", 1))
}
UNREDUCED = {name: REGRESSION[name] for name in ("mse-loss", "l1-loss", "smooth-l1-loss")}
# Losses of the scores [2, -1] with the signs [1, -1].
MARGINS = {
    "soft-margin-loss": (
        lambda F, x, y: F.soft_margin_loss(x, y, reduction="sum"),
        math.log1p(math.exp(-2)) + math.log1p(math.exp(-1)),
        [-1 / (1 + math.exp(2)), 1 / (1 + math.exp(1))],
    ),
    "hinge-embedding-loss": (lambda F, x, y: F.hinge_embedding_loss(x, y, reduction="sum"), 2.0 + 2.0, [1, -1]),
    "margin-ranking-loss": (
        lambda F, x, y: F.margin_ranking_loss(x, 0.0 * x.detach(), y, margin=2.0, reduction="sum"),
        0.0 + 1.0,
        [-1, 1],
    ),
}


@scenario("DRV-19", cases=REDUCED, needs=["BWD-01"])
def a_regression_loss(torch, observe, case):
    loss, terms, derivatives, reduction, divisor = case
    x = torch.tensor([1.0, 2.0, 4.0], requires_grad=True)
    y = loss(torch.nn.functional, x, torch.tensor([0.5, 4.0, 4.25]), reduction)
    observe("the loss", y, documented=sum(terms) / divisor, terms=8)
    y.backward()
    observe("the gradient", x.grad, documented=[d / divisor for d in derivatives])


@scenario("DRV-19/without-reduction", cases=UNREDUCED, needs=["BWD-06"])
def a_loss_without_a_reduction_has_the_shape_of_its_input(torch, observe, case):
    loss, terms, derivatives = case
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = loss(torch.nn.functional, x, torch.tensor([0.5, 4.0]), "none")
    observe("the losses", y, documented=terms[:2])
    y.backward(torch.tensor([10.0, 100.0]))
    observe("the gradient", x.grad, documented=[10 * derivatives[0], 100 * derivatives[1]])


@scenario("DRV-19/the-target", needs=["DRV-19/mse-loss/sum"])
def the_target_of_a_loss_may_require_grad_too(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    target = torch.tensor([0.5, 4.0], requires_grad=True)
    torch.nn.functional.mse_loss(x, target, reduction="sum").backward()
    observe("the gradient of the input", x.grad, documented=[1, -4])
    observe("the gradient of the target", target.grad, documented=[-1, 4])


@scenario("DRV-19/margins", cases=MARGINS, needs=["BWD-01"])
def a_loss_of_scores_with_signs(torch, observe, case):
    loss, value, gradient = case
    x = torch.tensor([2.0, -1.0], requires_grad=True)
    y = loss(torch.nn.functional, x, torch.tensor([1.0, -1.0]))
    observe("the loss", y, documented=value)
    y.backward()
    observe("the gradient", x.grad, documented=gradient)


@scenario("DRV-19/kl-div", needs=["BWD-01"])
def the_kullback_leibler_divergence_of_log_probabilities(torch, observe):
    x = torch.tensor([math.log(0.5), math.log(0.25)], requires_grad=True)
    y = torch.nn.functional.kl_div(x, torch.tensor([0.25, 0.75]), reduction="sum")
    observe("the divergence", y, documented=0.25 * math.log(0.5) + 0.75 * math.log(3))
    y.backward()
    observe("the gradient", x.grad, documented=[-0.25, -0.75])


@scenario("DRV-19/cosine-embedding-loss", dtypes=["float32"], needs=["BWD-01"])
def the_cosine_embedding_loss_of_a_pair_that_belongs_together(torch, observe):
    # In float32 alone: PyTorch adds 1e-12 to the squared norms, which its documentation does not speak of.
    a = torch.tensor([[3.0, 4.0]], requires_grad=True)
    b = torch.tensor([[4.0, 3.0]])
    y = torch.nn.functional.cosine_embedding_loss(a, b, torch.tensor([1.0]))
    observe("the loss", y, documented=1 - 24 / 25)
    y.backward()
    # - (b/|b| - cos a/|a|) / |a|
    observe("the gradient", a.grad, documented=[[-(0.8 - 0.96 * 0.6) / 5, -(0.6 - 0.96 * 0.8) / 5]])


@scenario("DRV-19/triplet-margin-loss", needs=["BWD-01"])
def the_triplet_margin_loss_pulls_and_pushes(torch, observe):
    anchor = torch.tensor([[0.0, 0.0]], requires_grad=True)
    positive = torch.tensor([[3.0, 4.0]], requires_grad=True)
    negative = torch.tensor([[0.0, 5.5]], requires_grad=True)
    y = torch.nn.functional.triplet_margin_loss(anchor, positive, negative, margin=1.0, eps=0.0)
    observe("the loss", y, documented=0.5)
    y.backward()
    observe("the gradient of the anchor", anchor.grad, documented=[[-0.6, -0.8 + 1]])
    observe("the gradient of the positive", positive.grad, documented=[[0.6, 0.8]])
    observe("the gradient of the negative", negative.grad, documented=[[0, -1]])


@scenario("DRV-19/multi-margin-loss", needs=["BWD-01"])
def the_multi_margin_loss_counts_the_classes_within_its_margin(torch, observe):
    x = torch.tensor([[1.0, 1.5, -2.0]], requires_grad=True)
    y = torch.nn.functional.multi_margin_loss(x, torch.tensor([0]))
    observe("the loss", y, documented=0.5)
    y.backward()
    observe("the gradient", x.grad, documented=[[-1 / 3, 1 / 3, 0]])


@scenario("DRV-19/a-reduction-that-is-none-of-them")
def an_unknown_reduction_is_refused(torch, observe):
    with observe.raises("a reduction by 'median'", ValueError, saying="median"):
        torch.nn.functional.mse_loss(torch.ones(2), torch.ones(2), reduction="median")
