"""Loss modules, under every reduction, by their documented formulas."""

import math

from conformance.scenario import scenario

log = math.log


def softplus(x):
    return math.log1p(math.exp(x))


#: How to make the module for a reduction; its arguments; the loss of each element or example.
LOSSES = {
    "L1Loss": (lambda nn, r: nn.L1Loss(reduction=r), ([1.0, -2.0, 4.0], [0.5, 2.0, 4.0]), [0.5, 4.0, 0.0]),
    "MSELoss": (lambda nn, r: nn.MSELoss(reduction=r), ([1.0, -2.0, 4.0], [0.5, 2.0, 4.0]), [0.25, 16.0, 0.0]),
    "SmoothL1Loss": (
        lambda nn, r: nn.SmoothL1Loss(reduction=r),
        ([1.0, -2.0, 4.0], [0.5, 2.0, 4.0]),
        [0.125, 3.5, 0.0],
    ),
    "SmoothL1Loss-beta": (
        lambda nn, r: nn.SmoothL1Loss(reduction=r, beta=2.0),
        ([1.0, -2.0, 4.0], [0.5, 2.0, 4.0]),
        [0.0625, 3.0, 0.0],
    ),
    "HuberLoss-delta": (
        lambda nn, r: nn.HuberLoss(reduction=r, delta=2.0),
        ([1.0, -2.0, 4.0], [0.5, 2.0, 4.0]),
        [0.125, 6.0, 0.0],
    ),
    "BCELoss": (
        lambda nn, r: nn.BCELoss(reduction=r),
        ([0.25, 0.5, 0.75], [0.0, 1.0, 0.5]),
        [-log(0.75), -log(0.5), -log(0.75) / 2 - log(0.25) / 2],
    ),
    "BCEWithLogitsLoss": (
        lambda nn, r: nn.BCEWithLogitsLoss(reduction=r),
        ([0.0, log(3.0), -2.0], [1.0, 0.0, 0.5]),
        [log(2.0), log(4.0), softplus(-2.0) + 1.0],
    ),
    "NLLLoss": (
        lambda nn, r: nn.NLLLoss(reduction=r),
        ([[-1.0, -2.0], [-3.0, -4.0], [-5.0, -6.0]], [0, 1, 1]),
        [1.0, 4.0, 6.0],
    ),
    "CrossEntropyLoss": (
        lambda nn, r: nn.CrossEntropyLoss(reduction=r),
        ([[0.0, log(3.0)], [log(4.0), 0.0]], [0, 0]),
        [log(4.0), log(1.25)],
    ),
    "PoissonNLLLoss": (
        lambda nn, r: nn.PoissonNLLLoss(reduction=r),
        ([0.0, 1.0, -1.0], [2.0, 3.0, 0.0]),
        [1.0, math.e - 3.0, 1 / math.e],
    ),
    "PoissonNLLLoss-rate": (
        lambda nn, r: nn.PoissonNLLLoss(log_input=False, eps=0.0, reduction=r),
        ([1.0, 2.0, 4.0], [2.0, 3.0, 0.5]),
        [1.0, 2 - 3 * log(2.0), 4 - 0.5 * log(4.0)],
    ),
    "PoissonNLLLoss-full": (
        lambda nn, r: nn.PoissonNLLLoss(full=True, reduction=r),
        ([0.0, 0.0], [1.0, 4.0]),
        [1.0, 1.0 + 4 * log(4.0) - 4 + log(2 * math.pi * 4.0) / 2],
    ),
    "GaussianNLLLoss": (
        lambda nn, r: nn.GaussianNLLLoss(reduction=r),
        ([1.0, 2.0], [3.0, 2.5], [4.0, 0.25]),
        [(log(4.0) + 1) / 2, (log(0.25) + 1) / 2],
    ),
    "SoftMarginLoss": (
        lambda nn, r: nn.SoftMarginLoss(reduction=r),
        ([0.5, -1.0, 2.0], [1.0, 1.0, -1.0]),
        [softplus(-0.5), softplus(1.0), softplus(2.0)],
    ),
    "HingeEmbeddingLoss": (
        lambda nn, r: nn.HingeEmbeddingLoss(reduction=r),
        ([0.5, 0.25, 3.0], [1.0, -1.0, -1.0]),
        [0.5, 0.75, 0.0],
    ),
    "MarginRankingLoss": (
        lambda nn, r: nn.MarginRankingLoss(margin=0.5, reduction=r),
        ([1.0, 2.0, 0.0], [2.0, 1.0, 4.0], [1.0, 1.0, -1.0]),
        [1.5, 0.0, 0.0],
    ),
    "CosineEmbeddingLoss": (
        lambda nn, r: nn.CosineEmbeddingLoss(margin=0.5, reduction=r),
        ([[3.0, 4.0], [3.0, 4.0], [1.0, 0.0]], [[4.0, 3.0], [4.0, 3.0], [0.0, 1.0]], [1.0, -1.0, -1.0]),
        [1 - 24 / (25 + 1e-12), 24 / (25 + 1e-12) - 0.5, 0.0],
    ),
    "MultiMarginLoss": (
        lambda nn, r: nn.MultiMarginLoss(reduction=r),
        ([[0.5, 0.25, 1.0], [2.0, 0.0, 0.5]], [2, 0]),
        [(0.5 + 0.25) / 3, 0.0],
    ),
    "MultiMarginLoss-squared": (
        lambda nn, r: nn.MultiMarginLoss(p=2, margin=2.0, reduction=r),
        ([[0.5, 0.25, 1.0], [2.0, 0.0, 0.5]], [2, 0]),
        [(2.25 + 1.5625) / 3, 0.25 / 3],
    ),
    "MultiLabelMarginLoss": (
        lambda nn, r: nn.MultiLabelMarginLoss(reduction=r),
        ([[0.5, 0.25, 1.0, 0.75]], [[3, 0, -1, 1]]),
        [(1 - (0.75 - 0.25) + 1 - (0.75 - 1.0) + 1 - (0.5 - 0.25) + 1 - (0.5 - 1.0)) / 4],
    ),
    "MultiLabelSoftMarginLoss": (
        lambda nn, r: nn.MultiLabelSoftMarginLoss(reduction=r),
        ([[0.5, -1.0], [0.0, 2.0]], [[1.0, 0.0], [1.0, 1.0]]),
        [(softplus(-0.5) + softplus(-1.0)) / 2, (softplus(0.0) + softplus(-2.0)) / 2],
    ),
    "TripletMarginLoss": (
        lambda nn, r: nn.TripletMarginLoss(eps=0.0, reduction=r),
        ([[0.0, 0.0], [0.0, 0.0]], [[3.0, 4.0], [0.0, 1.0]], [[0.0, 2.0], [6.0, 8.0]]),
        [4.0, 0.0],
    ),
    "TripletMarginLoss-swap": (
        lambda nn, r: nn.TripletMarginLoss(eps=0.0, swap=True, p=1.0, reduction=r),
        ([[0.0, 0.0]], [[3.0, 4.0]], [[4.0, 5.0]]),
        [6.0],
    ),
}


