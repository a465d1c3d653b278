"""Writes to saved tensors under allow_mutation_on_saved_tensors."""

from conformance.scenario import scenario


@scenario("INP-28/written-twice", needs=["INP-28"])
def the_value_before_the_first_of_two_writes_counts(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 1
        z = y * y
        y.mul_(10)
        y.mul_(10)
        z.sum().backward()
    observe("the gradient", x.grad, documented=[2.0, 4.0])


@scenario("INP-28/recorded-after-a-write", needs=["INP-28"])
def what_follows_a_write_is_recorded(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = x * 1
        z = y * y
        y.mul_(10)
        observe("the product", (x * 3).requires_grad, documented=True)
        observe("the grad mode", torch.is_grad_enabled(), documented=True)
        (y.sum() + z.sum()).backward()
    observe("the gradient", x.grad, documented=[12.0, 14.0])


@scenario("INP-28/nested", needs=["INP-28"])
def the_context_cannot_be_nested(torch, observe):
    allow = torch.autograd.graph.allow_mutation_on_saved_tensors
    with allow():
        with observe.raises("the second", RuntimeError, saying="nested"):
            with allow():
                pass


@scenario("INP-28/saved-outside", needs=["INP-28"])
def backward_must_run_within_the_context(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        y = (x * x).sum()
    with observe.raises("backward outside"):
        y.backward()


@scenario("INP-28/two-tensors", needs=["INP-28"])
def each_saved_tensor_is_kept_apart(torch, observe):
    a = torch.tensor([1.0, 2.0], requires_grad=True)
    b = torch.tensor([3.0, 4.0], requires_grad=True)
    with torch.autograd.graph.allow_mutation_on_saved_tensors():
        x, y = a * 1, b * 1
        z = x * y + x * x
        x.mul_(10)
        z.sum().backward()
    observe("of the one", a.grad, documented=[5.0, 8.0])
    observe("of the other", b.grad, documented=[1.0, 2.0])
