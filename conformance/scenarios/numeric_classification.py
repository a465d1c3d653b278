"""The gradients of classification losses in closed form: the probabilities minus the target."""

import math

from conformance.scenario import scenario

# Logits whose softmax is 1/8, 2/8, 5/8 and 3/6, 1/6, 2/6.
LOGITS = [[0.0, math.log(2), math.log(5)], [math.log(3), 0.0, math.log(2)]]
PROBABILITIES = [[1 / 8, 2 / 8, 5 / 8], [3 / 6, 1 / 6, 2 / 6]]
TARGET = [1, 0]

# How the losses of the two rows are put together, and what each row's gradient is multiplied by.
REDUCTIONS = {"mean": 1 / 2, "sum": 1}


def minus_target(scale=1):
    return [
        [scale * (p - (column == label)) for column, p in enumerate(row)]
        for row, label in zip(PROBABILITIES, TARGET, strict=True)
    ]


@scenario("NUM-52", needs=["BWD-01"])
def the_gradient_of_cross_entropy_is_softmax_minus_target(torch, observe):
    x = torch.tensor(LOGITS, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(x, torch.tensor(TARGET))
    observe("the loss", loss, documented=(math.log(4) + math.log(2)) / 2)
    loss.backward()
    observe("the gradient", x.grad, documented=minus_target(1 / 2))


@scenario("NUM-52/reduction", cases=["mean", "sum"], needs=["NUM-52"])
def the_reduction_scales_the_gradient_of_cross_entropy(torch, observe, case):
    x = torch.tensor(LOGITS, requires_grad=True)
    torch.nn.functional.cross_entropy(x, torch.tensor(TARGET), reduction=case).backward()
    observe("the gradient", x.grad, documented=minus_target(REDUCTIONS[case]))


@scenario("NUM-52/without-reduction", needs=["NUM-52", "BWD-06"])
def without_a_reduction_each_row_has_its_own_upstream_gradient(torch, observe):
    x = torch.tensor(LOGITS, requires_grad=True)
    losses = torch.nn.functional.cross_entropy(x, torch.tensor(TARGET), reduction="none")
    observe("the losses", losses, documented=[math.log(4), math.log(2)])
    losses.backward(torch.tensor([8.0, 0.0]))
    observe("the gradient", x.grad, documented=[[1, -6, 5], [0, 0, 0]])


@scenario("NUM-52/ignore-index", needs=["NUM-52"])
def an_ignored_row_gets_no_gradient_and_does_not_count(torch, observe):
    x = torch.tensor(LOGITS, requires_grad=True)
    loss = torch.nn.functional.cross_entropy(x, torch.tensor([1, -100]))
    observe("the loss", loss, documented=math.log(4))
    loss.backward()
    observe("the gradient", x.grad, documented=[[1 / 8, -6 / 8, 5 / 8], [0, 0, 0]])


@scenario("NUM-52/class-weights", needs=["NUM-52"])
def class_weights_scale_each_row_and_the_mean_divides_by_their_sum(torch, observe):
    x = torch.tensor(LOGITS, requires_grad=True)
    weight = torch.tensor([1.0, 3.0, 7.0])
    loss = torch.nn.functional.cross_entropy(x, torch.tensor(TARGET), weight=weight)
    observe("the loss", loss, documented=(3 * math.log(4) + 1 * math.log(2)) / 4)
    loss.backward()
    first = [3 / 4 * (p - (i == 1)) for i, p in enumerate(PROBABILITIES[0])]
    second = [1 / 4 * (p - (i == 0)) for i, p in enumerate(PROBABILITIES[1])]
    observe("the gradient", x.grad, documented=[first, second])


@scenario("NUM-52/label-smoothing", needs=["NUM-52"])
def label_smoothing_spreads_the_target(torch, observe):
    x = torch.tensor(LOGITS[:1], requires_grad=True)
    torch.nn.functional.cross_entropy(x, torch.tensor([1]), label_smoothing=0.75).backward()
    observe("the gradient", x.grad, documented=[[1 / 8 - 0.25, 2 / 8 - 0.5, 5 / 8 - 0.25]])


@scenario("NUM-52/probabilities-as-the-target", needs=["NUM-52"])
def the_target_may_be_probabilities(torch, observe):
    x = torch.tensor(LOGITS[:1], requires_grad=True)
    torch.nn.functional.cross_entropy(x, torch.tensor([[0.5, 0.25, 0.25]])).backward()
    observe("the gradient", x.grad, documented=[[1 / 8 - 0.5, 2 / 8 - 0.25, 5 / 8 - 0.25]])


@scenario("NUM-52/nll-loss", needs=["BWD-01"])
def nll_loss_picks_the_target_and_divides_by_the_rows(torch, observe):
    x = torch.tensor([[-1.0, -2.0, -3.0], [-4.0, -5.0, -6.0]], requires_grad=True)
    loss = torch.nn.functional.nll_loss(x, torch.tensor([2, 0]))
    observe("the loss", loss, documented=3.5)
    loss.backward()
    observe("the gradient", x.grad, documented=[[0, 0, -1 / 2], [-1 / 2, 0, 0]])


@scenario("NUM-52/log-softmax", needs=["BWD-06"])
def the_gradient_of_log_softmax_is_upstream_minus_softmax_times_its_sum(torch, observe):
    x = torch.tensor(LOGITS[0], requires_grad=True)
    y = torch.log_softmax(x, 0)
    observe("the values", y, documented=[-math.log(8), -math.log(4), -math.log(8 / 5)])
    y.backward(torch.tensor([8.0, 0.0, 0.0]))
    observe("the gradient", x.grad, documented=[8 - 8 * 1 / 8, -8 * 2 / 8, -8 * 5 / 8])


@scenario("NUM-52/binary", needs=["BWD-01"])
def the_gradient_of_binary_cross_entropy_with_logits_is_sigmoid_minus_target(torch, observe):
    x = torch.tensor([0.0, math.log(3), -math.log(3)], requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy_with_logits(x, torch.tensor([1.0, 0.0, 1.0]), reduction="sum")
    observe("the loss", loss, documented=math.log(2) + math.log(4) + math.log(4))
    loss.backward()
    observe("the gradient", x.grad, documented=[-1 / 2, 3 / 4, -3 / 4])


@scenario("NUM-52/binary-of-probabilities", needs=["BWD-01"])
def the_gradient_of_binary_cross_entropy_of_probabilities(torch, observe):
    p = torch.tensor([0.5, 0.25], requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy(p, torch.tensor([1.0, 0.0]), reduction="sum")
    observe("the loss", loss, documented=math.log(2) + math.log(4 / 3))
    loss.backward()
    observe("the gradient", p.grad, documented=[-2, 4 / 3])


@scenario("NUM-52/a-target-out-of-range", devices="cpu", needs=["NUM-52"])
def a_target_beyond_the_classes_is_refused(torch, observe):
    x = torch.tensor(LOGITS, requires_grad=True)
    with observe.raises("class 3 of 3", IndexError, saying="3"):
        torch.nn.functional.cross_entropy(x, torch.tensor([3, 0]))
