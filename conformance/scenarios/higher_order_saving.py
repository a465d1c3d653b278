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


#: A function of two tensors, what is written to between its first and second derivative, and with respect to what the
#: second is taken.
THAT_SAVE = {
    "mse-loss": (lambda torch, x, y: torch.nn.functional.mse_loss(x, y), "y", "x"),
    "mse-loss-of-the-target": (lambda torch, x, y: torch.nn.functional.mse_loss(y, x), "x", "given"),
    "smooth-l1-loss": (lambda torch, x, y: torch.nn.functional.smooth_l1_loss(x, y), "y", "x"),
    "huber-loss": (lambda torch, x, y: torch.nn.functional.huber_loss(x, y), "x", "given"),
    "sinc": (lambda torch, x, y: torch.sinc(x), "x", "x"),
    "tanh": (lambda torch, x, y: torch.tanh(x), "result", "given"),
    "sigmoid": (lambda torch, x, y: torch.sigmoid(x), "result", "given"),
    "log-softmax": (lambda torch, x, y: torch.log_softmax(x, 0), "given", "x"),
    "erf": (lambda torch, x, y: torch.erf(x), "given", "x"),
    "hypot": (lambda torch, x, y: torch.hypot(x, y), "x", "given"),
    "addcdiv": (lambda torch, x, y: torch.addcdiv(x, x, y), "y", "y"),
    "elu": (lambda torch, x, y: torch.nn.functional.elu(x), "x", "given"),
    "gelu": (lambda torch, x, y: torch.nn.functional.gelu(x), "x", "given"),
    "logsigmoid": (lambda torch, x, y: torch.nn.functional.logsigmoid(x), "x", "given"),
    "index-select": (lambda torch, x, y: torch.index_select(x, 0, torch.tensor([1, 1])), "given", "given"),
    "take": (lambda torch, x, y: torch.take(x, torch.tensor([1, 1])), "given", "given"),
    "masked-fill": (lambda torch, x, y: torch.masked_fill(y, torch.tensor([True, False]), x[0]), "given", "given"),
}


def written_to_between(torch, case):
    """A first derivative, and then what is written to; returns the former, and what the second is with respect to."""
    function, written, wanted = case
    x = torch.tensor([1.0, -0.5], requires_grad=True) * 1.0
    y = torch.tensor([2.0, 0.5], requires_grad=True) * 1.0
    result = function(torch, x, y)
    given = torch.ones_like(result, requires_grad=True) * 1.0
    (gradient,) = torch.autograd.grad(result, x, given, create_graph=True)
    tensors = {"x": x, "y": y, "given": given, "result": result}
    with torch.no_grad():
        tensors[written].mul_(2.0)
    return gradient.sum(), tensors[wanted]


@scenario("HOD-26", cases=THAT_SAVE, needs=["HOD-01", "INP-08"])
def a_write_between_a_first_and_a_second_derivative_is_refused(torch, observe, case):
    gradient, wanted = written_to_between(torch, case)
    with observe.raises("the second derivative", RuntimeError, saying="modified"):
        torch.autograd.grad(gradient, wanted)


#: The same, where only something computed from what is written to is saved; and the second derivative.
THAT_SAVE_ANOTHER = {
    "var": (lambda torch, x, y: torch.var(x), "given", "x"),
    "atan2": (lambda torch, x, y: torch.atan2(x, y), "y", "x"),
    "atan2-of-the-gradient-given": (lambda torch, x, y: torch.atan2(x, y), "given", "x"),
    "masked-scatter": (lambda torch, x, y: torch.masked_scatter(y, y > 1, x), "given", "given"),
}


@scenario("HOD-26/saved-otherwise", cases=THAT_SAVE_ANOTHER, needs=["HOD-26/mse-loss"])
def a_write_into_what_was_not_saved_itself_does_not_matter(torch, observe, case):
    gradient, wanted = written_to_between(torch, case)
    observe("the second derivative", torch.autograd.grad(gradient, wanted)[0])


@scenario("HOD-26/cumulative-product-with-a-zero", needs=["HOD-26/mse-loss"])
def a_cumulative_product_with_a_zero_saves_its_factors(torch, observe):
    x = torch.tensor([1.0, 0.0, 3.0], requires_grad=True) * 1.0
    (gradient,) = torch.autograd.grad(torch.cumprod(x, 0).sum(), x, create_graph=True)
    observe("the gradient", gradient.detach(), documented=[1.0, 4.0, 0.0])
    with torch.no_grad():
        x.mul_(2.0)
    with observe.raises("the second derivative", RuntimeError, saying="modified"):
        torch.autograd.grad(gradient.sum(), x)


@scenario("HOD-27", cases=["elu", "selu", "celu"], needs=["HOD-01"])
def the_second_derivative_of_exponential_units_at_zero_is_zero(torch, observe, name):
    function = getattr(torch.nn.functional, name)
    x = torch.tensor([0.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(function(x).sum(), x, create_graph=True)
    observe("the second derivative", torch.autograd.grad(gradient.sum(), x)[0])
    (gradient,) = torch.autograd.grad(function(x * 1.0, inplace=True).sum(), x, create_graph=True)
    observe("in place", torch.autograd.grad(gradient.sum(), x)[0])


@scenario("HOD-28", needs=["HOD-01"])
def hardsigmoid_has_no_second_derivative(torch, observe):
    x = torch.tensor([1.0, -4.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(torch.nn.functional.hardsigmoid(x).sum(), x, create_graph=True)
    observe("the gradient is of a graph", gradient.requires_grad)
    with observe.raises("the second derivative", RuntimeError):
        torch.autograd.grad(gradient.sum(), x)
