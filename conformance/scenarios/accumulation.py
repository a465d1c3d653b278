"""Leaves and how gradients accumulate into .grad."""

from conformance.scenario import scenario


@scenario("ACC-02")
def a_second_backward_adds_to_the_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    torch.mean(w).backward()
    observe("after one backward", w.grad, documented=[1 / 3] * 3)
    torch.mean(w).backward()
    observe("after two", w.grad, documented=[2 / 3] * 3)