@scenario("NNL-01", cases=LOSSES)
def a_loss_is_its_documented_formula(torch, observe, loss):
    make, arguments, each = loss
    tensors = [torch.tensor(argument) for argument in arguments]
    reduced = {"none": each, "sum": sum(each), "mean": sum(each) / len(each)}
    for reduction, documented in reduced.items():
        value = make(torch.nn, reduction)(*tensors)
        observe(f"the loss with reduction={reduction!r}", value, documented=documented, terms=12, scale=1.0)


@scenario("NNL-02", cases=LOSSES, needs=["NNL-01/MSELoss"])
def a_loss_is_a_mean_unless_told_otherwise(torch, observe, loss):
    make, arguments, _ = loss
    tensors = [torch.tensor(argument) for argument in arguments]
    module = make(torch.nn, "mean")
    observe("its reduction", type(module)().reduction, documented="mean")
    observe("it has no parameters", len(list(module.parameters())), documented=0)
    observe("the loss has no dimension", list(module(*tensors).shape), documented=[])


@scenario("NNL-03", cases=LOSSES, needs=["NNL-01/MSELoss"])
def the_gradient_of_a_loss_under_every_reduction(torch, observe, loss):
    make, arguments, _ = loss
    for reduction in ("sum", "mean", "none"):
        first, *rest = (torch.tensor(argument) for argument in arguments)
        first.requires_grad_()
        make(torch.nn, reduction)(first, *rest).sum().backward()
        observe(f"the gradient of the sum of the loss with reduction={reduction!r}", first.grad, terms=12, scale=1.0)


