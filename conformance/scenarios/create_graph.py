"""backward(create_graph=True): gradients that are part of a graph themselves."""

from conformance.scenario import scenario


@scenario("BWD-20", needs=["BWD-01"])
def under_create_graph_the_gradient_is_part_of_a_graph(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w * w).backward(create_graph=True)
    observe("the gradient", w.grad, documented=[3.0, 12.0])
    observe("requires_grad", w.grad.requires_grad, documented=True)
    observe("it has a grad_fn", w.grad.grad_fn is not None, documented=True)


@scenario("BWD-20/second-derivative", needs=["BWD-20"])
def the_gradient_made_under_create_graph_can_be_differentiated(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w * w).backward(create_graph=True)
    first = w.grad
    w.grad = None
    torch.sum(first).backward()
    observe("the second derivative, 6w", w.grad, documented=[6.0, 12.0])


@scenario("BWD-20/accumulated", needs=["BWD-20", "ACC-02"])
def the_second_derivative_is_added_to_the_first_when_nobody_zeroes(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w * w).backward(create_graph=True)
    torch.sum(w.grad).backward()
    observe("3w^2 + 6w", w.grad, documented=[9.0, 24.0])


@scenario("BWD-20/of-a-linear-function", needs=["BWD-20"])
def the_gradient_of_a_linear_function_does_not_depend_on_the_leaf(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * torch.tensor([3.0, 4.0])).backward(create_graph=True)
    observe("the gradient", w.grad, documented=[3.0, 4.0])
    observe("requires_grad", w.grad.requires_grad)


@scenario("BWD-21", needs=["BWD-01"])
def without_create_graph_the_gradient_does_not_require_grad(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w * w).backward()
    observe("requires_grad", w.grad.requires_grad, documented=False)
    observe("grad_fn", w.grad.grad_fn, documented=None)
    observe("is_leaf", w.grad.is_leaf, documented=True)


@scenario("BWD-21/retained", needs=["BWD-21", "BWD-16"])
def retain_graph_alone_makes_no_graph_of_the_gradient(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.sum(w * w * w).backward(retain_graph=True)
    observe("requires_grad", w.grad.requires_grad, documented=False)


@scenario("BWD-33", needs=["BWD-06", "BWD-20"])
def under_create_graph_the_gradient_argument_is_differentiated_through(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 4.0], requires_grad=True)
    (x * x).backward(v, create_graph=True)
    product = x.grad
    observe("the vector-Jacobian product, 2xv", product, documented=[6.0, 16.0])
    torch.sum(product).backward(inputs=[v])
    observe("its derivative in v, 2x", v.grad, documented=[2.0, 4.0])


@scenario("BWD-33/without-create-graph", needs=["BWD-33"])
def without_create_graph_the_gradient_argument_gets_no_gradient(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    v = torch.tensor([3.0, 4.0], requires_grad=True)
    (x * x).backward(v)
    observe("the vector-Jacobian product", x.grad, documented=[6.0, 16.0])
    observe("requires_grad", x.grad.requires_grad, documented=False)
    observe("the gradient of the vector", v.grad, documented=None)


@scenario("BWD-38", needs=["BWD-20"])
def backward_with_create_graph_warns_of_a_reference_cycle(torch, observe):
    w = torch.tensor([1.0, 2.0], requires_grad=True)
    before = torch.is_warn_always_enabled()
    torch.set_warn_always(True)  # the warning is otherwise given once a process
    try:
        with observe.warns("backward(create_graph=True)", UserWarning, saying="create_graph"):
            torch.sum(w * w).backward(create_graph=True)
        with observe.warns("an ordinary backward", saying="create_graph"):
            torch.sum(w * w).backward()
    finally:
        torch.set_warn_always(before)
    w.grad = None  # breaks the cycle


@scenario("BWD-20/not-by-default", needs=["BWD-20"])
def autograd_backward_records_nothing_by_default(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    torch.autograd.backward(torch.sum(x * x))
    observe("whether the gradient requires grad", x.grad.requires_grad, documented=False)
