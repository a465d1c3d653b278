"""Hooks on the gradients of several tensors."""

from conformance.scenario import scenario


@scenario("HKS-20/under-grad", needs=["HKS-20"])
def a_multi_grad_hook_on_leaves_under_autograd_grad(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = torch.tensor([2.0], requires_grad=True)
    calls = []
    torch.autograd.graph.register_multi_grad_hook([x, y], calls.append)
    with observe.raises("grad", saying="autograd.grad"):
        torch.autograd.grad((x * y).sum(), x)
    observe("calls", len(calls))


@scenario("HKS-20/context", needs=["HKS-20"])
def a_multi_grad_hook_is_removed_on_leaving_its_context(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    calls = []
    with torch.autograd.graph.register_multi_grad_hook([x], calls.append):
        (x * 2).sum().backward()
    (x * 2).sum().backward()
    observe("how often it was called", len(calls), documented=1)


@scenario("HKS-20/no-gradient", needs=["HKS-20"])
def a_multi_grad_hook_on_what_requires_none(torch, observe):
    with observe.raises("registering"):
        torch.autograd.graph.register_multi_grad_hook([torch.tensor([1.0])], print)


@scenario("HKS-20/twice", needs=["HKS-20"])
def a_multi_grad_hook_starts_anew_with_each_backward(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = torch.tensor([2.0], requires_grad=True)
    calls = []
    torch.autograd.graph.register_multi_grad_hook([x, y], lambda grads: calls.append([g.clone() for g in grads]))
    product = (x * y).sum()
    product.backward(retain_graph=True)
    (3 * product).backward()
    observe("what it got", calls, documented=[[[2.0], [1.0]], [[6.0], [3.0]]])


@scenario("HKS-20/by-name", needs=["HKS-20"])
def arguments_of_register_multi_grad_hook(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    calls = []
    register = torch.autograd.graph.register_multi_grad_hook
    register(tensors=[x], fn=lambda grads: calls.append("all"))
    register([x], lambda grad: calls.append("any"), mode="any")
    with observe.raises("the mode by its place", TypeError):
        register([x], calls.append, "any")
    x.sum().backward()
    observe("calls", sorted(calls), documented=["all", "any"])


@scenario("HKS-20/not-on-the-way", needs=["HKS-20", "BWD-22"])
def a_multi_grad_hook_does_not_wait_for_what_is_not_on_the_way_to_the_inputs(torch, observe):
    x = torch.tensor([1.0], requires_grad=True)
    y = torch.tensor([2.0], requires_grad=True)
    double, triple = x * 2, y * 3
    calls = []
    torch.autograd.graph.register_multi_grad_hook([double, triple], calls.append)
    (double + triple).sum().backward(inputs=[x])
    observe("what it got", calls, documented=[[[1.0], None]])
