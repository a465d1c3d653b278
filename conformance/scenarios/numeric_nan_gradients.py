"""Gradients that are NaN when they come in: where a slope is zero by convention, they stay NaN."""

from conformance.scenario import scenario


@scenario("NUM-39/nan-gradient", needs=["NUM-39"])
def the_slope_of_zero_at_the_origin_does_not_hide_a_nan(torch, observe):
    y = torch.tensor([0.0, 0.0, 3.0], requires_grad=True)
    x = torch.tensor([0.0, 0.0, 4.0], requires_grad=True)
    torch.atan2(y, x).backward(torch.tensor([float("nan"), 1.0, 1.0]))
    observe("the gradient of y", y.grad)
    observe("the gradient of x", x.grad)
