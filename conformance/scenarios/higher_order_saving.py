"""What the nodes of a gradient save: a second pass through it, and writes between a first and a second derivative."""

from conformance.scenario import scenario

#: A function of a matrix of four elements whose gradient is the gradient given, times numbers or put in its place; and
#: what two passes through a gradient that is summed add to the gradient of the gradient given.
THAT_SAVE_NO_TENSOR = {
    "mean": (lambda torch, x: torch.mean(x), 2.0),
    "mean-of-a-dimension": (lambda torch, x: torch.mean(x, 1), [2.0, 2.0]),
    "deg2rad": (lambda torch, x: torch.rad2deg(torch.deg2rad(x)), [[2.0, 2.0], [2.0, 2.0]]),
    "lerp": (lambda torch, x: torch.lerp(x, torch.ones_like(x), 0.25), [[1.5, 1.5], [1.5, 1.5]]),
    "add-alpha": (lambda torch, x: torch.add(torch.ones_like(x), x, alpha=2), [[4.0, 4.0], [4.0, 4.0]]),
    "addmm-beta": (lambda torch, x: torch.addmm(x, torch.eye(2), torch.eye(2), beta=2), [[4.0, 4.0], [4.0, 4.0]]),
    "narrow": (lambda torch, x: x.narrow(0, 1, 1), [[2.0, 2.0]]),
    "select": (lambda torch, x: x.select(0, 1), [2.0, 2.0]),
    "diagonal": (lambda torch, x: x.diagonal(), [2.0, 2.0]),
    "unfold": (lambda torch, x: x.unfold(1, 1, 1), [[[2.0], [2.0]], [[2.0], [2.0]]]),
}


@scenario("HOD-25", cases=THAT_SAVE_NO_TENSOR, needs=["HOD-01"])
def a_gradient_whose_nodes_save_no_tensor_may_be_passed_twice(torch, observe, case):
    function, documented = case
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    result = function(torch, x)
    given = torch.ones_like(result, requires_grad=True)
    (gradient,) = torch.autograd.grad(result, x, given, create_graph=True)
    gradient.sum().backward()
    gradient.sum().backward()
    observe("what two passes give the gradient that was given", given.grad, documented=documented)


@scenario("HOD-25/of-a-mean-is-writable", needs=["HOD-25/mean"])
def the_gradient_of_a_mean_has_memory_of_its_own(torch, observe):
    x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.mean(x), x, torch.tensor(4.0, requires_grad=True), create_graph=True)
    with torch.no_grad():
        gradient.mul_(torch.tensor([1.0, 2.0, 3.0, 4.0]))
    observe("the gradient, written to", gradient.detach(), documented=[1.0, 2.0, 3.0, 4.0])
