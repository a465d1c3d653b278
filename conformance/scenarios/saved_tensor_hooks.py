"""Hooks on saved tensors: what they are given and when they are refused."""

import gc

from conformance.scenario import scenario


@scenario("SAV-01/grad-mode")
def the_grad_mode_within_the_pack_hook(torch, observe):
    modes = []

    def pack(tensor):
        modes.append([torch.is_grad_enabled(), (tensor * 2).requires_grad])
        return tensor

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(pack, lambda packed: packed):
        x.exp()
        x.sin()
    observe("enabled, and a product recorded", modes)


@scenario("SAV-01/what-is-packed", needs=["SAV-01"], cases=["exp", "sin"])
def what_the_pack_hook_is_given(torch, observe, name):
    given = []
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: given.append(t) or t, lambda packed: packed):
        y = getattr(torch, name)(x)
    observe("it is the input", given[0] is x)
    observe("it requires a gradient as the result does", given[0].requires_grad == y.requires_grad)
    observe("it requires a gradient", given[0].requires_grad)
    observe("it is a leaf", given[0].is_leaf)
    observe("its values", given[0].detach())


@scenario("SAV-05/of-the-second-result", needs=["SAV-05"])
def a_second_result_that_was_packed_keeps_its_place(torch, observe):
    x = torch.tensor([[2.0, 1.0], [0.0, 3.0]], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t.detach(), lambda packed: packed):
        _, r = torch.linalg.qr(x)
        (first,) = torch.autograd.grad((r * r).sum(), x, create_graph=True)
        (second,) = torch.autograd.grad((first * first).sum(), x)
    observe("the derivative", first.detach(), terms=20)
    observe("the second derivative", second, terms=60)


@scenario("SAV-08/twice", needs=["SAV-08"])
def a_second_pair_of_hooks_is_refused(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()  # kept: what is behind a node's saved values dies with it, and PyTorch does not notice
    saved = y.grad_fn._raw_saved_result
    saved.register_hooks(lambda t: t, lambda packed: packed)
    with observe.raises("again", RuntimeError, saying="already"):
        saved.register_hooks(lambda t: t, lambda packed: packed)


@scenario("SAV-08/of-nothing", needs=["SAV-08"])
def what_was_not_saved_takes_no_hooks(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * torch.tensor([3.0, 4.0])
    observe("the attribute", y.grad_fn._saved_self)
    with observe.raises("hooks", RuntimeError, saying="None"):
        y.grad_fn._raw_saved_self.register_hooks(lambda t: t, lambda packed: packed)


@scenario("SAV-08/of-a-result", needs=["SAV-08"])
def a_saved_result_with_hooks_can_be_differentiated_twice(torch, observe):
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    y = x.exp()
    y.grad_fn._raw_saved_result.register_hooks(lambda t: t.detach() * 1, lambda packed: packed * 1)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    observe("the second derivative", second, documented=[1.0, 2.718281828459045])


@scenario("SAV-08/after-freeing", needs=["SAV-08", "BWD-37"])
def hooks_are_refused_once_the_graph_was_freed(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    y.sum().backward()
    with observe.raises("hooks", RuntimeError):
        y.grad_fn._raw_saved_result.register_hooks(lambda t: t, lambda packed: packed)


@scenario("SAV-08/freed", needs=["SAV-08"])
def a_saved_value_of_a_freed_graph(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x.exp()
    saved = y.grad_fn._raw_saved_result
    y.sum().backward()
    with observe.raises("registering", RuntimeError, saying="freed"):
        saved.register_hooks(lambda t: t, lambda packed: packed)
    with observe.raises("reading", RuntimeError, saying="freed"):
        _ = y.grad_fn._saved_result


@scenario("SAV-05/version", needs=["SAV-05"])
def what_is_unpacked_shares_the_version_of_what_the_hook_returned(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda packed: packed):
        y = x * x
    unpacked = y.grad_fn._saved_self
    with torch.no_grad():
        unpacked.add_(1)
    observe("both versions", [unpacked._version, x._version], documented=[1, 1])


@scenario("SAV-08/of-the-first-result", needs=["SAV-08"])
def a_first_result_with_hooks_keeps_its_place(torch, observe):
    x = torch.tensor([[2.0, 1.0], [0.0, 3.0]], requires_grad=True)
    q, r = torch.linalg.qr(x)
    q.grad_fn._raw_saved_Q.register_hooks(lambda t: t.detach() * 1, lambda packed: packed)
    (first,) = torch.autograd.grad((r * r).sum() + (q * x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), x)
    observe("the derivative", first.detach(), terms=20)
    observe("the second derivative", second, terms=60)


@scenario("SAV-05/without-its-graph", needs=["SAV-05"])
def an_unpacked_leaf_that_outlives_its_graph_is_a_leaf_of_its_own(torch, observe):
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    with torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda packed: packed):
        y = x * x
    unpacked = y.grad_fn._saved_self
    (unpacked * 2).sum().backward()
    observe("while the graph is there: of the leaf, of what was unpacked", [x.grad, unpacked.grad])
    del y
    gc.collect()
    (unpacked * 3).sum().backward()
    observe("afterwards", [x.grad, unpacked.grad])


@scenario("SAV-08/what-is-packed", needs=["SAV-08"])
def hooks_on_a_saved_value_are_given_it_without_its_history(torch, observe):
    class Exp(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            y = x.exp()
            ctx.save_for_backward(x, y)
            return y

        @staticmethod
        def backward(ctx, grad):
            return grad * ctx.saved_tensors[1]

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y, z = x.exp(), Exp.apply(x)
    product, of_y = y * z, Exp.apply(y)
    handles = {
        "a result": y.grad_fn._raw_saved_result,
        "an input": product.grad_fn._raw_saved_self,
        "a leaf": z.grad_fn._raw_saved_tensors[0],
        "an output of a Function": z.grad_fn._raw_saved_tensors[1],
        "an input of a Function": of_y.grad_fn._raw_saved_tensors[0],
    }
    for name, handle in handles.items():
        seen = []
        handle.register_hooks(lambda t, seen=seen: seen.append([t.requires_grad, t.grad_fn is None]) or t, lambda t: t)
        observe(f"{name}: whether it requires grad, and has no node", seen)


@scenario("SAV-08/of-no-weight", needs=["SAV-08"])
def an_argument_that_was_left_out_takes_no_hooks(torch, observe):
    x = torch.tensor([[1.0, 2.0], [4.0, 3.0]], requires_grad=True)
    y = torch.nn.functional.layer_norm(x, (2,))
    with observe.raises("hooks", RuntimeError, saying="None"):
        y.grad_fn._raw_saved_weight.register_hooks(lambda t: t, lambda packed: packed)
