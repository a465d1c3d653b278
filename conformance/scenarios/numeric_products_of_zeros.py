"""Running products through a zero, where what the zero hides is infinite or NaN."""

from conformance.scenario import scenario

HIDDEN = {"infinity": float("inf"), "nan": float("nan")}


@scenario("NUM-33/hidden", cases=HIDDEN, needs=["NUM-33/a-zero-in-the-middle"])
def a_gradient_behind_a_zero_does_not_reach_what_is_before_it(torch, observe, hidden):
    x = torch.tensor([2.0, 0.0, 3.0, 5.0], requires_grad=True)
    torch.cumprod(x, 0).backward(torch.tensor([1.0, 1.0, hidden, 1.0]))
    observe("before the zero and behind it", [x.grad[0], x.grad[2], x.grad[3]])
    observe("at the zero", x.grad[1])


@scenario("NUM-33/an-infinite-factor-behind-a-zero", needs=["NUM-33/a-zero-in-the-middle"])
def a_factor_behind_a_zero_has_no_slope(torch, observe):
    x = torch.tensor([2.0, 0.0, float("inf")], requires_grad=True)
    torch.cumprod(x, 0).sum().backward()
    observe("the gradient", x.grad)