@scenario("NNL-04")
def weights_of_elements_multiply_their_losses(torch, observe):
    probabilities, targets = torch.tensor([0.25, 0.5]), torch.tensor([0.0, 1.0])
    loss = torch.nn.BCELoss(weight=torch.tensor([2.0, 4.0]))(probabilities, targets)
    observe(
        "the mean of the weighted, over their number", loss, documented=(-2 * log(0.75) - 4 * log(0.5)) / 2, terms=8
    )
    loss = torch.nn.BCEWithLogitsLoss(weight=torch.tensor([2.0, 4.0]))(torch.tensor([0.0, 0.0]), targets)
    observe("of logits", loss, documented=6 * log(2.0) / 2, terms=8)


@scenario("NNL-04/positive")
def pos_weight_multiplies_the_positive_part(torch, observe):
    logits, targets = torch.tensor([[0.0, log(3.0)], [0.0, log(3.0)]]), torch.tensor([[1.0, 1.0], [0.0, 0.0]])
    loss = torch.nn.BCEWithLogitsLoss(pos_weight=torch.tensor([2.0, 4.0]), reduction="none")(logits, targets)
    documented = [[2 * log(2.0), 4 * log(4 / 3)], [log(2.0), log(4.0)]]
    observe("the losses", loss, documented=documented, terms=8)


@scenario("NNL-05")
def the_logarithms_of_bce_are_bounded(torch, observe):
    probabilities = torch.tensor([0.0, 1.0])
    loss = torch.nn.BCELoss(reduction="none")(probabilities, torch.tensor([1.0, 0.0]))
    observe("the losses of certain mistakes", loss, documented=[100.0, 100.0])


@scenario("NNL-05/bad-input", devices="cpu")
def bce_refuses_what_is_no_probability(torch, observe):
    with observe.raises("a probability of 1.5", RuntimeError, saying="between 0 and 1"):
        torch.nn.BCELoss()(torch.tensor([1.5]), torch.tensor([1.0]))


@scenario("NNL-05/logits")
def bce_of_large_logits_is_exact(torch, observe):
    logits = torch.tensor([1000.0, -1000.0, 1000.0, -1000.0], requires_grad=True)
    loss = torch.nn.BCEWithLogitsLoss(reduction="none")(logits, torch.tensor([1.0, 1.0, 0.0, 0.0]))
    observe("the losses", loss, documented=[0.0, 1000.0, 1000.0, 0.0])
    loss.sum().backward()
    observe("the gradient", logits.grad, documented=[0.0, -1.0, 1.0, 0.0])


@scenario("NNL-06")
def the_classes_of_cross_entropy_are_the_second_dimension(torch, observe):
    logits = torch.tensor([[[0.0, log(4.0)], [log(3.0), 0.0]]])  # one example, two classes, two places
    loss = torch.nn.CrossEntropyLoss(reduction="none")(logits, torch.tensor([[0, 0]]))
    observe("the losses", loss, documented=[[log(4.0), log(1.25)]], terms=8)
    single = torch.nn.CrossEntropyLoss()(torch.tensor([0.0, log(3.0)]), torch.tensor(0))
    observe("of one example without a batch", single, documented=log(4.0), terms=8)


@scenario("NNL-06/bad-target", devices="cpu")
def a_class_that_there_is_not_is_refused(torch, observe):
    with observe.raises("class 2 of two", IndexError, saying=("target 2", "out of bounds")):
        torch.nn.CrossEntropyLoss()(torch.tensor([[0.0, 1.0]]), torch.tensor([2]))
    with observe.raises("a batch of two for one target", ValueError, saying="batch_size"):
        torch.nn.CrossEntropyLoss()(torch.tensor([[0.0, 1.0], [1.0, 0.0]]), torch.tensor([0]))


@scenario("NNL-06/all-ignored")
def the_mean_over_no_target_is_nan(torch, observe):
    logits, targets = torch.tensor([[0.0, 1.0]]), torch.tensor([-100])
    observe("the mean", torch.nn.CrossEntropyLoss()(logits, targets), documented=float("nan"))
    observe("the sum", torch.nn.CrossEntropyLoss(reduction="sum")(logits, targets), documented=0.0)


@scenario("NNL-06/weighted-reductions", needs=["NNL-06"])
def weights_act_under_every_reduction(torch, observe):
    logits, targets = torch.tensor([[0.0, log(3.0)], [log(3.0), 0.0]]), torch.tensor([0, 1])
    weight = torch.tensor([1.0, 3.0])
    for reduction, documented in (
        ("none", [log(4.0), 3 * log(4.0)]),
        ("sum", 4 * log(4.0)),
        ("mean", log(4.0)),
    ):
        loss = torch.nn.CrossEntropyLoss(weight=weight, reduction=reduction)(logits, targets)
        observe(f"the loss with reduction={reduction!r}", loss, documented=documented, terms=8)


@scenario("NNL-07")
def a_distance_of_ones_own_in_the_triplet_loss(torch, observe):
    def manhattan(x, y):
        return (x - y).abs().sum(dim=-1)

    loss = torch.nn.TripletMarginWithDistanceLoss(distance_function=manhattan, margin=2.0)
    anchor, positive, negative = (torch.tensor([row]) for row in ([0.0, 0.0], [3.0, 4.0], [1.0, 5.0]))
    observe("the loss: 7 - 6 + 2", loss(anchor, positive, negative), documented=3.0)


@scenario("NNL-08")
def ctc_sums_over_all_alignments(torch, observe):
    # two times, the blank and one label; both are as likely as not: a target of one label is met by a-, -a and aa
    log_probabilities = torch.tensor([[[0.5, 0.5]], [[0.5, 0.5]]]).log()
    loss = torch.nn.CTCLoss(reduction="none")(
        log_probabilities, torch.tensor([[1]]), torch.tensor([2]), torch.tensor([1])
    )
    observe("the loss: -log(3/4)", loss, documented=[-log(0.75)], terms=16)


@scenario("NNL-08/reductions", needs=["NNL-08"])
def the_mean_of_ctc_divides_by_target_lengths_first(torch, observe):
    log_probabilities = torch.full((3, 2, 2), 0.5).log()
    targets = torch.tensor([[1, 0], [1, 1]])
    lengths = (torch.tensor([3, 3]), torch.tensor([1, 2]))
    # one label: 6 of 8 (a contiguous run of it); two labels: only a-a
    first, second = -log(6 / 8), -log(1 / 8)
    total = torch.nn.CTCLoss(reduction="sum")(log_probabilities, targets, *lengths)
    observe("the sum", total, documented=first + second, terms=16)
    mean = torch.nn.CTCLoss(reduction="mean")(log_probabilities, targets, *lengths)
    observe("the mean", mean, documented=(first + second / 2) / 2, terms=16)


@scenario("NNL-08/impossible", needs=["NNL-08"])
def an_impossible_alignment_costs_infinity_or_nothing(torch, observe):
    log_probabilities = torch.full((2, 1, 2), 0.5).log()
    arguments = (log_probabilities, torch.tensor([[1, 1]]), torch.tensor([2]), torch.tensor([2]))
    observe("two equal labels in two times", torch.nn.CTCLoss(reduction="sum")(*arguments), documented=float("inf"))
    silent = torch.nn.CTCLoss(reduction="sum", zero_infinity=True)(*arguments)
    observe("with zero_infinity", silent, documented=0.0)


@scenario("NNL-09")
def size_average_and_reduce_are_deprecated(torch, observe):
    with observe.warns("size_average=False", UserWarning, saying="reduction"):
        loss = torch.nn.MSELoss(size_average=False)
    observe("the reduction that it means", loss.reduction, documented="sum")
    with observe.warns("reduce=False", UserWarning, saying="reduction"):
        loss = torch.nn.MSELoss(reduce=False)
    observe("the reduction of reduce=False", loss.reduction, documented="none")


@scenario("NNL-01/labels-of-SoftMarginLoss", needs=["NNL-01/SoftMarginLoss"])
def the_labels_of_soft_margin_loss_cannot_require_grad(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.tensor([1.0, -1.0], requires_grad=True)
    with observe.raises("the loss", RuntimeError, saying="target"):
        torch.nn.functional.soft_margin_loss(x, y)
